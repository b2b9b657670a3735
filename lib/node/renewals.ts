import { equalBytes } from "../base/bytes.ts";
import type { Renewal } from "../wire/handshake.ts";

/** What renewing looks at of a session. */
export interface Renewable {
  readonly id: Uint8Array;
  readonly epoch: number;
}

/**
 * New keys count from the handshake's answer on one side and from its confirmation on the other, so
 * that one side may be an epoch ahead of the other and ask for the one after.
 */
const EPOCHS_AHEAD_MAX = 2;

/** Whether keys of this renewal may follow those that the session uses. PROTOCOL.md §4. */
export function follows(session: Renewable | undefined, renewal: Renewal): boolean {
  if (session === undefined || !equalBytes(session.id, renewal.session)) return false;
  const ahead = renewal.epoch - session.epoch;
  return ahead > 0 && ahead <= EPOCHS_AHEAD_MAX;
}

/** False for keys that renew a session which is no longer there, or has newer ones. */
export function isTimely(session: Renewable | undefined, renewal: Renewal | undefined): boolean {
  return renewal === undefined || follows(session, renewal);
}

/**
 * What the responder makes of what the initiator asks: the same, the epoch after where its own keys
 * are ahead, undefined for a new session where it does not have that one, and `stale` for a call
 * that the session has left behind.
 */
export function agree(
  session: Renewable | undefined,
  asked: Renewal | undefined,
): Renewal | undefined | "stale" {
  if (asked === undefined || session === undefined) return undefined;
  if (!equalBytes(session.id, asked.session)) return undefined;
  const epoch = Math.max(asked.epoch, session.epoch + 1);
  const agreed = { session: session.id, epoch };
  return epoch <= asked.epoch + 1 && follows(session, agreed) ? agreed : "stale";
}
