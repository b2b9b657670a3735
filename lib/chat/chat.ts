import { assert } from "../base/assert.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { type ChatMessage, decodeChat } from "../wire/chat.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import { HybridClock, latestTime } from "./clock.ts";
import { DirectRooms } from "./directrooms.ts";
import type { ChatOutput, ChatStore } from "./events.ts";
import { Inbox } from "./inbox.ts";
import {
  Journal,
  OWN_PENDING_BYTES_MAX,
  OWN_PENDING_MAX,
  type Pending,
  type PendingNote,
} from "./journal.ts";
import { Log, rewindChain, settleChain } from "./log.ts";
import { Membership, type RoomKey } from "./membership.ts";
import { type Binding, type OpenPeer, openPeer } from "./openpeer.ts";
import { Outbox } from "./outbox.ts";
import { Outputs } from "./outputs.ts";
import { Punches } from "./punches.ts";
import { sizeOf } from "./recipient.ts";
import type { ChatLoaded, RestoredChat } from "./records.ts";
import { Statuses } from "./statuses.ts";

export interface ChatOptions {
  readonly me: PeerId;
  readonly restored: RestoredChat;
  /** To whom nothing may be sent that a person has said; nobody where not given. */
  readonly isBarred?: (peer: PeerId) => boolean;
}

export type Destination =
  | { readonly kind: "room"; readonly room: RoomId }
  | { readonly kind: "direct"; readonly peer: PeerId };

export type SendResult =
  { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: SendFault };

