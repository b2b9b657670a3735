import type { ErrorCode } from "../node/events.ts";

/** What the program's end says to the shell that started it. They never change. */
export const EXIT = {
  /** Of a one-shot: every recipient's device has it. */
  done: 0,
  failure: 1,
  usage: 2,
  /** No server, and no other way to the peer. */
  noServer: 3,
  /** No such peer or room, or the name is ambiguous. */
  noPeer: 4,
  /** Introduced, but no path; kept in the outbox. */
  noPath: 5,
  untrusted: 6,
  refused: 7,
  /** Kept in the outbox, not delivered within the timeout. */
  queued: 8,
  /** A doctor's check failed. */
  findings: 9,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

const CODES: Readonly<Record<ErrorCode, number>> = {
  USAGE: EXIT.usage,
  NO_SERVER: EXIT.noServer,
  NO_PEER: EXIT.noPeer,
  AMBIGUOUS: EXIT.noPeer,
  NO_PATH: EXIT.noPath,
  UNTRUSTED: EXIT.untrusted,
  REFUSED: EXIT.refused,
  QUEUED: EXIT.queued,
  INTERNAL: EXIT.failure,
};

export function exitCodeOf(code: ErrorCode): number {
  return CODES[code];
}
