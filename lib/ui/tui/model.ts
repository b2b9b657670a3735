import { screenSafe } from "../../base/text.ts";
import type { Asked } from "../../contract/asked.ts";
import type { Person } from "../../contract/people.ts";
import { View } from "../../contract/view.ts";
import type { PeerEvent, ReplyEvent, Who } from "../../node/events.ts";
import type { MessageEvent } from "../../node/sayings.ts";
import type { DraftEvent } from "../../node/shellevents.ts";
import type { Exporting } from "../face.ts";
import { Seen } from "../seen.ts";
import { Asking } from "../talk/asking.ts";
import { askMembers, askTopic } from "../talk/counting.ts";
import { isToBuiltIn } from "../talk/builtin.ts";
import { BuiltInEcho } from "../talk/builtinecho.ts";
import { Composer } from "./composer.ts";
import type { Completion } from "../talk/completion.ts";
import {
  type About,
  type Conversation,
  draftOf,
  movedAbout,
  writtenOf,
} from "../talk/conversation.ts";
import { Conversations } from "../talk/conversations.ts";
import { Drafting } from "../talk/drafting.ts";
import { FirstSteps } from "../talk/firststeps.ts";
import type { KeyMap } from "./keymap.ts";
import type { Focus } from "./keytable.ts";
import { lookAtEnd } from "../talk/lookatend.ts";
import { nearby } from "../talk/nearby.ts";
import { NoticeBook, type NoticeOptions } from "../talk/noticebook.ts";
import type { Overlay } from "./overlay.ts";
import { Overlays } from "./overlays.ts";
import { GONE, Pages } from "../talk/pages.ts";
import { noticeOf, showComparison, showReply } from "./showing.ts";
import type { Signs } from "./signs.ts";
import { Viewports } from "./viewports.ts";
import { Standing } from "../talk/standing.ts";
import type { Talk } from "../talk/talk.ts";
import type { Note, Placing } from "../talk/timeline.ts";

export interface ModelOptions extends NoticeOptions {
  /** Rooms that the node is in from the start. */
  readonly rooms: readonly string[];
  readonly me: Who;
  /** Whether any server is looked for. */
  readonly awaitsServer: boolean;
  readonly signs: Signs;
  readonly keys: KeyMap;
  readonly command: (command: Asked) => void;
  readonly exportTo: Exporting | undefined;
  /** How many other faces end with this one. */
  readonly endsToo: () => number;
  readonly pathsLike: (typed: string) => readonly string[];
  readonly profileFlag?: string | undefined;
}

/** What the terminal is to do besides drawing. */
export type Wish =
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "edit"; readonly text: string }
  /** Somebody wants the person here, who looks elsewhere. */
  | { readonly kind: "ring"; readonly text: string }
  /** The mouse is the program's, or the terminal's own. */
  | { readonly kind: "mouse"; readonly isTaken: boolean }
  | { readonly kind: "redraw" }
  /** The shell has the terminal, until it says otherwise. */
  | { readonly kind: "stop" };

