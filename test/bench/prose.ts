import type { Prng } from "../sim/prng.ts";

/** As many as a person has who writes for years. */
const VOCABULARY = 50_000;

const WORDS_MIN = 4;
const WORDS_MAX = 12;

/** Of every word: so none is the beginning of another. */
const LETTERS = 6;
const ALPHABET = 26;
const LETTER_A = 0x61;

/** It has no divisor in common with the number of words that there can be: no two are the same. */
const SPREAD = 48_271;

/** The word that comes `rank`th by how often it is used, from 0. */
export function wordAt(rank: number): string {
  let rest = ((rank + 1) * SPREAD) % ALPHABET ** LETTERS;
  let word = "";
  for (let i = 0; i < LETTERS; i++) {
    word += String.fromCharCode(LETTER_A + (rest % ALPHABET));
    rest = Math.floor(rest / ALPHABET);
  }
  return word;
}

/**
 * What somebody says: words, each as often as its rank has it in any language (Zipf): the first in
 * two messages of five, the last in about fifteen of a million.
 */
export function proseOf(prng: Prng): string {
  const count = WORDS_MIN + prng.below(WORDS_MAX - WORDS_MIN + 1);
  const words = Array.from({ length: count }, () => {
    return wordAt(Math.floor(VOCABULARY ** prng.unit()) - 1);
  });
  return words.join(" ");
}
