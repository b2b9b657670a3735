import { expect, test } from "bun:test";
import type { PeerId } from "../../lib/base/ids.ts";
import type { RoomId } from "../../lib/base/ids.ts";
import type { EntryFault } from "../../lib/chat/events.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { HEARD_PENDING_MAX } from "../../lib/chat/journal.ts";
import { MEMBERS_MAX, Membership } from "../../lib/chat/membership.ts";
import { Journal } from "../../lib/chat/journal.ts";
import { Log } from "../../lib/chat/log.ts";
import { type OpenPeer, openPeer } from "../../lib/chat/openpeer.ts";
import { Outputs } from "../../lib/chat/outputs.ts";
import { NOTHING_RESTORED } from "../../lib/chat/records.ts";
import { type ChatMessage, encodeChat } from "../../lib/wire/chat.ts";
import { BODY_BYTES_MAX, ROOMS_MAX } from "../../lib/wire/limits.ts";
import { Prng } from "../sim/prng.ts";
import { NO_HASH, forge, forgeRun } from "./forge.ts";
import { signaturesOf } from "./signatures.ts";
import { type Person, Person as Stranger, World } from "./world.ts";

/** Eve has a session with Ann, shares the lobby with her, and keeps to no rule. */
interface Scene {
  readonly world: World;
  readonly eve: Person;
  readonly ann: Person;
  readonly room: RoomId;
  /** What Ann answered since, in order. */
  answers(): readonly ChatMessage[];
}

function scene(): Scene {
  const world = new World("eve", "ann");
  const room = world.meet("#lobby");
  const [eve, ann] = [world.person(0), world.person(1)];
  world.messages.length = 0;
  const answers = () =>
    world.messages.filter(({ from }) => from === ann).map((sent) => sent.message);
  return { world, eve, ann, room, answers };
}

function tell({ world, eve, ann }: Scene, ...entries: readonly Uint8Array[]): void {
  for (const entry of entries) world.inject(eve, ann, { kind: "entries", run: entry });
}

test("an entry of another author is refused and not kept", () => {
  const s = scene();
  const bob = new Stranger("bob");

  tell(
    s,
    forge({ room: s.room, author: bob.id }).bytes,
    forge({ room: s.room, author: s.ann.id }).bytes,
  );

  expect(s.ann.of("refused").map(({ fault }) => fault)).toEqual(["author", "author"]);
  expect(s.answers()).toMatchObject([
    { kind: "refusal", seq: 1, reason: "invalid" },
    { kind: "refusal", seq: 1, reason: "invalid" },
  ]);
  expect(s.ann.store.entries()).toEqual([]);
});

test("an entry of a room we are not in is refused as that", () => {
  const s = scene();

  tell(s, forge({ room: openRoom("#elsewhere"), author: s.eve.id }).bytes);

  expect(s.answers()).toMatchObject([{ kind: "refusal", reason: "not-a-member" }]);
  expect(s.ann.store.entries()).toEqual([]);
});

test.each([
  ["seq 0", (s: Scene) => forge({ room: s.room, author: s.eve.id, seq: 0 }).bytes],
  [
    "a body that is too long",
    (s: Scene) =>
      forge({ room: s.room, author: s.eve.id, body: new Uint8Array(BODY_BYTES_MAX + 1) }).bytes,
  ],
  ["half an entry", (s: Scene) => forge({ room: s.room, author: s.eve.id }).bytes.subarray(0, 90)],
  ["nothing", () => new Uint8Array(0)],
])("%s is no entry at all", (_, make) => {
  const s = scene();
  const message = encodeChat({ kind: "entries", run: make(s) });

  const outcome = s.ann.chat.handleMessage(s.world.now, s.eve.id, message);
  s.world.settle();

  expect(outcome).toBe("malformed");
  expect(s.answers()).toEqual([]);
  expect(s.ann.store.entries()).toEqual([]);
});

