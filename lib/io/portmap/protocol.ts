import type { Address } from "../../base/address.ts";

export type ProtocolName = "PCP" | "NAT-PMP" | "UPnP";

/** What became of a question to a router. */
export type Answer =
  | { readonly kind: "granted"; readonly address: Address; readonly leaseMs: number }
  /** `why` completes "no port mapping by PCP: …". */
  | { readonly kind: "refused"; readonly why: string };

/** One way to ask one router to pass on what comes to one of its UDP ports. */
export interface Protocol {
  readonly name: ProtocolName;
  /**
   * Asks for the mapping, or for more time; once at a time. It changes nothing on the router before
   * it is its turn, and nothing after the signal. Never rejects.
   */
  ask(leaseMs: number, turn: Promise<void>, signal: AbortSignal): Promise<Answer>;
  /** Whether the router still has what it has granted; true where it cannot say. */
  check(signal: AbortSignal): Promise<boolean>;
  /** Removes the mapping, if one may be there; settles when that is done or the signal says so. */
  release(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The UDP port of this machine that is to be reached from outside. */
export interface Wish {
  readonly port: number;
  readonly random: (length: number) => Uint8Array;
  readonly now: () => number;
}
