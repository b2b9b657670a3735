import type { NatReport } from "../wire/nat.ts";
import { isLostWithAge } from "./succession.ts";
import { isHard, type Prospect } from "./tactics.ts";

/** What is known of a peer that is not reached. */
export interface Facts {
  readonly mine: NatReport | undefined;
  readonly theirs: NatReport | undefined;
  readonly prospect: Prospect;
  /** Addresses of theirs that were worth a datagram. */
  readonly candidates: number;
  /** The family of addresses that they have alone, and this node has not. */
  readonly lacks: "IPv4" | "IPv6" | undefined;
  /** Datagrams that searched for a port of their router, or of one's own. */
  readonly punches: number;
  /** Whether anything of theirs has arrived by UDP. */
  readonly isHeard: boolean;
  /** Whether they have said that anything of this node's has arrived there. */
  readonly hasReached: boolean;
}

export interface Cause {
  /** In plain words, to stand after a colon. */
  readonly why: string;
  /** One thing to do. */
  readonly next: string;
}

const MEMBER = "ask somebody who shares a room with both of you to come online";
const OPEN_PORT = "turn on port mapping (UPnP, NAT-PMP or PCP) in one of the two routers";

/** Why a peer is not reached, the surest sign first, and what would help most. */
export function causeOf(facts: Facts): Cause {
  const { mine, theirs, prospect, candidates, lacks } = facts;
  if (mine?.isBlocked === true) {
    return {
      why: "UDP does not get through your network",
      next: `use another network, or ${MEMBER}`,
    };
  }
  if (theirs?.isBlocked === true) {
    return {
      why: "UDP does not get through their network",
      next: `have them use another network, or ${MEMBER}`,
    };
  }
  if (lacks !== undefined) {
    return {
      why: `they have ${lacks} alone, and you have none`,
      next: `use a network with ${lacks}, or ${MEMBER}`,
    };
  }
  if (candidates === 0) {
    return {
      why: "they announced no address that can be reached from here",
      next: "have them start again on a network that you can reach",
    };
  }
  if (prospect.kind === "infeasible") return bothHard(mine, theirs);
  if (facts.hasReached && !facts.isHeard) {
    return {
      why: "your datagrams arrive there, and theirs do not arrive here",
      next: "allow p2pchat's UDP in the firewall of your machine and router",
    };
  }
  if (facts.isHeard && !facts.hasReached) {
    return {
      why: "their datagrams arrive here, and yours do not arrive there",
      next: "have them allow p2pchat's UDP in the firewall of their machine and router",
    };
  }
  return prospect.kind === "tactic" ? missed(facts) : unheard(facts);
}

/**
 * What is to be said of a path whose mapping one's own router takes away at that age, in ms, where
 * nothing can be prepared for it; undefined where something can, or too little is known.
 */
export function breaksOf(
  ageMs: number,
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
): Cause | undefined {
  if (ageMs === Infinity || mine === undefined || !isLostWithAge(mine, theirs)) return undefined;
  return {
    why:
      `your router gives this connection another port about every ${Math.round(ageMs / 1000)} s, ` +
      "and theirs shows everybody another: no new path can be prepared before, and each time " +
      "there is a short break",
    next: "turn on port mapping (UPnP, NAT-PMP or PCP) in your router, or use IPv6",
  };
}

function bothHard(mine: NatReport | undefined, theirs: NatReport | undefined): Cause {
  const isByChance = (report: NatReport | undefined): boolean =>
    report?.allocation.kind === "random" || report?.allocation.kind === "block";
  const isPooled = mine?.addresses === "several" || theirs?.addresses === "several";
  const how = isPooled
    ? "another address or port"
    : isByChance(mine) && isByChance(theirs)
      ? "another port, by chance"
      : "another port";
  return {
    why:
      `both routers give every connection ${how}: nothing direct can work, and nobody ` +
      "who shares a room with both of you can carry it",
    next: `${OPEN_PORT}, or ${MEMBER}`,
  };
}

/** It could have worked, and will be tried again; or it waits until others have been searched. */
function missed({ mine, theirs, punches }: Facts): Cause {
  const isMine = mine !== undefined && isHard(mine);
  const isTheirs = theirs !== undefined && isHard(theirs);
  const whose = isMine
    ? isTheirs
      ? "both routers give"
      : "your router gives"
    : "their router gives";
  const gives = `${whose} every connection another port`;
  if (punches === 0) {
    return {
      why: `${gives}, which takes a search, and one is made at a time`,
      next: "wait: theirs has its turn within a minute",
    };
  }
  return {
    why: `${gives}, and it was not met after ${punches} search packets; tried again`,
    next: isMine
      ? "turn on port mapping (UPnP, NAT-PMP or PCP) in your router"
      : "have them turn on port mapping (UPnP, NAT-PMP or PCP) in their router",
  };
}

function unheard({ candidates, prospect }: Facts): Cause {
  const where = candidates === 1 ? "the one address" : `any of the ${candidates} addresses`;
  const why = `nothing came back from ${where} they are known at`;
  if (prospect.kind === "unknown") {
    return {
      why: `${why}, and what their router does is not known`,
      next: "have both sides run p2pchat doctor",
    };
  }
  return {
    why: `${why}, though both routers should allow it: they may have left, or a firewall drops it`,
    next: "have both sides run p2pchat doctor, which looks at their firewalls",
  };
}
