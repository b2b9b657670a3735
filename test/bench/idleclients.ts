import { readFileSync } from "node:fs";
import { assert } from "../../lib/base/assert.ts";
import { Program } from "../support/program.ts";
import type { Lifetime } from "./lifetime.ts";

/** Long enough for all that is done at the start, and for what waits until nothing happens. */
const IDLE_MS = 60_000;
const IDLE_QUICK_MS = 5_000;

/** MiB that clients hold, as the system counts it, when they have done nothing for a minute. */
export async function idleMiB(
  lifetime: Lifetime,
  commands: readonly (readonly string[])[],
  isQuick: boolean,
): Promise<readonly number[]> {
  const clients = commands.map((command) => new Program(command));
  const forget = lifetime.bind(() => clients.forEach((client) => client.kill()));
  try {
    for (const client of clients) await client.line({ type: "ready" });
    await Bun.sleep(isQuick ? IDLE_QUICK_MS : IDLE_MS);
    return clients.map(({ pid }) => residentMiB(pid));
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
    forget();
  }
}

/** What a process holds, as the system counts it. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  assert(kib !== undefined, "the system says what a process holds");
  return Number(kib) / 1024;
}
