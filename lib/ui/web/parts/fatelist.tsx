import { lineSafe } from "../../../base/text.ts";
import type { Fate } from "../../talk/timeline.ts";
import { fateRows } from "../model/fatewords.ts";
import { Avatar } from "./avatar.tsx";

/** Who has a message, who has read it, and for whom it waits. */
export function FateList({ fate }: { readonly fate: Fate }) {
  const rows = fateRows(fate);
  return (
    <div className="fate-list">
      {rows.map(({ title, people }) => (
        <section key={title}>
          <h4 className="label">{title}</h4>
          <ul>
            {people.map(({ who, why }) => (
              <li key={who.id}>
                <Avatar who={who} />
                <span>{lineSafe(who.name)}</span>
                <span className="why">{why}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {rows.length === 0 && <p className="muted">Nobody was there to get it yet.</p>}
    </div>
  );
}
