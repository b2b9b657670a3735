import { assert } from "../base/assert.ts";
import type { AckRange } from "../wire/frames.ts";

/** An ack-eliciting packet that is neither acknowledged nor lost. */
export interface SentPacket {
  readonly number: number;
  readonly sentAtMs: number;
  /** As the network carries it. */
  readonly bytes: number;
  readonly ranges: readonly StreamRange[];
  /** Highest packet number that this packet acknowledges, −1 if it acknowledges none. */
  readonly acknowledges: number;
}

/** Bytes `start` up to but not including `end` of a channel's stream. */
export interface StreamRange {
  readonly channel: number;
  readonly start: number;
  readonly end: number;
}

/** Packets in flight, oldest first. The window bounds how many there are. */
export class SentPackets {
  /** In the order of their numbers, because they are added in it. */
  readonly #packets = new Map<number, SentPacket>();
  #bytes = 0;
  #lastNumber = -1;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#packets.size === 0;
  }

  get oldest(): SentPacket | undefined {
    return this.#packets.values().next().value;
  }

  /** Removing the packet at hand while iterating is allowed. */
  [Symbol.iterator](): IterableIterator<SentPacket> {
    return this.#packets.values();
  }

  add(packet: SentPacket): void {
    assert(packet.number > this.#lastNumber, "packet numbers grow");
    this.#lastNumber = packet.number;
    this.#packets.set(packet.number, packet);
    this.#bytes += packet.bytes;
  }

  remove(packet: SentPacket): void {
    if (this.#packets.delete(packet.number)) this.#bytes -= packet.bytes;
  }

  clear(): void {
    this.#packets.clear();
    this.#bytes = 0;
  }

  /** Takes out what an acknowledgement covers, lowest number first. */
  takeAcked(descending: readonly AckRange[]): SentPacket[] {
    const acked: SentPacket[] = [];
    let at = descending.length - 1;
    for (const packet of this.#packets.values()) {
      while ((descending[at]?.last ?? Infinity) < packet.number) at -= 1;
      const range = descending[at];
      if (range === undefined) break;
      if (packet.number >= range.first) acked.push(packet);
    }
    for (const packet of acked) this.remove(packet);
    return acked;
  }
}
