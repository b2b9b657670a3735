import { concatBytes, putU16, putU32, Reader, u16At, Writer } from "../base/bytes.ts";
import { PATH_DATA_BYTES } from "./frames.ts";
import { DATAGRAM_BYTES_BASE, HELLO_BYTES, MEETING_TOKEN_BYTES } from "./limits.ts";
import { isStun, stunBytes } from "./stunframe.ts";

/**
 * The outer form of every datagram, PROTOCOL.md §2. The first byte is 01 (which no STUN message
 * begins with), two bits of version and four of kind. Unknown kinds and versions are ignored. Its
 * length follows, so that datagrams which a system hands over in one piece come apart again.
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
      /** PATH_DATA_BYTES of the address that it goes to: they return in the response. */
      readonly challenge: Uint8Array;
      /** COOKIE_BYTES, or empty toward a peer. */
      readonly cookie: Uint8Array;
      readonly noise: Uint8Array;
    }
  | {
      readonly kind: "response";
      readonly receiver: number;
      /** The challenge of the initiation that it answers. */
      readonly echo: Uint8Array;
      /** Of the address that it goes to: it returns in a path-response. */
      readonly challenge: Uint8Array;
      /** RESPONSE_TAG_BYTES over these two. */
      readonly tag: Uint8Array;
      readonly noise: Uint8Array;
    }
  | {
      readonly kind: "transport";
      readonly receiver: number;
      readonly counter: number;
      readonly sealed: Uint8Array;
    }
  | {
      readonly kind: "punch";
      /** The introduction's. */
      readonly token: Uint8Array;
      /** Which Noise key of the two its sender has: so one's own are not taken for the other's. */
      readonly sender: Side;
    };

/** What the responder is to the initiator. It is bound by the handshake's prologue. */
export type Purpose = "peer" | "server";

export type Side = "lower" | "higher";

export const NONCE_BYTES = 16;
export const COOKIE_BYTES = 20;
export const RESPONSE_TAG_BYTES = 8;
/** kind, length, receiver, counter. */
export const TRANSPORT_HEADER_BYTES = 11;
/** What sealing and sending frames adds to them: that header and the tag. */
export const TRANSPORT_OVERHEAD_BYTES = TRANSPORT_HEADER_BYTES + 16;
/** kind, length, purpose, challenge, length of the cookie. */
export const INITIATION_HEADER_BYTES = 5 + PATH_DATA_BYTES;

const VERSION_1 = 0x50;
const HELLO = VERSION_1 | 0;
const CHALLENGE = VERSION_1 | 1;
const INITIATION = VERSION_1 | 2;
const RESPONSE = VERSION_1 | 3;
const TRANSPORT = VERSION_1 | 4;
const PUNCH = VERSION_1 | 5;

/** kind, length. */
const HEAD_BYTES = 3;
const LENGTH_AT = 1;

const PURPOSES = ["peer", "server"] as const;
const SIDES: readonly Side[] = ["lower", "higher"];

export function encodePacket(packet: Packet): Uint8Array {
  const datagram = writePacket(packet);
  putU16(datagram, LENGTH_AT, datagram.length);
  return datagram;
}

/** All but the length, for which there is room. */
function writePacket(packet: Packet): Uint8Array {
  switch (packet.kind) {
    case "hello": {
      const writer = begin(HELLO).bytes(packet.nonce);
      return writer.zeros(HELLO_BYTES - writer.length).finish();
    }
    case "challenge":
      return begin(CHALLENGE)
        .bytes(packet.nonce)
        .bytes(packet.cookie)
        .varint(packet.card.length)
        .bytes(packet.card)
        .finish();
    case "initiation":
      return begin(INITIATION)
        .u8(PURPOSES.indexOf(packet.purpose))
        .bytes(packet.challenge)
        .u8(packet.cookie.length)
        .bytes(packet.cookie)
        .bytes(packet.noise)
        .finish();
    case "response":
      return begin(RESPONSE)
        .u32(packet.receiver)
        .bytes(packet.echo)
        .bytes(packet.challenge)
        .bytes(packet.tag)
        .bytes(packet.noise)
        .finish();
    case "transport": {
      const datagram = concatBytes(new Uint8Array(TRANSPORT_HEADER_BYTES), packet.sealed);
      putTransportHeader(datagram, packet.receiver, packet.counter);
      return datagram;
    }
    case "punch":
      return begin(PUNCH).bytes(packet.token).u8(SIDES.indexOf(packet.sender)).finish();
    default:
      return packet satisfies never;
  }
}

/** Kind, and room for the length. */
function begin(kind: number): Writer {
  return new Writer(DATAGRAM_BYTES_BASE).u8(kind).u16(0);
}

/** Fills the first TRANSPORT_HEADER_BYTES of a datagram that was sealed with room for them. */
export function putTransportHeader(datagram: Uint8Array, receiver: number, counter: number): void {
  putU32(datagram, 0, TRANSPORT * 2 ** 24);
  putU16(datagram, LENGTH_AT, datagram.length);
  putU32(datagram, 3, receiver);
  putU32(datagram, 7, counter);
}

/**
 * How long the first datagram is of those that are in `bytes` one after another, be it a packet of
 * ours or a STUN message. Undefined where it has no length, or another than could be.
 */
export function firstDatagramBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const length = isStun(bytes) ? stunBytes(bytes) : u16At(bytes, LENGTH_AT);
  return length >= HEAD_BYTES && length <= bytes.length ? length : undefined;
}

/** Undefined unless the bytes are a packet of version 1. Fields are views into `bytes`. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const reader = new Reader(bytes);
  const kind = reader.u8();
  if (reader.u16() !== bytes.length) return undefined;
  const packet = readPacket(kind, reader, bytes.length);
  return reader.ok ? packet : undefined;
}

function readPacket(kind: number, reader: Reader, size: number): Packet | undefined {
  switch (kind) {
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
      const challenge = reader.bytes(PATH_DATA_BYTES);
      const cookieBytes = reader.u8();
      if (purpose === undefined || (cookieBytes !== 0 && cookieBytes !== COOKIE_BYTES)) return;
      const cookie = reader.bytes(cookieBytes);
      return {
        kind: "initiation",
        purpose,
        challenge,
        cookie,
        noise: reader.rest(),
      };
    }
    case RESPONSE: {
      return {
        kind: "response",
        receiver: reader.u32(),
        echo: reader.bytes(PATH_DATA_BYTES),
        challenge: reader.bytes(PATH_DATA_BYTES),
        tag: reader.bytes(RESPONSE_TAG_BYTES),
        noise: reader.rest(),
      };
    }
    case TRANSPORT: {
      const receiver = reader.u32();
      return {
        kind: "transport",
        receiver,
        counter: reader.u32(),
        sealed: reader.rest(),
      };
    }
    case PUNCH: {
      const token = reader.bytes(MEETING_TOKEN_BYTES);
      const sender = SIDES[reader.u8()];
      return sender && { kind: "punch", token, sender };
    }
    default:
      return undefined;
  }
}
