import { datedMs } from "../../../contract/dates.ts";
import { keptPlace } from "../../../contract/keptplace.ts";
import type { ReplyEvent, Who } from "../../../node/events.ts";
import type { KeptMessageEvent } from "../../../node/sayings.ts";
import type { Exported } from "../../face.ts";
import { exportLines, formatOf } from "../../exportlines.ts";
import { exportWords } from "../../historywords.ts";
import type { Asking } from "../../talk/asking.ts";
import type { Conversation } from "../../talk/conversation.ts";
import type { PageModel } from "./pagemodel.ts";

/** Messages that are asked for at once. */
const PAGE = 200;

/** What of `#room` or `@name` is to be written down, and how the file is called. */
export interface Export {
  readonly place: string;
  readonly file: string;
}

interface ExportRunOptions extends Export {
  readonly asking: Asking;
  readonly nameOf: (who: Who) => string;
  /** It has ended; `file` is there unless it has failed. */
  readonly onEnd: (result: Exported, file: Blob | undefined) => void;
}

/**
 * Writes down what was said in a place, page by page from the first. What is done is held in files
 * of the browser's own, so that it may be more than its memory takes.
 */
export class ExportRun {
  readonly place: string;
  readonly file: string;
  readonly #options: ExportRunOptions;
  readonly #linesOf: (message: KeptMessageEvent) => readonly string[];
  readonly #startedAtMs: number;
  #parts: Blob[] = [];
  #messages = 0;
  #damaged = 0;
  #isOver = false;
  #fromMs: number | undefined;
  #toMs: number | undefined;
  #result: Exported | undefined;

  constructor(options: ExportRunOptions, now: number) {
    const { place, file, nameOf } = options;
    this.place = place;
    this.file = file;
    this.#options = options;
    this.#startedAtMs = now;
    this.#linesOf = exportLines(formatOf(file), () => now, nameOf);
  }

  /** Messages that are written down by now. */
  get messages(): number {
    return this.#messages;
  }

  /** When the last of them was said, ms; undefined before there is any. */
  get toMs(): number | undefined {
    return this.#toMs;
  }

  /** What came of it; undefined while it goes on. */
  get result(): Exported | undefined {
    return this.#result;
  }

  /** How much of the time that was talked in is done, from 0 to 1: how many come is not known. */
  get share(): number {
    if (this.#fromMs === undefined || this.#toMs === undefined) return 0;
    const allMs = this.#startedAtMs - this.#fromMs;
    return allMs <= 0 ? 1 : Math.max(0, Math.min(1, (this.#toMs - this.#fromMs) / allMs));
  }

  begin(): void {
    this.#fetch({ beginning: true });
  }

  /** Nothing of it is kept. */
  cancel(): void {
    this.#isOver = true;
    this.#parts = [];
  }

  #fetch(from: { readonly beginning: true } | { readonly after: string }): void {
    const { asking, place } = this.#options;
    const where = { before: null, after: null, around: null, ...from };
    asking.ask(
      (req) => ({ type: "history", req, ...keptPlace(place), ...where, limit: PAGE }),
      (reply) => this.#onPage(reply),
      (fault) => this.#end({ fault }),
    );
  }

  #onPage(reply: ReplyEvent): void {
    if (this.#isOver || reply.command !== "history") return;
    const { messages, hasAfter, damaged } = reply;
    const text = messages.flatMap((one) => this.#linesOf(one)).map((line) => `${line}\n`);
    this.#parts.push(new Blob(text));
    this.#messages += messages.length;
    this.#damaged += damaged;
    const [first] = messages;
    const last = messages.at(-1);
    this.#fromMs ??= first && datedMs(first.sentAtMs, this.#startedAtMs);
    if (last !== undefined) this.#toMs = datedMs(last.sentAtMs, this.#startedAtMs);
    if (hasAfter && last !== undefined) this.#fetch({ after: last.id });
    else this.#end({ messages: this.#messages, damaged: this.#damaged });
  }

  #end(result: Exported): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#result = result;
    const type = formatOf(this.file) === "md" ? "text/markdown" : "application/jsonl";
    const whole = "fault" in result ? undefined : new Blob(this.#parts, { type });
    this.#parts = [];
    this.#options.onEnd(result, whole);
  }
}

/** Writes it down in place of whatever is being written, and shows how far that is. */
export function beginExport(model: PageModel, now: number, asked: Export): void {
  model.exportRun?.cancel();
  const { place } = asked;
  const file = fileName(asked.file) ?? fileAt(place, "md");
  const run = new ExportRun(
    {
      place,
      file,
      asking: model.asking,
      nameOf: (who) => model.view.nameOf(who),
      onEnd: (result, whole) => {
        if (whole !== undefined) model.wish({ kind: "save", file, whole });
        if (model.panel?.kind !== "export") model.flash = endWords(run, result);
      },
    },
    now,
  );
  model.exportRun = run;
  model.show({ kind: "export" });
  run.begin();
}

/** What has come of it. */
export function endWords({ place, file }: Export, result: Exported): string {
  const words = exportWords(place, file, result);
  if ("fault" in result) return `Not written: ${words}`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function cancelExport(model: PageModel): void {
  model.exportRun?.cancel();
  model.exportRun = undefined;
  model.closeAside();
  model.flash = "Nothing was written";
}

/** What a file of a conversation is called where nobody says. */
export function fileOf(model: PageModel, where: Conversation, ending: "md" | "jsonl"): string {
  return fileAt(model.conversations.placeOf(where), ending);
}

function fileAt(place: string, ending: "md" | "jsonl"): string {
  return `${fileName(place.replace(/^[#@]/, "")) ?? "conversation"}.${ending}`;
}

/** It is the browser that knows the folder. Undefined where only folders are named. */
function fileName(typed: string): string | undefined {
  const name = typed.replace(/^.*[/\\]/, "");
  return /^\.*$/.test(name) ? undefined : name;
}
