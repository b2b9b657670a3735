import type { PeerId, RoomId } from "../base/ids.ts";
import type { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";

/** Who is here of each room and may have what is said there. */
export class Mates {
  readonly #membership: Membership;
  readonly #isBarred: (peer: PeerId) => boolean;
  readonly #here = new Map<RoomId, Map<PeerId, OpenPeer>>();

  /** `isBarred`: nothing is to be sent to that peer. */
  constructor(membership: Membership, isBarred: (peer: PeerId) => boolean) {
    this.#membership = membership;
    this.#isBarred = isBarred;
  }

  /** The rooms we are in. */
  rooms(): Iterable<RoomId> {
    return this.#membership.rooms.keys();
  }

  isOurs(room: RoomId): boolean {
    return this.#membership.rooms.has(room);
  }

  in(room: RoomId): readonly OpenPeer[] {
    return [...(this.#here.get(room)?.values() ?? [])];
  }

  has({ id }: OpenPeer, room: RoomId): boolean {
    return this.#here.get(room)?.has(id) === true;
  }

  isAlone(room: RoomId): boolean {
    return !this.#here.has(room);
  }

  /** Who is in which room has changed: where this peer has come and gone by that. */
  update(peer: OpenPeer): { readonly came: readonly RoomId[]; readonly went: readonly RoomId[] } {
    const went = [...this.#here.keys()].filter((room) => {
      return this.has(peer, room) && !this.#isAdmitted(peer, room);
    });
    for (const room of went) this.#remove(peer.id, room);
    const came = [...this.rooms()].filter((room) => {
      return !this.has(peer, room) && this.#isAdmitted(peer, room);
    });
    for (const room of came) {
      const here = this.#here.get(room) ?? new Map<PeerId, OpenPeer>();
      this.#here.set(room, here.set(peer.id, peer));
    }
    return { came, went };
  }

  onPeerClosed(peer: PeerId): void {
    for (const room of this.#here.keys()) this.#remove(peer, room);
  }

  #isAdmitted(peer: OpenPeer, room: RoomId): boolean {
    return this.#membership.admits(peer, room) && !this.#isBarred(peer.id);
  }

  #remove(peer: PeerId, room: RoomId): void {
    const here = this.#here.get(room);
    here?.delete(peer);
    if (here?.size === 0) this.#here.delete(room);
  }
}
