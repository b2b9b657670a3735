import type { Person } from "../../../contract/people.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { request } from "../model/request.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

interface Deed {
  readonly icon: IconName;
  readonly words: string;
  readonly kind?: "main" | "bad";
  readonly run: (model: PageModel, now: number) => void;
}

/** What can be done about somebody. */
export function PersonDeeds({
  model,
  person,
}: {
  readonly model: PageModel;
  readonly person: Person;
}) {
  const act = useAct();
  const deeds = deedsFor(person, `@${model.view.nameOf(person.who)}`);
  return (
    <div className="person-deeds">
      {deeds.map(({ icon, words, kind = "", run }) => (
        <button key={words} type="button" className={`button ${kind}`} onClick={() => act(run)}>
          <Icon name={icon} />
          {words}
        </button>
      ))}
    </div>
  );
}

function deedsFor({ who, state, trust, isBlocked }: Person, to: string): readonly Deed[] {
  const isUndecided = (trust === "changed" || trust === "new") && !isBlocked;
  const write: Deed = {
    icon: "edit",
    words: "Write",
    kind: "main",
    run: (model, now) => {
      model.closeAside();
      model.go(model.conversations.with(who), now);
    },
  };
  const compare: Deed = {
    icon: "shield",
    words: trust === "verified" ? "Compared keys" : "Compare keys",
    run: (model) => model.verify(who),
  };
  const again: Deed = {
    icon: "retry",
    words: "Try again",
    run: (model) => {
      request(model, (req) => ({ type: "retry", req, to }));
      model.flash = "Looking for them again";
    },
  };
  const take: Deed = {
    icon: "check",
    words: "It is them",
    run: (model) => request(model, (req) => ({ type: "trust", req, to })),
  };
  const block: Deed = {
    icon: "block",
    words: isBlocked ? "Unblock" : "Block",
    ...(isBlocked ? {} : { kind: "bad" }),
    run: (model) => {
      request(model, (req) => ({ type: isBlocked ? "unblock" : "block", req, to }));
    },
  };
  return [
    ...(isBlocked ? [] : [write]),
    ...(isUndecided ? [take] : []),
    ...(isBlocked ? [] : [compare]),
    ...(isBlocked || state === "connected" ? [] : [again]),
    block,
  ];
}
