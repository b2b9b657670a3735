import type { PeerId } from "../../../base/ids.ts";
import { screenSafe } from "../../../base/text.ts";
import type { Asked } from "../../../contract/asked.ts";
import type { Person } from "../../../contract/people.ts";
import { View } from "../../../contract/view.ts";
import type { InvitationEvent, PeerEvent, ReplyEvent, Who } from "../../../node/events.ts";
import type { MessageEvent } from "../../../node/sayings.ts";
import type { DraftEvent } from "../../../node/shellevents.ts";
import { Seen } from "../../seen.ts";
import { Asking } from "../../talk/asking.ts";
import { BuiltInEcho, showEcho } from "../../talk/builtinecho.ts";
import type { Conversation } from "../../talk/conversation.ts";
import { Conversations } from "../../talk/conversations.ts";
import { askMembers, askTopic, Counting } from "../../talk/counting.ts";
import { Drafting } from "../../talk/drafting.ts";
import { FirstSteps } from "../../talk/firststeps.ts";
import { foldTalk } from "../../talk/foldtalk.ts";
import { lookAtEnd } from "../../talk/lookatend.ts";
import { nearby } from "../../talk/nearby.ts";
import { NoticeBook, type NoticeOptions } from "../../talk/noticebook.ts";
import { GONE, Pages } from "../../talk/pages.ts";
import { Standing } from "../../talk/standing.ts";
import { takeLateDraft } from "../../talk/takedraft.ts";
import type { Talk } from "../../talk/talk.ts";
import { Rounds } from "../people/rounds.ts";
import { Ringing } from "../notices/ringing.ts";
import { END } from "./anchor.ts";
import type { ExportRun } from "./exporting.ts";
import { isFoldedAway } from "./fold.ts";
import { Lately } from "./lately.ts";
import type { Panel } from "./panel.ts";
import type { Question } from "./question.ts";
import { replyText } from "./replytext.ts";
import { Scrolls } from "./scrolls.ts";
import { Unfolded } from "./unfolded.ts";
import { Writing } from "./writing.ts";

export interface PageOptions extends NoticeOptions {
  readonly me: Who;
  readonly command: (command: Asked) => void;
  readonly isLookedAt: boolean;
}

/** What the browser is to do besides drawing. */
export type Wish =
  | { readonly kind: "copy"; readonly text: string }
  /** Somebody wants the person here, who looks elsewhere. */
  | { readonly kind: "ring"; readonly where: Conversation; readonly event: MessageEvent }
  /** What was written down is to be a file of the person's own. */
  | { readonly kind: "save"; readonly file: string; readonly whole: Blob }
  /** The keys are to go to where one writes. */
  | { readonly kind: "write" };

type Verification = Extract<ReplyEvent, { command: "verify" }>;

/** What was told for the ear lately; of more, the first is forgotten. */
const SPOKEN_MAX = 20;

/** Characters of each of them: whoever wants to hear more goes to the message. */
const SPOKEN_CHARS = 600;

