import { type Address, addressScope, hostOf, isIpv6 } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import { isAuthentic } from "../crypto/card.ts";
import { PROBES_PER_INTRODUCTION } from "../paths/allowance.ts";
import {
  announcesMapping,
  isNeighbour,
  lackedFamily,
  type Vantage,
  worthTrying,
} from "../paths/candidates.ts";
import { type Cause, causeOf } from "../paths/causes.ts";
import { forecastOf } from "../paths/forecast.ts";
import { IntroductionBudget } from "../paths/introductions.ts";
import { freshPorts, pairPort } from "../paths/ports.ts";
import { lastsMs } from "../paths/punch.ts";
import {
  headStartMs,
  type Prospect,
  prospectOf,
  refireOf,
  type Tactic,
  unspoilt,
} from "../paths/tactics.ts";
import { INTRODUCTION_LADDER_MS } from "../rendezvous/introductions.ts";
import type { RegistrarEvent } from "../rendezvous/registrar.ts";
import { type Card, isSameCard } from "../wire/card.ts";
import { CANDIDATES_MAX } from "../wire/limits.ts";
import type { NatReport } from "../wire/nat.ts";
import type { Connection } from "./connection.ts";
import { type Encounters, hereOf } from "./encounters.ts";
import type { Endpoint } from "./endpoint.ts";
import type { LogEvent } from "./events.ts";
import { MAIN_SOCKET, type PeerHint } from "./machine.ts";
import type { Meeting } from "./meetings.ts";
import { Neighbours } from "./neighbours.ts";
import type { Relays } from "./relays.ts";
import { isPinned, type Roster } from "./roster.ts";
import type { Search } from "./search.ts";
import type { ServerLink } from "./serverlink.ts";
import { sideOf } from "./side.ts";
import { Whereabouts } from "./whereabouts.ts";

/** A server introduces a pair no sooner again than after 400 ms: less apart, two came late. */
const REPEATED_MS = 300;

/** After so many introductions that came to nothing, what was not compared is doubted. */
const TRUSTED_TIMES = 3;

/** Somebody who was told of this client at the same time; only a server gives numbers. */
export type Introduced = Omit<
  Extract<RegistrarEvent, { type: "introduced" }>,
  "type" | "number"
> & { readonly number: number | undefined };

export interface CallersOptions {
  readonly endpoint: Endpoint;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly search: Search;
  readonly relays: Relays;
  readonly encounters: Encounters;
  /** Somebody is about to be met, or asked for again. */
  readonly onMeeting: (now: number, peerId: PeerId) => void;
  readonly log: (message: string, fields: LogEvent["fields"]) => void;
}

/** Calls those whom server and peers introduce and the local network announces, within bounds. */
export class Callers {
  readonly #options: CallersOptions;
  readonly #budget = new IntroductionBudget();
  readonly #neighbours: Neighbours;
  readonly #whereabouts = new Whereabouts();
  /** What this node found out about its own NAT. */
  #nat: NatReport | undefined;

