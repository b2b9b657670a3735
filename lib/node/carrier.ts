import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import { Recent } from "../rendezvous/recent.ts";
import { CARRIED_BYTES_MAX } from "../wire/limits.ts";
import { encodeRelay, type Uncarried } from "../wire/relay.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";

/** What is carried between two, both ways together: a fast typist's line needs 200 a second. */
export const PAIR_BYTES_PER_SECOND = 131_072;
export const PAIR_BYTES_BURST = 65_536;

/** And between all: what a home's line upwards can spare. */
export const CARRIED_BYTES_PER_SECOND = 524_288;
export const CARRIED_BYTES_BURST = 262_144;

/** Pairs that are carried; beyond, those that were silent for longest may begin anew. */
export const CARRIED_PAIRS_MAX = 1024;

/** A bucket is full again long before. */
const PAIR_IDLE_MS = 60_000;

/** Refusals told to all together: each is shorter than what it answers. */
const REFUSALS_PER_SECOND = 16;

export interface CarrierOptions {
  readonly now: number;
  readonly endpoint: Endpoint;
  readonly chat: Chat;
  /** Whether it carries at all. */
  readonly isWilling: boolean;
}

/**
 * Carries datagrams between two who do not reach one another, and who are in one room with this
 * node. It sees who talks to whom, and how much; what they say is sealed. PROTOCOL.md §6.
 */
export class Carrier {
  readonly #options: CarrierOptions;
  readonly #all: TokenBucket;
  readonly #pairs = new Recent<TokenBucket>(PAIR_IDLE_MS, CARRIED_PAIRS_MAX);
  readonly #refusals: TokenBucket;

  constructor(options: CarrierOptions) {
    const { now } = options;
    this.#options = options;
    this.#all = new TokenBucket(now, CARRIED_BYTES_PER_SECOND, CARRIED_BYTES_BURST);
    this.#refusals = new TokenBucket(now, REFUSALS_PER_SECOND, REFUSALS_PER_SECOND);
  }

  /** What exceeds a limit is dropped, as a router would do. */
  handleCarry(now: number, from: Connection, to: PeerId, data: Uint8Array): void {
    const { endpoint } = this.#options;
    const sender = from.card.peerId;
    // To say no is as long as to ask for the carriage of one byte.
    if (sender === to || data.length === 0 || data.length > CARRIED_BYTES_MAX) return;
    const why = this.#whyNot(from, to);
    if (why !== undefined) {
      if (!this.#refusals.take(now)) return;
      endpoint.sendUnreliable(sender, encodeRelay({ kind: "uncarried", peer: to, why }));
      return;
    }
    if (!this.#pays(now, sender, to, data.length)) return;
    endpoint.sendUnreliable(to, encodeRelay({ kind: "carried", peer: sender, data }));
  }

  /** What is carried is carried once: both ends are reached without a carrier. */
  #whyNot(from: Connection, to: PeerId): Uncarried | undefined {
    const { endpoint, chat, isWilling } = this.#options;
    if (!isWilling) return "never";
    const other = endpoint.connectionTo(to);
    const isReached = other !== undefined && other.path.kind !== "relay";
    const isDirect = from.path.kind !== "relay" && isReached;
    return isDirect && chat.shareRoom(from.card.peerId, to) ? undefined : "not-there";
  }

  #pays(now: number, a: PeerId, b: PeerId, bytes: number): boolean {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    const pair =
      this.#pairs.get(now, key) ?? new TokenBucket(now, PAIR_BYTES_PER_SECOND, PAIR_BYTES_BURST);
    this.#pairs.set(now, key, pair);
    // What the other limit refuses has cost nothing.
    return pair.has(now, bytes) && this.#all.take(now, bytes) && pair.take(now, bytes);
  }
}
