import type { Address } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { RoomKey } from "../chat/membership.ts";
import type { SealObserver } from "../crypto/transport.ts";
import type { Identity } from "../crypto/identity.ts";
import type { Path } from "../paths/pathset.ts";
import type { Admission } from "../rendezvous/admission.ts";
import type { Purpose } from "../wire/packet.ts";
import type { Restored } from "./machine.ts";

/** What every node is made of. */
export interface NodeOptions {
  readonly now: number;
  readonly random: Random;
  readonly identity: Identity;
  readonly name: string;
  /** The card's serial: ms since the epoch when this name was first used with this identity. */
  readonly serial: number;
  /** No datagram is ever larger, whatever a path carries; DATAGRAM_BYTES_MAX where not given. */
  readonly datagramBytesMax?: number;
  /** For tests: told of every packet before it is sealed. */
  readonly observe?: SealObserver;
}

/** And its conversations. */
export interface EndpointOptions extends NodeOptions {
  /** What this node is to those who call it. */
  readonly purpose: Purpose;
  /** A server's: who calls it proves its address first. */
  readonly admission: Admission | undefined;
  readonly kindOf: (remote: Address) => Path["kind"];
  /** Beyond so many, calls of others are not answered and none begun. */
  readonly connectionsMax: number;
  /** Nobody has told of this peer, and it was never met: only so many such are answered. */
  readonly isStranger: (peerId: PeerId) => boolean;
  /** Something waits for this peer, without a session, that `speak` would say. */
  readonly hasWord: (peerId: PeerId) => boolean;
}

export interface PeerOptions extends NodeOptions {
  /** Rooms to be in from the start, besides those restored: `#lobby` and what was asked for. */
  readonly rooms: readonly string[];
  /** Private ones, before those. */
  readonly privateRooms?: readonly { readonly name: string; readonly key: RoomKey }[];
  /** Whether it finds out what NAT it is behind: it takes some sockets and datagrams. */
  readonly surveys: boolean;
  /** Whether what is said here is told like what others say, see `echo`: it is not unless given. */
  readonly echoes?: boolean;
  /** Whether it carries for others, and may itself be carried by others. */
  readonly relays: boolean;
  /** Whether others are told how far one has read what they said; they are not unless given. */
  readonly sharesRead?: boolean;
  /** Whether it holds for others what is sealed for people who are away: it does not. */
  readonly holds?: boolean;
  /** Whether it has others hold what is said here to people who are away: it has not. */
  readonly asksHold?: boolean;
  /** Whether a server is to be found before the client is ready. */
  readonly awaitsServer: boolean;
  readonly restored: Restored;
}
