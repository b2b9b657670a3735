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
  SELECT receipts.peer, 'delivered' AS state, NULL AS reason, reads.seq AS readTo,
    NULL AS holder FROM receipts
    LEFT JOIN reads ON reads.room = ?1 AND reads.author = ?2 AND reads.peer = receipts.peer
    WHERE receipts.room = ?1 AND receipts.author = ?2 AND receipts.seq = ?3
  UNION ALL SELECT peer, 'failed', reason, NULL, NULL FROM failures
    WHERE room = ?1 AND author = ?2 AND seq = ?3
  UNION ALL SELECT DISTINCT peer, 'queued', NULL, NULL, holder FROM waiting
    JOIN outbox ON outbox.recipient = peer AND outbox.arrival = ?4
    LEFT JOIN entrusted ON entrusted.recipient = peer AND entrusted.arrival = ?4`;

interface StateRow {
  readonly peer: Uint8Array;
  readonly state: KeptState["state"];
  readonly reason: string | null;
  readonly readTo: number | null;
  readonly holder: Uint8Array | null;
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
    return this.#answersTo(entry).map((answer) => stateOf(answer, entry.seq));
  }

  #answersTo({ room, author, runSeq, runArrival }: KeptEntry): readonly Answer[] {
    const known = this.#remembered.get(runArrival);
    if (known !== undefined) return known;
    const run = [idBytes(room), idBytes(author), runSeq, runArrival] as const;
    const states = answersIn(this.#statements.all<StateRow>(SELECT_STATES, ...run));
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(runArrival, states);
    return states;
  }
}

function stateOf({ state, by, reason, heldBy, readTo }: Answer, seq: number): KeptState {
  const held = heldBy === undefined ? {} : { heldBy };
  return { state: readTo >= seq ? "read" : state, by, reason, ...held };
}

/** One for each person: who holds what waits for them has rows of their own. */
function answersIn(rows: readonly StateRow[]): readonly Answer[] {
  const answers = new Map<PeerId, Answer>();
  for (const { peer, state, reason, readTo, holder } of rows) {
    const by = peerOf(peer);
    const held =
      holder === null ? {} : { heldBy: [...(answers.get(by)?.heldBy ?? []), peerOf(holder)] };
    answers.set(by, { state, by, reason, readTo: readTo ?? 0, ...held });
  }
  return [...answers.values()];
}
