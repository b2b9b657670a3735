import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import type { RoomId } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import type { RoomKey } from "../../lib/chat/membership.ts";
import { proofOf } from "../../lib/chat/privaterooms.ts";
import { openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { type ChatMessage, encodeChat } from "../../lib/wire/chat.ts";
import { ROOMS_MAX } from "../../lib/wire/limits.ts";
import { forge } from "./forge.ts";
import { type Person, World } from "./world.ts";

function keyOf(secret: string): RoomKey {
  return privateRoom(sha256(encodeUtf8(secret)));
}

const DEV = keyOf("dev");
const OPS = keyOf("ops");

/** Ann and Bob are in the private room, Eve has guessed its name. All have met. */
function meet(): { world: World; ann: Person; bob: Person; eve: Person } {
  const world = new World("ann", "bob", "eve");
  const [ann, bob, eve] = [world.person(0), world.person(1), world.person(2)];
  for (const person of [ann, bob]) person.chat.join(world.now, "#dev", DEV);
  eve.chat.join(world.now, "#dev");
  world.connect(ann, bob);
  world.connect(ann, eve);
  world.connect(eve, bob);
  world.settle();
  return { world, ann, bob, eve };
}

function say(world: World, person: Person, room: RoomId, text: string): void {
  const result = person.chat.send(world.now, { kind: "room", room }, text, null);
  expect(result.ok).toBe(true);
}

function members(person: Person, { room }: RoomKey): string[] {
  return [...person.chat.members(room)];
}

/** Kinds of all that was sent from one to the other and names this room. */
function naming(world: World, from: Person, to: Person, { room }: RoomKey): string[] {
  const sent = world.messages.filter((it) => it.from === from && it.to === to);
  const named = sent.filter(({ message }) => toHex(encodeChat(message)).includes(room));
  return named.map(({ message }) => message.kind);
}

/** What no machine of ours would say. */
function tell(world: World, from: Person, to: Person, ...messages: readonly ChatMessage[]): void {
  for (const message of messages) world.inject(from, to, message);
}

test("who has the secret is a member, and hears what is said", () => {
  const { world, ann, bob } = meet();

  say(world, ann, DEV.room, "hello");
  world.settle();

  expect(members(ann, DEV)).toEqual([bob.id]);
  expect(members(bob, DEV)).toEqual([ann.id]);
  expect(bob.texts).toEqual(["hello"]);
  expect(ann.statuses("delivered")).toHaveLength(1);
});

test("who has guessed the name alone is in another room and learns nothing of it", () => {
  const { world, ann, bob, eve } = meet();

  say(world, ann, DEV.room, "hello");
  say(world, eve, openRoom("#dev"), "anybody?");
  world.settle();

  expect(members(eve, { ...DEV, room: openRoom("#dev") })).toEqual([]);
  expect(eve.texts).toEqual([]);
  expect([...ann.texts, ...bob.texts]).toEqual(["hello"]);
  expect([...naming(world, ann, eve, DEV), ...naming(world, bob, eve, DEV)]).toEqual([]);
});

test("a proof is the session's, and its side's, and its room's", () => {
  const [hash, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const proof = proofOf(DEV.proofKey, DEV.room, hash, true);

  expect(proof).toEqual(proofOf(DEV.proofKey, DEV.room, hash, true));
  expect(proof).not.toEqual(proofOf(DEV.proofKey, DEV.room, hash, false));
  expect(proof).not.toEqual(proofOf(DEV.proofKey, DEV.room, other, true));
  expect(proof).not.toEqual(proofOf(DEV.proofKey, OPS.room, hash, true));
  expect(proof).not.toEqual(proofOf(OPS.proofKey, DEV.room, hash, true));
});

/** What Eve may say to be taken for a member; she gets it all from Ann and Bob. */
const FORGERIES: Readonly<Record<string, (world: World) => ChatMessage[]>> = {
  "a proof of another session": (world) => proofsFrom(world, "bob", "ann"),
  "Ann's own proof": (world) => proofsFrom(world, "ann", "eve"),
  "a proof that another member gave Eve": (world) => proofsFrom(world, "bob", "eve"),
  "nothing but the room": () => [{ kind: "join", room: DEV.room }],
  "32 zeros": () => [{ kind: "prove", proof: new Uint8Array(32) }],
};

function proofsFrom(world: World, from: string, to: string): ChatMessage[] {
  return world.messages.flatMap(({ from: { name }, to: heard, message }): ChatMessage[] => {
    if (name !== from || heard.name !== to || message.kind !== "rooms") return [];
    return message.proofs.map((proof) => ({ kind: "prove", proof }));
  });
}

test.each(Object.entries(FORGERIES))("%s lets nobody in", (_, forgery) => {
  const { world, ann, eve } = meet();
  const said = forgery(world);
  expect(said.length).toBeGreaterThan(0);

  tell(world, eve, ann, ...said);
  tell(world, eve, ann, { kind: "entries", run: run(eve) });
  say(world, ann, DEV.room, "among us");
  world.settle();

  expect(members(ann, DEV)).not.toContain(eve.id);
  expect(ann.texts).toEqual([]);
  expect(eve.texts).toEqual([]);
  expect(naming(world, ann, eve, DEV)).toEqual(["refusal"]);
  expect(ann.of("refused")).toMatchObject([{ peer: eve.id, reason: "not-a-member" }]);
});

test("the same proofs in the first message let nobody in", () => {
  const { world, ann, bob, eve } = meet();
  const proofs = [...proofsFrom(world, "bob", "ann"), ...proofsFrom(world, "ann", "eve")].flatMap(
    (message) => (message.kind === "prove" ? [message.proof] : []),
  );
  world.disconnect(ann, eve);
  world.connect(ann, eve);
  eve.heard.set(ann, []);
  ann.heard.set(eve, []);

  tell(world, eve, ann, { kind: "rooms", rooms: [DEV.room], proofs });

  expect(proofs).toHaveLength(2);
  expect(members(ann, DEV)).toEqual([bob.id]);
});

test("what comes before a proof is refused as it is in a room that one is not in", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  ann.chat.join(world.now, "#dev", DEV);
  world.connect(ann, bob);

  tell(world, bob, ann, { kind: "entries", run: run(bob) });
  tell(world, bob, ann, { kind: "entries", run: forge({ room: OPS.room, author: bob.id }).bytes });

  const refusals = world.messages.filter(({ message }) => message.kind === "refusal");
  expect(refusals).toMatchObject([
    { message: { room: DEV.room, reason: "not-a-member" } },
    { message: { room: OPS.room, reason: "not-a-member" } },
  ]);
  expect(ann.texts).toEqual([]);
});

test("a stranger who knows the room cannot put a member out of it", () => {
  const { world, ann, bob } = meet();
  world.disconnect(ann, bob);
  ann.heard.set(bob, []);
  ann.chat.onPeerOpen(world.now, bob.id, { hash: new Uint8Array(32), isInitiator: true });

  tell(world, bob, ann, { kind: "leave", room: DEV.room });

  expect(members(ann, DEV)).toEqual([bob.id]);
});

test("what waits goes out when its member has proved again, and holds up nothing else", () => {
  const { world, ann, bob } = meet();
  const lobby = ann.chat.join(world.now, "#lobby") ?? DEV.room;
  bob.chat.join(world.now, "#lobby");
  world.settle();
  world.disconnect(ann, bob);
  world.messages.length = 0;
  say(world, ann, DEV.room, "private");
  say(world, ann, lobby, "open");
  ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "direct", null);
  world.settle();

  world.connect(ann, bob);
  for (let i = 0; i < 3; i++) {
    world.drain(ann);
    world.stepDisk(ann);
  }
  const early = bob.heard.get(ann)?.length;
  say(world, ann, DEV.room, "more");
  world.drain(ann);
  world.stepDisk(ann);

  expect(naming(world, ann, bob, DEV)).toEqual([]);
  // Which rooms she is in, what she holds of his chains, and what is between the two.
  expect(early).toBe(3);
  world.settle();
  expect(bob.texts).toEqual(["direct", "private", "open", "more"]);
  expect(ann.statuses("delivered")).toHaveLength(4);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("what waits for a member who does not prove it any more has failed", () => {
  const { world, ann, bob } = meet();
  world.disconnect(ann, bob);
  world.messages.length = 0;
  say(world, ann, DEV.room, "still there?");
  bob.chat.leave(world.now, "#dev");
  world.settle();

  world.connect(ann, bob);
  world.settle();

  expect(members(ann, DEV)).toEqual([]);
  expect(ann.statuses("failed")).toMatchObject([{ by: bob.id, reason: "no longer in this room" }]);
  expect(ann.store.waiting(bob.id)).toBe(0);
  expect(naming(world, ann, bob, DEV)).toEqual([]);
});

test("what waits in a private room that was left goes to nobody, after a restart either", () => {
  const { world, ann, bob } = meet();
  world.disconnect(ann, bob);
  world.messages.length = 0;
  say(world, ann, DEV.room, "never mind");
  world.settle();
  ann.chat.leave(world.now, "#dev");
  world.settle();
  world.restart(ann);

  world.connect(ann, bob);
  world.settle();

  expect(bob.texts).toEqual([]);
  expect(naming(world, ann, bob, DEV)).toEqual([]);
  expect(ann.statuses("failed")).toMatchObject([{ by: bob.id, reason: "you left this room" }]);
  expect(ann.store.waiting(bob.id)).toBe(0);
  expect(members(bob, DEV)).toEqual([]);
});

test.each(["first", "last"])("who comes in later is met, whoever is the %s", (order) => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.connect(ann, bob);
  world.settle();
  const late = order === "first" ? [ann, bob] : [bob, ann];

  for (const person of late) {
    person.chat.join(world.now, "#dev", DEV);
    world.settle();
  }
  say(world, ann, DEV.room, "here");
  world.settle();

  expect([members(ann, DEV), members(bob, DEV)]).toEqual([[bob.id], [ann.id]]);
  expect(bob.texts).toEqual(["here"]);
});

test("who leaves is gone at once, without a word that names the room, and may come back", () => {
  const { world, ann, bob, eve } = meet();
  world.messages.length = 0;

  bob.chat.leave(world.now, "#dev");
  world.settle();
  expect(members(ann, DEV)).toEqual([]);
  expect([...naming(world, bob, ann, DEV), ...naming(world, bob, eve, DEV)]).toEqual([]);

  bob.chat.join(world.now, "#dev", DEV);
  world.settle();
  say(world, ann, DEV.room, "welcome back");
  world.settle();

  expect(members(bob, DEV)).toEqual([ann.id]);
  expect(bob.texts).toEqual(["welcome back"]);
});

test("a restart needs the secret no more, and a new session a new proof", () => {
  const { world, ann, bob } = meet();

  world.restart(bob);
  world.connect(bob, ann);
  world.settle();
  say(world, bob, DEV.room, "back");
  world.settle();

  expect(bob.chat.rooms().get(DEV.room)).toBe("#dev");
  expect(ann.texts).toEqual(["back"]);
  const [first, second, ...more] = [...proofsFrom(world, "bob", "ann")];
  expect(first).not.toEqual(second);
  expect(more).toEqual([]);
});

test("one is in one room of a name at a time", () => {
  const { world, ann, eve } = meet();

  expect(ann.chat.join(world.now, "#dev")).toBe(DEV.room);
  expect(ann.chat.join(world.now, "#dev", OPS)).toBeUndefined();
  expect(ann.chat.join(world.now, "#dev", DEV)).toBe(DEV.room);
  expect(eve.chat.join(world.now, "#dev", DEV)).toBeUndefined();
});

test("rooms and proofs of a peer together are no more than ROOMS_MAX", () => {
  const { world, ann, eve } = meet();
  world.now += 3_600_000;
  eve.chat.leave(world.now, "#dev");
  world.settle();
  for (let i = 0; i < 2 * ROOMS_MAX; i++) {
    tell(world, eve, ann, { kind: "prove", proof: sha256(Uint8Array.of(i)) });
  }

  eve.chat.join(world.now, "#dev", DEV);
  world.settle();

  expect(members(ann, DEV)).not.toContain(eve.id);
  expect(members(eve, DEV)).toContain(ann.id);
});

function run(author: Person): Uint8Array {
  return forge({ room: DEV.room, author: author.id }).bytes;
}
