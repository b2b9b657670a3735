import { expect, test } from "bun:test";
import { CLOSE_CODES, type Session } from "../../lib/session/session.ts";
import { seededRandom } from "../reliable/link.ts";
import { epochsOf, events, give, type Pair, pairOf, poll, settle } from "./pair.ts";

const SEEDS = 4;
const DELAY_MS = 10;

interface UnderWay {
  readonly atMs: number;
  readonly to: Session;
  readonly bytes: Uint8Array;
}

/** Both sides talk without end over a path of 20 ms, in virtual time. */
class Flood {
  now = 0;
  readonly pair: Pair = pairOf();
  /** By who heard it: the first byte of each message, in order. */
  readonly heard = new Map<Session, number[]>([
    [this.pair.ann, []],
    [this.pair.bob, []],
  ]);
  readonly sent = new Map<Session, number>();
  datagrams = 0;
  /** Keeps packets from being delivered in the order in which they were sent. */
  jitterMs: () => number = () => 0;
  #underWay: UnderWay[] = [];

  run(untilMs: number, isTalking = true): void {
    for (; this.now < untilMs; this.now += 1) {
      const { ann, bob } = this.pair;
      for (const session of [ann, bob]) {
        if (isTalking) this.#talk(session);
        session.handleTimeout(this.now);
        this.#send(session, session === ann ? bob : ann);
      }
      const due = this.#underWay.filter(({ atMs }) => atMs <= this.now);
      this.#underWay = this.#underWay.filter(({ atMs }) => atMs > this.now);
      for (const { to, bytes } of due.toSorted((a, b) => a.atMs - b.atMs)) this.#deliver(to, bytes);
    }
  }

  #talk(session: Session): void {
    for (;;) {
      const count = this.sent.get(session) ?? 0;
      const message = new Uint8Array(3000).fill(count % 256);
      if (!session.send(1, message)) return;
      this.sent.set(session, count + 1);
    }
  }

  #send(from: Session, to: Session): void {
    for (const bytes of poll(from, this.now)) {
      this.datagrams += 1;
      this.#underWay.push({ atMs: this.now + DELAY_MS + this.jitterMs(), to, bytes });
    }
  }

  #deliver(to: Session, bytes: Uint8Array): void {
    give(to, bytes, this.now);
    for (const event of events(to)) {
      if (event.kind === "closed") throw new Error(`Closed: ${event.reason}`);
      if (event.kind !== "messages") continue;
      for (const message of event.messages) this.heard.get(to)?.push(message[0] ?? -1);
    }
  }
}

test("every datagram is one buffer of just its size", () => {
  const { ann, bob } = pairOf();
  ann.send(1, new Uint8Array(5000));
  ann.ping();
  const data = poll(ann);
  for (const bytes of data) give(bob, bytes);
  const acks = poll(bob, 50);
  const probes = [
    ann.sealProbe([]),
    ann.sealProbe([{ kind: "path-challenge", data: new Uint8Array(8) }]),
  ];
  ann.close(CLOSE_CODES.done, "left");
  const farewell = poll(ann);

  const all = [...data, ...acks, ...probes, ...farewell];

  expect(all.length).toBeGreaterThan(7);
  for (const bytes of all) expect(bytes?.buffer.byteLength).toBe(bytes?.length ?? -1);
  expect(new Set(all.map((bytes) => bytes?.buffer)).size).toBe(all.length);
});

test("keys renewed amid a flood from both sides lose nothing and repeat nothing", () => {
  const plain = new Flood();
  const renewed = new Flood();

  for (const flood of [plain, renewed]) {
    for (let number = 1; number <= 4; number++) {
      flood.run(number * 60);
      if (flood === renewed) renewBoth(flood, number);
    }
    flood.run(300);
    flood.run(1000, false);
  }

  for (const { pair, heard, sent } of [plain, renewed]) {
    const { ann, bob } = pair;
    expect(heard.get(bob)).toEqual(countedTo(sent.get(ann) ?? 0));
    expect(heard.get(ann)).toEqual(countedTo(sent.get(bob) ?? 0));
    expect(ann.unacknowledgedSince).toBe(Infinity);
  }
  expect(renewed.pair.ann.epoch).toBe(4);
  expect(renewed.heard.get(renewed.pair.bob)?.length).toBeGreaterThan(300);
  expect(Math.abs(renewed.datagrams - plain.datagrams)).toBeLessThan(plain.datagrams / 50);
});

test("nor where packets overtake one another across the renewal, and sides take turns", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed);
    const flood = new Flood();
    flood.jitterMs = () => (random() < 0.02 ? 8 : 0);
    const { ann, bob } = flood.pair;

    for (let number = 1; number <= 3; number++) {
      flood.run(number * 50);
      const epochs = epochsOf(number, flood.now);
      // The responder has the keys first, and seals under them before the other knows.
      bob.renew(epochs.bob);
      flood.run(flood.now + 5);
      ann.renew(epochs.ann);
    }
    flood.run(200);
    flood.run(1500, false);

    const context = `seed ${seed}`;
    expect(flood.heard.get(bob), context).toEqual(countedTo(flood.sent.get(ann) ?? 0));
    expect(flood.heard.get(ann), context).toEqual(countedTo(flood.sent.get(bob) ?? 0));
    expect(ann.epoch, context).toBe(3);
  }
});

test("a close comes after all that left before it, and waits for what may leave at once", () => {
  const { ann, bob } = pairOf();
  const messages = [1, 2, 3].map((value) => new Uint8Array(2000).fill(value));
  for (const message of messages) ann.send(1, message);

  ann.close(CLOSE_CODES.done, "left");
  for (const bytes of poll(ann)) give(bob, bytes);

  expect(events(bob)).toEqual([
    { kind: "messages", channel: 1, messages },
    { kind: "closed", code: CLOSE_CODES.done, reason: "left" },
  ]);
});

test("a paused channel's messages wait, and nothing else does", () => {
  const both = pairOf();
  const { ann, bob } = both;
  const data = new Uint8Array(8);
  bob.setPaused(2, true);
  ann.send(2, Uint8Array.of(2));
  ann.send(1, Uint8Array.of(1));
  ann.sendUnreliable(data);
  settle(both);

  expect(events(bob)).toEqual([
    { kind: "messages", channel: 1, messages: [Uint8Array.of(1)] },
    { kind: "datagram", data },
  ]);
  expect(events(bob)).toEqual([]);
  bob.setPaused(2, false);
  expect(events(bob)).toEqual([{ kind: "messages", channel: 2, messages: [Uint8Array.of(2)] }]);
});

function renewBoth({ pair, now }: Flood, number: number): void {
  const epochs = epochsOf(number, now);
  pair.ann.renew(epochs.ann);
  pair.bob.renew(epochs.bob);
}

function countedTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i % 256);
}
