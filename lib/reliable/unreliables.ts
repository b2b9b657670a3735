import type { Writer } from "../base/bytes.ts";
import { writeFrame } from "../wire/frames.ts";
import { UNRELIABLE_BYTES_MAX } from "../wire/limits.ts";

/** What ages is worth little when it waits: of more, the oldest is dropped. */
export const UNRELIABLES_MAX = 64;

/** Kind and length. */
const HEAD_BYTES = 3;

/** Datagrams that are sent once and never again (RFC 9221). */
export class Unreliables {
  #queue: Uint8Array[] = [];

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** False, and nothing queued, for more than UNRELIABLE_BYTES_MAX. */
  push(data: Uint8Array): boolean {
    if (data.length > UNRELIABLE_BYTES_MAX) return false;
    if (this.#queue.length >= UNRELIABLES_MAX) this.#queue.shift();
    this.#queue.push(data);
    return true;
  }

  /**
   * Writes as many as fit, oldest first, within `bytesMax` of the whole writer. One that not even
   * an empty packet has room for, on a path that carries very little, is dropped.
   */
  writeFrames(writer: Writer, bytesMax: number): void {
    for (let data = this.#queue[0]; data !== undefined; data = this.#queue[0]) {
      const bytes = HEAD_BYTES + data.length;
      if (bytes <= bytesMax) {
        if (writer.length + bytes > bytesMax) return;
        writeFrame(writer, { kind: "datagram", data });
      }
      this.#queue.shift();
    }
  }
}
