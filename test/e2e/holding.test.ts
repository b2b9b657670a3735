import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, say } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { connected, messages, Rig } from "./rig.ts";

const TEXTS = ["nobody between us reads this", "nor that"];

test("two who never run together talk through a third, who cannot read it", async () => {
  await using rig = await Rig.start();
  const carol = await rig.client("carol", "--hold");
  let alice = await rig.client("alice", "--ask-hold");
  let bob = await rig.client("bob");
  await connected(alice, "alice", bob, "bob");
  await connected(alice, "alice", carol, "carol");
  await connected(bob, "bob", carol, "carol");
  await leave(bob);

  const reqs = TEXTS.map((text) => say(alice, "@bob", text));
  for (const req of reqs) {
    await alice.line({ type: "held", req, room: "@bob", by: { name: "carol" } });
  }
  const outbox = await ask(alice, { type: "outbox" });
  const firstBye = await leave(alice);
  const own = ["history", "--data-dir", rig.scratch.join("alice")];
  const shown = await rig.run(own);
  const [kept] = (await rig.run([...own, "--json"])).stdout.split("\n");
  bob = await rig.client("bob");
  for (const text of TEXTS) await bob.line({ type: "message", room: "@alice", text });
  await leave(bob);
  const heard = messages(bob).map(({ text }) => text);
  alice = await rig.client("alice", "--ask-hold");
  const ids = Array.isArray(outbox["messages"]) ? outbox["messages"] : [];
  for (const { id } of ids as Json[]) {
    await alice.line({ type: "status", id: String(id), state: "delivered", by: { name: "bob" } });
  }
  const lastBye = await leave(alice);

  expect(ids).toMatchObject(TEXTS.map((text) => ({ text, heldBy: [{ name: "carol" }] })));
  for (const text of TEXTS) {
    expect(shown.stdout).toContain(`@bob alice: ${text} (held by carol until bob comes)\n`);
  }
  expect(JSON.parse(kept ?? "")).toMatchObject({
    states: [{ state: "queued", by: { name: "bob" }, heldBy: [{ name: "carol" }] }],
  });
  expect(firstBye["waiting"]).toMatchObject([
    { who: { name: "bob" }, count: 2, heldBy: [{ name: "carol" }] },
  ]);
  expect(heard).toEqual(TEXTS);
  expect(lastBye["waiting"]).toBeUndefined();
  expect(messages(carol)).toEqual([]);
  await leave(carol);
  const files = readdirSync(rig.scratch.join("carol"));
  expect(files).toContain("p2pchat.db");
  for (const file of files) {
    const bytes = readFileSync(join(rig.scratch.join("carol"), file));
    for (const text of TEXTS) expect(bytes.includes(text)).toBe(false);
  }
}, 60_000);

/** It ends by itself; returns what it says last. */
async function leave(program: Program): Promise<Json> {
  program.send({ type: "quit" });
  const bye = await program.line({ type: "bye" });
  expect(await program.exited).toBe(0);
  return bye;
}
