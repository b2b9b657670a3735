import { toHex } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { ChatMessage } from "../wire/chat.ts";
import { ROOMS_MAX } from "../wire/limits.ts";
import type { Journal, OnAnswered } from "./journal.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import { PrivateRooms } from "./privaterooms.ts";
import type { RestoredChat, RoomRecord } from "./records.ts";
import { openRoom, type PrivateRoom } from "./rooms.ts";

/** Members kept of one room, oneself not counted: a row of the outbox each, for every message. */
export const MEMBERS_MAX = 1024;

/** How a private room is entered: what follows from its secret, and that itself to invite with. */
export type RoomKey = PrivateRoom & Pick<RoomRecord, "invitation">;

type MembershipMessage = Extract<
  ChatMessage,
  { readonly kind: "rooms" | "join" | "leave" | "prove" | "withdraw" }
>;

/**
 * Whether what belongs to a room may go to a peer, and be taken from it. `unproved`: not yet, as
 * the room is private and the peer has not said which rooms it is in.
 */
export type Access = "granted" | "unproved" | "denied";

/**
 * The rooms one is in and who else is. Somebody who goes away stays a member, and gets what was
 * said meanwhile; only leaving ends it.
 */
export class Membership {
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #open: ReadonlyMap<PeerId, OpenPeer>;
  readonly #rooms = new Map<RoomId, string>();
  readonly #private: PrivateRooms;
  /** What invites to those private rooms that are made for it. */
  readonly #invitations = new Map<RoomId, string>();
  /** Those of a room who are away are in the order in which they went. */
  readonly #members = new Map<RoomId, Set<PeerId>>();

  constructor(
    { rooms, left, members }: Pick<RestoredChat, "rooms" | "left" | "members">,
    parts: {
      readonly journal: Journal;
      readonly outputs: Outputs;
      readonly open: ReadonlyMap<PeerId, OpenPeer>;
    },
  ) {
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#open = parts.open;
    this.#private = new PrivateRooms(left);
    for (const record of rooms) this.#enter(record);
    for (const { room, peer } of members) this.#members.get(room)?.add(peer);
  }

  get rooms(): ReadonlyMap<RoomId, string> {
    return this.#rooms;
  }

  isPrivate(room: RoomId): boolean {
    return this.#private.has(room);
  }

  /** Whether it is a private room that we were in, and are in no more. */
  isLeft(room: RoomId): boolean {
    return this.#private.has(room) && !this.#private.isIn(room);
  }

  /** The secret that lets others into a private room, if it is one made for that. */
  invitation(room: RoomId): string | undefined {
    return this.#invitations.get(room);
  }

  /** Empty for a room we are not in. */
  members(room: RoomId): ReadonlySet<PeerId> {
    return this.#members.get(room) ?? NOBODY;
  }

  isMember(peer: PeerId): boolean {
    return this.#members.values().some((members) => members.has(peer));
  }

