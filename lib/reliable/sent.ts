import { assert } from "../base/assert.ts";
import type { AckRange } from "../wire/frames.ts";

/** An ack-eliciting packet that is neither acknowledged nor lost. */
export interface SentPacket {
  readonly number: number;
  /** Its place among all packets that were sent to be acknowledged, without gaps. */
  readonly ordinal: number;
  readonly sentAtMs: number;
  /** As a UDP datagram's payload. */
  readonly bytes: number;
  readonly ranges: readonly StreamRange[];
  /** Highest packet number that this packet acknowledges, −1 if it acknowledges none. */
  readonly acknowledges: number;
  /** The windows that it tells of, a bit for each. */
  readonly windows: number;
  /** Whether it only tries out its size, RFC 8899. */
  readonly isMtuProbe: boolean;
}

/** Bytes `start` up to but not including `end` of a channel's stream. */
export interface StreamRange {
  readonly channel: number;
  readonly start: number;
  readonly end: number;
}

/** Nothing is ever put in here: a session that rests has nothing in flight. */
const NONE: never[] = [];

/** A row is moved up when it begins with so many empty places. */
const EMPTY_MAX = 256;

/**
 * Packets in flight in the order of their numbers. The congestion window bounds how many there are.
 * A packet taken out of the middle leaves an empty place until those before it are gone.
 */
export class SentPackets {
  #row: (SentPacket | undefined)[] = NONE;
  #first = 0;
  #bytes = 0;
  #lastNumber = -1;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#first === this.#row.length;
  }

  get oldest(): SentPacket | undefined {
    return this.#row[this.#first];
  }

  add(packet: SentPacket): void {
    assert(packet.number > this.#lastNumber, "packet numbers grow");
    this.#lastNumber = packet.number;
    if (this.#row === NONE) this.#row = [];
    this.#row.push(packet);
    this.#bytes += packet.bytes;
  }

  /** Places to look at: from `first` up to but not including `end`. */
  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#row.length;
  }

  /** Undefined for a place that is empty. */
  at(place: number): SentPacket | undefined {
    return this.#row[place];
  }

  /** Takes out what an acknowledgement covers, lowest number first. */
  takeAcked(descending: readonly AckRange[]): SentPacket[] {
    const acked: SentPacket[] = [];
    let r = descending.length - 1;
    for (let place = this.#first; place < this.#row.length; place++) {
      const packet = this.#row[place];
      if (packet === undefined) continue;
      while ((descending[r]?.last ?? Infinity) < packet.number) r -= 1;
      const range = descending[r];
      if (range === undefined) break;
      if (packet.number >= range.first) acked.push(this.#take(place, packet));
    }
    this.#skipEmpty();
    return acked;
  }

  /**
   * Takes out, lowest number first, those up to the number `largest` whose place is at most
   * `ordinalMax` or which have been under way for `waitMs`.
   */
  takeLost(now: number, largest: number, ordinalMax: number, waitMs: number): SentPacket[] {
    const lost: SentPacket[] = [];
    for (let place = this.#first; place < this.#row.length; place++) {
      const packet = this.#row[place];
      if (packet === undefined) continue;
      if (packet.number > largest) break;
      // In this form, because a timer is set to the sum: rounding must not make them differ.
      const isLost = packet.ordinal <= ordinalMax || packet.sentAtMs + waitMs <= now;
      if (isLost) lost.push(this.#take(place, packet));
    }
    this.#skipEmpty();
    return lost;
  }

  takeMtuProbes(): SentPacket[] {
    const probes: SentPacket[] = [];
    for (let place = this.#first; place < this.#row.length; place++) {
      const packet = this.#row[place];
      if (packet?.isMtuProbe === true) probes.push(this.#take(place, packet));
    }
    this.#skipEmpty();
    return probes;
  }

  takeAll(): SentPacket[] {
    const all = this.#row.filter((packet) => packet !== undefined);
    this.#row = NONE;
    this.#first = 0;
    this.#bytes = 0;
    return all;
  }

  #take(place: number, packet: SentPacket): SentPacket {
    this.#row[place] = undefined;
    this.#bytes -= packet.bytes;
    return packet;
  }

  #skipEmpty(): void {
    while (this.#first < this.#row.length && this.#row[this.#first] === undefined) this.#first += 1;
    if (this.#first === this.#row.length) this.#row = NONE;
    else if (this.#first < EMPTY_MAX) return;
    else this.#row.splice(0, this.#first);
    this.#first = 0;
  }
}
