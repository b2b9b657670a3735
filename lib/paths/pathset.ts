import { equalBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { PATH_DATA_BYTES } from "../wire/frames.ts";
import { CANDIDATES_MAX, TRANSPORT_BYTES_MIN } from "../wire/limits.ts";
import { type Lead, PathSearch } from "./pathsearch.ts";
import { isSameWay, type Way } from "./way.ts";

/** A pair of addresses that the peer has answered on, or may. */
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

/** Paths that were in use or proved, and may be again; beyond, the one used longest ago goes. */
export const SPARES_MAX = 4;

/** Who stays does not follow the peer back within this to a path that it has left itself. */
const SETTLE_MS = 3_000;

/** A better path that did not answer is tried again so often. */
const RETURN_MS = 30_000;

const NO_VALIDATIONS: readonly Validation[] = [];
const NO_PATHS: readonly Path[] = [];
const NO_SHOWINGS: readonly PathProbe[] = [];

/**
 * Which of two an end is where both follow each other at the same moment, so that each comes to
 * where the other was: one of them stays there, or they would change places for good.
 */
export type Follower = "stays" | "goes-back";

/**
 * The paths to one peer: the one in use, spares on which it has answered before, others under
 * validation, and the candidates that it announced. A path is used only after it was validated, so
 * that nobody can aim one's packets elsewhere by forging a source address. A challenge leaves for a
 * packet at least as large that came from there, for a candidate as long as its introduction pays
 * for it, and for whatever has answered before.
 */
export class PathSet {
  readonly #random: Random;
  readonly #follower: Follower;
  #current: Path;
  #spares = NO_PATHS;
  #candidates = NO_PATHS;
  #challengesLeft = 0;
  #showings = NO_SHOWINGS;
  #validations = NO_VALIDATIONS;
  #search: PathSearch | undefined;
  #isDoubted = false;
  #isLeaving = false;
  /** Since when the current path is in use. */
  #sinceMs = -Infinity;
  /** When the peer was last heard on it. */
  #heardAtMs = -Infinity;
  /** When better paths that were left are tried again. */
  #returnAtMs = Infinity;

  /** `first` has been validated by the handshake. */
  constructor(random: Random, follower: Follower, first: Path) {
    this.#random = random;
    this.#follower = follower;
    this.#current = first;
  }

  get current(): Path {
    return this.#current;
  }

  /** Where it was before, or could be as well, the latest first. */
  get spares(): readonly Path[] {
    return this.#spares;
  }

  /** So many challenges may go where the peer is said to be. */
  get challengesLeft(): number {
    return this.#challengesLeft;
  }

  /** Nothing comes of what is sent on the current path. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** The peer is said to be at these addresses; so many challenges may go there, if given. */
  setCandidates(candidates: readonly Path[], challenges = this.#challengesLeft): void {
    this.#candidates = candidates.length === 0 ? NO_PATHS : candidates.slice(0, CANDIDATES_MAX);
    this.#challengesLeft = challenges;
  }

  /** Challenges these once, so that the peer sees this node there; the answers change nothing. */
  show(paths: readonly Path[]): void {
    this.#showings = paths.map((path) => ({ path, data: this.#random(PATH_DATA_BYTES) }));
  }

  /** Challenges all that is known at once, the current path too. */
  search(now: number): void {
    const known = [this.#current, ...this.#spares];
    const fresh = this.#candidates.filter((path) => !has(known, path));
    const leads: Lead[] = [
      ...known.map((path) => ({ path, isKnown: true })),
      ...fresh.map((path) => ({ path, isKnown: false })),
    ];
    this.#search = new PathSearch(now, this.#random, leads);
  }

  /** The peer may be reached by these as well, which is to be found out besides all else. */
  offer(now: number, paths: readonly Path[]): void {
    if (this.#search === undefined) this.search(now);
    this.#search?.add(now, paths);
  }

  /**
   * What was sent is not answered, so that the first other path that is goes into use. True if one
   * has been already.
   */
  doubt(now: number): boolean {
    this.#isDoubted = true;
    if (this.#search === undefined) this.search(now);
    const [found] = this.#search?.proved ?? [];
    if (found === undefined) return false;
    this.#use(now, found);
    return true;
  }

  /** What was sent is answered again. */
  trust(): void {
    this.#endSearch();
    this.#isDoubted = false;
  }

  /** The current path will die: the next that a handshake proves is used, unless it is worse. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** A handshake has proved this path. Whether it goes into use. */
  onMet(now: number, path: Path): boolean {
    if (isSameWay(path, this.#current)) return false;
    const isSuccessor = this.#isLeaving && !isBetter(this.#current, path);
    const isWanted = this.#isDoubted || isSuccessor || isBetter(path, this.#current);
    if (isWanted) this.#use(now, path);
    else this.#keep(path);
    return isWanted;
  }

  /**
   * The peer's latest packet, of `size` bytes, came by this path: where that is not the current one
   * the peer has moved, or found a better one.
   */
  onHeard(now: number, path: Path, size: number): void {
    if (isSameWay(path, this.#current)) this.#heardAtMs = now;
    else this.#validate(now, path, size, "follow");
  }

  /** The peer can be heard on this path too; it is taken if it is better than the current one. */
  onAlternative(now: number, path: Path, size: number): void {
    if (isBetter(path, this.#current)) this.#validate(now, path, size, "improve");
  }

  /** Whether the answer to a challenge made its path the current one. */
  onResponse(now: number, data: Uint8Array): boolean {
    const path = this.#validated(now, data) ?? this.#found(data);
    if (path === undefined || isSameWay(path, this.#current)) return false;
    this.#use(now, path);
    return true;
  }

  /** The next challenge that is due. */
  pollProbe(now: number): PathProbe | undefined {
    if (now >= this.#returnAtMs) this.#tryBetter(now);
    const [showing, ...others] = this.#showings;
    this.#showings = showing === undefined ? NO_SHOWINGS : others;
    if (showing !== undefined) return showing;
    return this.#pollValidation(now) ?? this.#search?.pollProbe(now, () => this.#pay());
  }

  pollTimeout(): number {
    const searchAtMs = this.#search?.pollTimeout(this.#challengesLeft > 0) ?? Infinity;
    const ownAtMs = Math.min(searchAtMs, this.#returnAtMs);
    if (this.#validations.length === 0) return ownAtMs;
    const due = this.#validations.map(({ credit, nextAtMs, untilMs }) => {
      return credit > 0 ? Math.min(nextAtMs, untilMs) : untilMs;
    });
    return Math.min(ownAtMs, ...due);
  }

  #use(now: number, path: Path): void {
    const before = this.#current;
    this.#current = path;
    this.#sinceMs = now;
    this.#heardAtMs = -Infinity;
    this.#isLeaving = false;
    this.#keep(before);
    this.trust();
    const isWorse = this.#spares.some((spare) => isBetter(spare, path));
    this.#returnAtMs = isWorse ? now + RETURN_MS : Infinity;
  }

  #endSearch(): void {
    for (const path of this.#search?.proved ?? []) this.#keep(path);
    this.#search = undefined;
  }

  #tryBetter(now: number): void {
    this.#returnAtMs = now + RETURN_MS;
    for (const spare of this.#spares) {
      if (isBetter(spare, this.#current)) this.onAlternative(now, spare, TRANSPORT_BYTES_MIN);
    }
  }

  #keep(path: Path): void {
    const others = this.#spares.filter((spare) => {
      return !isSameWay(spare, path) && !isSameWay(spare, this.#current);
    });
    const own = isSameWay(path, this.#current) ? [] : [path];
    this.#spares = [...own, ...others].slice(0, SPARES_MAX);
  }

  #pay(): boolean {
    if (this.#challengesLeft === 0) return false;
    this.#challengesLeft -= 1;
    return true;
  }

  /** Another path is of use only while the current one does not answer either. */
  #found(data: Uint8Array): Path | undefined {
    const path = this.#search?.onResponse(data);
    const isAlive = path !== undefined && isSameWay(path, this.#current);
    if (isAlive) this.#endSearch();
    return this.#isDoubted && !isAlive ? path : undefined;
  }

  #validated(now: number, data: Uint8Array): Path | undefined {
    const found = this.#validations.find((it) => now < it.untilMs && equalBytes(it.data, data));
    if (found === undefined) return undefined;
    this.#validations = this.#validations.filter((validation) => validation !== found);
    if (found.why === "improve" && !isBetter(found.path, this.#current)) return undefined;
    // What left by another path before the peer had found the current one does not lead back.
    const isBehind = this.#heardAtMs >= found.sinceMs && !isBetter(found.path, this.#current);
    return isBehind || this.#isExchange(now, found) ? undefined : found.path;
  }

  /** Both have just followed each other, and this end is the one that stays where it came to. */
  #isExchange(now: number, { path, why }: Validation): boolean {
    if (this.#follower === "goes-back" || this.#isDoubted || why === "improve") return false;
    const [left] = this.#spares;
    const isBack = left !== undefined && isSameWay(left, path) && !isBetter(path, this.#current);
    return isBack && now < this.#sinceMs + SETTLE_MS;
  }

  #pollValidation(now: number): PathProbe | undefined {
    if (this.#validations.length === 0) return undefined;
    this.#validations = this.#validations.filter(({ untilMs }) => now < untilMs);
    const due = this.#validations.find(({ credit, nextAtMs }) => credit > 0 && nextAtMs <= now);
    if (due === undefined) return undefined;
    due.credit -= 1;
    due.nextAtMs = now + CHALLENGE_GAP_MS;
    return due;
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
    const fresh = { path, data, why, credit: 1, sinceMs: now, nextAtMs: now, untilMs };
    this.#validations = [...this.#validations, fresh];
  }
}

interface Validation {
  readonly path: Path;
  readonly data: Uint8Array;
  readonly why: "follow" | "improve";
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Challenges that what came from there has paid for. */
  credit: number;
  nextAtMs: number;
}

function has(paths: readonly Path[], sought: Path): boolean {
  return paths.some((path) => isSameWay(path, sought));
}

function isBetter(path: Path, than: Path): boolean {
  return RANKS[path.kind] < RANKS[than.kind];
}

const RANKS: Readonly<Record<PathKind, number>> = { lan: 0, direct: 1, relay: 2 };
