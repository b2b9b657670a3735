import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { STORE_ENTRIES } from "../../lib/chat/journal.ts";
import { RETRY_MS, RETRY_MS_MAX } from "../../lib/chat/recipient.ts";
import { Refused, REFUSED_RETRY_MS, REFUSED_WRITES_MAX } from "../../lib/chat/refused.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { COMING_MS } from "../../lib/chat/tries.ts";
import { World } from "./world.ts";

test("a message that our disk refuses fails, is never sent, and gives its place back", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  ann.store.refusing = true;
  for (const req of ["r1", "r2"]) ann.chat.send(world.now, { kind: "room", room }, req, req);
  world.settle();
  ann.store.refusing = false;

  ann.chat.send(world.now, { kind: "room", room }, "again", "r3");
  world.settle();

  const failed = ann.statuses("failed").map(({ req, by, reason }) => [req, by, reason]);
  expect(failed).toEqual([
    ["r1", null, "the disk refuses"],
    ["r2", null, "the disk refuses"],
  ]);
  expect(ann.statuses("queued").map(({ req }) => req)).toEqual(["r3"]);
  const ids = ["failed", "queued"] as const;
  expect(new Set(ids.flatMap((it) => ann.statuses(it).map(({ id }) => id))).size).toBe(3);
  expect(ann.statuses("failed").filter(({ id }) => ann.chat.named(id) !== undefined)).toEqual([]);
  expect(bob.texts).toEqual(["again"]);
  expect(bob.of("message").map(({ entry }) => entry.seq)).toEqual([1]);
});

test("what was made while a refused store was under way fails with it", () => {
  const world = new World("ann", "bob");
  const ann = world.person(0);
  const room = world.meet("#lobby");
  ann.store.refusing = true;
  ann.chat.send(world.now, { kind: "room", room }, "first", "r1");
  world.drain(ann);
  ann.chat.send(world.now, { kind: "room", room }, "second", "r2");
  ann.chat.join(world.now, "#dev");
  world.drain(ann);

  world.stepDisk(ann);
  ann.store.refusing = false;
  world.settle();

  expect(ann.statuses("failed").map(({ req }) => req)).toEqual(["r1", "r2"]);
  expect(ann.store.entries()).toEqual([]);
  expect(ann.store.restore().rooms.map(({ name }) => name)).toEqual(["#lobby", "#dev"]);
});

test("what is too much for one store is under way in part while the rest is stored", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const texts = Array.from({ length: STORE_ENTRIES + 300 }, (_, i) => `${i}`);
  for (const text of texts) ann.chat.send(world.now, { kind: "room", room }, text, text);
  world.drain(ann);

  world.stepDisk(ann);
  const [stored, sent] = [ann.store.entries().length, ann.statuses("sent").length];
  world.settle();

  expect([stored, sent]).toEqual([STORE_ENTRIES, STORE_ENTRIES]);
  expect(bob.texts).toEqual(texts);
});

test("what a refused store has left over fails with it", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const send = (text: string) => ann.chat.send(world.now, { kind: "room", room }, text, text);
  const texts = Array.from({ length: STORE_ENTRIES + 300 }, (_, i) => `${i}`);
  ann.store.refusing = true;
  for (const text of texts) send(text);
  world.drain(ann);

  world.stepDisk(ann);
  ann.store.refusing = false;
  send("again");
  world.settle();

  expect(ann.statuses("failed").map(({ req }) => req)).toEqual(texts);
  expect(bob.texts).toEqual(["again"]);
});