/** All that there is to see and to do: what the screen is drawn from, and nothing of how. */
export class Model implements Talk {
  readonly me: Who;
  readonly view: View;
  readonly conversations: Conversations;
  readonly asking: Asking;
  /** Tells the node of what was read. */
  readonly seen: Seen;
  readonly drafting: Drafting;
  readonly pages: Pages;
  readonly viewports = new Viewports();
  readonly composer = new Composer();
  readonly overlays = new Overlays();
  readonly echo = new BuiltInEcho();
  readonly steps = new FirstSteps();
  readonly notices: NoticeBook;
  readonly standing: Standing;
  readonly signs: Signs;
  readonly keys: KeyMap;
  readonly command: (command: Asked) => void;
  readonly exportTo: Exporting | undefined;
  readonly endsToo: () => number;
  readonly pathsLike: (typed: string) => readonly string[];
  size = { columns: 80, lines: 24 };
  focus: Exclude<Focus, "list" | "page"> = "write";
  /** The people are shown over the conversation where there is no place beside it. */
  isDrawerOpen = false;
  chosenPerson: string | undefined;
  chosenMessage: string | undefined;
  /** The chosen message is to be brought into view as soon as it is held. */
  mustReveal = false;
  /** What the next message answers, or is a change of. */
  about: About | undefined;
  /** Where what an editor has now was being written. */
  edits: Conversation | undefined;
  completing: { readonly of: Completion; readonly at: number } | undefined;
  /** The first of two keys. */
  firstKey: string | undefined;
  /** A second press ends the program, until then. */
  quitsUntilMs = -Infinity;
  /** It was said that others end as well, if that is ended. */
  isWarnedOfOthers = false;
  /** One line that is shown until the next key. */
  flash: string | undefined;
  /** Whether the mouse clicks and scrolls here; else it selects text, as the terminal has it. */
  isMouseTaken = true;
  /** When this run did. */
  begunAtMs = Infinity;
  /** Whether somebody looks at the terminal, as far as it tells. */
  isLookedAt = true;
  /** The server has been met, or has been waited for. */
  isReady = false;
  /** What was left unread before is known: until then nothing is told to be read. */
  isCounted = false;
  isLeaving = false;
  #wishes: Wish[] = [];
  #notes = 0;
  #reqs = 0;

  constructor(options: ModelOptions) {
    const { rooms, me, awaitsServer, signs, keys, command, exportTo, pathsLike } = options;
    this.me = me;
    this.notices = new NoticeBook(options);
    this.command = (asked) => {
      // Whatever else is made of it: of what is built in, the node never hears.
      if (!isToBuiltIn(asked)) command(asked);
    };
    this.view = new View(rooms, me, options.profileFlag);
    this.conversations = new Conversations(this.view, rooms);
    this.asking = new Asking(this.command);
    this.seen = new Seen(this.command);
    this.drafting = new Drafting(this.command, (key) => this.conversations.placeAt(key));
    const placeOf = (one: Conversation): string => this.conversations.placeOf(one);
    this.pages = new Pages(this.asking, placeOf, {
      onKept: (messages) => {
        const isOld = messages.some(({ sentAtMs, from }) => {
          return sentAtMs < this.begunAtMs && this.isMe(from);
        });
        if (isOld) this.steps.onSpokenBefore();
      },
      onShifted: (conversation, by) => this.viewports.of(conversation).shift(by),
      onGone: (where, now) => this.note(now, GONE, false, where),
      lookedAt: (where) => where.timeline.items[this.viewports.of(where).bottom ?? -1]?.id,
      onEnd: (conversation) => this.viewports.of(conversation).toEnd(),
    });
    this.standing = new Standing(awaitsServer);
    this.signs = signs;
    this.keys = keys;
    this.exportTo = exportTo;
    this.endsToo = options.endsToo;
    this.pathsLike = pathsLike;
  }

  get current(): Conversation | undefined {
    return this.conversations.current;
  }

  get overlay(): Overlay | undefined {
    return this.overlays.open;
  }

  /** What keys are for. */
  get place(): Focus {
    const { overlay } = this;
    if (overlay === undefined) return this.focus;
    return overlay.kind === "page" ? "page" : "list";
  }

  isMe(who: Who): boolean {
    return who.id === this.me.id;
  }

  /** Those whom the list of people has. */
  people(): readonly Person[] {
    return nearby(this);
  }

  enter(conversation: Conversation, now: number): void {
    const before = this.current;
    if (conversation !== before) {
      if (before !== undefined) before.draft = { text: this.composer.text, about: this.about };
      this.conversations.enter(conversation);
      this.composer.set(conversation.draft.text);
      this.about = conversation.draft.about;
      this.toWriting();
    }
    if (!conversation.isOpened) askTopic(this, conversation);
    this.pages.open(conversation, now);
    askMembers(this, conversation);
    this.look(now);
  }

