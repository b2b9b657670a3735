import { expect, test } from "bun:test";
import { Writer } from "../../lib/base/bytes.ts";
import { Epoch } from "../../lib/session/epoch.ts";
import { CLOSE_CODES, Session } from "../../lib/session/session.ts";
import { type Frame, writeFrame } from "../../lib/wire/frames.ts";
import { OLD_KEY_MS, REKEY_PACKETS, TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import {
  epochsOf,
  events,
  give,
  type Pair,
  pairOf,
  poll,
  settle,
  transport,
  withEpochs,
} from "./pair.ts";

const DATA = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const message = (text: string) => new TextEncoder().encode(text);

test("messages arrive once, in order, and are acknowledged", () => {
  const both = pairOf();

  for (const text of ["one", "two", "three"]) both.ann.send(1, message(text));
  settle(both);

  const messages = ["one", "two", "three"].map(message);
  expect(events(both.bob)).toEqual([{ kind: "messages", channel: 1, messages }]);
  expect(both.ann.unacknowledgedSince).toBe(Infinity);
  expect(both.ann.pollTimeout()).toBe(Infinity);
});

test("small messages of one turn share a datagram", () => {
  const { ann } = pairOf();

  for (let i = 0; i < 20; i++) ann.send(1, message("hello"));

  expect(poll(ann)).toHaveLength(1);
});

test("no packet is smaller than a path challenge, and a challenge is no larger", () => {
  const { ann, bob } = pairOf();
  ann.ping();
  const [ping] = poll(ann);
  give(bob, ping);
  const [ack] = poll(bob);

  for (const bytes of [ping, ack, ann.sealProbe([])]) {
    expect(bytes?.length).toBeGreaterThanOrEqual(TRANSPORT_BYTES_MIN);
  }
  for (const kind of ["path-challenge", "path-response"] as const) {
    expect(ann.sealProbe([{ kind, data: DATA }])).toHaveLength(TRANSPORT_BYTES_MIN);
  }
});

test("probes reach the other side as they are, and numbers stay in order around them", () => {
  const both = pairOf();
  const { ann, bob } = both;

  ann.send(1, message("before"));
  const [before] = poll(ann);
  const challenge = ann.sealProbe([{ kind: "path-challenge", data: DATA }]);
  const keepalive = ann.sealProbe([]);
  ann.send(1, message("after"));
  const [after] = poll(ann);
  for (const bytes of [before, challenge, keepalive, after]) expect(give(bob, bytes)).toBe(true);
  settle(both);

  expect(events(bob).map(({ kind }) => kind)).toEqual(["messages", "path-challenge"]);
  expect(ann.unacknowledgedSince).toBe(Infinity);
  expect(events(ann)).toEqual([]);
});

test("one word of a session is heard ahead of its streams, and asks for nothing", () => {
  const { ann, bob } = pairOf();

  for (const text of ["hello", "again"]) {
    give(bob, ann.sealProbe([{ kind: "word", data: message(text) }]));
  }

  expect(events(bob)).toEqual([{ kind: "word", data: message("hello") }]);
  expect(bob.pollTimeout()).toBe(Infinity);
});

test("a session whose keys sealed a packet before goes on after it", () => {
  const { ann: annsEpoch, bob: bobsEpoch } = epochsOf(0);
  const options = { hash: new Uint8Array(32), rttMs: 20, datagramBytesMax: 1200 };
  const word = new Epoch(annsEpoch).seal(Uint8Array.of(9, 1, 7));
  const ann = new Session({ ...options, epoch: { ...annsEpoch, sealed: 1 } });
  const both = { ann, bob: new Session({ ...options, epoch: bobsEpoch }) };

  expect(give(both.bob, word)).toBe(true);
  // The acknowledgement is of the word's number too.
  both.bob.send(1, message("what?"));
  settle(both);
  both.ann.send(1, message("once more"));
  settle(both);

  expect(events(ann)).toEqual([{ kind: "messages", channel: 1, messages: [message("what?")] }]);
  expect(events(both.bob)).toEqual([
    { kind: "messages", channel: 1, messages: [message("once more")] },
    { kind: "word", data: Uint8Array.of(7) },
  ]);
});

test("a proof goes with every packet until one comes that is more than a word", () => {
  const { ann: annsEpoch, bob: bobsEpoch } = epochsOf(0);
  const options = { hash: new Uint8Array(32), rttMs: 20, datagramBytesMax: 1200 };
  const bob = new Session({ ...options, epoch: bobsEpoch });
  const ann = new Session({ ...options, epoch: { ...annsEpoch, proof: DATA } });
  const proofs = (packets: readonly (Uint8Array | undefined)[]) => {
    for (const packet of packets) give(bob, packet);
    return events(bob).filter(({ kind }) => kind === "path-response");
  };
  const proof = { kind: "path-response", data: DATA } as const;

  ann.ping();
  expect(proofs([...poll(ann), ann.sealProbe([])])).toEqual([proof, proof]);
  const word = transport(bob.sealProbe([{ kind: "word", data: message("hello") }]));
  const heard = ann.receive(0, word.receiver, word.counter, word.sealed);
  // What is sent there for it would be longer than the shortest word.
  expect(heard).toEqual({ isWhereItIs: false });
  ann.send(1, new Uint8Array(5_000));
  const full = poll(ann);
  expect(full.map(({ length }) => length).filter((length) => length > 1_190)).toHaveLength(4);
  expect(Math.max(...full.map(({ length }) => length))).toBeLessThanOrEqual(1_200);
  expect(proofs(full)).toEqual(full.map(() => proof));
  for (const packet of poll(bob)) give(ann, packet);
  ann.ping();
  expect(proofs(poll(ann))).toEqual([]);
});

test("the latest packet tells where the peer is, unless it probes a path", () => {
  const { ann, bob } = pairOf();
  const where = (bytes: Uint8Array | undefined) => {
    const { receiver, counter, sealed: body } = transport(bytes);
    return bob.receive(0, receiver, counter, body)?.isWhereItIs;
  };
  const early = ann.sealProbe([]);
  const keepalive = ann.sealProbe([]);
  ann.ping();
  const [ping] = poll(ann);

  expect([where(keepalive), where(early), where(ping)]).toEqual([true, false, true]);
  for (const kind of ["path-challenge", "path-response"] as const) {
    expect(where(ann.sealProbe([{ kind, data: DATA }]))).toBe(false);
  }
});

test("closing tells the peer once, after everything that was said", () => {
  const { ann, bob } = pairOf();
  ann.send(1, message("goodbye"));
  const said = poll(ann);

  ann.close(CLOSE_CODES.done, "left");
  ann.close(CLOSE_CODES.violation, "again");
  const last = poll(ann);
  for (const bytes of [...said, ...last]) give(bob, bytes);

  expect(last).toHaveLength(1);
  expect(events(ann)).toEqual([{ kind: "closed", code: CLOSE_CODES.done, reason: "left" }]);
  expect(events(bob)).toEqual([
    { kind: "messages", channel: 1, messages: [message("goodbye")] },
    { kind: "closed", code: CLOSE_CODES.done, reason: "left" },
  ]);
  for (const session of [ann, bob]) {
    expect(session.isOpen).toBe(false);
    expect(session.send(1, message("more"))).toBe(false);
    expect(session.sealProbe([])).toBeUndefined();
    expect(session.pollTimeout()).toBe(Infinity);
    expect(poll(session)).toEqual([]);
  }
});

test.each<[string, Uint8Array]>([
  ["a frame cut short", Uint8Array.of(3, 40, 1)],
  ["an acknowledgement of nothing", Uint8Array.of(2, 1, 0)],
  ["a channel that is none", frame({ kind: "stream", channel: 9, offset: 0, data: DATA })],
  ["data beyond the window", frame({ kind: "stream", channel: 1, offset: 2 ** 40, data: DATA })],
  ["an acknowledgement of what was never sent", ackOf(77)],
])("%s closes the session, and the peer is told", (_, frames) => {
  const { ann, bob } = pairOf();

  give(bob, sealed(frames));
  const farewell = poll(bob);

  expect(events(bob)).toMatchObject([{ kind: "closed", code: CLOSE_CODES.violation }]);
  expect(farewell).toHaveLength(1);
  give(ann, farewell[0]);
  expect(events(ann)).toMatchObject([{ kind: "closed", code: CLOSE_CODES.violation }]);
});

test("frames of unknown kinds are passed over", () => {
  const { bob } = pairOf();
  const known = frame({ kind: "path-challenge", data: DATA });

  give(bob, sealed(Uint8Array.of(0, 0, 99, 3, 1, 2, 3, ...known, 0, 1, 0)));

  expect(events(bob)).toEqual([{ kind: "path-challenge", data: DATA }]);
  expect(bob.isOpen).toBe(true);
});

test("old keys open what is under way for 30 s, and then their index is free", () => {
  const both = pairOf();
  const { ann, bob } = both;
  ann.send(1, message("under way"));
  ann.send(2, message("late"));
  const [early] = poll(ann);
  const late = ann.sealProbe([]);

  renew(both, 1, 1_000);
  expect([ann.localIndices, bob.localIndices]).toEqual([
    [101, 100],
    [201, 200],
  ]);
  expect(give(bob, early, 1_000)).toBe(true);
  ann.send(1, message("under new keys"));
  settle(both, 1_001);

  bob.handleTimeout(1_000 + OLD_KEY_MS - 1);
  expect(bob.localIndices).toEqual([201, 200]);
  expect(bob.pollTimeout()).toBe(1_000 + OLD_KEY_MS);
  bob.handleTimeout(1_000 + OLD_KEY_MS);
  expect(give(bob, late, 1_000 + OLD_KEY_MS)).toBe(false);
  expect(bob.localIndices).toEqual([201]);
  const [onOne, onTwo, retired] = events(bob);
  const messages = [message("under way"), message("under new keys")];
  expect(onOne).toEqual({ kind: "messages", channel: 1, messages });
  expect(onTwo).toEqual({ kind: "messages", channel: 2, messages: [message("late")] });
  expect(retired).toEqual({ kind: "retired", localIndex: 200 });
  expect(ann.unacknowledgedSince).toBe(Infinity);
});

test("one side may seal under new keys before the other has them", () => {
  const { ann, bob } = pairOf();
  ann.send(1, message("first"));
  ann.renew(epochsOf(1, 10).ann);
  const [first] = poll(ann, 10);

  expect(give(bob, first, 10)).toBe(false);
  bob.renew(epochsOf(1, 20).bob);
  expect(give(bob, first, 20)).toBe(true);
  expect(events(bob)).toEqual([{ kind: "messages", channel: 1, messages: [message("first")] }]);
});

test("keys renewed twice within 30 s leave no more than one old set behind", () => {
  const both = pairOf();

  renew(both, 1, 0);
  renew(both, 2, 1);

  expect(both.ann.localIndices).toEqual([102, 101]);
  expect(events(both.ann)).toEqual([{ kind: "retired", localIndex: 100 }]);
});

test("a packet that came under old keys is never the latest", () => {
  const both = pairOf();
  const old = transport(both.ann.sealProbe([]));
  renew(both, 1, 0);
  const fresh = transport(both.ann.sealProbe([]));

  const { ann, bob } = both;
  expect(bob.receive(0, old.receiver, old.counter, old.sealed)).toEqual({ isWhereItIs: false });
  expect(bob.receive(0, fresh.receiver, fresh.counter, fresh.sealed)).toEqual({
    isWhereItIs: true,
  });
  expect(ann.epoch).toBe(1);
});

test("after 2^20 packets keys are to be renewed", () => {
  const { ann } = pairOf();

  const before = withEpochs("sealed", REKEY_PACKETS - 1, () => ann.isWellUsed);
  const after = withEpochs("sealed", REKEY_PACKETS, () => ann.isWellUsed);

  expect([before, after]).toEqual([false, true]);
});

test("a session whose keys are worn out seals nothing more and is over", () => {
  const { ann } = pairOf();
  ann.send(1, message("too late"));

  withEpochs("isWornOut", true, () => {
    expect(ann.sealProbe([])).toBeUndefined();
    expect(poll(ann)).toEqual([]);
  });

  expect(events(ann)).toMatchObject([{ kind: "closed", code: CLOSE_CODES.worn }]);
});

test("a wiped session takes and sends nothing", () => {
  const { ann, bob } = pairOf();
  ann.send(1, message("hello"));
  const [hello] = poll(ann);

  bob.wipe();

  expect(give(bob, hello)).toBe(false);
  expect(bob.send(1, message("hello"))).toBe(false);
  expect(bob.sealProbe([])).toBeUndefined();
});

function renew({ ann, bob }: Pair, number: number, now: number): void {
  const epochs = epochsOf(number, now);
  ann.renew(epochs.ann);
  bob.renew(epochs.bob);
}

function frame(one: Frame): Uint8Array {
  const writer = new Writer();
  writeFrame(writer, one);
  return writer.finish();
}

function ackOf(last: number): Uint8Array {
  return frame({ kind: "ack", delayUs: 0, ranges: [{ first: 0, last }] });
}

/** A packet of Ann's with just these frames, well formed or not. */
function sealed(frames: Uint8Array): Uint8Array {
  return new Epoch(epochsOf(0).ann).seal(frames);
}
