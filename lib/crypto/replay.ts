import { assert } from "../base/assert.ts";

/** How far below the highest accepted counter another one may still come. */
export const REPLAY_WINDOW = 2048;

const WORD_BITS = 32;

/** One word more than the window, so that the word being cleared is never one still in it. */
const WORDS = REPLAY_WINDOW / WORD_BITS + 1;

/** As many as keys need that only keep a session alive. */
const WORDS_MIN = 2;

/** Accepts every counter once (RFC 6479). Ask before opening a packet, accept after it opened. */
export class ReplayWindow {
  /** Grows to WORDS as counters do: until then none of them is too old, and no word used twice. */
  #words = new Uint32Array(WORDS_MIN);
  #highest = -1;

  /** False for a counter that was accepted before, is too old to know, or is no exact number. */
  check(counter: number): boolean {
    if (!Number.isSafeInteger(counter) || counter < 0) return false;
    if (counter === Number.MAX_SAFE_INTEGER) return false;
    if (counter > this.#highest) return true;
    if (this.#highest - counter > REPLAY_WINDOW) return false;
    return (this.#word(counter) & bit(counter)) === 0;
  }

  /** Whether it is the highest so far. */
  accept(counter: number): boolean {
    assert(this.check(counter), "a counter is accepted once");
    const isHighest = counter > this.#highest;
    if (isHighest) this.#advance(counter);
    this.#words[slot(counter)] = this.#word(counter) | bit(counter);
    return isHighest;
  }

  #advance(counter: number): void {
    const last = block(counter);
    if (last >= this.#words.length && this.#words.length < WORDS) this.#grow(last + 1);
    const from = block(this.#highest);
    const steps = Math.min(last - from, WORDS);
    for (let step = 1; step <= steps; step++) this.#words[(from + step) % WORDS] = 0;
    this.#highest = counter;
  }

  #grow(wordsMin: number): void {
    const grown = new Uint32Array(Math.min(Math.max(wordsMin, 2 * this.#words.length), WORDS));
    grown.set(this.#words);
    this.#words = grown;
  }

  #word(counter: number): number {
    return this.#words[slot(counter)] ?? 0;
  }
}

function block(counter: number): number {
  return Math.floor(counter / WORD_BITS);
}

function slot(counter: number): number {
  return block(counter) % WORDS;
}

function bit(counter: number): number {
  return 1 << (counter % WORD_BITS);
}
