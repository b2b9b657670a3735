import { EMPTY, type Row } from "./rows.ts";

/**
 * Rows of which only the number is known before they are looked at: a message may have tens of
 * thousands, and few of them are ever seen. `at` is asked for places from 0 on.
 */
export interface RowList {
  readonly length: number;
  at(index: number): Row | undefined;
}

/** One row for each text, made whenever it is looked at. */
export function madeRows(
  texts: readonly string[],
  make: (text: string, index: number) => Row,
): RowList {
  return {
    length: texts.length,
    at(index) {
      const text = texts[index];
      return text === undefined ? undefined : make(text, index);
    },
  };
}

/** One below the other. */
export function stacked(...lists: readonly RowList[]): RowList {
  const filled = lists.filter(({ length }) => length > 0);
  const [only = NOTHING, ...others] = filled;
  if (others.length === 0) return only;
  return {
    length: filled.reduce((sum, { length }) => sum + length, 0),
    at(index) {
      let place = index;
      for (const list of filled) {
        if (place < list.length) return list.at(place);
        place -= list.length;
      }
      return undefined;
    },
  };
}

const NOTHING: RowList = [];

/** Each of them as something else. */
export function changedRows(list: RowList, change: (row: Row) => Row): RowList {
  return { length: list.length, at: (index) => change(list.at(index) ?? EMPTY) };
}
