import { assert } from "../base/assert.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { ReadMark } from "../wire/chat.ts";
import type { Run } from "../wire/entry.ts";
import type { EntryName } from "../wire/content.ts";
import type { Journal, PendingHeard } from "./journal.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import type {
  ChainMark,
  ChainName,
  ChatQuery,
  ChatWrite,
  MarksLoaded,
  UnreadLoaded,
} from "./records.ts";

/** Unread messages of one room that are counted: more are as many. */
export const UNREAD_MAX = 1000;

/** Messages of which one word of a reader is told; of those before, the disk alone knows. */
export const READS_TOLD_MAX = 1024;

/** Marks that wait for the disk, which takes all of a turn at once. */
const MARKS_PENDING_MAX = 256;

/** One peer is told no more often than this how far is read. */
const TELL_GAP_MS = 500;

export interface ReadingParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly open: ReadonlyMap<PeerId, OpenPeer>;
  readonly membership: Membership;
  /** To whom nothing may be told. */
  readonly isBarred: (peer: PeerId) => boolean;
  /** Whether others are told how far is read. */
  readonly isShared: boolean;
}

/** Somebody who is here and told how far what they said is read. */
interface Author {
  /** Rooms of both, of which the disk was asked. */
  readonly rooms: Set<RoomId>;
  /** Those in which something of theirs may be unread. */
  readonly behind: Set<RoomId>;
  /** What they were told in this session. */
  readonly told: Map<RoomId, number>;
  /** Rooms of which they are to be told again, even if it is the same: they count it anew. */
  readonly again: Set<RoomId>;
  /** What they are to be told. */
  readonly next: Map<RoomId, number>;
  toldAtMs: number;
}

type MarkWrite = Extract<ChatWrite, { kind: "mark" }>;

/** A command to be answered. */
interface Asked {
  readonly id: string;
  readonly req: string | null;
}

type Question =
  | { readonly cause: "asked"; readonly req: string | null }
  | ({ readonly cause: "marked" } & Asked)
  | { readonly cause: "changed" };

/**
 * How far the person here has read: kept on disk, so that all faces agree on what is unread, and
 * told, where it is shared, to each author of what they said themselves. PROTOCOL.md §8.
 */
