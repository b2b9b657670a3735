import { concatBytes, putU32, putU64, Reader, Writer } from "../base/bytes.ts";
import { DATAGRAM_BYTES_BASE, HELLO_BYTES } from "./limits.ts";

/**
 * The outer form of every datagram, PROTOCOL.md §2. The first byte is 01 (which no STUN message
 * begins with), two bits of version and four of kind. Unknown kinds and versions are ignored.
 */
export type Packet =
  | { readonly kind: "hello"; readonly nonce: Uint8Array }
  | {
      readonly kind: "challenge";
      readonly nonce: Uint8Array;
      readonly cookie: Uint8Array;
      readonly card: Uint8Array;
    }
  | {
      readonly kind: "initiation";
      readonly purpose: Purpose;
      /** COOKIE_BYTES, or empty toward a peer. */
      readonly cookie: Uint8Array;
      readonly noise: Uint8Array;
    }
  | {
      readonly kind: "response";
      readonly receiver: number;
      readonly noise: Uint8Array;
    }
  | {
      readonly kind: "transport";
      readonly receiver: number;
      readonly counter: number;
      readonly sealed: Uint8Array;
    };

/** What the responder is to the initiator. It is bound by the handshake's prologue. */
export type Purpose = "peer" | "server";

export const NONCE_BYTES = 16;
export const COOKIE_BYTES = 20;
/** kind, receiver, counter. */
export const TRANSPORT_HEADER_BYTES = 13;
/** What sealing and sending frames adds to them: that header and the tag. */
export const TRANSPORT_OVERHEAD_BYTES = TRANSPORT_HEADER_BYTES + 16;
/** kind, purpose, length of the cookie. */
export const INITIATION_HEADER_BYTES = 3;

const VERSION_1 = 0x50;
const HELLO = VERSION_1 | 0;
const CHALLENGE = VERSION_1 | 1;
const INITIATION = VERSION_1 | 2;
const RESPONSE = VERSION_1 | 3;
const TRANSPORT = VERSION_1 | 4;
const TRANSPORT_KIND = Uint8Array.of(TRANSPORT);

const PURPOSES = ["peer", "server"] as const;

export function encodePacket(packet: Packet): Uint8Array {
  const writer = new Writer(DATAGRAM_BYTES_BASE);
  switch (packet.kind) {
    case "hello":
      writer.u8(HELLO).bytes(packet.nonce);
      return writer.zeros(HELLO_BYTES - writer.length).finish();
    case "challenge":
      writer.u8(CHALLENGE).bytes(packet.nonce).bytes(packet.cookie);
      return writer.varint(packet.card.length).bytes(packet.card).finish();
    case "initiation":
      writer.u8(INITIATION).u8(PURPOSES.indexOf(packet.purpose));
      return writer.u8(packet.cookie.length).bytes(packet.cookie).bytes(packet.noise).finish();
    case "response":
      return writer.u8(RESPONSE).u32(packet.receiver).bytes(packet.noise).finish();
    case "transport": {
      const datagram = concatBytes(new Uint8Array(TRANSPORT_HEADER_BYTES), packet.sealed);
      putTransportHeader(datagram, packet.receiver, packet.counter);
      return datagram;
    }
    default:
      return packet satisfies never;
  }
}

/** Fills the first TRANSPORT_HEADER_BYTES of a datagram that was sealed with room for them. */
export function putTransportHeader(datagram: Uint8Array, receiver: number, counter: number): void {
  datagram.set(TRANSPORT_KIND);
  putU32(datagram, 1, receiver);
  putU64(datagram, 5, counter);
}

/** Undefined unless the bytes are a packet of version 1. Fields are views into `bytes`. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const reader = new Reader(bytes);
  const packet = readPacket(reader, bytes.length);
  return reader.ok ? packet : undefined;
}

function readPacket(reader: Reader, size: number): Packet | undefined {
  switch (reader.u8()) {
    case HELLO:
      if (size < HELLO_BYTES) return undefined;
      return { kind: "hello", nonce: reader.bytes(NONCE_BYTES) };
    case CHALLENGE: {
      const nonce = reader.bytes(NONCE_BYTES);
      const cookie = reader.bytes(COOKIE_BYTES);
      return {
        kind: "challenge",
        nonce,
        cookie,
        card: reader.bytes(reader.varint()),
      };
    }
    case INITIATION: {
      const purpose = PURPOSES[reader.u8()];
      const cookieBytes = reader.u8();
      if (purpose === undefined || (cookieBytes !== 0 && cookieBytes !== COOKIE_BYTES)) return;
      const cookie = reader.bytes(cookieBytes);
      return {
        kind: "initiation",
        purpose,
        cookie,
        noise: reader.rest(),
      };
    }
    case RESPONSE: {
      return {
        kind: "response",
        receiver: reader.u32(),
        noise: reader.rest(),
      };
    }
    case TRANSPORT: {
      const receiver = reader.u32();
      return {
        kind: "transport",
        receiver,
        counter: reader.u64(),
        sealed: reader.rest(),
      };
    }
    default:
      return undefined;
  }
}