  /** Whether a peer that is here may have the frames of a room: both of us are in it. */
  admits(peer: OpenPeer, room: RoomId): boolean {
    if (!this.#rooms.has(room)) return false;
    return this.#private.has(room) ? peer.proved.has(room) : peer.announced.has(room);
  }

  /** Whether both are in one room of ours. */
  share(a: PeerId, b: PeerId): boolean {
    return this.#members.values().some((members) => members.has(a) && members.has(b));
  }

  /**
   * The question before anything of a room goes to a peer. An open room's goes to whom it is meant
   * for; a private one's to who has proved, in this session, to be in it.
   */
  access(peer: PeerId, room: RoomId): Access {
    if (!this.#private.has(room)) return "granted";
    const open = this.#open.get(peer);
    if (open?.proved.has(room) === true) return "granted";
    return open?.hasMet === true || !this.#private.isIn(room) ? "denied" : "unproved";
  }

  /** The question before anything of a room is taken from a peer. */
  takes(peer: PeerId, room: RoomId): boolean {
    return this.#rooms.has(room) && this.access(peer, room) === "granted";
  }

  /**
   * Without a key it is the open room, or whichever of this name one is in. Undefined when we are
   * in as many rooms as can be, or in another of this name, and nothing is answered.
   */
  join(
    name: string,
    open: Iterable<OpenPeer>,
    key?: RoomKey,
    onAnswered?: OnAnswered,
  ): RoomId | undefined {
    const known = this.called(name);
    const room = key?.room ?? known ?? openRoom(name);
    if (known !== undefined) {
      if (known === room) onAnswered?.(this.#journal.isKept(room));
      return known === room ? room : undefined;
    }
    if (this.#rooms.size >= ROOMS_MAX) return undefined;
    const record = { room, name, proofKey: key?.proofKey, invitation: key?.invitation };
    this.#enter(record);
    this.#journal.note({ kind: "room", ...record, joined: true }, onAnswered);
    for (const peer of open) this.#announce(peer, room);
    return room;
  }

  /** Undefined if we are not in it, and nothing is answered. */
  leave(name: string, open: Iterable<OpenPeer>, onAnswered?: OnAnswered): RoomId | undefined {
    const room = this.called(name);
    if (room === undefined) return undefined;
    for (const peer of open) {
      const proof = this.#private.ownProof(peer, room);
      peer.proved.delete(room);
      if (proof !== undefined) this.#outputs.send(peer.id, { kind: "withdraw", proof });
      else if (!this.#private.has(room)) this.#outputs.send(peer.id, { kind: "leave", room });
    }
    for (const peer of this.members(room)) {
      this.#journal.note({ kind: "member", room, peer, joined: false });
    }
    const proofKey = this.#private.isIn(room) ? new Uint8Array(0) : undefined;
    this.#journal.note({ kind: "room", room, name, proofKey, joined: false }, onAnswered);
    this.#rooms.delete(room);
    this.#members.delete(room);
    this.#invitations.delete(room);
    this.#private.leave(room);
    return room;
  }

  /** The room of this name that we are in. */
  called(name: string): RoomId | undefined {
    for (const [room, known] of this.#rooms) if (known === name) return room;
    return undefined;
  }

  onPeerOpen(peer: OpenPeer): void {
    const rooms: RoomId[] = [];
    const proofs: Uint8Array[] = [];
    for (const room of this.#rooms.keys()) {
      const proof = this.#private.ownProof(peer, room);
      if (proof !== undefined) proofs.push(proof);
      else if (!this.#private.has(room)) rooms.push(room);
    }
    this.#outputs.send(peer.id, { kind: "rooms", rooms, proofs });
  }

  onPeerClosed(peer: PeerId): void {
    for (const members of this.#members.values()) if (members.delete(peer)) members.add(peer);
  }

  handle(now: number, peer: OpenPeer, message: MembershipMessage): void {
    switch (message.kind) {
      case "rooms":
        return this.handleRooms(now, peer, message.rooms, message.proofs);
      case "join":
        return this.handleJoin(now, peer, message.room);
      case "leave":
        return this.handleLeave(peer, message.room);
      case "prove":
        return this.handleProve(now, peer, message.proof);
      case "withdraw":
        return this.handleWithdraw(peer, message.proof);
      default:
        return message satisfies never;
    }
  }

  /** Counts once in a session, and ends memberships that the peer gave up while it was away. */
  handleRooms(
    now: number,
    peer: OpenPeer,
    rooms: readonly RoomId[],
    proofs: readonly Uint8Array[],
  ): void {
    if (peer.hasMet) return;
    peer.hasMet = true;
    for (const room of rooms) this.handleJoin(now, peer, room);
    for (const proof of proofs) this.#keep(now, peer, toHex(proof));
    for (const room of this.#private.joined) this.#check(now, peer, room);
    for (const room of this.#rooms.keys()) {
      const isIn = this.#private.has(room) ? peer.proved.has(room) : rooms.includes(room);
      if (!isIn) this.#remove(room, peer.id);
    }
    this.#outputs.event({ kind: "met", peer: peer.id });
  }

  /** An open room's: that it is in a private one, nobody can merely say. */
  handleJoin(now: number, peer: OpenPeer, room: RoomId): void {
    if (!peer.announced.has(room)) {
      if (isFull(peer) || !peer.changes.take(now)) return;
      peer.announced.add(room);
    }
    if (!this.#private.has(room)) this.#admit(now, peer, room);
  }

  handleProve(now: number, peer: OpenPeer, proof: Uint8Array): void {
    if (!this.#keep(now, peer, toHex(proof))) return;
    for (const room of this.#private.joined) this.#check(now, peer, room);
  }

  handleWithdraw(peer: OpenPeer, proof: Uint8Array): void {
    if (!peer.proofs.delete(toHex(proof))) return;
    for (const room of peer.proved) {
      if (this.#private.isProvedBy(peer, room)) continue;
      peer.proved.delete(room);
      this.#remove(room, peer.id);
    }
  }

  /** Of a private room only from who has proved to be in it: it then refuses what it is sent. */
  handleLeave(peer: OpenPeer, room: RoomId): void {
    peer.announced.delete(room);
    if (this.#private.has(room) && !peer.proved.delete(room)) return;
    this.#remove(room, peer.id);
  }

  #keep(now: number, peer: OpenPeer, proof: string): boolean {
    if (peer.proofs.has(proof)) return true;
    if (isFull(peer) || !peer.changes.take(now)) return false;
    peer.proofs.add(proof);
    return true;
  }

  #check(now: number, peer: OpenPeer, room: RoomId): void {
    if (peer.proved.has(room) || !this.#private.isProvedBy(peer, room)) return;
    peer.proved.add(room);
    this.#admit(now, peer, room);
  }

  /** Tells a peer of a room that we have come into; it may have told of it before. */
  #announce(peer: OpenPeer, room: RoomId): void {
    const proof = this.#private.ownProof(peer, room);
    if (proof !== undefined) {
      this.#outputs.send(peer.id, { kind: "prove", proof });
      if (!this.#private.isProvedBy(peer, room)) return;
      peer.proved.add(room);
    } else {
      this.#outputs.send(peer.id, { kind: "join", room });
      if (!peer.announced.has(room)) return;
    }
    this.#add(room, peer.id);
  }

  #admit(now: number, peer: OpenPeer, room: RoomId): void {
    const members = this.#members.get(room);
    if (members === undefined || members.has(peer.id)) return;
    if (members.size >= MEMBERS_MAX) this.#evict(room, members);
    if (members.size < MEMBERS_MAX) this.#add(room, peer.id);
    else if (peer.facts.take(now)) {
      this.#outputs.event({ kind: "members-full", peer: peer.id, room });
    }
  }

  /** Who is away longest makes room; nobody does where all are here. */
  #evict(room: RoomId, members: ReadonlySet<PeerId>): void {
    for (const peer of members) {
      if (this.#open.has(peer)) continue;
      this.#remove(room, peer);
      return;
    }
  }

  #remove(room: RoomId, peer: PeerId): void {
    if (this.#members.get(room)?.delete(peer) !== true) return;
    this.#journal.note({ kind: "member", room, peer, joined: false });
    this.#outputs.event({ kind: "member", room, peer, joined: false });
  }

  #enter({ room, name, proofKey, invitation }: RoomRecord): void {
    this.#rooms.set(room, name);
    this.#members.set(room, new Set());
    if (proofKey !== undefined) this.#private.enter(room, proofKey);
    if (invitation !== undefined) this.#invitations.set(room, invitation);
  }

  #add(room: RoomId, peer: PeerId): void {
    this.#members.get(room)?.add(peer);
    this.#journal.note({ kind: "member", room, peer, joined: true });
    this.#outputs.event({ kind: "member", room, peer, joined: true });
  }
}

function isFull({ announced, proofs }: OpenPeer): boolean {
  return announced.size + proofs.size >= ROOMS_MAX;
}

const NOBODY: ReadonlySet<PeerId> = new Set();