export class Reading {
  readonly #parts: ReadingParts;
  readonly #authors = new Map<PeerId, Author>();
  readonly #due = new Deadlines<PeerId>();
  /** On their way to the disk. */
  readonly #marks = new Map<MarkWrite, Asked>();
  readonly #asked = new Map<number, Question>();
  #lastToken = 0;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /**
   * All that had come to the room when this entry did is read, and it. `unread` or `unmarked` tells
   * what was asked; false where too much waits for the disk already.
   */
  mark({ room, author, seq }: EntryName & { readonly room: RoomId }, asked: Asked): boolean {
    if (this.#marks.size >= MARKS_PENDING_MAX) return false;
    const write = { kind: "mark", room, author, seq } as const;
    this.#marks.set(write, asked);
    this.#parts.journal.note(write);
    return true;
  }

  /** Asks what is unread everywhere; `unread` tells this `req`. */
  ask(req: string | null): void {
    this.#askUnread(undefined, { cause: "asked", req });
  }

  /** It is known which rooms an open peer is in, or that has changed, or what it may be told. */
  onRooms(now: number, peer: OpenPeer): void {
    const { log, isShared, isBarred } = this.#parts;
    if (!isShared || !peer.hasMet) return;
    if (isBarred(peer.id)) return this.onPeerClosed(peer.id);
    const author = this.#authors.get(peer.id) ?? newAuthor(now);
    this.#authors.set(peer.id, author);
    for (const room of author.rooms) if (!this.#mayTell(peer, room)) forget(author, room);
    const rooms = [peer.direct, ...this.#parts.membership.rooms.keys()].filter((room) => {
      return !author.rooms.has(room) && this.#mayTell(peer, room);
    });
    for (const room of rooms) author.rooms.add(room);
    const held = rooms.filter((room) => log.find(room, peer.id) !== undefined);
    for (const room of held) author.behind.add(room);
    this.#askMarks(held.map((room) => ({ room, author: peer.id })));
  }

  onPeerClosed(peer: PeerId): void {
    this.#authors.delete(peer);
    this.#due.delete(peer);
  }

  /** Entries of others are on disk. */
  onHeard({ chain, runs }: PendingHeard): void {
    const author = this.#authors.get(chain.author);
    if (author !== undefined) onNews(author, chain.room, runs[0]?.write.run.seq ?? Infinity);
    const contents = runs.flatMap((run) => run.contents);
    if (!contents.some((content) => content?.kind === "delete")) return;
    this.#askUnread(chain.room, { cause: "changed" });
  }

  /** This run counts at its author's as read when it is receipted, if we say so again. */
  onHeld(now: number, { room, author: peer, seq }: Run): void {
    const author = this.#authors.get(peer);
    if (author === undefined || (author.told.get(room) ?? 0) < seq) return;
    author.again.add(room);
    this.#due.set(peer, Math.max(now, author.toldAtMs + TELL_GAP_MS));
  }

  /** A mark is on disk, or is not. */
  onStored(write: MarkWrite, ok: boolean): void {
    const asked = this.#marks.get(write);
    assert(asked !== undefined, "a mark is answered once");
    this.#marks.delete(write);
    if (!ok) return this.#parts.outputs.event({ kind: "unmarked", ...asked });
    const { room } = write;
    this.#askUnread(room, { cause: "marked", ...asked });
    const behind = [...this.#authors].filter(([, author]) => author.behind.has(room));
    this.#askMarks(behind.map(([author]) => ({ room, author })));
  }

  handleUnread(token: number, { rooms }: UnreadLoaded): void {
    const question = this.#asked.get(token);
    assert(question !== undefined, "a load is answered once");
    this.#asked.delete(token);
    this.#parts.outputs.event({ kind: "unread", ...question, rooms });
  }

  handleMarks(now: number, { marks }: MarksLoaded): void {
    for (const mark of marks) this.#onMark(mark);
    for (const [peer, { next, toldAtMs }] of this.#authors) {
      if (next.size > 0) this.#due.set(peer, Math.max(now, toldAtMs + TELL_GAP_MS));
    }
    this.handleTimeout(now);
  }

  handleTimeout(now: number): void {
    for (let peer = this.#due.pollDue(now); peer !== undefined; peer = this.#due.pollDue(now)) {
      this.#tell(now, peer);
      const again = [...(this.#authors.get(peer)?.again ?? [])];
      this.#askMarks(again.map((room) => ({ room, author: peer })));
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }

  #onMark({ room, author: peer, seq, isAll }: ChainMark): void {
    const author = this.#authors.get(peer);
    if (author === undefined) return;
    if (isAll) author.behind.delete(room);
    const told = author.told.get(room) ?? 0;
    const isAgain = author.again.delete(room);
    if (seq > told || (seq > 0 && isAgain)) author.next.set(room, seq);
    // What came into a gap is unread, and what is above it counts anew once it is receipted.
    if (isAgain && seq < told) author.told.set(room, seq);
  }

  #tell(now: number, peerId: PeerId): void {
    const author = this.#authors.get(peerId);
    const peer = this.#parts.open.get(peerId);
    if (author === undefined || peer === undefined) return;
    const marks: ReadMark[] = [];
    for (const [room, seq] of author.next) {
      if (seq === 0 || !this.#mayTell(peer, room)) continue;
      marks.push({ room, seq });
      author.told.set(room, seq);
    }
    author.next.clear();
    if (marks.length === 0 || this.#parts.isBarred(peerId)) return;
    author.toldAtMs = now;
    this.#parts.outputs.send(peerId, { kind: "read", marks });
  }

  #mayTell(peer: OpenPeer, room: RoomId): boolean {
    return room === peer.direct || this.#parts.membership.admits(peer, room);
  }

  #askUnread(room: RoomId | undefined, question: Question): void {
    this.#lastToken += 1;
    this.#asked.set(this.#lastToken, question);
    this.#load({ kind: "unread", room });
  }

  #askMarks(chains: readonly ChainName[]): void {
    if (chains.length === 0) return;
    this.#lastToken += 1;
    this.#load({ kind: "marks", chains });
  }

  #load(query: Extract<ChatQuery, { kind: "unread" | "marks" }>): void {
    this.#parts.outputs.push({ kind: "load", token: this.#lastToken, query });
  }
}

function newAuthor(now: number): Author {
  return {
    rooms: new Set(),
    behind: new Set(),
    told: new Map(),
    again: new Set(),
    next: new Map(),
    toldAtMs: now - TELL_GAP_MS,
  };
}

/** One of the two has left: what was told meanwhile may have been ignored, and is told again. */
function forget(author: Author, room: RoomId): void {
  author.rooms.delete(room);
  author.behind.delete(room);
  author.told.delete(room);
  author.again.delete(room);
  author.next.delete(room);
}

/** Something has come from this seq on: not read yet, and in a gap perhaps, below what is. */
function onNews(author: Author, room: RoomId, seq: number): void {
  author.behind.add(room);
  if (seq <= (author.told.get(room) ?? 0)) author.again.add(room);
  if (seq <= (author.next.get(room) ?? 0)) author.next.set(room, seq - 1);
}
