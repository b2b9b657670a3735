/** Who is lost without a server, and who begins anew without one: they meet where they were. */
import { afterAll, beforeAll, expect } from "bun:test";
import { delivered, say, startClient, startServer } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { type ClientPlace, siteOf } from "./plan.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 120_000;
const DELAY_MS = 20;
const PORT = 3478;

/** Until who does not answer counts as gone: 20 s, and what it takes to say so. */
const GONE_MS = 40_000;

/** Until who was lost is called again, twice. */
const FOUND_MS = 50_000;

const LOST = ["port-restricted.1", "rejecting.1"] as const;
const BEGUN = ["port-restricted.2", "full-cone.1"] as const;

const scratch = new Scratch();
let lab: Topology;
let server: Program;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(...LOST, ...BEGUN);
  await lab.setWays([{ delayMs: DELAY_MS }]);
  const dataDir = scratch.join("server");
  server = startServer({ dataDir, listen: `[::]:${PORT}`, within: lab.within("server") });
  await server.line({ type: "ready" });
}, 20_000);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

function start(name: string, place: ClientPlace): Program {
  const options = { name, dataDir: scratch.join(name), within: lab.within(place) };
  return startClient({
    ...options,
    server: `${siteOf("server").v4}:${PORT}`,
    args: ["--no-lobby"],
  });
}

/** Two who have talked: each knows the other. */
async function meet(names: readonly [string, string], places: readonly [ClientPlace, ClientPlace]) {
  const [one, other] = [start(names[0], places[0]), start(names[1], places[1])];
  await Promise.all([one, other].map(async (client) => client.line({ type: "ready" })));
  await delivered(one, say(one, `@${names[1]}`, "hello"), names[1]);
  return [one, other] as const;
}

function heardBy({ lines }: Program): unknown[] {
  return lines.filter(({ type }) => type === "message").map(({ text }) => text);
}

labTest("without a server, who were lost and who begin anew are met again", TEST_MS, async () => {
  const [ann, bob] = await meet(["ann", "bob"], LOST);
  const [carol, dave] = await meet(["carol", "dave"], BEGUN);
  await server[Symbol.asyncDispose]();

  await carol[Symbol.asyncDispose]();
  const waiting = say(dave, "@carol", "come back");
  const again = start("carol", BEGUN[0]);
  await delivered(dave, waiting, "carol", { timeoutMs: FOUND_MS });
  await delivered(again, say(again, "@dave", "here I am"), "dave");
  expect(heardBy(again)).toEqual(["come back"]);
  expect(heardBy(dave)).toEqual(["hello", "here I am"]);

  const cut = LOST.map((from) => ({ from, delayMs: DELAY_MS, lossPercent: 100 }));
  await lab.setWays([...cut, { delayMs: DELAY_MS }]);
  const words = [say(ann, "@bob", "are you there?"), say(bob, "@ann", "and you?")] as const;
  for (const client of [ann, bob]) {
    await client.line({ type: "peer", state: "gone" }, { timeoutMs: GONE_MS });
  }
  await lab.setWays([{ delayMs: DELAY_MS }]);
  const healedAtMs = performance.now();
  await delivered(ann, words[0], "bob", { timeoutMs: FOUND_MS });
  await delivered(bob, words[1], "ann", { timeoutMs: FOUND_MS });

  console.log(`met again after ${Math.round(performance.now() - healedAtMs)} ms`);
  expect(heardBy(bob)).toEqual(["hello", "are you there?"]);
  expect(heardBy(ann)).toEqual(["and you?"]);
  for (const client of [ann, bob, again, dave]) await client[Symbol.asyncDispose]();
});
