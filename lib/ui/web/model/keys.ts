import { nextPlace, nextUnread } from "../../talk/nextplace.ts";
import type { PageModel } from "./pagemodel.ts";

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly defaultPrevented: boolean;
}

/** What Alt makes of an A on a Mac. */
const ALT_A = "å";

/** What a key does wherever the focus is; false where it is none of these. As in the terminal. */
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
    const next = nextPlace(model.conversations, key === "ArrowDown" ? 1 : -1);
    if (next !== undefined) model.go(next, now);
    return true;
  }
  if (altKey && !isCommand && (key.toLowerCase() === "a" || key === ALT_A)) {
    const next = nextUnread(model.conversations, model.notices);
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
