import { expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { delivered, say, startClient } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { roomLog } from "../support/roomlog.ts";
import { until } from "../support/until.ts";
import { connected, messages, Rig } from "./rig.ts";

const LOBBY = "#lobby";
const LONG = { timeoutMs: 30_000 };

test("an older copy that takes over from a killed client goes on behind it", async () => {
  await using rig = await Rig.start();
  const bob = await rig.client("bob");
  const first = await rig.client("ann");
  await connected(first, "ann", bob, "bob");
  await hear(first, "before the copy");
  first.send({ type: "quit" });
  await first.exited;
  const dataDir = rig.scratch.join("copy");
  cpSync(rig.scratch.join("ann"), dataDir, { recursive: true });
  const ann = await rig.client("ann");
  await ann.line({ type: "peer", state: "connected" }, LONG);
  await hear(ann, "from the first");
  ann.kill("SIGKILL");
  await ann.exited;

  const copy = rig.track(startClient({ name: "ann", dataDir, server: rig.address }));
  await copy.line({ type: "peer", state: "connected" }, LONG);
  await hear(copy, "from the copy", "and again");

  const all = ["before the copy", "from the first", "from the copy", "and again"];
  await until(() => messages(bob).length === all.length, "all is shown");
  expect(messages(bob).map(({ text }) => text)).toEqual(all);
  const [theirs, own] = [await roomLog(bob, LOBBY), await caughtUp(copy, all.length)];
  expect([theirs.texts, own.hash]).toEqual([all, theirs.hash]);
  for (const { lines } of [copy, bob]) {
    const kinds = lines.map(({ type, state }) => (type === "status" ? state : type));
    expect(kinds.filter((kind) => kind === "failed" || kind === "equivocation")).toEqual([]);
  }
}, 90_000);

/** Until Bob has it on his disk. */
async function hear(from: Program, ...texts: readonly string[]): Promise<void> {
  const reqs = texts.map((text) => say(from, LOBBY, text));
  for (const req of reqs) await delivered(from, req, "bob", LONG);
}

/** What it had not said itself comes from the other. */
async function caughtUp(program: Program, count: number) {
  for (;;) {
    const log = await roomLog(program, LOBBY);
    if (log.texts.length >= count) return log;
    await Bun.sleep(50);
  }
}
