import { useEffect, useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { ReplyEvent } from "../../../node/events.ts";
import type { Finding } from "../../../node/shellevents.ts";
import { checkName, summaryLine } from "../../doctorlines.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

type Visit = Extract<ReplyEvent, { command: "doctor" }>;

/** What works in one's own network, and what to do: it is looked at as the panel opens. */
export function DoctorPanel({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const [count, setCount] = useState(0);
  const [visit, setVisit] = useState<Visit>();
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    let isOver = false;
    act((here) => {
      here.asking.ask(
        (req) => ({ type: "doctor", req }),
        (reply) => {
          if (isOver || reply.command !== "doctor") return;
          setVisit(reply);
          here.steps.onExamined();
        },
        (why) => {
          if (!isOver) setFault(why);
        },
      );
    });
    return () => {
      isOver = true;
    };
  }, [act, count]);
  const again = (): void => {
    setVisit(undefined);
    setFault(undefined);
    setCount(count + 1);
  };
  const isLooking = visit === undefined && fault === undefined;
  return (
    <>
      <AsideHead title="Your network" />
      <div className="aside-body panel-body" aria-busy={isLooking}>
        <p role="status">
          {fault !== undefined && lineSafe(fault)}
          {visit !== undefined && summaryLine(visit.checks.map(({ state }) => state))}
          {isLooking && "It is being looked at: this takes some four seconds."}
        </p>
        {visit !== undefined && <Found model={model} visit={visit} />}
        {!isLooking && (
          <div className="panel-choice">
            <button type="button" className="button" onClick={again}>
              <Icon name="retry" />
              Look again
            </button>
          </div>
        )}
      </div>
    </>
  );
}

interface FoundProps {
  readonly model: PageModel;
  readonly visit: Visit;
}

function Found({ model, visit: { servers, checks, people } }: FoundProps) {
  return (
    <>
      <ul className="findings">
        {checks.map((finding) => (
          <li key={finding.name} className={finding.state}>
            <One finding={finding} />
          </li>
        ))}
      </ul>
      {people.length > 0 && (
        <section aria-label="How people will be reached">
          <h3 className="label">How people will be reached</h3>
          <dl className="facts">
            {people.map(({ who, text }) => (
              <div key={who.id}>
                <dt>{lineSafe(model.view.nameOf(who))}</dt>
                <dd>{lineSafe(text)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <p className="muted small">
        {servers.length === 0
          ? "No server is known that could say how this machine is seen."
          : `Seen by ${servers.map(lineSafe).join(", ")}.`}
      </p>
    </>
  );
}

const SIGNS: Readonly<Record<Finding["state"], readonly [IconName, string]>> = {
  ok: ["check", "works"],
  warn: ["warn", "could be better"],
  fail: ["close", "does not work"],
  skip: ["circle", "cannot be told"],
};

function One({ finding: { name, state, text, fix } }: { readonly finding: Finding }) {
  const [icon, words] = SIGNS[state];
  return (
    <>
      <Icon name={icon} />
      <div>
        <h3>
          {checkName(name)}
          <span className="hidden">, {words}</span>
        </h3>
        <p>{lineSafe(text)}</p>
        {fix !== null && <p className="fix">{lineSafe(fix)}</p>}
      </div>
    </>
  );
}
