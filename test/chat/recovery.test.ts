import { expect, test } from "bun:test";
import type { RoomId } from "../../lib/base/ids.ts";
import { CLAIM_MS } from "../../lib/chat/claims.ts";
import { COMPARE_MS } from "../../lib/chat/comparison.ts";
import { DirectRooms } from "../../lib/chat/directrooms.ts";
import { Log } from "../../lib/chat/log.ts";
import { messageId, parseMessageId } from "../../lib/chat/messageid.ts";
import { Outputs } from "../../lib/chat/outputs.ts";
import { tagged } from "../../lib/chat/proofs.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { SIGN_WITHIN_MS } from "../../lib/chat/signer.ts";
import { MOVED_TOLD_MAX, Statuses } from "../../lib/chat/statuses.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { encodeChat } from "../../lib/wire/chat.ts";
import { encodeRun } from "../../lib/wire/entry.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { signaturesOf } from "./signatures.ts";
import { Triangle } from "./triangle.ts";
import { type Person, World } from "./world.ts";

const LOBBY = "#lobby";

/** Ann, Bob and Cem have talked in the lobby, and all of it is signed. */
function talked(...texts: readonly string[]) {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet(LOBBY);
  for (const text of texts) say(world, ann, room, text);
  world.pass(SIGN_WITHIN_MS);
  return { world, ann, bob, cem, room };
}

function say(world: World, person: Person, room: RoomId, text: string, req = text): void {
  const result = person.chat.send(world.now, { kind: "room", room }, text, req);
  expect(result.ok).toBe(true);
  world.settle();
}

function tell(world: World, from: Person, to: Person, text: string): void {
  const result = from.chat.send(world.now, { kind: "direct", peer: to.id }, text, text);
  expect(result.ok).toBe(true);
  world.settle();
}

/** The disk is lost, and the program begins in the lobby again. */
function lose(world: World, person: Person): void {
  world.lose(person);
  world.now += 60_000;
  person.chat.join(world.now, LOBBY);
  world.settle();
}

/** The program goes on with an older copy of its disk. */
function restore(world: World, person: Person, copy: MemoryStore): void {
  world.lose(person);
  person.store = copy;
  world.restart(person);
  world.now += 60_000;
}

function meet(world: World, a: Person, b: Person): void {
  world.connect(a, b);
  world.settle();
}

/** So often does each of the two do the next thing it has to do. */
function stepAll(world: World, ann: Person, bob: Person, times: number): void {
  for (let i = 0; i < times; i++) {
    for (const person of [ann, bob]) world.drain(person);
    for (const person of [ann, bob]) world.stepDisk(person);
    world.stepNetwork(ann, bob);
    world.stepNetwork(bob, ann);
  }
}

function seqOf(id: string): number | undefined {
  return parseMessageId(id)?.seq;
}

function accusations(world: World): number {
  return world.people.reduce((sum, person) => sum + person.of("equivocation").length, 0);
}

/** What somebody's disk has of an author's words in a room, in the order of their numbers. */
function kept(person: Person, room: RoomId, author: Person): string[] {
  const entries = person.store.entries().filter((it) => it.room === room);
  return entries
    .filter((it) => it.author === author.id)
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ body }) => new TextDecoder().decode(body));
}

test("who lost everything goes on behind what a member holds, and gets it back", () => {
  const { world, ann, bob, cem, room } = talked("one", "two", "three");
  lose(world, ann);

  meet(world, ann, bob);
  say(world, ann, room, "four");
  world.pass(SIGN_WITHIN_MS);
  meet(world, ann, cem);
  world.pass(COMPARE_MS);

  expect(bob.texts).toEqual(["one", "two", "three", "four"]);
  expect(cem.texts).toEqual(["one", "two", "three", "four"]);
  expect(kept(ann, room, ann)).toEqual(["one", "two", "three", "four"]);
  expect(ann.statuses("delivered").at(-1)).toMatchObject({ req: "four" });
  expect(accusations(world)).toBe(0);
});

