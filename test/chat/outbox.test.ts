import { expect, test } from "bun:test";
import { Chat } from "../../lib/chat/chat.ts";
import type { ChatOutput, ChatStore } from "../../lib/chat/events.ts";
import { OWN_PENDING_MAX } from "../../lib/chat/journal.ts";
import { DirectRooms } from "../../lib/chat/directrooms.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { OUTBOX_PER_PEER_MAX } from "../../lib/chat/outbox.ts";
import { Outputs } from "../../lib/chat/outputs.ts";
import { NOTHING_RESTORED, type RestoredChat } from "../../lib/chat/records.ts";
import { IN_FLIGHT_BYTES_MAX, IN_FLIGHT_MAX } from "../../lib/chat/recipient.ts";
import { directRoom, openRoom } from "../../lib/chat/rooms.ts";
import { MARKS_MAX, Statuses } from "../../lib/chat/statuses.ts";
import { RUN_BYTES_MAX, TEXT_BYTES_MAX } from "../../lib/wire/limits.ts";
import { envelopesOf, signaturesOf } from "./signatures.ts";
import { Person, World, entriesSent } from "./world.ts";

test("no more is under way to one peer than the window holds, and all arrives in order", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  world.messages.length = 0;
  const texts = Array.from({ length: 3 * IN_FLIGHT_MAX }, (_, i) => `text ${i}`);
  const direct = { kind: "direct", peer: bob.id } as const;

  for (const text of texts) ann.chat.send(world.now, direct, text, null);
  world.drain(ann);
  while (world.stepDisk(ann));
  const underWay = entriesSent(world.messages);
  world.settle();

  expect(underWay).toBe(IN_FLIGHT_MAX);
  expect(bob.texts).toEqual(texts);
  expect(entriesSent(world.messages)).toBe(texts.length);
  expect(ann.statuses("delivered")).toHaveLength(texts.length);
});

test("long texts fill the window by their bytes", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  world.messages.length = 0;
  const count = 20;

  for (let i = 0; i < count; i++) {
    ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "x".repeat(TEXT_BYTES_MAX), null);
  }
  world.drain(ann);
  while (world.stepDisk(ann));
  const underWay = world.messages.length;
  world.settle();

  expect(underWay).toBe(Math.floor(IN_FLIGHT_BYTES_MAX / RUN_BYTES_MAX));
  expect(bob.texts).toHaveLength(count);
});

test("what is new queues up behind what waits", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const direct = { kind: "direct", peer: bob.id } as const;
  const say = (count: number, word: string): string[] => {
    const texts = Array.from({ length: count }, (_, i) => `${word} ${i}`);
    for (const text of texts) ann.chat.send(world.now, direct, text, null);
    return texts;
  };
  const old = say(500, "old");
  world.settle();
  world.connect(ann, bob);
  world.drain(ann);

  const fresh = say(10, "new");
  world.drain(ann);
  while (world.stepDisk(ann));
  const more = say(10, "newer");
  world.settle();

  expect(bob.texts).toEqual([...old, ...fresh, ...more]);
});

test("what was under way when the session closed goes out again, and counts once", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  for (const text of ["one", "two", "three"]) {
    ann.chat.send(world.now, { kind: "direct", peer: bob.id }, text, text);
  }
  world.drain(ann);
  world.stepDisk(ann);
  world.stepNetwork(ann, bob);
  world.stepDisk(bob);
  world.disconnect(ann, bob);

  world.connect(ann, bob);
  world.settle();

  expect(bob.texts).toEqual(["one", "two", "three"]);
  expect(ann.statuses("sent")).toHaveLength(3);
  expect(ann.statuses("delivered").map(({ req }) => req)).toEqual(["one", "two", "three"]);
});

test("direct messages to somebody for whom too much waits are refused", () => {
  const peer = new Person("bob").id;
  const chat = alone({ waiting: [{ peer, count: OUTBOX_PER_PEER_MAX - 1 }] });

  const last = chat.send(0, { kind: "direct", peer }, "last", null);
  const over = chat.send(0, { kind: "direct", peer }, "over", null);

  expect(last.ok).toBe(true);
  expect(over).toEqual({ ok: false, reason: "outbox-full" });
});

