/** Of a longer word this much counts. */
const WORD_CHARS_MAX = 64;

/** Words of a search: what a person types, not what a program tries. */
export const NEEDLE_WORDS_MAX = 32;

const ASCII_WORD = /[a-z0-9]+/g;

interface Patterns {
  readonly accents: RegExp;
  readonly word: RegExp;
}

/** Made when they are first needed: they take ms to compile. */
let patterns: Patterns | undefined;

/**
 * The words of a text, without accents and in lower case: letters and digits that stand together.
 * Scripts that are written without spaces have a word for each character, and so have pictures.
 */
export function wordsOf(text: string): readonly string[] {
  if (isAscii(text)) return cut(text.toLowerCase().match(ASCII_WORD) ?? []);
  patterns ??= makePatterns();
  const folded = text.normalize("NFKD").replace(patterns.accents, "").toLowerCase();
  return cut(folded.match(patterns.word) ?? []);
}

/** What is looked for: all of its terms, whose words stand side by side; `*` ends a beginning. */
export class Needle {
  /** Each as `wordsOf` gives it; the last of a term may be the beginning of a word. */
  readonly #terms: readonly Term[];

  constructor(text: string) {
    const terms = text.split(/\s+/u).map(termOf);
    this.#terms = terms.filter(({ words }) => words.length > 0).slice(0, NEEDLE_WORDS_MAX);
  }

  /** Nothing that a text could have. */
  get isEmpty(): boolean {
    return this.#terms.length === 0;
  }

  isIn(text: string): boolean {
    const all = ` ${wordsOf(text).join(" ")} `;
    return this.#terms.every(({ words, isBeginning }) => {
      return all.includes(` ${words.join(" ")}${isBeginning ? "" : " "}`);
    });
  }

  /** As FTS5 has it: every text that this is in has all of these. Each word is quoted. */
  get expression(): string {
    return this.#terms
      .flatMap(({ words, isBeginning }) =>
        words.map((word, i) => `"${word}"${isBeginning && i === words.length - 1 ? "*" : ""}`),
      )
      .join(" ");
  }
}

interface Term {
  readonly words: readonly string[];
  readonly isBeginning: boolean;
}

function termOf(typed: string): Term {
  const words = wordsOf(typed).slice(0, NEEDLE_WORDS_MAX);
  return { words, isBeginning: typed.endsWith("*") };
}

function cut(words: readonly string[]): readonly string[] {
  return words.some(({ length }) => length > WORD_CHARS_MAX)
    ? words.map((word) => word.slice(0, WORD_CHARS_MAX))
    : words;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

function makePatterns(): Patterns {
  return {
    accents: /[\u0300-\u036f\ufe00-\ufe0f]/gu,
    word: new RegExp(
      String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}` +
        String.raw`\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}` +
        String.raw`[\p{Extended_Pictographic}--\p{ASCII}]]\p{M}*` +
        String.raw`|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}` +
        String.raw`\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]+`,
      "gv",
    ),
  };
}
