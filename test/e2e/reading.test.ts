import { expect, test } from "bun:test";
import * as v from "valibot";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import { ask, delivered, say } from "../support/chat.ts";
import type { Json } from "../support/program.ts";
import { connected, messages, Rig } from "./rig.ts";

const reads = (lines: readonly Json[]): Json[] => {
  return lines.filter((line) => line["type"] === "status" && line["state"] === "read");
};

test("who shares it tells what is read, across restarts; who does not tells nothing", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  const bob = await rig.client("bob", "--share-read");
  const carol = await rig.client("carol");
  await Promise.all([
    connected(alice, "alice", bob, "bob"),
    connected(alice, "alice", carol, "carol"),
  ]);
  const req = say(alice, "#lobby", "hello");
  await Promise.all([delivered(alice, req, "bob"), delivered(alice, req, "carol")]);
  const shown = await bob.line({ type: "message", text: "hello" });
  await carol.line({ type: "message", text: "hello" });

  const unread = await ask(bob, { type: "unread" });
  await ask(carol, { type: "read", id: shown["id"] });
  await ask(bob, { type: "read", id: shown["id"] });
  const told = await alice.line({ type: "status", state: "read" });

  expect(unread).toMatchObject({ rooms: [{ room: "#lobby", unread: 1, upTo: null }] });
  expect(told).toMatchObject({ req, id: shown["id"], by: { name: "bob" }, reason: null });
  await bob.line({ type: "unread", room: "#lobby", unread: 0, upTo: shown["id"] });

  const second = say(alice, "#lobby", "are you there?");
  await delivered(alice, second, "bob");
  const last = await bob.line({ type: "message", text: "are you there?" });
  alice.send({ type: "quit" });
  await alice.exited;
  await ask(bob, { type: "read", id: last["id"] });
  bob.send({ type: "quit" });
  await bob.exited;
  const again = await rig.client("alice");
  const bobAgain = await rig.client("bob", "--share-read");

  await again.line({ type: "status", state: "read", id: last["id"], by: { name: "bob" } });
  const page = await ask(again, { type: "history", room: "#lobby" });
  const states = (page["messages"] as Json[]).map((message) => message["states"] as Json[]);
  const nothing = await ask(bobAgain, { type: "unread" });

  const named = states.map((some) => some.map(({ state }) => String(state)).toSorted());
  expect(named).toEqual([
    ["delivered", "read"],
    ["delivered", "read"],
  ]);
  expect(nothing).toMatchObject({ rooms: [{ room: "#lobby", unread: 0 }] });
  expect(reads(again.lines)).toHaveLength(1);
  expect(messages(bobAgain)).toEqual([]);
  const all = [...alice.lines, ...again.lines, ...bob.lines];
  for (const line of all) expect(v.parse(outgoingSchema, line)).toEqual(line as never);
});
