import { type Address, addressScope, isIpv6 } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { type Vantage, worthTrying } from "../paths/candidates.ts";
import { CANDIDATES_MAX } from "../wire/limits.ts";
import type { EncounterWrite, KnownEncounter } from "./machine.ts";
import { insideOf, placeOf } from "./networks.ts";

/** People of whom it is remembered, and encounters on disk; of more the oldest are forgotten. */
export const ENCOUNTERS_MAX = 1024;

/** Networks of this node's in which it is remembered of one person. */
export const PLACES_PER_PERSON_MAX = 4;

/** Of the places where somebody was met, those that are called. */
export const REMOTES_MAX = 2;

/** By then a home has another address, and a program another port. */
const FORGOTTEN_MS = 14 * 86_400_000;

/** What is new of a person is written so often at the most, and that nothing is, so often. */
const NEWS_GAP_MS = 10_000;
const AGAIN_GAP_MS = 3_600_000;

/** The network that this node is in, as far as it can tell. */
export interface Here {
  /** See `placeOf`; ends with the inside where nobody has seen this node by IPv4. */
  readonly place: string;
  /** See `insideOf`. */
  readonly inside: string;
}

export function hereOf({ hosts, observed }: Vantage): Here {
  const inside = insideOf(hosts);
  const outside = observed.find((address) => !isIpv6(address));
  return { place: (outside && placeOf(outside, inside)) ?? ` ${inside}`, inside };
}

interface Entry extends KnownEncounter {
  readonly writtenAtMs: number;
  readonly isWritten: boolean;
}

export interface Met extends Pick<KnownEncounter, "peer" | "place" | "remote"> {
  readonly technique: string | undefined;
}

/** Where and how people were last met, in earlier runs too. */
export class Encounters {
  /** Who was met longest ago first; of each person the latest first. */
  readonly #entries = new Map<PeerId, readonly Entry[]>();

  /** Those longest ago first. */
  constructor(known: readonly KnownEncounter[]) {
    for (const encounter of known.slice(-ENCOUNTERS_MAX)) {
      this.#put({ ...encounter, writtenAtMs: encounter.wallMs, isWritten: true });
    }
  }

  /**
   * Somebody is met there: only where a session with it is, never where anybody says that it is.
   * What is to be written, where it is news; how it came about stays as it was unless it is said.
   */
  learn(now: number, { peer, place, remote, ...met }: Met): EncounterWrite | undefined {
    const before = this.#entries.get(peer)?.find((entry) => entry.place === place);
    const technique = met.technique ?? before?.technique ?? "call";
    const isSame = before?.remote === remote && before.technique === technique;
    const wasWritten = isSame && before.isWritten;
    const gapMs = wasWritten ? AGAIN_GAP_MS : NEWS_GAP_MS;
    const isDue = before === undefined || now >= before.writtenAtMs + gapMs;
    const known = { peer, place, remote, technique, wallMs: Math.floor(now) };
    const writtenAtMs = isDue ? now : before.writtenAtMs;
    this.#put({ ...known, writtenAtMs, isWritten: wasWritten || isDue });
    return isDue ? { kind: "encounter", ...known } : undefined;
  }

  /**
   * Where somebody was met: from here, from what looks like here from inside, then from elsewhere,
   * the latest first. What is private elsewhere is somebody else's here.
   */
  remotes(now: number, peer: PeerId, here: Here): Address[] {
    const known = this.#of(now, peer).map(({ place, remote }) => ({
      remote,
      rank: place === here.place ? 0 : place.endsWith(` ${here.inside}`) ? 1 : 2,
    }));
    const usable = known.filter(
      ({ remote, rank }) => rank < 2 || addressScope(remote) === "public",
    );
    return [...new Set(usable.toSorted((a, b) => a.rank - b.rank).map(({ remote }) => remote))];
  }

  /**
   * Addresses to call somebody at who was introduced at these, those first at which it was met.
   * These are as good as any that is announced, and go by the same rules; what was announced is
   * never left out for them.
   */
  order(
    now: number,
    peer: PeerId,
    vantage: Vantage,
    candidates: readonly Address[],
  ): readonly Address[] {
    const announced = worthTrying(vantage, candidates);
    const before = this.remotes(now, peer, hereOf(vantage)).slice(0, REMOTES_MAX);
    const worth = worthTrying(vantage, [...candidates, ...before]);
    const more = before.filter((it) => worth.includes(it) && !announced.includes(it));
    const all = [...announced, ...more].slice(0, CANDIDATES_MAX);
    const isMet = (address: Address): boolean => before.includes(address);
    return [...all.filter(isMet), ...all.filter((address) => !isMet(address))];
  }

  /** How somebody was met from this very network. */
  from(now: number, peer: PeerId, { place }: Here): KnownEncounter | undefined {
    return this.#of(now, peer).find((entry) => entry.place === place);
  }

  /** Everybody who is remembered, who was met last first. */
  people(now: number): PeerId[] {
    const all = [...this.#entries.keys()].toReversed();
    return all.filter((peer) => this.#of(now, peer).length > 0);
  }

  #of(now: number, peer: PeerId): readonly Entry[] {
    const own = this.#entries.get(peer) ?? [];
    return own.filter(({ wallMs }) => now < wallMs + FORGOTTEN_MS);
  }

  #put(entry: Entry): void {
    const { peer, place } = entry;
    const others = this.#entries.get(peer)?.filter((other) => other.place !== place) ?? [];
    this.#entries.delete(peer);
    const [first] = this.#entries.keys();
    if (first !== undefined && this.#entries.size >= ENCOUNTERS_MAX) this.#entries.delete(first);
    this.#entries.set(peer, [entry, ...others].slice(0, PLACES_PER_PERSON_MAX));
  }
}