/** All that there is to see and to do: what the page is drawn from, and nothing of how. */
export class PageModel implements Talk {
  readonly me: Who;
  readonly view: View;
  readonly conversations: Conversations;
  readonly asking: Asking;
  readonly seen: Seen;
  readonly drafting: Drafting;
  readonly pages: Pages;
  readonly echo = new BuiltInEcho();
  readonly steps = new FirstSteps();
  readonly standing = new Standing(true);
  readonly notices: NoticeBook;
  readonly scrolls = new Scrolls();
  readonly writing: Writing;
  readonly rounds: Rounds;
  readonly command: (command: Asked) => void;
  readonly #counting: Counting;
  begunAtMs = Infinity;
  isReady = false;
  isCounted = false;
  isLeaving = false;
  /** Whether somebody looks at the page, as far as the browser tells. */
  isLookedAt: boolean;
  /** On a narrow screen the list of conversations is a page of its own. */
  isListShown = false;
  panel: Panel | undefined;
  /** Where there is no place beside the conversation, the people come over it. */
  isDrawerOpen = false;
  /** The list of everything that one may go to or do is open. */
  isJumping = false;
  /** The message that is brought into view, or is being pointed at. */
  chosenMessage: string | undefined;
  /** What was searched for as that was found; empty where nothing was. */
  searched = "";
  readonly unfolded = new Unfolded();
  /** Something is to be done that the person is asked about before. */
  question: Question | undefined;
  /** What is being written down, or was last. */
  exportRun: ExportRun | undefined;
  /** The secret of this room is asked for. */
  secretFor: string | undefined;
  /** One line that is shown for a moment. */
  flash: string | undefined;
  /** New messages of the conversation shown, for whoever hears the page. */
  spoken: readonly { readonly id: string; readonly text: string }[] = [];
  readonly verifications = new Map<string, Verification>();
  /** Those who want to compare keys, and are to be told of no more. */
  readonly putOff = new Set<PeerId>();
  readonly invitations = new Map<string, InvitationEvent>();
  readonly #lately = new Lately((one) => {
    this.scrolls.forget(one);
    this.pages.forget(one);
  });
  readonly #ringing = new Ringing((where, event) => this.wish({ kind: "ring", where, event }));
  #wishes: Wish[] = [];
  #notes = 0;
  #reqs = 0;

  constructor(options: PageOptions) {
    const { me, command, isLookedAt } = options;
    this.me = me;
    this.command = command;
    this.isLookedAt = isLookedAt;
    this.view = new View([], me);
    this.conversations = new Conversations(this.view, []);
    this.asking = new Asking(command);
    this.seen = new Seen(command);
    this.drafting = new Drafting(command, (key) => this.conversations.placeAt(key));
    this.notices = new NoticeBook(options);
    this.writing = new Writing(this);
    this.rounds = new Rounds({
      asking: this.asking,
      view: this.view,
      watched: () => (this.panel?.kind === "person" ? this.panel.id : undefined),
    });
    this.#counting = new Counting(this);
    const placeOf = (one: Conversation): string => this.conversations.placeOf(one);
    this.pages = new Pages(this.asking, placeOf, {
      onKept: (messages) => {
        const isOld = messages.some(({ sentAtMs, from }) => {
          return sentAtMs < this.begunAtMs && this.isMe(from);
        });
        if (isOld) this.steps.onSpokenBefore();
      },
      // What is looked at is known by its id, wherever that stands.
      onShifted: () => undefined,
      onGone: (where, now) => this.note(now, GONE, false, where),
      lookedAt: (where) => {
        const { anchor } = this.scrolls.of(where);
        return anchor.kind === "row" ? anchor.key : undefined;
      },
      onEnd: (where) => (this.scrolls.of(where).anchor = END),
    });
  }

  get current(): Conversation | undefined {
    return this.conversations.current;
  }

  isMe(who: Who): boolean {
    return who.id === this.me.id;
  }

  handleEvent(now: number, event: PeerEvent): void {
    if (this.begunAtMs === Infinity) this.begunAtMs = now;
    if (event.type === "ready" && this.isReady) this.#onNewNode();
    this.steps.handleEvent(event);
    this.#counting.handleEvent(now, event);
    foldTalk(this, now, event);
    this.rounds.handleEvent(now, event);
    this.look(now);
  }

  handleTimeout(now: number): void {
    this.seen.handleTimeout(now);
    takeLateDraft(this, now);
    this.#counting.handleTimeout(now);
    this.rounds.handleTimeout(now);
    this.#ringing.handleTimeout(now);
    if (now >= this.echo.pollTimeout()) showEcho(this, now);
  }

  pollTimeout(): number {
    return Math.min(
      this.seen.pollTimeout(),
      this.drafting.pollTimeout(),
      this.#counting.pollTimeout(),
      this.rounds.pollTimeout(),
      this.#ringing.pollTimeout(),
      this.echo.pollTimeout(),
    );
  }

  /** Those whom the list of people has. */
  people(): readonly Person[] {
    return nearby(this);
  }

  enter(conversation: Conversation, now: number): void {
    const before = this.current;
    if (conversation !== before) {
      this.drafting.flush(now);
      this.conversations.enter(conversation);
      this.chosenMessage = undefined;
      this.spoken = [];
    }
    this.#lately.onEnter(conversation);
    if (!conversation.isOpened) askTopic(this, conversation);
    this.pages.open(conversation, now);
    askMembers(this, conversation);
    this.look(now);
  }

  /** Somebody goes there, to write. */
  go(conversation: Conversation, now: number): void {
    this.enter(conversation, now);
    this.isListShown = false;
    this.isJumping = false;
    this.wish({ kind: "write" });
  }

  /** Shows a message in its conversation, and in it whatever was searched for. */
  reveal(where: Conversation, id: string, now: number, searched = ""): void {
    const isHeld = where.timeline.has(id);
    // What is held of it comes from around that message, and not from its end.
    if (!isHeld) where.isOpened = true;
    this.enter(where, now);
    this.isListShown = false;
    const show = (): void => this.#pointAt(where, id, searched);
    if (isHeld) show();
    else this.pages.around(where, id, now, show);
  }

  /** The last that was said. */
  toEnd(now: number): void {
    const { current } = this;
    if (current === undefined) return;
    this.scrolls.of(current).anchor = END;
    this.chosenMessage = undefined;
    this.pages.toEnd(current, now);
    this.look(now);
  }

  isSeen(conversation: Conversation): boolean {
    const { anchor } = this.scrolls.of(conversation);
    return this.isLookedAt && conversation === this.current && anchor.kind === "end";
  }

  look(now: number): void {
    if (this.isLookedAt) this.#ringing.onLook();
    lookAtEnd(this, now);
  }

  onMoved(was: string, id: string): void {
    for (const one of this.conversations.all) one.onMoved(was, id);
    if (this.chosenMessage === was) this.chosenMessage = id;
    this.unfolded.onMoved(was, id);
    this.seen.onMoved(was, id);
  }

  onCame(now: number, where: Conversation, event: MessageEvent): void {
    this.#lately.onCame(where);
    if (this.isMe(event.from)) return;
    if (where === this.current) {
      this.#speak(event.id, `${this.view.nameOf(event.from)}: ${event.text}`);
    }
    if (this.isLookedAt || !this.notices.calls(where, event.mention === true)) return;
    this.#ringing.call(now, where, event);
  }

  /** The page hangs on what is seen, wherever that stands. */
  onPlaced(): void {}

  onDraft(where: Conversation, event: DraftEvent): void {
    this.writing.onDraft(where, event);
  }

  showReply(now: number, event: ReplyEvent): void {
    if (event.command === "verify") {
      this.verifications.set(event.who.id, event);
      return this.show({ kind: "verify", id: event.who.id });
    }
    if (event.command === "invite" || event.command === "new") {
      this.invitations.set(event.room, event);
      return this.show({ kind: "invite", room: event.room });
    }
    const text = replyText(this.view, now, event);
    if (text.lines.length === 0) this.note(now, text.title);
    else this.show({ kind: "lines", ...text });
  }

  showComparison({ who, state, pictures }: Extract<PeerEvent, { type: "verify" }>): boolean {
    if (state === "asked") {
      this.putOff.delete(who.id);
      return true;
    }
    const known = this.verifications.get(who.id);
    if (state !== "compare" || known === undefined) return false;
    this.verifications.set(who.id, { ...known, pictures });
    return this.panel?.kind === "verify" && this.panel.id === who.id;
  }

  /** Asks for what lets others into a room. */
  invite(room: string): void {
    this.command({ type: "invite", req: this.nextReq(), room });
  }

  /** Compares keys with somebody. */
  verify(who: Who): void {
    this.command({
      type: "verify",
      req: this.nextReq(),
      to: `@${this.view.nameOf(who)}`,
      answer: null,
    });
  }

  /** Whether the node has all of it, so that whoever loads the page anew finds that again. */
  get isKept(): boolean {
    if (!this.isReady || !this.drafting.isHeard) return false;
    if (this.question !== undefined || this.secretFor !== undefined) return false;
    return this.conversations.all.every((one) => one.isKept);
  }

  get isAsideShown(): boolean {
    return this.isDrawerOpen || this.panel !== undefined;
  }

  /** A panel gives way to the people, and these to the conversation where they are over it. */
  closeAside(): void {
    this.isDrawerOpen = false;
    this.panel = undefined;
  }

  show(panel: Panel): void {
    this.panel = panel;
    this.isJumping = false;
  }

  note(now: number, text: string, isWarning = false, where = this.current): void {
    this.#notes += 1;
    const id = `note ${this.#notes}`;
    if (where === undefined) this.flash = text;
    else where.timeline.add({ kind: "note", id, text, sentAtMs: now, isWarning });
    if (where === this.current) this.#speak(id, text);
  }

  /** The mark of a command whose answer is shown. */
  nextReq(): string {
    this.#reqs += 1;
    return String(this.#reqs);
  }

  /** Without what would do something where it is pasted. */
  copy(text: string): void {
    this.wish({ kind: "copy", text: screenSafe(text) });
    this.flash = "Copied";
  }

  wish(wish: Wish): void {
    this.#wishes.push(wish);
  }

  takeWishes(): readonly Wish[] {
    const wishes = this.#wishes;
    this.#wishes = [];
    return wishes;
  }

  /** What only the node of before knew is asked for anew where it is looked at, and forgotten. */
  #onNewNode(): void {
    const { panel } = this;
    this.verifications.clear();
    this.invitations.clear();
    if (panel?.kind === "invite") this.invite(panel.room);
    const person = panel?.kind === "verify" ? this.view.person(panel.id) : undefined;
    if (person !== undefined) this.verify(person.who);
  }

  #speak(id: string, text: string): void {
    const said = text.length > SPOKEN_CHARS ? `${text.slice(0, SPOKEN_CHARS)}…` : text;
    this.spoken = [...this.spoken, { id, text: said }].slice(-SPOKEN_MAX);
  }

  #pointAt(where: Conversation, id: string, searched: string): void {
    this.chosenMessage = id;
    this.searched = searched;
    const item = where.timeline.get(id);
    if (item?.kind === "saying" && isFoldedAway(item.text, searched)) this.unfolded.set(id, true);
    this.scrolls.of(where).anchor = { kind: "row", key: id, px: -POINTED_PX };
  }
}

/** So far below the top, in px, stands a message that is pointed at. */
export const POINTED_PX = 160;
