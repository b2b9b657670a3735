import { idBytes, type PeerId, type RoomId } from "../base/ids.ts";
import { contentOf } from "../chat/contentof.ts";
import { isMessage } from "../chat/quotes.ts";
import { READS_TOLD_MAX } from "../chat/reading.ts";
import type { ChatWrite, ReadsLoaded, ReadsQuery } from "../chat/records.ts";
import { RUN_ENTRIES_MAX } from "../wire/limits.ts";
import { KEPT_COLUMNS, keptEntriesOf, type KeptRow } from "./history/keptrun.ts";
import type { Statements } from "./statements.ts";

/** The first own entry of a room that somebody is still to get: of what waits, not of the chain. */
const SELECT_WAITING = `SELECT min(seq) AS seq FROM outbox CROSS JOIN runs USING (arrival)
  WHERE recipient = ? AND room = ? AND author = ?`;
const UPSERT_READ = `INSERT INTO reads (room, author, peer, seq, wall_ms)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
  SET seq = excluded.seq, wall_ms = excluded.wall_ms WHERE excluded.seq > seq`;
const SELECT_READ = "SELECT seq FROM reads WHERE room = ? AND author = ? AND peer = ?";

/** Own runs with entries in these seqs that this peer has receipted, the last first. */
const SELECT_RECEIPTED = `SELECT ${KEPT_COLUMNS} FROM
  (SELECT * FROM runs WHERE room = ?1 AND author = ?2
    AND seq > ?3 - ${RUN_ENTRIES_MAX} AND seq + entries - 1 > ?3 AND seq <= ?4
    ORDER BY seq DESC LIMIT ${READS_TOLD_MAX}) AS mine
  WHERE EXISTS (SELECT 1 FROM receipts AS got
    WHERE got.room = ?1 AND got.author = ?2 AND got.seq = mine.seq AND got.peer = ?5)
  ORDER BY seq DESC`;

/** How far others have read what one has said. */
export class ReadTable {
  readonly #statements: Statements;
  readonly #me: Uint8Array;

  constructor(statements: Statements, me: PeerId) {
    this.#statements = statements;
    this.#me = idBytes(me);
  }

  /** Nobody has read what waits for them, nor what comes after it: it goes out in order. */
  write({ room, seq, by, wallMs }: Extract<ChatWrite, { kind: "read" }>): void {
    const [id, peer] = [idBytes(room), idBytes(by)];
    const rows = this.#statements.all<SeqRow>(SELECT_WAITING, peer, id, this.#me);
    const upTo = Math.min(seq, (rows[0]?.seq ?? Infinity) - 1);
    if (upTo > 0) this.#statements.run(UPSERT_READ, id, this.#me, peer, upTo, wallMs);
  }

  load({ room, by, after }: ReadsQuery): ReadsLoaded {
    const values = [idBytes(room), this.#me, idBytes(by)] as const;
    const upTo = this.#statements.all<SeqRow>(SELECT_READ, ...values)[0]?.seq ?? 0;
    const seqs = after === undefined ? [] : this.#messages(room, by, after, upTo);
    return { kind: "reads", upTo, seqs };
  }

  #messages(room: RoomId, by: PeerId, after: number, upTo: number): number[] {
    if (upTo <= after) return [];
    const range = [idBytes(room), this.#me, after, upTo] as const;
    const seqs: number[] = [];
    for (const row of this.#statements.each<KeptRow>(SELECT_RECEIPTED, ...range, idBytes(by))) {
      for (const entry of keptEntriesOf(row)?.toReversed() ?? []) {
        const content = contentOf(entry);
        const isMeant = entry.seq > after && entry.seq <= upTo;
        if (isMeant && content !== undefined && isMessage(content)) seqs.push(entry.seq);
      }
      if (seqs.length >= READS_TOLD_MAX) break;
    }
    return seqs.slice(0, READS_TOLD_MAX).toReversed();
  }
}

interface SeqRow {
  readonly seq: number | null;
}
