import type { Address } from "../base/address.ts";

/** A datagram that waits to be sent. */
export interface Pending {
  readonly to: Address;
  readonly bytes: Uint8Array;
  /** Hops after which it is dropped, where not the system's own. */
  readonly ttl?: number | undefined;
}

/** UDP_MAX_SEGMENTS of the kernels before 6.9. */
const SEGMENTS_MAX = 64;

/** What fits in one IPv4 packet, as which the kernel takes a run until it is cut: 65535 - 28. */
const RUN_BYTES_MAX = 65_507;

/** The kernel, the route or the device says that it does not cut. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(["EINVAL", "EIO", "EOPNOTSUPP"]);

/**
 * Generic segmentation offload: datagrams to one address, all of one length but the last, which may
 * be shorter, go through the kernel as one and are cut at its end. Half of what a datagram costs
 * the sender where four go together, a fifth where thirty do.
 */
export class Segmenter {
  readonly #setSegmentBytes: (bytes: number) => void;
  readonly #joined = new Uint8Array(RUN_BYTES_MAX);
  #isOff = false;

  constructor(setSegmentBytes: (bytes: number) => void) {
    this.#setSegmentBytes = setSegmentBytes;
  }

  /** How many from `start` on may leave together: 1 for only the one there. */
  runLength(batch: readonly Pending[], start: number): number {
    const first = batch[start];
    if (this.#isOff || first === undefined || first.bytes.length === 0) return 1;
    const size = first.bytes.length;
    const max = Math.min(SEGMENTS_MAX, Math.floor(RUN_BYTES_MAX / size));
    let count = 1;
    for (; count < max; count += 1) {
      const next = batch[start + count];
      if (next?.to !== first.to || next.ttl !== undefined || next.bytes.length !== size) break;
    }
    const last = batch[start + count];
    const isLast = last?.to === first.to && last.ttl === undefined;
    const hasShorter = isLast && last.bytes.length < size && last.bytes.length > 0;
    return hasShorter && count < max ? count + 1 : count;
  }

  /** Sends a run by `send`, whose answer it gives and whose errors it passes on. */
  sendRun(run: readonly Pending[], send: (joined: Uint8Array) => boolean): boolean {
    let length = 0;
    for (const { bytes } of run) {
      this.#joined.set(bytes, length);
      length += bytes.length;
    }
    this.#setSegmentBytes(run[0]?.bytes.length ?? 0);
    try {
      return send(this.#joined.subarray(0, length));
    } finally {
      this.#setSegmentBytes(0);
    }
  }

  /**
   * A run met an error and its datagrams left one by one: where the error says so, cutting is what
   * cannot be done, now or later.
   */
  handleRefused(code: string | undefined): void {
    if (REFUSALS.has(code)) this.#isOff = true;
  }
}
