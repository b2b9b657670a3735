import { assert } from "../base/assert.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { ReadMark } from "../wire/chat.ts";
import type { Journal } from "./journal.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import { RETRY_MS } from "./recipient.ts";
import type { ChatWrite, ReadsLoaded } from "./records.ts";
import type { Statuses } from "./statuses.ts";

/** What one peer has said of one room. */
interface Reader {
  readonly room: RoomId;
  readonly by: PeerId;
  /** Up to here it is on disk, and told. Undefined before the disk was asked. */
  told: number | undefined;
  /** What it has said last. */
  said: number;
  /** That is to go to the disk. */
  isDue: boolean;
  /** The disk was asked for something, and has not answered. */
  isBusy: boolean;
}

export interface ReadsParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly open: ReadonlyMap<PeerId, OpenPeer>;
  readonly membership: Membership;
  readonly statuses: Statuses;
  /** Of whom nothing is taken before the person here has decided. */
  readonly isBarred: (peer: PeerId) => boolean;
}

/**
 * How far others say they have read what one has said. The disk counts it as far as they have
 * receipted it, and what that makes of each message is told once, across restarts too.
 */
export class Reads {
  readonly #me: PeerId;
  readonly #parts: ReadsParts;
  readonly #readers = new Map<string, Reader>();
  readonly #asked = new Map<number, Reader>();
  /** Whose word our disk refused, until it is tried again. */
  readonly #retries = new Deadlines<Reader>();
  #lastToken = 0;

  constructor(me: PeerId, parts: ReadsParts) {
    this.#me = me;
    this.#parts = parts;
  }

  /** Ignores what is of no room of both, or was never said. */
  handle(now: number, peer: OpenPeer, { room, seq }: ReadMark): void {
    const { log, membership, isBarred } = this.#parts;
    if (isBarred(peer.id)) return;
    if (room !== peer.direct && !membership.admits(peer, room)) return;
    const last = log.find(room, this.#me)?.held.head.seq ?? 0;
    if (seq > last || !peer.reads.take(now)) return;
    const reader = this.#readerOf(room, peer.id);
    reader.said = seq;
    reader.isDue = true;
    this.#advance(now, reader);
  }

  /**
   * What a peer receipts only now is no part of what it said before to have read, though the disk
   * here may be told of that later: it says so again once it has read them.
   */
  onReceipt(peer: PeerId, room: RoomId, seqs: readonly number[]): void {
    const reader = this.#readers.get(room + peer);
    if (reader !== undefined) reader.said = Math.min(reader.said, Math.min(...seqs) - 1);
  }

  onPeerClosed(peer: PeerId): void {
    for (const [key, reader] of this.#readers) {
      if (reader.by !== peer || reader.isBusy) continue;
      this.#readers.delete(key);
      this.#retries.delete(reader);
    }
  }

  /** What one said of a room is on disk, or is not. */
  onStored(now: number, { room, by }: Extract<ChatWrite, { kind: "read" }>, ok: boolean): void {
    const reader = this.#readers.get(room + by);
    assert(reader !== undefined, "who waits for the disk is remembered");
    if (ok) return this.#ask(reader);
    reader.isBusy = false;
    reader.isDue = true;
    this.#retries.set(reader, now + RETRY_MS);
  }

  handleTimeout(now: number): void {
    for (let reader = this.#retries.pollDue(now); reader !== undefined;) {
      this.#advance(now, reader);
      reader = this.#retries.pollDue(now);
    }
  }

  pollTimeout(): number {
    return this.#retries.next;
  }

  handleLoaded(now: number, token: number, { upTo, seqs }: ReadsLoaded): void {
    const reader = this.#asked.get(token);
    assert(reader !== undefined, "a load is answered once");
    this.#asked.delete(token);
    if (seqs.length > 0) this.#parts.statuses.onRead(reader.room, reader.by, seqs);
    reader.told = upTo;
    reader.isBusy = false;
    this.#advance(now, reader);
  }

  #advance(now: number, reader: Reader): void {
    const { room, by, told, said, isBusy, isDue } = reader;
    if (isBusy) return;
    if (told === undefined) return this.#ask(reader);
    reader.isDue = false;
    if (!isDue || said <= told) return this.#rest(reader);
    reader.isBusy = true;
    this.#parts.journal.note({ kind: "read", room, by, seq: said, wallMs: Math.floor(now) });
  }

  /** Of one that was not asked for before, only how far it had come. */
  #ask(reader: Reader): void {
    const { room, by, told: after } = reader;
    reader.isBusy = true;
    this.#lastToken += 1;
    this.#asked.set(this.#lastToken, reader);
    const query = { kind: "reads", room, by, after } as const;
    this.#parts.outputs.push({ kind: "load", token: this.#lastToken, query });
  }

  #rest(reader: Reader): void {
    reader.isBusy = false;
    const { room, by } = reader;
    if (!this.#parts.open.has(by)) this.#readers.delete(room + by);
  }

  #readerOf(room: RoomId, by: PeerId): Reader {
    const key = room + by;
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const reader = { room, by, told: undefined, said: 0, isDue: false, isBusy: false };
    this.#readers.set(key, reader);
    return reader;
  }
}
