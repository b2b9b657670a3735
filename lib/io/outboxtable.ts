import { idBytes, type PeerId, type RoomId } from "../base/ids.ts";
import type {
  ChatWrite,
  Delivery,
  DeliveryQuery,
  OutboxQuery,
  OutboxRow,
  RestoredChat,
} from "../chat/records.ts";
import type { Run } from "../wire/entry.ts";
import { outboxRowOf, peerOf, type RunRow } from "./rows.ts";
import type { Statements } from "./statements.ts";

type AnswerWrite = Extract<ChatWrite, { kind: "receipt" | "failure" }>;

const INSERT_OUTBOX = "INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
const DELETE_OUTBOX = `DELETE FROM outbox WHERE recipient = ?
  AND arrival = (SELECT arrival FROM runs WHERE room = ? AND author = ? AND seq = ?)`;
const UPDATE_TRIED = "UPDATE outbox SET tried = 1 WHERE recipient = ? AND tried = 0";
const INSERT_RECEIPT = "INSERT INTO receipts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
const INSERT_FAILURE = "INSERT INTO failures VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
const SELECT_OUTBOX = `SELECT arrival, bytes, hash FROM outbox JOIN runs USING (arrival)
  WHERE recipient = ?1 AND tried = 1 AND author = ?2 AND arrival > ?3
  AND (?4 IS NULL OR room = ?4) ORDER BY arrival`;
const SELECT_WAITING = `SELECT recipient, sum(entries) AS count FROM outbox
  JOIN runs USING (arrival) WHERE author = ? GROUP BY recipient`;

const SELECT_RUN = `SELECT arrival, bytes, hash FROM runs
  WHERE room = ? AND author = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`;
const SELECT_CHANGES = `SELECT seq FROM amendments
  WHERE room = ?1 AND target_author = ?2 AND target_seq = ?3 AND author = ?2`;
const SELECT_RECIPIENTS = "SELECT recipient, tried FROM outbox WHERE arrival = ?";
/** Something behind it in its chain may be on its way to this one, or is there. */
const SELECT_BEHIND = `SELECT 1 FROM runs JOIN outbox USING (arrival)
  WHERE room = ?1 AND author = ?2 AND seq > ?3 AND recipient = ?4 AND tried = 1
  UNION ALL SELECT 1 FROM receipts
  WHERE room = ?1 AND author = ?2 AND seq > ?3 AND peer = ?4 LIMIT 1`;

/** Who must still get which own run, and what everybody has answered. */
export class OutboxTable {
  readonly #statements: Statements;
  readonly #me: Uint8Array;
  readonly #onDamage: (arrival: number) => void;

  /** `onDamage`: as of `RunTable`. */
  constructor(statements: Statements, me: PeerId, onDamage: (arrival: number) => void) {
    this.#onDamage = onDamage;
    this.#statements = statements;
    this.#me = idBytes(me);
  }

  /** The run of this arrival waits for them; to those tried it goes out at once. */
  add(arrival: number, recipients: readonly PeerId[], tried: readonly PeerId[] = []): void {
    const isTried = new Set(tried);
    for (const peer of recipients) {
      const values = [idBytes(peer), arrival, isTried.has(peer) ? 1 : 0] as const;
      this.#statements.run(INSERT_OUTBOX, ...values);
    }
  }

  /** All that waits for this one may be on its way. */
  mark(peer: PeerId): void {
    this.#statements.run(UPDATE_TRIED, idBytes(peer));
  }

  write(write: AnswerWrite): void {
    const [peer, room] = [idBytes(write.by), idBytes(write.room)];
    const run = [room, this.#me, write.seq] as const;
    if (write.kind === "receipt") {
      this.#statements.run(INSERT_RECEIPT, ...run, peer, Math.floor(write.wallMs));
    } else this.#statements.run(INSERT_FAILURE, ...run, peer, write.reason);
    this.#statements.run(DELETE_OUTBOX, peer, ...run);
  }

  /**
   * Only what the disk knows may be on its way. What is damaged stays where it is: sent, it would
   * be another history of one's own.
   */
  load({ peer, room, after, limit }: OutboxQuery): OutboxRow[] {
    const whole: OutboxRow[] = [];
    const values = [idBytes(peer), this.#me, after, room === undefined ? null : idBytes(room)];
    const rows = this.#statements.each<RunRow>(SELECT_OUTBOX, ...values);
    for (const row of rows) {
      const found = outboxRowOf(row);
      if (found === undefined) this.#onDamage(row.arrival);
      else whole.push(found);
      if (whole.length === limit) break;
    }
    return whole;
  }

  delivery({ room, seq }: DeliveryQuery): Delivery | undefined {
    const [row] = this.#runAt(room, seq);
    if (row === undefined) return undefined;
    const { position, run, bytes } = row;
    const values = [idBytes(room), this.#me, seq] as const;
    const changes = this.#statements
      .all<{ seq: number }>(SELECT_CHANGES, ...values)
      .flatMap((change) => this.#runAt(room, change.seq));
    const waiting = this.#statements
      .all<{ recipient: Uint8Array; tried: number }>(SELECT_RECIPIENTS, position)
      .map(({ recipient, tried }) => {
        const isTried = tried !== 0 || this.#isBehindTried(run, recipient);
        return { peer: peerOf(recipient), isTried };
      });
    return { run, bytes, changes, waiting };
  }

  /** What goes out is bound to this: somebody who may have it knows its hash. */
  #isBehindTried({ room, seq }: Run, recipient: Uint8Array): boolean {
    const values = [idBytes(room), this.#me, seq, recipient] as const;
    return this.#statements.all(SELECT_BEHIND, ...values).length > 0;
  }

  waiting(): RestoredChat["waiting"] {
    return this.#statements
      .all<{ recipient: Uint8Array; count: number }>(SELECT_WAITING, this.#me)
      .map(({ recipient, count }) => ({ peer: peerOf(recipient), count }));
  }

  /** The own run that this entry is in; none if it is not there, or damaged. */
  #runAt(room: RoomId, seq: number): OutboxRow[] {
    return this.#statements
      .all<RunRow>(SELECT_RUN, idBytes(room), this.#me, seq)
      .flatMap((row) => outboxRowOf(row) ?? [])
      .filter(({ run }) => seq < run.seq + run.entries.length);
  }
}
