import type { Item, Note, Saying } from "../../talk/timeline.ts";
import { dayWords } from "../../words.ts";

/** What the same person says within this of what they said before goes on under one name. */
const RUN_MS = 5 * 60_000;

/** One thing of a conversation as it is shown. `key` is unlike that of any other. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly words: string }
  /** From here on all was new. */
  | { readonly kind: "new"; readonly key: string }
  | { readonly kind: "note"; readonly key: string; readonly note: Note }
  | {
      readonly kind: "saying";
      readonly key: string;
      readonly saying: Saying;
      /** The name of whoever said it stands above it. */
      readonly isFirst: boolean;
    };

/** Where the line stands above which all was read. */
export interface NewLine {
  readonly firstId: string | undefined;
  readonly upTo: string | null;
}

/** What is held of a conversation, with days and the line above what is new between. */
export function rowsOf(items: readonly Item[], line: NewLine, now: number): readonly Row[] {
  const rows: Row[] = [];
  const day = new Day();
  let before: Item | undefined;
  let hasLine = false;
  for (const item of items) {
    const isNewDay = !day.includes(item.sentAtMs);
    if (isNewDay) {
      day.moveTo(item.sentAtMs);
      const words = dayWords(item.sentAtMs, now);
      rows.push({ kind: "day", key: `day before ${item.id}`, words });
    }
    const isNew = item.id === line.firstId || (before !== undefined && before.id === line.upTo);
    if (isNew && !hasLine) {
      rows.push({ kind: "new", key: "new" });
      hasLine = true;
    }
    if (item.kind === "note") rows.push({ kind: "note", key: item.id, note: item });
    else {
      const isFirst = isNewDay || isNew || !isRun(before, item);
      rows.push({ kind: "saying", key: item.id, saying: item, isFirst });
    }
    before = item;
  }
  return rows;
}

/** Whether it goes on from what stands above it. */
function isRun(before: Item | undefined, item: Saying): boolean {
  if (before?.kind !== "saying" || before.from.id !== item.from.id) return false;
  if (before.isAction || item.isAction || item.replyTo !== undefined) return false;
  return Math.abs(item.sentAtMs - before.sentAtMs) < RUN_MS;
}

/** A local day; asking the calendar of each message would take longer than to draw them. */
class Day {
  #fromMs = Infinity;
  #toMs = -Infinity;

  includes(atMs: number): boolean {
    return atMs >= this.#fromMs && atMs < this.#toMs;
  }

  moveTo(atMs: number): void {
    const from = new Date(atMs);
    from.setHours(0, 0, 0, 0);
    const to = new Date(from);
    to.setDate(to.getDate() + 1);
    this.#fromMs = from.getTime();
    this.#toMs = to.getTime();
  }
}
