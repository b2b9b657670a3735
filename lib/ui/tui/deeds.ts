import { nextPlace, nextUnread } from "../talk/nextplace.ts";
import { Choosing } from "./choosing.ts";
import { finder, jumper, palette } from "./finding.ts";
import { type Action, type ActionAt, isAt } from "./keytable.ts";
import type { Model } from "./model.ts";
import { helpPage, keyWords } from "./replypages.ts";
import { interpreter } from "./interpreter.ts";
import { Writing } from "./writing.ts";

/** How long a second press ends the program. */
const QUIT_AGAIN_MS = 2000;

/** Keys that are letters where one writes. */
const CHOOSING = {
  "choosing-help": "help",
  "choosing-find": "find",
} as const satisfies Readonly<Record<ActionAt<"choosing">, ActionAt<"anywhere">>>;

/** What would take the place of a secret that is asked for. */
const OPENING: ReadonlySet<Action> = new Set([
  "jump",
  "palette",
  "find",
  "people",
  "messages",
  "help",
]);

/** What moves through the conversation, which only who draws it knows the heights of. */
export interface Scroller {
  scroll(rows: number): void;
  /** Rows that are seen at once. */
  readonly height: number;
}

/** Does what a key means, or the same taken from the palette. */
export class Deeds {
  readonly #model: Model;
  readonly #scroller: Scroller;
  readonly #writing: Writing;
  readonly #choosing: Choosing;

  constructor(model: Model, scroller: Scroller) {
    this.#model = model;
    this.#scroller = scroller;
    this.#writing = new Writing(model);
    this.#choosing = new Choosing(model);
  }

  /** Something typed, or pasted. */
  insert(now: number, text: string): void {
    this.#writing.insert(now, text);
  }

  /** `chord`: what was pressed for it. */
  do(now: number, action: Action, chord = ""): void {
    const model = this.#model;
    const isCompleting = action === "complete" || action === "complete-back";
    if (!isCompleting) model.completing = undefined;
    if (action !== "quit") model.quitsUntilMs = -Infinity;
    const { secret } = model.overlays;
    if (secret !== undefined && OPENING.has(action)) {
      model.flash = `first the secret of ${secret.room}, or leave it`;
      return;
    }
    if (isAt("write", action)) this.#writing.do(now, action);
    else if (isAt("people", action)) this.#choosing.doWithPerson(now, action);
    else if (isAt("messages", action)) this.#choosing.doWithMessage(now, action);
    else if (isAt("choosing", action)) this.#anywhere(now, CHOOSING[action], chord);
    else if (isAt("list", action)) this.#inList(now, action);
    else if (isAt("page", action)) this.#onPage(now, action);
    else this.#anywhere(now, action, chord);
  }

  #anywhere(now: number, action: ActionAt<"anywhere">, chord: string): void {
    const model = this.#model;
    switch (action) {
      case "jump":
        model.overlays.show(jumper(model, now));
        break;
      case "palette":
        model.overlays.show(palette(model, now, (at, taken) => this.do(at, taken)));
        break;
      case "find":
        model.overlays.show(finder(model, now));
        break;
      case "help":
        model.overlays.show(helpPage(model.keys));
        break;
      case "unread":
        this.#toUnread(now);
        break;
      case "previous":
        this.#step(now, -1);
        break;
      case "next":
        this.#step(now, 1);
        break;
      case "number":
        this.#toNumber(now, model.keys.keysOf("number").indexOf(chord));
        break;
      case "people":
        this.#choosing.focusPeople();
        break;
      case "messages":
        this.#choosing.focusMessages();
        break;
      case "older":
        this.#scroller.scroll(-Math.max(1, this.#scroller.height - 2));
        break;
      case "newer":
        this.#scroller.scroll(Math.max(1, this.#scroller.height - 2));
        break;
      case "newest":
        if (model.current !== undefined) model.pages.toEnd(model.current, now);
        model.look(now);
        break;
      case "mouse":
        this.#turnMouse();
        break;
      case "redraw":
        model.wish({ kind: "redraw" });
        break;
      case "stop":
        model.wish({ kind: "stop" });
        break;
      case "leave":
        this.#leave(now);
        break;
      case "quit":
        this.#quit(now);
        break;
      default:
        action satisfies never;
    }
  }

  #inList(now: number, action: ActionAt<"list">): void {
    const { overlay } = this.#model;
    if (overlay?.kind === "secret" && action === "choose") {
      const { room, typed } = overlay;
      const { text } = typed;
      typed.set("");
      return interpreter.enterSecret(this.#model, now, room, text);
    }
    if (overlay?.kind !== "picker") return;
    const { choices, chosen } = overlay;
    switch (action) {
      case "choice-up":
        overlay.chosen = Math.max(0, chosen - 1);
        break;
      case "choice-down":
        overlay.chosen = Math.max(0, Math.min(choices.length - 1, chosen + 1));
        break;
      case "choose": {
        const choice = choices[chosen];
        if (choice === undefined) break;
        this.#model.overlays.close();
        choice.take(now);
        break;
      }
      default:
        action satisfies never;
    }
  }

  #onPage(now: number, action: ActionAt<"page">): void {
    const { overlay } = this.#model;
    if (overlay?.kind !== "page") return;
    switch (action) {
      case "page-up":
        this.#scroller.scroll(-1);
        break;
      case "page-down":
        this.#scroller.scroll(1);
        break;
      case "page-copy":
        if (overlay.copied !== undefined) this.#model.copy(overlay.copied);
        break;
      case "page-command":
        this.#writing.beginCommand(now);
        break;
      default:
        action satisfies never;
    }
  }

  #step(now: number, by: -1 | 1): void {
    const next = nextPlace(this.#model.conversations, by);
    if (next !== undefined) this.#model.enter(next, now);
  }

  #toNumber(now: number, at: number): void {
    const one = this.#model.conversations.all[at];
    if (one !== undefined) this.#model.enter(one, now);
  }

  /** Those that name one come first, then in the order of the list, from here on. */
  #toUnread(now: number): void {
    const model = this.#model;
    const next = nextUnread(model.conversations, model.notices);
    if (next === undefined) model.flash = "nothing is unread elsewhere";
    else model.enter(next, now);
  }

  /** Who takes the mouse takes the terminal's own way to select text. */
  #turnMouse(): void {
    const model = this.#model;
    model.isMouseTaken = !model.isMouseTaken;
    model.wish({ kind: "mouse", isTaken: model.isMouseTaken });
    const [keys = ""] = model.keys.keysOf("mouse").map(keyWords);
    model.flash = model.isMouseTaken
      ? "the mouse clicks and scrolls again"
      : `the mouse selects text; ${keys} ends that`;
  }

  /** The innermost thing that is open. */
  #leave(now: number): void {
    const model = this.#model;
    model.flash = undefined;
    if (model.overlays.secret !== undefined) interpreter.leaveSecret(model, now);
    else if (model.overlay !== undefined) model.overlays.close();
    else if (model.focus !== "write") model.toWriting();
    else model.leaveAbout();
  }

  #quit(now: number): void {
    const model = this.#model;
    if (now < model.quitsUntilMs) {
      model.onLeaving(now);
      model.command({ type: "quit" });
      model.isLeaving = true;
      return;
    }
    model.quitsUntilMs = now + QUIT_AGAIN_MS;
    const { secret } = model.overlays;
    // Whoever clears what they have typed of a secret types it again.
    if (secret !== undefined) return secret.typed.set("");
    model.overlays.close();
    model.leaveAbout();
    // Cleared by mistake, it can be had again.
    model.composer.take();
    this.#writing.tellTyping();
  }
}
