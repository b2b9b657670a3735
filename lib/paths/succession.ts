import type { NatReport } from "../wire/nat.ts";
import { type Prospect, prospectOf, type Tactic } from "./tactics.ts";

/** One whose router gives each mapping any of its addresses needs a few for the right one. */
const SOCKETS = { one: 1, several: 8 } as const;

/** What the side does whose mapping dies. */
export type Replacement =
  | { readonly kind: "tactic"; readonly mine: Tactic }
  /** Nothing leads to a new mapping but somebody who sees it. */
  | { readonly kind: "none" };

/**
 * How two who are connected prepare another path before the mapping of one of them dies, where
 * nobody else sees it. A new socket has a port that neither knows, whatever else its router does:
 * it is met as those are whose routers give every conversation another. This is the dying side's
 * part; `port` is what both come to by themselves.
 */
export function replacementOf(
  mine: NatReport,
  theirs: NatReport | undefined,
  port: number,
): Replacement {
  // Nothing is translated, so that nothing is given anew.
  if (mine.isTranslated === false) return { kind: "none" };
  const prospect = prospectAnew(mine, theirs);
  switch (prospect.kind) {
    case "direct":
    case "unknown":
      return { kind: "tactic", mine: reaching(mine) };
    case "tactic": {
      const isKept = mine.allocation.kind === "preserving";
      const tactic = isKept ? ({ kind: "fresh", port } as const) : prospect.mine;
      return tactic === undefined ? { kind: "none" } : { kind: "tactic", mine: tactic };
    }
    case "infeasible":
      return { kind: "none" };
    default:
      return prospect satisfies never;
  }
}

/**
 * Whether a mapping that dies of age is lost however the two prepare for it: a new one is not met
 * by whose own mapping toward it would be another.
 */
export function isLostWithAge(dying: NatReport, other: NatReport | undefined): boolean {
  return changes(dying) && isMovedByPorts(other);
}

/** Whether a mapping that is made anew has another port. */
export function changes({ isTranslated, allocation }: NatReport): boolean {
  return isTranslated !== false && allocation.kind !== "preserving";
}

/** The other side's part; undefined where it need only answer. */
export function followingOf(
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
  port: number,
): Tactic | undefined {
  const prospect = theirs === undefined ? undefined : prospectAnew(theirs, mine);
  if (theirs === undefined || mine === undefined || prospect?.kind !== "tactic") return undefined;
  if (theirs.allocation.kind === "preserving") return { kind: "aim", port };
  const own = prospectOf(known(mine), anew(theirs));
  return own.kind === "tactic" ? own.mine : undefined;
}

/** Of the one whose mapping is new, and the other's is the one that it has always met. */
function prospectAnew(mine: NatReport, theirs: NatReport | undefined): Prospect {
  // Its mapping toward a new port is new as well.
  if (isMovedByPorts(theirs)) return { kind: "infeasible", why: "both-hard" };
  return prospectOf(anew(mine), theirs && known(theirs));
}

function isMovedByPorts(report: NatReport | undefined): boolean {
  return report?.mapping === "address-and-port-dependent";
}

function anew(report: NatReport): NatReport {
  return { ...report, mapping: "address-and-port-dependent" };
}

/** The other's address stays: what depends on that alone stays too. */
function known(report: NatReport): NatReport {
  return { ...report, mapping: "endpoint-independent" };
}

function reaching({ addresses }: NatReport): Tactic {
  const sockets = addresses === "several" ? SOCKETS.several : SOCKETS.one;
  return { kind: "spread", sockets, reaches: true };
}
