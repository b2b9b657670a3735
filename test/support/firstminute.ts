import { dirname } from "node:path";
import { BINARY } from "./program.ts";
import type { Scratch } from "./scratch.ts";
import { Terminal } from "./terminal.ts";

/** As wide as the longest line, so that a line of the screen is one that was written. */
const SERVER_COLUMNS = 160;
const COLUMNS = 80;
const LINES = 24;

/** What was shown, and when the next thing could be done. */
export interface FirstMinute {
  /** Each with how long it took, in ms. */
  readonly steps: readonly (readonly [what: string, ms: number])[];
  /** All that is on the server's terminal. */
  readonly server: string;
}

/**
 * Three people who have never used the program, each at a terminal in an empty home: one starts the
 * server, two type what it shows, and one says hello. Its traffic stays on loopback, so they are
 * given that address, and neither look for others on the network nor ask its router for a port.
 * `look` is given the screens of the two when there is something to see.
 */
export async function firstMinute(
  scratch: Scratch,
  look: (what: "alone" | "alice" | "bob", terminal: Terminal) => Promise<void>,
): Promise<FirstMinute> {
  const steps: (readonly [string, number])[] = [];
  const open = async (name: string, columns: number): Promise<Terminal> => {
    const home = scratch.join(name);
    await Bun.$`mkdir ${home}`.quiet();
    const env = { HOME: home };
    const terminal = await Terminal.open({ columns, lines: LINES, cwd: home, env });
    await terminal.run(`PATH=${dirname(BINARY)}:$PATH`);
    return terminal;
  };
  await using server = await open("server", SERVER_COLUMNS);
  await using alice = await open("alice", COLUMNS);
  await using bob = await open("bob", COLUMNS);
  const step = async <Result>(what: string, done: () => Promise<Result>): Promise<Result> => {
    const startedAtMs = performance.now();
    const result = await done();
    steps.push([what, performance.now() - startedAtMs]);
    return result;
  };

  const where = await step("the server shows what clients type", async () => {
    await server.run("clear; p2pchat server --listen 127.0.0.1:0");
    const screen = await server.shows(/^server>\s*$/m);
    return /--server '([^']+)'/.exec(screen)?.[1] ?? "";
  });
  const join = (name: string): string => {
    return `clear; p2pchat client --name ${name} --server '${where}' --no-lan --no-portmap`;
  };
  await step("alice is in", async () => {
    await alice.run(join("alice"));
    await alice.shows(/server ok/);
  });
  await look("alone", alice);
  await step("bob is in, and connected", async () => {
    await bob.run(join("bob"));
    await Promise.all([alice, bob].map((one) => one.shows(/1 other, 1 here/)));
  });
  await step("alice's first message is on bob's disk", async () => {
    await alice.run("hello");
    await bob.shows(/alice +hello/);
    await alice.shows(/hello +✓✓/);
  });
  await look("alice", alice);
  await look("bob", bob);
  return { steps, server: await server.settled() };
}
