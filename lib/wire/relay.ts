import { Reader, Writer } from "../base/bytes.ts";
import { idBytes, type PeerId, PEER_ID_BYTES, peerIdOf } from "../base/ids.ts";

/**
 * What a datagram frame holds: a datagram between two that reach one another only through a third,
 * the carrier. PROTOCOL.md §5 and §6.
 */
export type RelayDatagram =
  /** To the carrier: for this peer. */
  | { readonly kind: "carry"; readonly peer: PeerId; readonly data: Uint8Array }
  /** From the carrier: it had this from that peer. */
  | { readonly kind: "carried"; readonly peer: PeerId; readonly data: Uint8Array }
  /** From the carrier: what is for this peer goes no further. */
  | { readonly kind: "uncarried"; readonly peer: PeerId; readonly why: Uncarried };

/** It carries for nobody; or not to this peer, with whom it has no session or no room in common. */
export type Uncarried = "never" | "not-there";

/** Kind and peer. */
const HEAD_BYTES = 1 + PEER_ID_BYTES;

const CARRY = 1;
const CARRIED = 2;
const UNCARRIED = 3;

const WHYS: readonly Uncarried[] = ["never", "not-there"];

export function encodeRelay(datagram: RelayDatagram): Uint8Array {
  const { peer } = datagram;
  switch (datagram.kind) {
    case "carry":
    case "carried": {
      const { kind, data } = datagram;
      const writer = new Writer(HEAD_BYTES + data.length);
      writer.u8(kind === "carry" ? CARRY : CARRIED);
      return writer.bytes(idBytes(peer)).bytes(data).finish();
    }
    case "uncarried": {
      const writer = new Writer(HEAD_BYTES + 1).u8(UNCARRIED).bytes(idBytes(peer));
      return writer.u8(1 + WHYS.indexOf(datagram.why)).finish();
    }
    default:
      return datagram satisfies never;
  }
}

/** Undefined for unknown kinds and for bytes that are not the kind's. */
export function decodeRelay(bytes: Uint8Array): RelayDatagram | undefined {
  const reader = new Reader(bytes);
  const kind = reader.u8();
  const peer = reader.bytes(PEER_ID_BYTES);
  if (!reader.ok) return undefined;
  switch (kind) {
    case CARRY:
      return { kind: "carry", peer: peerIdOf(peer), data: reader.rest() };
    case CARRIED:
      return { kind: "carried", peer: peerIdOf(peer), data: reader.rest() };
    case UNCARRIED: {
      const why = WHYS[reader.u8() - 1];
      return why === undefined ? undefined : { kind: "uncarried", peer: peerIdOf(peer), why };
    }
    default:
      return undefined;
  }
}
