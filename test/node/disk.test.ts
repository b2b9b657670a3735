import { expect, test } from "bun:test";
import { encodeUtf8 } from "../../lib/base/text.ts";
import type { RoomKey } from "../../lib/chat/membership.ts";
import { openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { CALM_MS, CALM_MS_MAX, DiskWatch } from "../../lib/node/diskwatch.ts";
import { Pins } from "../../lib/node/pins.ts";
import { acquainted, ANN, BOB, SERVER } from "./acquainted.ts";
import { nth } from "./end.ts";
import type { Net } from "./net.ts";
import { ofType, type Person, person, shownTo } from "./people.ts";

/** Until what the disk refused is asked of it again. */
const AGAIN_MS = 6_000;

const KEY: RoomKey = {
  ...privateRoom(sha256(encodeUtf8("a secret that nobody guesses"))),
  invitation: "AAECAwQFBgcICQoLDA0ODw",
};

/** The same person once more, with what the disk has. */
function again(net: Net, { store }: Person): Person {
  return person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, rooms: [], store });
}

/** Whether each answer says that the disk has it, by its request. */
function answers(who: Person): readonly (readonly [string | null, boolean])[] {
  return ofType(who, "reply").map((reply) => [reply.req, !("isKept" in reply)]);
}

test("a room made, joined or left while the disk refuses is told so, and kept later", () => {
  const { net, ann } = acquainted();
  ann.command({ type: "join", req: "old", room: "#old" });
  net.run(100);
  ann.store.refusing = true;
  ann.command({ type: "new", req: "new", room: "#p", key: KEY });
  ann.command({ type: "leave", req: "leave", room: "#old" });
  ann.command({ type: "join", req: "join", room: "#later" });
  net.run(AGAIN_MS);
  ann.command({ type: "join", req: "again", room: "#later" });
  expect(ann.store.restore().rooms.map(({ name }) => name)).toEqual(["#lobby", "#old"]);

  ann.store.refusing = false;
  net.run(AGAIN_MS);

  expect(answers(ann)).toEqual([
    ["old", true],
    ["new", false],
    ["leave", false],
    ["join", false],
    ["again", false],
  ]);
  const rooms = ann.store.restore().rooms;
  expect(rooms.map(({ name }) => name)).toEqual(["#lobby", "#p", "#later"]);
  expect(rooms[1]).toMatchObject({ proofKey: KEY.proofKey, invitation: KEY.invitation });
});

test("who came to a room while the disk refused is in it after a restart", () => {
  const { net, ann, bob } = acquainted();
  ann.store.refusing = true;
  for (const one of [ann, bob]) one.command({ type: "join", req: "j", room: "#dev" });
  net.run(1_000);
  ann.store.refusing = false;
  net.run(AGAIN_MS);
  net.detach(BOB);

  const later = again(net, ann);
  later.command({ type: "who", req: "w", room: "#dev" });
  net.run(4_000);

  const members = ofType(later, "reply").flatMap((it) => (it.command === "who" ? it.members : []));
  expect(members.map(({ id }) => id)).toEqual([nth(0).peerId, nth(1).peerId]);
});

test("a judgement that the disk refuses is told so, and is kept when it can be", () => {
  const { net, ann } = acquainted();
  ann.store.refusing = true;
  ann.command({ type: "verify", req: "verify", to: "@bob", answer: "match" });
  ann.command({ type: "block", req: "block", to: "@bob" });
  net.run(AGAIN_MS);
  ann.command({ type: "block", req: "again", to: "@bob" });
  const before = ann.store.restoreAll().people;

  ann.store.refusing = false;
  ann.command({ type: "retain", req: "retain", room: "#lobby", with: null, keep: "7" });
  ann.command({ type: "block", req: "once more", to: "@bob" });
  net.run(100);

  expect(before.filter(({ isBlocked }) => isBlocked)).toEqual([]);
  expect(answers(ann)).toEqual([
    ["verify", false],
    ["block", false],
    ["again", false],
    ["retain", true],
    ["once more", true],
  ]);
  expect(ann.store.restoreAll().people).toMatchObject([{ trust: "verified", isBlocked: true }]);
});

test("what is merely learnt while the disk refuses pushes no decision out", () => {
  const pins = new Pins();
  const room = openRoom("#dev");
  const kept: boolean[] = [];
  pins.decide([{ kind: "retention", room, keep: { kind: "all" } }], (it) => kept.push(it));
  for (let i = 0; i < 2_000; i++) {
    pins.onServerProved({ name: `server${i}`, noiseKey: new Uint8Array(32), isGiven: false });
  }
  pins.pollStore(0);

  pins.handleStored(0, false);
  pins.decide([], (it) => kept.push(it));
  const written = pins.pollStore(0) ?? [];
  pins.handleStored(0, true);

  expect(kept).toEqual([false, true]);
  expect(written[0]).toMatchObject({ kind: "retention", room });
  expect(written.at(-1)).toMatchObject({ name: "server1999" });
  expect(written.length).toBeLessThan(2_000);
});

test("an answer waits for the disk, and goodbye for the answer", () => {
  const { net, ann } = acquainted();
  ann.store.refusing = true;

  ann.machine.handleCommand(net.now, { type: "join", req: "j", room: "#dev" });
  ann.machine.handleCommand(net.now, { type: "block", req: "b", to: "@bob" });
  ann.machine.handleCommand(net.now, { type: "quit" });
  net.run(1_000);

  expect(new Map(answers(ann))).toEqual(
    new Map([
      ["b", false],
      ["j", false],
    ]),
  );
  expect(ann.events.at(-1)).toMatchObject({ type: "bye" });
});

test("who leaves as soon as there is room has kept what was refused", () => {
  const { net, ann } = acquainted();
  ann.store.refusing = true;
  ann.command({ type: "join", req: "j", room: "#dev" });
  ann.command({ type: "block", req: "b", to: "@bob" });
  net.run(1_000);

  ann.store.refusing = false;
  ann.command({ type: "quit" });

  const { chat, people } = ann.store.restoreAll();
  expect(chat.rooms.map(({ name }) => name)).toEqual(["#lobby", "#dev"]);
  expect(people).toMatchObject([{ isBlocked: true }]);
});

test("that our disk refuses what others say is told once, and so is the end of it", () => {
  const { net, ann, bob } = acquainted();
  ann.store.refusing = true;
  bob.command({ type: "send", req: "1", to: "@ann", text: "one" });
  net.run(2 * CALM_MS);
  expect(shownTo(ann)).toEqual([]);
  expect(ofType(ann, "disk").map(({ state }) => state)).toEqual(["refusing"]);

  ann.store.refusing = false;
  net.run(70_000);

  expect(shownTo(ann)).toEqual(["one"]);
  expect(ofType(ann, "disk").map(({ state }) => state)).toEqual(["refusing", "working"]);
});

test("a disk that takes a little now and then is told of ever more seldom", () => {
  const told: string[] = [];
  const watch = new DiskWatch(({ state }) => told.push(state));
  let now = 0;
  for (let i = 0; i < 100; i++) {
    watch.handleStored(now, false);
    watch.handleStored(now + 1, true);
    now += 60_000;
    watch.handleTimeout(now);
  }

  expect(told).toEqual([
    "refusing",
    "working",
    "refusing",
    "working",
    "refusing",
    "working",
    "refusing",
  ]);
  watch.handleStored(now, true);
  expect(watch.pollTimeout()).toBeLessThanOrEqual(now + CALM_MS_MAX);
});
