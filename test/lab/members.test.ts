/** Members of a room put back together, without any server, whom a router has parted. */
import { afterAll, beforeAll, expect } from "bun:test";
import { join } from "node:path";
import { delivered, say, startClient, startServer } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { siteOf, type ClientPlace } from "./plan.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 60_000;
const DELAY_MS = 20;
const PORT = 3478;

/** Until the next word is heard, and until it goes directly again. */
const HEARD_MS = 3_000;
const DIRECT_MS = 10_000;

let lab: Topology;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build("open.1", "port-restricted.1", "port-restricted.2");
  await lab.setWays([{ delayMs: DELAY_MS }]);
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

function start(scratch: Scratch, name: string, place: ClientPlace, ...args: string[]): Program {
  return startClient({
    name,
    dataDir: join(scratch.path, name),
    server: `${siteOf("server").v4}:${PORT}`,
    within: lab.within(place),
    args,
  });
}

function isDirectTo(name: string) {
  return (line: Json): boolean => {
    if (line["type"] !== "peer" || line["state"] !== "connected") return false;
    const { who, path } = line as { who: { name: string }; path: { kind: string } };
    return who.name === name && path.kind === "direct";
  };
}

labTest("a router is switched off and on when the server is gone", TEST_MS, async () => {
  using scratch = new Scratch();
  const server = startServer({
    dataDir: join(scratch.path, "server"),
    listen: `[::]:${PORT}`,
    within: lab.within("server"),
  });
  await server.line({ type: "ready" });
  // Nobody carries: what is heard is heard directly.
  await using carol = start(scratch, "carol", "open.1", "--no-relay");
  await using ann = start(scratch, "ann", "port-restricted.1");
  await using bob = start(scratch, "bob", "port-restricted.2");
  await ann.line(isDirectTo("bob"));
  await Promise.all([ann, bob].map(async (client) => client.line(isDirectTo("carol"))));
  await delivered(ann, say(ann, "@bob", "before"), "bob");
  await server[Symbol.asyncDispose]();
  await ann.line({ type: "server", state: "lost" }, { timeoutMs: 20_000 });

  await lab.restart("port-restricted.1");
  const startedAtMs = performance.now();
  const [one, other] = [say(ann, "@bob", "after"), say(bob, "@ann", "after too")];
  await bob.line({ type: "message", text: "after" }, { timeoutMs: DIRECT_MS });
  expect(performance.now() - startedAtMs).toBeLessThan(2 * HEARD_MS);

  await delivered(ann, one, "bob");
  await delivered(bob, other, "ann", { timeoutMs: DIRECT_MS });
  expect(ann.lines.some(({ type, state }) => type === "peer" && state === "gone")).toBe(false);
  expect(carol.lines.some(({ type }) => type === "error")).toBe(false);
});