test("what was said before anybody was met goes behind it, and says the same", () => {
  const { world, ann, bob, cem, room } = talked("one", "two");
  lose(world, ann);
  say(world, ann, room, "alone");
  say(world, ann, room, "still alone");
  world.pass(10 * SIGN_WITHIN_MS);

  meet(world, ann, bob);
  meet(world, ann, cem);
  world.pass(COMPARE_MS + SIGN_WITHIN_MS);

  for (const person of [bob, cem]) {
    expect(person.texts).toEqual(["one", "two", "alone", "still alone"]);
  }
  expect(kept(ann, room, ann)).toEqual(["one", "two", "alone", "still alone"]);
  expect(accusations(world)).toBe(0);
});

test("a message that has got another id is told of under both", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet(LOBBY);
  for (const text of ["one", "two"]) tell(world, ann, bob, text);
  lose(world, ann);
  tell(world, ann, bob, "alone");

  meet(world, ann, bob);

  const queued = ann.statuses("queued").find(({ req }) => req === "alone");
  const [moved, ...others] = ann.of("moved").flatMap(({ messages }) => messages);
  expect(moved).toMatchObject({ req: "alone", was: queued?.id });
  expect(others).toEqual([]);
  expect(ann.statuses("delivered").at(-1)).toMatchObject({ req: "alone", id: moved?.id });
});

test("so are those for whom nobody waits, and those of earlier runs, the last first", () => {
  const { world, ann, bob, room } = talked("one", "two");
  lose(world, ann);
  say(world, ann, room, "first");
  say(world, ann, room, "second");
  world.restart(ann);
  say(world, ann, room, "third");

  meet(world, ann, bob);
  world.pass(SIGN_WITHIN_MS);

  const [moved, ...others] = ann.of("moved");
  const all = (moved?.messages ?? []).map(({ id, was, req }) => [seqOf(was), seqOf(id), req]);
  expect(moved).toMatchObject({ room, to: undefined });
  expect(all).toEqual([
    [3, 5, "third"],
    [2, 4, null],
    [1, 3, null],
  ]);
  expect(others).toEqual([]);
  expect(bob.texts).toEqual(["one", "two", "first", "second", "third"]);
});

test("so is what was settled before: between two, what was taken back", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet(LOBBY);
  for (const text of ["one", "two", "three"]) tell(world, ann, bob, text);
  lose(world, ann);
  for (const text of ["first", "second", "third"]) tell(world, ann, bob, text);
  const second = ann.statuses("queued").find(({ req }) => req === "second")?.id ?? "";
  ann.chat.cancel(second, "c");
  world.settle();

  meet(world, ann, bob);

  const [moved] = ann.of("moved");
  const all = (moved?.messages ?? []).map(({ id, was, req }) => [seqOf(was), seqOf(id), req]);
  expect(ann.statuses("failed")).toMatchObject([{ id: second, reason: "cancelled" }]);
  expect(moved).toMatchObject({ to: bob.id, from: 1, shift: 3 });
  expect(all).toEqual([
    [3, 6, "third"],
    [2, 5, "second"],
    [1, 4, "first"],
  ]);
});

test("of very many, those of earlier runs are told of that were said last", () => {
  const outputs = new Outputs();
  const { id: me } = new World("ann").person(0);
  const statuses = new Statuses(me, new DirectRooms(me), outputs);
  const room = openRoom(LOBBY);
  const chain = new Log(new MemoryStore().restore()).chain(room, me);
  const last = MOVED_TOLD_MAX + 5;

  statuses.onMoved(chain, undefined, { from: 1, last, shift: 7 });

  const output = outputs.poll();
  const event = output?.kind === "event" ? output.event : undefined;
  const messages = event?.kind === "moved" ? event.messages : [];
  expect(messages).toHaveLength(MOVED_TOLD_MAX);
  expect(messages[0]).toMatchObject({ was: messageId(room, me, last) });
  expect(messages.at(-1)).toMatchObject({ was: messageId(room, me, 6) });
  expect(outputs.poll()).toBeUndefined();
});

test("it names the same entries as before", () => {
  const { world, ann, bob, room } = talked("one", "two");
  lose(world, ann);
  say(world, ann, room, "first");
  say(world, ann, room, "secnd");
  const author = ann.id;
  const to = { kind: "room", room } as const;
  ann.chat.send(world.now, to, { kind: "edit", seq: 2, text: "second" }, null);
  ann.chat.send(world.now, to, { kind: "reply", to: { author, seq: 1 }, text: "so" }, null);
  world.settle();

  meet(world, ann, bob);
  world.pass(SIGN_WITHIN_MS);

  const said = bob.of("message").map(({ entry, content }) => [entry.seq, content]);
  expect(said.slice(2)).toEqual([
    [3, { kind: "text", text: "first" }],
    [4, { kind: "text", text: "secnd" }],
    [5, { kind: "edit", seq: 4, text: "second" }],
    [6, { kind: "reply", to: { author, seq: 3 }, text: "so" }],
  ]);
});

