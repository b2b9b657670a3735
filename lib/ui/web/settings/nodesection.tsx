import { useEffect, useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { ReplyEvent } from "../../../node/events.ts";
import { clockTime } from "../../words.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { ask } from "../model/question.ts";
import { useAct } from "../parts/pagecontext.ts";

type NodeReply = Extract<ReplyEvent, { command: "node" }>;

interface NodeSectionProps {
  /** How many have come: each is asked what it is. */
  readonly nodes: number;
}

/** What runs behind the page, and its end. */
export function NodeSection({ nodes }: NodeSectionProps) {
  const act = useAct();
  const [node, setNode] = useState<NodeReply>();
  useEffect(() => {
    act(({ asking }) => {
      asking.ask(
        (req) => ({ type: "node", req }),
        (answer) => {
          if (answer.command === "node") setNode(answer);
        },
      );
    });
  }, [act, nodes]);
  return (
    <section className="setting" aria-label="This p2pchat">
      <h3 className="label">This p2pchat</h3>
      {node !== undefined && <NodeFacts node={node} />}
      <div className="panel-actions">
        <button type="button" className="button bad" onClick={() => act(askToStop)}>
          Stop p2pchat
        </button>
      </div>
    </section>
  );
}

function askToStop(model: PageModel): void {
  ask(model, {
    title: "Stop p2pchat?",
    text: "It ends for every window, and nothing reaches you until it is started again.",
    deed: "Stop it",
    run: (here) => here.command({ type: "stop", req: here.nextReq() }),
  });
}

function NodeFacts({ node }: { readonly node: NodeReply }) {
  const now = pageClock.now();
  return (
    <>
      <p className="muted">
        Version {lineSafe(node.version)}, pid {node.pid}, since {clockTime(node.sinceMs, now)}. It
        is looked at by:
      </p>
      <ul className="faces" aria-label="Windows that look at it">
        {node.faces.map(({ kind, sinceMs }, at) => (
          // Faces have no name but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={at}>
            {lineSafe(kind)}, since {clockTime(sinceMs, now)}
          </li>
        ))}
      </ul>
    </>
  );
}
