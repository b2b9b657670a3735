/** How well what was typed fits a text, more for better; undefined where letters are missing. */
export function fuzzyScore(typed: string, text: string): number | undefined {
  const wanted = [...typed.toLowerCase()].filter((letter) => letter !== " ");
  const letters = [...text.toLowerCase()];
  let score = 0;
  let at = 0;
  for (const letter of wanted) {
    const found = letters.indexOf(letter, at);
    if (found < 0) return undefined;
    const isFirst = found === 0 || /[\s#@/\-_.]/.test(letters[found - 1] ?? "");
    score += isFirst ? FIRST_OF_WORD : found === at && at > 0 ? NEXT : -(found - at);
    at = found + 1;
  }
  if (at > 0 && /^[^\p{L}\p{N}]?$/u.test(letters[at] ?? "")) score += WHOLE;
  const start = wanted[0] === undefined ? 0 : letters.indexOf(wanted[0]);
  return score - start / 10 - letters.length / 100;
}

/** Those that fit, the best first; of equals, in their order. */
export function fuzzyFind<T>(
  typed: string,
  all: readonly T[],
  textOf: (one: T) => string,
): readonly T[] {
  const scored = all.flatMap((one) => {
    const score = typed.trim() === "" ? 0 : fuzzyScore(typed, textOf(one));
    return score === undefined ? [] : [{ one, score }];
  });
  return scored.toSorted((a, b) => b.score - a.score).map(({ one }) => one);
}

const FIRST_OF_WORD = 8;
const NEXT = 4;
/** Where a word ends with what was typed: it decides between those that are alike else. */
const WHOLE = 1;