  /** What is being written now is told the other faces of the node. */
  tellDraft(now: number): void {
    const { current, composer, about } = this;
    if (current === undefined || current.isBuiltIn) return;
    this.drafting.onWritten(now, current.key, writtenOf(composer.text, about));
  }

  onDraft(where: Conversation, event: DraftEvent): void {
    const draft = draftOf(event);
    if (where !== this.current) where.draft = draft;
    else if (this.about?.kind === "change") this.about = { ...this.about, draft: draft.text };
    else {
      if (draft.text !== this.composer.text) this.composer.set(draft.text);
      this.about = draft.about;
    }
  }

  /** Neither a person nor a message is being chosen any more. */
  toWriting(): void {
    this.focus = "write";
    this.isDrawerOpen = false;
    this.chosenMessage = undefined;
  }

  /** What is written is a message of its own; what was written before a change is there again. */
  leaveAbout(): void {
    if (this.about?.kind === "change") this.composer.set(this.about.draft);
    this.about = undefined;
  }

  /** Begins a command; what was being written can be had again: behind it this would be none. */
  beginCommand(text: string): void {
    this.leaveAbout();
    this.toWriting();
    this.composer.take();
    this.composer.set(text);
  }

  /** Whether what is added to a conversation now is seen at once. */
  isSeen(conversation: Conversation): boolean {
    return (
      this.isLookedAt && conversation === this.current && this.viewports.of(conversation).isAtEnd
    );
  }

  look(now: number): void {
    lookAtEnd(this, now);
  }

  /** A message of one's own has another id: all that names it does so by that from now on. */
  onMoved(was: string, id: string): void {
    for (const one of this.conversations.all) one.onMoved(was, id);
    this.about = movedAbout(this.about, was, id);
    if (this.chosenMessage === was) this.chosenMessage = id;
    this.overlays.onMoved(was, id);
    this.seen.onMoved(was, id);
  }

  /** What was looked at is told, also where what was unread before is not known yet. */
  onLeaving(now: number): void {
    this.isCounted = true;
    this.look(now);
    this.seen.flush(now);
    this.drafting.flush(now);
  }

  /** A line of the program's own in a conversation, the one shown unless another is given. */
  note(now: number, text: string, isWarning = false, where = this.current): void {
    this.#notes += 1;
    const note: Note = {
      kind: "note",
      id: `note ${this.#notes}`,
      text,
      sentAtMs: now,
      isWarning,
    };
    if (where === undefined) this.flash = text;
    else where.timeline.add(note);
  }

  onPlaced(where: Conversation, { from, to }: Placing): void {
    const viewport = this.viewports.of(where);
    if (from !== undefined) viewport.onTaken(from);
    if (to >= 0) viewport.onInserted(to);
  }

  onCame(_: number, where: Conversation, event: MessageEvent): void {
    if (!this.isLookedAt && this.notices.calls(where, event.mention === true)) {
      this.wish({ kind: "ring", text: noticeOf(this, where, event) });
    }
  }

  showReply(now: number, event: ReplyEvent): void {
    showReply(this, now, event);
  }

  showComparison(event: Extract<PeerEvent, { type: "verify" }>): boolean {
    return showComparison(this, event);
  }

  /** The mark of a command whose answer is shown. */
  nextReq(): string {
    this.#reqs += 1;
    return String(this.#reqs);
  }

  /** Without what would do something where it is pasted. */
  copy(text: string): void {
    this.wish({ kind: "copy", text: screenSafe(text) });
    this.flash = "copied, if the terminal lets programs copy";
  }

  wish(wish: Wish): void {
    this.#wishes.push(wish);
  }

  takeWishes(): readonly Wish[] {
    const wishes = this.#wishes;
    this.#wishes = [];
    return wishes;
  }
}
