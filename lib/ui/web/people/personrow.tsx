import { lineSafe } from "../../../base/text.ts";
import type { Person } from "../../../contract/people.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { howWords, reachOf, rttWords } from "../model/personwords.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { TrustMark } from "./trustmark.tsx";

interface PersonRowProps {
  readonly model: PageModel;
  readonly person: Person;
  /** Whether the Tab key leads to it; others of its list are reached from there. */
  readonly isFirst: boolean;
}

/** Somebody: who they are, how they are reached, and what is thought of them. */
export function PersonRow({ model, person, isFirst }: PersonRowProps) {
  const act = useAct();
  const { who, trust } = person;
  const reach = reachOf(person);
  const how = howWords(model, person, pageClock.now());
  return (
    <button
      type="button"
      tabIndex={isFirst ? 0 : -1}
      className={reach === "gone" ? "person-row gone" : "person-row"}
      onClick={() => act((here) => here.show({ kind: "person", id: who.id }))}
    >
      <span className="face">
        <Avatar who={who} />
        <span className={`dot ${reach}`} />
      </span>
      <span className="who">
        <span className="name">{lineSafe(model.view.nameOf(who))}</span>
        <span className="how">{lineSafe(how)}</span>
      </span>
      {trust !== undefined && <TrustMark trust={trust} />}
      <span className="rtt">{rttWords(person)}</span>
    </button>
  );
}
