import type { Person } from "../../contract/people.ts";
import type { Who } from "../../node/events.ts";
import { EQUIVOCATED } from "../equivocationwords.ts";
import { lastSeen } from "../talk/lastseen.ts";
import { milliseconds } from "../words.ts";
import { cellSafe, cellWidth, clipLabel, padCells, wrapCells } from "./cells.ts";
import type { Rect } from "./layout.ts";
import type { Model } from "./model.ts";
import { EMPTY, restyled, type Row, rowWidth, span, spread, type Style } from "./rows.ts";

/**
 * With a space before each. Where there is room they stand still whatever comes; where there is
 * not, names have what the longest of them leave.
 */
const PATH_WIDTH = 8;
const PATH_WIDTH_MAX = 13;
const RTT_WIDTH = 6;
const ROOMY_COLUMNS = 30;
const TRUST_WIDTH = 2;

/**
 * Rows that the path of the person chosen takes. Where it is to be said that they have told
 * different people different things, it may be half of all.
 */
const PATH_ROWS = 8;

/** Who is there, and how each is reached; below them, in full, the path of the one chosen. */
export function peopleRows(
  model: Model,
  columns: number,
  height: number,
  now: number,
  hasPath: boolean,
): readonly Row[] {
  const { shown, chosen, path, room } = listOf(model, columns, height, now, hasPath);
  const isFocused = model.focus === "people";
  const isRoomy = columns >= ROOMY_COLUMNS;
  const words = shown.map((person) => ` ${reachWord(model, person, now, isRoomy)}`);
  const needed = Math.max(isRoomy ? PATH_WIDTH : 0, ...words.map((word) => cellWidth(word)));
  const pathWidth = Math.min(PATH_WIDTH_MAX, needed);
  const times = shown.map((person) => rttWord(person));
  const rttWidth = Math.max(isRoomy ? RTT_WIDTH : 0, ...times.map((time) => time.length + 1));
  const listed = shown.map((person, i) => {
    const word = padCells(words[i] ?? "", pathWidth, model.signs.more);
    const row = personRow(model, person, columns, word + (times[i] ?? "").padStart(rttWidth));
    return isFocused && person === chosen ? restyled(row, "chosen") : row;
  });
  if (shown.length === 0) listed.push([span(" nobody yet", "dim")]);
  const filled = [...listed, ...Array.from({ length: room - listed.length }, () => EMPTY)];
  return [[span(" People", "dim")], ...filled, ...path];
}

/** Who stands in a row of them. */
export function personAt(
  model: Model,
  { width, height }: Pick<Rect, "width" | "height">,
  now: number,
  { row, hasPath }: { readonly row: number; readonly hasPath: boolean },
): Person | undefined {
  const { shown } = listOf(model, width, height, now, hasPath);
  return shown[row - 1];
}

/** Those there is place for, around the one whose path is shown below them. */
function listOf(model: Model, columns: number, height: number, now: number, hasPath: boolean) {
  const people = model.people();
  const meant = model.focus === "people" ? model.chosenPerson : model.current?.who?.id;
  const chosen = people.find(({ who }) => who.id === meant) ?? people[0];
  const isDoubted = (chosen?.equivocated.length ?? 0) > 0;
  const most = isDoubted ? Math.max(PATH_ROWS, Math.floor(height / 2)) : PATH_ROWS;
  const about = hasPath && chosen !== undefined ? pathRows(model, chosen, columns, now) : [];
  const path = about.slice(0, most);
  const room = Math.max(1, height - 1 - path.length);
  const at = people.findIndex((one) => one === chosen);
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), people.length - room));
  return { shown: people.slice(top, top + room), chosen, path, room };
}

/**
 * Presence, name, path, round trip, trust: each with a sign or a word of its own. What tells people
 * of one name apart goes before how they are reached.
 */
