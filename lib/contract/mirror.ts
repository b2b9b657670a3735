import { Queue } from "../base/queue.ts";
import type { CommandOf } from "../node/commands.ts";
import type { PeerEvent, ReplyEvent, StatusEvent, Who } from "../node/events.ts";
import type { KeptMessageEvent, MessageEvent } from "../node/sayings.ts";
import type { Asked } from "./asked.ts";

/** Commands that are not answered yet; of more, those that were asked first are told of nowhere. */
const ASKED_MAX = 1024;

/** Messages that are looked up at once: the node takes few questions. */
const OPEN_MAX = 8;

/** Messages that wait for that; of more, those that were said first are told of nowhere. */
const WAITING_MAX = 1024;

/** Of its own questions: no face's requests begin so, where they are one number and a space. */
const OWN_REQ = "mirror ";

/** What changes what everybody sees. */
type Spoken = Extract<Asked, { type: "send" | "edit" | "delete" | "react" | "topic" }>;

type Outstanding = Spoken & { readonly req: string };

/** A message that was said in a face, to be told to the others. */
interface Question {
  /** Of the command. */
  readonly req: string;
  readonly id: string;
  /** `#room` or `@name`, as its status says. */
  readonly room: string;
}

export type Mirrored =
  /** To be asked of the node. */
  | { readonly kind: "question"; readonly command: CommandOf<"history"> }
  /** To be told to all faces but the one whose command had this request. */
  | { readonly kind: "told"; readonly req: string; readonly events: readonly PeerEvent[] };

/**
 * What one says in one face of a node, as its other faces are told of it: as what others say, but
 * from oneself. No two faces give commands the same request.
 */
export class Mirror {
  #me: Who | undefined;
  /** In the order in which they were asked. */
  #asked: readonly Outstanding[] = [];
  readonly #waiting = new Queue<Question>();
  /** By its own requests. */
  readonly #open = new Map<string, Question>();
  #count = 0;

  handleCommand(command: Asked): void {
    if (!isSpoken(command)) return;
    this.#asked = [...this.#asked, command].slice(-ASKED_MAX);
  }

  /** All events of the node pass here, with the requests under which it was asked. */
  handleEvent(event: PeerEvent): readonly Mirrored[] {
    if (event.type === "ready") this.#me = event.me;
    if (event.type === "status") return this.#onStatus(event);
    if (event.type === "error") this.#take(event.req);
    if (event.type !== "error" && event.type !== "reply") return [];
    const question = this.#open.get(event.req ?? "");
    if (question === undefined) return [];
    this.#open.delete(event.req ?? "");
    const told = event.type === "reply" ? toldOf(question, event) : [];
    return [...told, ...this.#ask()];
  }

  #onStatus(event: StatusEvent): readonly Mirrored[] {
    const { req, id, room, state, was, isReworded } = event;
    if (was !== undefined) {
      this.#asked = this.#asked.map((one) =>
        "id" in one && one.id === was ? { ...one, id } : one,
      );
      return [];
    }
    if (state === "failed") this.#onFailed(event);
    const command = state === "queued" ? this.#take(req) : undefined;
    if (command === undefined || this.#me === undefined) return [];
    if (command.type !== "send" || isReworded === true) {
      const told = amendingOf(command, room, this.#me, isReworded);
      return told === undefined ? [] : [{ kind: "told", req: command.req, events: [told] }];
    }
    this.#waiting.push({ req: command.req, id, room });
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    return this.#ask();
  }

  /** Nothing comes of it; what waited and is taken back needs no change, and gets no answer. */
  #onFailed({ req, id, by }: StatusEvent): void {
    if (by === null) this.#take(req);
    const isAbout = (one: Outstanding): boolean => one.type === "delete" && one.id === id;
    this.#asked = this.#asked.filter((one) => !isAbout(one));
  }

  #take(req: string | null): Outstanding | undefined {
    const command = this.#asked.find((one) => one.req === req);
    if (command !== undefined) this.#asked = this.#asked.filter((one) => one !== command);
    return command;
  }

  #ask(): readonly Mirrored[] {
    const asked: Mirrored[] = [];
    while (this.#open.size < OPEN_MAX) {
      const question = this.#waiting.shift();
      if (question === undefined) break;
      this.#count += 1;
      const req = `${OWN_REQ}${this.#count}`;
      this.#open.set(req, question);
      const { id: around, room } = question;
      const place = room.startsWith("@") ? { room: null, with: room } : { room, with: null };
      const at = { before: null, after: null, around, limit: 1 };
      asked.push({ kind: "question", command: { type: "history", req, ...place, ...at } });
    }
    return asked;
  }
}

function isSpoken(command: Asked): command is Outstanding {
  const { type } = command;
  const isSaid = type === "send" || type === "edit" || type === "delete" || type === "react";
  const isTopic = type === "topic" && command.topic !== null;
  return (isSaid || isTopic) && command.req !== null;
}

/** Where it is a change of what was said, or says what a room is about. */
function amendingOf(
  command: Spoken,
  room: string,
  from: Who,
  isReworded: true | undefined,
): PeerEvent | undefined {
  switch (command.type) {
    case "edit": {
      const { id, text } = command;
      return { type: "edited", id, room, from, text, ...(isReworded && { isReworded }) };
    }
    case "delete":
      return { type: "deleted", id: command.id, room, from };
    case "react": {
      const { id, emoji, on: isOn } = command;
      return { type: "reaction", id, room, from, emoji, isOn };
    }
    case "topic":
      return { type: "topic", room, from, topic: command.topic ?? "" };
    case "send":
      return undefined;
    default:
      return command satisfies never;
  }
}

/** The message, and what has become of it by now; nothing where it is gone meanwhile. */
function toldOf({ req, id }: Question, reply: ReplyEvent): readonly Mirrored[] {
  if (reply.command !== "history") return [];
  const kept = reply.messages.find((one) => one.id === id);
  if (kept === undefined) return [];
  return [{ kind: "told", req, events: [messageOf(kept), ...statusesOf(kept)] }];
}

function messageOf(kept: KeptMessageEvent): MessageEvent {
  const {
    states: _,
    reactions: _reactions,
    moreReactions: _more,
    equivocated: _by,
    ...said
  } = kept;
  return { type: "message", ...said, isLate: false };
}

function statusesOf({ id, room, states }: KeptMessageEvent): readonly PeerEvent[] {
  const about = { type: "status", req: null, id, room } as const;
  const queued = { ...about, state: "queued", by: null, reason: null } as const;
  const later = (states ?? []).flatMap(({ state, by, reason, heldBy = [] }): PeerEvent[] => {
    if (state !== "queued") return [{ ...about, state, by, reason }];
    return heldBy.map((holder) => ({ type: "held", req: null, id, room, by: holder }));
  });
  return [queued, ...later];
}
