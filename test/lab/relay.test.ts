/** Clients between whom no router lets anything direct are carried by a member of their room. */
import { afterAll, beforeAll, beforeEach, afterEach, expect } from "bun:test";
import { delivered, say } from "../support/chat.ts";
import type { Json } from "../support/program.ts";
import { hasLab, labTest } from "./labtest.ts";
import type { ClientPlace } from "./plan.ts";
import { Served } from "./served.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 60_000;
const DELAY_MS = 20;
const REPLACED_MS = 5_000;
const TOLD_MS = 10_000;

/** Between two words of a flow. */
const WORD_MS = 100;

const PAIRS: readonly (readonly [ClientPlace, ClientPlace])[] = [
  ["symmetric-random.1", "symmetric-random.2"],
  ["block-dependent.1", "symmetric-random.1"],
  ["carrier-symmetric.1", "symmetric-sequential.1"],
  ["arbitrary-pool.1", "address-dependent.1"],
];

let lab: Topology;
let served: Served;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build("open.1", "open.2", ...new Set(PAIRS.flat()));
  await lab.setWays([{ delayMs: DELAY_MS }]);
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  if (!hasLab) return;
  for (const place of new Set(PAIRS.flat())) lab.flush(place);
  served = await Served.start(lab);
});

afterEach(async () => {
  if (!hasLab) return;
  await served[Symbol.asyncDispose]();
});

function connectedVia(name: string, via?: string) {
  return (line: Json): boolean => {
    if (line["type"] !== "peer" || line["state"] !== "connected") return false;
    const { who, path } = line as { who: { name: string }; path: { via: { name: string } | null } };
    return who.name === name && (via === undefined || path.via?.name === via);
  };
}

for (const [one, other] of PAIRS) {
  labTest(`${one} and ${other} talk through a member`, TEST_MS, async () => {
    await using carol = served.client("carol", "open.1");
    await using ann = served.client("ann", one);
    await using bob = served.client("bob", other);
    await Promise.all([carol, ann, bob].map(async (client) => client.line({ type: "ready" })));

    const startedAtMs = performance.now();
    const req = say(ann, "@bob", "hello");
    await bob.line({ type: "message", text: "hello" });
    console.log(`carried after ${Math.round(performance.now() - startedAtMs)} ms`);

    await delivered(ann, req, "bob");
    const line = await ann.line(connectedVia("bob", "carol"));
    expect(line["path"]).toMatchObject({ kind: "relay", via: { name: "carol" } });
    say(bob, "@ann", "hello yourself");
    await ann.line({ type: "message", text: "hello yourself" });
  });
}

labTest(
  "a carrier that is killed is replaced within seconds, and no word is lost",
  TEST_MS,
  async () => {
    await using carol = served.client("carol", "open.1");
    await using ann = served.client("ann", "symmetric-random.1");
    await using bob = served.client("bob", "symmetric-random.2");
    await ann.line(connectedVia("bob", "carol"), { timeoutMs: TOLD_MS });
    await using dave = served.client("dave", "open.2");
    await Promise.all([ann, bob].map(async (client) => client.line(connectedVia("dave"))));

    const said: string[] = [];
    const speak = async (ms: number) => {
      for (let left = ms; left > 0; left -= WORD_MS) {
        said.push(`word ${said.length}`);
        say(ann, "@bob", said.at(-1) ?? "");
        await Bun.sleep(WORD_MS);
      }
    };
    await speak(1_000);
    carol.kill("SIGKILL");
    await speak(500);
    const text = said.at(-1) ?? "";
    await bob.line({ type: "message", text }, { timeoutMs: REPLACED_MS });
    await speak(1_000);

    await bob.line({ type: "message", text: said.at(-1) ?? "" });
    const heard = bob.lines.filter(({ type }) => type === "message").map((line) => line["text"]);
    expect(heard).toEqual(said);
    await ann.line(connectedVia("bob", "dave"));
    expect(dave.lines.some(({ type }) => type === "error")).toBe(false);
  },
);

labTest("where nobody can carry that is said within 10 s, and why", TEST_MS, async () => {
  await using carol = served.client("carol", "open.1", "--no-relay");
  await using ann = served.client("ann", "symmetric-random.1");
  await using bob = served.client("bob", "symmetric-random.2");
  await Promise.all([carol, ann, bob].map(async (client) => client.line({ type: "ready" })));

  say(ann, "@bob", "hello");
  const told = await ann.line(
    { type: "peer", who: { name: "bob" }, state: "unreachable" },
    { timeoutMs: TOLD_MS },
  );

  expect(told["reason"]).toContain("both routers give every connection another port");
  expect(told["reason"]).toContain("nobody who shares a room with both of you can carry it");
});
