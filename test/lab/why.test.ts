import { afterAll, beforeAll, expect } from "bun:test";
import { ask, say, startClient, startServer } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { clientPlace, siteOf, type ClientPlace } from "./plan.ts";
import { Topology } from "./topology.ts";

/** Where no path is, that is said in 10 s; a busy machine may take longer. */
const SAID_MS = 20_000;

const RANDOM = clientPlace("symmetric-random", 1);
const BLOCK = clientPlace("block-dependent", 1);
const HOME = clientPlace("port-restricted", 1);
const SIX = clientPlace("firewall6", 1);
const BLOCKED = clientPlace("udp-blocked", 1);

const scratch = new Scratch();
const programs: Program[] = [];
let lab: Topology;
let both: Failed;
let apart: Failed;
let blocked: Program;

interface Failed {
  readonly from: Program;
  readonly reason: unknown;
}

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(RANDOM, BLOCK, HOME, SIX, BLOCKED);
  await lab.setWays([{ delayMs: 20, lossPercent: 0 }]);
  const within = lab.within("server");
  const server = startServer({ dataDir: scratch.join("server"), listen: "[::]:3478", within });
  programs.push(server);
  await server.line({ type: "ready" });
  blocked = client("carl", BLOCKED);
  const [ann, bob] = [client("ann", RANDOM), client("bob", BLOCK)];
  const [pit, fay] = [client("pit", HOME), client("fay", SIX)];
  await Promise.all([ann, bob, pit, fay].map((it) => it.line({ type: "nat" })));
  [both, apart] = await Promise.all([unreachable(ann, "bob"), unreachable(pit, "fay")]);
}, 40_000);

afterAll(async () => {
  if (!hasLab) return;
  for (const program of programs) await program[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

function client(name: string, place: ClientPlace): Program {
  const { v4, v6 } = siteOf("server");
  const server = siteOf(place).v4 === undefined ? `[${v6}]:3478` : `${v4}:3478`;
  const dataDir = scratch.join(name);
  const args = ["--no-lobby"];
  const program = startClient({ name, dataDir, server, within: lab.within(place), args });
  programs.push(program);
  return program;
}

/** Says something to somebody, and waits until it is told why it does not go. */
async function unreachable(from: Program, name: string): Promise<Failed> {
  say(from, `@${name}`, "hello");
  const pattern = { type: "peer", who: { name }, state: "unreachable" };
  const { reason } = await from.line(pattern, { timeoutMs: SAID_MS });
  return { from, reason };
}

labTest("of two routers that leave it to chance is told, both sides", 5000, async () => {
  expect(both.reason).toContain("both routers give every connection another port, by chance");
  expect(both.reason).toContain("port mapping");
  const why = await ask(both.from, { type: "why", to: "@bob" });
  expect(why).toMatchObject({
    state: "unreachable",
    expected: "relay",
    you: { nat: "symmetric-random", callsSeen: 0, punchesSeen: 0 },
    they: { nat: "symmetric-block", callsSeen: 0, punchesSeen: 0 },
  });
  for (const side of ["you", "they"]) expect(callsOf(why[side])).toBeGreaterThan(5);
});

labTest("who has no family of addresses in common is told that", 5000, async () => {
  expect(apart.reason).toStartWith("they have IPv6 alone, and you have none");
});

labTest("where UDP is blocked that is said, as far as it can be told", 5000, async () => {
  const { text, nat } = await blocked.line({ type: "nat" });

  expect(nat).toBeNull();
  expect(text).toContain("UDP seems blocked on this network, or the server is down");
  expect(blocked.lines[0]).toMatchObject({ type: "ready", server: null });
});

function callsOf(side: unknown): unknown {
  return typeof side === "object" && side !== null && "calls" in side ? side.calls : undefined;
}
