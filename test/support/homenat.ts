import type { NatReport } from "../../lib/wire/nat.ts";

/** What most homes are behind: one address, and each port kept towards everybody. RFC 4787 §4 */
export const HOME_NAT: NatReport = {
  mapping: "endpoint-independent",
  compared: { ports: true, addresses: true },
  filtering: "address-and-port-dependent",
  allocation: { kind: "preserving" },
  addresses: "one",
  isTranslated: true,
  poisons: false,
  hairpin: false,
  isBlocked: false,
  recentPorts: [],
  portsAgeMs: 0,
  crossTrafficPerSecond: 0,
};
