import type { PeerId } from "../../base/ids.ts";
import type { Who } from "../../node/events.ts";
import type { Member } from "../../node/member.ts";
import type { SyncEvent } from "../../node/syncevents.ts";
import type { Written } from "./drafting.ts";
import { isStored } from "./isstored.ts";
import { staysInFace } from "./staysinface.ts";
import { Timeline } from "./timeline.ts";
import { Unread } from "./unread.ts";

/** The key of what is said to the program's own partner: no name of anybody can be this. */
export const BUILT_IN = "@echo (built in)";

/** What a message that is being written answers, or is a change of. */
export type About =
  | { readonly kind: "answer"; readonly id: string }
  /** `draft`: what was being written before. */
  | { readonly kind: "change"; readonly id: string; readonly draft: string };

/** What is being written, as every face of the node is to have it: of a change, what was before. */
export function writtenOf(text: string, about: About | undefined): Written {
  if (about?.kind === "change") return { text: about.draft, replyTo: null };
  return { text, replyTo: about?.id ?? null };
}

/** The same, as another face has told it, in this one. */
export function draftOf({ text, replyTo }: Written): Conversation["draft"] {
  return { text, about: replyTo === null ? undefined : { kind: "answer", id: replyTo } };
}

/** A room or the talk with one person, and how far one is in it. */
export class Conversation {
  /** `#room`, or `@` and the other's id: two of one name are two. */
  readonly key: string;
  readonly timeline = new Timeline();
  readonly unread = new Unread();
  /** The other one of a direct conversation; undefined of a room, and of who was never met. */
  who: Who | undefined;
  /** What is being written there. */
  draft: { readonly text: string; readonly about: About | undefined } = {
    text: "",
    about: undefined,
  };
  topic: string | undefined;
  members: readonly Member[] = [];
  sync: SyncEvent | undefined;
  readonly typing = new Map<PeerId, Who>();
  /** What the disk has was asked for. */
  isOpened = false;
  /** A page is on its way. */
  isLoading = false;
  /** The others think that one types there. */
  hasToldTyping = false;
  /** The last message of others that was told to be read. */
  seenId: string | undefined;
  /** Own messages that wait for somebody. */
  waiting = 0;

  constructor(key: string, who?: Who) {
    this.key = key;
    this.who = who;
    if (!this.isBuiltIn) return;
    this.isOpened = true;
    this.timeline.hasBefore = false;
  }

  /** With a part of the program, and with nobody: nothing of it is asked of the node. */
  get isBuiltIn(): boolean {
    return this.key === BUILT_IN;
  }

  get isRoom(): boolean {
    return this.key.startsWith("#");
  }

  /** No face alone has what is written there, or what was said. */
  get isKept(): boolean {
    const { text, about } = this.draft;
    if (this.isBuiltIn) return true;
    if (about?.kind === "change" || staysInFace(text)) return false;
    return this.timeline.items.every(({ kind, id }) => kind === "note" || isStored(id));
  }

  /** Another node tells of it from now on: what is held may not be all that there is. */
  onNewNode(): void {
    if (this.isBuiltIn) return;
    this.isOpened = false;
    this.members = [];
    this.waiting = 0;
    this.hasToldTyping = false;
    // Whether that was told in time, nobody knows.
    this.seenId = undefined;
    this.unread.onNewNode();
    this.typing.clear();
    this.sync = undefined;
    this.timeline.onNewNode();
  }

  /** A message of one's own has another id: all that names it here does so by that. */
  onMoved(was: string, id: string): void {
    this.timeline.move(was, id);
    this.unread.onMoved(was, id);
    const { text, about } = this.draft;
    this.draft = { text, about: movedAbout(about, was, id) };
  }

  /** Whether it is known that nobody else is in it. */
  get isLonely(): boolean {
    return this.isRoom && this.members.length > 0 && this.othersCount === 0;
  }

  /** Others who are to get what is said here, as far as they are known. */
  get othersCount(): number {
    return this.isRoom ? this.members.filter(({ state }) => state !== "me").length : 1;
  }
}

/** The same, where the message that it names has another id. */
export function movedAbout(about: About | undefined, was: string, id: string): About | undefined {
  return about?.id === was ? { ...about, id } : about;
}
