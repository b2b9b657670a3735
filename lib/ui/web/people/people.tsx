import type { Person } from "../../../contract/people.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { PersonRow } from "./personrow.tsx";
import { moveFocus } from "../parts/roving.ts";
import { Sign } from "../parts/sign.tsx";

/** Everybody who is in the room, and whoever else was met. */
export function People({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const { current } = model;
  const people = model.people();
  const inRoom = new Set(current?.members.map(({ id }) => id));
  const isRoom = current?.isRoom === true;
  const members = isRoom ? people.filter(({ who }) => inRoom.has(who.id)) : people;
  const others = isRoom ? people.filter(({ who }) => !inRoom.has(who.id)) : [];
  const firstId = [...members, ...others][0]?.who.id;
  return (
    <>
      <div className="aside-head">
        <h2 tabIndex={-1}>People</h2>
        {isRoom && (
          <Sign
            icon="invite"
            label="Invite somebody"
            onClick={() => act((here) => here.invite(current.key))}
          />
        )}
        <Sign
          icon="close"
          label="Close"
          className="only-narrow"
          onClick={() => {
            act((here) => {
              here.closeAside();
              here.wish({ kind: "write" });
            });
          }}
        />
      </div>
      <div className="aside-body people" onKeyDown={(event) => moveFocus(event, ".person-row")}>
        <PeopleList
          title={isRoom ? "In this room" : "Known"}
          people={members}
          model={model}
          firstId={firstId}
        />
        <PeopleList title="Elsewhere" people={others} model={model} firstId={firstId} />
        {people.length === 0 && (
          <p className="panel-note">
            <Icon name="people" /> Nobody was met yet.
          </p>
        )}
      </div>
    </>
  );
}

interface PeopleListProps {
  readonly title: string;
  readonly people: readonly Person[];
  readonly model: PageModel;
  /** Of whom the Tab key leads to. */
  readonly firstId: string | undefined;
}

function PeopleList({ title, people, model, firstId }: PeopleListProps) {
  if (people.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="label of-rows">
        {title} <span className="number">{people.length}</span>
      </h3>
      <ul>
        {people.map((person) => (
          <li key={person.who.id}>
            <PersonRow model={model} person={person} isFirst={person.who.id === firstId} />
          </li>
        ))}
      </ul>
    </section>
  );
}
