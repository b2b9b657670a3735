import { screenSafe } from "../../../base/text.ts";
import type { PageModel } from "../model/pagemodel.ts";

/** New messages of the conversation shown, read out by what reads the page to somebody. */
export function Spoken({ spoken }: Pick<PageModel, "spoken">) {
  return (
    <div className="hidden" role="log" aria-live="polite" aria-label="New messages">
      {spoken.map(({ id, text }) => (
        <p key={id}>{screenSafe(text)}</p>
      ))}
    </div>
  );
}
