/** A stretch of a text, and whether it is what was searched for. */
export interface MarkedPart {
  readonly text: string;
  readonly isMarked: boolean;
}

/** Characters before the first find that are shown where it stands far into a text. */
const BEFORE = 60;

/** Stretches that are marked; beyond, a text goes on as it is. */
const MARKED_MAX = 20;

/** What finds these words in a text, whatever their case; undefined where there are none. */
export function wordsPattern(searched: string): RegExp | undefined {
  const words = searched.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return undefined;
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "giu");
}

/** Cuts a text where it has one of these words, whatever their case, from near the first on. */
export function markedParts(text: string, searched: string): readonly MarkedPart[] {
  const pattern = wordsPattern(searched);
  if (pattern === undefined) return [{ text, isMarked: false }];
  const parts: MarkedPart[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (parts.length >= 2 * MARKED_MAX) break;
    if (at === 0 && match.index > BEFORE) {
      at = match.index - BEFORE;
      parts.push({ text: "…", isMarked: false });
    }
    parts.push({ text: text.slice(at, match.index), isMarked: false });
    parts.push({ text: match[0], isMarked: true });
    at = match.index + match[0].length;
  }
  parts.push({ text: text.slice(at), isMarked: false });
  return parts.filter((part) => part.text !== "");
}
