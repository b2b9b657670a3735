import { TokenBucket } from "../base/bucket.ts";
import { Deadlines } from "../base/deadlines.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import { type AnswerState, type ExchangeMessage, passedBytes } from "../wire/exchange.ts";
import { PASSED_BYTES_MAX, PASSED_RUNS_MAX } from "../wire/limits.ts";
import { holds } from "./chain.ts";
import type { Loads } from "./loads.ts";
import type { Log } from "./log.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import type { RunRow } from "./records.ts";
import { WANTS_PER_PEER_MAX } from "./requests.ts";

/** One answer: with as many as a peer may wait for, it fits a channel's buffer. */
export const PAGE_MESSAGES_MAX = 3;
const PAGE_BYTES_MAX = PAGE_MESSAGES_MAX * PASSED_BYTES_MAX;
const PAGE_ROWS_MAX = 2048;

/** Answers to one peer: 12 MB/s. More wants wait. */
const PAGES_PER_SECOND = 64;
const PAGES_BURST = 256;
const PAGE_GAP_MS = 1000 / PAGES_PER_SECOND;

type Want = Extract<ExchangeMessage, { kind: "want" }>;

interface Reader {
  readonly wants: Want[];
  readonly pages: TokenBucket;
  isReading: boolean;
}

export interface ArchiveParts {
  readonly log: Log;
  readonly loads: Loads;
  readonly outputs: Outputs;
  /** Whether that peer is still being sent what we wrote ourselves. */
  readonly isSending: (peer: PeerId) => boolean;
}

/** Gives members of a room what they miss of its history, from the disk, a page at a time. */
export class Archive {
  readonly #me: PeerId;
  readonly #parts: ArchiveParts;
  readonly #readers = new Map<PeerId, Reader>();
  readonly #due = new Deadlines<PeerId>();

  constructor(me: PeerId, parts: ArchiveParts) {
    this.#me = me;
    this.#parts = parts;
  }

  /** A member of the room asks. What is more than a peer may ask at a time is not answered. */
  handleWant(now: number, { id }: OpenPeer, want: Want): void {
    const reader = this.#readers.get(id) ?? {
      wants: [],
      pages: new TokenBucket(now, PAGES_PER_SECOND, PAGES_BURST),
      isReading: false,
    };
    this.#readers.set(id, reader);
    if (reader.wants.length >= WANTS_PER_PEER_MAX) return;
    // The hash outlives the message that it came in.
    reader.wants.push({ ...want, hash: want.hash.slice() });
    this.#work(now, id, reader);
  }

  onPeerClosed(peer: PeerId): void {
    this.#readers.delete(peer);
    this.#due.delete(peer);
  }

  handleTimeout(now: number): void {
    for (let peer = this.#due.pollDue(now); peer !== undefined; peer = this.#due.pollDue(now)) {
      const reader = this.#readers.get(peer);
      if (reader !== undefined) this.#work(now, peer, reader);
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }

  #work(now: number, peer: PeerId, reader: Reader): void {
    const [want] = reader.wants;
    if (want === undefined || reader.isReading || this.#due.has(peer)) return;
    if (!reader.pages.take(now)) {
      this.#due.set(peer, now + PAGE_GAP_MS);
      return;
    }
    const { room, author, from, to } = want;
    const chain = this.#parts.log.find(room, author);
    const isComing = author === this.#me && this.#parts.isSending(peer);
    if (isComing || chain === undefined || !holds(chain.held, to)) {
      reader.wants.shift();
      if (!isComing) this.#offer(peer, want, chain?.anchor);
      this.#send(peer, want, [], isComing ? "coming" : "missing");
      this.#work(now, peer, reader);
      return;
    }
    reader.isReading = true;
    const query = { room, author, from, to, limit: PAGE_ROWS_MAX, bytesMax: PAGE_BYTES_MAX };
    this.#parts.loads.ask(query, (at, rows) => {
      // It may have gone, and come back, meanwhile.
      if (this.#readers.get(peer) !== reader) return;
      reader.isReading = false;
      reader.wants.shift();
      this.#answer(peer, want, rows);
      this.#work(at, peer, reader);
    });
  }

  /** Who lacks the end may have all up to an earlier checkpoint. */
  #offer(peer: PeerId, { room, from, to }: Want, anchor: Checkpoint | undefined): void {
    if (anchor === undefined || anchor.seq < from || anchor.seq >= to) return;
    this.#parts.outputs.sendBulk(peer, { kind: "checkpoints", room, checkpoints: [anchor] });
  }

  #answer(peer: PeerId, want: Want, rows: readonly RunRow[]): void {
    const [first] = rows;
    if (first === undefined || !equalBytes(first.hash, want.hash)) {
      this.#send(peer, want, [], "missing");
      return;
    }
    const messages: Uint8Array[][] = [[]];
    let room = PASSED_BYTES_MAX;
    let lowest = want.to + 1;
    let isCut = false;
    for (const { seq, entries, bytes } of rows) {
      if (seq + entries !== lowest) break;
      const size = passedBytes(bytes);
      const last = messages.at(-1);
      if (size > room || (last?.length ?? 0) >= PASSED_RUNS_MAX) {
        isCut = messages.length >= PAGE_MESSAGES_MAX;
        if (isCut) break;
        messages.push([bytes]);
        room = PASSED_BYTES_MAX - size;
      } else {
        last?.push(bytes);
        room -= size;
      }
      lowest = seq;
    }
    const isFull = isCut || rows.length >= PAGE_ROWS_MAX || bytesIn(rows) >= PAGE_BYTES_MAX;
    const end = lowest <= want.from ? "done" : isFull ? "page" : "missing";
    for (const [i, runs] of messages.entries()) {
      this.#send(peer, want, runs, i < messages.length - 1 ? "part" : end);
    }
  }

  #send(
    peer: PeerId,
    { room, author, to }: Want,
    runs: readonly Uint8Array[],
    state: AnswerState,
  ): void {
    this.#parts.outputs.sendBulk(peer, { kind: "runs", room, author, to, state, runs });
  }
}

function bytesIn(rows: readonly RunRow[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
