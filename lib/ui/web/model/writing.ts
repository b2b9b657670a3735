import { type About, type Conversation, draftOf, writtenOf } from "../../talk/conversation.ts";
import type { DraftEvent } from "../../../node/shellevents.ts";
import { sendingFault } from "../../talk/sendingfault.ts";
import { interpreter } from "./interpreter.ts";
import type { PageModel } from "./pagemodel.ts";

/** Those who are written to are told so again while it goes on. */
const TYPING_MS = 3000;

/** What is being written, in each conversation, and who is told of it. */
export class Writing {
  readonly #model: PageModel;
  #toldTypingAtMs = -Infinity;

  constructor(model: PageModel) {
    this.#model = model;
  }

  get text(): string {
    return this.#model.current?.draft.text ?? "";
  }

  get about(): About | undefined {
    return this.#model.current?.draft.about;
  }

  /** The text is this by now. */
  write(now: number, text: string): void {
    const { current } = this.#model;
    if (current === undefined) return;
    current.draft = { ...current.draft, text };
    this.#tell(current, now);
    this.#tellTyping(current, now);
  }

  answer(now: number, id: string): void {
    const { current } = this.#model;
    if (current === undefined) return;
    this.leaveChange();
    current.draft = { ...current.draft, about: { kind: "answer", id } };
    this.#tell(current, now);
  }

  change(id: string, text: string): void {
    const { current } = this.#model;
    if (current === undefined) return;
    this.leaveChange();
    const { text: draft } = current.draft;
    current.draft = { text, about: { kind: "change", id, draft } };
  }

  /** What is written is a message of its own. */
  leaveAbout(now: number): void {
    const { current } = this.#model;
    if (current === undefined) return;
    this.leaveChange();
    current.draft = { ...current.draft, about: undefined };
    this.#tell(current, now);
  }

  /** What was written before a change is there again. */
  leaveChange(): void {
    const { current } = this.#model;
    const about = current?.draft.about;
    if (current === undefined || about?.kind !== "change") return;
    current.draft = { text: about.draft, about: undefined };
  }

  send(now: number): void {
    const model = this.#model;
    const { current } = model;
    const { text, about } = this;
    if (text.trim() === "") return;
    model.flash = sendingFault(text, current, about);
    if (model.flash !== undefined) return;
    if (current !== undefined) {
      if (about?.kind === "change") this.leaveChange();
      else current.draft = { text: "", about: undefined };
      this.#tell(current, now);
      this.#tellTyping(current, now);
    }
    if (about === undefined || current === undefined)
      return interpreter.handleTyped(model, now, text);
    const req = model.nextReq();
    if (about.kind === "change")
      return interpreter.give(model, now, { type: "edit", req, id: about.id, text });
    const to = model.conversations.placeOf(current);
    interpreter.give(model, now, { type: "send", req, to, text, replyTo: about.id });
  }

  /** Another face has written it there. */
  onDraft(where: Conversation, event: DraftEvent): void {
    const { about } = where.draft;
    const draft = draftOf(event);
    // What is being changed stays before the eyes; the draft is there again after it.
    if (about?.kind !== "change") where.draft = draft;
    else where.draft = { ...where.draft, about: { ...about, draft: draft.text } };
  }

  #tell(where: Conversation, now: number): void {
    if (where.isBuiltIn) return;
    const { text, about } = where.draft;
    this.#model.drafting.onWritten(now, where.key, writtenOf(text, about));
  }

  /** Others are told that one types, but not of commands. */
  #tellTyping(where: Conversation, now: number): void {
    const model = this.#model;
    if (where.isBuiltIn || !model.isReady) return;
    const { text } = where.draft;
    const typing = text !== "" && !text.startsWith("/");
    if (typing === where.hasToldTyping && (!typing || now < this.#toldTypingAtMs + TYPING_MS))
      return;
    where.hasToldTyping = typing;
    this.#toldTypingAtMs = now;
    const to = model.conversations.placeOf(where);
    model.asking.tell((req) => ({ type: "typing", req, to, typing }));
  }
}
