import { Deadlines } from "../base/deadlines.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Head } from "../wire/chat.ts";
import { HEADS_MAX, RUN_BYTES_MAX } from "../wire/limits.ts";
import { NOTHING_HELD } from "./chain.ts";
import { isNear } from "./clock.ts";
import type { Loads } from "./loads.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";

/**
 * Where a member says that it holds more of one's own chain of a room, nothing is said there to
 * anybody for so long at most, while what is signed of it comes.
 */
export const CLAIM_MS = 10_000;

/** Peers of whom that was not shown, and who hold no room up again. Of more, nobody does. */
export const DOUBTED_MAX = 4096;

/** Chains of which one peer is listened to in a session; it is sent nothing of more rooms. */
export const CLAIMED_PER_PEER_MAX = 4 * HEADS_MAX;

/** No honest chain is as long: of one that is said to be, nothing is believed. */
const SEQ_CLAIM_MAX = 2 ** 47;

export interface ClaimsOptions {
  readonly me: PeerId;
  /** Whether one's own chain there is being moved. */
  readonly isMoving: (room: RoomId) => boolean;
  /** The other one of a conversation of two holds something else, or more. */
  readonly onOther: (peer: PeerId, head: Head) => void;
  /** A member of a room says to hold more than is signed. */
  readonly onClaimed: (peer: PeerId, head: Head) => void;
  /** Nobody is waited for there any more. */
  readonly onReleased: (room: RoomId) => void;
  /** What waits may go out to this peer now, or may be signed. */
  readonly onFree: (peer: OpenPeer) => void;
}

/** What is said of a room whose own chain others hold more of. */
interface Claim {
  /** The highest seq that somebody says to hold. */
  seq: number;
  readonly by: Set<PeerId>;
}

