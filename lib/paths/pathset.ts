import { equalBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { PATH_DATA_BYTES } from "../wire/frames.ts";
import { TRANSPORT_BYTES_MIN } from "../wire/limits.ts";
import { isSameWay, type Way } from "./way.ts";

/** A pair of addresses that the peer has answered on. */
export interface Path extends Way {
  readonly kind: PathKind;
}

/** Without leaving the private network, over the internet, or through another peer. */
export type PathKind = "lan" | "direct" | "relay";

/** A path to challenge: only the peer can return the data. RFC 9000 §8.2. */
export interface PathProbe {
  readonly path: Path;
  readonly data: Uint8Array;
}

/** Challenges to one path are so far apart, and the answer to any of them counts for so long. */
const CHALLENGE_GAP_MS = 200;
const VALIDATION_MS = 3_000;

/** Paths under validation at one time; what comes by others waits until one is decided. */
const VALIDATIONS_MAX = 4;

const NONE: readonly Validation[] = [];

/**
 * The paths to one peer: the one in use, and others under validation. A path is used only after it
 * was validated, so that nobody can aim one's packets elsewhere by forging a source address; and a
 * challenge leaves only for a packet at least as large that came from there.
 */
export class PathSet {
  readonly #random: Random;
  #current: Path;
  #validations = NONE;

  /** `first` has been validated by the handshake. */
  constructor(random: Random, first: Path) {
    this.#random = random;
    this.#current = first;
  }

  get current(): Path {
    return this.#current;
  }

  /**
   * The peer's latest packet, of `size` bytes, came by this path: where that is not the current one
   * the peer has moved, or found a better one.
   */
  onHeard(now: number, path: Path, size: number): void {
    this.#validate(now, path, size, "follow");
  }

  /** The peer can be heard on this path too; it is taken if it is better than the current one. */
  onAlternative(now: number, path: Path, size: number): void {
    if (isBetter(path, this.#current)) this.#validate(now, path, size, "improve");
  }

  /** Whether the answer to a challenge made its path the current one. */
  onResponse(now: number, data: Uint8Array): boolean {
    const found = this.#validations.find((it) => now < it.untilMs && equalBytes(it.data, data));
    if (found === undefined) return false;
    this.#validations = this.#validations.filter((validation) => validation !== found);
    if (found.why === "improve" && !isBetter(found.path, this.#current)) return false;
    if (isSameWay(found.path, this.#current)) return false;
    this.#current = found.path;
    return true;
  }

  /** The next challenge that is due. */
  pollProbe(now: number): PathProbe | undefined {
    if (this.#validations.length === 0) return undefined;
    this.#validations = this.#validations.filter(({ untilMs }) => now < untilMs);
    const due = this.#validations.find(({ credit, nextAtMs }) => credit > 0 && nextAtMs <= now);
    if (due === undefined) return undefined;
    due.credit -= 1;
    due.nextAtMs = now + CHALLENGE_GAP_MS;
    return due;
  }

  pollTimeout(): number {
    if (this.#validations.length === 0) return Infinity;
    const due = this.#validations.map(({ credit, nextAtMs, untilMs }) => {
      return credit > 0 ? Math.min(nextAtMs, untilMs) : untilMs;
    });
    return Math.min(Infinity, ...due);
  }

  #validate(now: number, path: Path, size: number, why: Validation["why"]): void {
    if (isSameWay(path, this.#current) || size < TRANSPORT_BYTES_MIN) return;
    const known = this.#validations.find((validation) => isSameWay(validation.path, path));
    if (known !== undefined) {
      known.credit = Math.min(known.credit + 1, VALIDATION_MS / CHALLENGE_GAP_MS);
      return;
    }
    if (this.#validations.length >= VALIDATIONS_MAX) return;
    const data = this.#random(PATH_DATA_BYTES);
    const untilMs = now + VALIDATION_MS;
    const fresh = { path, data, why, credit: 1, nextAtMs: now, untilMs };
    this.#validations = [...this.#validations, fresh];
  }
}

interface Validation {
  readonly path: Path;
  readonly data: Uint8Array;
  readonly why: "follow" | "improve";
  readonly untilMs: number;
  /** Challenges that what came from there has paid for. */
  credit: number;
  nextAtMs: number;
}

function isBetter(path: Path, than: Path): boolean {
  return RANKS[path.kind] < RANKS[than.kind];
}

const RANKS: Readonly<Record<PathKind, number>> = { lan: 0, direct: 1, relay: 2 };
