import { choicesAfter, COMMAND_NAMES } from "../../contract/intent.ts";
import type { Composer } from "./composer.ts";
import { completionsOf } from "../talk/completion.ts";
import { sendingFault, TOO_LONG } from "../talk/sendingfault.ts";
import type { ActionAt } from "./keytable.ts";
import type { Model } from "./model.ts";
import { interpreter } from "./interpreter.ts";

/** What is done to a text that is being written, as a message or where something is asked. */
export class Writing {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Something typed, or pasted. A page, on which nothing is written, gives way to it. */
  insert(now: number, text: string): void {
    const model = this.#model;
    model.completing = undefined;
    model.flash = undefined;
    const { overlay } = model;
    if (overlay?.kind === "page" && text.trim() === "") return;
    if (overlay === undefined || overlay.kind === "page") {
      model.overlays.close();
      model.focus = "write";
      model.isDrawerOpen = false;
      if (!model.composer.insert(text)) model.flash = `${TOO_LONG}: this was not put in`;
      this.tellTyping();
      return;
    }
    // What was copied with the end of its line is meant without it.
    overlay.typed.insert(text.replace(/\n+$/, "").replaceAll("\n", " "));
    if (overlay.kind === "picker") overlay.refine(now, overlay.typed.text, overlay);
  }

  beginCommand(now: number): void {
    this.#model.overlays.close();
    this.#model.beginCommand("");
    this.insert(now, "/");
  }

  /** Where something is asked, there is nothing to send or to complete. */
  do(now: number, action: ActionAt<"write">): void {
    const model = this.#model;
    const { overlay } = model;
    if (overlay?.kind === "page") return;
    if (isEdit(action)) {
      const composer = overlay?.typed ?? model.composer;
      EDITS[action](composer);
      if (overlay?.kind === "picker") overlay.refine(now, composer.text, overlay);
      if (overlay === undefined) this.tellTyping();
    } else if (overlay === undefined) {
      if (action === "send") this.#send(now);
      if (action === "complete") this.#complete(1);
      if (action === "complete-back") this.#complete(-1);
      if (action === "editor") {
        model.edits = model.current;
        model.wish({ kind: "edit", text: model.composer.text });
      }
    }
  }

  #send(now: number): void {
    const model = this.#model;
    const { about } = model;
    model.flash = sendingFault(model.composer.text, model.current, about);
    if (model.flash !== undefined) return;
    const text = model.composer.take();
    model.leaveAbout();
    this.tellTyping();
    const place = model.current;
    if (about === undefined || text.trim() === "" || place === undefined) {
      return interpreter.handleTyped(model, now, text);
    }
    const req = model.nextReq();
    if (about.kind === "change")
      interpreter.give(model, now, { type: "edit", req, id: about.id, text });
    else {
      const to = model.conversations.placeOf(place);
      interpreter.give(model, now, { type: "send", req, to, text, replyTo: about.id });
    }
  }

  /** Back from what nothing was completed in yet leads nowhere. */
  #complete(step: -1 | 1): void {
    const model = this.#model;
    const { composer, completing, view, conversations } = model;
    if (completing !== undefined) {
      const count = completing.of.candidates.length;
      const at = (completing.at + step + count) % count;
      composer.replace(completing.of.from, composer.cursor, completing.of.candidates[at] ?? "");
      model.completing = { of: completing.of, at };
      return;
    }
    if (step < 0) return;
    const of = completionsOf(composer.text, composer.cursor, {
      commands: COMMAND_NAMES,
      names: view.peopleCalled("#").map(({ who }) => view.nameOf(who)),
      rooms: conversations.rooms.map(({ key }) => key),
      choicesAfter,
      pathsLike: model.pathsLike,
    });
    if (of === undefined) return;
    composer.replace(of.from, composer.cursor, of.candidates[0] ?? "");
    // Of one way there is no next: another press goes on from there, as into a directory.
    model.completing = of.candidates.length > 1 ? { of, at: 0 } : undefined;
  }

  /** Others are told that one types, but not of commands. */
  tellTyping(): void {
    const model = this.#model;
    const { current, composer } = model;
    if (current === undefined || current.isBuiltIn || !model.isReady) return;
    const to = model.conversations.placeOf(current);
    const typing = composer.text !== "" && !composer.text.startsWith("/");
    if (typing || current.hasToldTyping) {
      current.hasToldTyping = typing;
      model.asking.tell((req) => ({ type: "typing", req, to, typing }));
    }
  }
}

type Edit = Exclude<ActionAt<"write">, "send" | "complete" | "complete-back" | "editor">;

const EDITS: Readonly<Record<Edit, (composer: Composer) => void>> = {
  "new-line": (composer) => composer.insert("\n"),
  up: (composer) => composer.up(),
  down: (composer) => composer.down(),
  left: (composer) => composer.left(),
  right: (composer) => composer.right(),
  "word-left": (composer) => composer.wordLeft(),
  "word-right": (composer) => composer.wordRight(),
  "line-start": (composer) => composer.lineStart(),
  "line-end": (composer) => composer.lineEnd(),
  erase: (composer) => composer.erase(),
  "erase-after": (composer) => composer.eraseAfter(),
  "erase-word": (composer) => composer.eraseWord(),
  "erase-line": (composer) => composer.eraseLine(),
};

function isEdit(action: ActionAt<"write">): action is Edit {
  return Object.hasOwn(EDITS, action);
}
