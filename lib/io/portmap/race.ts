import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "../../base/address.ts";
import type { Protocol, ProtocolName } from "./protocol.ts";

/** How long a protocol's router is waited for before the next protocol maps, too. */
const PATIENCE_MS = 250;

export interface Grant {
  readonly protocol: Protocol;
  readonly address: Address;
  readonly leaseMs: number;
}

/**
 * Asks one router by all protocols at once. Each looks about at once, and maps when those before it
 * were refused or have been given 250 ms, so that a router which speaks three of them keeps one
 * mapping. The first grant ends the others' questions; undefined where all were refused.
 */
export async function firstGrant(
  protocols: readonly Protocol[],
  leaseMs: number,
  until: AbortSignal,
  onRefused: (protocol: ProtocolName, why: string) => void,
): Promise<Grant | undefined> {
  const race = new AbortController();
  const signal = AbortSignal.any([until, race.signal]);
  let grant: Grant | undefined;
  const run = async (protocol: Protocol, turn: Promise<void>): Promise<void> => {
    const answer = await protocol.ask(leaseMs, turn, signal);
    if (answer.kind === "granted") {
      grant ??= { protocol, address: answer.address, leaseMs: answer.leaseMs };
      race.abort();
    } else if (!signal.aborted) onRefused(protocol.name, answer.why);
  };
  const runs: Promise<void>[] = [];
  let turn = Promise.resolve();
  for (const protocol of protocols) {
    const done = run(protocol, turn);
    runs.push(done);
    turn = turn.then(() => Promise.race([done, pause(PATIENCE_MS, signal)]));
  }
  await Promise.all(runs);
  return grant;
}

/** Until the time has passed or the signal is given. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects when the signal is given, which is one of the two things that end it.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
