import { lineSafe, screenSafe } from "../base/text.ts";
import type { KeptMessageEvent } from "../node/events.ts";
import { dateTime } from "./words.ts";

/** What Markdown takes for more than text, wherever it stands. */
const MEANINGFUL = /[\\`*_{}[\]<>#|&~]/g;

/** What it does so only at the beginning of a line: a list or a rule. */
const LEADING = /^(\s*[0-9]*)([-+=.)])/;

/** Conversations as Markdown: a heading for each and for each day, and an item for each message. */
export class Markdown {
  readonly #nameOf: (message: KeptMessageEvent) => string;
  #room: string | undefined;
  #day: string | undefined;

  constructor(nameOf: (message: KeptMessageEvent) => string) {
    this.#nameOf = nameOf;
  }

  /** The lines of the next message, in their order. */
  linesOf(message: KeptMessageEvent): readonly string[] {
    const [day = "", time = ""] = dateTime(message.sentAtMs).split(" ");
    const lines: string[] = [];
    if (message.room !== this.#room) {
      if (this.#room !== undefined) lines.push("");
      lines.push(`# ${escaped(lineSafe(message.room))}`);
      this.#day = undefined;
    }
    if (day !== this.#day) lines.push("", `## ${day}`, "");
    this.#room = message.room;
    this.#day = day;
    const [first = "", ...others] = screenSafe(message.text).split("\n").map(escaped);
    const text = [first, ...others.map(unlisted)].join("\\\n  ");
    lines.push(`- ${time} **${escaped(lineSafe(this.#nameOf(message)))}**: ${text}`);
    return lines;
  }
}

function escaped(text: string): string {
  return text.replace(MEANINGFUL, String.raw`\$&`);
}

function unlisted(line: string): string {
  return line.replace(LEADING, String.raw`$1\$2`);
}
