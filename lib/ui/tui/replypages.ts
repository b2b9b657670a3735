import { COMMAND_HELP, helpOn } from "../../contract/intent.ts";
import { formatInvitation } from "../../contract/invitation.ts";
import type { Picture, ReplyEvent, Who } from "../../node/events.ts";
import { selfLines } from "../personlines.ts";
import { qrHalves, qrLines } from "../qrcode.ts";
import { ReplyLines } from "../replylines.ts";
import { comparisonLines, pictureLines } from "../trustlines.ts";
import { cellSafe } from "./cells.ts";
import type { KeyMap } from "./keymap.ts";
import { KEY_TABLE, WHERE_WORDS } from "./keytable.ts";
import type { Model } from "./model.ts";
import { page, type Page, type PageLine } from "./overlay.ts";
import { span } from "./rows.ts";
import type { Signs } from "./signs.ts";

/** Where pictures stand that come later. */
const PICTURES_WAIT = "the pictures come as soon as both have asked";

/** What the plain face begins its lines with: the time and a sign, or spaces. */
const PLAIN_SIGN = /^[*!] /;
const PLAIN_STAMP = /^(?:\d\d:\d\d [*!]| ) /;

/** An answer as a page: what the plain face would say, its first line as the title. */
export function replyPage(model: Model, now: number, event: ReplyEvent): Page {
  if (event.command === "verify") return verifyPage(model, event);
  const lines: string[] = [];
  new ReplyLines(model.view, (line) => lines.push(line)).handleReply(now, event);
  const [first = "", ...others] = lines.map((line) => line.replace(PLAIN_STAMP, ""));
  const told = first.replace(/:$/, "");
  const { title, lead } = others.length === 0 ? { title: told, lead: [] } : titled(told);
  const rows = [...lead, ...others.map((line) => span(line))];
  if (event.command === "web") return page(title, rows, { copied: event.url });
  if (event.command !== "invite" && event.command !== "new") return page(title, rows);
  const link = formatInvitation(event);
  return page(title, [...rows, ...codeLines(link, model.signs)], { copied: link });
}

function verifyPage(model: Model, event: Extract<ReplyEvent, { command: "verify" }>): Page {
  const { who, number, code, pictures, trust } = event;
  const name = model.view.nameOf(who);
  const [first = "", ...lines] = comparisonLines(event, name, undefined);
  const end = lines.pop() ?? "";
  const isAwaited = pictures === null && trust !== "verified";
  const waits = isAwaited ? [span(PICTURES_WAIT, "dim")] : [];
  const { title, lead } = titled(first.replace(PLAIN_SIGN, ""));
  const rows = [
    ...lead,
    ...lines.map((line) => span(line.trim(), "strong")),
    ...waits,
    span(""),
    span(end.trim()),
    ...(trust === "verified" ? [] : cameraLines(model, code)),
  ];
  return page(title, rows, { copied: number, compares: who });
}

/** What a camera reads is typed on the other side, where one is called by one's own name. */
function cameraLines({ me, signs }: Model, code: string): readonly PageLine[] {
  const how = `by camera: they type what it reads, /verify ${cellSafe(me.name)} CODE`;
  return [span(""), span(how, "dim"), ...codeLines(code, signs)];
}

/** A title is cut where it is too long: what must be read stands below it. */
function titled(line: string): { readonly title: string; readonly lead: readonly PageLine[] } {
  const [, title = "", rest = ""] = /^([^:]{1,24}): (.+)$/.exec(line) ?? [];
  if (title === "") return { title: line, lead: [] };
  return { title, lead: [span(rest, "strong"), span("")] };
}

/** The pictures have come to a comparison that is shown already. */
export function comparisonPage(shown: Page, pictures: readonly Picture[]): Page {
  const rows = pictureLines(pictures).map((line) => span(line.trim(), "strong"));
  const lines = shown.lines.flatMap((line) => (line.text === PICTURES_WAIT ? rows : [line]));
  return { ...shown, lines };
}

/** Who one is, whole: to be copied as well. */
export function selfPage(me: Who): Page {
  const [first = "", ...lines] = selfLines(me);
  const rows = lines.map((line) => span(line.trim()));
  return page(first.replace(PLAIN_SIGN, ""), rows, { copied: me.id });
}

/** Every key and every command. */
export function helpPage(keys: KeyMap): Page {
  const lines: PageLine[] = [];
  for (const [where, words] of Object.entries(WHERE_WORDS)) {
    lines.push(span(words, "strong"));
    for (const entry of KEY_TABLE) if (entry.where === where) lines.push(...keyLines(keys, entry));
    lines.push(span(""));
  }
  lines.push(span("Commands, typed as a message", "strong"));
  for (const [usage, about] of COMMAND_HELP) {
    lines.push(...explained(usage, about));
  }
  lines.push(span(""), span("Anything else is said where you are; //text says /text.", "dim"));
  return page("Keys and commands", lines);
}

/** The keys and commands that a word is about; undefined where none is. */
export function topicPage(keys: KeyMap, topic: string): Page | undefined {
  const word = topic.replace(/^\//, "").toLowerCase();
  const entries = KEY_TABLE.filter(({ action, about }) => {
    return [action, ...about.split(" ")].some((one) => one.toLowerCase().startsWith(word));
  });
  const commands = helpOn(topic, true).flatMap(([usage, about]) => explained(usage, about));
  const lines = [...commands, ...entries.flatMap((entry) => keyLines(keys, entry))];
  return lines.length === 0 ? undefined : page(`Help on ${cellSafe(topic)}`, lines);
}

function keyLines(
  keys: KeyMap,
  { action, about }: (typeof KEY_TABLE)[number],
): readonly PageLine[] {
  const pressed = keys.keysOf(action);
  const shown = action === "number" ? numberKeys(pressed) : pressed.map(keyWords).join(", ");
  return explained(shown || "no key", about);
}

/** In two columns, or one below the other. */
function explained(what: string, about: string): readonly PageLine[] {
  if (what.length < WHAT_WIDTH) return [span(`  ${what.padEnd(WHAT_WIDTH)}${about}`)];
  return [span(`  ${what}`), span(`${" ".repeat(2 + WHAT_WIDTH)}${about}`)];
}

/** As people write it: `Ctrl+K`, `Alt+Up`, `PgUp`. */
export function keyWords(keys: string): string {
  return keys
    .split(" ")
    .map((chord) =>
      chord
        .split(/\+(?=.)/)
        .map(partWords)
        .join("+"),
    )
    .join(" ");
}

function numberKeys(keys: readonly string[]): string {
  const [first = "", last = ""] = [keys[0], keys.at(-1)];
  return keys.length > 1 ? `${keyWords(first)} to ${keyWords(last).replace(/.*\+/, "")}` : first;
}

function partWords(part: string, _: number, all: readonly string[]): string {
  const word = WORDS[part];
  if (word !== undefined) return word;
  if (part.length === 1) return all.length > 1 ? part.toUpperCase() : part;
  return part.charAt(0).toUpperCase() + part.slice(1);
}

const WORDS: Readonly<Record<string, string>> = {
  pageup: "PgUp",
  pagedown: "PgDn",
  return: "Enter",
  escape: "Esc",
};

const WHAT_WIDTH = 20;

function codeLines(text: string, signs: Signs): readonly PageLine[] {
  if (signs.hasBlocks) return qrHalves(text).map((line) => span(line, "code"));
  return qrLines(text, "ascii").map((line) => span(line, "code"));
}