test("what is said while numbers change names the same entries, too", () => {
  const isFirst = ({ req }: { readonly req: string | null }): boolean => req === "frst";
  let held = 0;
  for (let done = 0; done < 12; done++) {
    const { world, ann, bob, room } = talked("one", "two");
    lose(world, ann);
    say(world, ann, room, "frst");
    world.connect(ann, bob);
    stepAll(world, ann, bob, done);
    world.drain(ann);

    const moved = ann.of("moved").flatMap(({ messages }) => messages);
    const id = [...ann.statuses("queued"), ...moved].findLast(isFirst)?.id ?? "";
    const seq = ann.chat.named(id)?.seq ?? 0;
    const to = { kind: "room", room } as const;
    const edited = ann.chat.send(world.now, to, { kind: "edit", seq, text: "first" }, null);
    if (edited.ok && edited.id === undefined) held += 1;
    world.settle();
    world.pass(CLAIM_MS + COMPARE_MS + SIGN_WITHIN_MS);

    const said = bob.of("message").map(({ entry, content }) => [entry.seq, content] as const);
    expect(said.slice(2).toSorted(([a], [b]) => a - b)).toEqual([
      [3, { kind: "text", text: "frst" }],
      [4, { kind: "edit", seq: 3, text: "first" }],
    ]);
  }
  // Else nothing was said in the moment that this is about.
  expect(held).toBeGreaterThan(0);
});

test("an older copy goes on where the newer one ended, also with what was said since", () => {
  const { world, ann, bob, cem, room } = talked("one");
  const copy = ann.store.copy();
  say(world, ann, room, "two");
  say(world, ann, room, "three");
  world.pass(SIGN_WITHIN_MS);

  restore(world, ann, copy);
  say(world, ann, room, "since");
  world.pass(SIGN_WITHIN_MS);
  meet(world, ann, cem);
  meet(world, ann, bob);
  world.pass(COMPARE_MS + SIGN_WITHIN_MS);

  for (const person of [bob, cem]) expect(person.texts).toEqual(["one", "two", "three", "since"]);
  expect(kept(ann, room, ann)).toEqual(["one", "two", "three", "since"]);
  const after = ann.statuses("delivered").filter(({ req }) => req === "since");
  expect(new Set(after.map(({ by }) => by))).toEqual(new Set([bob.id, cem.id]));
  expect(accusations(world)).toBe(0);
});

test.each(["lost", "an older copy"])("between two, too, where the disk is %s", (what) => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet(LOBBY);
  tell(world, ann, bob, "one");
  const copy = ann.store.copy();
  tell(world, ann, bob, "two");
  tell(world, ann, bob, "three");
  if (what === "lost") lose(world, ann);
  else restore(world, ann, copy);

  tell(world, ann, bob, "alone");
  meet(world, ann, bob);
  tell(world, ann, bob, "met");
  world.restart(ann);
  meet(world, ann, bob);
  tell(world, ann, bob, "again");

  expect(bob.texts).toEqual(["one", "two", "three", "alone", "met", "again"]);
  expect(ann.statuses("delivered").map(({ req }) => req)).toContain("alone");
  expect(ann.statuses("failed")).toEqual([]);
  expect(ann.store.waiting(bob.id)).toBe(0);
  expect(accusations(world)).toBe(0);
});

test("what was heard of a clock that is ahead is not before what follows it", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet(LOBBY);
  world.now += 10 * 365 * 86_400_000;
  for (const text of ["one", "two"]) {
    tell(world, ann, bob, text);
    say(world, ann, room, text);
  }
  world.pass(SIGN_WITHIN_MS);
  world.now -= 10 * 365 * 86_400_000;
  lose(world, ann);
  tell(world, ann, bob, "alone");
  say(world, ann, room, "alone");

  meet(world, ann, bob);
  world.pass(SIGN_WITHIN_MS);

  expect(ann.statuses("failed")).toEqual([]);
  expect(bob.texts.filter((text) => text === "alone")).toHaveLength(2);
  expect(accusations(world)).toBe(0);
});