test("what their disk refuses is kept, not delivered, and tried again at growing intervals", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  bob.store.refusing = true;
  const start = world.now;
  for (const text of ["one", "two"]) ann.chat.send(world.now, { kind: "room", room }, text, text);
  world.settle();

  world.pass(10 * RETRY_MS_MAX);
  const held = ann.of("held").map(({ retryAtMs }) => retryAtMs - start);
  const deliveredBefore = ann.statuses("delivered");
  bob.store.refusing = false;
  world.pass(RETRY_MS_MAX);

  const waits = held.map((at, i) => at - (held[i - 1] ?? 0));
  expect(waits.slice(0, 6)).toEqual([RETRY_MS, 10_000, 20_000, 40_000, 60_000, 60_000]);
  expect(deliveredBefore).toEqual([]);
  expect(bob.texts).toEqual(["one", "two"]);
  expect(ann.statuses("delivered").map(({ req }) => req)).toEqual(["one", "two"]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("who went away is not tried again before they are back", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  bob.store.refusing = true;
  ann.chat.send(world.now, { kind: "room", room }, "hi", null);
  world.settle();
  world.messages.length = 0;

  world.disconnect(ann, bob);
  world.pass(RETRY_MS);

  expect(world.messages).toEqual([]);
  expect(bob.texts).toEqual([]);
});

test("who is judged anew while their disk refuses is tried at once, and later as before", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  bob.store.refusing = true;
  ann.chat.send(world.now, { kind: "room", room }, "hi", null);
  world.settle();

  bob.store.refusing = false;
  ann.chat.onJudged(world.now, bob.id);
  world.settle();
  const atOnce = [...bob.texts];
  world.pass(2 * RETRY_MS);

  expect(atOnce).toEqual(["hi"]);
  expect(bob.texts).toEqual(["hi"]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("what our disk refuses to know on its way is tried again, and goes once it takes it", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  world.disconnect(ann, bob);
  ann.chat.send(world.now, { kind: "room", room }, "hi", null);
  world.settle();
  ann.store.refusing = true;
  world.connect(ann, bob);
  world.settle();
  const refused = [...bob.texts];

  world.pass(RETRY_MS);
  ann.store.refusing = false;
  const stillRefused = [...bob.texts];
  world.pass(2 * RETRY_MS);

  expect([refused, stillRefused]).toEqual([[], []]);
  expect(bob.texts).toEqual(["hi"]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("after a success the first wait is short again", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const say = () => {
    ann.chat.send(world.now, { kind: "room", room }, "x", null);
    world.settle();
  };
  bob.store.refusing = true;
  say();
  world.pass(RETRY_MS);
  bob.store.refusing = false;
  world.pass(2 * RETRY_MS);
  bob.store.refusing = true;

  say();

  expect(ann.of("held").at(-1)?.retryAtMs).toBe(world.now + RETRY_MS);
});

test("nothing above a refused entry is taken before it", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const say = (text: string) => {
    ann.chat.send(world.now, { kind: "room", room }, text, null);
    world.drain(ann);
    world.stepDisk(ann);
  };
  say("one");
  say("two");
  world.stepNetwork(ann, bob);
  bob.store.refusing = true;
  world.stepDisk(bob);
  bob.store.refusing = false;

  world.stepNetwork(ann, bob);
  world.settle();
  const early = [...bob.texts];
  world.pass(RETRY_MS);

  expect(early).toEqual([]);
  expect(bob.texts).toEqual(["one", "two"]);
  expect(bob.of("refused").map(({ seq, fault }) => [seq, fault])).toEqual([
    [1, "disk"],
    [2, "disk"],
  ]);
});

test("an entry given up by its author is fetched by who comes into the room again", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  bob.store.refusing = true;
  ann.chat.send(world.now, { kind: "room", room }, "lost", "r1");
  world.settle();
  bob.store.refusing = false;
  bob.chat.leave(world.now, "#lobby");
  world.pass(RETRY_MS);

  bob.chat.join(world.now, "#lobby");
  world.settle();
  ann.chat.send(world.now, { kind: "room", room }, "heard", "r2");
  world.settle();
  world.pass(2 * COMING_MS);

  expect(ann.statuses("failed").map(({ req }) => req)).toEqual(["r1"]);
  expect(bob.texts.toSorted()).toEqual(["heard", "lost"]);
});

test("a receipt that our disk refuses is not told, and asked for again", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  ann.chat.send(world.now, { kind: "room", room }, "hi", "r1");
  world.drain(ann);
  world.stepDisk(ann);
  ann.store.refusing = true;
  world.settle();
  const before = ann.statuses("delivered");
  ann.store.refusing = false;

  world.pass(RETRY_MS);

  expect(before).toEqual([]);
  expect(ann.statuses("delivered").map(({ req }) => req)).toEqual(["r1"]);
  expect(bob.texts).toEqual(["hi"]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("a membership that our disk refuses holds until the program ends", () => {
  const world = new World("ann", "bob");
  const ann = world.person(0);
  ann.store.refusing = true;

  const room = world.meet("#lobby");

  expect([...ann.chat.members(room)]).toEqual([world.person(1).id]);
  expect(ann.of("unstored").length).toBeGreaterThan(0);
  world.restart(ann);
  expect(ann.chat.rooms().size).toBe(0);
});

test("memberships that our disk refuses are kept later, as they are by then", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const lobby = world.meet("#lobby");
  const answers: boolean[] = [];
  const onAnswered = (isKept: boolean) => answers.push(isKept);
  ann.store.refusing = true;
  ann.chat.join(world.now, "#a", undefined, onAnswered);
  ann.chat.join(world.now, "#b", undefined, onAnswered);
  world.settle();
  ann.chat.leave(world.now, "#a", onAnswered);
  bob.chat.leave(world.now, "#lobby");
  world.settle();
  ann.chat.leave(world.now, "#lobby", onAnswered);
  world.settle();

  ann.store.refusing = false;
  world.pass(REFUSED_RETRY_MS);

  expect(answers).toEqual([false, false, false, false]);
  world.restart(ann);
  expect([...ann.chat.rooms().values()]).toEqual(["#b"]);
  ann.chat.join(world.now, "#lobby");
  expect([...ann.chat.members(lobby)]).toEqual([]);
});

test("what is stored next takes what was refused along, before it", () => {
  const world = new World("ann", "bob");
  const ann = world.person(0);
  ann.store.refusing = true;
  ann.chat.join(world.now, "#a");
  world.settle();
  ann.store.refusing = false;

  ann.chat.leave(world.now, "#a");
  world.settle();
  ann.chat.join(world.now, "#b");
  world.settle();
  world.restart(ann);

  expect([...ann.chat.rooms().values()]).toEqual(["#b"]);
});

test("of too many memberships that were refused, those of longest ago are given up", () => {
  const refused = new Refused();
  const room = openRoom("#lobby");
  const peerOf = (i: number) => {
    return peerIdOf(new Uint8Array([i >> 16, i >> 8, i, ...new Uint8Array(29)]));
  };
  const keep = (i: number, joined: boolean) => {
    refused.keep(0, { kind: "member", room, peer: peerOf(i), joined });
  };
  for (let i = 0; i < REFUSED_WRITES_MAX; i++) keep(i, true);
  keep(0, false);

  keep(REFUSED_WRITES_MAX, true);
  const writes = refused.take();

  expect(writes).toHaveLength(REFUSED_WRITES_MAX);
  const last = writes.at(-2);
  expect(writes[0]).toMatchObject({ peer: peerOf(2), joined: true });
  expect(last).toMatchObject({ peer: peerOf(0), joined: false });
});
