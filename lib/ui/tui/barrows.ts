import { endingToo, milliseconds } from "../words.ts";
import { cellSafe, cellWidth } from "./cells.ts";
import type { Conversation } from "../talk/conversation.ts";
import type { Action } from "./keytable.ts";
import type { Model } from "./model.ts";
import { keyWords } from "./replypages.ts";
import type { Signs } from "./signs.ts";
import { fitRow, type Row, rowWidth, type Span, span, spread, type Style } from "./rows.ts";

/** Where one talks, and with how many. */
export function titleRow(model: Model, columns: number, hasRooms: boolean): Row {
  const { current, signs, conversations } = model;
  const elsewhere = conversations.all.filter((one) => one !== current);
  const heard = elsewhere.filter((one) => !model.notices.isMuted(one));
  const unread = heard.reduce((sum, one) => sum + one.unread.count, 0);
  const right = hasRooms || unread === 0 ? [] : [span(`${unread} unread elsewhere `, "accent")];
  if (current === undefined) {
    return spread(
      [span(" You are in no room", "strong"), span("  /join #lobby", "dim")],
      right,
      columns,
      signs.more,
    );
  }
  const left = [
    span(` ${cellSafe(conversations.placeOf(current))}`, "strong"),
    span(`  ${aboutOf(current, model)}`, "dim"),
  ];
  return spread(left, right, columns, signs.more);
}

function aboutOf(one: Conversation, { signs, view, notices }: Model): string {
  const parts: string[] = notices.isMuted(one) ? ["muted"] : [];
  if (one.isRoom) {
    const others = one.othersCount;
    const here = one.members.filter(({ state }) => state === "connected").length;
    parts.push(
      others === 0 ? "nobody else yet" : `${others} other${others === 1 ? "" : "s"}, ${here} here`,
    );
    if (view.isPrivate(one.key)) parts.push("private");
  } else if (one.isBuiltIn) {
    parts.push("nothing said here leaves p2pchat");
  } else if (one.who === undefined) {
    parts.push("never met");
  } else {
    const person = view.person(one.who.id);
    parts.push(person?.state ?? "not here");
  }
  if (one.topic !== undefined && one.topic !== "") parts.push(cellSafe(one.topic));
  return parts.join(` ${signs.dot} `);
}

/**
 * A line across that says what goes on: it is a line where nothing does. `edges`: columns where
 * lines from above end on it.
 */
export function ruleRow(model: Model, columns: number, now: number, edges: readonly number[]): Row {
  const { signs } = model;
  const right = belowWords(model);
  const room = columns - RULE_ENDS - (right === "" ? 0 : cellWidth(right) + RULE_ENDS);
  const left = ruleWords(model, now, room);
  const dash = (count: number): Span => span(signs.across.repeat(Math.max(0, count)), "dim");
  const words: Row = left === undefined ? [] : [dash(2), span(` ${left.text} `, left.style)];
  const end: Row = right === "" ? [] : [span(` ${right} `, "accent"), dash(2)];
  const fitted = fitRow(
    words,
    Math.min(rowWidth(words), Math.max(0, columns - rowWidth(end))),
    signs.more,
  );
  const row = [...fitted, dash(columns - rowWidth(fitted) - rowWidth(end)), ...end];
  return withCorners(row, edges, signs);
}

function withCorners(row: Row, edges: readonly number[], { across, corner }: Signs): Row {
  let at = 0;
  return row.map(({ text, style }) => {
    const start = at;
    at += cellWidth(text);
    if (!text.startsWith(across)) return { text, style };
    const cells = [...text].map((cell, i) => (edges.includes(start + i) ? corner : cell));
    return { text: cells.join(""), style };
  });
}

/** What stands before and behind words on that line. */
const RULE_ENDS = 4;

/** The most urgent of what there is to say. */
function ruleWords(model: Model, now: number, room: number): Span | undefined {
  const { flash, current, completing, signs } = model;
  if (flash !== undefined) return span(cellSafe(flash), "warn");
  if (now < model.quitsUntilMs) {
    const [keys = ""] = model.keys.keysOf("quit");
    return span(`${keyWords(keys)} again ends p2pchat${endingToo(model.endsToo())}`, "warn");
  }
  if (model.firstKey !== undefined) return span(`${keyWords(model.firstKey)} and then?`, "accent");
  if (completing !== undefined && completing.of.candidates.length > 1) {
    const { of, at } = completing;
    const shown = of.candidates.slice(at, at + CANDIDATES_SHOWN).map((one) => one.trim());
    return span(cellSafe(shown.join("  ")), "accent");
  }
  const about = aboutWords(model, room);
  if (about !== undefined) return span(cellSafe(about), "accent");
  if (current?.sync !== undefined) return syncSpan(current.sync, signs);
  return typingSpan(model);
}

const CANDIDATES_SHOWN = 6;

/** What the message being written is, where it is no plain one. */
function aboutWords(model: Model, room: number): string | undefined {
  const { about, current, view } = model;
  if (model.overlays.secret !== undefined) {
    return `what you type is not shown: ${hintsOf(model, SECRET_HINTS)}`;
  }
  if (model.overlay === undefined && model.focus !== "write") {
    const hints = model.focus === "people" ? PEOPLE_HINTS : MESSAGE_HINTS;
    const apart = hintsOf(model, hints);
    return cellWidth(apart) <= room ? apart : hintsOf(model, hints, " ");
  }
  if (about === undefined) return undefined;
  if (about.kind === "change") return "you change what you said; Esc leaves it as it was";
  const item = current?.timeline.get(about.id);
  const whom = item?.kind === "saying" ? view.nameOf(item.from) : "a message";
  return `you answer ${whom}; Esc makes it a message of its own`;
}