test("a text that is not UTF-8 is refused", () => {
  const s = scene();

  tell(s, forge({ room: s.room, author: s.eve.id, body: Uint8Array.of(0x68, 0xff) }).bytes);

  expect(s.answers()).toMatchObject([{ kind: "refusal", reason: "invalid" }]);
  expect(s.ann.texts).toEqual([]);
});

test("an entry of an unknown type is kept and receipted, and never shown", () => {
  const s = scene();

  tell(s, forge({ room: s.room, author: s.eve.id, type: 200, body: Uint8Array.of(0xff) }).bytes);
  s.world.restart(s.ann);
  s.world.settle();

  expect(s.answers()).toMatchObject([{ kind: "receipt", seqs: [1] }]);
  expect(s.ann.texts).toEqual([]);
  expect(s.ann.store.entries()).toHaveLength(1);
});

test("a replay is receipted again and shown once, also after a restart", () => {
  const s = scene();
  const { bytes } = forge({ room: s.room, author: s.eve.id });

  tell(s, bytes, bytes);
  s.world.restart(s.ann);
  s.world.connect(s.eve, s.ann);
  tell(s, bytes);

  expect(s.answers().filter(({ kind }) => kind === "receipt")).toHaveLength(3);
  expect(s.ann.texts).toEqual(["forged 1"]);
});

test("duplicates of what waits for the disk share its fate", () => {
  const s = scene();
  const { bytes } = forge({ room: s.room, author: s.eve.id });
  const message = encodeChat({ kind: "entries", run: bytes });
  s.ann.store.refusing = true;

  for (let i = 0; i < 3; i++) s.ann.chat.handleMessage(s.world.now, s.eve.id, message);
  s.world.settle();

  expect(s.answers()).toEqual([{ kind: "refusal", room: s.room, seq: 1, reason: "storage" }]);
});

/** Eve has said two things, which are held and receipted. */
function sceneWithTwo() {
  const s = scene();
  const author = s.eve.id;
  const first = forge({ room: s.room, author });
  const second = forge({ room: s.room, author, seq: 2, previous: first.hash });
  tell(s, first.bytes, second.bytes);
  s.world.messages.length = 0;
  return { s, author, first };
}

test("two histories of one author are told apart and not receipted", () => {
  const { s, author, first } = sceneWithTwo();

  const later = { wallMs: s.world.now + 9_000, tick: 0 };
  tell(
    s,
    forge({ room: s.room, author, seq: 2, previous: first.hash, body: Uint8Array.of(65) }).bytes,
    forge({ room: s.room, author, seq: 1, time: later }).bytes,
    forge({ room: s.room, author, seq: 5, time: first.entry.time }).bytes,
  );

  expect(s.answers().map((answer) => answer.kind === "refusal" && answer.reason)).toEqual([
    "invalid",
    "invalid",
    "invalid",
  ]);
  const faults: EntryFault[] = ["equivocation", "equivocation", "time"];
  expect(s.ann.of("refused").map(({ fault }) => fault)).toEqual(faults);
  expect(s.ann.of("equivocation")).toEqual([{ kind: "equivocation", room: s.room, author }]);
  expect(s.ann.texts).toEqual(["forged 1", "forged 2"]);
});

