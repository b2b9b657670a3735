import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { readFlags } from "./flags.ts";
import { askNode } from "./nodequestion.ts";
import { theRunningNode } from "./running.ts";

/** The farewells take two seconds at most, and what is to be written hardly longer. */
const ENDING_MS = 15_000;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const { socket, node } = await theRunningNode(readFlags("stop", rawArgs));
  const how = await askNode({
    socket,
    type: "stop",
    patience: AbortSignal.timeout(ENDING_MS),
    // It has ended when the connection has.
    onTold: () => false,
  });
  if (how === "nobody") return EXIT.done;
  throw new Failure(`It does not end: see process ${node.pid}`, EXIT.failure);
}
