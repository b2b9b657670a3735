import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import { knownAnswer, type Service, TTL_SECONDS } from "./dnssd.ts";
import { codeOf, wordsOf } from "./failure.ts";
import { LanLink } from "./lanlink.ts";
import { type LanPlace, lanPlaces, placeKey } from "./lanplaces.ts";
import { type Found, LanTable } from "./lantable.ts";
import type { NetworkNews, NetworkWatch } from "./networkwatch.ts";
import { SourceGate } from "./sourcegate.ts";

/** How soon a link is tried again that the system refused. */
const RETRY_MS = 30_000;

export interface LanOptions {
  readonly service: Service;
  /** Where the node listens, undefined for everywhere. */
  readonly host: string | undefined;
  /** Told of everybody else's announcement; undefined for who only announces. */
  readonly found: ((found: Found) => void) | undefined;
  /** Told once of each kind of trouble, in words. */
  readonly onTrouble: (text: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: NetworkWatch;
}

/**
 * The local network without any server: DNS-SD over multicast, RFC 6762 and 6763. It announces a
 * card on every network of this machine and tells of the cards that others announce. All of it is
 * hearsay: a card is its owner's, but whether the owner is there only a handshake tells.
 */
export class Lan {
  readonly #options: LanOptions;
  readonly #table: LanTable;
  readonly #gate: SourceGate;
  readonly #links = new Map<string, LanLink>();
  readonly #troubles = new Set<string>();
  #leaveNetwork = (): void => undefined;
  #retryAtMs = Infinity;

  constructor(options: LanOptions) {
    const { clock, service } = options;
    this.#options = options;
    this.#table = new LanTable(service.card.peerId);
    this.#gate = new SourceGate(clock.now());
  }

  start(): void {
    const { network } = this.#options;
    this.#leaveNetwork = network.subscribe((news) => this.#check(news), RETRY_MS / 2);
    this.#check({ interfaces: network.interfaces, hasSlept: false });
  }

  /** Says goodbye to all networks. */
  async close(): Promise<void> {
    this.#leaveNetwork();
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(links.map((link) => link.close()));
  }

  /** Opens a link for each network that is new and closes those of networks that are gone. */
  #check({ interfaces, hasSlept }: NetworkNews): void {
    const { clock, host } = this.#options;
    const now = clock.now();
    const places = new Map(
      lanPlaces(interfaces, host).map((place) => [placeKey(place), place] as const),
    );
    for (const [key, link] of this.#links) {
      const isDue = link.isOver && now >= this.#retryAtMs;
      // Others may have forgotten who slept.
      if (places.has(key) && !hasSlept && !isDue) continue;
      void link.close();
      this.#links.delete(key);
    }
    if (now >= this.#retryAtMs) this.#retryAtMs = Infinity;
    for (const [key, place] of places) {
      if (this.#links.has(key)) continue;
      try {
        this.#links.set(key, this.#open(place));
      } catch (error) {
        this.#onTrouble(place, error);
      }
    }
  }

  #open(place: LanPlace): LanLink {
    const { service, found, clock, random } = this.#options;
    return new LanLink(place, {
      service,
      isLooking: found !== undefined,
      clock,
      random,
      gate: this.#gate,
      onHeard: (announcement, address) => {
        const news = this.#table.hear(clock.now(), announcement, address);
        if (news !== undefined) found?.(news);
      },
      // What one asks oneself comes back: one knows the answer.
      knownAnswers: () => [
        knownAnswer(service, TTL_SECONDS),
        ...this.#table.knownAnswers(clock.now()),
      ],
      onTrouble: (error) => this.#onTrouble(place, error),
    });
  }

  /** A chat goes on without it. */
  #onTrouble({ name }: LanPlace, error: unknown): void {
    this.#retryAtMs = Math.min(this.#retryAtMs, this.#options.clock.now() + RETRY_MS);
    const kind = codeOf(error) ?? wordsOf(error);
    if (this.#troubles.has(kind)) return;
    this.#troubles.add(kind);
    this.#options.onTrouble(`Cannot use multicast on ${name}: ${wordsOf(error)}`);
  }
}
