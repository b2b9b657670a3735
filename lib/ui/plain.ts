import { lineSafe } from "../base/text.ts";
import type { Asked } from "../contract/asked.ts";
import { parseIntent } from "../contract/intent.ts";
import { SECRET_RULE } from "../contract/roomsecret.ts";
import { parseSecretAnswer } from "../contract/secretanswer.ts";
import type { Intent, IntentContext } from "../contract/verb.ts";
import { View } from "../contract/view.ts";
import type { PeerEvent, Req } from "../node/events.ts";
import { lastLines } from "./amendlines.ts";
import { Ending, type EndingOptions } from "./ending.ts";
import { EventLines, knownOf } from "./eventlines.ts";
import type { Door, Face } from "./face.ts";
import { helpLines, noHelpWords } from "./helplines.ts";
import { exportWords } from "./historywords.ts";
import { selfLines } from "./personlines.ts";
import type { QrScreen } from "./qrcode.ts";
import { isUnasked, Seen } from "./seen.ts";
import { clockTime, skippedWords } from "./words.ts";

export interface PlainOptions extends EndingOptions {
  /** Rooms that the node is in from the start. */
  readonly rooms: readonly string[];
  /** Whether any server is looked for. */
  readonly awaitsServer: boolean;
  /** Whether somebody is before it: what is written then counts as read. */
  readonly isWatched: boolean;
  /**
   * Whether what is caught up is gathered for a moment, to be written in its order: it is, unless
   * this is false. Then nobody has to call `handleTimeout`.
   */
  readonly gathers?: boolean | undefined;
  /** How QR codes are drawn; undefined where no camera sees them. */
  readonly qr?: QrScreen | undefined;
  readonly profileFlag?: string | undefined;
}

/** For people and screen readers: one line per thing, each written once and never touched again. */
export class PlainFace implements Face {
  readonly #door: Door;
  readonly #view: View;
  readonly #ending: Ending;
  readonly #seen: Seen | undefined;
  readonly #lines: EventLines;
  readonly outcome = undefined;
  #isReady = false;
  #requests = 0;
  /** The command that is unanswered and decides where plain text goes. */
  #moving: string | null = null;
  /** The room whose secret is to come in the next line. */
  #asksFor: string | undefined;

