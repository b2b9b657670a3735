import type { Address } from "../base/address.ts";
import { equalBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { PATH_DATA_BYTES } from "../wire/frames.ts";

/** A pair of addresses that the peer has answered on. */
export interface Path {
  readonly socket: number;
  readonly remote: Address;
  readonly kind: "lan" | "direct";
}

/** A path to challenge: only the peer can return the data, and only from there. RFC 9000 §8.2. */
export interface PathProbe {
  readonly path: Path;
  readonly data: Uint8Array;
}

/** A challenge is repeated so often, at this distance, before the path is given up. */
const CHALLENGES_MAX = 5;
const CHALLENGE_GAP_MS = 200;

/** Paths under validation at one time: more would be a peer that makes us send about. */
const VALIDATIONS_MAX = 4;

/** A path that was given up is not tried again for so long. */
const REJECTED_MS = 5_000;
const REJECTED_MAX = 16;

/**
 * The paths to one peer: the one in use, and others under validation. A path is used only after it
 * was validated, so that nobody can aim one's packets elsewhere by forging a source address.
 */
export class PathSet {
  readonly #random: Random;
  #current: Path;
  #validations: Validation[] = [];
  readonly #rejected = new Map<Address, number>();

  /** `first` has been validated by the handshake. */
  constructor(random: Random, first: Path) {
    this.#random = random;
    this.#current = first;
  }

  get current(): Path {
    return this.#current;
  }

  /** The peer's latest packet came by another path than ours: it has moved, or found a better one. */
  onMoved(now: number, path: Path): void {
    this.#validate(now, path, "follow");
  }

  /** The peer can be heard on this path as well; it is taken if it is better than the current one. */
  onAlternative(now: number, path: Path): void {
    if (isBetter(path, this.#current)) this.#validate(now, path, "improve");
  }

  /** Whether the answer to a challenge made its path the current one. */
  onResponse(data: Uint8Array): boolean {
    const found = this.#validations.find((validation) => {
      return equalBytes(validation.data, data);
    });
    if (found === undefined) return false;
    this.#validations = this.#validations.filter((validation) => validation !== found);
    if (found.why === "improve" && !isBetter(found.path, this.#current)) return false;
    if (isSame(found.path, this.#current)) return false;
    this.#current = found.path;
    return true;
  }

  /** The next challenge that is due. */
  pollProbe(now: number): PathProbe | undefined {
    for (const validation of this.#validations) {
      if (validation.nextAtMs > now) continue;
      validation.nextAtMs = now + CHALLENGE_GAP_MS;
      if (validation.challengesLeft-- > 0) return validation;
      this.#reject(now, validation);
      return this.pollProbe(now);
    }
    return undefined;
  }

  pollTimeout(): number {
    return Math.min(Infinity, ...this.#validations.map((validation) => validation.nextAtMs));
  }

  #validate(now: number, path: Path, why: Validation["why"]): void {
    if (isSame(path, this.#current)) return;
    if (this.#validations.some((validation) => isSame(validation.path, path))) return;
    if (now < (this.#rejected.get(path.remote) ?? 0)) return;
    if (this.#validations.length >= VALIDATIONS_MAX) return;
    const data = this.#random(PATH_DATA_BYTES);
    this.#validations.push({ path, data, why, challengesLeft: CHALLENGES_MAX, nextAtMs: now });
  }

  #reject(now: number, failed: Validation): void {
    this.#validations = this.#validations.filter((validation) => validation !== failed);
    if (this.#rejected.size >= REJECTED_MAX) this.#rejected.clear();
    this.#rejected.set(failed.path.remote, now + REJECTED_MS);
  }
}

interface Validation {
  readonly path: Path;
  readonly data: Uint8Array;
  readonly why: "follow" | "improve";
  challengesLeft: number;
  nextAtMs: number;
}

function isSame(a: Path, b: Path): boolean {
  return a.socket === b.socket && a.remote === b.remote;
}

function isBetter(path: Path, than: Path): boolean {
  return path.kind === "lan" && than.kind === "direct";
}
