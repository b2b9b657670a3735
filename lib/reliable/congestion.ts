import type { Rtt } from "./rtt.ts";

/** RFC 9002 §7.2: datagrams that may be in flight before anything is known of the path. */
const INITIAL_WINDOW_DATAGRAMS = 10;
const INITIAL_WINDOW_BYTES_MAX = 14_720;

/** RFC 9002 §7.2: a window never is smaller, so that one loss leaves another packet to show it. */
const MINIMUM_WINDOW_DATAGRAMS = 2;

/** 8 MiB: a gigabit per second over 67 ms. Beyond it a sender's memory counts for more. */
export const WINDOW_BYTES_MAX = 2 ** 23;

/** A packet that was in flight until it was acknowledged or lost. */
export interface InFlightPacket {
  readonly number: number;
  readonly sentAtMs: number;
  /** As the network carries it. */
  readonly bytes: number;
}

/** Decides how much may be in flight on one path. Each fact is told once, in the order of time. */
export interface CongestionController {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;

  /** Whether the window still doubles every round trip. */
  readonly isInSlowStart: boolean;

  onSent(now: number, packetNumber: number): void;

  /**
   * `isWindowUsed`: the window, not the application or flow control, was what limited sending
   * (RFC 9002 §7.8).
   */
  onAcked(now: number, packet: InFlightPacket, rtt: Rtt, isWindowUsed: boolean): void;

  /** Told of each lost packet; the window shrinks once for all that were in flight together. */
  onLost(now: number, packet: InFlightPacket): void;

  /** After `onLost` of the packets that show it (RFC 9002 §7.6). */
  onPersistentCongestion(now: number): void;

  /**
   * A packet that `onLost` was told of has arrived after all. Once all losses of the last
   * reduction are taken back, so is the reduction.
   */
  onSpuriousLoss(now: number, packetNumber: number): void;

  /** The path carries datagrams of this size now. */
  onDatagramSize(bytes: number): void;
}

export function initialWindowBytes(datagramBytes: number): number {
  const floorBytes = Math.max(INITIAL_WINDOW_BYTES_MAX, 2 * datagramBytes);
  return Math.min(INITIAL_WINDOW_DATAGRAMS * datagramBytes, floorBytes);
}

export function minimumWindowBytes(datagramBytes: number): number {
  return MINIMUM_WINDOW_DATAGRAMS * datagramBytes;
}
