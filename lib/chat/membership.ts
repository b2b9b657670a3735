import type { PeerId, RoomId } from "../base/ids.ts";
import { ROOMS_MAX } from "../wire/limits.ts";
import type { Journal } from "./journal.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import type { RestoredChat } from "./records.ts";
import { openRoom } from "./rooms.ts";

/** Members kept of one room, oneself not counted: a row of the outbox each, for every message. */
export const MEMBERS_MAX = 1024;

/**
 * The open rooms one is in and who else is. Somebody who goes away stays a member, and gets what
 * was said meanwhile; only leaving ends it.
 */
export class Membership {
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #open: ReadonlyMap<PeerId, OpenPeer>;
  readonly #rooms = new Map<RoomId, string>();
  /** Those of a room who are away are in the order in which they went. */
  readonly #members = new Map<RoomId, Set<PeerId>>();

  constructor(
    { rooms, members }: Pick<RestoredChat, "rooms" | "members">,
    parts: {
      readonly journal: Journal;
      readonly outputs: Outputs;
      readonly open: ReadonlyMap<PeerId, OpenPeer>;
    },
  ) {
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#open = parts.open;
    for (const { room, name } of rooms) this.#enter(room, name);
    for (const { room, peer } of members) this.#members.get(room)?.add(peer);
  }

  get rooms(): ReadonlyMap<RoomId, string> {
    return this.#rooms;
  }

  /** Empty for a room we are not in. */
  members(room: RoomId): ReadonlySet<PeerId> {
    return this.#members.get(room) ?? NOBODY;
  }

  isMember(peer: PeerId): boolean {
    return this.#members.values().some((members) => members.has(peer));
  }

  /** Whether both are in one room of ours. */
  share(a: PeerId, b: PeerId): boolean {
    return this.#members.values().some((members) => members.has(a) && members.has(b));
  }

  join(name: string, open: Iterable<OpenPeer>): RoomId | undefined {
    const room = openRoom(name);
    if (this.#rooms.has(room)) return room;
    if (this.#rooms.size >= ROOMS_MAX) return undefined;
    this.#enter(room, name);
    this.#journal.note({ kind: "room", room, name, joined: true });
    for (const peer of open) {
      this.#outputs.send(peer.id, { kind: "join", room });
      if (peer.announced.has(room)) this.#add(room, peer.id);
    }
    return room;
  }

  /** Undefined if we are not in it. */
  leave(name: string, open: Iterable<OpenPeer>): RoomId | undefined {
    const room = openRoom(name);
    if (!this.#rooms.delete(room)) return undefined;
    for (const peer of this.members(room)) {
      this.#journal.note({ kind: "member", room, peer, joined: false });
    }
    this.#members.delete(room);
    this.#journal.note({ kind: "room", room, name, joined: false });
    for (const peer of open) this.#outputs.send(peer.id, { kind: "leave", room });
    return room;
  }

  onPeerOpen(peer: OpenPeer): void {
    this.#outputs.send(peer.id, { kind: "rooms", rooms: [...this.#rooms.keys()] });
  }

  onPeerClosed(peer: PeerId): void {
    for (const members of this.#members.values()) if (members.delete(peer)) members.add(peer);
  }

  /** Counts once in a session, and ends memberships that the peer gave up while it was away. */
  handleRooms(now: number, peer: OpenPeer, rooms: readonly RoomId[]): void {
    if (peer.hasMet) return;
    peer.hasMet = true;
    for (const room of rooms) this.handleJoin(now, peer, room);
    for (const room of this.#rooms.keys()) {
      if (!rooms.includes(room)) this.handleLeave(peer, room);
    }
    this.#outputs.event({ kind: "met", peer: peer.id });
  }

  handleJoin(now: number, peer: OpenPeer, room: RoomId): void {
    if (!peer.announced.has(room)) {
      if (peer.announced.size >= ROOMS_MAX || !peer.changes.take(now)) return;
      peer.announced.add(room);
    }
    const members = this.#members.get(room);
    if (members === undefined || members.has(peer.id)) return;
    if (members.size >= MEMBERS_MAX) this.#evict(room, members);
    if (members.size < MEMBERS_MAX) this.#add(room, peer.id);
    else if (peer.facts.take(now)) {
      this.#outputs.event({ kind: "members-full", peer: peer.id, room });
    }
  }

  handleLeave(peer: OpenPeer, room: RoomId): void {
    peer.announced.delete(room);
    this.#remove(room, peer.id);
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

  #enter(room: RoomId, name: string): void {
    this.#rooms.set(room, name);
    this.#members.set(room, new Set());
  }

  #add(room: RoomId, peer: PeerId): void {
    this.#members.get(room)?.add(peer);
    this.#journal.note({ kind: "member", room, peer, joined: true });
    this.#outputs.event({ kind: "member", room, peer, joined: true });
  }
}

const NOBODY: ReadonlySet<PeerId> = new Set();
