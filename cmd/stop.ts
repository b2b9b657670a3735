import { eventOf } from "../lib/contract/eventof.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { View } from "../lib/contract/view.ts";
import { Failure } from "../lib/io/failure.ts";
import { Lines } from "../lib/io/stdio.ts";
import type { PeerEvent } from "../lib/node/events.ts";
import { byeLines } from "../lib/ui/waitinglines.ts";
import { readFlags } from "./flags.ts";
import { askNode } from "./nodequestion.ts";
import { theRunningNode } from "./running.ts";

/** The farewells take two seconds at most, and what is to be written hardly longer. */
const ENDING_MS = 15_000;

type Bye = Extract<PeerEvent, { type: "bye" }>;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const { socket, node } = await theRunningNode(readFlags("stop", rawArgs));
  let bye: Bye | undefined;
  const how = await askNode({
    socket,
    type: "stop",
    patience: AbortSignal.timeout(ENDING_MS),
    onTold: (told) => {
      const event = eventOf(told);
      if (event?.type === "bye") bye = event;
      // It has ended when the connection has.
      return false;
    },
  });
  if (bye !== undefined) tellWaiting(bye);
  if (how === "nobody") return EXIT.done;
  throw new Failure(`It does not end: see process ${node.pid}`, EXIT.failure);
}

/** What nobody has got yet goes out when it runs again. */
function tellWaiting(bye: Bye): void {
  const view = new View([]);
  view.handleEvent(bye);
  const out = new Lines(1);
  for (const line of byeLines(view, bye.waiting)) out.write(line);
  out.flush();
}
