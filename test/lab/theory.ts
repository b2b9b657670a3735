import type { Meeting, Outcome } from "./meeting.ts";
import { feasible, NAT_KINDS, type Kind } from "./natkinds.ts";

export type Pair = readonly [a: Kind, b: Kind];

/** Pairs that are met in the same manner. */
export type PairClass = "easy" | "predicted" | "random" | "carried" | "told";

/** In the order of the tables. */
export const PAIR_CLASSES: readonly PairClass[] = [
  "easy",
  "predicted",
  "random",
  "carried",
  "told",
];

/**
 * - `easy`: both call, and answer where they were asked.
 * - `predicted`: the port is one of a sequence or of a block.
 * - `random`: it may be any.
 * - `carried`: nothing direct; by a member in the open whom both have in common.
 * - `told`: nor can that one be reached, since one of them gets no UDP out.
 */
export function classOf([a, b]: Pair): PairClass {
  const theory = feasible(a, b);
  switch (theory) {
    case "easy":
      return "easy";
    case "technique":
      return [a, b].some(isRandom) ? "random" : "predicted";
    case "infeasible":
      return [a, b].some(isMute) ? "told" : "carried";
    default:
      return theory satisfies never;
  }
}

function isRandom(kind: Kind): boolean {
  const { v4 } = NAT_KINDS[kind];
  return v4?.mapping !== "endpoint-independent" && v4?.allocation === "random";
}

function isMute(kind: Kind): boolean {
  const { v4, v6 } = NAT_KINDS[kind];
  return v4 === undefined && v6 === undefined;
}

/** Whether a meeting ended as theory has it; of one without a member, that there were words. */
export function isAsTheory(
  held: Pick<Meeting & Outcome, "a" | "b" | "path" | "reason"> & { readonly hasMember: boolean },
): boolean {
  const { a, b, path, reason, hasMember } = held;
  const isDirect = path === "direct" || path === "lan";
  if (feasible(a, b) !== "infeasible") return isDirect;
  const isCarried = hasMember && classOf([a, b]) === "carried";
  return isCarried ? path === "relay" : path === undefined && reason !== undefined;
}
