import { lineSafe } from "../base/text.ts";
import type { Said } from "../contract/ownwords.ts";
import type { Person } from "../contract/people.ts";
import type { RecentMessage } from "../contract/recent.ts";
import type { View } from "../contract/view.ts";
import type {
  PeerEvent,
  PeerStateEvent,
  ReadyEvent,
  ReplyEvent,
  StatusEvent,
  Who,
} from "../node/events.ts";
import type { WaitingFor } from "../node/outboxevents.ts";
import type { KeptMessageEvent, MessageEvent } from "../node/sayings.ts";
import { amendLines } from "./amendlines.ts";
import { peerWords, readyLines, serverWords } from "./connectionwords.ts";
import { diskWords, unkeptWords } from "./diskwords.ts";
import { equivocationWords } from "./equivocationwords.ts";
import { syncWords } from "./historywords.ts";
import { messageLines } from "./messageline.ts";
import { OwnLines } from "./ownlines.ts";
import type { QrScreen } from "./qrcode.ts";
import { ReplyLines } from "./replylines.ts";
import { RoomOrder } from "./roomorder.ts";
import type { Seen } from "./seen.ts";
import { personLine, verifyLines } from "./trustlines.ts";
import { byeLines } from "./waitinglines.ts";
import { clockTime, presenceWords, quoted } from "./words.ts";

export interface EventLinesOptions {
  /** Which has been told of each event before. */
  readonly view: View;
  readonly write: (line: string) => void;
  /** Undefined where nobody reads. */
  readonly seen: Seen | undefined;
  /** As in `PlainOptions`. */
  readonly awaitsServer: boolean;
  readonly gathers: boolean;
  readonly qr: QrScreen | undefined;
}

/** What was known of what an event is about, before that. */
export interface Known {
  readonly person: Person | undefined;
  readonly message: RecentMessage | undefined;
  /** What one said, where it came to nothing. */
  readonly said: Said | undefined;
}

export function knownOf(view: View, event: PeerEvent): Known {
  return {
    person: event.type === "peer" ? view.person(event.who.id) : undefined,
    message: "id" in event ? view.recent.get(event.id) : undefined,
    said: event.type === "error" ? view.asked(event.req) : undefined,
  };
}

/** What happens, as lines: each thing once, and what is caught up in its order. */
export class EventLines {
  readonly #view: View;
  readonly #write: (line: string) => void;
  readonly #own: OwnLines;
  readonly #replies: ReplyLines;
  readonly #seen: Seen | undefined;
  readonly #order: RoomOrder;
  readonly #awaitsServer: boolean;

  constructor({ view, write, seen, awaitsServer, gathers, qr }: EventLinesOptions) {
    this.#view = view;
    this.#write = write;
    this.#seen = seen;
    this.#awaitsServer = awaitsServer;
    this.#own = new OwnLines(view, write);
    this.#replies = new ReplyLines(view, write, qr);
    this.#order = new RoomOrder({
      gathers,
      write: (now, event) => this.#writeAll(messageLines(view, event, now)),
      onWritten: (now, { room, id }) => seen?.onWritten(now, room, id),
    });
  }

  get isGathering(): boolean {
    return this.#order.isHolding;
  }

  /** Writes what is being gathered, before something else is. */
  flush(now: number): void {
    this.#order.flush(now);
  }

  handleTimeout(now: number): void {
    this.#order.handleTimeout(now);
    this.#own.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(this.#order.pollTimeout(), this.#own.pollTimeout());
  }

  /** `before`: what was known of what it is about. */
  handleEvent(now: number, event: PeerEvent, before: Known): void {
    switch (event.type) {
      case "peer":
        this.#showPeer(now, event, before.person);
        break;
      case "ready":
        this.#showReady(now, event);
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
        this.#showMessage(now, event);
        break;
      case "edited":
      case "deleted":
      case "reaction":
      case "topic":
        this.#order.flush(now, event.room);
        this.#tellAll(now, amendLines(this.#view, event, before.message));
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
        this.#tell(now, `! ${lineSafe(event.text)}${unsaidWords(before.said)}`);
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

  #showReady(now: number, event: ReadyEvent): void {
    for (const line of readyLines(this.#view, event, this.#awaitsServer)) this.#tell(now, line);
    this.#seen?.onReady(now);
  }

  #showMessage(now: number, event: MessageEvent): void {
    if (event.from.id === this.#view.me?.id) this.#own.onElsewhere(now, event);
    else this.#order.handleMessage(now, event);
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
    this.#writeAll(others);
  }

  #writeAll(lines: readonly string[]): void {
    for (const line of lines) this.#write(line);
  }

  #tell(now: number, text: string): void {
    this.#write(`${clockTime(now, now)} ${text}`);
  }
}

/** Which message it was: several may be unanswered. */
function unsaidWords(said: Said | undefined): string {
  const isMessage = said !== undefined && (said.what === undefined || said.what === "action");
  return isMessage ? `: ${quoted(said.text)}` : "";
}