function personRow(model: Model, person: Person, columns: number, reached: string): Row {
  const { signs } = model;
  const { sign, style } = presenceOf(person);
  const reach = [span(reached, "dim")];
  const isDoubted = person.trust === "changed" || person.equivocated.length > 0;
  const trust = [
    span(trustSign(person).padStart(TRUST_WIDTH), isDoubted ? "bad" : "good"),
    span(" "),
  ];
  const before = ` ${sign} `;
  const label = cellSafe(model.view.nameOf(person.who));
  const room = columns - cellWidth(before) - rowWidth(trust);
  const isTagged = label.includes("~") && cellWidth(label) > room - rowWidth(reach);
  const away = person.state === "connected" && person.presence !== "online";
  const left = [
    span(before, style),
    span(
      isTagged ? clipLabel(label, room, signs.more) : label,
      person.state === "connected" ? "text" : "dim",
    ),
    ...(away && !isTagged ? [span(` ${person.presence}`, "dim")] : []),
  ];
  return spread(left, isTagged ? trust : [...reach, ...trust], columns, signs.more);
}

function presenceOf({ state, isBlocked, presence }: Person): { sign: string; style: Style } {
  if (isBlocked) return { sign: "x", style: "dim" };
  switch (state) {
    case "connected":
      return presence === "online" ? { sign: "*", style: "good" } : { sign: "-", style: "warn" };
    case "connecting":
      return { sign: "~", style: "warn" };
    case "unreachable":
      return { sign: "!", style: "bad" };
    case "gone":
    case undefined:
      return { sign: "o", style: "dim" };
    default:
      return state satisfies never;
  }
}

function reachWord(model: Model, person: Person, now: number, isRoomy: boolean): string {
  const { state, path, isBlocked } = person;
  if (isBlocked) return "blocked";
  if (path !== null) return path.via === null ? path.kind : viaWords(model, path.via);
  if (state === "connecting") return "trying";
  if (state === "unreachable") return "no path";
  const seen = lastSeen(model, person.who, now);
  if (seen === undefined) return "gone";
  return isRoomy && CLOCK.test(seen) ? `seen ${seen}` : seen;
}

const CLOCK = /^\d\d:\d\d$/;

function viaWords({ view }: Model, carrier: Who): string {
  return cellSafe(`via ${view.nameOf(carrier)}`);
}

function rttWord({ path }: Person): string {
  if (path === null || path.rttMs <= 0) return "";
  return `${path.rttMs < 1 ? "<1" : Math.round(path.rttMs)}ms`;
}

function trustSign({ trust, equivocated }: Person): string {
  if (equivocated.length > 0) return "!";
  switch (trust) {
    case "verified":
      return "=";
    case "changed":
      return "!";
    case "new":
    case "known":
    case undefined:
      return "";
    default:
      return trust satisfies never;
  }
}

function pathRows(model: Model, person: Person, columns: number, now: number): readonly Row[] {
  const { who, path, reason } = person;
  const name = cellSafe(model.view.nameOf(who));
  const rows: Row[] = [EMPTY, [span(` ${name}`, "strong")]];
  const add = (head: string, text: string): void => {
    for (const [i, one] of wrapCells(cellSafe(text), columns - HEAD_WIDTH - 1).entries()) {
      rows.push([span(` ${(i === 0 ? head : "").padEnd(HEAD_WIDTH)}`, "dim"), span(one)]);
    }
  };
  const told = person.equivocated.join(", ");
  if (told !== "") add("said", `${EQUIVOCATED} in ${told}: /whois says more`);
  if (path === null) {
    if (reason !== null) add("why", reason);
    const isSought = person.state === "connecting" || person.state === "unreachable";
    const seen = isSought || person.isBlocked ? undefined : lastSeen(model, person.who, now);
    if (seen !== undefined) add("seen", seen);
    else if (person.isBlocked) add("path", "blocked");
    else add("path", person.state === "connecting" ? "trying" : "none");
  } else {
    const how = path.via === null ? path.kind : `${path.kind} ${viaWords(model, path.via)}`;
    add("path", path.rttMs > 0 ? `${how}, ${milliseconds(path.rttMs)}` : how);
    if (path.local !== null) add("you", path.local);
    add("they", path.remote);
  }
  add("keys", trustWords(person));
  return rows;
}

const HEAD_WIDTH = "path ".length;

function trustWords({ trust }: Person): string {
  switch (trust) {
    case "verified":
      return "compared";
    case "changed":
      return "not those of before";
    case "new":
    case "known":
    case undefined:
      return "not compared";
    default:
      return trust satisfies never;
  }
}
