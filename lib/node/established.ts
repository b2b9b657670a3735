import type { Address } from "../base/address.ts";
import type { HandshakeResult } from "../crypto/handshake.ts";
import type { Way } from "../paths/way.ts";
import type { Card } from "../wire/card.ts";
import type { Renewal } from "../wire/handshake.ts";
import type { Purpose } from "../wire/packet.ts";
import type { SocketId } from "./machine.ts";

/** A handshake that came to its end: keys for a new session, or new keys for one. */
export interface Established {
  readonly card: Card;
  readonly purpose: Purpose;
  readonly isInitiator: boolean;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly keys: HandshakeResult;
  /** Packets that they have sealed. */
  readonly sealed: number;
  readonly renewal: Renewal | undefined;
  /** Of the other side's program, where it tells one. */
  readonly run: number | undefined;
  /** Returns what went with the other side's answer; undefined on its own side. */
  readonly proof: Uint8Array | undefined;
  /** Where the other side can receive: it has returned what went there, and nowhere else. */
  readonly socket: SocketId;
  readonly from: Address;
  readonly rttMs: number;
  /** Where else the other side may be, and to how many more datagrams there that entitles. */
  readonly candidates: readonly Way[];
  readonly datagramsLeft: number;
}
