import { assert } from "../base/assert.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { decodeChat } from "../wire/chat.ts";
import type { EntryName } from "../wire/content.ts";
import type { Run } from "../wire/entry.ts";
import { Commits } from "./commits.ts";
import { DirectRooms } from "./directrooms.ts";
import type { Envelopes } from "./envelopes.ts";
import type { ChatOutput, ChatStore } from "./events.ts";
import { Exchange, type Signatures } from "./exchange.ts";
import { Forks } from "./forks.ts";
import { Holding } from "./holding.ts";
import { Inbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { Log } from "./log.ts";
import { Mates } from "./mates.ts";
import { parseMessageId } from "./messageid.ts";
import { Membership, type RoomKey } from "./membership.ts";
import { type Binding, type OpenPeer, openPeer } from "./openpeer.ts";
import { Outbox } from "./outbox.ts";
import { Outputs } from "./outputs.ts";
import { Punches } from "./punches.ts";
import { Reading } from "./reading.ts";
import { Reads } from "./reads.ts";
import type { ChatLoaded, RestoredChat } from "./records.ts";
import { Reception } from "./reception.ts";
import type { Said } from "./said.ts";
import { type Destination, type SendResult, Speech } from "./speech.ts";
import { Statuses } from "./statuses.ts";
import { Timeline } from "./timeline.ts";
import { Withdrawals } from "./withdrawals.ts";

export interface ChatOptions {
  readonly now: number;
  readonly me: PeerId;
  readonly restored: RestoredChat;
  readonly signatures: Signatures;
  readonly envelopes: Envelopes;
  /** Whether one holds for others, and has others hold for oneself: neither where not given. */
  readonly holds?: boolean;
  readonly asksHold?: boolean;
  /** To whom nothing may be sent that a person has said; nobody where not given. */
  readonly isBarred?: (peer: PeerId) => boolean;
  /** Of whom nothing is taken that others pass on; nobody where not given. */
  readonly isBlocked?: (peer: PeerId) => boolean;
  /** Whether others are told how far the person here has read what they said. */
  readonly sharesRead?: boolean;
}

/**
 * The conversations of one person: rooms, direct messages, and every message's way from its
 * author's disk to the recipients', and back as a receipt. PROTOCOL.md §8.
 *
 * The parent tells of sessions with `onPeerOpen` and `onPeerClosed`, carries the outputs out, asks
 * for a store at the end of each turn, and answers stores and loads in the order in which the disk
 * did them. At most one store is unanswered at a time, and nothing leaves before the store that it
 * rests on is answered: an own entry, a receipt, a *delivered*.
 */
export class Chat {
  readonly #me: PeerId;
  readonly #direct: DirectRooms;
  readonly #outputs = new Outputs();
  readonly #open = new Map<PeerId, OpenPeer>();
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #speech: Speech;
  readonly #membership: Membership;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #punches: Punches;
  readonly #exchange: Exchange;
  readonly #commits: Commits;
  readonly #withdrawals: Withdrawals;
  readonly #reads: Reads;
  /** How far the person here has read. */
  readonly reading: Reading;
  readonly #holding: Holding;
  readonly #reception: Reception;
  readonly #isBarred: (peer: PeerId) => boolean;

  /** What no face has shown yet is told first. */
  constructor({ now, me, restored, signatures, envelopes, ...rules }: ChatOptions) {
    const { isBarred = () => false, isBlocked = () => false, sharesRead = false } = rules;
    const { holds = false, asksHold = false } = rules;
    const [outputs, open] = [this.#outputs, this.#open];
    const log = new Log(restored);
    const journal = new Journal(log, open);
    const timeline = new Timeline();
    this.#me = me;
    this.#isBarred = isBarred;
    this.#direct = new DirectRooms(me);
    this.#log = log;
    this.#journal = journal;
    const statuses = new Statuses(me, this.#direct, outputs);
    const membership = new Membership(restored, { journal, outputs, open });
    const mates = new Mates(membership, isBarred);
    const forks = new Forks(journal, outputs, mates);
    const parts = { log, journal, outputs, open, timeline, statuses, membership, mates, forks };
    this.#membership = membership;
    const onHeld = (at: number, run: Run) => this.reading.onHeld(at, run);
    this.#inbox = new Inbox({ ...parts, onHeld });
    this.#outbox = new Outbox(restored.waiting, parts);
    const punches = new Punches(outputs);
    this.#punches = punches;
    const isSending = (peer: PeerId) => this.#outbox.hasWaiting(peer);
    const exchange = new Exchange(me, signatures, { ...parts, isSending, isBlocked });
    this.#exchange = exchange;
    const [inbox, outbox, direct] = [this.#inbox, this.#outbox, this.#direct];
    const withdrawals = new Withdrawals(me, { direct, outputs, outbox });
    this.#withdrawals = withdrawals;
    this.#speech = new Speech(me, { ...parts, direct, outbox, isBarred });
    this.reading = new Reading({ ...parts, isBarred, isShared: sharesRead });
    this.#reads = new Reads(me, { ...parts, isBarred });
    const seals = { signatures, envelopes, isBarred, outbox, direct };
    const holding = new Holding({ now, me, restored, holds, asksHold }, { ...parts, ...seals });
    this.#holding = holding;
    const read = { reading: this.reading, reads: this.#reads };
    const others = { ...parts, ...read, inbox, outbox, exchange, holding };
    this.#reception = new Reception({ ...others, punches });
    this.#commits = new Commits({ ...others, withdrawals });
    timeline.onRestored(now, restored.shown);
    inbox.show(now, restored.unshown);
    timeline.onRestored(now, restored.heads);
  }

  /** Names of the rooms we are in: no two have one. */
  rooms(): ReadonlyMap<RoomId, string> {
    return this.#membership.rooms;
  }

  /** The others known to be in a room of ours, here or away. */
  members(room: RoomId): ReadonlySet<PeerId> {
    return this.#membership.members(room);
  }

  /** The room of this name that we are in. */
  roomCalled(name: string): RoomId | undefined {
    return this.#membership.called(name);
  }

  isPrivate(room: RoomId): boolean {
    return this.#membership.isPrivate(room);
  }

  /** The secret that lets others into a private room, if it is one made for that. */
  invitation(room: RoomId): string | undefined {
    return this.#membership.invitation(room);
  }

  /** Whether what belongs to this room of ours may pass between us and this peer. */
  maySpeakOf(peerId: PeerId, room: RoomId): boolean {
    return this.#membership.takes(peerId, room);
  }

  /** Whether this peer may have from us what that author has said in a room. */
  mayTellOf(peerId: PeerId, author: PeerId): boolean {
    for (const room of this.rooms().keys()) {
      if (this.#log.find(room, author) === undefined) continue;
      const isMate = this.members(room).has(peerId) && this.maySpeakOf(peerId, room);
      if (isMate && !this.#isBarred(peerId)) return true;
    }
    return false;
  }

  /** Whether one is in a room of ours. */
  isMember(peerId: PeerId): boolean {
    return this.#membership.isMember(peerId);
  }

  /** Whether both are in one room of ours. */
  shareRoom(a: PeerId, b: PeerId): boolean {
    return this.#membership.share(a, b);
  }

  /**
   * Without a key it is the open room, or whichever of this name one is in. Undefined when we are
   * in ROOMS_MAX rooms already, or in another of this name. `name` is `#` and a name.
   */
  join(now: number, name: string, key?: RoomKey): RoomId | undefined {
    const room = this.#membership.join(name, this.#open.values(), key);
    if (room === undefined) return undefined;
    this.#exchange.onJoined(room);
    for (const peer of this.#open.values()) this.#reception.onRooms(now, peer);
    return room;
  }

  /**
   * False if we are not in it. What others have not received of it yet is still delivered, but not
   * of a private room.
   */
  leave(now: number, name: string): boolean {
    const left = this.#membership.called(name);
    if (left !== undefined) this.#exchange.onLeaving(now, left);
    const room = this.#membership.leave(name, this.#open.values());
    if (room === undefined) return false;
    this.#log.unblockRoom(room);
    for (const peer of this.#open.values()) this.#reception.onRooms(now, peer);
    return true;
  }

  /** Whoever reads what is told is behind, or is so no more: history waits for them. */
  onPace(now: number, isBehind: boolean): void {
    this.#exchange.onPace(now, isBehind);
  }

  /** Before the last sessions close: what was said is signed, for others to pass on. */
  quit(now: number): void {
    this.#journal.hurry();
    this.#exchange.onQuit(now);
  }

  onPeerOpen(now: number, id: PeerId, binding: Binding): void {
    if (this.#open.has(id)) this.onPeerClosed(now, id);
    const peer = openPeer(now, this.#me, id, binding);
    this.#open.set(id, peer);
    this.#log.unblockAuthor(id);
    this.#punches.onPeerOpen(id);
    this.#membership.onPeerOpen(peer);
    if (!this.#isBarred(id)) this.#outbox.onPeerOpen(id);
  }

  /** Whether this peer is barred has changed. */
  onJudged(now: number, id: PeerId): void {
    const peer = this.#open.get(id);
    if (peer === undefined) return;
    if (this.#isBarred(id)) this.#outbox.onPeerClosed(id);
    else this.#outbox.onPeerOpen(id);
    this.#reception.onRooms(now, peer);
  }

  /** Whether `onAnswered` would have something to tell, as far as is known without a look. */
  hasWord(id: PeerId): boolean {
    return !this.#isBarred(id) && this.#outbox.hasWord(id, this.#direct.with(id));
  }

  /** Somebody is about to be met: the first that waits between the two is told as a `word`. */
  onAnswered(id: PeerId): void {
    if (this.#open.has(id) || this.#isBarred(id)) return;
    this.#outbox.onAnswered(id, this.#direct.with(id));
  }

  onPeerClosed(now: number, id: PeerId): void {
    if (!this.#open.delete(id)) return;
    this.#outputs.drop(id);
    this.#inbox.onPeerClosed(id);
    this.#outbox.onPeerClosed(id);
    this.#punches.onPeerClosed(id);
    this.#membership.onPeerClosed(id);
    this.#exchange.onPeerClosed(now, id);
    this.reading.onPeerClosed(id);
    this.#reads.onPeerClosed(id);
    this.#holding.onPeerClosed(now, id);
  }

  /** `malformed`: nothing that this version knows, and ignored. */
  handleMessage(now: number, id: PeerId, bytes: Uint8Array): "ok" | "malformed" {
    const peer = this.#open.get(id);
    assert(peer !== undefined, "only an open session has messages");
    const message = decodeChat(bytes);
    if (message === undefined) return "malformed";
    return this.#reception.handle(now, peer, message) ? "ok" : "malformed";
  }

  /** What somebody says ahead of a session: what is between the two alone, and not answered yet. */
  handleWord(now: number, id: PeerId, bytes: Uint8Array): void {
    const message = decodeChat(bytes);
    if (message?.kind !== "entries") return;
    const peer = this.#open.get(id) ?? openPeer(now, this.#me, id);
    this.#inbox.handleRun(now, peer, message.run, () => false);
  }

  /** Makes an entry. Its id is final, its fate is told by `status` events with this `req`. */
  send(now: number, destination: Destination, said: Said, req: string | null): SendResult {
    return this.#speech.send(now, destination, said, req);
  }

  /** The entry of this id, where its chain is held as far as there. */
  named(id: string): (EntryName & { readonly room: RoomId }) | undefined {
    const name = parseMessageId(id);
    const chain = name && this.#log.named(name.chain);
    if (name === undefined || chain === undefined) return undefined;
    const { room, author, next } = chain;
    const isThere = name.seq >= 1 && name.seq <= next.head.seq;
    return isThere ? { room, author, seq: name.seq } : undefined;
  }

  /** Takes back an own message that waits; `withdrawn` tells this `req` what came of it. */
  cancel(id: string, req: string | null): void {
    const name = this.named(id);
    if (name?.author === this.#me) this.#withdrawals.ask({ ...name, req });
    else this.#outputs.event({ kind: "withdrawn", id, req, fault: "unknown" });
  }

  /** The room of oneself and this peer. */
  directRoom(peer: PeerId): RoomId {
    return this.#direct.with(peer);
  }

  /** Whether entries wait for this peer, on disk or under way. */
  hasWaiting(peer: PeerId): boolean {
    return this.#outbox.hasWaiting(peer);
  }

  /** For whom entries wait, on disk or under way, and how many. */
  waiting(): readonly { readonly peer: PeerId; readonly count: number }[] {
    return this.#outbox.waiting();
  }

  /** Who holds an own message for whom it was said to; nobody where it is none that waits. */
  holdersOf(id: string, to: PeerId): readonly PeerId[] {
    const name = this.named(id);
    const isBetween = name?.author === this.#me && name.room === this.#direct.with(to);
    return isBetween ? this.#holding.trusts.holdersOf(to, name.seq) : [];
  }

  /** How many of the entries that wait for a peer are held for it, and by whom. */
  heldFor(peer: PeerId): { readonly entries: number; readonly holders: readonly PeerId[] } {
    return this.#holding.trusts.heldFor(peer);
  }

  /** Asks a peer for a sign of life; `punched` or `unpunched` tells this token. */
  punch(now: number, peer: PeerId): number {
    return this.#punches.ask(now, peer);
  }

  handleStored(now: number, token: number, ok: boolean): void {
    this.#commits.handleStored(now, token, ok);
  }

  handleLoaded(now: number, token: number, loaded: ChatLoaded): void {
    switch (loaded.kind) {
      case "outbox":
        return this.#outbox.handleLoaded(now, token, loaded.rows);
      case "runs":
        return this.#exchange.handleLoaded(now, token, loaded.rows);
      case "delivery":
        return this.#withdrawals.handleLoaded(token, loaded.delivery);
      case "unread":
        return this.reading.handleUnread(token, loaded);
      case "marks":
        return this.reading.handleMarks(now, loaded);
      case "reads":
        return this.#reads.handleLoaded(now, token, loaded);
      case "held":
        return this.#holding.handleLoaded(token, loaded.envelope);
      default:
        return loaded satisfies never;
    }
  }

  handleTimeout(now: number): void {
    this.#outbox.handleTimeout(now);
    this.#exchange.handleTimeout(now);
    this.reading.handleTimeout(now);
    this.#reads.handleTimeout(now);
    this.#holding.handleTimeout(now);
  }

  pollTimeout(): number {
    const reading = [this.reading, this.#reads];
    const parts = [this.#journal, this.#outbox, this.#exchange, ...reading, this.#holding];
    return Math.min(...parts.map((part) => part.pollTimeout()));
  }

  pollOutput(): ChatOutput | undefined {
    const output = this.#outputs.poll();
    if (output !== undefined || !this.#inbox.flush()) return output;
    return this.#outputs.poll();
  }

  /** To be asked when a turn's inputs are in: what they wrote is one transaction. */
  pollStore(now: number): ChatStore | undefined {
    return this.#journal.poll(now);
  }
}
