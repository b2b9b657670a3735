import { Reader, Writer } from "../base/bytes.ts";

/** NAT-PMP (RFC 6886): two questions to the router one is behind, and their answers. */

/** Where routers listen, for NAT-PMP and for PCP. */
export const PORT_CONTROL_PORT = 5351;

const VERSION = 0;
const EXTERNAL_ADDRESS = 0;
const MAP_UDP = 1;
const RESPONSE = 0x80;

export interface NatPmpMapRequest {
  readonly internalPort: number;
  /** What one would like; the router may choose another. */
  readonly externalPort: number;
  /** 0 to remove the mapping. */
  readonly lifetimeS: number;
}

export type NatPmpAnswer =
  | { readonly kind: "address"; readonly epochS: number; readonly ip: Uint8Array }
  | { readonly kind: "mapping"; readonly epochS: number; readonly mapping: NatPmpMapRequest }
  | {
      readonly kind: "refused";
      readonly question: "address" | "mapping";
      /** Never 0. */
      readonly resultCode: number;
    };

/** RFC 6886 §3.2. */
export function encodeNatPmpAddressRequest(): Uint8Array {
  return new Writer(2).u8(VERSION).u8(EXTERNAL_ADDRESS).finish();
}

/** RFC 6886 §3.3, §3.4. */
export function encodeNatPmpMapRequest(request: NatPmpMapRequest): Uint8Array {
  const { internalPort, externalPort, lifetimeS } = request;
  return new Writer(12)
    .u8(VERSION)
    .u8(MAP_UDP)
    .u16(0)
    .u16(internalPort)
    .u16(externalPort)
    .u32(lifetimeS)
    .finish();
}

/** Undefined for what is no answer to one of the questions above. A refusal may end early. */
export function decodeNatPmpAnswer(bytes: Uint8Array): NatPmpAnswer | undefined {
  const reader = new Reader(bytes);
  const version = reader.u8();
  const operation = reader.u8();
  const resultCode = reader.u16();
  if (!reader.ok || version !== VERSION) return undefined;
  if (operation !== RESPONSE + EXTERNAL_ADDRESS && operation !== RESPONSE + MAP_UDP) {
    return undefined;
  }
  const question = operation === RESPONSE + MAP_UDP ? "mapping" : "address";
  if (resultCode !== 0) return { kind: "refused", question, resultCode };

  const epochS = reader.u32();
  if (question === "address") {
    const ip = reader.bytes(4);
    return reader.ok ? { kind: "address", epochS, ip } : undefined;
  }
  const internalPort = reader.u16();
  const externalPort = reader.u16();
  const lifetimeS = reader.u32();
  if (!reader.ok) return undefined;
  return { kind: "mapping", epochS, mapping: { internalPort, externalPort, lifetimeS } };
}