/**
 * Each tells the other, before anything else, how much of its chains it holds: so a person whose
 * disk was lost, or is an older copy, learns it before a number is used that stands for something
 * else with others. PROTOCOL.md §8.
 */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #log: Log;
  readonly #outputs: Outputs;
  readonly #loads: Loads;
  readonly #membership: Membership;
  readonly #open: ReadonlyMap<PeerId, OpenPeer>;
  readonly #claims = new Map<RoomId, Claim>();
  readonly #due = new Deadlines<RoomId>();
  readonly #doubted = new Set<PeerId>();

  constructor(
    options: ClaimsOptions,
    parts: {
      readonly log: Log;
      readonly outputs: Outputs;
      readonly loads: Loads;
      readonly membership: Membership;
      readonly open: ReadonlyMap<PeerId, OpenPeer>;
    },
  ) {
    this.#options = options;
    this.#log = parts.log;
    this.#outputs = parts.outputs;
    this.#loads = parts.loads;
    this.#membership = parts.membership;
    this.#open = parts.open;
  }

  /** Whether what one says there oneself may go out to this peer, where a session is open. */
  mayGo(id: PeerId, room: RoomId): boolean {
    const peer = this.#open.get(id);
    if (peer === undefined) return true;
    if (!this.#isFree(room)) return false;
    // Of two, the other one takes nothing that does not go behind what it holds.
    if (room === peer.direct) return true;
    return peer.hasTold && (peer.told.has(room) || !this.#membership.admits(peer, room));
  }

  /** Whether it may be signed: somebody who is here has told what was signed before. */
  maySign(room: RoomId): boolean {
    if (!this.#isFree(room)) return false;
    const here = [...this.#open.values()];
    return here.some((peer) => peer.told.has(room) && this.#membership.admits(peer, room));
  }

  /** Tells a peer what is held of its chains in all rooms that may be named to it. */
  onPeerOpen(peer: OpenPeer): void {
    const named = [...this.#membership.rooms.keys()].filter((room) => {
      return !this.#membership.isPrivate(room);
    });
    const rooms = [peer.direct, ...named];
    const heads = rooms.map((room) => this.#headOf(peer, room)).filter(({ seq }) => seq > 0);
    this.#outputs.send(peer.id, { kind: "heads", heads });
    for (const room of rooms) this.#prove(peer, room);
  }

  /** A peer, or we, may have come to be in a room. */
  onRooms(now: number, peer: OpenPeer): void {
    for (const room of this.#membership.rooms.keys()) {
      if (!this.#membership.admits(peer, room)) continue;
      if (!peer.informed.has(room)) {
        this.#outputs.send(peer.id, { kind: "heads", heads: [this.#headOf(peer, room)] });
        this.#prove(peer, room);
      }
      const head = peer.heads.get(room);
      if (head === undefined) continue;
      peer.heads.delete(room);
      this.#considerRoom(now, peer, head);
    }
  }

  /** What a peer holds of one's own chains. */
  handle(now: number, peer: OpenPeer, heads: readonly Head[]): void {
    const named = new Set(heads.map(({ room }) => room));
    if (!peer.hasTold) {
      for (const room of peer.announced) if (!named.has(room)) peer.told.add(room);
    }
    peer.hasTold = true;
    for (const head of heads) {
      // Of each chain the first word counts, of rooms that it can be asked about.
      const isOf = head.room === peer.direct || this.#mayBeOf(peer, head.room);
      if (!isOf || peer.claimed.has(head.room)) continue;
      if (peer.claimed.size >= CLAIMED_PER_PEER_MAX) continue;
      peer.claimed.add(head.room);
      // The hash outlives the message that it came in.
      const known = { ...head, hash: head.hash.slice() };
      if (head.room === peer.direct) this.#considerDirect(now, peer, known);
      else if (this.#membership.admits(peer, head.room)) this.#considerRoom(now, peer, known);
      else peer.heads.set(head.room, known);
    }
    this.#options.onFree(peer);
  }

  #mayBeOf(peer: OpenPeer, room: RoomId): boolean {
    return peer.announced.has(room) || this.#membership.admits(peer, room);
  }

  /** More is known of what was signed there. */
  onSigned(room: RoomId): void {
    const claim = this.#claims.get(room);
    const { seq } = this.#log.find(room, this.#options.me)?.checkpoint ?? NOTHING_HELD.head;
    if (claim === undefined || seq >= claim.seq) this.#release(room);
  }

  handleTimeout(now: number): void {
    for (let room = this.#due.pollDue(now); room !== undefined; room = this.#due.pollDue(now)) {
      for (const peer of this.#claims.get(room)?.by ?? []) {
        if (this.#doubted.size < DOUBTED_MAX) this.#doubted.add(peer);
      }
      this.#release(room);
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }

  #isFree(room: RoomId): boolean {
    return !this.#claims.has(room) && !this.#options.isMoving(room);
  }

  /** It was told of a room, and gets what it has signed there: it may have lost that. */
  #prove(peer: OpenPeer, room: RoomId): void {
    peer.informed.add(room);
    const checkpoint = this.#log.find(room, peer.id)?.checkpoint;
    if (checkpoint === undefined) return;
    this.#outputs.send(peer.id, { kind: "checkpoints", room, checkpoints: [checkpoint] });
  }

  #headOf({ id }: OpenPeer, room: RoomId): Head {
    const { seq, hash, time } = this.#log.find(room, id)?.held.head ?? NOTHING_HELD.head;
    return { room, seq, hash, time };
  }

  /** Between two nothing is signed: what the other one says to hold, the next goes behind. */
  #considerDirect(now: number, peer: OpenPeer, head: Head): void {
    const held = this.#ownHead(head.room);
    const isSame = held.seq === head.seq && equalBytes(held.hash, head.hash);
    const isCredible = head.seq <= SEQ_CLAIM_MAX && isNear(now, head.time);
    if (head.seq === 0 || isSame || !isCredible) return;
    if (head.seq >= held.seq) this.#options.onOther(peer.id, head);
    else this.#lookUp(peer, head, () => this.#options.onOther(peer.id, head));
  }

  /** Only one's own signature, or tag, shows that it is so; what is signed here others look at. */
  #considerRoom(now: number, peer: OpenPeer, head: Head): void {
    const { room, seq, hash } = head;
    const chain = this.#log.find(room, this.#options.me);
    const held = this.#ownHead(room);
    const isSame = held.seq === seq && equalBytes(held.hash, hash);
    const isCredible = seq <= SEQ_CLAIM_MAX && isNear(now, head.time);
    if (seq <= (chain?.checkpoint?.seq ?? 0) || isSame || !isCredible) peer.told.add(room);
    else if (seq >= held.seq) this.#hold(now, peer, head);
    else this.#lookUp(peer, head, (at) => this.#hold(at, peer, head));
  }

  #hold(now: number, peer: OpenPeer, head: Head): void {
    const { room, seq } = head;
    peer.told.add(room);
    if (this.#doubted.has(peer.id) || this.#doubted.size >= DOUBTED_MAX) return;
    this.#log.delay(this.#log.chain(room, this.#options.me), head);
    const claim = this.#claims.get(room) ?? { seq, by: new Set() };
    claim.seq = Math.max(claim.seq, seq);
    claim.by.add(peer.id);
    this.#claims.set(room, claim);
    if (!this.#due.has(room)) this.#due.set(room, now + CLAIM_MS);
    this.#options.onClaimed(peer.id, head);
  }

  /** Whether it is what is on disk; what was dropped from there is taken to be. */
  #lookUp(peer: OpenPeer, { room, seq, hash }: Head, onOther: (now: number) => void): void {
    const query = { room, author: this.#options.me, from: seq, to: seq };
    this.#loads.ask({ ...query, limit: 1, bytesMax: RUN_BYTES_MAX }, (now, [row]) => {
      if (this.#open.get(peer.id) !== peer) return;
      const isSame = row && row.seq + row.entries - 1 === seq && equalBytes(row.hash, hash);
      if (isSame === false) onOther(now);
      else peer.told.add(room);
      this.#options.onFree(peer);
    });
  }

  #ownHead(room: RoomId) {
    return (this.#log.find(room, this.#options.me)?.next ?? NOTHING_HELD).head;
  }

  #release(room: RoomId): void {
    this.#claims.delete(room);
    this.#due.delete(room);
    this.#options.onReleased(room);
    for (const peer of this.#open.values()) this.#options.onFree(peer);
  }
}
