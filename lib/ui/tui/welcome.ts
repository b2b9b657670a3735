import { isBarred } from "../../node/member.ts";
import { cellSafe, wrapCells } from "./cells.ts";
import type { Model } from "./model.ts";
import { keyWords } from "./replypages.ts";
import { EMPTY, type Row, span } from "./rows.ts";

/** What an empty conversation says of itself, and to who is new, what there is to try. */
export function welcomeRows(model: Model, columns: number, height: number): readonly Row[] {
  const { current, isReady, steps, standing } = model;
  if (current === undefined || !isReady || current.isLoading) return [];
  const isEmpty = current.timeline.items.every(({ kind }) => kind !== "saying");
  const isGuided = current.isRoom || current.isBuiltIn;
  const list = isGuided ? stepRows(steps.list(standing)) : [];
  if (!isEmpty) return list.length < height ? list : [];
  const here = wrapCells(cellSafe(emptyWords(model)), Math.max(2, columns - 2));
  const [help = "F1"] = model.keys.keysOf("help").map(keyWords);
  return [
    EMPTY,
    ...here.map((one): Row => [span(` ${one}`)]),
    ...(list.length > 0 ? list : current.isRoom ? [EMPTY, ...WAYS] : [EMPTY]),
    wayRow(help, "lists every key and every command"),
  ];
}

/** Who is there, and who hears what is said. */
function emptyWords(model: Model): string {
  const { current } = model;
  if (current?.isBuiltIn === true) return "Say something: echo says it again.";
  if (current?.isRoom !== true) return "Nothing was said between you two yet.";
  // Not everybody whom one is connected with is in this room, or is sent what is said in it.
  const here = current.members.filter((one) => one.state === "connected" && !isBarred(one));
  const names = here.map((who) => model.view.nameOf(who));
  if (names.length === 0) return "Nobody else is here yet. This room is fine; you are just early.";
  const shown = names.length <= NAMED_MAX ? names : [...names.slice(0, 2), othersOf(names)];
  const all = [shown.slice(0, -1).join(", "), ...shown.slice(-1)].filter((one) => one !== "");
  const are = names.length === 1 ? "is" : "are";
  return `${all.join(" and ")} ${are} here. What you write goes to everybody in this room.`;
}

const NAMED_MAX = 3;

function othersOf(names: readonly string[]): string {
  return `${names.length - 2} more`;
}

/** With a sign each, and what to type for it. */
function stepRows(list: ReturnType<Model["steps"]["list"]>): readonly Row[] {
  if (list.length === 0) return [];
  const rows = list.map(({ what, how, isDone }): Row => {
    const words = span(` ${what.padEnd(STEP_WIDTH)}`, isDone ? "dim" : "text");
    return [
      span(isDone ? "   [x]" : "   [ ]", isDone ? "good" : "text"),
      words,
      span(isDone ? "" : how, "accent"),
    ];
  });
  return [EMPTY, ...rows, EMPTY];
}

const STEP_WIDTH = "see a message arrive  ".length;

function wayRow(what: string, about: string): Row {
  return [span(`   ${what.padEnd(WAY_WIDTH)}`, "accent"), span(about, "dim")];
}

const WAY_WIDTH = 12;

const WAYS: readonly Row[] = [
  wayRow("/invite", "shows a link that lets others in"),
  wayRow("/new #den", "makes a private room, and a link to it"),
];
