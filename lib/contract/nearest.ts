/** Further than this, a guess is worse than none; of a short word, half of it is another word. */
const EDITS_MAX = 2;
const LETTERS_PER_EDIT = 3;

/** The name that was probably meant, for "did you mean"; undefined where nothing is close. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  const most = Math.max(1, Math.floor(typed.length / LETTERS_PER_EDIT));
  let fewest = Math.min(EDITS_MAX, most, typed.length - 1) + 1;
  for (const name of names) {
    const edits = editsBetween(typed, name);
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best;
}

/** Levenshtein's distance, row by row, in which two letters that changed places are one edit. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  let above: readonly number[] = [];
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwapped ? (above[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    [above, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
