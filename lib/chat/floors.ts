import type { PeerId, RoomId } from "../base/ids.ts";
import { type Chain, CHAINS_PER_ROOM_MAX } from "./log.ts";

/** Floors that are remembered of one peer. Of more, it is asked in vain for what it dropped. */
export const FLOORS_PER_PEER_MAX = CHAINS_PER_ROOM_MAX;

/** How far down others keep chains: what has their floor's seq or a lower one they have dropped. */
export class Floors {
  readonly #floors = new Map<PeerId, Map<string, number>>();

  /** What a peer tells of itself; 0 for nothing. */
  learn(peer: PeerId, room: RoomId, author: PeerId, seq: number): void {
    const floors = this.#floors.get(peer) ?? new Map<string, number>();
    if (seq === 0) floors.delete(room + author);
    else if (floors.size < FLOORS_PER_PEER_MAX) floors.set(room + author, seq);
    if (floors.size > 0) this.#floors.set(peer, floors);
  }

  /** 0 where nothing is known to be dropped. */
  of(peer: PeerId, { room, author }: Chain): number {
    return this.#floors.get(peer)?.get(room + author) ?? 0;
  }

  onPeerClosed(peer: PeerId): void {
    this.#floors.delete(peer);
  }
}
