import { type Address, isIpv6 } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { breaksOf } from "../paths/causes.ts";
import { isNearby, natSentence, natWord, nearbySentence } from "../paths/natwords.ts";
import type { NatReport } from "../wire/nat.ts";
import type { ProbeCounts } from "../wire/probes.ts";
import type { Callers } from "./callers.ts";
import type { Endpoint } from "./endpoint.ts";
import type { PeerPath, Req } from "./events.ts";
import type { MeetingSide, WhyEvent } from "./whyevents.ts";
import type { Reporter } from "./reporter.ts";
import type { Roster } from "./roster.ts";
import type { ServerLink } from "./serverlink.ts";
import type { Trail } from "./trails.ts";

export interface DiagnosisOptions {
  readonly endpoint: Endpoint;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly callers: Callers;
  readonly reporter: Reporter;
}

/** Answers why somebody is reached, or is not: what both sides are behind, did and saw. */
export class Diagnosis {
  readonly #options: DiagnosisOptions;

  constructor(options: DiagnosisOptions) {
    this.#options = options;
  }

  explain(now: number, peerId: PeerId, req: Req): void {
    const { endpoint, roster, server, callers, reporter } = this.#options;
    const trail = endpoint.trails.get(peerId);
    const connection = endpoint.connectionTo(peerId);
    const state = roster.get(peerId)?.state ?? "known";
    const isMet = connection !== undefined && state === "connected";
    const path = isMet ? reporter.pathOf(connection) : null;
    const introduction = trail?.introduction;
    const theirs = introduction?.nat;
    const mine = callers.nat;
    reporter.add({
      type: "reply",
      req,
      command: "why",
      who: roster.who(peerId),
      state,
      path,
      ...this.#verdict(now, peerId, state, path),
      expected: introduction?.expected ?? null,
      you: { ...natOf(mine, server.observed, "own"), ...probesOf(trail?.counts ?? NO_PROBES) },
      they: { ...natOf(theirs, introduction?.seenAt, "their"), ...probesOf(trail?.said) },
      mapped: server.mapped,
      tried: trail?.steps ?? [],
    });
  }

  #verdict(
    now: number,
    peerId: PeerId,
    state: WhyEvent["state"],
    path: PeerPath | null,
  ): Pick<WhyEvent, "text" | "next"> {
    const { endpoint, callers, server } = this.#options;
    const trail = endpoint.trails.get(peerId);
    switch (state) {
      case "connected":
        return this.#connectedVerdict(path, trail);
      case "unreachable": {
        const { why, next } = callers.causeOf(peerId, 0);
        return { text: `unreachable: ${why}`, next };
      }
      case "connecting":
        return { text: connectingWords(now, trail), next: null };
      case "gone":
        return { text: `gone: ${trail?.ending ?? "the session has ended"}`, next: WAIT };
      case "known":
        return server.isRegistered
          ? { text: "not registered at this server since this run began", next: WAIT }
          : { text: "not seen, and no server is connected that could introduce them", next: null };
      default:
        return state satisfies never;
    }
  }

  #connectedVerdict(
    path: PeerPath | null,
    trail: Trail | undefined,
  ): Pick<WhyEvent, "text" | "next"> {
    if (path === null) return { text: "connected", next: null };
    const { callers, server } = this.#options;
    const text = connectedWords(path);
    const isTranslated = path.kind === "direct" && !isIpv6(path.remote);
    const ageMs = isTranslated ? server.aging.goneMs : Infinity;
    const breaks = breaksOf(ageMs, callers.nat, trail?.introduction?.nat);
    if (breaks === undefined) return { text, next: null };
    return { text: `${text}; ${breaks.why}`, next: breaks.next };
  }
}

const WAIT = "wait until they are back: what you write to them is kept, and sent then";

function connectedWords({ kind, via, remote }: PeerPath): string {
  switch (kind) {
    case "lan":
      return `connected over the local network, at ${remote}`;
    case "direct":
      return `connected directly, at ${remote}`;
    case "relay":
      return `connected via ${via?.name ?? "another"}, who passes on what it cannot read`;
    default:
      return kind satisfies never;
  }
}

function connectingWords(now: number, trail: Trail | undefined): string {
  const since = trail?.introduction?.atMs;
  if (since === undefined) return "being called; nobody has introduced them";
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  return `being called, last introduced ${seconds} s ago`;
}

function natOf(
  nat: NatReport | undefined,
  seenAt: Address | undefined,
  whose: "own" | "their",
): Pick<MeetingSide, "nat" | "text"> {
  if (nat === undefined) return { nat: null, text: null };
  if (isNearby(nat, seenAt)) return { nat: null, text: nearbySentence(whose) };
  return { nat: natWord(nat) ?? null, text: natSentence(nat, whose) };
}

function probesOf(counts: ProbeCounts | undefined): Omit<MeetingSide, "nat" | "text"> {
  return counts ?? { calls: null, punches: null, callsSeen: null, punchesSeen: null };
}

const NO_PROBES: ProbeCounts = { calls: 0, punches: 0, callsSeen: 0, punchesSeen: 0 };
