import { equalBytes, toHex } from "../../lib/base/bytes.ts";
import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import type {
  ChainFloor,
  ChainGaps,
  ChainName,
  ChatLoaded,
  ChatQuery,
  Delivery,
  DeliveryQuery,
  KeptCheckpoint,
  OutboxQuery,
  OutboxRow,
  MarksLoaded,
  ReadsLoaded,
  ReadsQuery,
  RebaseWrite,
  RestoredChat,
  RunRow,
  RunsQuery,
  RunWrite,
  RoomRecord,
  Unread,
} from "../../lib/chat/records.ts";
import { contentOf } from "../../lib/chat/contentof.ts";
import { UNREAD_MAX } from "../../lib/chat/reading.ts";
import { rebase } from "../../lib/chat/rebase.ts";
import { isMessage } from "../../lib/chat/quotes.ts";
import { CANCELLED } from "../../lib/chat/cancelled.ts";
import { decodeRun, type Entry, encodeRun } from "../../lib/wire/entry.ts";
import type {
  KeptPerson,
  KnownEncounter,
  KnownNetwork,
  Loaded,
  Query,
  Restored,
  Write,
} from "../../lib/node/machine.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { countsIn } from "./memorycounts.ts";
import {
  entriesIn,
  type Kept,
  latestOf,
  MemoryEntries,
  rowKey,
  type WaitingRow,
} from "./memoryentries.ts";
import { quotesIn, topicIn } from "./memoryquotes.ts";
import { chainMark, moveMark, readsIn } from "./memoryreads.ts";
import { changesIn, rewordIn } from "./memoryreword.ts";
import { MemorySealed } from "./memorysealed.ts";
import { MemoryUnshown } from "./memoryunshown.ts";

type OwnWrite = Extract<Write, { kind: "own" }>;
type Name = Pick<Entry, "room" | "author" | "seq">;

/**
 * A disk of a chat client that lives in memory: it survives the node, and refuses to write when
 * told. Written apart from the real store, and stricter: it throws on writes that no client may
 * ask for.
 */
