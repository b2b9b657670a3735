import { equalBytes, Reader, Writer } from "../base/bytes.ts";

/** The Port Control Protocol (RFC 6887), version 2: what a client asks for one UDP mapping. */

/** A mapping belongs to whoever knows its nonce. RFC 6887 §11.1 */
export const PCP_NONCE_BYTES = 12;

/** Any message, by RFC 6887 §7. */
const MESSAGE_BYTES_MAX = 1100;

const VERSION = 2;
const ANNOUNCE = 0;
const MAP = 1;
const RESPONSE = 0x80;
const UDP = 17;
const REQUEST_BYTES = 24;
const MAP_BYTES = 36;

export interface PcpMapRequest {
  readonly nonce: Uint8Array;
  /** The address that the datagram leaves from, of 4 or 16 bytes: the router compares. */
  readonly clientIp: Uint8Array;
  readonly internalPort: number;
  /** What one would like; the router may choose another. */
  readonly externalPort: number;
  /** 0 to remove the mapping. */
  readonly lifetimeS: number;
}

export type PcpAnswer =
  | { readonly kind: "announced"; readonly epochS: number }
  | {
      readonly kind: "mapped";
      readonly epochS: number;
      readonly nonce: Uint8Array;
      readonly internalPort: number;
      readonly externalPort: number;
      /** 4 or 16 bytes. */
      readonly externalIp: Uint8Array;
      readonly lifetimeS: number;
    }
  | {
      readonly kind: "refused";
      /** Never 0. RFC 6887 §7.4 */
      readonly resultCode: number;
      /** How long the router expects to answer the same. */
      readonly lifetimeS: number;
      /** Of the mapping; undefined where the answer ends before it. */
      readonly nonce: Uint8Array | undefined;
    };

/** Asks how long the router has been up, and nothing else. RFC 6887 §14.1 */
export function encodePcpAnnounceRequest(clientIp: Uint8Array): Uint8Array {
  return request(REQUEST_BYTES, ANNOUNCE, 0, clientIp).finish();
}

/** RFC 6887 §11.1. */
export function encodePcpMapRequest(map: PcpMapRequest): Uint8Array {
  return request(REQUEST_BYTES + MAP_BYTES, MAP, map.lifetimeS, map.clientIp)
    .bytes(map.nonce)
    .u8(UDP)
    .zeros(3)
    .u16(map.internalPort)
    .u16(map.externalPort)
    .bytes(map.clientIp.length === 4 ? mapped(NO_IPV4) : new Uint8Array(16))
    .finish();
}

/** Undefined for what is no answer to one of the questions above. Options behind it are ignored. */
export function decodePcpAnswer(bytes: Uint8Array): PcpAnswer | undefined {
  if (bytes.length > MESSAGE_BYTES_MAX || bytes.length % 4 !== 0) return undefined;
  const reader = new Reader(bytes);
  const version = reader.u8();
  const operation = reader.u8();
  reader.u8();
  const resultCode = reader.u8();
  const lifetimeS = reader.u32();
  const epochS = reader.u32();
  reader.bytes(12);
  if (!reader.ok || version !== VERSION || (operation & RESPONSE) === 0) return undefined;
  if (resultCode !== 0) {
    const nonce = reader.bytes(PCP_NONCE_BYTES);
    return { kind: "refused", resultCode, lifetimeS, nonce: reader.ok ? nonce : undefined };
  }
  if (operation === RESPONSE + ANNOUNCE) return { kind: "announced", epochS };
  if (operation !== RESPONSE + MAP) return undefined;

  const nonce = reader.bytes(PCP_NONCE_BYTES);
  const protocol = reader.u8();
  reader.bytes(3);
  const internalPort = reader.u16();
  const externalPort = reader.u16();
  const externalIp = unmapped(reader.bytes(16));
  if (!reader.ok || protocol !== UDP) return undefined;
  return { kind: "mapped", epochS, nonce, internalPort, externalPort, externalIp, lifetimeS };
}

function request(size: number, operation: number, lifetimeS: number, ip: Uint8Array): Writer {
  return new Writer(size)
    .u8(VERSION)
    .u8(operation)
    .u16(0)
    .u32(lifetimeS)
    .bytes(ip.length === 4 ? mapped(ip) : ip);
}

/** Addresses are of 16 bytes; IPv4 is written as IPv6's part for it. RFC 6887 §5 */
const V4_MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
const NO_IPV4 = new Uint8Array(4);

function mapped(ip: Uint8Array): Uint8Array {
  return new Writer(16).bytes(V4_MAPPED).bytes(ip).finish();
}

function unmapped(ip: Uint8Array): Uint8Array {
  return equalBytes(ip.subarray(0, 12), V4_MAPPED) ? ip.subarray(12) : ip;
}
