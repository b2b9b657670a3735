import type { PeerEvent, Who } from "../../node/events.ts";
import type { WaitingFor } from "../../node/outboxevents.ts";
import type { Door, Face } from "../face.ts";
import { byeLines } from "../waitinglines.ts";
import { Counting } from "../talk/counting.ts";
import { showEcho } from "../talk/builtinecho.ts";
import { Deeds } from "./deeds.ts";
import type { Edited } from "./editor.ts";
import { fold } from "./fold.ts";
import { type Cell, type Frame, frameOf, scrolledSize, talkOf } from "./frame.ts";
import type { Key, KeyMap } from "./keymap.ts";
import { type Action, isAt } from "./keytable.ts";
import { Model, type Wish } from "./model.ts";
import { pageHeight } from "./overlayrows.ts";
import { Pointing } from "./pointing.ts";
import type { Size } from "./layout.ts";
import type { NoticeOptions } from "../talk/noticebook.ts";
import { takeLateDraft } from "../talk/takedraft.ts";
import type { Signs } from "./signs.ts";
import type { TalkCache } from "./talkrows.ts";

export interface TuiOptions extends NoticeOptions {
  readonly rooms: readonly string[];
  readonly me: Who;
  readonly awaitsServer: boolean;
  readonly signs: Signs;
  readonly keys: KeyMap;
  /** How what was typed of a file's name may go on. */
  readonly pathsLike: (typed: string) => readonly string[];
  readonly profileFlag?: string | undefined;
}

/** A full-screen terminal, without the terminal: events and keys in, pictures of the screen out. */
export class TuiFace implements Face {
  readonly outcome = undefined;
  /** Keys are what it hears, and no lines. */
  readonly wantsInput = false;
  readonly wantsSecret = false;
  readonly #model: Model;
  readonly #counting: Counting;
  readonly #deeds: Deeds;
  readonly #pointing: Pointing;
  readonly #cache: TalkCache = new WeakMap();
  /** Told when there may be something new to draw. */
  onChange: () => void = () => undefined;
  #now = 0;
  #hasBegun = false;
  #waiting: readonly WaitingFor[] = [];

