import { Program } from "../support/program.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Samples } from "./tasks.ts";

const WAIT_MS = 60_000;

/**
 * What `newcomer`, a client, has missed and `keeper` has: from the session of the two until the
 * last message is a line that this process has read.
 */
export async function showHistory(
  lifetime: Lifetime,
  clients: { readonly keeper: readonly string[]; readonly newcomer: readonly string[] },
  missed: number,
): Promise<Samples> {
  await using keeper = new Program(clients.keeper);
  const forgetKeeper = lifetime.bind(() => keeper.kill());
  await keeper.line({ type: "ready" });
  await using newcomer = new Program(clients.newcomer);
  const forgetNewcomer = lifetime.bind(() => newcomer.kill());
  await newcomer.line({ type: "peer", state: "connected" });
  const startedAtMs = performance.now();
  let shown = 0;
  const isLast = ({ type }: Readonly<Record<string, unknown>>): boolean => {
    if (type === "message") shown += 1;
    return shown === missed;
  };
  await newcomer.line(isLast, { timeoutMs: WAIT_MS });
  const lastedMs = performance.now() - startedAtMs;
  forgetKeeper();
  forgetNewcomer();
  return { perSecond: (missed / lastedMs) * 1000 };
}
