import { ruleRow, statusRow, titleRow } from "./barrows.ts";
import { cellSafe, cellWidth } from "./cells.ts";
import { Composer, type ComposerRows } from "./composer.ts";
import { layoutOf, type Layout, type Rect } from "./layout.ts";
import type { Model } from "./model.ts";
import { pickerCursor, pickerRows, pageRows } from "./overlayrows.ts";
import { peopleRows } from "./peoplerows.ts";
import { roomRows } from "./roomrows.ts";
import { EMPTY, fitRow, type Row, span } from "./rows.ts";
import { TalkRows, type TalkCache } from "./talkrows.ts";
import { welcomeRows } from "./welcome.ts";

/** A part of the screen: as many rows as it is high, each exactly as wide as it is. */
export interface Pane extends Rect {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** All that is on the screen at one moment; no part lies over another. */
export interface Frame {
  readonly columns: number;
  readonly lines: number;
  readonly panes: readonly Pane[];
  readonly cursor: { readonly x: number; readonly y: number } | undefined;
}

/** What is drawn, and where what a key moves through stands. */
interface Plan {
  readonly layout: Layout;
  /** Before what is written stands where it goes. */
  readonly prompt: string;
  readonly written: ComposerRows;
  /** Where the conversation is, or a list or page in its place. */
  readonly middle: Rect | undefined;
}

/** The whole screen, from the model alone. */
export function frameOf(model: Model, now: number, cache: TalkCache): Frame {
  const { columns, lines } = model.size;
  const plan = planOf(model);
  const { layout, written } = plan;
  const { rooms, people, title, rule, write, status, edges, hasPath } = layout;
  const panes: Pane[] = [];
  const put = (
    name: string,
    rect: Rect | undefined,
    rowsOf: (rect: Rect) => readonly Row[],
  ): void => {
    if (rect === undefined) return;
    const rows = rowsOf(rect);
    const all = Array.from({ length: rect.height }, (_, i) => {
      return fitRow(rows[i] ?? EMPTY, rect.width, model.signs.more);
    });
    panes.push({ name, ...rect, rows: all });
  };

  put("rooms", rooms, ({ width, height }) => roomRows(model, width, height));
  put("people", people, ({ width, height }) => peopleRows(model, width, height, now, hasPath));
  for (const x of edges) {
    const edge = { x, y: 0, width: 1, height: rule?.y ?? write.y };
    put("edge", edge, ({ height }) => {
      return Array.from({ length: height }, () => [span(model.signs.down, "dim")]);
    });
  }
  if (model.overlay === undefined || model.overlay.kind === "secret") {
    put("title", title, ({ width }) => [titleRow(model, width, rooms !== undefined)]);
  }
  put("middle", plan.middle, (rect) => middleRows(model, rect, now, cache));
  put("rule", rule, ({ width }) => [ruleRow(model, width, now, edges)]);
  put("write", write, ({ height }) => writtenRows(model, plan, height));
  put("status", status, ({ width }) => [statusRow(model, width)]);

  const top = firstWritten(written, write.height);
  const cursor = { x: promptWidth(model, plan) + written.column, y: write.y + written.row - top };
  return { columns, lines, panes, cursor: cursorOf(model, plan, cursor) };
}

/** How many rows what a key scrolls through has, and how wide they are. */
export function scrolledSize(model: Model): { readonly width: number; readonly height: number } {
  const { middle } = planOf(model);
  return { width: middle?.width ?? 1, height: middle?.height ?? 1 };
}

export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** What the mouse can do something with, which row of it was meant, and where all of it is. */
export interface Pointed {
  readonly name: "rooms" | "people" | "middle" | "write";
  readonly rect: Rect;
  readonly row: number;
  /** The path of a person is shown below the people. */
  readonly hasPath: boolean;
}

/** What stands at a cell. */
export function pointedAt(model: Model, { x, y }: Cell): Pointed | undefined {
  const { layout, middle } = planOf(model);
  const { rooms, people, write, hasPath } = layout;
  const parts = { rooms, people, middle, write };
  for (const name of ["rooms", "people", "middle", "write"] as const) {
    const rect = parts[name];
    if (rect === undefined || x < rect.x || x >= rect.x + rect.width) continue;
    const row = y - rect.y;
    if (row >= 0 && row < rect.height) return { name, rect, row, hasPath };
  }
  return undefined;
}

/** The rows of the conversation as they would be laid out there. */
export function talkOf(model: Model, now: number, cache: TalkCache, columns: number): TalkRows {
  const { current, signs, view, chosenMessage, focus } = model;
  return new TalkRows(
    current?.timeline.items ?? [],
    {
      columns,
      signs,
      now,
      firstUnreadId: current?.unread.firstId,
      readUpTo: current?.unread.upTo ?? null,
      chosenId: focus === "messages" ? chosenMessage : undefined,
      from: current?.timeline.clearedCount ?? 0,
      nameOf: (who) => view.nameOf(who),
      isMe: (who) => model.isMe(who),
    },
    cache,
  );
}

function planOf(model: Model): Plan {
  const { overlay, composer, size } = model;
  const prompt = promptOf(model);
  const width = Math.min(cellWidth(prompt), Math.floor(size.columns / 2));
  const written = writtenIn(overlay, composer).rows(Math.max(2, size.columns - width - 1));
  const isAsked = model.isDrawerOpen && (overlay === undefined || overlay.kind === "secret");
  const layout = layoutOf(size, written.rows.length, isAsked);
  const { talk, title } = layout;
  const isWhole = overlay?.kind === "picker" || overlay?.kind === "page";
  if (talk === undefined || title === undefined || !isWhole) {
    return { layout, prompt, written, middle: talk };
  }
  const middle = { ...talk, y: title.y, height: talk.height + title.height };
  return { layout, prompt, written, middle };
}

function promptOf({ current, conversations, signs, overlay }: Model): string {
  if (overlay?.kind === "secret")
    return ` the secret of ${cellSafe(overlay.room)} ${signs.pointer} `;
  const place = current === undefined ? "" : ` ${cellSafe(conversations.placeOf(current))}`;
  return `${place} ${signs.pointer} `;
}

/** What is being written; of a secret no more than how long it is. */
function writtenIn(overlay: Model["overlay"], composer: Composer): Composer {
  if (overlay?.kind !== "secret") return composer;
  const hidden = new Composer();
  hidden.set("*".repeat([...overlay.typed.text].length));
  return hidden;
}

function writtenRows(model: Model, plan: Plan, height: number): readonly Row[] {
  const width = promptWidth(model, plan);
  const top = firstWritten(plan.written, height);
  const head = fitRow([span(plan.prompt, "accent")], width, model.signs.more);
  const indent = [span(" ".repeat(width))];
  return plan.written.rows.slice(top, top + height).map((text, i): Row => {
    return (top + i === 0 ? head : indent).concat(span(text));
  });
}

/** Of a text with more rows than are shown, so that the cursor is among them. */
function firstWritten({ rows, row }: ComposerRows, height: number): number {
  return Math.max(0, Math.min(row - height + 1, rows.length - height));
}

function promptWidth({ size }: Model, { prompt }: Plan): number {
  return Math.min(cellWidth(prompt), Math.floor(size.columns / 2));
}

function middleRows(model: Model, rect: Rect, now: number, cache: TalkCache): readonly Row[] {
  const { overlay, signs, current } = model;
  const { width, height } = rect;
  if (overlay?.kind === "picker") return pickerRows(overlay, width, height, signs);
  if (overlay?.kind === "page") return pageRows(overlay, width, height, signs);
  const list = talkOf(model, now, cache, width);
  const viewport = current && model.viewports.of(current);
  const seen = viewport?.visible(height, list).map(({ row }) => row) ?? [];
  // What there is to say to who is new stands at the top, and what was said at the bottom.
  const free = height - seen.length;
  const welcome = free > 0 ? welcomeRows(model, width, free) : [];
  const above = welcome.slice(0, free);
  const gap = Array.from({ length: free - above.length }, () => EMPTY);
  return [...above, ...gap, ...seen];
}

function cursorOf(
  { overlay, focus }: Model,
  { middle }: Plan,
  written: { readonly x: number; readonly y: number },
): Frame["cursor"] {
  if (overlay?.kind === "page") return undefined;
  if (overlay?.kind === "picker") {
    if (middle === undefined) return undefined;
    return { x: middle.x + Math.min(middle.width - 1, pickerCursor(overlay)), y: middle.y };
  }
  return focus === "write" || overlay?.kind === "secret" ? written : undefined;
}
