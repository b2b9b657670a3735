import type { Address } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";
import type { Card } from "../wire/card.ts";
import type { ListingEntry } from "../wire/rendezvous.ts";
import { type Forwarded, forwardedOf } from "./forwarding.ts";
import { Roll } from "./roll.ts";
import type { Membership } from "./topics.ts";

/** Clients with a session. Beyond, one more is told that the server is full, and let go. */
export const CLIENTS_MAX = 100_000;

/** A client that seeks `SEEKS_MAX` others asks for all of them at once, then each every 10 s. */
export const REQUESTS_BURST = 512;
export const REQUESTS_PER_SECOND = 64;

/**
 * Of what a client may ask, so much besides is for registrations alone: nobody says them twice. As
 * many as one may come into rooms.
 */
export const REGISTRATIONS_BURST = 32;

/** How much each client may ask. */
export interface RequestLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** One client of the server. */
export interface Client {
  readonly peerId: PeerId;
  /** When its session began, or came to where it is now. */
  sinceMs: number;
  card: Card;
  /** Where its session's packets come from. */
  observed: Address;
  /** Where it has shown itself by the other family of addresses. */
  also: Address | undefined;
  announced: readonly Address[];
  /** Follows from the three above. */
  forwarded: Forwarded;
  /** What it last said of its NAT, unread: strangers' bytes of which nothing is believed. */
  nat: Uint8Array | undefined;
  natAtMs: number;
  /** From its first registration until its session is gone; nobody hears of it before. */
  number: number | undefined;
  readonly memberships: Map<string, Membership<Client>>;
  readonly requests: TokenBucket;
  /** When the log was last told that it asks too much. */
  tooManyLoggedAtMs: number;
}

/** Everybody with a session: by identity, and once registered by number and by name. */
export class Clients {
  readonly #byId = new Map<PeerId, Client>();
  readonly #roll = new Roll<Client>();
  /** Registered ones, in the order of their registration. */
  readonly #byName = new Map<string, Set<Client>>();
  readonly #clientsMax: number;
  readonly #requests: RequestLimits;

  constructor(
    clientsMax = CLIENTS_MAX,
    requests: RequestLimits = { burst: REQUESTS_BURST, perSecond: REQUESTS_PER_SECOND },
  ) {
    this.#clientsMax = clientsMax;
    this.#requests = requests;
  }

  get(peerId: PeerId): Client | undefined {
    return this.#byId.get(peerId);
  }

  numbered(number: number): Client | undefined {
    return this.#roll.get(number);
  }

  /** Registered clients with numbers above `number`, ascending. */
  above(number: number): Iterable<Client> {
    return this.#roll.above(number);
  }

  named(name: string): Iterable<Client> {
    return this.#byName.get(name) ?? [];
  }

  /** Undefined where the table is full. */
  add(now: number, card: Card, observed: Address): Client | undefined {
    if (this.#byId.size >= this.#clientsMax) return undefined;
    const { perSecond, burst } = this.#requests;
    const client: Client = {
      peerId: card.peerId,
      sinceMs: now,
      card,
      observed,
      also: undefined,
      announced: [],
      forwarded: forwardedOf([observed], []),
      nat: undefined,
      natAtMs: now,
      number: undefined,
      memberships: new Map(),
      requests: new TokenBucket(now, perSecond, burst + REGISTRATIONS_BURST),
      tooManyLoggedAtMs: -Infinity,
    };
    this.#byId.set(client.peerId, client);
    return client;
  }

  /** Gives it a number where it has none. False when there are no more numbers. */
  register(client: Client): boolean {
    if (client.number !== undefined) return true;
    client.number = this.#roll.add(client);
    if (client.number === undefined) return false;
    this.#index(client);
    return true;
  }

  rename(client: Client, card: Card): void {
    this.#unindex(client);
    client.card = card;
    if (client.number !== undefined) this.#index(client);
  }

  locate(client: Client, where: Pick<Client, "observed" | "also" | "announced">): void {
    const { observed, also, announced } = where;
    client.observed = observed;
    client.also = also;
    client.announced = announced;
    client.forwarded = forwardedOf(also === undefined ? [observed] : [observed, also], announced);
  }

  /** A copy, that the datagram in which it came may go. */
  report(now: number, client: Client, nat: Uint8Array | undefined): void {
    client.nat = nat?.slice();
    client.natAtMs = now;
  }

  remove(client: Client): void {
    this.#byId.delete(client.peerId);
    this.#unindex(client);
    if (client.number !== undefined) this.#roll.remove(client.number);
  }

  #index(client: Client): void {
    const namesakes = this.#byName.get(client.card.name);
    if (namesakes === undefined) this.#byName.set(client.card.name, new Set([client]));
    else namesakes.add(client);
  }

  #unindex(client: Client): void {
    const namesakes = this.#byName.get(client.card.name);
    namesakes?.delete(client);
    if (namesakes?.size === 0) this.#byName.delete(client.card.name);
  }
}

/** What others may see of a registered client. */
export function listingEntryOf(client: Client): ListingEntry | undefined {
  const { number, peerId, card, observed } = client;
  return number === undefined ? undefined : { number, peerId, name: card.name, address: observed };
}

/** The candidates of `client` that are of use to `other`. */
export function candidatesFor(client: Client, other: Client): readonly Address[] {
  return other.forwarded.isNear ? client.forwarded.near : client.forwarded.far;
}
