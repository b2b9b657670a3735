import { isStored } from "../../talk/isstored.ts";
import type { Saying } from "../../talk/timeline.ts";
import { interpreter } from "./interpreter.ts";
import type { PageModel } from "./pagemodel.ts";

/** What can be done with a message. */
export type Deed =
  | { readonly kind: "answer" }
  | { readonly kind: "change" }
  | { readonly kind: "take back" }
  | { readonly kind: "copy" }
  /** Puts it to the message, or takes it off where one has put it there. */
  | { readonly kind: "react"; readonly emoji: string };

/** The same by a key, where the message itself has the focus. */
export function deedOf(pressed: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): Deed | undefined {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return undefined;
  switch (pressed.key) {
    case "Enter":
    case "r":
      return { kind: "answer" };
    case "e":
      return { kind: "change" };
    case "Delete":
      return { kind: "take back" };
    case "c":
      return { kind: "copy" };
    case "+":
      return { kind: "react", emoji: "👍" };
    default:
      return undefined;
  }
}

export function doDeed(model: PageModel, now: number, saying: Saying, deed: Deed): void {
  const { id, text, isDeleted } = saying;
  if (isDeleted) return;
  if (deed.kind === "copy") return model.copy(text);
  if (!isSettled(model, saying)) {
    model.flash = "It is not kept yet: try again in a moment";
    return;
  }
  const isOwn = model.isMe(saying.from);
  switch (deed.kind) {
    case "answer":
      model.writing.answer(now, id);
      model.wish({ kind: "write" });
      break;
    case "change":
      if (!isOwn) break;
      model.writing.change(id, text);
      model.wish({ kind: "write" });
      break;
    case "take back":
      if (isOwn) interpreter.give(model, now, { type: "delete", req: model.nextReq(), id });
      break;
    case "react": {
      const by = saying.reactions.find(({ emoji }) => emoji === deed.emoji)?.by ?? [];
      const on = !by.some((who) => model.isMe(who));
      interpreter.give(model, now, {
        type: "react",
        req: model.nextReq(),
        id,
        emoji: deed.emoji,
        on,
      });
      break;
    }
    default:
      deed satisfies never;
  }
}

/** Whether anything can be said of it: the disk has it, or nobody but this page ever will. */
function isSettled(model: PageModel, { id }: Saying): boolean {
  return isStored(id) || model.conversations.holding(id)?.isBuiltIn === true;
}