function syncSpan(sync: NonNullable<Conversation["sync"]>, signs: Model["signs"]): Span {
  const { state, missing, received } = sync;
  if (state === "incomplete")
    return span(`${missing} messages are missing: nobody here has them`, "warn");
  const all = missing + received;
  const done = all === 0 ? 0 : Math.floor((BAR_CELLS * received) / all);
  const bar = signs.barDone.repeat(done) + signs.barLeft.repeat(BAR_CELLS - done);
  return span(`catching up ${bar} ${received} of ${all}`, "accent");
}

const BAR_CELLS = 12;

function typingSpan({ current, view }: Model): Span | undefined {
  const names = [...(current?.typing.values() ?? [])].map((who) => cellSafe(view.nameOf(who)));
  if (names.length === 0) return undefined;
  if (names.length > TYPING_NAMED_MAX) return span(`${names.length} people are typing`, "dim");
  return span(`${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing`, "dim");
}

const TYPING_NAMED_MAX = 2;

/** What is below of what is seen. */
function belowWords({ current, keys, signs, viewports }: Model): string {
  if (current === undefined || viewports.of(current).isAtEnd) return "";
  const [pressed = ""] = keys.keysOf("newest");
  const { count } = current.unread;
  const what = count === 0 ? "more" : `${count} new`;
  return `${signs.newer} ${what} below${pressed === "" ? "" : `, ${keyWords(pressed)}`}`;
}

/** Who one is, and how one stands in the network: never empty. */
export function statusRow(model: Model, columns: number): Row {
  const { signs } = model;
  const me = cellSafe(model.me.name);
  const [first, ...others] = facts(model);
  const { presence } = model.standing;
  const left: Span[] = [span(` ${me} `, "strong")];
  if (presence !== "online") left.push(span(`${presence} `, "warn"));
  if (first !== undefined) left.push(span(` ${first.text}`, first.style));
  for (const { text, style } of others) {
    const next = [span(` ${signs.dot} `, "dim"), span(text, style)];
    if (rowWidth([...left, ...next]) > columns - 1) break;
    left.push(...next);
  }
  // Where not all have a place, the last does: from the help every other is found.
  const keys = STATUS_HINTS.map((_, i) => hintsOf(model, STATUS_HINTS.slice(i)));
  const shown = keys.find((one) => rowWidth(left) + cellWidth(one) + 2 <= columns) ?? "";
  return spread(left, shown === "" ? [] : [span(`${shown} `, "dim")], columns, signs.more);
}

function facts(model: Model): readonly Span[] {
  const { standing, view } = model;
  if (standing.isAway) return [span("the node has gone, waiting for it to come back", "warn")];
  const people = view.peopleCalled("#");
  const count = (is: (one: (typeof people)[number]) => boolean): number => people.filter(is).length;
  const relayed = count(({ path }) => path?.kind === "relay");
  const direct = count(({ state, path }) => state === "connected" && path?.kind !== "relay");
  const trying = count(({ state }) => state === "connecting");
  const all = [serverFact(model), span(`${direct} direct`, direct > 0 ? "good" : "dim")];
  if (relayed > 0) all.push(span(`${relayed} relayed`, "warn"));
  if (trying > 0) all.push(span(`${trying} trying`, "warn"));
  if (standing.waiting > 0) all.push(span(`${standing.waiting} waiting`, "warn"));
  if (standing.nat !== undefined) all.push(span(`NAT ${cellSafe(standing.nat)}`, "dim"));
  return all;
}

function serverFact({ standing, isLeaving }: Model): Span {
  if (isLeaving) return span("saying goodbye", "warn");
  const { server, rttMs } = standing;
  const styles: Readonly<Record<typeof server, Style>> = {
    looking: "warn",
    silent: "warn",
    none: "dim",
    connected: "good",
    lost: "dim",
    replaced: "warn",
  };
  const words = {
    looking: "looking for the server",
    silent: "no server answers, still trying",
    none: "no server, no LAN",
    connected: rttMs === undefined ? "server ok" : `server ok ${milliseconds(rttMs)}`,
    lost: "server lost, still trying",
    replaced: "another client of yours is registered",
  };
  return span(words[server], styles[server]);
}

type Hints = readonly (readonly [action: Action, words: string])[];

const STATUS_HINTS: Hints = [
  ["jump", "go to"],
  ["palette", "commands"],
  ["help", "help"],
];
const SECRET_HINTS: Hints = [
  ["choose", "enter"],
  ["leave", "leave"],
];
const PEOPLE_HINTS: Hints = [
  ["person-talk", "talk"],
  ["person-why", "why"],
  ["person-verify", "verify"],
  ["person-retry", "retry"],
  ["leave", "leave"],
];
const MESSAGE_HINTS: Hints = [
  ["message-answer", "answer"],
  ["message-react", "react"],
  ["message-edit", "edit"],
  ["message-delete", "delete"],
  ["message-info", "info"],
  ["message-copy", "copy"],
];

/** Each with the first of its keys. */
function hintsOf({ keys }: Model, hints: Hints, between = "  "): string {
  return hints
    .flatMap(([action, words]) => {
      const [pressed] = keys.keysOf(action);
      return pressed === undefined ? [] : [`${keyWords(pressed)} ${words}`];
    })
    .join(between);
}
