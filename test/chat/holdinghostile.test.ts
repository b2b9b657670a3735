import { describe, expect, test } from "bun:test";
import { type EnvelopeId, envelopeIdOf, type PeerId, peerIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { HOLDING_TIMEOUT_MS } from "../../lib/chat/entrusting.ts";
import {
  HELD_BYTES_MAX,
  HELD_MAX,
  HELD_PER_RECIPIENT_MAX,
  HELD_PER_SENDER_MAX,
  HOLDS_BURST,
} from "../../lib/chat/holder.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { HeldEnvelope } from "../../lib/chat/records.ts";
import { encodeChat } from "../../lib/wire/chat.ts";
import type { ReceiptFields } from "../../lib/wire/envelope.ts";
import { ENVELOPE_BYTES_MAX } from "../../lib/wire/limits.ts";
import { forge } from "./forge.ts";
import { envelopesOf, signaturesOf } from "./signatures.ts";
import { Triangle } from "./triangle.ts";
import { type Person, START, World } from "./world.ts";

/** A run of Alice's to Bob and the next one. */
function runsOf(it: Triangle) {
  const { alice, bob } = it;
  const base = { room: bob.chat.directRoom(alice.id), author: alice.id };
  const first = forge(base);
  const second = forge({ ...base, seq: 2, previous: first.hash });
  const third = forge({ ...base, seq: 3, previous: second.hash });
  return { base, first, second, third };
}

/** Carol brings Bob this; what he says to it. */
function bring(it: Triangle, envelope: Uint8Array): string[] {
  const { world, bob, carol } = it;
  const before = world.messages.length;
  world.inject(carol, bob, { kind: "kept", envelope });
  return world.messages.slice(before).flatMap(({ from, message }) => {
    if (from !== bob) return [];
    return message.kind === "untaken" ? [message.reason] : [message.kind];
  });
}

describe("what a holder brings is not taken", () => {
  test("of an envelope that was altered, or is for somebody else", () => {
    const it = new Triangle();
    it.meet(it.bob, it.carol);
    const { first } = runsOf(it);
    const { envelope } = it.envelope([first.bytes]);
    const altered = envelope.slice();
    altered.set([(altered.at(-1) ?? 0) ^ 1], altered.length - 1);

    const toCarol = new Triangle();
    toCarol.world.inject(toCarol.alice, toCarol.carol, { kind: "kept", envelope });

    expect(bring(it, altered)).toEqual(["never"]);
    expect(bring(it, encodeUtf8("rubbish"))).toEqual(["never"]);
    expect(toCarol.sent(toCarol.carol, "untaken")).toMatchObject([{ reason: "never" }]);
    expect([it.bob.texts, toCarol.carol.texts]).toEqual([[], []]);
  });

  test("with a run of another author, or of another room", () => {
    const it = new Triangle();
    it.meet(it.bob, it.carol);
    const { base } = runsOf(it);
    const carols = forge({ ...base, author: it.carol.id });
    const lobbys = forge({ ...base, room: openRoom("#lobby") });
    const hers = forge({ ...base, room: it.bob.chat.directRoom(it.carol.id) });
    const unreadable = forge({ ...base, body: Uint8Array.of(0xff) });

    for (const { bytes } of [carols, lobbys, hers, unreadable]) {
      expect(bring(it, it.envelope([bytes]).envelope)).toEqual(["never"]);
    }
    expect(it.bob.texts).toEqual([]);
  });

  test("as one's own, whoever has it", () => {
    const it = new Triangle();
    const { bob } = it;
    it.meet(bob, it.carol);
    const room = bob.chat.directRoom(bob.id);
    const { bytes, hash } = forge({ room, author: bob.id });
    const signature = signaturesOf(bob.id).sign({ room, author: bob.id, seq: 1, hash });
    const own = envelopesOf(bob.id).seal(bob.id, { after: 0, signature, runs: [bytes] });

    expect(bring(it, own ?? bytes)).toEqual(["never"]);
    expect(bob.store.entries()).toEqual([]);
  });

  test("with runs that are no chain, or signed as another", () => {
    const it = new Triangle();
    it.meet(it.bob, it.carol);
    const { base, first, second, third } = runsOf(it);
    const stray = forge({ ...base, seq: 2 });
    const falsified = [
      it.envelope([first.bytes, stray.bytes]),
      it.envelope([first.bytes, third.bytes], { seq: 3 }),
      it.envelope([second.bytes, first.bytes], { seq: 1 }),
      it.envelope([first.bytes], { signed: second.bytes }),
      it.envelope([first.bytes], { seq: 2 }),
      it.envelope([]),
      it.envelope([first.bytes.subarray(0, -1)]),
    ];

    for (const { envelope } of falsified) expect(bring(it, envelope)).toEqual(["never"]);
    expect(it.bob.texts).toEqual([]);
    expect(bring(it, it.envelope([first.bytes, second.bytes]).envelope)).toContain("taken");
  });

  test("twice: a replay is answered, and shown no more", () => {
    const it = new Triangle();
    it.meet(it.bob, it.carol);
    const { envelope } = it.envelope([runsOf(it).first.bytes]);

    expect(bring(it, envelope)).toEqual(["taken"]);
    expect(bring(it, envelope)).toEqual(["taken"]);
    expect(it.bob.texts).toEqual(["forged 1"]);
  });

  test("before what is to come before it, which would else be lost", () => {
    const it = new Triangle();
    const { world, alice, bob } = it;
    it.say("one", "two");
    it.say("three");
    it.meet(bob, it.carol);
    const runs = [1, 2, 3].map((seq) =>
      alice.store.run(bob.chat.directRoom(alice.id), alice.id, seq),
    );
    const [first, second, third] = runs;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error("Three");

    const early = bring(it, it.envelope([third], { after: 2, seq: 3 }).envelope);
    const none = bob.texts;
    it.meet(alice, bob);

    expect(early).toEqual(["later"]);
    expect(none).toEqual([]);
    expect(bob.texts).toEqual(["one", "two", "three"]);
    expect(alice.statuses("delivered")).toHaveLength(3);
    expect(bring(it, it.envelope([third], { after: 2, seq: 3 }).envelope)).toEqual(["taken"]);
    expect(world.messages.some(({ message }) => message.kind === "refusal")).toBe(false);
  });

  test("of somebody who is blocked, or not who they were", () => {
    const it = new Triangle();
    it.meet(it.bob, it.carol);
    it.bob.barred.add(it.alice.id);
    const { envelope } = it.envelope([runsOf(it).first.bytes]);

    const barred = bring(it, envelope);
    const kept = it.bob.store.entries();
    it.bob.barred.clear();

    expect(barred).toEqual(["later"]);
    expect(kept).toEqual([]);
    expect(bring(it, envelope)).toEqual(["taken"]);
  });

  test("from one who floods, beyond what an honest one has", () => {
    const it = new Triangle();
    const { world, bob, carol } = it;
    it.meet(bob, carol);
    const rubbish = (i: number) => encodeUtf8(`rubbish ${i}`);

    for (let i = 0; i < 200; i++) bring(it, rubbish(i));
    const answers = it.sent(bob, "untaken").map(({ reason }) => reason);
    world.pass(1_000);

    expect(answers.filter((reason) => reason === "never")).toHaveLength(64);
    expect(answers.filter((reason) => reason === "later")).toHaveLength(136);
    expect(bring(it, rubbish(0))).toEqual(["never"]);
    expect(bob.of("envelope").length).toBeLessThan(20);
  });

  test("of an author who says another thing than is held", () => {
    const it = new Triangle();
    it.meet(it.bob, it.carol);
    const { base, first, second } = runsOf(it);
    const other = forge({ ...base, seq: 2, previous: first.hash, body: encodeUtf8("other") });
    bring(it, it.envelope([first.bytes, second.bytes]).envelope);

    const answer = bring(it, it.envelope([first.bytes, other.bytes]).envelope);

    expect(answer).toEqual(["never"]);
    expect(it.bob.of("equivocation")).toEqual([]);
    expect(it.bob.texts).toEqual(["forged 1", "forged 2"]);
  });
});

describe("a receipt is worth nothing", () => {
  /** Carol holds something of Alice's; she says that Bob has signed this. */
  function returned(sign: (it: Triangle, fields: ReceiptFields) => Uint8Array) {
    const it = new Triangle();
    it.say("one");
    it.entrust();
    const [id] = it.carol.store.sealed.held.keys();
    if (id === undefined) throw new Error("It is held");
    const room = it.bob.chat.directRoom(it.alice.id);
    const receipt = sign(it, { room, author: it.alice.id, envelope: id });
    it.world.inject(it.carol, it.alice, { kind: "returned", id, receipt });
    return it;
  }

  const otherId = envelopeIdOf(sha256(encodeUtf8("another")));
  const falsified: [string, (it: Triangle, fields: ReceiptFields) => Uint8Array][] = [
    ["by another key", ({ carol }, fields) => signaturesOf(carol.id).signReceipt(fields)],
    ["by its author", ({ alice }, fields) => signaturesOf(alice.id).signReceipt(fields)],
    [
      "for another envelope",
      ({ bob }, fields) => signaturesOf(bob.id).signReceipt({ ...fields, envelope: otherId }),
    ],
    [
      "for another author",
      ({ bob, carol }, fields) => signaturesOf(bob.id).signReceipt({ ...fields, author: carol.id }),
    ],
    [
      "for another room",
      ({ bob }, fields) =>
        signaturesOf(bob.id).signReceipt({ ...fields, room: openRoom("#lobby") }),
    ],
    ["of rubbish", () => new Uint8Array(64)],
  ];

  test.each(falsified)("%s", (_what, sign) => {
    const it = returned(sign);
    const told = it.alice.statuses("delivered");
    it.meet(it.alice, it.bob);

    expect(told).toEqual([]);
    expect(it.alice.of("envelope")).toMatchObject([{ what: "unsigned", peer: it.carol.id }]);
    expect(it.bob.texts).toEqual(["one"]);
    expect(it.alice.statuses("delivered")).toHaveLength(1);
  });

  test("but the true one, which its recipient alone can give, and give too early", () => {
    const lie = () => returned(({ bob }, fields) => signaturesOf(bob.id).signReceipt(fields));

    expect(lie).toThrow("delivered is on the recipient's disk");
  });

  test("to its holder, who goes on holding", () => {
    const it = new Triangle();
    const { world, alice, bob, carol } = it;
    it.say("one");
    it.entrust();
    const [id] = carol.store.sealed.held.keys();
    if (id === undefined) throw new Error("It is held");
    it.leave(alice);
    world.connect(bob, carol);
    // Everybody but Bob's disk does their part.
    for (let i = 0; i < 20; i++) {
      for (const person of [bob, carol]) world.drain(person);
      while (world.stepDisk(carol));
      world.stepNetwork(bob, carol);
      world.stepNetwork(carol, bob);
    }
    const brought = it.sent(carol, "kept").length;

    const taken = encodeChat({ kind: "taken", id, receipt: new Uint8Array(64) });
    carol.chat.handleMessage(world.now, bob.id, taken);
    world.drain(carol);
    while (world.stepDisk(carol));

    expect(brought).toBe(1);
    expect(carol.of("envelope").map(({ what }) => what)).toContain("unsigned");
    expect(carol.store.sealed.held.get(id)?.receipt).toBeUndefined();
  });

  test("to its holder by somebody whom it was not for", () => {
    const it = new Triangle({ more: ["dave"] });
    const { world, alice, bob, carol } = it;
    it.say("one");
    it.entrust();
    const [id] = carol.store.sealed.held.keys();
    if (id === undefined) throw new Error("It is held");
    const dave = world.person(3);
    const room = dave.chat.directRoom(alice.id);
    const fields = { room, author: alice.id, envelope: id };

    world.inject(dave, carol, {
      kind: "taken",
      id,
      receipt: signaturesOf(dave.id).signReceipt(fields),
    });
    world.inject(dave, carol, { kind: "untaken", id, reason: "never" });

    expect(carol.store.sealed.held.get(id)).toMatchObject({
      recipient: bob.id,
      receipt: undefined,
    });
  });

  test("the second time: it is delivered once, whoever brings it", () => {
    const it = new Triangle({ more: ["dave"] });
    const { world, alice, bob } = it;
    const dave = world.person(3);
    dave.store.refusing = true;
    it.say("one");
    it.entrust();
    it.pass();
    it.meet(alice, dave);
    const [taken] = it.sent(bob, "taken");
    if (taken === undefined) throw new Error("He has it");

    const brought = encodeChat({ kind: "returned", id: taken.id, receipt: taken.receipt });
    for (let i = 0; i < 3; i++) alice.chat.handleMessage(world.now, dave.id, brought);
    world.settle();
    world.inject(dave, alice, { kind: "returned", id: taken.id, receipt: taken.receipt });

    expect(alice.statuses("delivered")).toHaveLength(1);
    expect(alice.chat.waiting()).toEqual([]);
    expect(it.sent(alice, "done").length).toBeGreaterThan(0);
  });

  test("where more are brought than can be: they are not looked at", () => {
    const it = returned(() => new Uint8Array(64));
    const [id] = it.carol.store.sealed.held.keys();
    if (id === undefined) throw new Error("It is held");

    for (let i = 0; i < 500; i++) {
      it.world.inject(it.carol, it.alice, { kind: "returned", id, receipt: new Uint8Array(64) });
    }

    expect(it.alice.of("envelope")).toHaveLength(128);
  });
});

describe("a holder who lies", () => {
  test("and keeps nothing costs nothing: its author still has it", () => {
    const it = new Triangle();
    const { world, alice, bob, carol } = it;
    it.say("one");
    it.entrust();
    carol.store.sealed.held.clear();
    world.restart(carol);
    it.leave(alice);
    it.meet(bob, carol);

    it.meet(alice, bob);

    expect(bob.texts).toEqual(["one"]);
    expect(alice.statuses("delivered")).toHaveLength(1);
  });

  test("and says nothing is asked no more, and another is", () => {
    const it = new Triangle({ holds: false, more: ["dave", "erin"] });
    const { world, alice, bob, carol } = it;
    const [dave, erin] = [world.person(3), world.person(4)];
    it.leave(erin);
    // They understand nothing of what is then brought to them, or act so.
    for (const liar of [carol, dave]) world.inject(liar, alice, { kind: "holder" });
    for (const liar of [carol, dave]) liar.chat = liar.begin(world.now);
    it.say("one");
    world.now += 10_000;
    alice.chat.handleTimeout(world.now);
    while (world.drain(alice) || world.stepDisk(alice));
    const asked = it.sent(alice, "hold").length;
    const other = envelopeIdOf(sha256(encodeUtf8("another")));
    const holding = encodeChat({ kind: "holding", id: other });
    alice.chat.handleMessage(world.now, carol.id, holding);
    while (world.drain(alice) || world.stepDisk(alice));
    const believed = alice.of("entrusted");
    for (const liar of [carol, dave]) liar.heard.get(alice)?.splice(0);
    erin.holds = true;
    world.restart(erin);
    world.connect(alice, erin);
    world.settle();
    it.entrust();
    const early = it.sent(alice, "hold").length;
    world.pass(HOLDING_TIMEOUT_MS);
    it.entrust();

    expect([asked, early]).toEqual([2, 2]);
    expect(believed).toEqual([]);
    expect(alice.chat.heldFor(bob.id).holders).toEqual([erin.id]);
  });

  test("about what another holds is not believed", () => {
    const it = new Triangle({ more: ["dave"] });
    const { world, alice, bob, carol } = it;
    const dave = world.person(3);
    dave.store.refusing = true;
    it.say("one");
    it.entrust();
    const [id] = carol.store.sealed.held.keys();
    if (id === undefined) throw new Error("It is held");

    world.inject(dave, alice, { kind: "unheld", id, reason: "refused" });
    const after = alice.chat.heldFor(bob.id).holders;
    world.inject(carol, alice, { kind: "unheld", id, reason: "refused" });

    expect(after).toEqual([carol.id]);
    expect(alice.chat.heldFor(bob.id).holders).toEqual([]);
  });

  test("or is not who they were, or is in no room with the recipient, is given nothing", () => {
    const barred = new Triangle();
    barred.alice.barred.add(barred.carol.id);
    barred.say("one");
    barred.entrust();
    const apart = new Triangle({ more: ["dave"] });
    const { world, alice, carol } = apart;
    const dave = world.person(3);
    for (const person of [alice, dave]) person.chat.join(world.now, "#dev");
    dave.chat.leave(world.now, "#lobby");
    carol.chat.leave(world.now, "#lobby");
    world.settle();
    apart.say("one");
    apart.entrust();

    expect(barred.sent(barred.alice, "hold")).toEqual([]);
    expect(apart.sent(alice, "hold")).toEqual([]);
  });

  test("and claims what it was not given is not believed", () => {
    const it = new Triangle();
    it.say("one");
    const id = envelopeIdOf(sha256(encodeUtf8("another")));

    it.world.inject(it.carol, it.alice, { kind: "holding", id });
    it.world.inject(it.carol, it.alice, { kind: "unheld", id, reason: "full" });
    it.world.inject(it.carol, it.alice, { kind: "returned", id, receipt: new Uint8Array(64) });

    expect(it.alice.of("entrusted")).toEqual([]);
    expect(it.alice.statuses("delivered")).toEqual([]);
    it.entrust();
    expect(it.alice.of("entrusted")).toHaveLength(1);
  });
});

describe("nothing is held", () => {
  /** An envelope as Carol sees it: bytes that are like no other's. */
  const bytes = (i: number): Uint8Array => encodeUtf8(`sealed ${i}`);
  const idOf = (i: number): EnvelopeId => envelopeIdOf(sha256(bytes(i)));

  function hold(world: World, from: Person, to: Person, recipient: PeerId, i: number): string {
    const before = world.messages.length;
    world.inject(from, to, { kind: "hold", recipient, envelope: bytes(i) });
    const answers = world.messages.slice(before).map(({ message }) => message);
    return answers.flatMap((one) => (one.kind === "unheld" ? [one.reason] : [one.kind])).join();
  }

  test("for who is in no common room, for its sender, or where nobody is willing", () => {
    const { world, alice, bob, carol } = new Triangle();
    const nobody = peerIdOf(sha256(encodeUtf8("nobody")));

    expect(hold(world, alice, carol, nobody, 1)).toBe("unwilling");
    expect(hold(world, alice, carol, alice.id, 2)).toBe("unwilling");
    expect(hold(world, alice, carol, carol.id, 3)).toBe("unwilling");
    expect(hold(world, carol, alice, bob.id, 4)).toBe("unwilling");
    expect(hold(world, alice, carol, bob.id, 5)).toBe("holding");
    expect(carol.store.sealed.held.size).toBe(1);
  });

  test("of somebody who is not who they were", () => {
    const { world, alice, bob, carol } = new Triangle();
    carol.barred.add(alice.id);

    expect(hold(world, alice, carol, bob.id, 1)).toBe("unwilling");
  });

  test("twice, nor under another's name", () => {
    const { world, alice, bob, carol } = new Triangle({ more: ["dave"] });

    expect(hold(world, alice, carol, bob.id, 1)).toBe("holding");
    expect(hold(world, alice, carol, bob.id, 1)).toBe("holding");
    expect(hold(world, world.person(3), carol, bob.id, 1)).toBe("unwilling");
    world.inject(world.person(3), carol, { kind: "done", id: idOf(1) });
    expect(carol.store.sealed.held.size).toBe(1);
    world.inject(alice, carol, { kind: "done", id: idOf(1) });
    expect(carol.store.sealed.held.size).toBe(0);
  });

  test("beyond what is held for one, or from one who floods", () => {
    const { world, alice, bob, carol } = new Triangle({ more: ["dave"] });
    const dave = world.person(3);
    const answers = Array.from({ length: 100 }, (_, i) => hold(world, alice, carol, bob.id, i));
    world.pass(60_000);
    const later = hold(world, dave, carol, bob.id, 200);

    expect(answers.filter((one) => one === "holding")).toHaveLength(HELD_PER_RECIPIENT_MAX);
    expect(answers.at(-1)).toBe("full");
    expect(later).toBe("full");
    expect(carol.store.sealed.held.size).toBe(HELD_PER_RECIPIENT_MAX);
  });

  test("faster than the bucket of its sender fills, whomever it is for", () => {
    const { world, alice, bob, carol } = new Triangle({ more: ["dave"] });
    const to = [bob.id, world.person(3).id];
    world.disconnect(world.person(3), carol);
    const answers = Array.from({ length: 100 }, (_, i) => {
      return hold(world, alice, carol, to[i % 2] ?? bob.id, i);
    });
    world.pass(5_000);

    expect(answers.filter((one) => one === "holding")).toHaveLength(HOLDS_BURST);
    expect(hold(world, alice, carol, bob.id, 200)).toBe("holding");
  });

  /** What Carol's disk held when she started: so much from and for these. */
  function full(count: number, of: (i: number) => Partial<HeldEnvelope>) {
    const it = new Triangle({ more: ["dave"] });
    const dave = it.world.person(3).id;
    for (let i = 0; i < count; i++) {
      const id = envelopeIdOf(sha256(encodeUtf8(`held ${i}`)));
      const base = {
        id,
        sender: dave,
        recipient: dave,
        size: 1,
        wallMs: START,
        receipt: undefined,
      };
      it.carol.store.sealed.held.set(id, { ...base, ...of(i), envelope: new Uint8Array(1) });
    }
    it.world.restart(it.carol);
    it.meet(it.alice, it.carol);
    return hold(it.world, it.alice, it.carol, it.bob.id, 1);
  }
  const somebody = (i: number) => peerIdOf(sha256(encodeUtf8(`somebody ${i}`)));

  test.each([
    ["from one sender", HELD_PER_SENDER_MAX, () => ({ sender: new World("alice").person(0).id })],
    ["of all together", HELD_MAX, () => ({})],
  ] as const)("beyond the limit %s", (_what, limit, of) => {
    const spread = (i: number) => ({ recipient: somebody(i), sender: somebody(i), ...of() });

    expect(full(limit, spread)).toBe("full");
    expect(full(limit - 1, spread)).toBe("holding");
  });

  test("beyond the bytes of all together", () => {
    const size = ENVELOPE_BYTES_MAX;
    const count = Math.floor(HELD_BYTES_MAX / size);
    const spread = (i: number) => ({ recipient: somebody(i), sender: somebody(i), size });

    expect(full(count, spread)).toBe("holding");
    expect(full(count + 1, spread)).toBe("full");
  });
});
