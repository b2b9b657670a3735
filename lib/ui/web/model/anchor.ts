import { type Offsets, rowAt } from "./heights.ts";
import type { Row } from "./rows.ts";

/** So near to the end, in px, one is at it: what comes moves up what is there. */
const END_PX = 48;

/** What of a list stays where it is while rows come and go around it. */
export type Anchor =
  | { readonly kind: "end" }
  /**
   * The top of what is seen is so many px below where this row begins. It is that of an item: the
   * lines between come and go with what is held around them.
   */
  | { readonly kind: "row"; readonly key: string; readonly px: number };

export const END: Anchor = { kind: "end" };

interface Keyed {
  readonly key: string;
  readonly kind?: Row["kind"];
}

/** What is seen of a list, in px: so much from there on. */
export interface Seen {
  readonly top: number;
  readonly height: number;
}

export function isAtEnd({ top, height }: Seen, total: number): boolean {
  return top + height >= total - END_PX;
}

/** What somebody looks at; `isWhole`: nothing comes after. */
export function anchorAt(
  rows: readonly Keyed[],
  offsets: Offsets,
  seen: Seen,
  isWhole: boolean,
): Anchor {
  if (isWhole && isAtEnd(seen, offsets.at(-1) ?? 0)) return END;
  const first = rowAt(offsets, seen.top);
  const index = rows.findIndex(({ kind }, at) => at >= first && kind !== "day" && kind !== "new");
  const row = rows[index];
  return row === undefined
    ? END
    : { kind: "row", key: row.key, px: seen.top - (offsets[index] ?? 0) };
}

/** Where to scroll so that it stays; the nearest place where its row is gone. */
export function topOf(
  anchor: Anchor,
  rows: readonly Keyed[],
  offsets: Offsets,
  height: number,
): number {
  const last = Math.max(0, (offsets.at(-1) ?? 0) - height);
  if (anchor.kind === "end") return last;
  const index = rows.findIndex(({ key }) => key === anchor.key);
  if (index < 0) return last;
  return Math.max(0, Math.min(last, (offsets[index] ?? 0) + anchor.px));
}
