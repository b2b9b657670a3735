import { idBytes, type PeerId } from "../../base/ids.ts";
import { contentOf } from "../../chat/contentof.ts";
import {
  type KeptMessage,
  PAGE_BYTES_MAX,
  type Waiting,
  type WaitingCount,
  type WaitingQuery,
} from "../../chat/history.ts";
import { isMessage } from "../../chat/quotes.ts";
import { peerOf } from "../rows.ts";
import {
  entriesLost,
  KEPT_COLUMNS,
  type KeptEntry,
  keptEntriesOf,
  type KeptRow,
} from "./keptrun.ts";
import { Messages, type MessagesParts } from "./messages.ts";

const SELECT_WAITING = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE author = ? AND arrival IN (SELECT arrival FROM outbox) ORDER BY arrival`;
/** With a row for each who holds it. */
const SELECT_FOR = `SELECT outbox.recipient, outbox.arrival, holder FROM outbox
  LEFT JOIN entrusted ON entrusted.recipient = outbox.recipient
    AND entrusted.arrival = outbox.arrival
  ORDER BY outbox.recipient, outbox.arrival`;

interface ForRow {
  readonly recipient: Uint8Array;
  readonly arrival: number;
  readonly holder: Uint8Array | null;
}

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
    const total = this.#said()
      .values()
      .reduce((sum, count) => sum + count, 0);
    const messages: KeptMessage[] = [];
    let bytes = 0;
    for (const row of statements.each<KeptRow>(SELECT_WAITING, me)) {
      for (const entry of keptEntriesOf(row) ?? []) {
        const message = maker.of(entry);
        bytes += entry.body.length;
        const isFull = messages.length > 0 && bytes > PAGE_BYTES_MAX;
        if (messages.length >= limit || isFull) return { messages, more: total - messages.length };
        if (message !== undefined) messages.push(message);
      }
    }
    return { messages, more: total - messages.length };
  }

  /** How many wait for each, and how many of these others hold. */
  counts(): WaitingCount[] {
    const said = this.#said();
    const counts = new Map<PeerId, { count: number; held: number; holders: Set<PeerId> }>();
    let last: string | undefined;
    for (const { recipient, arrival, holder } of this.#parts.statements.each<ForRow>(SELECT_FOR)) {
      const count = said.get(arrival) ?? 0;
      if (count === 0) continue;
      const peer = peerOf(recipient);
      const all = counts.get(peer) ?? { count: 0, held: 0, holders: new Set() };
      counts.set(peer, all);
      if (holder !== null) all.holders.add(peerOf(holder));
      const place = `${peer} ${arrival}`;
      if (place === last) continue;
      last = place;
      all.count += count;
      if (holder !== null) all.held += count;
    }
    return [...counts].map(([peer, { count, held, holders }]) => {
      return { peer, count, held, holders: [...holders] };
    });
  }

  /** How many messages each run has that waits; of one that is damaged, what its row says. */
  #said(): ReadonlyMap<number, number> {
    const { statements, quotes } = this.#parts;
    const isSaid = (entry: KeptEntry): boolean => {
      const content = contentOf(entry);
      return content !== undefined && isMessage(content) && quotes.of(entry).step === "said";
    };
    const said = new Map<number, number>();
    for (const row of statements.each<KeptRow>(SELECT_WAITING, idBytes(this.#me))) {
      const count = keptEntriesOf(row)?.filter(isSaid).length ?? entriesLost(statements, row);
      said.set(row.arrival, count);
    }
    return said;
  }
}
