import { lineSafe } from "../../../base/text.ts";
import type { Fate } from "../../talk/timeline.ts";
import { fateNote, fateRows, type SaidTo } from "../model/fatewords.ts";
import { Avatar } from "../parts/avatar.tsx";

interface FateListProps {
  readonly fate: Fate;
  readonly to: SaidTo;
}

/** Who has a message, who has read it, for whom it waits, and why. */
export function FateList({ fate, to }: FateListProps) {
  const rows = fateRows(fate, to);
  const note = fateNote(fate, to);
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
      {note !== "" && <p className="fate-note">{note}</p>}
      {note === "" && rows.length === 0 && <p className="muted">Nobody is known to have it.</p>}
    </div>
  );
}
