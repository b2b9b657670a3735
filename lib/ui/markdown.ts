import { lineSafe, screenSafe } from "../base/text.ts";
import { datedMs } from "../contract/dates.ts";
import type { Who } from "../node/events.ts";
import { CANCELLED } from "../chat/cancelled.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import { EquivocationNotes } from "./equivocationwords.ts";
import { isCancelled } from "./messageline.ts";
import { dateTime, quoted } from "./words.ts";

/** What Markdown takes for more than text, wherever it stands. */
const MEANINGFUL = /[\\`*_{}[\]<>#|&~]/g;

/** What it does so only at the beginning of a line: a list or a rule. */
const LEADING = /^(\s*[0-9]*)([-+=.)])/;

/** What ends a line for some reader of the file. */
const LINE_END = /[\n\u2028\u2029]/;

/** Conversations as Markdown: a heading for each and for each day, and an item for each message. */
export class Markdown {
  readonly #now: number;
  readonly #nameOf: (who: Who) => string;
  readonly #equivocations = new EquivocationNotes();
  #room: string | undefined;
  #day: string | undefined;

  constructor(now: number, nameOf: (who: Who) => string) {
    this.#now = now;
    this.#nameOf = nameOf;
  }

  /** The lines of the next message, in their order. */
  linesOf(message: KeptMessageEvent): readonly string[] {
    const sentAtMs = datedMs(message.sentAtMs, this.#now);
    const [day = "", time = ""] = dateTime(sentAtMs).split(" ");
    const lines: string[] = [];
    if (message.room !== this.#room) {
      if (this.#room !== undefined) lines.push("");
      lines.push(`# ${escaped(lineSafe(message.room))}`);
      this.#day = undefined;
    }
    if (day !== this.#day) lines.push("", `## ${day}`, "");
    const note = this.#equivocations.of(message, this.#nameOf);
    if (note !== undefined) lines.push(`- ${escaped(note.slice(2))}`);
    this.#room = message.room;
    this.#day = day;
    const [first = "", ...others] = screenSafe(message.text).split(LINE_END).map(escaped);
    const text = [first, ...others.map(unlisted)].join("\\\n  ");
    const colon = message.action === true ? "" : ":";
    const name = `**${this.#name(message.from)}**${this.#notes(message)}${colon}`;
    lines.push(`- ${time} ${name} ${text}${this.#reactions(message)}`);
    return lines;
  }

  /** What it answers, and that it is not what was first written, or has not got there. */
  #notes({ replyTo, edited, states }: KeptMessageEvent): string {
    const notes: string[] = [];
    if (replyTo !== undefined) {
      const { from, text } = replyTo;
      notes.push(`to ${this.#name(from)}${text === null ? "" : `: ${escaped(quoted(text))}`}`);
    }
    if (edited === true) notes.push("edited");
    const failed = states?.filter(({ state }) => state === "failed") ?? [];
    if (failed.some(isCancelled)) notes.push(CANCELLED);
    const others = failed.filter((state) => !isCancelled(state)).map(({ by }) => this.#name(by));
    if (others.length > 0) notes.push(`failed for ${others.join(", ")}`);
    return notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  }

  #reactions({ reactions = [], moreReactions }: KeptMessageEvent): string {
    const all = reactions.map(({ emoji, by }) => {
      return `${escaped(lineSafe(emoji))} ${by.map((who) => this.#name(who)).join(", ")}`;
    });
    if (moreReactions === true) all.push("and more");
    return all.length === 0 ? "" : ` (${all.join("; ")})`;
  }

  #name(who: Who): string {
    return escaped(lineSafe(this.#nameOf(who)));
  }
}

function escaped(text: string): string {
  return text.replace(MEANINGFUL, String.raw`\$&`);
}

function unlisted(line: string): string {
  return line.replace(LEADING, String.raw`$1\$2`);
}
