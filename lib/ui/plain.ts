import { lineSafe } from "../base/text.ts";
import type { Asked } from "../contract/asked.ts";
import { parseIntent } from "../contract/intent.ts";
import type { RecentMessage } from "../contract/recent.ts";
import { SECRET_RULE } from "../contract/roomsecret.ts";
import { parseSecretAnswer } from "../contract/secretanswer.ts";
import type { Intent, IntentContext } from "../contract/verb.ts";
import type { Person } from "../contract/people.ts";
import { View } from "../contract/view.ts";
import type {
  PeerEvent,
  PeerStateEvent,
  ReplyEvent,
  Req,
  StatusEvent,
  Who,
} from "../node/events.ts";
import { amendLines, lastLines } from "./amendlines.ts";
import { peerWords, readyLines, serverWords } from "./connectionwords.ts";
import { diskWords, unkeptWords } from "./diskwords.ts";
import { Ending, type EndingOptions } from "./ending.ts";
import type { Door, Face } from "./face.ts";
import { helpLines, noHelpWords } from "./helplines.ts";
import { equivocationWords } from "./equivocationwords.ts";
import { exportWords, syncWords } from "./historywords.ts";
import { messageLines } from "./messageline.ts";
import { OwnLines } from "./ownlines.ts";
import { selfLines } from "./personlines.ts";
import { ReplyLines } from "./replylines.ts";
import type { QrScreen } from "./qrcode.ts";
import { RoomOrder } from "./roomorder.ts";
import { isUnasked, Seen } from "./seen.ts";
import { personLine, verifyLines } from "./trustlines.ts";
import { byeLines } from "./waitinglines.ts";
import type { WaitingFor } from "../node/outboxevents.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import { clockTime, presenceWords, skippedWords } from "./words.ts";

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
  readonly #own: OwnLines;
  readonly #replies: ReplyLines;
  readonly #seen: Seen | undefined;
  readonly #order: RoomOrder;
  readonly #awaitsServer: boolean;
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
    this.#awaitsServer = awaitsServer;
    this.#view = new View(rooms, undefined, profileFlag);
    this.#ending = new Ending(ending, door.command);
    this.#own = new OwnLines(this.#view, door.write);
    this.#replies = new ReplyLines(this.#view, door.write, qr);
    this.#seen = isWatched ? new Seen((command) => this.#command(command)) : undefined;
    this.#order = new RoomOrder({
      gathers,
      write: (now, event) => this.#write(messageLines(this.#view, event, now)),
      onWritten: (now, { room, id }) => this.#seen?.onWritten(now, room, id),
    });
  }

  get isGathering(): boolean {
    return this.#order.isHolding;
  }

  get wantsInput(): boolean {
    return this.#isReady && this.#moving === null && !this.#ending.isBusy;
  }

  get wantsSecret(): boolean {
    return this.#asksFor !== undefined;
  }

  handleEvent(now: number, event: PeerEvent): void {
    const before = event.type === "peer" ? this.#view.person(event.who.id) : undefined;
    const about = "id" in event ? this.#view.recent.get(event.id) : undefined;
    this.#view.handleEvent(event);
    const isOwn = this.#ending.handleEvent(event);
    const isAnswer = event.type === "reply" || event.type === "error";
    if (isAnswer && event.req === this.#moving) this.#moving = null;
    if (event.type === "peer") this.#showPeer(now, event, before);
    else if (!isOwn && !isUnasked(event)) this.#show(now, event, about);
  }

  handleLine(now: number, line: string): void {
    this.#order.flush(now);
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
    this.#tell(now, `! ${skippedWords(fault)}`);
    if (this.#asksFor !== undefined) this.#askAgain(now, this.#asksFor);
  }

  handleEnd(now: number): void {
    this.#order.flush(now);
    this.#seen?.flush(now);
    this.#ending.handleEnd(now);
  }

  handleLeaving(now: number): void {
    this.#order.flush(now);
    this.#seen?.flush(now);
  }

  handleTimeout(now: number): void {
    this.#order.handleTimeout(now);
    this.#own.handleTimeout(now);
    this.#seen?.handleTimeout(now);
    this.#ending.handleTimeout(now);
  }

  pollTimeout(): number {
    const seenAtMs = this.#seen?.pollTimeout() ?? Infinity;
    const atMs = Math.min(this.#order.pollTimeout(), this.#own.pollTimeout(), seenAtMs);
    return Math.min(atMs, this.#ending.pollTimeout());
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

  /** `about`: the message of its id, as it was. */
  #show(
    now: number,
    event: Exclude<PeerEvent, PeerStateEvent>,
    about: RecentMessage | undefined,
  ): void {
    switch (event.type) {
      case "ready":
        this.#isReady = true;
        for (const line of readyLines(this.#view, event, this.#awaitsServer)) this.#tell(now, line);
        this.#seen?.onReady(now);
        break;
      case "server":
        this.#tell(now, serverWords(event));
        break;
      case "nat":
        this.#tell(now, `* your network: ${event.text}`);
        break;
      case "trust":
      case "renamed":
        this.#tell(now, personLine(this.#view, event));
        break;
      case "verify":
        this.#tellAll(now, verifyLines(event, this.#name(event.who)));
        break;
      case "presence":
        this.#tell(now, `* ${this.#name(event.who)} is ${presenceWords(event.state)}`);
        break;
      case "message":
        if (event.from.id === this.#view.me?.id) this.#own.onElsewhere(now, event);
        else this.#order.handleMessage(now, event);
        break;
      case "edited":
      case "deleted":
      case "reaction":
      case "topic":
        this.#order.flush(now, event.room);
        this.#tellAll(now, amendLines(this.#view, event, about));
        break;
      case "sync":
        this.#order.handleSync(now, event);
        this.#tell(now, syncWords(event));
        break;
      case "equivocation":
        this.#tell(now, equivocationWords(this.#view, event.who, event.room));
        break;
      case "disk":
        this.#tell(now, diskWords(event));
        break;
      case "status":
        this.#showStatus(now, event);
        break;
      case "held":
        this.#own.handleHeld(now, event);
        break;
      case "reply":
        this.#showReply(now, event);
        break;
      case "error":
        this.#tell(now, `! ${lineSafe(event.text)}`);
        break;
      case "bye":
        this.#showBye(now, event.waiting);
        break;
      case "namesake":
      case "typing":
      case "unread":
      case "draft":
      case "log":
        // A line would say what names and messages say, or stay when it is over.
        break;
      default:
        event satisfies never;
    }
  }

  #showBye(now: number, waiting: readonly WaitingFor[]): void {
    this.#order.flush(now);
    this.#own.flush(now);
    this.#tellAll(now, byeLines(this.#view, waiting));
  }

  #showStatus(now: number, event: StatusEvent): void {
    const { me } = this.#view;
    const isSaid = event.state === "queued" && event.was === undefined;
    if (isSaid && me !== undefined) this.#order.onSaid(now, event.room, me.id);
    if (event.was !== undefined) this.#seen?.onMoved(event.was, event.id);
    this.#own.handleStatus(now, event);
  }

  #showReply(now: number, event: ReplyEvent): void {
    this.#order.flush(now);
    // What was said before would seem to have been said where one talks now.
    if (event.command === "join" || event.command === "leave") this.#own.flush(now);
    this.#replies.handleReply(now, event);
    if (event.command === "history") this.#onPage(now, event.room, event.messages);
    if (event.command === "outbox") this.#own.handleOutbox(event.messages);
    const but = unkeptWords(event);
    if (but !== undefined) this.#tell(now, but);
  }

  /** Of a page the last is read, with all that came before it. */
  #onPage(now: number, room: string, messages: readonly KeptMessageEvent[]): void {
    const last = messages.at(-1);
    if (last !== undefined) this.#seen?.onWritten(now, room, last.id);
  }

  /** A path's round trip alone is no news, nor is who was gone before this face came. */
  #showPeer(now: number, event: PeerStateEvent, before: Person | undefined): void {
    const { who, state, path, reason } = event;
    const wasNeverThere = before?.state === undefined && state === "gone";
    const isNews =
      before?.state !== state ||
      before.path?.kind !== path?.kind ||
      before.path?.via?.id !== path?.via?.id ||
      before.reason !== reason;
    if (isNews && !wasNeverThere)
      this.#tell(now, `* ${this.#name(who)} ${peerWords(event, this.#view)}`);
  }

  #name(who: Who): string {
    return lineSafe(this.#view.nameOf(who));
  }

  #tellAll(now: number, [first, ...others]: readonly string[]): void {
    if (first !== undefined) this.#tell(now, first);
    this.#write(others);
  }

  #write(lines: readonly string[]): void {
    for (const line of lines) this.#door.write(line);
  }

  #tell(now: number, text: string): void {
    this.#door.write(`${clockTime(now, now)} ${text}`);
  }
}

/** Whether it changes the room that one talks in. */
function isMove({ type }: Asked): boolean {
  return type === "join" || type === "follow" || type === "new" || type === "leave";
}
