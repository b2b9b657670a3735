import { screenSafe } from "../../../base/text.ts";
import type { Lines } from "../model/panel.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { useAct } from "../parts/pagecontext.ts";

/** What a command has to say. */
export function LinesPanel({ lines: { title, lines, copied } }: { readonly lines: Lines }) {
  const act = useAct();
  return (
    <>
      <AsideHead title={screenSafe(title)} />
      <div className="aside-body">
        <ul className="panel-lines" aria-live="polite">
          {lines.map((line, at) => (
            // Lines of one answer have no name but their place.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at} className={line === copied ? "link-box address" : ""}>
              {screenSafe(line)}
            </li>
          ))}
        </ul>
        {copied !== undefined && (
          <div className="panel-actions">
            <button
              type="button"
              className="button"
              onClick={() => act((model) => model.copy(copied))}
            >
              Copy
            </button>
          </div>
        )}
      </div>
    </>
  );
}
