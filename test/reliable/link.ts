import { decodeFrames, type Frame } from "../../lib/wire/frames.ts";
import { Reliable } from "../../lib/reliable/reliable.ts";

/** With the 29 of header and tag that a session adds, 1200. */
export const PACKET_BYTES = 1171;

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
  nextNumber = 0;
  violations = 0;

  constructor(now: number) {
    this.machine = new Reliable({ now, datagramBytesMax: 1200 });
  }
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
    this.#options = { delayMs: 20, jitterMs: 0, loss: 0, duplication: 0, ...options };
    this.#random = seededRandom(options.seed);
    this.ann = new End(this.now);
    this.bob = new End(this.now);
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
      for (let heard = to.machine.pollMessages(); heard; heard = to.machine.pollMessages()) {
        const { channel, messages } = heard;
        for (const message of messages) to.heard.push({ channel, message });
      }
    }
  }

  #drain(from: End, to: End): void {
    let bytes = from.machine.pollPacket(this.now, from.nextNumber);
    while (bytes !== undefined) {
      const number = from.nextNumber++;
      from.sentAtMs.push(this.now);
      this.#carry(from, { atMs: 0, to, number, bytes });
      bytes = from.machine.pollPacket(this.now, from.nextNumber);
    }
  }

  #carry(from: End, datagram: Datagram): void {
    const { loss, duplication, delayMs, jitterMs } = this.#options;
    const isDropped =
      this.drops === undefined
        ? this.#random() < loss
        : this.drops(from, datagram.number, decodeFrames(datagram.bytes) ?? []);
    if (isDropped) return;
    const copies = this.#random() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const atMs = this.now + delayMs + jitterMs * this.#random();
      const later = this.#underWay.findIndex((other) => other.atMs > atMs);
      const place = later === -1 ? this.#underWay.length : later;
      this.#underWay.splice(place, 0, { ...datagram, atMs });
    }
  }
}
