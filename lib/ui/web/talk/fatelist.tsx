import { lineSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import type { Fate } from "../../talk/timeline.ts";
import { fateRows } from "../model/fatewords.ts";
import { Avatar } from "../parts/avatar.tsx";

interface FateListProps {
  readonly fate: Fate;
  /** Who else is in the room by now. */
  readonly others: readonly Who[];
}

/** Who has a message, who has read it, and for whom it waits. */
export function FateList({ fate, others }: FateListProps) {
  const rows = fateRows(fate, others);
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