  constructor(options: PlainOptions, door: Door) {
    const { rooms, awaitsServer, isWatched, gathers = true, qr, profileFlag, ...ending } = options;
    this.#door = door;
    this.#view = new View(rooms, undefined, profileFlag);
    this.#ending = new Ending(ending, door.command);
    this.#seen = isWatched ? new Seen((command) => this.#command(command)) : undefined;
    const { write } = door;
    const lines = { view: this.#view, write, seen: this.#seen, awaitsServer, gathers, qr };
    this.#lines = new EventLines(lines);
  }

  get isGathering(): boolean {
    return this.#lines.isGathering;
  }

  get wantsInput(): boolean {
    return this.#isReady && this.#moving === null && !this.#ending.isBusy;
  }

  get wantsSecret(): boolean {
    return this.#asksFor !== undefined;
  }

  handleEvent(now: number, event: PeerEvent): void {
    const before = knownOf(this.#view, event);
    this.#view.handleEvent(event);
    const isOwn = this.#ending.handleEvent(event);
    const isAnswer = event.type === "reply" || event.type === "error";
    if (isAnswer && event.req === this.#moving) this.#moving = null;
    if (event.type === "ready") this.#isReady = true;
    if (!isOwn && !isUnasked(event)) this.#lines.handleEvent(now, event, before);
  }

  handleLine(now: number, line: string): void {
    this.#ending.handleInput();
    this.#lines.flush(now);
    this.#requests += 1;
    const { room, rooms, recent, waiting, page, profileFlag } = this.#view;
    const req = String(this.#requests);
    const context = { req, room, rooms, recent, waiting, page, profileFlag };
    if (this.#asksFor === undefined) this.#obey(now, parseIntent(line, context), req);
    else this.#handleSecret(now, this.#asksFor, line, context);
  }

  /** `req`: the mark of what it asks. */
  #obey(now: number, intent: Intent, req: Req): void {
    switch (intent.kind) {
      case "command":
        if (intent.command.type === "quit") this.#seen?.flush(now);
        this.#command(intent.command);
        break;
      case "help":
        this.#help(now, intent.topic);
        break;
      case "self":
        if (this.#view.me !== undefined) this.#tellAll(now, selfLines(this.#view.me));
        break;
      case "export":
        this.#export(now, intent.place, intent.file);
        break;
      case "last":
        this.#tellAll(now, lastLines(this.#view, this.#view.recent, intent.room, intent.count));
        break;
      case "notify":
        this.#tell(now, "! Nothing calls you here: this is for the full screen");
        break;
      case "doctor":
        this.#tell(now, "* looking at your network: this takes some four seconds");
        this.#command({ type: "doctor", req });
        break;
      case "echo":
        this.#tell(now, `* echo (built in, heard by nobody else): ${lineSafe(intent.text)}`);
        break;
      case "clear":
        this.#tell(now, "! Nothing is to be cleared here: this is for the full screen");
        break;
      case "copy":
        this.#tell(now, "! Only the full screen copies: select the text in your terminal");
        break;
      case "wrong":
        this.#tell(now, `! ${lineSafe(intent.text)}`);
        break;
      case "secret":
        this.#asksFor = intent.room;
        this.#tell(now, `* type the secret of ${lineSafe(intent.room)}: it is not shown`);
        break;
      case "nothing":
        break;
      default:
        intent satisfies never;
    }
  }

  handleWrongLine(now: number, fault: string): void {
    this.#ending.handleInput();
    this.#tell(now, `! ${skippedWords(fault)}`);
    if (this.#asksFor !== undefined) this.#askAgain(now, this.#asksFor);
  }

  handleEnd(now: number): void {
    this.#lines.flush(now);
    this.#seen?.flush(now);
    this.#ending.handleEnd(now);
  }

  handleLeaving(now: number): void {
    this.#lines.flush(now);
    this.#seen?.flush(now);
  }

  handleTimeout(now: number): void {
    this.#lines.handleTimeout(now);
    this.#seen?.handleTimeout(now);
    this.#ending.handleTimeout(now);
  }

  pollTimeout(): number {
    const seenAtMs = this.#seen?.pollTimeout() ?? Infinity;
    return Math.min(this.#lines.pollTimeout(), seenAtMs, this.#ending.pollTimeout());
  }

  #help(now: number, topic: string): void {
    const lines = helpLines(topic);
    for (const line of lines) this.#door.write(line);
    if (lines.length === 0) this.#tell(now, `! ${noHelpWords(topic)}`);
  }

  #export(now: number, place: string, file: string): void {
    const { exportTo } = this.#door;
    if (exportTo === undefined) return this.#tell(now, "! Run p2pchat export for this");
    exportTo({ place, file }, (result) => {
      const sign = "fault" in result ? "!" : "*";
      this.#tell(now, `${sign} ${exportWords(place, file, result)}`);
    });
  }

  /** Until there is a secret, or is to be none, the next line is one: it must not be said. */
  #handleSecret(now: number, room: string, line: string, context: IntentContext): void {
    const answer = parseSecretAnswer(line, context);
    switch (answer.kind) {
      case "secret":
        this.#asksFor = undefined;
        this.#command({ type: "join", req: context.req, room, secret: answer.secret });
        break;
      case "refused":
        this.#tell(now, `! ${SECRET_RULE}`);
        this.#askAgain(now, room);
        break;
      case "none":
        this.#asksFor = undefined;
        this.#tell(now, "* no secret, no room");
        break;
      case "command":
        if (answer.intent.kind !== "wrong") this.#asksFor = undefined;
        this.#obey(now, answer.intent, context.req);
        if (answer.intent.kind === "wrong") this.#askAgain(now, room);
        break;
      default:
        answer satisfies never;
    }
  }

  #askAgain(now: number, room: string): void {
    const how = "it is not shown; an empty line ends this";
    this.#tell(now, `* type the secret of ${lineSafe(room)} again: ${how}`);
  }

  #command(command: Asked): void {
    this.#view.handleCommand(command);
    this.#ending.handleCommand(command);
    if (isMove(command) && "req" in command) this.#moving = command.req;
    this.#door.command(command);
  }

  #tellAll(now: number, [first, ...others]: readonly string[]): void {
    if (first !== undefined) this.#tell(now, first);
    for (const line of others) this.#door.write(line);
  }

  #tell(now: number, text: string): void {
    this.#door.write(`${clockTime(now, now)} ${text}`);
  }
}

/** Whether it changes the room that one talks in. */
function isMove({ type }: Asked): boolean {
  return type === "join" || type === "follow" || type === "new" || type === "leave";
}
