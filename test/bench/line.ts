import type { Address } from "../../lib/base/address.ts";

/** A way to another process as a program sees it: messages arrive there once and in order. */
export interface Line {
  /** False where there is no room: `App.onWritable` tells when there is again. */
  send(channel: number, message: Uint8Array): boolean;
  /** Bytes, or messages, of a channel that the other side has not acknowledged. */
  unacknowledged(channel: number): number;
}

/** What a program at one end of a line does. */
export interface App {
  onOpened(line: Line): void;
  onMessages(channel: number, messages: readonly Uint8Array[]): void;
  onWritable(channel: number): void;
}

/** What carries the lines of a process. */
export interface Host {
  readonly address: Address;
  /** Whatever is sent within the work leaves together, as far as the subject knows how to. */
  turn(work: () => void): void;
  close(): void;
}
