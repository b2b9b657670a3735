import type { PeerId, RoomId } from "../base/ids.ts";
import type { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";

/** Who is here of a room and may have what is said there. */
export class Mates {
  readonly #membership: Membership;
  readonly #open: ReadonlyMap<PeerId, OpenPeer>;
  readonly #isWithheld: (peer: PeerId) => boolean;

  /** `isWithheld`: nothing is to be sent to that peer. */
  constructor(
    membership: Membership,
    open: ReadonlyMap<PeerId, OpenPeer>,
    isWithheld: (peer: PeerId) => boolean,
  ) {
    this.#membership = membership;
    this.#open = open;
    this.#isWithheld = isWithheld;
  }

  /** The rooms we are in. */
  rooms(): Iterable<RoomId> {
    return this.#membership.rooms.keys();
  }

  isOurs(room: RoomId): boolean {
    return this.#membership.rooms.has(room);
  }

  in(room: RoomId): OpenPeer[] {
    return [...this.#open.values()].filter((peer) => this.has(peer, room));
  }

  has(peer: OpenPeer, room: RoomId): boolean {
    return this.#membership.admits(peer, room) && !this.#isWithheld(peer.id);
  }
}