  constructor(options: TuiOptions, door: Door) {
    const { command, exportTo, endsToo = () => 0 } = door;
    this.#model = new Model({
      ...options,
      command,
      endsToo,
      exportTo: exportTo && ((asked, end) => exportTo(asked, this.#drawn(end))),
    });
    const scroll = (rows: number): void => this.#scroll(rows);
    const height = (): number => scrolledSize(this.#model).height;
    this.#counting = new Counting(this.#model);
    this.#deeds = new Deeds(this.#model, {
      scroll,
      get height() {
        return height();
      },
    });
    this.#pointing = new Pointing(this.#model, this.#deeds, scroll);
  }

  handleEvent(now: number, event: PeerEvent): void {
    this.#now = now;
    fold(this.#model, now, event);
    if (event.type === "bye") this.#waiting = event.waiting;
    this.#counting.handleEvent(now, event);
    this.#reveal(now);
    this.#model.look(now);
    this.onChange();
  }

  handleKey(now: number, key: Key): void {
    this.#now = now;
    const model = this.#model;
    const meaning = model.keys.meaning(key, model.place, model.firstKey);
    model.firstKey = undefined;
    if (meaning.kind === "first") model.firstKey = meaning.chord;
    else if (meaning.kind === "action" && !this.#isLetter(meaning.action)) {
      model.flash = undefined;
      this.#deeds.do(now, meaning.action, meaning.chord);
    } else this.#handleOther(now, key);
    model.tellDraft(now);
    this.#reveal(now);
    model.look(now);
    this.onChange();
  }

  /** The first button of the mouse, at a cell. */
  handlePress(now: number, cell: Cell): void {
    this.#now = now;
    this.#pointing.press(now, cell);
    this.#reveal(now);
    this.#model.look(now);
    this.onChange();
  }

  /** The mouse is moved with a button held down. */
  handleDrag(): void {
    this.#pointing.drag();
    this.onChange();
  }

  /** A step of the wheel. */
  handleWheel(now: number, cell: Cell, isUp: boolean): void {
    this.#now = now;
    this.#pointing.wheel(now, cell, isUp);
    this.#model.look(now);
    this.onChange();
  }

  /** Several lines of it are several lines of one message. */
  handlePaste(now: number, text: string): void {
    this.#now = now;
    this.#deeds.insert(now, text.replaceAll(/\r\n?/g, "\n"));
    this.#model.tellDraft(now);
    this.onChange();
  }

  handleSize(size: Size): void {
    this.#model.size = size;
    this.onChange();
  }

  /** Whether somebody looks, where the terminal tells that. */
  handleLook(now: number, isLookedAt: boolean): void {
    this.#model.isLookedAt = isLookedAt;
    this.#model.look(now);
    this.onChange();
  }

  /** A text that was written elsewhere takes the place of what was, where that was written. */
  handleEdited(edited: Edited): void {
    const model = this.#model;
    const where = model.edits;
    model.edits = undefined;
    if ("fault" in edited) model.flash = edited.fault;
    else if (where === model.current) model.composer.set(edited.text);
    else if (where !== undefined) where.draft = { ...where.draft, text: edited.text };
    model.tellDraft(this.#now);
    this.onChange();
  }

  handleTimeout(now: number): void {
    this.#now = now;
    const model = this.#model;
    if (!this.#hasBegun) this.#begin(now);
    model.seen.handleTimeout(now);
    takeLateDraft(model, now);
    if (now >= model.echo.pollTimeout()) showEcho(model, now);
    if (now >= model.quitsUntilMs) model.quitsUntilMs = -Infinity;
    this.#counting.handleTimeout(now);
    this.onChange();
  }

  pollTimeout(): number {
    if (!this.#hasBegun) return 0;
    const { quitsUntilMs, seen, drafting, echo } = this.#model;
    return Math.min(
      seen.pollTimeout(),
      drafting.pollTimeout(),
      echo.pollTimeout(),
      this.#counting.pollTimeout(),
      quitsUntilMs === -Infinity ? Infinity : quitsUntilMs,
    );
  }

  /** What is left to be said when the screen is gone. */
  get farewell(): readonly string[] {
    return byeLines(this.#model.view, this.#waiting);
  }

  /** Something to tell from outside of the chat, such as that a server's name is unknown. */
  handleTrouble(now: number, text: string): void {
    this.#model.note(now, text, true);
    this.onChange();
  }

  /** The node has gone, and with it whatever was known of how one stands; or it is back. */
  handleAway(now: number, isAway: boolean): void {
    this.#now = now;
    if (isAway) this.#model.drafting.onLost(now);
    this.#model.standing.isAway = isAway;
    this.onChange();
  }

  handleLeaving(now: number): void {
    this.#model.onLeaving(now);
  }

  /** There are no lines here. */
  handleLine(): void {}
  handleWrongLine(): void {}
  handleEnd(): void {}

  /** The screen as it is now. */
  frame(now: number): Frame {
    return frameOf(this.#model, now, this.#cache);
  }

  takeWishes(): readonly Wish[] {
    return this.#model.takeWishes();
  }

  /** What is on the disk is there to be read before any server is met. */
  #begin(now: number): void {
    this.#hasBegun = true;
    this.#model.begunAtMs = now;
    const { current } = this.#model;
    if (current !== undefined) this.#model.enter(current, now);
  }

  /** Where there is nothing to do it to, a key types what it is. */
  #isLetter(action: Action): boolean {
    const model = this.#model;
    const { overlay } = model;
    if (isAt("people", action)) return model.people().length === 0;
    if (isAt("messages", action)) return model.chosenMessage === undefined;
    return action === "page-copy" && overlay?.kind === "page" && overlay.copied === undefined;
  }

  /** A key that means nothing here types something, or belongs to what is written. */
  #handleOther(now: number, key: Key): void {
    const model = this.#model;
    const { overlay } = model;
    if (overlay !== undefined && overlay.kind !== "page") {
      const written = model.keys.meaning(key, "write", undefined);
      if (written.kind === "action") {
        return this.#deeds.do(now, written.action, written.chord);
      }
    }
    if (key.text !== undefined && !key.ctrl && !key.alt) this.#deeds.insert(now, key.text);
  }

  #drawn<Told>(tell: (told: Told) => void): (told: Told) => void {
    return (told) => {
      tell(told);
      this.onChange();
    };
  }

  #scroll(rows: number): void {
    const model = this.#model;
    const { overlay, current } = model;
    const { width, height } = scrolledSize(model);
    if (overlay?.kind === "page") {
      const last = Math.max(0, pageHeight(overlay, width) - (height - 2));
      overlay.top = Math.max(0, Math.min(last, Math.min(last, overlay.top) + rows));
      return;
    }
    if (current === undefined || (rows < 0 && current.timeline.bringBack())) return;
    const list = talkOf(model, this.#now, this.#cache, width);
    const viewport = model.viewports.of(current);
    const isMoved = viewport.scroll(rows, height, list);
    if (rows < 0 && viewport.visible(height, list)[0]?.index === 0) {
      model.pages.older(current, this.#now);
    }
    if (rows > 0 && (!isMoved || viewport.isAtEnd)) model.pages.newer(current, this.#now);
  }

  /** Brings the message that was chosen into view. */
  #reveal(now: number): void {
    const model = this.#model;
    const { current, chosenMessage } = model;
    if (!model.mustReveal || current === undefined || chosenMessage === undefined) return;
    const index = current.timeline.indexOf(chosenMessage);
    if (index < 0) return;
    model.mustReveal = false;
    current.timeline.bringBack();
    const { width, height } = scrolledSize(model);
    const list = talkOf(model, now, this.#cache, width);
    const viewport = model.viewports.of(current);
    viewport.reveal(index, height, list);
    if (viewport.visible(1, list)[0]?.index === 0) model.pages.older(current, now);
  }
}