test.each(["nothing", "what is held"])(
  "what goes on from another history is taken besides, and receipted, where %s is signed",
  (signed) => {
    const { s, author, first } = sceneWithTwo();
    const { room } = s;
    const second = forge({ room, author, seq: 2, previous: first.hash });
    if (signed !== "nothing") {
      const fields = { room, author, seq: 2, hash: second.hash };
      const checkpoints = [{ ...fields, signature: signaturesOf(author).sign(fields) }];
      s.world.inject(s.eve, s.ann, { kind: "checkpoints", room, checkpoints });
      s.world.messages.length = 0;
    }

    const other = forge({ room, author, seq: 2, previous: first.hash, body: Uint8Array.of(65) });
    const third = forge({ room, author, seq: 3, previous: other.hash });
    tell(s, third.bytes, other.bytes);
    tell(s, forge({ room, author, seq: 4, previous: third.hash }).bytes);

    const answers = s.answers().filter(({ kind }) => kind === "receipt" || kind === "refusal");
    expect(answers).toMatchObject([
      { kind: "receipt", seqs: [3] },
      { kind: "refusal", seq: 2, reason: "invalid" },
      { kind: "receipt", seqs: [4] },
    ]);
    expect(s.ann.of("equivocation")).toEqual([{ kind: "equivocation", room, author }]);
    expect(s.ann.texts).toEqual(["forged 1", "forged 2", "forged 3", "forged 4"]);
  },
);

test("a receipt is for what is held in a room, not for something else under its number", () => {
  const { s, author, first } = sceneWithTwo();

  tell(s, forge({ room: s.room, author, body: Uint8Array.of(65) }).bytes);
  tell(s, first.bytes);

  expect(s.answers()).toMatchObject([
    { kind: "refusal", seq: 1, reason: "invalid" },
    { kind: "receipt", seqs: [1] },
  ]);
  expect(s.ann.of("equivocation")).toEqual([{ kind: "equivocation", room: s.room, author }]);
  expect(s.ann.texts).toEqual(["forged 1", "forged 2"]);
});

test("nor is one for what waits for the disk, and something else comes under its number", () => {
  const s = scene();
  const author = s.eve.id;
  const first = forge({ room: s.room, author });
  const second = forge({ room: s.room, author, seq: 2, previous: first.hash });
  const other = forge({ room: s.room, author, body: Uint8Array.of(65) });

  for (const { bytes } of [first, second, other, first]) {
    s.ann.chat.handleMessage(s.world.now, author, encodeChat({ kind: "entries", run: bytes }));
  }
  s.world.settle();

  expect(s.answers()).toMatchObject([
    { kind: "refusal", seq: 1, reason: "invalid" },
    { kind: "receipt", seqs: [1, 2] },
  ]);
  expect(s.ann.of("equivocation")).toEqual([{ kind: "equivocation", room: s.room, author }]);
  expect(s.ann.texts).toEqual(["forged 1", "forged 2"]);
});

test("receipts and refusals for what was never sent to them change nothing", () => {
  const world = new World("eve", "ann", "bob");
  const [eve, ann, bob] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");
  world.disconnect(ann, bob);
  ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "for bob", "r1");
  world.settle();
  const [entry] = ann.store.entries();
  const direct = entry?.room ?? room;
  const commits = ann.store.commits;

  for (const target of [direct, room]) {
    for (let seq = 0; seq < 50; seq++) {
      world.inject(eve, ann, { kind: "receipt", room: target, seqs: [seq, seq, 2 ** 40] });
      for (const reason of ["storage", "invalid", "not-a-member"] as const) {
        world.inject(eve, ann, { kind: "refusal", room: target, seq, reason });
      }
    }
  }

  expect(ann.statuses("delivered")).toEqual([]);
  expect(ann.statuses("failed")).toEqual([]);
  expect(ann.store.commits).toBe(commits);
  expect(ann.store.waiting(bob.id)).toBe(1);
  expect([...ann.chat.members(room)]).toContain(eve.id);
});

test("a flood of refusals is one timer", () => {
  const s = scene();
  s.ann.chat.send(s.world.now, { kind: "room", room: s.room }, "hi", null);
  s.world.drain(s.ann);
  s.world.stepDisk(s.ann);

  for (let i = 0; i < 1000; i++) {
    s.world.inject(s.eve, s.ann, { kind: "refusal", room: s.room, seq: 1, reason: "storage" });
  }

  expect(s.ann.of("held")).toHaveLength(1);
});

