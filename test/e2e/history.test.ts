import { expect, test } from "bun:test";
import * as v from "valibot";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import { ask, delivered, say } from "../support/chat.ts";
import type { Json } from "../support/program.ts";
import { connected, Rig } from "./rig.ts";

const textsOf = (page: Json): unknown[] => (page["messages"] as Json[]).map(({ text }) => text);

test("what was said is told after a restart, page by page, with what became of it", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  for (const text of ["one", "two", "three"]) {
    await delivered(alice, say(alice, "#lobby", text), "bob");
  }
  await delivered(bob, say(bob, "@alice", "between us"), "alice");
  alice.send({ type: "quit" });
  await alice.exited;

  const again = await rig.client("alice");
  const last = await ask(again, { type: "history", room: "#lobby", limit: 2 });
  const [two] = last["messages"] as Json[];
  const first = await ask(again, { type: "history", room: "#lobby", before: two?.["id"] });
  const direct = await ask(again, { type: "history", with: "@bob" });

  const found = await ask(again, { type: "search", text: "TWO" });
  const [hit] = found["messages"] as Json[];
  const around = await ask(again, { type: "history", room: "#lobby", around: hit?.["id"] });

  const kept = await ask(again, { type: "retain", room: "#lobby", keep: "2" });
  // It is done while nothing happens; to ask again and again would hold it up.
  await Bun.sleep(2000);
  const left = await ask(again, { type: "history", room: "#lobby" });

  expect(textsOf(left)).toEqual(["two", "three"]);
  expect(kept).toMatchObject({ command: "retain", room: "#lobby", keep: "2" });
  expect(found).toMatchObject({ text: "TWO", hasMore: false, unsearched: 0 });
  expect(hit).toEqual(two);
  expect(textsOf(around)).toEqual(["one", "two", "three"]);
  expect(textsOf(last)).toEqual(["two", "three"]);
  expect(last).toMatchObject({ room: "#lobby", hasBefore: true, hasAfter: false, damaged: 0 });
  expect(textsOf(first)).toEqual(["one"]);
  expect(first).toMatchObject({ hasBefore: false, hasAfter: true });
  expect(two).toMatchObject({
    from: { name: "alice" },
    states: [{ state: "delivered", by: { name: "bob" }, reason: null }],
  });
  expect(direct).toMatchObject({
    room: "@bob",
    messages: [{ room: "@bob", from: { name: "bob" }, text: "between us", states: null }],
  });
  for (const line of again.lines) expect(v.parse(outgoingSchema, line)).toEqual(line as never);
});
