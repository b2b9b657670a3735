import type { Asked } from "../../../lib/contract/asked.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import { type Conversation, writtenOf } from "../../../lib/ui/talk/conversation.ts";
import type { Written } from "../../../lib/ui/talk/drafting.ts";
import { foldTalk } from "../../../lib/ui/talk/foldtalk.ts";
import { takeLateDraft } from "../../../lib/ui/talk/takedraft.ts";
import { KeyMap } from "../../../lib/ui/tui/keymap.ts";
import { Model } from "../../../lib/ui/tui/model.ts";
import { UNICODE_SIGNS } from "../../../lib/ui/tui/signs.ts";
import { PageModel } from "../../../lib/ui/web/model/pagemodel.ts";
import { ME } from "../../contract/events.ts";

/** Somebody who writes in a face, of which nothing but drafts is of interest. */
export interface DraftHand {
  handleEvent(now: number, event: PeerEvent): void;
  /** Its line has broken, or the node is gone. */
  handleLost(now: number): void;
  handleTimeout(now: number): void;
  pollTimeout(): number;
  enter(now: number, room: string): void;
  /** The text where they are is this by now. */
  write(now: number, text: string): void;
  /** What is written where they are answers this message; none where it is empty. */
  answer(now: number, id: string): void;
  /** What is written where they are. */
  readonly text: string;
  /** The same of any room, and what it answers. */
  writtenIn(room: string): string;
}

const NOTICES = { notices: new Map(), hidesNotices: false, keepNotices: () => undefined };

export function terminalHand(rooms: readonly string[], command: (asked: Asked) => void): DraftHand {
  const model = new Model({
    ...NOTICES,
    rooms,
    me: ME,
    awaitsServer: false,
    signs: UNICODE_SIGNS,
    keys: new KeyMap(),
    command,
    exportTo: undefined,
    endsToo: () => 0,
    pathsLike: () => [],
  });
  return {
    handleEvent: (now, event) => foldTalk(model, now, event),
    handleLost: (now) => model.drafting.onLost(now),
    handleTimeout: (now) => takeLateDraft(model, now),
    pollTimeout: () => model.drafting.pollTimeout(),
    enter: (now, room) => model.enter(model.conversations.room(room), now),
    write: (now, text) => {
      model.composer.set(text);
      model.tellDraft(now);
    },
    answer: (now, id) => {
      model.about = id === "" ? undefined : { kind: "answer", id };
      model.tellDraft(now);
    },
    get text() {
      return model.composer.text;
    },
    writtenIn: (room) => {
      const where = model.conversations.room(room);
      const { composer, about } = model;
      return wordsOf(where === model.current ? { text: composer.text, about } : where.draft);
    },
  };
}

export function pageHand(command: (asked: Asked) => void): DraftHand {
  const model = new PageModel({ ...NOTICES, me: ME, command, isLookedAt: true });
  return {
    handleEvent: (now, event) => model.handleEvent(now, event),
    handleLost: (now) => model.drafting.onLost(now),
    handleTimeout: (now) => takeLateDraft(model, now),
    pollTimeout: () => model.drafting.pollTimeout(),
    enter: (now, room) => model.enter(model.conversations.room(room), now),
    write: (now, text) => model.writing.write(now, text),
    answer: (now, id) => {
      if (id === "") model.writing.leaveAbout(now);
      else model.writing.answer(now, id);
    },
    get text() {
      return model.writing.text;
    },
    writtenIn: (room) => wordsOf(model.conversations.room(room).draft),
  };
}

function wordsOf({ text, about }: Conversation["draft"]): string {
  return draftWords(writtenOf(text, about));
}

/** The same, of what anybody has. */
export function draftWords({ text, replyTo }: Written): string {
  return replyTo === null ? text : `${text} (to ${replyTo})`;
}
