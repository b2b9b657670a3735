import { wrapCells } from "./cells.ts";
import type { Model } from "./model.ts";
import { keyWords } from "./replypages.ts";
import { EMPTY, type Row, span } from "./rows.ts";

/** What an empty room says: who is there, and what to do. */
export function welcomeRows(model: Model, columns: number): readonly Row[] {
  const { current, isReady } = model;
  if (current === undefined || !isReady || current.isLoading) return [];
  if (current.timeline.items.some(({ kind }) => kind === "saying")) return [];
  const people = model.people().filter(({ state }) => state === "connected").length;
  const [help = "F1"] = model.keys.keysOf("help").map(keyWords);
  const here = current.isRoom
    ? people === 0
      ? "Nobody else is here yet. This room is fine; you are just early."
      : "Nothing was said here yet. What you write goes to everybody in this room."
    : "Nothing was said between you two yet.";
  const rows: Row[] = [EMPTY];
  for (const one of wrapCells(here, Math.max(2, columns - 2))) rows.push([span(` ${one}`)]);
  rows.push(EMPTY);
  const ways: readonly (readonly [string, string])[] = [
    ...(current.isRoom ? ([["/invite", "shows a link that lets others in"]] as const) : []),
    ["/new #den", "makes a private room, and a link to it"],
    [help, "lists every key and every command"],
  ];
  for (const [what, about] of ways) {
    rows.push([span(`   ${what.padEnd(WAY_WIDTH)}`, "accent"), span(about, "dim")]);
  }
  return rows;
}

const WAY_WIDTH = 12;
