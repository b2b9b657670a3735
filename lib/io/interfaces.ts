import { networkInterfaces } from "node:os";
import { parseIp, formatIp } from "../base/address.ts";
import type { Interface } from "../node/machine.ts";

/** Addresses of one machine that are looked at; what exceeds this is left out. */
const INTERFACES_MAX = 256;

/** Every address of every interface that is up. None where the system will not say. */
export function readInterfaces(): readonly Interface[] {
  const found: Interface[] = [];
  for (const [name, addresses = []] of Object.entries(systemInterfaces())) {
    for (const { address, cidr } of addresses) {
      const ip = parseIp(address.split("%", 1)[0] ?? "");
      const prefixBits = Number(cidr?.slice(cidr.lastIndexOf("/") + 1) ?? Number.NaN);
      if (ip === undefined || !Number.isInteger(prefixBits)) continue;
      if (found.length < INTERFACES_MAX) found.push({ name, ip, prefixBits });
    }
  }
  return found;
}

/** Some sandboxes forbid the question; then a node knows only what others tell it. */
function systemInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}

/** Equal for equal lists, whatever their order. */
export function interfacesKey(interfaces: readonly Interface[]): string {
  return interfaces
    .map(({ name, ip, prefixBits }) => `${name} ${formatIp(ip)}/${prefixBits}`)
    .toSorted()
    .join("\n");
}
