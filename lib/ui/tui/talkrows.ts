import type { Who } from "../../node/events.ts";
import { CANCELLED } from "../../chat/cancelled.ts";
import { clockTime, dayWords, NOT_HERE, quoted } from "../words.ts";
import { cellSafe, cellWidth, padCells, wrapCells } from "./cells.ts";
import { changedRows, madeRows, type RowList, stacked } from "./rowlist.ts";
import { restyled, type Row, rowWidth, type Span, span, spread, type Style } from "./rows.ts";
import type { Signs } from "./signs.ts";
import {
  FOR_NOBODY,
  type Fate,
  type Item,
  type Note,
  type Saying,
  waitsForNobody,
} from "../talk/timeline.ts";
import type { Scrolled } from "./viewport.ts";

/** What the rows of a conversation depend on besides what is said in it. */
export interface TalkLooks {
  readonly columns: number;
  readonly signs: Signs;
  readonly now: number;
  /** Above this message a line says that from here on all was new. */
  readonly firstUnreadId: string | undefined;
  /** Or it stands below this one, of which nothing but that is known. */
  readonly readUpTo: string | null;
  readonly chosenId: string | undefined;
  /** As in `Scrolled`. */
  readonly from: number;
  readonly nameOf: (who: Who) => string;
  readonly isMe: (who: Who) => boolean;
}

/** From so many columns on names have a column of their own, and marks are spelled out. */
const ROOMY = 54;

const TIME_WIDTH = "00:00".length;
const NAME_WIDTH = 10;
const MARK_WIDTH = 9;
const MARK_WIDTH_NARROW = 5;
const GUTTER = 1;

/** Messages of one person within this share their name. */
const RUN_MS = 5 * 60_000;

const NAME_STYLES: readonly Style[] = ["name1", "name2", "name3", "name4", "name5"];

/** A conversation as rows: each message is laid out when it is looked at, and then remembered. */
export class TalkRows implements Scrolled {
  readonly #items: readonly Item[];
  readonly #looks: TalkLooks;
  readonly #cache: TalkCache;

  constructor(items: readonly Item[], looks: TalkLooks, cache: TalkCache) {
    this.#items = items;
    this.#looks = looks;
    this.#cache = cache;
  }

  get count(): number {
    return this.#items.length;
  }

  get from(): number {
    return this.#looks.from;
  }

