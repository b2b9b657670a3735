import { expect, test } from "bun:test";
import { compareEntries } from "../../lib/chat/order.ts";
import { directRoom } from "../../lib/chat/rooms.ts";
import { encodeChat } from "../../lib/wire/chat.ts";
import { ROOMS_MAX, TEXT_BYTES_MAX } from "../../lib/wire/limits.ts";
import { PUNCHES_MAX } from "../../lib/chat/punches.ts";
import { World } from "./world.ts";

test("what is said in a room is delivered to everybody in it, and told step by step", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");

  const result = ann.chat.send(world.now, { kind: "room", room }, "hi", "r1");
  world.settle();

  expect(result.ok).toBe(true);
  expect(bob.texts).toEqual(["hi"]);
  expect(cem.texts).toEqual(["hi"]);
  expect(ann.texts).toEqual([]);
  const steps = ann.of("status").map(({ req, state, by }) => [req, state, by]);
  expect(steps).toEqual([
    ["r1", "queued", null],
    ["r1", "sent", null],
    ["r1", "delivered", bob.id],
    ["r1", "delivered", cem.id],
  ]);
});

test("both sides know a message by the same id", () => {
  const world = new World("ann", "bob");
  const room = world.meet("#lobby");

  const result = world.person(0).chat.send(world.now, { kind: "room", room }, "hi", null);
  world.settle();

  const [heard] = world.person(1).of("message");
  expect(result).toEqual({ ok: true, id: heard?.id ?? "" });
  expect(heard?.id).toMatch(/^[0-9a-f]{32}$/);
});

test("a direct message goes to one person alone and names the other in its statuses", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  world.meet("#lobby");

  ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "psst", "r1");
  world.settle();

  expect(bob.texts).toEqual(["psst"]);
  expect(cem.texts).toEqual([]);
  expect(ann.statuses("delivered")).toMatchObject([{ to: bob.id, by: bob.id, req: "r1" }]);
  expect(bob.of("message")[0]?.entry.room).toBe(directRoom(bob.id, ann.id));
});

test("what is said to somebody who is away waits, across restarts, and comes in order", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  world.disconnect(ann, bob);
  for (const text of ["one", "two", "three"]) {
    ann.chat.send(world.now, { kind: "direct", peer: bob.id }, text, text);
  }
  world.settle();
  const before = ann.of("status").map(({ state }) => state);
  world.restart(ann);

  world.connect(ann, bob);
  world.settle();

  expect(before).toEqual(["queued", "queued", "queued"]);
  expect(bob.texts).toEqual(["one", "two", "three"]);
  expect(ann.statuses("delivered").map(({ req, to }) => [req, to])).toEqual([
    [null, bob.id],
    [null, bob.id],
    [null, bob.id],
  ]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("members stay members while they are away, until they leave", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  world.disconnect(ann, bob);
  const away = [...ann.chat.members(room)];

  world.connect(ann, bob);
  bob.chat.leave(world.now, "#lobby");
  world.settle();

  expect(away).toEqual([bob.id]);
  expect([...ann.chat.members(room)]).toEqual([]);
  expect(ann.of("member").map(({ joined }) => joined)).toEqual([true, false]);
});

test("who joins a room late finds those who are there already", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  bob.chat.join(world.now, "#dev");
  world.settle();

  const room = ann.chat.join(world.now, "#dev");
  world.settle();

  expect(room).toBeDefined();
  if (room === undefined) return;
  expect([...ann.chat.members(room)]).toEqual([bob.id]);
  expect([...bob.chat.members(room)]).toEqual([ann.id]);
});

test("rooms and members are there again after a restart, and gone after leaving", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const lobby = world.meet("#lobby");
  world.meet("#dev");
  ann.chat.leave(world.now, "#dev");
  world.settle();

  world.restart(ann);

  expect([...ann.chat.rooms().values()]).toEqual(["#lobby"]);
  expect([...ann.chat.members(lobby)]).toEqual([bob.id]);
  expect(ann.store.restore().members).toEqual([{ room: lobby, peer: bob.id }]);
});

