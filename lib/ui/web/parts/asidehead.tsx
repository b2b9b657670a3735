import { useAct } from "./pagecontext.ts";
import { Sign } from "./sign.tsx";

/** What a panel is about, and the way back to the people. */
export function AsideHead({ title }: { readonly title: string }) {
  const act = useAct();
  return (
    <div className="aside-head">
      {/* Where the keys are when it is opened. */}
      <h2 tabIndex={-1}>{title}</h2>
      <Sign
        icon="close"
        label="Close"
        onClick={() => {
          act((model) => {
            model.closeAside();
            model.wish({ kind: "write" });
          });
        }}
      />
    </div>
  );
}