test("a flood of bad entries is answered one by one and logged a few times", () => {
  const s = scene();
  const bad = forge({ room: openRoom("#elsewhere"), author: s.eve.id }).bytes;

  for (let i = 0; i < 500; i++) tell(s, bad);

  expect(s.answers()).toHaveLength(500);
  expect(s.ann.of("refused").length).toBeLessThan(20);
});

test("more than may wait for the disk is refused as storage", () => {
  const s = scene();
  let previous: Uint8Array = NO_HASH;

  for (let seq = 1; seq <= HEARD_PENDING_MAX + 2; seq++) {
    const { bytes, hash } = forge({ room: s.room, author: s.eve.id, seq, previous });
    s.ann.chat.handleMessage(s.world.now, s.eve.id, encodeChat({ kind: "entries", run: bytes }));
    previous = hash;
  }
  s.world.settle();

  expect(s.ann.texts).toHaveLength(HEARD_PENDING_MAX);
  expect(s.ann.of("refused").map(({ seq, fault }) => [seq, fault])).toEqual([
    [HEARD_PENDING_MAX + 1, "limit"],
    [HEARD_PENDING_MAX + 2, "disk"],
  ]);
});

test("coming and going without end is listened to for a while only", () => {
  const s = scene();

  for (let i = 0; i < 1000; i++) {
    s.world.inject(s.eve, s.ann, { kind: "leave", room: s.room });
    s.world.inject(s.eve, s.ann, { kind: "join", room: s.room });
  }

  expect(s.ann.of("member").length).toBeLessThan(5 * ROOMS_MAX);
});

test("of a peer that claims to be everywhere as many rooms are remembered as one can be in", () => {
  const s = scene();
  const names = Array.from({ length: ROOMS_MAX + 1 }, (_, i) => `#r${i}`);
  for (const name of names) s.world.inject(s.eve, s.ann, { kind: "join", room: openRoom(name) });

  const [first, last] = [names[0], names.at(-1)].map((name) => s.ann.chat.join(0, name ?? ""));

  if (first === undefined || last === undefined) throw new Error("Three rooms are not too many");
  expect(s.ann.chat.members(first).size).toBe(1);
  expect(s.ann.chat.members(last).size).toBe(0);
});

test("a new session begins a blocked chain where its author does", () => {
  const s = scene();
  const author = s.eve.id;
  s.ann.store.refusing = true;
  tell(s, forge({ room: s.room, author }).bytes);
  s.ann.store.refusing = false;

  tell(s, forge({ room: s.room, author, seq: 2 }).bytes);
  s.world.disconnect(s.eve, s.ann);
  s.world.connect(s.eve, s.ann);
  tell(s, forge({ room: s.room, author, seq: 3 }).bytes);

  expect(s.ann.texts).toEqual(["forged 3"]);
});

test("an entry outlives the bytes in which it came", () => {
  const s = scene();
  const { bytes } = forge({ room: s.room, author: s.eve.id });
  const datagram = encodeChat({ kind: "entries", run: bytes });

  s.ann.chat.handleMessage(s.world.now, s.eve.id, datagram);
  datagram.fill(0);
  s.world.settle();

  expect(s.ann.texts).toEqual(["forged 1"]);
});

