import type { Conversation } from "../../talk/conversation.ts";
import type { PageModel } from "./pagemodel.ts";

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly defaultPrevented: boolean;
}

/** What a key does wherever the focus is; false where it is none of these. */
export function doKey(model: PageModel, now: number, pressed: Pressed): boolean {
  const { key, altKey, defaultPrevented } = pressed;
  const isCommand = pressed.ctrlKey || pressed.metaKey;
  if (defaultPrevented) return false;
  if (isCommand && !altKey && key.toLowerCase() === "k") {
    model.isJumping = !model.isJumping;
    return true;
  }
  if (isCommand && !altKey && key.toLowerCase() === "f" && pressed.shiftKey) {
    model.show({ kind: "search", text: "" });
    return true;
  }
  if (altKey && !isCommand && (key === "ArrowDown" || key === "ArrowUp")) {
    const next = nextUnread(model, key === "ArrowDown" ? 1 : -1);
    if (next === undefined) model.flash = "Nothing is unread elsewhere";
    else model.go(next, now);
    return true;
  }
  return key === "Escape" && leave(model, now);
}

/** The innermost thing that is open. */
function leave(model: PageModel, now: number): boolean {
  const { isJumping, secretFor, question } = model;
  if (isJumping || secretFor !== undefined || question !== undefined) return false;
  if (model.writing.about !== undefined) model.writing.leaveAbout(now);
  else if (model.isAsideShown) model.closeAside();
  else if (model.isListShown) model.isListShown = false;
  else if (model.current !== undefined) model.toEnd(now);
  model.wish({ kind: "write" });
  return true;
}

/** Those that name one come first, then in the order of the list, from here on. */
function nextUnread(model: PageModel, step: 1 | -1): Conversation | undefined {
  const { all, current } = model.conversations;
  const at = all.findIndex((one) => one === current);
  const after = [...all.slice(at + 1), ...all.slice(0, Math.max(0, at))];
  const others = (step === 1 ? after : after.toReversed()).filter((one) => {
    return one.unread.mentions > 0 || !model.notices.isMuted(one);
  });
  return (
    others.find(({ unread }) => unread.mentions > 0) ??
    others.find(({ unread }) => unread.count > 0)
  );
}
