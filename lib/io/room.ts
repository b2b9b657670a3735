import { ptr } from "bun:ffi";
import { lazyLibc } from "./libc.ts";

/** Numbers of <poll.h>. */
const POLLOUT = 0x4;
/** POLLERR, POLLHUP and POLLNVAL: the next write tells which. */
const POLL_BROKEN = 0x8 | 0x10 | 0x20;

/** Number of <fcntl.h> for Linux. */
const F_SETPIPE_SZ = 1031;

/** What a pipe is made to hold: as much as Linux allows everybody. */
export const PIPE_BYTES = 2 ** 20;

/** Linux calls a pipe writable when it has a whole page free: that much does not block. */
const PIPE_WRITE_BYTES = 4096;

/** A terminal's room comes in steps of 256 bytes, and a line feed takes two. */
const TERMINAL_WRITE_BYTES = 128;

/**
 * What a write does now: `free` takes as much as `writeBytesOf` says, `full` blocks, `broken`
 * fails, and `unknown` is said where the system cannot be asked. It holds until somebody else
 * writes to the same pipe.
 */
export type Room = "free" | "full" | "broken" | "unknown";

/** Not `isatty` of node:tty: to load that takes as long as an empty program takes to start. */
const symbolsOfLibc = lazyLibc({
  poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i64"], returns: "i32" },
  isatty: { args: ["i32"], returns: "i32" },
});

/** O_NONBLOCK would be simpler, and would change the terminal for the shell that lent it to us. */
export function roomOf(fd: number): Room {
  const symbols = symbolsOfLibc();
  if (symbols === undefined) return "unknown";
  // struct pollfd: the descriptor; the events asked for and, in the upper half, those there are.
  const entry = new Int32Array([fd, POLLOUT]);
  if (symbols.poll(ptr(entry), 1, 0) < 0) return "unknown";
  const events = (entry[1] ?? 0) >>> 16;
  if ((events & POLL_BROKEN) !== 0) return "broken";
  return (events & POLLOUT) === 0 ? "full" : "free";
}

/**
 * A line feed that leaves together with its mark takes a page of a pipe to itself: of the 64 KiB
 * that are usual, eight messages. Does nothing to what is no pipe, or where it may not.
 */
export function enlargePipe(fd: number): void {
  symbolsOfLibc()?.fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

/** How much a descriptor that is `free` takes without blocking. */
export function writeBytesOf(fd: number): number {
  return symbolsOfLibc()?.isatty(fd) === 1 ? TERMINAL_WRITE_BYTES : PIPE_WRITE_BYTES;
}