test("who has left while we were away is a member no more once they refuse", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  world.disconnect(ann, bob);
  bob.chat.leave(world.now, "#lobby");
  ann.chat.send(world.now, { kind: "room", room }, "still there?", "r1");
  world.settle();

  world.connect(ann, bob);
  world.settle();

  expect(ann.statuses("failed")).toMatchObject([
    { req: "r1", by: bob.id, reason: "no longer in this room" },
  ]);
  expect([...ann.chat.members(room)]).toEqual([]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("what cannot be sent is refused with a reason, and nothing of it is kept", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  ann.chat.leave(world.now, "#lobby");
  const direct = { kind: "direct", peer: bob.id } as const;

  expect(ann.chat.send(world.now, direct, "", null)).toEqual({ ok: false, reason: "empty" });
  for (const blank of [" \n\t", "\u202e", "\u200b", "\u0007"]) {
    const sent = ann.chat.send(world.now, direct, blank, null);
    expect(sent).toEqual({ ok: false, reason: "empty" });
  }
  expect(ann.chat.send(world.now, direct, "é".repeat(TEXT_BYTES_MAX / 2 + 1), null)).toEqual({
    ok: false,
    reason: "too-long",
  });
  for (const destination of [{ kind: "room", room } as const, { ...direct, peer: ann.id }]) {
    expect(ann.chat.send(world.now, destination, "x", null)).toEqual({
      ok: false,
      reason: "not-a-member",
    });
  }
  world.settle();
  expect(ann.store.entries()).toEqual([]);
});

test("the longest text arrives whole", () => {
  const world = new World("ann", "bob");
  const text = "é".repeat(TEXT_BYTES_MAX / 2);
  const room = world.meet("#lobby");

  world.person(0).chat.send(world.now, { kind: "room", room }, text, null);
  world.settle();

  expect(world.person(1).texts).toEqual([text]);
});

test("one is in no more rooms than can be registered", () => {
  const world = new World("ann");
  const ann = world.person(0);

  const joined = Array.from({ length: ROOMS_MAX + 1 }, (_, i) => {
    return ann.chat.join(world.now, `#r${i}`);
  });

  expect(joined.indexOf(undefined)).toBe(ROOMS_MAX);
  expect(ann.chat.join(world.now, "#r0")).toBe(joined[0]);
});

test("messages that no face has shown are told at the next start, once", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  ann.chat.send(world.now, { kind: "room", room }, "hi", null);
  world.drain(ann);
  world.stepDisk(ann);
  world.stepNetwork(ann, bob);

  world.restart(bob, 1);
  const before = [...bob.texts];
  world.drain(bob);
  world.restart(bob);
  world.connect(ann, bob);
  world.settle();

  expect(before).toEqual([]);
  expect(bob.texts).toEqual(["hi"]);
  expect(ann.statuses("delivered")).toHaveLength(1);
});

test("a turn's writes are one store", () => {
  const { chat } = new World("ann").person(0);
  const room = chat.join(0, "#lobby");
  if (room === undefined) throw new Error("A first room is not too many");
  for (const text of ["a", "b"]) chat.send(0, { kind: "room", room }, text, null);

  const first = chat.pollStore(0);
  const second = chat.pollStore(0);

  expect(first).toMatchObject({ kind: "store" });
  expect(first?.kind === "store" && first.writes.map(({ kind }) => kind)).toEqual(["room", "own"]);
  expect(second).toBeUndefined();
});

test("an answer sorts after its question, though the asker's clock is ahead", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  ann.chat.send(world.now + 30_000, { kind: "room", room }, "?", null);
  world.settle();

  bob.chat.send(world.now, { kind: "room", room }, "!", null);
  world.settle();

  const sorted = ann.store.entries().toSorted(compareEntries);
  expect(sorted.map(({ author }) => author)).toEqual([ann.id, bob.id]);
});

test("nothing is said to who has closed, whatever was about to be", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const say = (text: string) => {
    ann.chat.send(world.now, { kind: "room", room }, text, null);
    world.drain(ann);
    world.stepDisk(ann);
    world.stepNetwork(ann, bob);
  };
  say("one");
  world.stepDisk(bob);
  const entry = world.messages.findLast(({ message }) => message.kind === "entries");
  say("two");
  world.messages.length = 0;

  if (entry === undefined) throw new Error("Something was said");
  bob.chat.handleMessage(world.now, ann.id, encodeChat(entry.message));
  world.disconnect(ann, bob);
  world.settle();

  expect(world.messages).toEqual([]);
  expect(bob.texts).toEqual(["one", "two"]);
});

test("a session that opens over another takes its place", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  ann.chat.punch(world.now, bob.id);
  ann.chat.send(world.now, { kind: "room", room }, "hi", null);
  world.drain(ann);
  world.stepDisk(ann);
  bob.heard.set(ann, []);

  ann.chat.onPeerOpen(world.now, bob.id, { hash: new Uint8Array(32), isInitiator: true });
  bob.chat.onPeerOpen(world.now, ann.id, { hash: new Uint8Array(32), isInitiator: false });
  world.settle();

  expect(ann.of("unpunched")).toHaveLength(1);
  expect(bob.texts).toEqual(["hi"]);
});

test("punch measures the round trip, and is lost with the session", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");

  const answered = ann.chat.punch(world.now, bob.id);
  world.drain(ann);
  world.now += 30;
  world.settle();
  const lost = ann.chat.punch(world.now, bob.id);
  world.disconnect(ann, bob);
  const hopeless = ann.chat.punch(world.now, bob.id);
  world.settle();

  expect(ann.of("punched")).toEqual([
    { kind: "punched", peer: bob.id, token: answered, rttMs: 30 },
  ]);
  expect(ann.of("unpunched").map(({ token }) => token)).toEqual([lost, hopeless]);
});

test("of too many open questions the oldest counts as lost", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.connect(ann, bob);

  const tokens = Array.from({ length: PUNCHES_MAX + 1 }, () => ann.chat.punch(world.now, bob.id));
  world.drain(ann);

  expect(ann.of("unpunched").map(({ token }) => token)).toEqual(tokens.slice(0, 1));
});