  rowsOf(index: number): RowList {
    const item = this.#items[index];
    if (item === undefined) return [];
    const lead = this.#lead(index, item);
    const isRun = lead.length === 0 && isSameRun(this.#items[index - 1], item);
    const body = this.#body(item, isRun);
    const isChosen = item.id === this.#looks.chosenId;
    return stacked(lead, isChosen ? changedRows(body, (row) => restyled(row, "chosen")) : body);
  }

  #body(item: Item, isRun: boolean): RowList {
    const { columns, nameOf } = this.#looks;
    const name = item.kind === "saying" ? nameOf(item.from) : "";
    const names = item.kind === "saying" ? namedIn(item).map(nameOf).join(" ") : "";
    const known = this.#cache.get(item);
    const isSame = known?.columns === columns && known.names === names && known.isRun === isRun;
    if (isSame) return known.rows;
    const rows =
      item.kind === "note"
        ? noteRows(item, this.#looks)
        : sayingRows(item, name, isRun, this.#looks);
    this.#cache.set(item, { columns, names, isRun, rows });
    return rows;
  }

  /** A new day, and where what is new begins. */
  #lead(index: number, { id, sentAtMs }: Item): readonly Row[] {
    const { now, columns, signs, firstUnreadId, readUpTo } = this.#looks;
    const before = this.#items[index - 1];
    const isNewDay = before === undefined || !isSameDay(before.sentAtMs, sentAtMs);
    const rows: Row[] = [];
    if (isNewDay) rows.push(line(dayWords(sentAtMs, now), "dim", columns, signs));
    const isAfterRead = readUpTo !== null && before?.id === readUpTo;
    if (id === firstUnreadId || isAfterRead) rows.push(line("new", "accent", columns, signs));
    return rows;
  }
}

/** The rows of a thing are good as long as it and these are the same. */
export type TalkCache = WeakMap<
  Item,
  {
    readonly columns: number;
    /** Of all who are named in it. */
    readonly names: string;
    readonly isRun: boolean;
    readonly rows: RowList;
  }
>;

function namedIn({ from, replyTo, fate }: Saying): readonly Who[] {
  const failed = fate?.failed.flatMap(({ by }) => by ?? []) ?? [];
  return [from, ...(replyTo === undefined ? [] : [replyTo.from]), ...(fate?.held ?? []), ...failed];
}

export function nameStyle(who: Who, isMe: boolean): Style {
  if (isMe) return "own";
  const digit = Number.parseInt(who.id.slice(0, 4), 16);
  return NAME_STYLES[digit % NAME_STYLES.length] ?? "name1";
}

/** A text on a line across. */
export function line(text: string, style: Style, columns: number, { across }: Signs): Row {
  const words = ` ${cellSafe(text)} `;
  const left = Math.min(2, columns);
  const right = Math.max(0, columns - left - cellWidth(words));
  return [span(across.repeat(left), "dim"), span(words, style), span(across.repeat(right), "dim")];
}

function sayingRows(saying: Saying, name: string, isRun: boolean, looks: TalkLooks): RowList {
  const { columns, signs } = looks;
  const isRoomy = columns >= ROOMY;
  const head = headOf(saying, name, isRun, looks, isRoomy);
  const indent = isRoomy ? GUTTER + TIME_WIDTH + 1 + NAME_WIDTH + 1 : GUTTER + 2;
  const fate = saying.fate === undefined ? [] : markOf(saying.fate, signs, isRoomy);
  const isOwn = saying.fate !== undefined;
  const markWidth = isOwn ? Math.max(isRoomy ? MARK_WIDTH : MARK_WIDTH_NARROW, rowWidth(fate)) : 1;
  const width = Math.max(2, columns - indent - markWidth);

  const above: Row[] = [];
  if (saying.replyTo !== undefined) above.push(answerRow(saying.replyTo, looks));
  const isHeadAlone = !isRun && (!isRoomy || isWide(saying, name));
  if (isHeadAlone) above.push(spread(head, fate, columns, signs.more));
  const body = bodyOf(saying, name, width, (row, i) => {
    const isBeside = i === 0 && isRoomy && !isHeadAlone;
    const before = isBeside ? head : [span(" ".repeat(indent))];
    const whole = [...before, ...row];
    return i === 0 && !isHeadAlone ? spread(whole, fate, columns, signs.more) : whole;
  });
  const below: Row[] = [];
  // Once for all that is said in a row.
  if (!isRun && waitsForNobody(saying.fate)) {
    below.push([span(" ".repeat(indent)), span(FOR_NOBODY, "dim")]);
  }
  return stacked(above, body, [...below, ...tailOf(saying, indent, looks)]);
}

/** When and who; in a narrow place on a row of its own. */
function headOf(
  saying: Saying,
  name: string,
  isRun: boolean,
  { now, signs, isMe }: TalkLooks,
  isRoomy: boolean,
): Row {
  const time = clockTime(saying.sentAtMs, now).slice(-TIME_WIDTH);
  const gutter = saying.isMention ? span(signs.pointer, "accent") : span(" ");
  const style = nameStyle(saying.from, isMe(saying.from));
  const shown = saying.isAction ? "*" : isRun ? "" : cellSafe(name);
  if (!isRoomy) return [gutter, span(shown, style), span(` ${time}`, "dim")];
  if (isWide(saying, name)) return [gutter, span(`${time} `, "dim"), span(shown, style)];
  return [
    gutter,
    span(`${time} `, "dim"),
    span(padCells(shown, NAME_WIDTH, signs.more), style),
    span(" "),
  ];
}

/** What tells people of one name apart is shown whole, if on a row of its own. */
function isWide({ isAction }: Saying, name: string): boolean {
  return !isAction && name.includes("~") && cellWidth(cellSafe(name)) > NAME_WIDTH;
}

/** What is said, row by row; `place` puts a row where it belongs. */
function bodyOf(
  saying: Saying,
  name: string,
  width: number,
  place: (row: Row, index: number) => Row,
): RowList {
  if (saying.isDeleted) return [place([span("taken back", "dim")], 0)];
  const style: Style = saying.isMention ? "strong" : "text";
  const text = saying.isAction ? `${name} ${saying.text}` : saying.text;
  const texts = wrapLines(text, width);
  const note = noteOn(saying);
  // Behind the last row, or below it.
  const last = texts.length - 1;
  const isBelow = note !== "" && cellWidth(texts[last] ?? "") + 1 + note.length > width;
  const rows = madeRows(texts, (one, i) => {
    const noted = i === last && note !== "" && !isBelow ? [span(` ${note}`, "dim")] : [];
    return place([span(one, style), ...noted], i);
  });
  return isBelow ? stacked(rows, [place([span(note, "dim")], last + 1)]) : rows;
}

function noteOn({ isEdited, isLate }: Saying): string {
  const notes = [isEdited ? "edited" : "", isLate ? "came late" : ""].filter((one) => one !== "");
  return notes.length === 0 ? "" : `(${notes.join(", ")})`;
}

/** Each line of a text in rows. */
function wrapLines(text: string, width: number): readonly string[] {
  const rows: string[] = [];
  for (const one of text.split("\n")) {
    for (const row of wrapCells(cellSafe(one), width)) rows.push(row);
  }
  return rows;
}

function answerRow(replyTo: NonNullable<Saying["replyTo"]>, looks: TalkLooks): Row {
  const { columns, signs, nameOf } = looks;
  const indent = columns >= ROOMY ? GUTTER + TIME_WIDTH + 1 + NAME_WIDTH + 1 : GUTTER + 2;
  const said = replyTo.text === null ? NOT_HERE : quoted(replyTo.text);
  const text = cellSafe(`${signs.answer} ${nameOf(replyTo.from)}: ${said}`);
  return [span(" ".repeat(indent)), span(text, "dim")];
}

/** What others put to it, and whom it did not reach. */
function tailOf(saying: Saying, indent: number, { columns, nameOf }: TalkLooks): readonly Row[] {
  const rows: Row[] = [];
  const width = Math.max(2, columns - indent);
  const add = (text: string, style: Style): void => {
    for (const one of wrapCells(cellSafe(text), width)) {
      rows.push([span(" ".repeat(indent)), span(one, style)]);
    }
  };
  const reactions = saying.reactions.map(({ emoji, by }) => `${emoji} ${by.length}`);
  if (saying.hasMoreReactions === true) reactions.push("and more");
  if (reactions.length > 0) add(reactions.join("  "), "dim");
  const { held = [], delivered = [] } = saying.fate ?? {};
  if (held.length > 0 && delivered.length === 0) {
    add(`held by ${held.map((who) => nameOf(who)).join(", ")}`, "dim");
  }
  for (const { by, reason } of saying.fate?.failed ?? []) {
    const whom = by === null ? "" : ` to ${nameOf(by)}`;
    if (reason === CANCELLED) add(`cancelled, not sent${whom}`, "dim");
    else add(`not delivered${whom}: ${reason}`, "bad");
  }
  return rows;
}

/** How far one's own message has come; in a room, how many have it of how many. */
function markOf(fate: Fate, signs: Signs, isRoomy: boolean): Row {
  const { state, of, delivered, read } = fate;
  if (waitsForNobody(fate)) return [];
  const many = of > 1 || delivered.length > 1;
  const count = many && isRoomy ? ` ${delivered.length}/${Math.max(of, delivered.length)}` : "";
  switch (state) {
    case "asked":
    case "queued":
      return mark(signs.queued, "", "dim");
    case "sent":
      return mark(signs.sent, of > 1 ? ` 0/${of}` : "", "dim");
    case "delivered": {
      const all = Math.max(of, delivered.length);
      if (delivered.length < of) return mark(signs.sent, count, "dim");
      return mark(read.length < all ? signs.delivered : signs.read, count, "good");
    }
    case "failed":
      return mark(signs.failed, "", "bad");
    default:
      return state satisfies never;
  }
}

function mark(sign: string, count: string, style: Style): readonly Span[] {
  return [span(` ${sign}${count} `, style)];
}

function noteRows({ text, isWarning }: Note, { columns }: TalkLooks): RowList {
  const sign = isWarning ? "!" : "*";
  const style: Style = isWarning ? "warn" : "dim";
  const width = Math.max(2, columns - GUTTER - 2);
  return madeRows(wrapLines(text, width), (one, i) => {
    return [span(` ${i === 0 ? sign : " "} ${one}`, style)];
  });
}

function isSameRun(before: Item | undefined, item: Item): boolean {
  if (before?.kind !== "saying" || item.kind !== "saying") return false;
  const isSoon = item.sentAtMs - before.sentAtMs < RUN_MS;
  return before.from.id === item.from.id && isSoon && !before.isAction && !item.isAction;
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
