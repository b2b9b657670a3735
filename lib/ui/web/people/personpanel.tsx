import { lineSafe } from "../../../base/text.ts";
import type { PeerId } from "../../../base/ids.ts";
import type { Person } from "../../../contract/people.ts";
import type { PeerPath } from "../../../node/events.ts";
import { equivocationWords } from "../../equivocationwords.ts";
import { clockTime, milliseconds } from "../../words.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { idGroups, reachOf, TRUST_WORDS } from "../model/personwords.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { ExportChoice } from "../talk/exportchoice.tsx";
import { NoticeChoice } from "../talk/noticechoice.tsx";
import { Retention } from "../talk/retention.tsx";
import { PersonDeeds } from "./persondeeds.tsx";
import { reachWords } from "./reachwords.ts";
import { rttGraph } from "./rttgraph.ts";
import { RttPlot } from "./rttplot.tsx";
import { WhyFacts } from "./whyfacts.tsx";

interface PersonPanelProps {
  readonly model: PageModel;
  readonly id: PeerId;
}

/** All that is known of somebody: who they are, how they are reached, and where both talk. */
export function PersonPanel({ model, id }: PersonPanelProps) {
  const person = model.view.person(id);
  if (person === undefined) {
    return (
      <>
        <AsideHead title="Person" />
        <p className="panel-note">Nobody of this id is known any more.</p>
      </>
    );
  }
  const name = lineSafe(model.view.nameOf(person.who));
  const { why } = model.rounds.about(id);
  const where = model.conversations.direct.find(({ who }) => who?.id === id);
  return (
    <>
      <AsideHead title={name} />
      <div className="aside-body person-panel">
        <PersonTop model={model} person={person} name={name} />
        <PersonDeeds model={model} person={person} />
        <section aria-label="How they are reached">
          <h3 className="label">How they are reached</h3>
          <ReachFacts model={model} person={person} />
        </section>
        <section aria-label="Round trip">
          <h3 className="label">Round trip, last five minutes</h3>
          <RttPlot graph={rttGraph(model.rounds.rtts.of(id, pageClock.now()), pageClock.now())} />
        </section>
        {why !== undefined && (
          <section aria-label="Why it is so">
            <h3 className="label">Why it is so</h3>
            <WhyFacts why={why} name={name} />
          </section>
        )}
        {where !== undefined && (
          <>
            <NoticeChoice model={model} where={where} />
            <Retention key={where.key} where={where} />
            <ExportChoice model={model} where={where} />
          </>
        )}
        <SharedRooms model={model} id={id} />
        <section aria-label="Id">
          <h3 className="label">Id</h3>
          <p className="id-digits number">{idGroups(id)}</p>
        </section>
      </div>
    </>
  );
}

interface PartProps {
  readonly model: PageModel;
  readonly person: Person;
}

function PersonTop({ model, person, name }: PartProps & { readonly name: string }) {
  const { who, trust, isBlocked, equivocated } = person;
  const nameOf = (one: Person["who"]): string => lineSafe(model.view.nameOf(one));
  return (
    <div className="person-top">
      <span className="face">
        <Avatar who={who} />
        <span className={`dot ${reachOf(person)}`} />
      </span>
      <p className="person-name">{name}</p>
      {trust !== undefined && (
        <p className={`person-trust ${trust}`}>
          {trust === "verified" && <Icon name="shield" />}
          {trust === "changed" && <Icon name="warn" />}
          {TRUST_WORDS[trust]}
        </p>
      )}
      {isBlocked && <p className="person-trust changed">blocked</p>}
      {equivocated.map((room) => (
        <p key={room} className="person-trust changed">
          <Icon name="warn" />
          {equivocationWords({ me: undefined, nameOf }, who, room).slice(2)}
        </p>
      ))}
    </div>
  );
}

function ReachFacts({ model, person }: PartProps) {
  const { who, state, reason, presence } = person;
  const { whois } = model.rounds.about(who.id);
  const path = state === "connected" ? (whois?.path ?? person.path) : null;
  const seenMs = whois?.member.lastSeenMs ?? null;
  const nameOf = (one: Person["who"]): string => lineSafe(model.view.nameOf(one));
  return (
    <>
      <p className="reach">
        {reachWords({ ...person, path }, nameOf)}
        {state === "connected" && presence !== "online" && `; says to be ${presence}`}
      </p>
      {state !== "connected" && reason !== null && <p className="muted">{lineSafe(reason)}</p>}
      <dl className="facts">
        {path !== null && <PathFacts path={path} />}
        {seenMs !== null && (
          <>
            <dt>Last seen</dt>
            <dd>{clockTime(seenMs, pageClock.now())}</dd>
          </>
        )}
      </dl>
    </>
  );
}

function PathFacts({ path: { kind, local, remote, rttMs } }: { readonly path: PeerPath }) {
  return (
    <>
      {rttMs > 0 && (
        <>
          <dt>Round trip</dt>
          <dd className="number">{milliseconds(rttMs)}</dd>
        </>
      )}
      <dt>{kind === "relay" ? "The carrier’s address" : "Their address"}</dt>
      <dd className="address">{remote}</dd>
      {local !== null && (
        <>
          <dt>Your address</dt>
          <dd className="address">{local}</dd>
        </>
      )}
    </>
  );
}

function SharedRooms({ model, id }: PersonPanelProps) {
  const act = useAct();
  const rooms = model.rounds.about(id).whois?.rooms;
  if (rooms === undefined) return null;
  return (
    <section aria-label="Rooms that both are in">
      <h3 className="label">Rooms that both are in</h3>
      {rooms.length === 0 && <p className="muted">None.</p>}
      <ul className="chips">
        {rooms.map((room) => (
          <li key={room}>
            <button
              type="button"
              className="chip"
              onClick={() => act((here, now) => here.go(here.conversations.room(room), now))}
            >
              {lineSafe(room)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