test("a program that dies at any moment of it finds itself in one place or the other", () => {
  for (let done = 0; done < 12; done++) {
    const { world, ann, bob, room } = talked("one", "two");
    lose(world, ann);
    say(world, ann, room, "alone");
    tell(world, ann, bob, "between us");
    world.connect(ann, bob);
    stepAll(world, ann, bob, done);
    world.restart(ann, done % 2);

    meet(world, ann, bob);
    world.pass(CLAIM_MS + COMPARE_MS);

    expect(bob.texts.toSorted()).toEqual(["alone", "between us", "one", "two"]);
    expect(kept(ann, room, ann)).toEqual(["one", "two", "alone"]);
    expect(accusations(world)).toBe(0);
  }
});

test("a disk that refuses at first is asked again", () => {
  const { world, ann, bob, room } = talked("one", "two");
  tell(world, ann, bob, "three");
  lose(world, ann);
  say(world, ann, room, "alone");
  tell(world, ann, bob, "between us");
  ann.store.refusing = true;
  meet(world, ann, bob);
  const before = [...bob.texts];

  ann.store.refusing = false;
  world.pass(CLAIM_MS + COMPARE_MS);

  expect(before).toEqual(["one", "two", "three"]);
  expect(bob.texts.toSorted()).toEqual(["alone", "between us", "one", "three", "two"]);
  expect(accusations(world)).toBe(0);
});

test("who lies about what it holds keeps a room waiting for a while, once", () => {
  const world = new World("ann", "eve", "bob");
  const [ann, eve, bob] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet(LOBBY);
  const time = { wallMs: world.now, tick: 0 };
  const lie = { room, seq: 50, hash: new Uint8Array(32), time };
  world.inject(eve, ann, { kind: "heads", heads: [lie] });
  say(world, ann, room, "held");
  const before = [...bob.texts];
  world.pass(CLAIM_MS);
  const after = [...bob.texts];

  world.disconnect(eve, ann);
  meet(world, eve, ann);
  world.inject(eve, ann, { kind: "heads", heads: [lie] });
  say(world, ann, room, "not held");

  expect(before).toEqual([]);
  expect(after).toEqual(["held"]);
  expect(bob.texts).toEqual(["held", "not held"]);
});

test("what others hold of it, sealed, is not counted as what it becomes", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.meet(alice, bob);
  it.say("one");
  const copy = alice.store.copy();
  it.say("two");
  it.leave(bob);
  restore(world, alice, copy);
  it.meet(alice, carol);
  it.say("alone", "still alone");
  it.entrust();
  const entrusted = it.sent(alice, "hold").length;

  it.leave(alice);
  it.meet(bob, carol);
  it.meet(alice, bob);
  it.meet(alice, carol);
  world.pass(CLAIM_MS);

  expect(entrusted).toBeGreaterThan(0);
  expect(bob.texts).toEqual(["one", "two", "alone", "still alone"]);
  const delivered = alice.statuses("delivered").map(({ req }) => req);
  expect(delivered.slice(-2)).toEqual(["alone", "still alone"]);
  expect(alice.store.waiting(bob.id)).toBe(0);
  expect(accusations(world)).toBe(0);
});

test("only the first word of what a peer holds counts in a session", () => {
  const world = new World("ann", "eve");
  const [ann, eve] = [world.person(0), world.person(1)];
  world.meet(LOBBY);
  world.liars.add(eve);
  tell(world, ann, eve, "one");
  const room = ann.chat.directRoom(eve.id);
  const commits = ann.store.commits;

  for (let seq = 1; seq <= 100; seq++) {
    const time = { wallMs: world.now, tick: 0 };
    const head = { room, seq, hash: new Uint8Array(32).fill(seq), time };
    world.inject(eve, ann, { kind: "heads", heads: [head] });
  }

  expect(ann.store.commits - commits).toBeLessThan(5);
});

test("a first start waits for nothing that others would have to say", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = ann.chat.join(world.now, LOBBY);
  bob.chat.join(world.now, LOBBY);
  if (room === undefined) throw new Error("A first room is not too many");
  tell(world, ann, bob, "hi");

  world.connect(ann, bob);
  world.settle();

  expect(bob.texts).toEqual(["hi"]);
  expect(world.messages.filter(({ message }) => message.kind === "heads")).toHaveLength(2);
});