/** `outbox-full`: too much waits for the disk, or for everybody who would get it. */
export type SendFault = "too-long" | "empty" | "not-a-member" | "outbox-full" | "barred";

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
  readonly #journal = new Journal();
  readonly #open = new Map<PeerId, OpenPeer>();
  readonly #log: Log;
  readonly #clock: HybridClock;
  readonly #statuses: Statuses;
  readonly #membership: Membership;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #punches: Punches;
  readonly #isBarred: (peer: PeerId) => boolean;

  /** What no face has shown yet is told first. */
  constructor({ me, restored, isBarred = () => false }: ChatOptions) {
    const own = restored.heads.filter((head) => head.author === me);
    const parts = { journal: this.#journal, outputs: this.#outputs, open: this.#open };
    this.#me = me;
    this.#isBarred = isBarred;
    this.#direct = new DirectRooms(me);
    this.#log = new Log(restored.heads);
    this.#clock = new HybridClock(latestTime(own), restored.time);
    this.#statuses = new Statuses(me, this.#direct, this.#outputs);
    this.#membership = new Membership(restored, parts);
    this.#inbox = new Inbox({ ...parts, log: this.#log, clock: this.#clock });
    this.#outbox = new Outbox(restored.waiting, {
      ...parts,
      statuses: this.#statuses,
      membership: this.#membership,
    });
    this.#punches = new Punches(this.#outputs);
    for (const entry of restored.unshown) this.#inbox.show(entry);
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
  join(_now: number, name: string, key?: RoomKey): RoomId | undefined {
    return this.#membership.join(name, this.#open.values(), key);
  }

  /**
   * False if we are not in it. What others have not received of it yet is still delivered, but not
   * of a private room.
   */
  leave(_now: number, name: string): boolean {
    const room = this.#membership.leave(name, this.#open.values());
    if (room !== undefined) this.#log.unblockRoom(room);
    return room !== undefined;
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
  onJudged(id: PeerId): void {
    if (!this.#open.has(id)) return;
    if (this.#isBarred(id)) this.#outbox.onPeerClosed(id);
    else this.#outbox.onPeerOpen(id);
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

  onPeerClosed(_now: number, id: PeerId): void {
    if (!this.#open.delete(id)) return;
    this.#inbox.onPeerClosed(id);
    this.#outbox.onPeerClosed(id);
    this.#punches.onPeerClosed(id);
    this.#membership.onPeerClosed(id);
  }

  /** `malformed`: nothing that this version knows, and ignored. */
  handleMessage(now: number, id: PeerId, bytes: Uint8Array): "ok" | "malformed" {
    const peer = this.#open.get(id);
    assert(peer !== undefined, "only an open session has messages");
    const message = decodeChat(bytes);
    if (message === undefined) return "malformed";
    return this.#handle(now, peer, message) ? "ok" : "malformed";
  }

  /** What somebody says ahead of a session: what is between the two alone, and not answered yet. */
  handleWord(now: number, id: PeerId, bytes: Uint8Array): void {
    const message = decodeChat(bytes);
    if (message?.kind !== "entries") return;
    const peer = this.#open.get(id) ?? openPeer(now, this.#me, id);
    this.#inbox.handleRun(now, peer, message.run, () => false);
  }

  /** Makes an entry. Its id is final, its fate is told by `status` events with this `req`. */
  send(now: number, destination: Destination, text: string, req: string | null): SendResult {
    const body = encodeUtf8(text);
    if (body.length === 0) return { ok: false, reason: "empty" };
    if (body.length > TEXT_BYTES_MAX) return { ok: false, reason: "too-long" };
    const room = this.#roomOf(destination);
    if (room === undefined) return { ok: false, reason: "not-a-member" };
    if (destination.kind === "direct" && this.#isBarred(destination.peer)) {
      return { ok: false, reason: "barred" };
    }

    const peers = destination.kind === "direct" ? [destination.peer] : this.members(room);
    const recipients: PeerId[] = [];
    const leftOut: PeerId[] = [];
    for (const peer of peers) {
      if (this.#isBarred(peer)) continue;
      (this.#outbox.isFull(peer) ? leftOut : recipients).push(peer);
    }
    const isFull = leftOut.length > 0 && recipients.length === 0;
    if (isFull || this.#journal.isFull(this.#me, OWN_PENDING_MAX, OWN_PENDING_BYTES_MAX)) {
      return { ok: false, reason: "outbox-full" };
    }

    const to = destination.kind === "direct" ? destination.peer : undefined;
    const chain = this.#log.chain(room, this.#me);
    const run = this.#journal.runFor(chain, { to, recipients, leftOut }, body);
    this.#outbox.onMade(recipients);
    return { ok: true, id: run.add(this.#clock.next(now), body, req) };
  }

  /** The room of oneself and this peer. */
  directRoom(peer: PeerId): RoomId {
    return this.#direct.with(peer);
  }

  /** Whether entries wait for this peer, on disk or under way. */
  hasWaiting(peer: PeerId): boolean {
    return this.#outbox.hasWaiting(peer);
  }

  /** Asks a peer for a sign of life; `punched` or `unpunched` tells this token. */
  punch(now: number, peer: PeerId): number {
    return this.#punches.ask(now, peer);
  }

  handleStored(now: number, token: number, ok: boolean): void {
    const items = this.#journal.take(token);
    if (ok) for (const item of items) this.#onStored(now, item);
    else this.#onUnstored(now, items);
  }

  handleLoaded(_now: number, token: number, loaded: ChatLoaded): void {
    this.#outbox.handleLoaded(token, loaded.rows);
  }

  handleTimeout(now: number): void {
    this.#outbox.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.#outbox.pollTimeout();
  }

  pollOutput(): ChatOutput | undefined {
    const output = this.#outputs.poll();
    if (output !== undefined || !this.#inbox.flush()) return output;
    return this.#outputs.poll();
  }

  /** To be asked when a turn's inputs are in: what they wrote is one transaction. */
  pollStore(): ChatStore | undefined {
    return this.#journal.poll();
  }

  #handle(now: number, peer: OpenPeer, message: ChatMessage): boolean {
    switch (message.kind) {
      case "rooms":
        this.#membership.handleRooms(now, peer, message.rooms, message.proofs);
        this.#outbox.onMet(peer.id);
        return true;
      case "join":
        this.#membership.handleJoin(now, peer, message.room);
        return true;
      case "leave":
        this.#membership.handleLeave(peer, message.room);
        return true;
      case "entries":
        return this.#inbox.handleRun(now, peer, message.run, (room) => {
          return this.#membership.takes(peer.id, room);
        });
      case "receipt":
        this.#outbox.handleReceipt(now, peer.id, message.room, message.seqs);
        return true;
      case "refusal": {
        const { room, seq, reason } = message;
        const isOurs = this.#outbox.handleRefusal(now, peer.id, room, seq, reason);
        if (isOurs && reason === "not-a-member") this.#membership.handleLeave(peer, room);
        return true;
      }
      case "prove":
        this.#membership.handleProve(now, peer, message.proof);
        return true;
      case "withdraw":
        this.#membership.handleWithdraw(peer, message.proof);
        return true;
      case "punch":
        this.#punches.handlePunch(peer.id, message.token);
        return true;
      case "punched":
        this.#punches.handlePunched(now, peer.id, message.token);
        return true;
      default:
        return message satisfies never;
    }
  }

  #onStored(now: number, item: Pending): void {
    switch (item.kind) {
      case "own": {
        const { messages, write } = item;
        const { recipients, leftOut } = item.addressees;
        const run = sizeOf(write);
        settleChain(item.chain, item.link);
        this.#statuses.onQueued(run, messages, recipients.length + leftOut.length);
        for (const peer of leftOut) {
          this.#statuses.onFailed(run, peer, "too much waits for them already");
        }
        this.#outbox.onStored(run, write);
        return;
      }
      case "heard":
        settleChain(item.chain, item.link);
        this.#inbox.onStored(item);
        return;
      case "note":
        this.#onNoted(now, item, true);
        return;
      default:
        return item satisfies never;
    }
  }

  /** What was to follow a refused run in its chain goes with it: there would be a hole. */
  #onUnstored(now: number, items: readonly Pending[]): void {
    this.#outputs.event({ kind: "unstored", writes: items.length });
    const runs = items.filter((item) => item.kind !== "note");
    const chains = new Set(runs.map((item) => item.chain));
    for (const chain of chains) rewindChain(chain);
    for (const item of [...runs, ...this.#journal.withdraw(chains)]) {
      if (item.kind === "heard") {
        this.#inbox.onUnstored(now, item);
      } else {
        this.#outbox.onLost(item.addressees.recipients, item.entries);
        this.#statuses.onLost(item.messages, "the disk refuses");
      }
    }
    for (const item of items) if (item.kind === "note") this.#onNoted(now, item, false);
  }

  #onNoted(now: number, { write }: PendingNote, ok: boolean): void {
    if (write.kind === "receipt" || write.kind === "failure") {
      this.#outbox.onAnswerStored(now, write, ok);
    }
  }

  #roomOf(destination: Destination): RoomId | undefined {
    if (destination.kind === "room") {
      return this.rooms().has(destination.room) ? destination.room : undefined;
    }
    const { peer } = destination;
    return peer === this.#me ? undefined : this.#direct.with(peer);
  }
}
