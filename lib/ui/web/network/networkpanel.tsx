import { lineSafe } from "../../../base/text.ts";
import type { Standing } from "../../talk/standing.ts";
import type { Link } from "../model/connection.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { PersonRow } from "../people/personrow.tsx";
import { moveFocus } from "../parts/roving.ts";
import { FAR, layoutOf, NEAR, type Placed, type Point, SERVER_AT } from "./layout.ts";
import { serverWords, TIE_WORDS, undrawnWords } from "./networkwords.ts";

/** Half the width of the picture, in its own units. */
const HALF = 160;

interface NetworkPanelProps {
  readonly model: PageModel;
  readonly link: Link;
}

/** Who is connected to whom, as this node knows it. */
export function NetworkPanel({ model, link }: NetworkPanelProps) {
  const act = useAct();
  const { me, standing } = model;
  const people = model.people();
  const placed = layoutOf(people);
  const more = undrawnWords(people.length, placed.length);
  return (
    <>
      <AsideHead title="Network" />
      <div className="aside-body network" onKeyDown={(event) => moveFocus(event, ".person-row")}>
        <div className="net" role="group" aria-label="Drawing of the network">
          <Lines placed={placed} server={standing.server} />
          <span className="net-node me" style={placeStyle({ x: 0, y: 0 })}>
            <Avatar who={me} />
            <span className="net-name">you</span>
          </span>
          {hasServer(standing) && (
            <span
              className={`net-node server ${standing.server}`}
              style={placeStyle(SERVER_AT)}
              role="img"
              aria-label={`The server. ${serverWords(standing)}`}
            >
              <span className="net-server">
                <Icon name="server" />
              </span>
              <span className="net-name">server</span>
            </span>
          )}
          {placed.map((one) => (
            <Node key={one.person.who.id} placed={one} model={model} />
          ))}
        </div>
        {more !== "" && <p className="net-more">{more}</p>}
        <ul className="legend" aria-label="Lines">
          {TIE_WORDS.map(([tie, words]) => (
            <li key={tie}>
              <svg viewBox="0 0 34 8" aria-hidden="true">
                <line className={`tie ${tie}`} x1="1" y1="4" x2="33" y2="4" />
              </svg>
              {words}
            </li>
          ))}
        </ul>
        <Facts standing={standing} link={link} />
        <div className="panel-actions">
          <button
            type="button"
            className="button"
            onClick={() => act((here) => here.show({ kind: "doctor" }))}
          >
            <Icon name="search" />
            Look at your network
          </button>
        </div>
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

interface FactsProps {
  readonly standing: Standing;
  readonly link: Link;
}

function Facts({ standing, link }: FactsProps) {
  if (link.kind !== "open") {
    return <p className="panel-note">p2pchat has stopped: this is how it was until then.</p>;
  }
  const router = standing.natText ?? standing.nat;
  return (
    <dl className="net-facts">
      <dt>Server</dt>
      <dd>{serverWords(standing)}</dd>
      {router !== undefined && (
        <>
          <dt>Your router</dt>
          <dd>{lineSafe(router)}</dd>
        </>
      )}
    </dl>
  );
}

interface LinesProps {
  readonly placed: readonly Placed[];
  readonly server: Standing["server"];
}

function Lines({ placed, server }: LinesProps) {
  return (
    <svg viewBox={`${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}`} aria-hidden="true">
      <circle className="net-ring" r={HALF * NEAR} />
      <circle className="net-ring" r={HALF * FAR} />
      {(server === "connected" || server === "lost") && (
        <line
          className={`tie server ${server}`}
          x1={0}
          y1={0}
          x2={SERVER_AT.x * HALF}
          y2={SERVER_AT.y * HALF}
        />
      )}
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
  const [, words = ""] = TIE_WORDS.find(([kind]) => kind === tie) ?? [];
  return (
    <button
      type="button"
      className={`net-node ${tie}`}
      style={placeStyle(at)}
      onClick={() => act((here) => here.show({ kind: "person", id: who.id }))}
    >
      <Avatar who={who} />
      <span className="net-name">{name}</span>
      <span className="hidden">, {words}</span>
    </button>
  );
}

function hasServer({ server }: Pick<Standing, "server">): boolean {
  return server === "connected" || server === "lost" || server === "replaced";
}

/** In the middle of where it belongs. */
function placeStyle({ x, y }: Point) {
  return { left: `${50 + x * 50}%`, top: `${50 + y * 50}%` };
}
