import { type Address, addressParts, formatAddress } from "../base/address.ts";
import { assert } from "../base/assert.ts";
import type { Reader, Writer } from "../base/bytes.ts";
import { CANDIDATES_MAX } from "./limits.ts";

/** family (4 or 6), IP address, port. Zones are meaningless elsewhere and stay behind. */
export function writeAddress(writer: Writer, address: Address): void {
  const { ip, port } = addressParts(address);
  writer
    .u8(ip.length === 4 ? 4 : 6)
    .bytes(ip)
    .u16(port);
}

/** Undefined for another family, port 0, or bytes that end too early. IPv4 has one spelling. */
export function readAddress(reader: Reader): Address | undefined {
  const family = reader.u8();
  if (family !== 4 && family !== 6) return undefined;
  const ip = reader.bytes(family === 4 ? 4 : 16);
  const port = reader.u16();
  if (!reader.ok || port === 0) return undefined;
  return formatAddress({ ip, port, zone: undefined });
}

/** At most `max`. */
export function writeAddresses(
  writer: Writer,
  addresses: readonly Address[],
  max = CANDIDATES_MAX,
): void {
  assert(addresses.length <= max, "no more addresses are written than are read");
  writer.u8(addresses.length);
  for (const address of addresses) writeAddress(writer, address);
}

/** Undefined for more than `max` addresses or any that is none. */
export function readAddresses(reader: Reader, max = CANDIDATES_MAX): Address[] | undefined {
  const count = reader.u8();
  if (count > max) return undefined;
  const addresses: Address[] = [];
  for (let i = 0; i < count; i++) {
    const address = readAddress(reader);
    if (address === undefined) return undefined;
    addresses.push(address);
  }
  return addresses;
}
