import { assert } from "../base/assert.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { decodeChat } from "../wire/chat.ts";
import type { EntryName } from "../wire/content.ts";
import type { Claims } from "./claims.ts";
import type { Commits } from "./commits.ts";
import type { Deliveries } from "./deliveries.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { ChatOutput, ChatStore } from "./events.ts";
import type { Exchange } from "./exchange.ts";
import type { Forks } from "./forks.ts";
import type { Holding } from "./holding.ts";
import type { Inbox } from "./inbox.ts";
import type { Journal, OnAnswered } from "./journal.ts";
import type { Log } from "./log.ts";
import { parseMessageId } from "./messageid.ts";
import type { Membership, RoomKey } from "./membership.ts";
import { type Binding, type OpenPeer, openPeer } from "./openpeer.ts";
import type { Outbox } from "./outbox.ts";
import type { Outputs } from "./outputs.ts";
import { type ChatOptions, partsOf } from "./parts.ts";
import type { Punches } from "./punches.ts";
import type { Reading } from "./reading.ts";
import type { Reads } from "./reads.ts";
import type { Recovery } from "./recovery.ts";
import type { ChainFloor, ChatLoaded } from "./records.ts";
import type { Reception } from "./reception.ts";
import type { Said } from "./said.ts";
import type { Rewordings } from "./rewordings.ts";
import type { Destination, SendResult, Speech } from "./speech.ts";
import type { Withdrawals } from "./withdrawals.ts";

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
  readonly #outputs: Outputs;
  readonly #open: Map<PeerId, OpenPeer>;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #speech: Speech;
  readonly #claims: Claims;
  readonly #recovery: Recovery;
  readonly #membership: Membership;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #punches: Punches;
  readonly #exchange: Exchange;
  readonly #commits: Commits;
  readonly #deliveries: Deliveries;
  /** Where an own message is taken back, if nobody can have it yet. */
  readonly withdrawals: Withdrawals;
  /** Where an own message gets other words in its place, if nobody can have it yet. */
  readonly rewordings: Rewordings;
  /** Who has told different people different things. */
  readonly forks: Forks;
  readonly #reads: Reads;
  /** How far the person here has read. */
  readonly reading: Reading;
  readonly #holding: Holding;
  readonly #reception: Reception;
  readonly #isBarred: (peer: PeerId) => boolean;

  /** What no face has shown yet is told first. */
  constructor(options: ChatOptions) {
    const { now, restored } = options;
    const parts = partsOf(options);
    this.#me = parts.me;
    this.#direct = parts.direct;
    this.#outputs = parts.outputs;
    this.#open = parts.open;
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.#speech = parts.speech;
    this.#claims = parts.claims;
    this.#recovery = parts.recovery;
    this.#membership = parts.membership;
    this.#inbox = parts.inbox;
    this.#outbox = parts.outbox;
    this.#punches = parts.punches;
    this.#exchange = parts.exchange;
    this.#commits = parts.commits;
    this.#deliveries = parts.deliveries;
    this.withdrawals = parts.withdrawals;
    this.rewordings = parts.rewordings;
    this.forks = parts.forks;
    this.#reads = parts.reads;
    this.reading = parts.reading;
    this.#holding = parts.holding;
    this.#reception = parts.reception;
    this.#isBarred = parts.isBarred;
    const { timeline, inbox } = parts;
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
   * in ROOMS_MAX rooms already, or in another of this name. `name` is `#` and a name. Where the
   * disk refuses to keep that, it is asked again.
   */
  join(now: number, name: string, key?: RoomKey, onAnswered?: OnAnswered): RoomId | undefined {
    const room = this.#membership.join(name, this.#open.values(), key, onAnswered);
    if (room === undefined) return undefined;
    for (const peer of this.#open.values()) this.#reception.onRooms(now, peer);
    this.#exchange.onFree();
    return room;
  }

  /**
   * False if we are not in it. What others have not received of it yet is still delivered, but not
   * of a private room.
   */
  leave(now: number, name: string, onAnswered?: OnAnswered): boolean {
    const left = this.#membership.called(name);
    if (left !== undefined) this.#exchange.onLeaving(now, left);
    const room = this.#membership.leave(name, this.#open.values(), onAnswered);
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
    this.#claims.onPeerOpen(peer);
    if (!this.#isBarred(id)) this.#outbox.onPeerOpen(id);
  }

  /** So much of these chains has left the disk: it is neither given nor asked for any more. */
  onDropped(now: number, floors: readonly ChainFloor[]): void {
    for (const { room, author, seq } of floors) {
      const chain = this.#log.find(room, author);
      if (chain !== undefined) this.#log.drop(chain, seq);
    }
    for (const room of new Set(floors.map((it) => it.room))) {
      if (this.#membership.rooms.has(room)) this.#exchange.onDropped(now, room);
    }
  }

  /** What this one says is taken from others again: members are asked for what was missed. */
  onUnblocked(now: number): void {
    this.#exchange.onUnblocked(now);
  }

  /** Whether this peer is barred has changed. */
  onJudged(now: number, id: PeerId): void {
    const peer = this.#open.get(id);
    if (peer !== undefined) {
      if (this.#isBarred(id)) this.#outbox.onPeerClosed(id);
      else this.#outbox.onPeerOpen(id);
      this.#reception.onRooms(now, peer);
    }
    this.#holding.onJudged(now, id);
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
    this.#inbox.handleWord(peer, message.run);
  }

  /** Makes an entry. What becomes of it is told by `status` events with this `req`. */
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
    if (name?.author === this.#me) this.withdrawals.ask({ ...name, req });
    else this.#outputs.event({ kind: "withdrawn", id, req, fault: "unknown" });
  }

  /** Whether an own message is taken back, and the disk does not have that yet. */
  isCancelling({ room, author, seq }: EntryName & { readonly room: RoomId }): boolean {
    return author === this.#me && this.withdrawals.isUnderWay(room, seq);
  }

  /** The room of oneself and this peer. */
  directRoom(peer: PeerId): RoomId {
    return this.#direct.with(peer);
  }

  /** Whether entries wait for this peer, on disk or under way. */
  hasWaiting(peer: PeerId): boolean {
    return this.#outbox.hasWaiting(peer);
  }

  /** All is on disk that was to go there, or was refused, and nothing more follows from it. */
  get isStored(): boolean {
    return this.#journal.isIdle && this.#deliveries.isIdle && !this.#speech.isHolding;
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
        return this.#deliveries.handleLoaded(now, token, loaded.delivery);
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
    this.#claims.handleTimeout(now);
    this.#recovery.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(
      this.#journal.pollTimeout(),
      this.#outbox.pollTimeout(),
      this.#exchange.pollTimeout(),
      this.#claims.pollTimeout(),
      this.#recovery.pollTimeout(),
      this.reading.pollTimeout(),
      this.#reads.pollTimeout(),
      this.#holding.pollTimeout(),
    );
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
