import type { PeerId } from "../base/ids.ts";
import { passedBytes } from "../wire/exchange.ts";
import { PASSED_BYTES_MAX } from "../wire/limits.ts";
import type { OutboxRow } from "./records.ts";
import type { Trust } from "./trusts.ts";

/** What one holder is being given for one recipient, envelope by envelope. */
export interface Offer {
  readonly recipient: PeerId;
  /** Where one's chain ended when it began. */
  readonly upTo: number;
  /** Rows up to this position were looked at. */
  position: number;
  /** The last seq of the last of them. */
  before: number;
  /** Sent, and not answered. */
  trust: Trust | undefined;
}

/** What goes into one envelope. */
export interface Letter {
  /** The last seq that waits before these, 0 where none does. */
  readonly after: number;
  readonly rows: readonly OutboxRow[];
}

/**
 * As many of the rows as one envelope has room for, in their order: what follows one another, so
 * that one signature is for all, and is not held yet. Moves the offer on behind them.
 */
export function takeLetter(
  offer: Offer,
  rows: readonly OutboxRow[],
  isHeld: (seq: number) => boolean,
): Letter | undefined {
  const taken: OutboxRow[] = [];
  let [after, bytes] = [0, 0];
  for (const row of rows) {
    const { seq, entries } = row.run;
    const size = passedBytes(row.bytes);
    if (taken.length > 0) {
      const goesOn = seq === offer.before + 1 && !isHeld(seq);
      if (!goesOn || bytes + size > PASSED_BYTES_MAX) break;
    } else after = offer.before;
    if (taken.length > 0 || !isHeld(seq)) {
      taken.push(row);
      bytes += size;
    }
    offer.before = seq + entries.length - 1;
    offer.position = row.position;
  }
  return taken.length === 0 ? undefined : { after, rows: taken };
}
