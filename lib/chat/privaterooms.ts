import { toHex } from "../base/bytes.ts";
import { idBytes, type RoomId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { hmacSha256 } from "../crypto/primitives.ts";
import type { Binding, OpenPeer } from "./openpeer.ts";

const DOMAIN = encodeUtf8("p2pchat/1 room proof\0");
const INITIATOR = Uint8Array.of(0);
const RESPONDER = Uint8Array.of(1);

/**
 * The private rooms one is in, and the proofs of it: a stranger to a room cannot make one, learns
 * nothing from one, and can use none elsewhere or as its own. PROTOCOL.md §8.
 */
export class PrivateRooms {
  readonly #keys = new Map<RoomId, Uint8Array>();
  /** Those that were left: nothing of them goes to anybody any more. */
  readonly #left: Set<RoomId>;

  constructor(left: readonly RoomId[]) {
    this.#left = new Set(left);
  }

  get joined(): Iterable<RoomId> {
    return this.#keys.keys();
  }

  /** Whether it is one that we are in, or were. */
  has(room: RoomId): boolean {
    return this.#keys.has(room) || this.#left.has(room);
  }

  isIn(room: RoomId): boolean {
    return this.#keys.has(room);
  }

  enter(room: RoomId, proofKey: Uint8Array): void {
    this.#keys.set(room, proofKey);
    this.#left.delete(room);
  }

  leave(room: RoomId): void {
    if (this.#keys.delete(room)) this.#left.add(room);
  }

  /** What shows this peer that we are in the room; undefined where we are not. */
  ownProof({ binding }: OpenPeer, room: RoomId): Uint8Array | undefined {
    const key = this.#keys.get(room);
    if (key === undefined || binding === undefined) return undefined;
    return proofOf(key, room, binding.hash, binding.isInitiator);
  }

  /** Whether one of the proofs that the peer gave is that it is in this room of ours. */
  isProvedBy({ binding, proofs }: OpenPeer, room: RoomId): boolean {
    const key = this.#keys.get(room);
    if (key === undefined || binding === undefined) return false;
    return proofs.has(toHex(proofOf(key, room, binding.hash, !binding.isInitiator)));
  }
}

/** That the initiator, or the responder, of the session with this handshake is in the room. */
export function proofOf(
  proofKey: Uint8Array,
  room: RoomId,
  hash: Binding["hash"],
  isInitiator: boolean,
): Uint8Array {
  const role = isInitiator ? INITIATOR : RESPONDER;
  return hmacSha256(proofKey, DOMAIN, hash, role, idBytes(room));
}
