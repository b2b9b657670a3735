import { viaAddress, viaParts } from "../base/address.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { Prospect } from "../paths/tactics.ts";
import type { Way } from "../paths/way.ts";
import { encodeRelay, type Uncarried } from "../wire/relay.ts";
import { type Connection, isToServer } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Datagram, RELAY_SOCKET } from "./machine.ts";
import { Refusals } from "./refusals.ts";
import type { Search } from "./search.ts";

/** Carriers that are tried at one time: the first answer is of the shortest way of them. */
export const CARRIERS_TRIED_MAX = 3;

/** So long what is direct may take before a carrier is asked, where it is not hopeless. */
export const DIRECT_MS = 1_500;
/** And where ports are searched: 98 of 100 such meetings are over by then. */
export const DIRECT_SEARCH_MS = 4_000;

/** Carriers are asked again after this, and no sooner than that for whatever reason. */
const ASK_GAP_MS = 3_000;
const ASK_GAP_MS_MIN = 250;

/** By then it is felt, unless another carrier has taken over. */
const REPLACED_MS = 1_000;

/** Peers to whom a carrier is wanted; beyond, the one wanted first waits to be introduced again. */
export const WANTED_MAX = 512;

/** When a direct path is looked for again by who is carried; the last repeats. */
const DIRECT_GAPS_MS = [4_000, 10_000, 20_000, 40_000, 60_000];

export interface RelaysOptions {
  readonly endpoint: Endpoint;
  readonly chat: Chat;
  readonly search: Search;
  /** Whether it may be carried at all. */
  readonly isWilling: boolean;
}

interface Wanted {
  /** What is to be expected of a direct path, as far as is known. */
  readonly prospect: Prospect["kind"];
  /** Until then it is waited for. */
  readonly fromMs: number;
  readonly askedAtMs: number;
}

/**
 * The last resort: whom no direct path leads to is reached through a member of a common room, until
 * one does. Which members carry, only they can tell; who answers first is taken. PROTOCOL.md §6.
 */
export class Relays {
  readonly #options: RelaysOptions;
  readonly #wanted = new Map<PeerId, Wanted>();
  readonly #asks = new Deadlines<PeerId>();
  readonly #refusals = new Refusals();
  /** How often a direct path was looked for, of those who are carried. */
  readonly #carried = new Map<PeerId, number>();
  readonly #looks = new Deadlines<PeerId>();

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Whether what this peer has carried may be for this node. */
  takesFrom({ card, path }: Connection): boolean {
    const { chat, isWilling } = this.#options;
    return isWilling && path.kind !== "relay" && chat.isMember(card.peerId);
  }

  /** Puts a datagram for a place beyond a carrier into the session with it. */
  send({ to, bytes: data }: Datagram): void {
    const { endpoint } = this.#options;
    const via = viaParts(to);
    if (via === undefined) return;
    const { carrier, peer } = via;
    // What a carrier would itself have carried would go in circles.
    if (endpoint.connectionTo(carrier)?.path.kind === "relay") return;
    endpoint.sendUnreliable(carrier, encodeRelay({ kind: "carry", peer, data }));
  }

  /** Somebody was introduced and is called; this is to be expected of it. */
  onIntroduced(now: number, peerId: PeerId, prospect: Prospect["kind"]): void {
    const { endpoint, search, isWilling } = this.#options;
    const open = endpoint.connectionTo(peerId);
    if (open !== undefined) {
      // One look at a time: the call that it led to is under way.
      if (open.path.kind === "relay") search.unseek(peerId);
      return;
    }
    if (!isWilling) return;
    const before = this.#wanted.get(peerId);
    // What was found out meanwhile counts, and nothing that is not known any more.
    const isKnown =
      before !== undefined && (prospect === "unknown" || prospect === before.prospect);
    const { fromMs } = isKnown ? before : { fromMs: now + patienceMs(prospect) };
    const [first] = this.#wanted.keys();
    if (before === undefined && first !== undefined && this.#wanted.size >= WANTED_MAX) {
      this.#forget(first);
    }
    const expected = isKnown ? before.prospect : prospect;
    const askedAtMs = before?.askedAtMs ?? -Infinity;
    this.#wanted.set(peerId, { prospect: expected, fromMs, askedAtMs });
    this.#hurry(now, peerId);
  }

  onOpened(now: number, { card, path }: Connection): void {
    this.#forget(card.peerId);
    if (path.kind === "relay") this.#beginLooks(now, card.peerId);
    // A session that was carried may have given way to this one.
    else this.#endLooks(card.peerId);
  }

