import type { PeerId, RoomId } from "../base/ids.ts";
import { directRoom } from "./rooms.ts";

/** Peers whose direct room is remembered, so that it is not hashed for every message. */
const REMEMBERED_MAX = 4096;

/** The conversations of one person with each other one. */
export class DirectRooms {
  readonly #me: PeerId;
  readonly #rooms = new Map<PeerId, RoomId>();

  constructor(me: PeerId) {
    this.#me = me;
  }

  with(peer: PeerId): RoomId {
    const known = this.#rooms.get(peer);
    if (known !== undefined) return known;
    const room = directRoom(this.#me, peer);
    if (this.#rooms.size >= REMEMBERED_MAX) this.#rooms.clear();
    this.#rooms.set(peer, room);
    return room;
  }
}
