import { boundaries, cellWidth } from "../../../lib/ui/tui/cells.ts";
import type { Frame } from "../../../lib/ui/tui/frame.ts";
import { textOf } from "../../../lib/ui/tui/rows.ts";

/** The lines of a screen as a terminal would show them: later panes lie over earlier ones. */
export function painted(frame: Frame): readonly string[] {
  const grid = Array.from({ length: frame.lines }, () => {
    return Array.from({ length: frame.columns }, () => " ");
  });
  for (const { x, y, rows } of frame.panes) {
    for (const [i, row] of rows.entries()) {
      const line = grid[y + i];
      if (line !== undefined) paint(line, x, textOf(row));
    }
  }
  return grid.map((line) => line.join("").trimEnd());
}

/** A wide character takes its cell and empties the next. */
function paint(line: string[], x: number, text: string): void {
  const starts = boundaries(text);
  let at = x;
  for (const [i, start] of starts.slice(0, -1).entries()) {
    const character = text.slice(start, starts[i + 1]);
    line[at] = character;
    for (let next = 1; next < cellWidth(character); next++) line[at + next] = "";
    at += cellWidth(character);
  }
}