export class MemoryStore {
  /** A full disk: commits fail as a whole, reads go on. */
  refusing = false;
  /** Commits that succeeded and that were refused. */
  commits = 0;
  refusals = 0;
  /** What was learnt of how people are met, in that order. */
  readonly meetings: Extract<Write, { kind: "meeting" }>[] = [];
  readonly nats = new Map<PeerId, Uint8Array>();
  readonly networks = new Map<string, KnownNetwork>();
  /** By person and place. */
  readonly encounters = new Map<string, KnownEncounter>();
  /** By room and author. */
  readonly checkpoints = new Map<string, KeptCheckpoint>();
  /** The same of those whose run is held. */
  readonly anchors = new Map<string, KeptCheckpoint>();
  readonly forks = new Map<string, ChainName>();
  readonly sealed = new MemorySealed();
  readonly floors = new Map<string, ChainFloor>();
  readonly #gaps = new Map<string, ChainGaps>();
  readonly #entries = new MemoryEntries();
  readonly #heads = new Map<string, Kept>();
  readonly unshown = new MemoryUnshown();
  readonly #rooms = new Map<RoomId, RoomRecord>();
  readonly #left = new Set<RoomId>();
  readonly #members = new Map<string, { readonly room: RoomId; readonly peer: PeerId }>();
  readonly #people = new Map<PeerId, KeptPerson>();
  readonly #servers = new Map<string, Uint8Array>();
  /** What waits for each peer, by room and seq, in the order of its making. */
  readonly #outbox = new Map<PeerId, Map<string, WaitingRow>>();
  /** By peer, room and seq. */
  readonly #receipts = new Set<string>();
  /** Up to where each room is read. */
  readonly marks = new Map<RoomId, Kept>();
  /** Up to which own seq somebody has read a room, by both. */
  readonly reads = new Map<string, number>();
  /** By room and author, what one's own chain goes behind, though it is not here. */
  readonly #behind = new Map<string, number>();
  /** All that was committed. */
  readonly #log: (readonly Write[])[] = [];
  readonly #disk = {
    entries: this.#entries,
    heads: this.#heads,
    outbox: this.#outbox,
    receipts: this.#receipts,
  };
  #position = 0;
  #arrival = 0;

  /** A disk that has what this one has now. */
  copy(): MemoryStore {
    const copy = new MemoryStore();
    for (const writes of this.#log) copy.commit(writes);
    for (const { entry, shown } of this.#entries.all()) copy.#kept(entry).shown = shown;
    return copy;
  }

  /** All of the writes, or none and false. */
  commit(writes: readonly Write[]): boolean {
    if (this.refusing) {
      this.refusals += 1;
      return false;
    }
    this.commits += 1;
    const coming = writes.filter((write) => write.kind === "gaps");
    let unjoined: OwnWrite[] = [];
    for (const write of writes) {
      this.#apply(write);
      if (write.kind === "own") unjoined.push(write);
      // What it goes on behind may come, and may get another number, in the same commit.
      unjoined = unjoined.filter((own) => !this.#joins(own, coming));
    }
    for (const { run } of unjoined) throw new Error(`Own seq ${run.seq} goes on behind nothing`);
    this.#log.push(writes);
    return true;
  }

  load(query: ChatQuery): ChatLoaded;
  load(query: Query): Loaded;
  load(query: Query): Loaded {
    switch (query.kind) {
      case "outbox":
        return { kind: "outbox", rows: this.#rows(query) };
      case "runs":
        return { kind: "runs", rows: this.#runsOf(query) };
      case "quotes":
        return quotesIn(this.#entries.ofRoom(query.room), query);
      case "topics": {
        const { rooms, upToMs } = query;
        return {
          kind: "topics",
          topics: rooms.map((room) => topicIn(this.#entries.ofRoom(room), upToMs)),
        };
      }
      case "delivery":
        return { kind: "delivery", delivery: this.#deliveryOf(query) };
      case "unread": {
        const rooms = query.room === undefined ? this.#entries.rooms() : [query.room];
        const unread = rooms.map((room) => this.#unreadIn(room));
        const isWanted = (count: number) => query.room !== undefined || count > 0;
        return { kind: "unread", rooms: unread.filter(({ count }) => isWanted(count)) };
      }
      case "marks":
        return { kind: "marks", marks: query.chains.map((chain) => this.markOf(chain)) };
      case "reads":
        return this.#readsOf(query);
      case "held":
        return this.sealed.load(query.id);
      case "counts":
        return countsIn(this.#outbox, this.#entries, [...this.sealed.entrusted.values()]);
      case "history":
      case "search":
      case "place":
      case "waiting":
        throw new Error("Nobody asks a disk in memory for what is only shown");
      default:
        return query satisfies never;
    }
  }

  #unreadIn(room: RoomId): Unread {
    const mark = this.marks.get(room);
    const ofRoom = this.#entries.ofRoom(room);
    const later = ofRoom.filter(({ entry, content, isOwn, arrival }) => {
      if (isOwn || arrival <= (mark?.arrival ?? 0)) return false;
      if (this.#people.get(entry.author)?.isBlocked === true) return false;
      return content !== undefined && isMessage(content);
    });
    const names = later.map(({ entry }) => entry);
    const { quotes } = quotesIn(ofRoom, { names, isAmendedOnly: false });
    const unread = quotes.filter((quote) => quote?.step === "said");
    const count = Math.min(unread.length, UNREAD_MAX);
    return { room, count, upTo: mark && { author: mark.entry.author, seq: mark.entry.seq } };
  }

  /** Whether this entry is held and read. */
  isRead(room: RoomId, author: PeerId, seq: number): boolean {
    const kept = this.#entries.get(room, author, seq);
    return kept !== undefined && kept.arrival <= (this.marks.get(room)?.arrival ?? 0);
  }

  /** How far a chain is read: below the first that is not. */
  markOf(chain: ChainName): MarksLoaded["marks"][number] {
    return chainMark(this.#entries.ofChain(chain), chain, this.marks.get(chain.room));
  }

  #readsOf(query: ReadsQuery): ReadsLoaded {
    const upTo = this.reads.get(query.room + query.by) ?? 0;
    return readsIn(this.#entries.ofRoom(query.room), query, upTo, this.#receipts);
  }

  #runsOf({ room, author, from, to, limit, bytesMax }: RunsQuery): RunRow[] {
    const rows: RunRow[] = [];
    let bytes = 0;
    const end = Math.min(to, this.#heads.get(room + author)?.entry.seq ?? 0);
    for (let seq = end; seq >= from && rows.length < limit && bytes < bytesMax;) {
      const row = this.#entries.get(room, author, seq)?.row;
      if (row === undefined) seq -= 1;
      else {
        rows.push(row);
        bytes += row.bytes.length;
        seq = row.seq - 1;
      }
    }
    return rows;
  }

  #deliveryOf({ room, seq }: DeliveryQuery): Delivery | undefined {
    for (const { entry, row, isOwn } of this.#entries.ofRoom(room)) {
      if (!isOwn || entry.seq !== seq) continue;
      const run = decodeRun(row.bytes);
      if (run === undefined) throw new Error("Bytes are not their run's");
      const key = rowKey(room, run.seq);
      const changes = changesIn(this.#entries, entry);
      const waiting = [...this.#outbox].flatMap(([peer, rows]) => {
        if (!rows.has(key)) return [];
        const behind = [...rows.values()].filter((it) => it.run.room === room);
        return [{ peer, isTried: behind.some((it) => it.run.seq >= run.seq && it.isTried) }];
      });
      return { run, bytes: row.bytes, changes, waiting };
    }
    return undefined;
  }

  #rows({ peer, room, after, limit }: OutboxQuery): OutboxRow[] {
    const rows: OutboxRow[] = [];
    for (const { isTried, ...row } of this.#outbox.get(peer)?.values() ?? []) {
      if (rows.length === limit) break;
      if (!isTried) continue;
      if (room !== undefined && row.run.room !== room) continue;
      if (row.position > after) rows.push(row);
    }
    return rows;
  }

  /** A face has this message: it is not told again after a restart. */
  show(name: Name): void {
    this.#kept(name).shown = true;
  }

  /** All up to this seq is gone, as if the room kept no more. */
  drop({ room, author, seq }: ChainFloor): void {
    this.floors.set(room + author, { room, author, seq });
    for (const { entry } of this.#entries.ofChain({ room, author })) {
      if (entry.seq <= seq) this.#entries.delete(room, author, entry.seq);
    }
    const gaps = this.#gaps.get(room + author)?.gaps.filter(({ to }) => to > seq) ?? [];
    this.#gaps.set(room + author, { room, author, gaps });
  }

  holds(room: RoomId, author: PeerId, seq: number): boolean {
    return this.#entries.get(room, author, seq) !== undefined;
  }

  /** The hash of the run that an entry is of. */
  hashOf({ room, author, seq }: Name): string | undefined {
    return this.#entries.get(room, author, seq)?.row.hash.toHex();
  }

  /** The encoding of the run that an entry is of. */
  run(room: RoomId, author: PeerId, seq: number): Uint8Array {
    return this.#kept({ room, author, seq }).row.bytes;
  }

  /** In the order of their writing. */
  entries(): readonly Entry[] {
    return [...this.#entries.all()].map(({ entry }) => entry);
  }

  /** How many entries wait for `peer`. */
  waiting(peer: PeerId): number {
    return entriesIn(this.#outbox.get(peer)?.values() ?? []);
  }

  serverKey(address: string): Uint8Array | undefined {
    return this.#servers.get(address);
  }

  restore(): RestoredChat {
    const kept = [...this.#entries.all()];
    return {
      rooms: [...this.#rooms.values()],
      left: [...this.#left],
      members: [...this.#members.values()],
      heads: [...this.#heads.values()].map(({ entry: { room, author, seq, time }, row }) => {
        return { room, author, seq, hash: row.hash, time };
      }),
      gaps: [...this.#gaps.values()],
      checkpoints: [...this.checkpoints.values(), ...this.anchors.values()],
      forks: [...this.forks.values()],
      floors: [...this.floors.values()],
      waiting: [...this.#outbox].map(([peer, rows]) => ({
        peer,
        count: entriesIn(rows.values()),
      })),
      entrusted: [...this.sealed.entrusted.values()],
      held: [...this.sealed.held.values()],
      unshown: kept.filter(({ isOwn, shown }) => !isOwn && !shown).map(({ entry }) => entry),
      shown: latestOf(kept.filter(({ shown }) => shown).map(({ entry }) => entry)),
    };
  }

  restoreAll(): Restored {
    const people = [...this.#people.values()];
    const networks = [...this.networks.values()];
    return { chat: this.restore(), people, networks, encounters: [...this.encounters.values()] };
  }

  #apply(write: Write): void {
    switch (write.kind) {
      case "own":
        this.#own(write);
        return;
      case "heard":
        return this.#keepAll(write, false);
      case "gaps":
        return this.#keepGaps(write);
      case "checkpoint":
        this.#keepCheckpoint(write);
        return;
      case "rebase":
        return this.#rebase(write);
      case "reword":
        return rewordIn(this.#disk, write);
      case "fork":
        this.forks.set(write.room + write.author, write);
        return;
      case "tried":
        this.#try(write.peer);
        return;
      case "mark":
        this.#mark(write);
        return;
      case "read":
        this.#read(write);
        return;
      case "receipt":
      case "failure":
        this.#settle(write);
        return;
      case "entrusted":
      case "unentrusted":
      case "hold":
      case "passed":
      case "lost":
      case "unhold":
        return this.sealed.write(write, this.#isWaiting);
      case "room":
        this.#room(write);
        return;
      case "member":
        this.#member(write.room, write.peer, write.joined);
        return;
      case "card":
        this.#person(write);
        return;
      case "trust":
        this.#judge(write);
        return;
      case "server":
        return this.#server(write);
      case "nat":
        if (this.#people.has(write.peer)) this.nats.set(write.peer, write.nat);
        return;
      case "network":
        return putLast(this.networks, write.place, write);
      case "encounter":
        return putLast(this.encounters, write.peer + write.place, write);
      case "meeting":
        this.meetings.push(write);
        return;
      case "retention":
        // What is not kept is not asked of a disk in memory.
        return;
      default:
        return write satisfies never;
    }
  }

  #judge({ peer, card, trust, isBlocked, wallMs }: Extract<Write, { kind: "trust" }>): void {
    const { lastSeenMs = wallMs } = this.#people.get(peer) ?? {};
    this.#people.set(peer, { card, trust, isBlocked, lastSeenMs });
  }

  #mark({ room, author, seq }: Extract<Write, { kind: "mark" }>): void {
    const kept = this.#entries.get(room, author, seq);
    const isLater = (kept?.arrival ?? 0) > (this.marks.get(room)?.arrival ?? 0);
    if (kept !== undefined && isLater) this.marks.set(room, kept);
  }

  #read({ room, seq, by }: Extract<Write, { kind: "read" }>): void {
    const rows = [...(this.#outbox.get(by)?.values() ?? [])];
    const waiting = rows.filter(({ run }) => run.room === room).map(({ run }) => run.seq);
    const upTo = Math.min(seq, ...waiting.map((first) => first - 1));
    if (upTo > (this.reads.get(room + by) ?? 0)) this.reads.set(room + by, upTo);
  }

  #try(peer: PeerId): void {
    const rows = this.#outbox.get(peer);
    for (const [key, row] of rows ?? []) rows?.set(key, { ...row, isTried: true });
  }

  readonly #isWaiting = (peer: PeerId, room: RoomId, seq: number): boolean => {
    return this.#outbox.get(peer)?.has(rowKey(room, seq)) === true;
  };

  #settle(write: Extract<Write, { kind: "receipt" | "failure" }>): void {
    const { by, room, seq } = write;
    if (write.kind === "receipt") this.#receipts.add(`${by} ${room} ${seq}`);
    else if (write.reason === CANCELLED) this.#entries.cancel(room, seq);
    this.#outbox.get(by)?.delete(rowKey(room, seq));
    this.sealed.settle(this.#isWaiting);
  }

  /** A card that is met again changes nothing of what is thought of its owner. */
  #person({ peer, card, trust, wallMs }: Extract<Write, { kind: "card" }>): void {
    const known = this.#people.get(peer);
    const isJudged = known !== undefined && known.trust !== "new";
    const isBlocked = known?.isBlocked ?? false;
    this.#people.delete(peer);
    const judged = { trust: isJudged ? known.trust : trust, isBlocked };
    this.#people.set(peer, { ...judged, card, lastSeenMs: wallMs });
  }

  #server({ name, noiseKey, isGiven }: Extract<Write, { kind: "server" }>): void {
    const pinned = this.#servers.get(name);
    if (!isGiven && pinned !== undefined && !equalBytes(pinned, noiseKey)) {
      throw new Error("A key that was learnt takes a pin's place");
    }
    this.#servers.set(name, noiseKey);
  }

  #room({ room, name, proofKey, invitation, joined }: Extract<Write, { kind: "room" }>): void {
    this.#rooms.delete(room);
    this.#left.delete(room);
    if (joined) this.#rooms.set(room, { room, name, proofKey, invitation });
    else if (proofKey !== undefined) this.#left.add(room);
    if (!joined && (proofKey?.length ?? 0) > 0) throw new Error("The key of a left room is kept");
  }

  #member(room: RoomId, peer: PeerId, joined: boolean): void {
    if (joined) this.#members.set(room + peer, { room, peer });
    else this.#members.delete(room + peer);
  }

  #own(write: OwnWrite): void {
    const { run, bytes, recipients, tried = [] } = write;
    const { room, author, seq } = run;
    if (this.holds(room, author, seq)) throw new Error(`Own seq ${seq} is made twice`);
    this.#keepAll(write, true);
    for (const peer of recipients) {
      if (peer === author) throw new Error("An entry is addressed to its author");
      const rows = this.#outbox.get(peer) ?? new Map<string, WaitingRow>();
      this.#position += 1;
      const isTried = tried.includes(peer);
      rows.set(rowKey(room, seq), { position: this.#position, run, bytes, isTried });
      this.#outbox.set(peer, rows);
    }
  }

  /** It goes on where a run ends that is held or missing, or behind what another one holds. */
  #joins({ run }: OwnWrite, coming: readonly ChainGaps[]): boolean {
    const { room, author, seq, previous } = run;
    if (seq === 1 || this.#behind.get(room + author) === seq - 1) return true;
    const ofChain = coming.filter((it) => it.room === room && it.author === author);
    const missing = [this.#gaps.get(room + author), ...ofChain].flatMap((it) => it?.gaps ?? []);
    const held = this.#entries.get(room, author, seq - 1)?.row.hash;
    const ends = missing.filter(({ to }) => to === seq - 1).map(({ hash }) => hash);
    return [held, ...ends].some((hash) => hash !== undefined && equalBytes(hash, previous));
  }

  #rebase({ room, author, from, onto, gaps }: RebaseWrite): void {
    this.#behind.set(room + author, onto.seq);
    this.sealed.forget(room);
    const rows = [...this.#outbox].flatMap(([peer, all]) => {
      return [...all.values()].map((row) => ({ row, peer }));
    });
    const ofRoom = rows.filter(({ row }) => row.run.room === room);
    const first = from ?? Math.min(...ofRoom.map(({ row }) => row.run.seq));
    const waiting = ofRoom.filter(({ row }) => row.run.seq >= first);
    const chain = this.#entries.ofChain({ room, author });
    const kept = chain.filter(({ entry }) => entry.seq >= first);
    if (kept.length === 0 || first > onto.seq + 1) return;
    const bytes = new Set(kept.map(({ row }) => row.bytes));
    const decoded = [...bytes].map((it) => decodeRun(it)).filter((run) => run !== undefined);
    const runs = decoded.toSorted((a, b) => a.seq - b.seq);
    for (const { entry } of kept) this.#entries.delete(room, author, entry.seq);
    this.#heads.delete(room + author);
    for (const it of this.#entries.ofChain({ room, author })) {
      const head = this.#heads.get(room + author)?.entry.seq ?? 0;
      if (it.entry.seq > head) this.#heads.set(room + author, it);
    }
    const moved = rebase(runs, onto);
    const shift = (moved[0]?.run.seq ?? 0) - (runs[0]?.seq ?? 0);
    for (const write of moved) this.#keepAll(write, true);
    moveMark(this.marks, { room, author, seq: first }, shift);
    for (const { peer, row } of waiting) {
      this.#outbox.get(peer)?.delete(rowKey(room, row.run.seq));
    }
    for (const { peer, row } of waiting) {
      const { seq } = row.run;
      const now = moved.find(({ run }) => run.seq === seq + shift);
      if (now === undefined) throw new Error(`Seq ${seq} waits, and is not moved`);
      const all = this.#outbox.get(peer) ?? new Map<string, WaitingRow>();
      all.set(rowKey(room, now.run.seq), { ...row, run: now.run, bytes: now.bytes });
      const sorted = [...all].toSorted(([, a], [, b]) => a.position - b.position);
      this.#outbox.set(peer, new Map(sorted));
    }
    this.#keepGaps({ room, author, gaps });
  }

  #keepAll({ run, bytes, hash }: RunWrite, isOwn: boolean): void {
    const { room, author, entries } = run;
    if (!equalBytes(bytes, encodeRun(run))) throw new Error("Bytes are not their run's");
    if (!equalBytes(hash, sha256(bytes))) throw new Error("A hash is not its run's");
    const row = { seq: run.seq, entries: entries.length, bytes, hash };
    for (const [i, content] of entries.entries()) {
      this.#keep({ room, author, seq: run.seq + i, ...content }, row, isOwn);
    }
  }

  #keep(entry: Entry, row: RunRow, isOwn: boolean): void {
    const { room, author, seq } = entry;
    const known = this.#entries.get(room, author, seq);
    if (known !== undefined) {
      if (equalBytes(known.row.hash, row.hash)) return;
      throw new Error(`Seq ${seq} is on disk as ${toHex(known.row.hash)} already`);
    }
    this.#arrival += 1;
    const arrival = this.#arrival;
    const content = contentOf(entry);
    const kept = { entry, content, row, isOwn, arrival, shown: isOwn };
    const head = this.#heads.get(room + author);
    if (head === undefined || head.entry.seq < seq) this.#heads.set(room + author, kept);
    this.#entries.add(kept);
    if (!isOwn) this.unshown.add(kept);
  }

  #keepCheckpoint(checkpoint: KeptCheckpoint): void {
    const { room, author, seq, hash, isHeld } = checkpoint;
    if (seq >= (this.checkpoints.get(room + author)?.seq ?? 0)) {
      this.checkpoints.set(room + author, checkpoint);
    }
    if (!isHeld) return;
    const row = this.#entries.get(room, author, seq)?.row;
    if (row === undefined || !equalBytes(row.hash, hash)) {
      throw new Error(`Seq ${seq} is not held as it is signed`);
    }
    this.anchors.set(room + author, checkpoint);
  }

  /** Nothing that is missing may be held. */
  #keepGaps({ room, author, gaps }: ChainGaps): void {
    this.#gaps.set(room + author, { room, author, gaps });
    for (const { after, to } of gaps) {
      for (const seq of [after.seq + 1, to]) {
        if (this.holds(room, author, seq)) throw new Error(`Seq ${seq} is held, and missing`);
      }
      if (after.seq > 0 && !this.holds(room, author, after.seq)) {
        throw new Error(`Seq ${after.seq} is neither held nor missing`);
      }
    }
  }

  #kept({ room, author, seq }: Name): Kept {
    const kept = this.#entries.get(room, author, seq);
    if (kept === undefined) throw new Error("No such entry on disk");
    return kept;
  }
}

function putLast<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
}