  /** A peer has said which rooms it is in: it may carry. */
  onMet(now: number): void {
    for (const peerId of this.#wanted.keys()) this.#hurry(now, peerId);
  }

  onMoved(now: number, { card, path }: Connection): void {
    if (path.kind !== "relay") this.#endLooks(card.peerId);
    else if (!this.#carried.has(card.peerId)) this.#beginLooks(now, card.peerId);
  }

  /** What was sent to this peer is not answered. */
  onDoubted(now: number, { card, path }: Connection): void {
    if (!this.#options.isWilling) return;
    const fromMs = path.kind === "relay" ? now : now + DIRECT_MS;
    this.#wanted.set(card.peerId, { prospect: "unknown", fromMs, askedAtMs: -Infinity });
    this.#asks.set(card.peerId, fromMs);
  }

  /** A session is over: those that it carried go on by other ways. */
  onClosed(now: number, { card: { peerId } }: Connection): void {
    this.#refusals.forget(peerId);
    this.#endLooks(peerId);
    for (const connection of this.#options.endpoint.connections()) {
      if (viaParts(connection.path.remote)?.carrier === peerId) this.#replace(now, connection);
    }
  }

  /** A carrier does not carry to this peer; of peers for whom nobody was asked nothing is kept. */
  onUncarried(now: number, carrier: PeerId, peerId: PeerId, why: Uncarried): void {
    const open = this.#options.endpoint.connectionTo(peerId);
    const isInUse = open !== undefined && viaParts(open.path.remote)?.carrier === carrier;
    if (!isInUse && !this.#wanted.has(peerId)) return;
    const untilMs = this.#refusals.add(now, carrier, peerId, why);
    if (isInUse) this.#replace(now, open);
    const wanted = this.#wanted.get(peerId);
    if (wanted === undefined) return;
    const atMs = this.#waysTo(now, peerId).length > 0 ? now : untilMs;
    this.#asks.set(peerId, Math.max(atMs, wanted.fromMs, wanted.askedAtMs + ASK_GAP_MS_MIN));
  }

  /** This node's network, or what it knows of it, has changed: direct paths may open now. */
  onNetwork(now: number): void {
    for (const peerId of this.#carried.keys()) {
      this.#carried.set(peerId, 0);
      this.#looks.set(peerId, now);
    }
  }

  handleTimeout(now: number): void {
    for (let due = this.#asks.pollDue(now); due !== undefined; due = this.#asks.pollDue(now)) {
      this.#ask(now, due);
    }
    for (let due = this.#looks.pollDue(now); due !== undefined; due = this.#looks.pollDue(now)) {
      const times = this.#carried.get(due) ?? 0;
      this.#carried.set(due, times + 1);
      this.#looks.set(due, now + lookGapMs(times + 1));
      this.#options.search.seek(now, due);
    }
  }

  pollTimeout(): number {
    return Math.min(this.#asks.next, this.#looks.next);
  }

  #hurry(now: number, peerId: PeerId): void {
    const wanted = this.#wanted.get(peerId);
    if (wanted === undefined) return;
    this.#asks.set(peerId, Math.max(now, wanted.fromMs, wanted.askedAtMs + ASK_GAP_MS_MIN));
  }

  #ask(now: number, peerId: PeerId): void {
    const { endpoint } = this.#options;
    const wanted = this.#wanted.get(peerId);
    const open = endpoint.connectionTo(peerId);
    const isNeeded = open === undefined ? endpoint.isCalling(peerId) : open.isDoubted;
    if (wanted === undefined || !isNeeded) return this.#forget(peerId);
    this.#asks.set(peerId, now + ASK_GAP_MS);
    const ways = this.#waysTo(now, peerId);
    if (ways.length === 0) return;
    this.#wanted.set(peerId, { ...wanted, askedAtMs: now });
    if (open === undefined) endpoint.callVia(now, peerId, ways);
    else this.#offer(now, open, ways);
  }

  /** Members of a room of ours, those first that are known to share one with the peer; the near. */
  #waysTo(now: number, peerId: PeerId): Way[] {
    const { endpoint, chat } = this.#options;
    const able = [...endpoint.connections()].filter((connection) => {
      const carrier = connection.card.peerId;
      if (isToServer(connection) || connection.path.kind === "relay") return false;
      if (carrier === peerId || !chat.isMember(carrier)) return false;
      return !connection.isDoubted && !this.#refusals.has(now, carrier, peerId);
    });
    const distance = ({ card, session }: Connection) =>
      (chat.shareRoom(card.peerId, peerId) ? 0 : FAR_MS) + (session.rttMs ?? 0);
    return able
      .map((connection) => ({ card: connection.card, far: distance(connection) }))
      .toSorted((a, b) => a.far - b.far)
      .slice(0, CARRIERS_TRIED_MAX)
      .map(({ card }) => ({ socket: RELAY_SOCKET, remote: viaAddress(card.peerId, peerId) }));
  }

  /** The carrier carries no more: others are tried before that is felt. */
  #replace(now: number, connection: Connection): void {
    const { peerId } = connection.card;
    this.#offer(now, connection, this.#waysTo(now, peerId));
    this.#wanted.set(peerId, { prospect: "unknown", fromMs: now, askedAtMs: now });
    this.#asks.set(peerId, now + REPLACED_MS);
  }

  #offer(now: number, connection: Connection, ways: readonly Way[]): void {
    connection.offer(now, ways);
    this.#options.endpoint.ping(connection);
  }

  #forget(peerId: PeerId): void {
    this.#wanted.delete(peerId);
    this.#asks.delete(peerId);
  }

  #beginLooks(now: number, peerId: PeerId): void {
    this.#carried.set(peerId, 0);
    this.#looks.set(peerId, now + lookGapMs(0));
  }

  #endLooks(peerId: PeerId): void {
    if (!this.#carried.delete(peerId)) return;
    this.#looks.delete(peerId);
    this.#options.search.unseek(peerId);
  }
}

/** Farther than any round trip: who is not known to be near the peer comes last. */
const FAR_MS = 1e6;

function lookGapMs(times: number): number {
  return DIRECT_GAPS_MS[Math.min(times, DIRECT_GAPS_MS.length - 1)] ?? Infinity;
}

function patienceMs(prospect: Prospect["kind"]): number {
  switch (prospect) {
    case "infeasible":
      return 0;
    case "tactic":
      return DIRECT_SEARCH_MS;
    case "direct":
    case "unknown":
      return DIRECT_MS;
    default:
      return prospect satisfies never;
  }
}
