import { Ledger } from "../base/ledger.ts";
import { lineSafe } from "../base/text.ts";
import { CANCELLED } from "../chat/cancelled.ts";
import { type Said, SAID_MAX } from "../contract/ownwords.ts";
import type { View } from "../contract/view.ts";
import type { HeldEvent, StatusEvent } from "../node/events.ts";
import type { WaitingMessageEvent } from "../node/outboxevents.ts";
import type { MessageEvent } from "../node/sayings.ts";
import { CHANGED_EARLY } from "./amendlines.ts";
import { linesOf } from "./messageline.ts";
import { clockTime, quoted } from "./words.ts";

/** A message that has not left by then is shown as waiting. */
const SENDING_MS = 1000;

/** Receipts that come within this of the first are told in one line. */
const GATHERING_MS = 300;

const PAST = "a message from before";

interface OwnLine {
  isShown: boolean;
  /** What is told of what becomes of it, besides that it failed. */
  tells: "all" | "arrival" | "nothing";
  /** When it is shown as waiting, unless it leaves before. */
  waitingAtMs: number;
  /** Names of those whose receipts have not been told, and of those who have read it since. */
  delivered: string[];
  read: string[];
  tellAtMs: number;
}

/** One's own messages on a face of lines: each once, then what became of it. */
export class OwnLines {
  readonly #view: View;
  readonly #write: (line: string) => void;
  readonly #lines = new Ledger<OwnLine>();
  /** What waited when that was last told, also of earlier runs. */
  #waiting: readonly WaitingMessageEvent[] = [];
  /** How many messages whose text is not known something has become of, by what it is. */
  readonly #past = new Map<string, number>();
  #pastAtMs = Infinity;

  constructor(view: View, write: (line: string) => void) {
    this.#view = view;
    this.#write = write;
  }

  handleStatus(now: number, event: StatusEvent): void {
    const { id, room, state, by, reason, was } = event;
    if (was !== undefined) return this.#onMoved(was, id);
    if (event.isReworded === true) return this.#onReworded(now, event);
    const line = this.#lineOf(id);
    switch (state) {
      case "queued":
        if (line.isShown) {
          // What changes something in another window is told with what it changes.
          if (!this.#isKnown(id)) line.tells = "nothing";
          break;
        }
        if (this.#isAnybodyThere(room)) line.waitingAtMs = now + SENDING_MS;
        else this.#show(now, id, line, `queued: ${absent(room)}`);
        break;
      case "sent":
        if (line.tells !== "all") break;
        if (line.isShown) this.#tellOf(now, "sent", id);
        else this.#show(now, id, line, "sent");
        break;
      case "delivered":
        if (!line.isShown) this.#show(now, id, line, "sent");
        if (by === null || line.tells === "nothing") break;
        line.delivered.push(this.#view.nameOf(by));
        line.tellAtMs = Math.min(line.tellAtMs, now + GATHERING_MS);
        break;
      case "read":
        if (by === null || line.tells === "nothing") break;
        line.read.push(this.#view.nameOf(by));
        line.tellAtMs = Math.min(line.tellAtMs, now + GATHERING_MS);
        break;
      case "failed": {
        const whom = by === null ? "" : ` to ${this.#view.nameOf(by)}`;
        if (reason === CANCELLED) {
          this.#tell(now, `* cancelled, not sent${whom}: ${this.#quote(id)}`);
          break;
        }
        const why = lineSafe(reason ?? "refused");
        this.#tell(now, `! not delivered${whom}: ${why}: ${this.#quote(id)}`);
        break;
      }
      default:
        state satisfies never;
    }
  }

  /** It is the same message: nothing is told of it. */
  #onMoved(was: string, id: string): void {
    this.#lines.rename(was, id);
    this.#waiting = this.#waiting.map((one) => (one.id === was ? { ...one, id } : one));
  }

  /** It is told with its new words; what becomes of it is told of the message itself. */
  #onReworded(now: number, { id, state }: StatusEvent): void {
    if (state !== "queued") return;
    this.#show(now, id, this.#lineOf(id), CHANGED_EARLY);
  }

  /** Said in another face of the same node. */
  onElsewhere(now: number, { id, room }: MessageEvent): void {
    const line = this.#lineOf(id);
    const isLeaving = this.#isAnybodyThere(room);
    if (isLeaving) line.tells = "arrival";
    const waits = isLeaving ? "" : `, queued: ${absent(room)}`;
    this.#show(now, id, line, `in another window${waits}`);
  }

  handleHeld(now: number, { id, room, by }: HeldEvent): void {
    const [holder, whom] = [lineSafe(this.#view.nameOf(by)), lineSafe(room.slice(1))];
    this.#tell(now, `* held by ${holder} until ${whom} comes: ${this.#quote(id)}`);
  }

  handleOutbox(messages: readonly WaitingMessageEvent[]): void {
    this.#waiting = messages;
  }

  handleTimeout(now: number): void {
    for (const [id, line] of this.#lines) {
      if (line.waitingAtMs <= now) this.#show(now, id, line, "queued");
      if (line.tellAtMs <= now) this.#tellGathered(now, id, line);
    }
    if (this.#pastAtMs <= now) this.#tellPast(now);
  }

  pollTimeout(): number {
    let dueAtMs = this.#pastAtMs;
    for (const { waitingAtMs, tellAtMs } of this.#lines.values()) {
      dueAtMs = Math.min(dueAtMs, waitingAtMs, tellAtMs);
    }
    return dueAtMs;
  }

  /** Tells at once what is being gathered. */
  flush(now: number): void {
    for (const [id, line] of this.#lines) {
      if (!line.isShown && line.waitingAtMs < Infinity) this.#show(now, id, line, "queued");
      if (line.tellAtMs < Infinity) this.#tellGathered(now, id, line);
    }
    this.#tellPast(now);
  }

  /** An action is told in one's own name, as everybody else reads it. */
  get #myName(): string {
    return this.#view.me?.name ?? "you";
  }

  #isAnybodyThere(room: string): boolean {
    return this.#view.peopleCalled(room).some(({ state }) => state === "connected");
  }

  #lineOf(id: string): OwnLine {
    const known = this.#lines.get(id);
    if (known !== undefined) return known;
    const isFromBefore = this.#view.said(id) === undefined;
    const line: OwnLine = {
      isShown: isFromBefore,
      tells: "all",
      waitingAtMs: Infinity,
      delivered: [],
      read: [],
      tellAtMs: Infinity,
    };
    this.#lines.set(id, line);
    this.#lines.forget(SAID_MAX);
    return line;
  }

  #show(now: number, id: string, line: OwnLine, state: string): void {
    line.waitingAtMs = Infinity;
    line.isShown = true;
    const said = this.#view.said(id);
    if (said === undefined) return;
    const before = `${clockTime(now, now)} ${lineSafe(said.room)} `;
    for (const text of linesOf(before, `${saidWords(said, this.#myName)} (${state})`))
      this.#write(text);
  }

  /** Of who has read it meanwhile, that says that they have it. */
  #tellGathered(now: number, id: string, line: OwnLine): void {
    const delivered = line.delivered.filter((name) => !line.read.includes(name));
    if (delivered.length > 0) this.#tellBy(now, "delivered to", delivered, id);
    if (line.read.length > 0) this.#tellBy(now, "read by", line.read, id);
    line.delivered = [];
    line.read = [];
    line.tellAtMs = Infinity;
  }

