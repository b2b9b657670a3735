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

/** Nothing of a private room goes to anybody before one is in it again. */
const SELECT_LEFT = "SELECT room FROM rooms WHERE joined = 0 AND proof_key IS NOT NULL";
const SELECT_WAITING = `SELECT ${KEPT_COLUMNS} FROM runs WHERE author = ?
  AND arrival IN (SELECT arrival FROM outbox) AND room NOT IN (${SELECT_LEFT}) ORDER BY arrival`;
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

interface WaitingRun {
  readonly arrival: number;
  readonly said: readonly KeptEntry[];
  /** Entries that cannot be read, and may be messages. */
  readonly lost: number;
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
    const maker = new Messages(this.#me, this.#parts);
    const messages: KeptMessage[] = [];
    let [total, bytes, isFull] = [0, 0, false];
    for (const { said, lost } of this.#runs()) {
      total += said.length + lost;
      for (const entry of said) {
        bytes += entry.body.length;
        isFull ||= messages.length >= limit || (messages.length > 0 && bytes > PAGE_BYTES_MAX);
        if (isFull) break;
        const message = maker.of(entry);
        if (message !== undefined) messages.push(message);
      }
    }
    return { messages, more: total - messages.length };
  }

  /** How many wait for each, and how many of these others hold. */
  counts(): WaitingCount[] {
    const said = new Map<number, number>();
    for (const run of this.#runs()) said.set(run.arrival, run.said.length + run.lost);
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

  /** The messages of each run that waits; of one that is damaged, how many its row says. */
  *#runs(): Generator<WaitingRun> {
    const { statements, quotes } = this.#parts;
    const isSaid = (entry: KeptEntry): boolean => {
      const content = contentOf(entry);
      return content !== undefined && isMessage(content) && quotes.of(entry).step === "said";
    };
    for (const row of statements.each<KeptRow>(SELECT_WAITING, idBytes(this.#me))) {
      const { arrival } = row;
      const entries = keptEntriesOf(row);
      if (entries === undefined) yield { arrival, said: [], lost: entriesLost(statements, row) };
      else yield { arrival, said: entries.filter(isSaid), lost: 0 };
    }
  }
}
