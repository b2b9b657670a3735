import type { Req } from "./events.ts";
import type { Words } from "./gathering.ts";
import { formatTarget, type PersonTarget } from "./target.ts";

/** How long a name that nobody here knows is asked for before the sender is told. */
const SEARCH_MS = 3_000;
const SEARCH_GAP_MS = 500;

/** A server that has just come back is asked as long again, up to this in all. */
const SEARCH_MS_MAX = 15_000;

/** Messages whose addressee is being looked for. */
const LETTERS_MAX = 256;

/** A message to somebody of whom only the name is known. */
export interface Letter {
  readonly req: Req;
  readonly target: PersonTarget;
  readonly words: Words;
}

interface Search {
  readonly target: PersonTarget;
  readonly letters: Letter[];
  readonly sinceMs: number;
  untilMs: number;
  nextAtMs: number;
}

/** Messages that wait until the server has told who is meant, in the order of their writing. */
export class Letters {
  readonly #searches = new Map<string, Search>();
  #count = 0;

  /** False where too many wait already. */
  add(now: number, letter: Letter): boolean {
    if (this.#count >= LETTERS_MAX) return false;
    this.#count++;
    const { target } = letter;
    const key = formatTarget(target);
    const search = this.#searches.get(key) ?? {
      target,
      letters: [],
      sinceMs: now,
      untilMs: now + SEARCH_MS,
      nextAtMs: now,
    };
    search.letters.push(letter);
    this.#searches.set(key, search);
    return true;
  }

  /** A server has come, or come back: those who are to be found there come to it as late. */
  onServer(now: number): void {
    for (const search of this.#searches.values()) {
      search.untilMs = Math.max(
        search.untilMs,
        Math.min(now + SEARCH_MS, search.sinceMs + SEARCH_MS_MAX),
      );
    }
  }

  /** Whether messages to this target wait: later ones must not overtake them. */
  isWaitingFor(target: PersonTarget): boolean {
    return this.#searches.size > 0 && this.#searches.has(formatTarget(target));
  }

  /** The next name to ask the server for. */
  pollSearch(now: number): PersonTarget | undefined {
    for (const search of this.#searches.values()) {
      if (now < search.nextAtMs || now >= search.untilMs) continue;
      search.nextAtMs = now + SEARCH_GAP_MS;
      return search.target;
    }
    return undefined;
  }

  /** All that waits for this target, which is now known or ambiguous. */
  take(target: PersonTarget): readonly Letter[] {
    return this.#remove(formatTarget(target));
  }

  /** All that waits: there is no more time. */
  takeAll(): readonly Letter[] {
    return [...this.#searches.keys()].flatMap((key) => this.#remove(key));
  }

  /** All whose time is over. */
  takeExpired(now: number): readonly Letter[] {
    const expired: Letter[] = [];
    for (const [key, search] of this.#searches) {
      if (now >= search.untilMs) expired.push(...this.#remove(key));
    }
    return expired;
  }

  pollTimeout(): number {
    let at = Infinity;
    for (const search of this.#searches.values()) {
      at = Math.min(at, search.nextAtMs, search.untilMs);
    }
    return at;
  }

  #remove(key: string): readonly Letter[] {
    const letters = this.#searches.get(key)?.letters ?? [];
    this.#searches.delete(key);
    this.#count -= letters.length;
    return letters;
  }
}
