/** Own messages that go behind what others hold, by the compiled program. */
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { ask, delivered, say, startClient } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { roomLog } from "../support/roomlog.ts";
import { connected, Rig } from "./rig.ts";

const LOBBY = "#lobby";
const LONG = { timeoutMs: 30_000 };

test("what was said alone by an earlier run, after a loss, is edited by its new id", async () => {
  await using rig = await Rig.start();
  const bob = await rig.client("bob");
  const first = await rig.client("ann");
  await connected(first, "ann", bob, "bob");
  for (const text of ["one", "two"]) await delivered(first, say(first, LOBBY, text), "bob", LONG);
  await quit(first);
  const dataDir = rig.scratch.join("ann");
  for (const end of ["", "-wal", "-shm"]) {
    rmSync(rig.scratch.join("ann", `p2pchat.db${end}`), { force: true });
  }
  const alone = rig.track(startClient({ name: "ann", dataDir, args: ["--room", LOBBY] }));
  await alone.line({ type: "ready" });
  for (const text of ["allone", "and on"]) {
    await alone.line({ type: "status", req: say(alone, LOBBY, text), state: "queued" });
  }
  const [was] = (await roomLog(alone, LOBBY)).messages.map(({ id }) => id);
  await quit(alone);

  const ann = await rig.client("ann");
  const { id } = await ann.line({ type: "status", state: "queued", req: null, was }, LONG);
  ann.send({ req: "e", type: "edit", id, text: "alone" });
  await bob.line({ type: "message", text: "alone", edited: true }, LONG);

  const texts = ["one", "two", "alone", "and on"];
  const [mine, theirs] = [await caughtUp(ann, texts.length), await roomLog(bob, LOBBY)];
  expect([mine.texts, theirs.texts]).toEqual([texts, texts]);
  expect(mine.hash).toBe(theirs.hash);
  const waiting: Json = await ask(ann, { type: "outbox" });
  expect(waiting["messages"]).toEqual([]);
}, 90_000);

/** What it had lost comes from the other. */
async function caughtUp(program: Program, count: number) {
  for (;;) {
    const log = await roomLog(program, LOBBY);
    if (log.texts.length >= count) return log;
    await Bun.sleep(50);
  }
}

async function quit(program: Program): Promise<void> {
  program.send({ type: "quit" });
  await program.exited;
}
