/** Members of a room put back together, without any server, whom a router has parted. */
import { afterAll, beforeAll, expect } from "bun:test";
import { delivered, say } from "../support/chat.ts";
import type { Json } from "../support/program.ts";
import { hasLab, labTest } from "./labtest.ts";
import { Served } from "./served.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 150_000;
const DELAY_MS = 20;

/**
 * Who has nothing to say rests for up to 25 s, or shows itself without asking for an answer up to
 * 12 s after it has heard the last; and what it has asked for is owed for 7 s.
 */
const LOST_MS = 40_000;

/**
 * Until the next word is heard: where a busy machine answers late, members bring two together in
 * rounds that are up to ten seconds apart.
 */
const HEARD_MS = 45_000;

let lab: Topology;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build("open.1", "port-restricted.1", "port-restricted.2");
  await lab.setWays([{ delayMs: DELAY_MS }]);
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

function isDirectTo(name: string) {
  return (line: Json): boolean => {
    if (line["type"] !== "peer" || line["state"] !== "connected") return false;
    const { who, path } = line as { who: { name: string }; path: { kind: string } };
    return who.name === name && path.kind === "direct";
  };
}

labTest("a router is switched off and on when the server is gone", TEST_MS, async () => {
  await using served = await Served.start(lab);
  // Nobody carries: what is heard is heard directly.
  await using carol = served.client("carol", "open.1", "--no-relay");
  await using ann = served.client("ann", "port-restricted.1");
  await using bob = served.client("bob", "port-restricted.2");
  await ann.line(isDirectTo("bob"));
  await Promise.all([ann, bob].map(async (client) => client.line(isDirectTo("carol"))));
  await delivered(ann, say(ann, "@bob", "before"), "bob");
  served.server.kill("SIGKILL");
  await ann.line({ type: "server", state: "lost" }, { timeoutMs: LOST_MS });

  await lab.restart("port-restricted.1");
  const [one, other] = [say(ann, "@bob", "after"), say(bob, "@ann", "after too")];
  await bob.line({ type: "message", text: "after" }, { timeoutMs: HEARD_MS });

  await delivered(ann, one, "bob");
  await delivered(bob, other, "ann", { timeoutMs: HEARD_MS });
  expect(ann.lines.filter(({ type, state }) => type === "peer" && state === "gone")).toEqual([]);
  expect(carol.lines.some(({ type }) => type === "error")).toBe(false);
});