  #tellBy(now: number, what: string, names: readonly string[], id: string): void {
    this.#tellOf(now, `${what} ${lineSafe(names.join(", "))}`, id);
  }

  /** Of messages whose text is not known, the number is told, a little later. */
  #tellOf(now: number, what: string, id: string): void {
    if (this.#isKnown(id)) return this.#tell(now, `* ${what}: ${this.#quote(id)}`);
    this.#past.set(what, (this.#past.get(what) ?? 0) + 1);
    this.#pastAtMs = Math.min(this.#pastAtMs, now + GATHERING_MS);
  }

  #tellPast(now: number): void {
    for (const [what, count] of this.#past) {
      this.#tell(now, `* ${what}: ${count === 1 ? PAST : `${count} messages from before`}`);
    }
    this.#past.clear();
    this.#pastAtMs = Infinity;
  }

  #isKnown(id: string): boolean {
    return this.#view.said(id) !== undefined || this.#waiting.some((one) => one.id === id);
  }

  #quote(id: string): string {
    const said = this.#view.said(id);
    if (said !== undefined) return quoteOf(said);
    const waiting = this.#waiting.find((one) => one.id === id);
    return waiting === undefined ? PAST : quoted(waiting.text);
  }

  #tell(now: number, text: string): void {
    this.#write(`${clockTime(now, now)} ${text}`);
  }
}

/** What one has said, or done to what was said. */
function saidWords({ what, text }: Said, myName: string): string {
  if (what === undefined) return `you: ${text}`;
  if (what === "action") return `* ${lineSafe(myName)} ${text}`;
  if (isNoTopic({ what, text })) return "* you say that it is about nothing now";
  return what === "deletion" ? `* you took back: ${quoted(text)}` : `you (${what}): ${text}`;
}

function quoteOf({ what, text }: Said): string {
  if (isNoTopic({ what, text })) return "that it is about nothing now";
  return what === "deletion" ? `that you took back ${quoted(text)}` : quoted(text);
}

function absent(room: string): string {
  return room.startsWith("@")
    ? `${lineSafe(room.slice(1))} is not connected`
    : "nobody is connected";
}

function isNoTopic({ what, text }: Pick<Said, "what" | "text">): boolean {
  return what === "topic" && text === "";
}