test("somebody who never takes what waits does not silence a room", () => {
  const [gone, here] = [new Person("gone").id, new Person("here").id];
  const room = openRoom("#lobby");
  const chat = alone({
    rooms: [{ room, name: "#lobby" }],
    members: [gone, here].map((peer) => ({ room, peer })),
    waiting: [{ peer: gone, count: OUTBOX_PER_PEER_MAX }],
  });

  const result = chat.send(0, { kind: "room", room }, "hi", "r1");
  const [store] = drain(chat);
  if (store?.kind === "store") chat.handleStored(0, store.token, true);

  expect(result.ok).toBe(true);
  expect(store).toMatchObject({ kind: "store", writes: [{ kind: "own", recipients: [here] }] });
  expect(drain(chat)).toMatchObject([
    { event: { kind: "said", messages: [{ req: "r1" }] } },
    { event: { kind: "status", state: "queued" } },
    { event: { kind: "status", state: "failed", by: gone, messages: [{ req: "r1" }] } },
  ]);
});

test("a room whose every member has too much waiting is full", () => {
  const gone = new Person("gone").id;
  const room = openRoom("#lobby");
  const chat = alone({
    rooms: [{ room, name: "#lobby" }],
    members: [{ room, peer: gone }],
    waiting: [{ peer: gone, count: OUTBOX_PER_PEER_MAX }],
  });

  const result = chat.send(0, { kind: "room", room }, "hi", null);

  expect(result).toEqual({ ok: false, reason: "outbox-full" });
});

test("no more is made than may wait for the disk", () => {
  const chat = alone({});
  const room = chat.join(0, "#lobby");
  if (room === undefined) throw new Error("A first room is not too many");

  const results = Array.from({ length: OWN_PENDING_MAX + 1 }, () => {
    return chat.send(0, { kind: "room", room }, "x", null).ok;
  });

  expect(results.indexOf(false)).toBe(OWN_PENDING_MAX);
});

test("of too many unanswered messages the oldest marks are forgotten", () => {
  const outputs = new Outputs();
  const [me, peer] = [new Person("ann").id, new Person("bob").id];
  const statuses = new Statuses(me, new DirectRooms(me), outputs);
  const room = directRoom(me, peer);
  for (let seq = 1; seq <= MARKS_MAX + 1; seq++) {
    const id = messageId(room, me, seq);
    const messages = [{ id, req: `r${seq}` }];
    statuses.onQueued({ room, seq, entries: [] }, { room, to: peer, messages, bytes: 1 }, 1);
  }
  while (outputs.poll() !== undefined);

  for (const seq of [1, 2]) statuses.onDelivered({ room, seq, entries: 1 }, peer);

  const told = [outputs.poll(), outputs.poll()];
  expect(told).toMatchObject([
    { event: { messages: [{ id: messageId(room, me, 1), req: null }], to: peer } },
    { event: { messages: [{ id: messageId(room, me, 2), req: "r2" }], to: peer } },
  ]);
});

test("sends repeat nothing of an answer that is on its way to the disk", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  const direct = { kind: "direct", peer: bob.id } as const;
  for (let i = 0; i < 5; i++) ann.chat.send(world.now, direct, `text ${i}`, null);
  world.drain(ann);
  while (world.stepDisk(ann));
  while (world.stepNetwork(ann, bob));
  while (world.stepDisk(bob));
  while (world.stepNetwork(bob, ann));
  world.disconnect(ann, bob);
  world.messages.length = 0;

  world.connect(ann, bob);
  world.settle();

  expect(world.messages.filter(({ message }) => message.kind === "entries")).toEqual([]);
  expect(ann.statuses("delivered")).toHaveLength(5);
});

function alone(restored: Partial<RestoredChat>): Chat {
  const { id: me } = new Person("ann");
  const seals = { signatures: signaturesOf(me), envelopes: envelopesOf(me) };
  return new Chat({ now: 0, me, restored: { ...NOTHING_RESTORED, ...restored }, ...seals });
}

function drain(chat: Chat): (ChatOutput | ChatStore)[] {
  const outputs: (ChatOutput | ChatStore)[] = [];
  const poll = () => chat.pollOutput() ?? chat.pollStore(0);
  for (let output = poll(); output !== undefined; output = poll()) outputs.push(output);
  return outputs;
}
