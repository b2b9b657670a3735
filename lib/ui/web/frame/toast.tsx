import { useEffect } from "react";
import { lineSafe } from "../../../base/text.ts";
import { useAct } from "../parts/pagecontext.ts";

/** How long it is shown, in ms. */
const SHOWN_MS = 4000;

/** One line that is shown for a moment. */
export function Toast({ text }: { readonly text: string | undefined }) {
  const act = useAct();
  useEffect(() => {
    if (text === undefined) return undefined;
    const timer = setTimeout(() => {
      act((model) => {
        if (model.flash === text) model.flash = undefined;
      });
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [act, text]);
  return <div role="status">{text !== undefined && <p className="toast">{lineSafe(text)}</p>}</div>;
}
