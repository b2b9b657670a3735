import { idBytes, type PeerId } from "../base/ids.ts";
import type { ChatWrite, OutboxQuery, OutboxRow, RestoredChat } from "../chat/records.ts";
import { outboxRowOf, peerOf, type RunRow } from "./rows.ts";
import type { Statements } from "./statements.ts";

type AnswerWrite = Extract<ChatWrite, { kind: "receipt" | "failure" }>;

const INSERT_OUTBOX = "INSERT INTO outbox VALUES (?, ?) ON CONFLICT DO NOTHING";
const DELETE_OUTBOX = `DELETE FROM outbox WHERE recipient = ?
  AND arrival = (SELECT arrival FROM runs WHERE room = ? AND author = ? AND seq = ?)`;
const INSERT_RECEIPT = "INSERT INTO receipts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
const INSERT_FAILURE = "INSERT INTO failures VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
const SELECT_OUTBOX = `SELECT arrival, bytes, hash FROM outbox JOIN runs USING (arrival)
  WHERE recipient = ? AND author = ? AND arrival > ? ORDER BY arrival`;
const SELECT_WAITING = `SELECT recipient, sum(entries) AS count FROM outbox
  JOIN runs USING (arrival) WHERE author = ? GROUP BY recipient`;

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

  /** The run of this arrival waits for them. */
  add(arrival: number, recipients: readonly PeerId[]): void {
    for (const peer of recipients) this.#statements.run(INSERT_OUTBOX, idBytes(peer), arrival);
  }

  write(write: AnswerWrite): void {
    const [peer, room] = [idBytes(write.by), idBytes(write.room)];
    const run = [room, this.#me, write.seq] as const;
    if (write.kind === "receipt") {
      this.#statements.run(INSERT_RECEIPT, ...run, peer, Math.floor(write.wallMs));
    } else this.#statements.run(INSERT_FAILURE, ...run, peer, write.reason);
    this.#statements.run(DELETE_OUTBOX, peer, ...run);
  }

  /** What is damaged stays where it is: sent, it would be another history of one's own. */
  load({ peer, after, limit }: OutboxQuery): OutboxRow[] {
    const whole: OutboxRow[] = [];
    const rows = this.#statements.each<RunRow>(SELECT_OUTBOX, idBytes(peer), this.#me, after);
    for (const row of rows) {
      const found = outboxRowOf(row);
      if (found === undefined) this.#onDamage(row.arrival);
      else whole.push(found);
      if (whole.length === limit) break;
    }
    return whole;
  }

  waiting(): RestoredChat["waiting"] {
    return this.#statements
      .all<{ recipient: Uint8Array; count: number }>(SELECT_WAITING, this.#me)
      .map(({ recipient, count }) => ({ peer: peerOf(recipient), count }));
  }
}
