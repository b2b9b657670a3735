import { addressOf, addressScope, formatIp } from "../lib/base/address.ts";
import type { ServerReady } from "../lib/contract/outgoing.ts";
import { readInterfaces } from "../lib/io/interfaces.ts";
import type { Lines } from "../lib/io/stdio.ts";
import { PROMPT, readyText } from "../lib/ui/serverready.ts";
import { announcedAt, type Listen } from "./options.ts";
import { versionLine } from "./version.ts";

/** Addresses shown to the person at the terminal. */
const SHOWN_ADDRESSES_MAX = 4;

/** The first lines of a server and its prompt, for the person at its terminal. */
export function greet(out: Lines, ready: ServerReady, bound: readonly Listen[]): void {
  const about = {
    version: versionLine(),
    reachableAt: reachableAt(bound),
    isAnnounced: announcedAt(bound) !== undefined,
  };
  for (const line of readyText(ready, about)) out.write(line);
  out.prompt(PROMPT);
}

/** What clients may type, the most promising first: public before private, IPv4 before IPv6. */
function reachableAt(bound: readonly Listen[]): readonly string[] {
  const found = bound.flatMap(({ host, port }) => {
    const isAny = host === undefined || host === "::" || host === "0.0.0.0";
    const ips = isAny ? readInterfaces().map(({ ip }) => formatIp(ip)) : [host];
    const usable = host === "0.0.0.0" ? ips.filter((ip) => !ip.includes(":")) : ips;
    return usable.flatMap((ip) => addressOf(ip, port) ?? []);
  });
  const worth = found.filter((address) => ORDER.includes(addressScope(address)));
  const shown = worth.length > 0 ? worth : found;
  return shown
    .toSorted((a, b) => ORDER.indexOf(addressScope(a)) - ORDER.indexOf(addressScope(b)))
    .slice(0, SHOWN_ADDRESSES_MAX);
}

const ORDER = ["public", "private"];
