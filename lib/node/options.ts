import type { Random } from "../base/random.ts";
import type { SealObserver } from "../crypto/transport.ts";
import type { Identity } from "../crypto/identity.ts";
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

export interface PeerOptions extends NodeOptions {
  /** Rooms to be in from the start, besides those restored: `#lobby` and what was asked for. */
  readonly rooms: readonly string[];
  /** Whether it finds out what NAT it is behind: it takes some sockets and datagrams. */
  readonly surveys: boolean;
  /** Whether it carries for others, and may itself be carried by others. */
  readonly relays: boolean;
  /** Whether a server is to be found before the client is ready. */
  readonly awaitsServer: boolean;
  readonly restored: Restored;
}
