import type { Asked } from "../../../lib/contract/asked.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
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
  /** What is written where they are. */
  readonly text: string;
  /** The same of any room. */
  textIn(room: string): string;
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
    get text() {
      return model.composer.text;
    },
    textIn: (room) => {
      const where = model.conversations.room(room);
      return where === model.current ? model.composer.text : where.draft.text;
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
    get text() {
      return model.writing.text;
    },
    textIn: (room) => model.conversations.room(room).draft.text,
  };
}
