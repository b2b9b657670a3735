import { idBytes, type PeerId } from "../../base/ids.ts";
import {
  type KeptMessage,
  PAGE_BYTES_MAX,
  type Waiting,
  type WaitingQuery,
} from "../../chat/history.ts";
import { KEPT_COLUMNS, keptEntriesOf, type KeptRow } from "./keptrun.ts";
import { Messages, type MessagesParts } from "./messages.ts";

const SELECT_WAITING = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE author = ? AND arrival IN (SELECT arrival FROM outbox) ORDER BY arrival`;
const COUNT_WAITING = `SELECT coalesce(sum(entries), 0) AS count FROM runs
  WHERE author = ? AND arrival IN (SELECT arrival FROM outbox)`;

/** One's own messages that wait for somebody, from the one that has waited for longest. */
export class WaitingMessages {
  readonly #me: PeerId;
  readonly #parts: MessagesParts;

  constructor(me: PeerId, parts: MessagesParts) {
    this.#me = me;
    this.#parts = parts;
  }

  /** Of what the disk does not give back as it was written, only the number is told. */
  load({ limit }: WaitingQuery): Waiting {
    const { statements } = this.#parts;
    const maker = new Messages(this.#me, this.#parts);
    const me = idBytes(this.#me);
    const [total] = statements.all<{ count: number }>(COUNT_WAITING, me);
    const messages: KeptMessage[] = [];
    let [more, bytes] = [total?.count ?? 0, 0];
    for (const row of statements.each<KeptRow>(SELECT_WAITING, me)) {
      for (const entry of keptEntriesOf(row) ?? []) {
        const message = maker.of(entry);
        bytes += entry.body.length;
        const isFull = messages.length > 0 && bytes > PAGE_BYTES_MAX;
        if (messages.length >= limit || isFull) return { messages, more };
        more -= 1;
        if (message !== undefined) messages.push(message);
      }
    }
    return { messages, more };
  }
}