  constructor(options: CallersOptions) {
    this.#options = options;
    const { endpoint } = options;
    this.#neighbours = new Neighbours(this.#budget, (peerId) => {
      return endpoint.connectionTo(peerId)?.path.kind !== "lan";
    });
  }

  setNat(nat: NatReport | undefined): void {
    this.#nat = nat;
  }

  get nat(): NatReport | undefined {
    return this.#nat;
  }

  /** By the server, or by a peer that is met at this address. */
  onIntroduced(now: number, introduced: Introduced, by?: Address): void {
    const { endpoint, roster, server, search, relays } = this.#options;
    const { number, card, candidates } = introduced;
    const { peerId } = card;
    if (peerId === endpoint.card.peerId || roster.isBlocked(peerId)) return;
    // Pairs are introduced over and over with the cards that they have, and to verify one is dear.
    const known = roster.get(peerId)?.card;
    if ((known === undefined || !isSameCard(known, card)) && !isAuthentic(card)) return;
    if (this.#isRepeated(now, introduced)) return;
    const kind = kindOf(by);
    const times = this.#budget.take(now, peerId, kind);
    if (times === 0) return;
    roster.learn(card);
    if (number !== undefined) roster.setNumber(peerId, number);
    if (endpoint.connectionTo(peerId) === undefined) search.seek(now, peerId, true);
    const { vantage } = server;
    const introducer = by ?? vantage.introducer;
    this.#whereabouts.note(peerId, "introducer", candidates, introducer);
    const worthwhile = this.#worthCalling(now, peerId, { ...vantage, introducer }, candidates);
    const isDoubted = times > TRUSTED_TIMES || this.#wasDoubted(now, introduced);
    const prospect = prospectOf(this.#nat, introduced.nat, isDoubted);
    const trail = endpoint.trails.of(peerId);
    if (introduced.probes !== undefined) trail.onSaid(introduced.probes);
    const lacks = lackedFamily(vantage.hosts, candidates);
    const isMapped = server.mapped.length > 0 || announcesMapping(candidates);
    const forecast = isMapped ? "direct" : forecastOf(this.#nat, introduced.nat, isDoubted);
    const hasNoWay = lacks !== undefined || worthwhile.length === 0;
    trail.onIntroduced({
      atMs: now,
      by: kind,
      nat: introduced.nat,
      seenAt: candidates[0],
      prospect,
      expected: hasNoWay ? "relay" : forecast,
      candidates: worthwhile.length,
      lacks,
    });
    this.#call(now, card, worthwhile, this.#meetingOf(introduced, prospect, by));
    this.#setCandidates(peerId);
    relays.onIntroduced(now, peerId, hasNoWay ? "infeasible" : prospect.kind);
  }

  /**
   * A peer says in its session where it is besides: as good as an introduction, and as dear where
   * the last one does not pay for a look at all those places.
   */
  onWhereabouts(
    now: number,
    peerId: PeerId,
    candidates: readonly Address[],
    by: Address | undefined,
  ): void {
    this.#whereabouts.note(peerId, "peer", candidates, by);
    const left = this.#options.endpoint.connectionTo(peerId)?.datagramsLeft ?? 0;
    const isRenewed = left < CANDIDATES_MAX && this.#budget.take(now, peerId, "member") > 0;
    this.#setCandidates(peerId, isRenewed ? PROBES_PER_INTRODUCTION : undefined);
  }

  /** Whether one more introduction to this peer, by itself or another, may be followed. */
  mayFollow(now: number, peerId: PeerId): boolean {
    return this.#budget.take(now, peerId, "member") > 0;
  }

  /** Why somebody is not reached, as far as both sides' networks and what was seen tell. */
  causeOf(peerId: PeerId, candidates: number): Cause {
    const trail = this.#options.endpoint.trails.get(peerId);
    const { introduction, counts } = trail ?? {};
    return causeOf({
      mine: this.#nat,
      theirs: introduction?.nat,
      prospect: introduction?.prospect ?? { kind: "unknown" },
      candidates: introduction === undefined ? candidates : introduction.candidates,
      lacks: introduction?.lacks,
      punches: counts?.punches ?? 0,
      isHeard: (counts?.callsSeen ?? 0) + (counts?.punchesSeen ?? 0) > 0,
      hasReached: (trail?.said?.callsSeen ?? 0) + (trail?.said?.punchesSeen ?? 0) > 0,
    });
  }

  onAnnounced(now: number, { card, address }: PeerHint): void {
    const { endpoint, roster } = this.#options;
    const isUnwanted = card.peerId === endpoint.card.peerId || roster.isBlocked(card.peerId);
    if (isUnwanted || !isAuthentic(card)) return;
    this.#neighbours.onAnnounced(now, card, address);
    this.handleTimeout(now);
  }

  onOpened(now: number, connection: Connection): void {
    this.#options.roster.learn(connection.card);
    this.onPath(now, connection);
  }

  /** A path works. Who is merely carried is looked for on: what was in vain so far still is. */
  onPath(now: number, { card, path }: Connection): void {
    if (path.kind !== "relay") this.#budget.onPath(now, card.peerId);
  }

  onClosed(now: number, peerId: PeerId, reason: string): void {
    this.#whereabouts.forget(peerId);
    this.#neighbours.onClosed(now, peerId, reason);
  }

  /** Another client of this identity is with this peer, and is left there. */
  onTaken(peerId: PeerId): void {
    this.#whereabouts.forget(peerId);
    this.#neighbours.rest(peerId);
  }

  onServerLost(): void {
    this.#budget.onServerLost();
  }

  /** Who could not be reached a moment ago may be near now; from elsewhere, other ways lead. */
  onNetwork(now: number): void {
    for (const peerId of this.#whereabouts.peers()) this.#setCandidates(peerId);
    this.#neighbours.onNetwork(now);
    this.handleTimeout(now);
  }

  handleTimeout(now: number): void {
    const { hosts } = this.#options.server.vantage;
    // The shell may hear of somebody before the node is told of the network that it came by.
    const isNear = (address: Address): boolean => isNeighbour(hosts, address);
    for (let due = this.#neighbours.pollCall(now, isNear); due !== undefined;) {
      this.#call(now, due.card, due.addresses, undefined);
      due = this.#neighbours.pollCall(now, isNear);
    }
  }

  pollTimeout(): number {
    return this.#neighbours.pollTimeout();
  }

  /**
   * Whether the two last met, from network to network as now, by what is done only where a mapping
   * is doubted: then that need not come to nothing first. Should the other side not remember it,
   * this side does its part once in vain, and no later when the other doubts as well.
   */
  #wasDoubted(now: number, { card, candidates, nat }: Introduced): boolean {
    const { encounters, server } = this.#options;
    const met = encounters.from(now, card.peerId, hereOf(server.vantage));
    if (met === undefined || met.technique === "call") return false;
    const isThere = candidates.some((address) => hostOf(address) === hostOf(met.remote));
    const doubted = prospectOf(this.#nat, nat, true);
    return isThere && doubted.kind === "tactic" && doubted.mine?.kind === met.technique;
  }

  /**
   * What piled up while this machine slept, or on the way, is one introduction. But not where it is
   * their turn, however late the one before came: the other side begins, and meets nobody alone.
   */
  #isRepeated(now: number, { card: { peerId }, candidates, occasion }: Introduced): boolean {
    if (occasion?.isTurn === true) return false;
    const atMs = this.#options.endpoint.trails.get(peerId)?.introduction?.atMs ?? -Infinity;
    return now < atMs + REPEATED_MS && this.#whereabouts.isKnown(peerId, candidates);
  }

  /** Who is met, and not carried, is there already: where it was before says nothing more. */
  #worthCalling(
    now: number,
    peerId: PeerId,
    vantage: Vantage,
    candidates: readonly Address[],
  ): readonly Address[] {
    const { endpoint, encounters } = this.#options;
    const { kind = "relay" } = endpoint.connectionTo(peerId)?.path ?? {};
    if (kind !== "relay") return worthTrying(vantage, candidates);
    return encounters.order(now, peerId, vantage, candidates);
  }

  #setCandidates(peerId: PeerId, datagrams?: number): void {
    const { endpoint, server } = this.#options;
    const candidates = this.#whereabouts.candidates(server.vantage, peerId);
    endpoint.setCandidates(peerId, candidates, datagrams);
  }

  #call(
    now: number,
    card: Card,
    addresses: readonly Address[],
    meeting: Meeting | undefined,
  ): void {
    const { endpoint, roster, onMeeting } = this.#options;
    const person = roster.learn(card);
    if (endpoint.connectionTo(card.peerId) === undefined) onMeeting(now, card.peerId);
    endpoint.connect(now, person.card, addresses, meeting);
  }

  #meetingOf(
    { card, candidates, nat, token, occasion }: Introduced,
    prospect: Prospect,
    by: Address | undefined,
  ): Meeting | undefined {
    if (token === undefined) return undefined;
    const tactic = this.#tacticOf(card, nat, token, occasion?.round ?? 0, prospect);
    const fields = { peer: card.peerId, prospect: prospect.kind, tactic: tactic?.kind ?? "call" };
    this.#options.log("meeting", fields);
    // Reports are of IPv4 where a server sees their nodes by it; first comes where it sees them.
    const isByIpv4 = this.#options.server.vantage.observed.some((address) => !isIpv6(address));
    const seenAt = candidates.find((address) => {
      return addressScope(address) === "public" && isIpv6(address) !== isByIpv4;
    });
    return {
      by: kindOf(by),
      token,
      tactic,
      seenAt,
      socket: MAIN_SOCKET,
      opensFirst: nat?.poisons === true,
      isTrusted: this.isTrusted(card.peerId, occasion?.sharesRoom === true),
      isTurn: occasion?.isTurn,
      waitMs: occasion?.waitMs ?? 0,
      headStartMs: headStartMs(this.#nat, nat),
      isSuccession: false,
    };
  }

  #tacticOf(
    card: Card,
    nat: NatReport | undefined,
    token: Uint8Array,
    round: number,
    prospect: Prospect,
  ): Tactic | undefined {
    const own = this.#options.endpoint.card;
    if (prospect.kind === "direct" && round > 0) {
      const { lower, higher } = freshPorts(token, round);
      const isLower = sideOf(own, card) === "lower";
      const [mine, theirs] = isLower ? [lower, higher] : [higher, lower];
      return refireOf(this.#nat, nat, { mine, theirs });
    }
    if (prospect.kind !== "tactic" || prospect.mine === undefined) return undefined;
    const port = pairPort(own.noiseKey, card.noiseKey, seriesOf(prospect.mine, round));
    return unspoilt(prospect.mine, this.#nat, nat, port);
  }

  /** Who introduces two may say of anybody that they share a room, but not of who is in none. */
  isTrusted(peerId: PeerId, sharesRoom: boolean): boolean {
    const { chat, roster } = this.#options;
    if (chat.hasWaiting(peerId) || chat.isMember(peerId)) return true;
    const person = roster.get(peerId);
    const isKnown = person !== undefined && isPinned(person);
    return isKnown || (sharesRoom && chat.rooms().size > 0);
  }
}

/**
 * In each the two meet at another port: the one before may be spoiled by now, or somebody else's.
 * What lasts longer than from one introduction to the next goes on with the port it has.
 */
function seriesOf(tactic: Tactic, round: number): number {
  const [soonestMs, ...later] = INTRODUCTION_LADDER_MS;
  return lastsMs(tactic) < soonestMs ? round : Math.max(0, round - later.length - 1);
}

function kindOf(by: Address | undefined): "server" | "member" {
  return by === undefined ? "server" : "member";
}
