import { expect, test } from "bun:test";
import type { PresenceEvent, TypingEvent } from "../../lib/node/events.ts";
import { Presence, type PresenceOutput, TYPING_MS } from "../../lib/node/presence.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { acquainted, ANN, SERVER } from "./acquainted.ts";
import { nth } from "./end.ts";
import { at } from "./net.ts";
import { type Person, person } from "./people.ts";

function presenceOf({ events }: Person): PresenceEvent["state"][] {
  return events.filter((event) => event.type === "presence").map(({ state }) => state);
}

function typingOf({ events }: Person): Pick<TypingEvent, "room" | "isTyping">[] {
  return events
    .filter((event) => event.type === "typing")
    .map(({ room, isTyping }) => ({ room, isTyping }));
}

test("whether one is at hand is told to all who are met, and to who comes later", () => {
  const { net, ann, bob } = acquainted();

  ann.command({ type: "presence", req: "1", state: "away" });
  ann.command({ type: "presence", req: "2", state: "away" });
  net.run(100);
  const late = person(net, at("203.0.113.3:4000"), {
    identity: nth(2),
    name: "carol",
    server: SERVER,
  });
  net.run(3_000);
  ann.command({ type: "presence", req: "3", state: "online" });
  net.run(100);

  expect(presenceOf(bob)).toEqual(["away", "online"]);
  expect(presenceOf(late)).toEqual(["away", "online"]);
});

test("who types is told, where they type, until they stop or say it", () => {
  const { net, ann, bob } = acquainted();

  ann.command({ type: "typing", req: null, to: "#lobby", typing: true });
  net.run(100);
  ann.command({ type: "send", req: "1", to: "#lobby", text: "hi" });
  net.run(100);
  ann.command({ type: "typing", req: null, to: "@bob", typing: true });
  net.run(100);
  ann.command({ type: "typing", req: null, to: "@bob", typing: false });
  net.run(100);

  expect(typingOf(bob)).toEqual([
    { room: "#lobby", isTyping: true },
    { room: "#lobby", isTyping: false },
    { room: "@ann", isTyping: true },
    { room: "@ann", isTyping: false },
  ]);
});

test("of who falls silent it is forgotten, and while they go on it is said again", () => {
  const { net, ann, bob } = acquainted();

  for (let i = 0; i < 10; i++) {
    ann.command({ type: "typing", req: null, to: "@bob", typing: true });
    net.run(1_000);
  }
  const meanwhile = typingOf(bob);
  net.run(TYPING_MS);

  expect(meanwhile).toEqual([{ room: "@ann", isTyping: true }]);
  expect(typingOf(bob).at(-1)).toEqual({ room: "@ann", isTyping: false });
});

test("when somebody was last seen is known in the next run", () => {
  const store = new MemoryStore();
  const { net, ann, bob } = acquainted(store);
  bob.command({ type: "quit" });
  const leftMs = net.now;
  net.run(60_000);
  ann.command({ type: "quit" });
  net.run(1_000);

  const again = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store });
  net.run(3_000);
  again.command({ type: "who", req: "1", room: "#lobby" });

  const who = again.events.findLast((event) => event.type === "reply" && event.command === "who");
  const members = who?.type === "reply" && who.command === "who" ? who.members : [];
  const seen = members.find(({ name }) => name === "bob");
  expect(seen).toMatchObject({ state: "gone", presence: null });
  expect(Math.abs((seen?.lastSeenMs ?? 0) - leftMs)).toBeLessThan(2_000);
});

test("nobody who is blocked is told anything of it", () => {
  const { net, ann, bob } = acquainted();

  ann.command({ type: "block", req: "1", to: "@bob" });
  ann.command({ type: "presence", req: "2", state: "busy" });
  ann.command({ type: "typing", req: null, to: "#lobby", typing: true });
  net.run(1_000);

  expect(presenceOf(bob)).toEqual([]);
  expect(typingOf(bob)).toEqual([]);
});

test("who comes under a known name is told nothing of it before a decision, and then once", () => {
  const { net, ann } = acquainted();
  ann.command({ type: "presence", req: "1", state: "away" });
  net.run(100);
  const other = person(net, at("203.0.113.3:4000"), {
    identity: nth(5),
    name: "bob",
    server: SERVER,
  });
  net.run(3_000);
  ann.command({ type: "presence", req: "2", state: "busy" });
  net.run(3_000);
  const before = presenceOf(other);

  ann.command({ type: "trust", req: "3", to: `@bob~${nth(5).peerId.slice(0, 8)}` });
  ann.command({ type: "presence", req: "4", state: "busy" });
  net.run(3_000);

  expect(before).toEqual([]);
  expect(presenceOf(other)).toEqual(["busy"]);
});

function outputsOf(presence: Presence): PresenceOutput[] {
  const outputs: PresenceOutput[] = [];
  for (let o = presence.pollOutput(); o !== undefined; o = presence.pollOutput()) outputs.push(o);
  return outputs;
}

test("of who changes it, or types, all the time little is told, and in the end how it is", () => {
  const presence = new Presence(() => false);
  const [bob, carol] = [nth(1).peerId, nth(2).peerId];
  for (const peer of [bob, carol]) presence.onMet(0, peer);

  for (let i = 0; i < 1_000; i++) {
    presence.handleState(i, bob, i % 2 === 0 ? "away" : "online");
    presence.handleTyping(i, carol, { room: undefined, isTyping: i % 2 === 0 });
  }
  presence.handleState(999, bob, "busy");
  const told = outputsOf(presence);
  while (presence.pollTimeout() < Infinity) presence.handleTimeout(presence.pollTimeout());
  const later = outputsOf(presence);
  presence.handleState(60_000, bob, "online");

  expect(told.length).toBeLessThanOrEqual(30);
  expect(later).toEqual([{ kind: "presence", peer: bob, state: "busy" }]);
  expect(outputsOf(presence)).toEqual([{ kind: "presence", peer: bob, state: "online" }]);
});

test("who says it before the rooms that they are in is told of it as well", () => {
  const presence = new Presence(() => false);
  const bob = nth(1).peerId;
  presence.set("away");
  presence.handleState(0, bob, "busy");
  presence.onMet(0, bob);

  expect(outputsOf(presence)).toEqual([
    { kind: "presence", peer: bob, state: "busy" },
    { kind: "send", peer: bob, state: "away" },
  ]);
});
