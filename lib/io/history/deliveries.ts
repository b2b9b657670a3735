import { idBytes, type PeerId } from "../../base/ids.ts";
import type { KeptState } from "../../chat/history.ts";
import { peerOf } from "../rows.ts";
import type { Statements } from "../statements.ts";
import type { KeptEntry } from "./keptrun.ts";

/** Runs whose states are remembered while a page is made: its messages share them. */
const REMEMBERED_MAX = 64;

/** Steps from recipient to recipient: the outbox is ordered by them. */
const SELECT_STATES = `
  WITH RECURSIVE waiting (peer) AS (
    SELECT min(recipient) FROM outbox
    UNION ALL
    SELECT (SELECT min(recipient) FROM outbox WHERE recipient > waiting.peer)
    FROM waiting WHERE waiting.peer IS NOT NULL
  )
  SELECT receipts.peer, 'delivered' AS state, NULL AS reason, reads.seq AS readTo FROM receipts
    LEFT JOIN reads ON reads.room = ?1 AND reads.author = ?2 AND reads.peer = receipts.peer
    WHERE receipts.room = ?1 AND receipts.author = ?2 AND receipts.seq = ?3
  UNION ALL SELECT peer, 'failed', reason, NULL FROM failures
    WHERE room = ?1 AND author = ?2 AND seq = ?3
  UNION ALL SELECT peer, 'queued', NULL, NULL FROM waiting
    JOIN outbox ON recipient = peer AND arrival = ?4`;

interface StateRow {
  readonly peer: Uint8Array;
  readonly state: KeptState["state"];
  readonly reason: string | null;
  readonly readTo: number | null;
}

/** What somebody answered to a run, and up to which seq they have read it. */
interface Answer extends KeptState {
  readonly readTo: number;
}

/** What became of one's own messages, as the disk has it. */
export class Deliveries {
  readonly #statements: Statements;
  readonly #me: PeerId;
  readonly #remembered = new Map<number, readonly Answer[]>();

  constructor(statements: Statements, me: PeerId) {
    this.#statements = statements;
    this.#me = me;
  }

  /** Undefined for somebody else's. */
  of(entry: KeptEntry): readonly KeptState[] | undefined {
    if (entry.author !== this.#me) return undefined;
    return this.#answersTo(entry).map(({ state, by, reason, readTo }) => {
      return { state: readTo >= entry.seq ? "read" : state, by, reason };
    });
  }

  #answersTo({ room, author, runSeq, runArrival }: KeptEntry): readonly Answer[] {
    const known = this.#remembered.get(runArrival);
    if (known !== undefined) return known;
    const run = [idBytes(room), idBytes(author), runSeq, runArrival] as const;
    const states = this.#statements
      .all<StateRow>(SELECT_STATES, ...run)
      .map(({ peer, state, reason, readTo }) => {
        return { state, by: peerOf(peer), reason, readTo: readTo ?? 0 };
      });
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(runArrival, states);
    return states;
  }
}
