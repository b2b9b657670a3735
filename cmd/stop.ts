import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { readFlags } from "./flags.ts";
import { endOf, theRunningNode } from "./running.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const running = await theRunningNode(readFlags("stop", rawArgs));
  if (await endOf(running)) return EXIT.done;
  throw new Failure(`It does not end: see process ${running.node.pid}`, EXIT.failure);
}