test("what turns out to be signed while its number changes is not taken to be held there", () => {
  const { world, ann, cem, room } = talked("one");
  say(world, ann, room, "two");
  const copy = ann.store.copy();
  world.pass(SIGN_WITHIN_MS);
  const signed = cem.store.checkpoints.get(room + ann.id);
  if (signed === undefined) throw new Error("Nothing is signed");
  say(world, ann, room, "three");
  world.pass(SIGN_WITHIN_MS);
  restore(world, ann, copy);
  world.connect(ann, cem);
  const isMoving = (): boolean => {
    const writes = ann.disk.flatMap((work) => (work.kind === "store" ? work.writes : []));
    return writes.some(({ kind }) => kind === "rebase");
  };
  while (!isMoving()) {
    for (const person of [ann, cem]) world.drain(person);
    if (!isMoving()) world.stepDisk(ann);
    world.stepDisk(cem);
    if (!isMoving()) world.stepNetwork(cem, ann);
    world.stepNetwork(ann, cem);
  }

  world.inject(cem, ann, { kind: "checkpoints", room, checkpoints: [signed] });
  world.pass(CLAIM_MS + COMPARE_MS);

  // Who has a copy that does not know what it has signed says it twice.
  const all = ["one", "two", "three", "two"];
  expect([kept(ann, room, ann), kept(cem, room, ann)]).toEqual([all, all]);
  expect(ann.statuses("failed")).toEqual([]);
  expect(accusations(world)).toBe(0);
});

const DISKS = ["an older copy", "lost"];

test.each(DISKS)("what was not signed before a kill is known again: %s", (what) => {
  const { world, ann, bob, cem, room } = talked("one");
  const copy = ann.store.copy();
  say(world, ann, room, "two");
  say(world, ann, room, "three");
  if (what === "lost") lose(world, ann);
  else restore(world, ann, copy);
  world.restart(bob);
  say(world, ann, room, "alone");

  meet(world, ann, bob);
  say(world, ann, room, "met");
  const atOnce = [...bob.texts];
  meet(world, ann, cem);
  world.pass(CLAIM_MS + COMPARE_MS);

  const all = ["one", "two", "three", "alone", "met"];
  expect(atOnce).toContain("met");
  for (const person of [ann, bob, cem]) expect(kept(person, room, ann)).toEqual(all);
  expect(ann.statuses("failed")).toEqual([]);
  expect(accusations(world)).toBe(0);
});

test("who makes up what one has said has nothing to show for it", () => {
  const world = new World("ann", "eve");
  const [ann, eve] = [world.person(0), world.person(1)];
  const room = world.meet(LOBBY);
  say(world, ann, room, "true");
  world.pass(SIGN_WITHIN_MS);
  const [first] = ann.store.entries();
  const previous = ann.store.checkpoints.get(room + ann.id)?.hash;
  if (first === undefined || previous === undefined) throw new Error("Nothing was said");
  const content = { ...first, body: new TextEncoder().encode("made up") };
  const run = { room, author: ann.id, seq: 2, previous, entries: [content] };
  const { tag } = signaturesOf(eve.id);
  const forged = [run, tagged(run, tag), { ...run, tag: new Uint8Array(16) }].map(encodeRun);

  for (const bytes of forged) {
    world.disconnect(ann, eve);
    world.connect(ann, eve);
    const head = { room, seq: 2, hash: sha256(bytes), time: first.time };
    for (const person of [ann, eve]) world.drain(person);
    // Which rooms she is in comes before what she holds of them.
    world.stepNetwork(eve, ann);
    ann.chat.handleMessage(world.now, eve.id, encodeChat({ kind: "heads", heads: [head] }));
    const answer = { kind: "runs", room, author: ann.id, to: 2, state: "done" } as const;
    ann.chat.handleMessage(world.now, eve.id, encodeChat({ ...answer, runs: [bytes] }));
    world.settle();
  }
  world.pass(CLAIM_MS + COMPARE_MS);
  say(world, ann, room, "after it");

  const asked = world.messages.filter(({ message }) => message.kind === "want");
  expect(asked).toHaveLength(forged.length);
  expect(kept(ann, room, ann)).toEqual(["true", "after it"]);
  expect(eve.texts).toEqual(["true", "after it"]);
});