test("in a full room, who is away longest makes room for a newcomer", () => {
  const outputs = new Outputs();
  const me = new Stranger("ann").id;
  const room = openRoom("#lobby");
  const restored = { ...NOTHING_RESTORED, rooms: [{ room, name: "#lobby" }] };
  const open = new Map<PeerId, OpenPeer>();
  const membership = new Membership(restored, {
    journal: new Journal(new Log(NOTHING_RESTORED), new Map(), () => new Uint8Array(16)),
    outputs,
    open,
  });
  const peers = Array.from({ length: MEMBERS_MAX }, (_, i) =>
    openPeer(0, me, new Stranger(`peer ${i}`).id),
  );
  const [first, second] = peers;
  const late = openPeer(0, me, new Stranger("late").id);
  if (first === undefined || second === undefined) throw new Error("A room has two members");

  for (const peer of peers) {
    open.set(peer.id, peer);
    membership.handleJoin(0, peer, room);
  }
  membership.handleJoin(0, late, room);
  const full = new Set(membership.members(room));
  for (const peer of [second, first]) {
    open.delete(peer.id);
    membership.onPeerClosed(peer.id);
  }
  membership.handleJoin(0, late, room);

  expect(full.has(late.id)).toBe(false);
  expect(membership.members(room).size).toBe(MEMBERS_MAX);
  expect(membership.members(room).has(late.id)).toBe(true);
  expect(membership.members(room).has(second.id)).toBe(false);
  expect(membership.members(room).has(first.id)).toBe(true);
});

test("no bytes from a peer break anything", () => {
  const prng = new Prng(Number(process.env["SEED"] ?? 1), "bytes");
  const s = scene();
  s.world.liars.add(s.eve);
  const { bytes } = forge({ room: s.room, author: s.eve.id });
  const good = encodeChat({ kind: "entries", run: bytes });

  for (let i = 0; i < 3000; i++) {
    const noise = i % 2 === 0 ? prng.bytes(prng.below(120)) : good.slice();
    for (let flips = prng.below(4); flips >= 0 && noise.length > 0; flips--) {
      noise[prng.below(noise.length)] = prng.below(256);
    }
    s.ann.chat.handleMessage(s.world.now, s.eve.id, noise);
    s.world.settle();
  }

  const authors = new Set(s.ann.store.entries().map(({ author }) => author));
  expect([...authors].filter((author) => author !== s.eve.id)).toEqual([]);
});

test("a run is taken whole, and counts once", () => {
  const s = scene();
  const first = forgeRun({ room: s.room, author: s.eve.id, seq: 1 }, 3);
  const { hash: previous } = first;
  const second = forgeRun({ room: s.room, author: s.eve.id, seq: 4, previous }, 2);

  tell(s, first.bytes, second.bytes, first.bytes);

  expect(s.ann.texts).toEqual([1, 2, 3, 4, 5].map((seq) => `forged ${seq}`));
  expect(s.answers()).toMatchObject([
    { kind: "receipt", seqs: [1] },
    { kind: "receipt", seqs: [4] },
    { kind: "receipt", seqs: [1] },
  ]);
});

test.each([
  ["goes on where it ended", 1, 4, undefined],
  ["begins in another", 3, 3, undefined],
  ["says another thing", 1, 3, { body: Uint8Array.of(0x21) }],
] as const)("a run that %s is refused", (_what, seq, count, change) => {
  const s = scene();
  const author = s.eve.id;
  const { hash } = forgeRun({ room: s.room, author, seq: 1 }, 2);
  tell(s, forgeRun({ room: s.room, author, seq: 1 }, 3).bytes);

  const previous = seq === 1 ? NO_HASH : hash;
  tell(s, forgeRun({ room: s.room, author, seq, previous }, count, () => change ?? {}).bytes);

  expect(s.answers().at(-1)).toMatchObject({ kind: "refusal", seq, reason: "invalid" });
  expect(s.ann.texts).toEqual(["forged 1", "forged 2", "forged 3"]);
});

test("one bad entry spoils its run", () => {
  const s = scene();
  const place = { room: s.room, author: s.eve.id, seq: 1 };
  const bad = (change: Partial<{ body: Uint8Array; time: { wallMs: number; tick: number } }>) =>
    forgeRun(place, 3, (seq) => (seq === 2 ? change : {})).bytes;

  tell(s, bad({ body: Uint8Array.of(0xff) }), bad({ time: { wallMs: 1, tick: 0 } }));

  expect(s.ann.of("refused").map(({ fault }) => fault)).toEqual(["content", "time"]);
  expect(s.ann.store.entries()).toEqual([]);
});
