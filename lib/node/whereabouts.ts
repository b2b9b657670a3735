import { type Address, hostOf, viaParts } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { type Vantage, worthTrying } from "../paths/candidates.ts";
import { CANDIDATES_MAX } from "../wire/limits.ts";

/** Peers of whom it is remembered, twice as many as a room keeps; beyond, the first goes. */
const WHEREABOUTS_MAX = 2048;

/** Addresses, worth trying or not, and where they were told. */
interface Told {
  readonly candidates: readonly Address[];
  readonly by: Address | undefined;
}

/** Where peers were last said to be: by who introduced them, and by themselves in their session. */
export class Whereabouts {
  readonly #told = new Map<PeerId, ReadonlyMap<Source, Told>>();

  /** It takes the place of what this source said before. */
  note(peerId: PeerId, source: Source, candidates: readonly Address[], by: Address | undefined) {
    const before = this.#told.get(peerId) ?? [];
    this.#told.delete(peerId);
    const [first] = this.#told.keys();
    if (first !== undefined && this.#told.size >= WHEREABOUTS_MAX) this.#told.delete(first);
    const told = { candidates: candidates.slice(0, CANDIDATES_MAX), by };
    this.#told.set(peerId, new Map([...before, [source, told]]));
  }

  /** Whether who introduced the peer last has said just this. */
  isKnown(peerId: PeerId, candidates: readonly Address[]): boolean {
    const known = this.#told.get(peerId)?.get("introducer")?.candidates ?? [];
    return known.join() === candidates.slice(0, CANDIDATES_MAX).join();
  }

  forget(peerId: PeerId): void {
    this.#told.delete(peerId);
  }

  peers(): Iterable<PeerId> {
    return this.#told.keys();
  }

  /** Those that can be tried from here, `CANDIDATES_MAX` at most; what introducers saw first. */
  candidates(vantage: Vantage, peerId: PeerId): Address[] {
    const told = this.#told.get(peerId);
    const found = (["introducer", "peer"] as const).flatMap((source) => {
      const { candidates = [], by } = told?.get(source) ?? {};
      const seen = source === "peer" ? candidates.filter(isCredible(vantage, by)) : candidates;
      return worthTrying({ ...vantage, introducer: by }, seen);
    });
    return [...new Set(found)].slice(0, CANDIDATES_MAX);
  }
}

/**
 * Who says that it has this node's own public address would be looked for in its private network:
 * that counts where it is met at that very address.
 */
function isCredible({ observed }: Vantage, by: Address | undefined) {
  const own = new Set(observed.map(hostOf));
  const met = by === undefined || viaParts(by) !== undefined ? undefined : hostOf(by);
  return (address: Address) => !own.has(hostOf(address)) || hostOf(address) === met;
}

type Source = "introducer" | "peer";
