import { Ledger } from "../base/ledger.ts";
import type { StatusEvent } from "../node/events.ts";
import type { EditedEvent, MessageEvent } from "../node/sayings.ts";
import type { Asked } from "./asked.ts";
import type { Recent } from "./recent.ts";

/** Own messages whose text is kept for their statuses; the oldest are forgotten first. */
export const SAID_MAX = 1000;

/** A message of one's own, as far as it has come. */
export interface Said {
  readonly room: string;
  readonly text: string;
  /** What it is where it is no message, or no plain one. */
  readonly what: "action" | "edit" | "deletion" | "reaction" | "reaction off" | "topic" | undefined;
  readonly state: StatusEvent["state"] | "asked";
  /** The id of the message that is to be changed, or has a reaction, as soon as that is kept. */
  readonly of?: string;
}

/** What one has said in this run, and what it comes to. */
export class OwnWords {
  readonly #recent: Recent;
  /** By `req` until the message has an id, then by that. */
  readonly #said = new Ledger<Said>();

  /** `recent`: what may be spoken about, and is changed with what is kept. */
  constructor(recent: Recent) {
    this.#recent = recent;
  }

  handleCommand(command: Asked): void {
    if (!("req" in command) || command.req === null) return;
    const words = this.#wordsOf(command);
    if (words !== undefined) this.#keepSaid(reqKey(command.req), { ...words, state: "asked" });
    if (command.type === "send") this.#recent.onAsked(command.req);
  }

  handleStatus({ req, id, room, state, was, isReworded }: StatusEvent): void {
    if (was !== undefined) return this.#onMoved(was, id);
    if (isReworded === true) return this.#onReworded(id, req, room);
    const asked = this.takeAsked(req);
    const said = asked ?? this.#said.get(id);
    if (said === undefined) return;
    this.#keepSaid(id, { ...said, room, state });
    if (asked === undefined || state !== "queued") return;
    const { what, text, of = "" } = said;
    if (what === "edit") this.#recent.onEdited(of, text);
    else if (what === "deletion") this.#recent.onDeleted(of);
    else if (what === undefined) this.#recent.onOwn(id, room, text, false);
    else if (what === "action") this.#recent.onOwn(id, room, text, true);
  }

  /** Said in another face of the same node. */
  onElsewhere({ id, room, text, action }: MessageEvent): void {
    const isAction = action === true;
    this.#keepSaid(id, { room, text, what: isAction ? "action" : undefined, state: "queued" });
    this.#recent.onOwn(id, room, text, isAction);
  }

  /** The same of words that took the place of others which nobody had got. */
  onRewordedElsewhere({ id, text }: EditedEvent): void {
    const said = this.#said.get(id);
    if (said !== undefined) this.#keepSaid(id, { ...said, text });
  }

  get(id: string): Said | undefined {
    return this.#said.get(id);
  }

  /** What is said in a command that is not answered yet. */
  asked(req: string | null): Said | undefined {
    return req === null ? undefined : this.#said.get(reqKey(req));
  }

  /** What was said in a command that is answered. */
  takeAsked(req: string | null): Said | undefined {
    if (req === null) return undefined;
    const asked = this.#said.get(reqKey(req));
    this.#said.delete(reqKey(req));
    this.#recent.onAnswered(req);
    return asked;
  }

  /** It is the same message under another id, also for what is about to change it. */
  #onMoved(was: string, id: string): void {
    this.#said.rename(was, id);
    for (const [key, said] of this.#said) {
      if (said.of === was) this.#said.set(key, { ...said, of: id });
    }
    this.#recent.onMoved(was, id);
  }

  /** It is the same message, with other words. */
  #onReworded(id: string, req: string | null, room: string): void {
    const asked = this.takeAsked(req);
    if (asked === undefined) return;
    const { text } = asked;
    const what = this.#recent.get(id)?.isAction === true ? "action" : undefined;
    const known = this.#said.get(id) ?? { room, what, state: "queued" };
    this.#keepSaid(id, { ...known, text });
    this.#recent.onEdited(id, text);
  }

  /** What a command says, and where. */
  #wordsOf(command: Asked): Omit<Said, "state"> | undefined {
    switch (command.type) {
      case "send": {
        const { to: room, text, action } = command;
        return { room, text, what: action === true ? "action" : undefined };
      }
      case "edit": {
        const { id: of, text } = command;
        return { room: this.#recent.get(of)?.room ?? "", text, what: "edit", of };
      }
      case "delete": {
        const { room = "", text = "" } = this.#recent.get(command.id) ?? {};
        return { room, text, what: "deletion", of: command.id };
      }
      case "react": {
        const { id: of, emoji, on } = command;
        const what = on ? "reaction" : "reaction off";
        return { room: this.#recent.get(of)?.room ?? "", text: emoji, what, of };
      }
      case "topic": {
        const { room, topic } = command;
        return topic === null ? undefined : { room, text: topic, what: "topic" };
      }
      case "list":
      case "peer":
      case "punch":
      case "register":
      case "join":
      case "follow":
      case "new":
      case "invite":
      case "rooms":
      case "leave":
      case "who":
      case "why":
      case "whois":
      case "retry":
      case "verify":
      case "trust":
      case "block":
      case "unblock":
      case "history":
      case "presence":
      case "typing":
      case "search":
      case "outbox":
      case "cancel":
      case "read":
      case "unread":
      case "retain":
      case "pace":
      case "draft":
      case "node":
      case "web":
      case "doctor":
      case "stop":
      case "quit":
        return undefined;
      default:
        return command satisfies never;
    }
  }

  #keepSaid(key: string, said: Said): void {
    this.#said.set(key, said);
    this.#said.forget(SAID_MAX);
  }
}

/** Apart from the ids of messages, whatever either looks like. */
function reqKey(req: string): string {
  return `req ${req}`;
}
