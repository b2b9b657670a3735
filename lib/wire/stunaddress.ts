import { type Address, addressParts, formatAddress } from "../base/address.ts";
import { Reader, Writer } from "../base/bytes.ts";
import { MAGIC_COOKIE } from "./stunframe.ts";

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/** What a port is masked with. */
const MAGIC_PORT = MAGIC_COOKIE >>> 16;

/**
 * An address as MAPPED-ADDRESS has it, RFC 8489 §14.1; with a transaction as XOR-MAPPED-ADDRESS,
 * §14.2, which no router that looks for addresses in data will find and change.
 */
export function encodeStunAddress(address: Address, transaction?: Uint8Array): Uint8Array {
  const { ip, port } = addressParts(address);
  const writer = new Writer().u8(0).u8(ip.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6);
  if (transaction === undefined) return writer.u16(port).bytes(ip).finish();
  return writer
    .u16(port ^ MAGIC_PORT)
    .bytes(masked(ip, transaction))
    .finish();
}

/** Undefined where there is none, or it is none. */
export function decodeStunAddress(
  value: Uint8Array | undefined,
  transaction?: Uint8Array,
): Address | undefined {
  if (value === undefined) return undefined;
  const reader = new Reader(value);
  reader.u8();
  const family = reader.u8();
  const port = reader.u16() ^ (transaction === undefined ? 0 : MAGIC_PORT);
  const isOther = family !== FAMILY_IPV4 && family !== FAMILY_IPV6;
  if (isOther || reader.remaining !== (family === FAMILY_IPV4 ? 4 : 16) || port === 0) return;
  const ip = reader.rest();
  const clear = transaction === undefined ? ip : masked(ip, transaction);
  return formatAddress({ ip: clear, port, zone: undefined });
}

/** With the magic cookie and the transaction, as much as it takes. Twice it is nothing. */
function masked(ip: Uint8Array, transaction: Uint8Array): Uint8Array {
  const mask = new Writer(16).u32(MAGIC_COOKIE).bytes(transaction).finish();
  return ip.map((byte, i) => byte ^ (mask[i] ?? 0));
}
