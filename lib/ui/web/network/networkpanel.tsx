import { lineSafe } from "../../../base/text.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { standingWords } from "../model/standingwords.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { PersonRow } from "../people/personrow.tsx";
import { moveFocus } from "../parts/roving.ts";
import { FAR, layoutOf, NEAR, type Placed, type Point, type Tie } from "./layout.ts";

/** Half the width of the picture, in its own units. */
const HALF = 160;

const TIES: readonly (readonly [Tie, string])[] = [
  ["lan", "on this network"],
  ["direct", "directly"],
  ["carried", "carried by somebody, who cannot read it"],
  ["trying", "being tried"],
  ["none", "away or not reached"],
];

/** Who is connected to whom, as this node knows it. */
export function NetworkPanel({ model }: { readonly model: PageModel }) {
  const { me, standing } = model;
  const people = model.people();
  const placed = layoutOf(people);
  const { text } = standingWords(model, { kind: "open" });
  return (
    <>
      <AsideHead title="Network" />
      <div className="aside-body network" onKeyDown={(event) => moveFocus(event, ".person-row")}>
        <div className="net" role="group" aria-label="Drawing of the network">
          <Lines placed={placed} />
          <span className="net-node me" style={placeStyle({ x: 0, y: 0 })}>
            <Avatar who={me} />
            <span className="net-name">you</span>
          </span>
          {placed.map((one) => (
            <Node key={one.person.who.id} placed={one} model={model} />
          ))}
        </div>
        <ul className="legend" aria-label="Lines">
          {TIES.map(([tie, words]) => (
            <li key={tie}>
              <svg viewBox="0 0 34 8" aria-hidden="true">
                <line className={`tie ${tie}`} x1="1" y1="4" x2="33" y2="4" />
              </svg>
              {words}
            </li>
          ))}
        </ul>
        <dl className="net-facts">
          <dt>You</dt>
          <dd>{text}</dd>
          {standing.nat !== undefined && (
            <>
              <dt>Your router</dt>
              <dd>{lineSafe(standing.nat)}</dd>
            </>
          )}
          {standing.address !== undefined && (
            <>
              <dt>Server</dt>
              <dd>{standing.address}, which introduces people and sees no message</dd>
            </>
          )}
        </dl>
        <h3 className="label of-rows">Everybody</h3>
        <ul>
          {people.map((person, at) => (
            <li key={person.who.id}>
              <PersonRow model={model} person={person} isFirst={at === 0} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function Lines({ placed }: { readonly placed: readonly Placed[] }) {
  return (
    <svg viewBox={`${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}`} aria-hidden="true">
      <circle className="net-ring" r={HALF * NEAR} />
      <circle className="net-ring" r={HALF * FAR} />
      {placed.map(({ person, tie, at, from }) => (
        <line
          key={person.who.id}
          className={`tie ${tie}`}
          x1={from.x * HALF}
          y1={from.y * HALF}
          x2={at.x * HALF}
          y2={at.y * HALF}
        />
      ))}
    </svg>
  );
}

interface NodeProps {
  readonly model: PageModel;
  readonly placed: Placed;
}

function Node({ model, placed: { person, tie, at } }: NodeProps) {
  const act = useAct();
  const { who } = person;
  const name = lineSafe(model.view.nameOf(who));
  const [, words = ""] = TIES.find(([kind]) => kind === tie) ?? [];
  return (
    <button
      type="button"
      className={`net-node ${tie}`}
      style={placeStyle(at)}
      aria-label={`${name}, ${words}`}
      onClick={() => act((here) => here.show({ kind: "person", id: who.id }))}
    >
      <Avatar who={who} />
      <span className="net-name">{name}</span>
    </button>
  );
}

/** In the middle of where it belongs. */
function placeStyle({ x, y }: Point) {
  return { left: `${50 + x * 50}%`, top: `${50 + y * 50}%` };
}
