import type { PeerEvent } from "../../node/events.ts";
import type { Conversation } from "./conversation.ts";
import type { Talk } from "./talk.ts";

/** What is asked anew a little after something has changed, in ms. */
const ASKING_MS = 1000;

/** Messages whose waiting is counted. */
const WAITING_MAX = 200;

/** Keeps it known how much waits for whom, and who is in the room that is shown. */
export class Counting {
  readonly #talk: Talk;
  #dueAtMs = Infinity;

  constructor(talk: Talk) {
    this.#talk = talk;
  }

  handleEvent(now: number, event: PeerEvent): void {
    if (changesCounts(event)) this.#dueAtMs = Math.min(this.#dueAtMs, now + ASKING_MS);
  }

  pollTimeout(): number {
    return this.#dueAtMs;
  }

  handleTimeout(now: number): void {
    if (now < this.#dueAtMs) return;
    this.#dueAtMs = Infinity;
    const talk = this.#talk;
    if (!talk.isReady || talk.isLeaving) return;
    if (talk.current !== undefined) askMembers(talk, talk.current);
    talk.asking.ask(
      (req) => ({ type: "outbox", req, limit: WAITING_MAX }),
      (answer) => {
        if (answer.command !== "outbox") return;
        const { conversations, standing } = talk;
        standing.waiting = answer.messages.length + answer.more;
        for (const one of conversations.all) one.waiting = 0;
        for (const { id, room } of answer.messages) {
          const where = conversations.holding(id) ?? conversations.waitingAt(room);
          if (where !== undefined) where.waiting += 1;
        }
      },
    );
  }
}

/** Who is in a room. */
export function askMembers({ asking }: Pick<Talk, "asking">, where: Conversation): void {
  if (!where.isRoom) return;
  asking.ask(
    (req) => ({ type: "who", req, room: where.key }),
    (answer) => {
      if (answer.command === "who") where.members = answer.members;
    },
  );
}

/** What a room is about. */
export function askTopic({ asking }: Pick<Talk, "asking">, where: Conversation): void {
  if (!where.isRoom) return;
  asking.ask(
    (req) => ({ type: "topic", req, room: where.key, topic: null }),
    (answer) => {
      if (answer.command === "topic") where.topic = answer.topic ?? undefined;
    },
  );
}

/** Whether after it other people may be there, or other messages wait. */
function changesCounts(event: PeerEvent): boolean {
  switch (event.type) {
    case "ready":
    case "peer":
    case "status":
      return true;
    case "server":
    case "nat":
    case "namesake":
    case "renamed":
    case "trust":
    case "verify":
    case "presence":
    case "typing":
    case "message":
    case "edited":
    case "deleted":
    case "reaction":
    case "topic":
    case "sync":
    case "equivocation":
    case "disk":
    case "unread":
    case "held":
    case "draft":
    case "reply":
    case "error":
    case "log":
    case "bye":
      return false;
    default:
      return event satisfies never;
  }
}
