import type { NatBehaviour } from "./nat.ts";

/** Where a client stands: behind which translator, or on the open internet where it has none. */
export interface Place {
  readonly nat: NatBehaviour | undefined;
  /** Equal for clients behind the same translator. */
  readonly site: number;
}

/**
 * - `direct`: must connect whenever an introduction reaches both.
 * - `answer-where-asked`: must connect if the easy side answers to the source it saw, because the
 *   hard side's port for it is one that nobody could announce.
 * - `guess`: only by guessing ports.
 * - `never`: not even that is worth while.
 */
export type Verdict = "direct" | "answer-where-asked" | "guess" | "never";

/** What theory says of two clients, whose introducer is a third party on the open internet. */
export function verdict(a: Place, b: Place): Verdict {
  if (a.site === b.site) return "direct";
  const [hard, other] = isEasy(a.nat) ? [b.nat, a.nat] : [a.nat, b.nat];
  // Both keep one port whoever they send to, so what the introducer saw is what a peer reaches, and
  // each opens its own filter by sending.
  if (isEasy(hard)) return "direct";
  if (!isEasy(other)) return "never";
  // The easy side's filter must let in a port it has never sent to.
  const letsIn = other?.filtering !== "address-and-port-dependent";
  return letsIn ? "answer-where-asked" : "guess";
}

/** Mapping alone makes a translator hard. One that can be poisoned may change a port it had. */
function isEasy(nat: NatBehaviour | undefined): boolean {
  return nat === undefined || (nat.mapping === "endpoint-independent" && !nat.poisonable);
}
