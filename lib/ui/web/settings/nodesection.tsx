import { useEffect, useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { ReplyEvent } from "../../../node/events.ts";
import { clockTime } from "../../words.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { useAct } from "../parts/pagecontext.ts";

type NodeReply = Extract<ReplyEvent, { command: "node" }>;

/** What runs behind the page, and its end. */
export function NodeSection({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const [node, setNode] = useState<NodeReply>();
  const [isAsking, setAsking] = useState(false);
  useEffect(() => {
    act(({ asking }) => {
      asking.ask(
        (req) => ({ type: "node", req }),
        (answer) => {
          if (answer.command === "node") setNode(answer);
        },
      );
    });
  }, [act]);
  const stop = (): void => {
    if (!isAsking) return setAsking(true);
    act((here) => here.command({ type: "stop", req: here.nextReq() }));
  };
  return (
    <section className="setting" aria-label="This p2pchat">
      <h3 className="label">This p2pchat</h3>
      <p className="id">{model.me.id}</p>
      <button type="button" className="button" onClick={() => act((here) => here.copy(here.me.id))}>
        Copy your id
      </button>
      {node !== undefined && <NodeFacts node={node} />}
      <div className="panel-actions">
        <button type="button" className="button bad" onClick={stop}>
          {isAsking ? "Yes, stop it for every window" : "Stop p2pchat"}
        </button>
        {isAsking && (
          <button type="button" className="button" onClick={() => setAsking(false)}>
            Leave it
          </button>
        )}
      </div>
    </section>
  );
}

function NodeFacts({ node }: { readonly node: NodeReply }) {
  const now = Date.now();
  return (
    <>
      <p className="muted">
        version {lineSafe(node.version)}, number {node.pid} of this machine, since{" "}
        {clockTime(node.sinceMs, now)}
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
