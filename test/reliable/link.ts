import { decodeFrames, type Frame } from "../../lib/wire/frames.ts";
import { Reliable } from "../../lib/reliable/reliable.ts";
import { DATAGRAM_BYTES_BASE } from "../../lib/wire/limits.ts";
import { TRANSPORT_OVERHEAD_BYTES } from "../../lib/wire/packet.ts";

/** The frames of a full packet on a path that was not measured. */
export const PACKET_BYTES = DATAGRAM_BYTES_BASE - TRANSPORT_OVERHEAD_BYTES;

export interface ChannelMessage {
  readonly channel: number;
  readonly message: Uint8Array;
}

/** Far more than any test needs. */
const TURNS_MAX = 1_000_000;

export interface LinkOptions {
  readonly seed: number;
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Of 1. */
  readonly loss?: number;
  readonly duplication?: number;
  /** What both ends send at most, and what the path carries, as UDP payload. */
  readonly datagramBytesMax?: number;
  readonly pathBytes?: number;
}

/** A machine whose datagrams stay as large as they are on an unknown path. */
export function machineOf(now = 0): Reliable {
  return new Reliable({ now, datagramBytesMax: DATAGRAM_BYTES_BASE });
}

/** The frames of the next packet. */
export function framesAt(machine: Reliable, now: number, number: number): Frame[] | undefined {
  // What is polled is good until the next is.
  const bytes = machine.pollPacket(now, number)?.slice();
  return bytes && decodeFrames(bytes);
}

export function ackOf(first: number, last = first): Frame {
  return { kind: "ack", delayUs: 0, ranges: [{ first, last }] };
}

interface Datagram {
  readonly atMs: number;
  readonly to: End;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** One machine, what it heard, and what it sent. */
export class End {
  readonly machine: Reliable;
  readonly heard: ChannelMessage[] = [];
  readonly sentAtMs: number[] = [];
  /** As UDP payload, each. */
  readonly sentBytes: number[] = [];
  nextNumber = 0;
  violations = 0;

  constructor(now: number, datagramBytesMax: number) {
    this.machine = new Reliable({ now, datagramBytesMax });
  }

  /** What the user does with what came. */
  readonly take = (): void => {
    for (let next = this.machine.pollMessages(); next; next = this.machine.pollMessages()) {
      for (const message of next.messages) this.heard.push({ channel: next.channel, message });
    }
  };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PLAIN = {
  delayMs: 20,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  datagramBytesMax: DATAGRAM_BYTES_BASE,
  pathBytes: Infinity,
};

/** Two machines on a path that loses, delays, reorders and duplicates, in virtual time. */
export class Link {
  now = 0;
  /** Decides instead of chance whether a packet is lost. */
  drops: ((from: End, number: number, frames: readonly Frame[]) => boolean) | undefined;
  readonly ann: End;
  readonly bob: End;
  readonly #options: Required<LinkOptions>;
  readonly #random: () => number;
  readonly #underWay: Datagram[] = [];

  constructor(options: LinkOptions) {
    this.#options = { ...PLAIN, ...options };
    this.#random = seededRandom(options.seed);
    this.ann = new End(this.now, this.#options.datagramBytesMax);
    this.bob = new End(this.now, this.#options.datagramBytesMax);
  }

  /** Ends a turn of both: all that may leave now is under way. */
  flush(): void {
    this.#drain(this.ann, this.bob);
    this.#drain(this.bob, this.ann);
  }

  /** Lets time pass until nothing is armed or under way, or until `untilMs`. */
  run(untilMs: number): void {
    this.flush();
    for (let turn = 0; ; turn++) {
      if (turn > TURNS_MAX) throw new Error(`Never done: still busy at ${this.now} ms`);
      const dueAtMs = Math.min(this.#nextAtMs, this.#timerAtMs);
      if (dueAtMs > untilMs || dueAtMs === Infinity) break;
      this.now = Math.max(this.now, dueAtMs);
      this.#deliver();
      for (const end of [this.ann, this.bob]) {
        if (end.machine.pollTimeout() <= this.now) end.machine.handleTimeout(this.now);
      }
      this.flush();
    }
    if (untilMs !== Infinity) this.now = Math.max(this.now, untilMs);
  }

  get #timerAtMs(): number {
    return Math.min(this.ann.machine.pollTimeout(), this.bob.machine.pollTimeout());
  }

  get #nextAtMs(): number {
    return this.#underWay[0]?.atMs ?? Infinity;
  }

  #deliver(): void {
    while (this.#nextAtMs <= this.now) {
      const datagram = this.#underWay.shift();
      if (datagram === undefined) return;
      const { to, number, bytes } = datagram;
      const frames = decodeFrames(bytes) ?? [];
      if (to.machine.handlePacket(this.now, number, frames) === "violation") to.violations += 1;
      to.take();
    }
  }

  #drain(from: End, to: End): void {
    let bytes = from.machine.pollPacket(this.now, from.nextNumber);
    while (bytes !== undefined) {
      const number = from.nextNumber++;
      from.sentAtMs.push(this.now);
      from.sentBytes.push(bytes.length + TRANSPORT_OVERHEAD_BYTES);
      this.#carry(from, { atMs: 0, to, number, bytes: bytes.slice() });
      bytes = from.machine.pollPacket(this.now, from.nextNumber);
    }
  }

  #carry(from: End, datagram: Datagram): void {
    const { loss, duplication, delayMs, jitterMs, pathBytes } = this.#options;
    if (datagram.bytes.length + TRANSPORT_OVERHEAD_BYTES > pathBytes) return;
    const isDropped =
      this.drops === undefined
        ? this.#random() < loss
        : this.drops(from, datagram.number, decodeFrames(datagram.bytes) ?? []);
    if (isDropped) return;
    const copies = this.#random() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const atMs = this.now + delayMs + jitterMs * this.#random();
      // Most are the last to arrive.
      const before = this.#underWay.findLastIndex((other) => other.atMs <= atMs);
      this.#underWay.splice(before + 1, 0, { ...datagram, atMs });
    }
  }
}
