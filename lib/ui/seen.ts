import type { Asked } from "../contract/asked.ts";
import type { PeerEvent } from "../node/events.ts";

/** What is written within this of the last that was told as read is told with what comes then. */
const GATHERING_MS = 300;

/** After the beginning, what was left unread before is asked for. */
const BEGINNING_MS = 500;

const OWN_REQ = "p2pchat/seen";
const BEGIN_REQ = "p2pchat/seen at first";

/**
 * Where somebody is before a terminal, what is written there counts as read, with all that came to
 * its room before: the node is told of the last of each room, some times a second at the most.
 */
export class Seen {
  readonly #command: (command: Asked) => void;
  /** The last that was written of each room, by its name. */
  readonly #written = new Map<string, string>();
  #dueAtMs = Infinity;
  #toldAtMs = -Infinity;
  #beginAtMs = Infinity;

  constructor(command: (command: Asked) => void) {
    this.#command = command;
  }

  /** Whether this answers a command of this class's own, and is not to be shown. */
  static isOwn(req: string | null): boolean {
    return req === OWN_REQ;
  }

  /** Whether this answers what was asked at the beginning: nothing is told of nothing. */
  static isFirst(req: string | null): boolean {
    return req === BEGIN_REQ;
  }

  onReady(now: number): void {
    this.#beginAtMs = now + BEGINNING_MS;
  }

  /** A message of this id has been written, and all before it in its room at some time. */
  onWritten(now: number, room: string, id: string): void {
    this.#written.set(room, id);
    this.#dueAtMs = Math.min(this.#dueAtMs, Math.max(now, this.#toldAtMs + GATHERING_MS));
  }

  /** A message, if it is not told as read yet, has another id. */
  onMoved(was: string, id: string): void {
    for (const [room, last] of this.#written) if (last === was) this.#written.set(room, id);
  }

  handleTimeout(now: number): void {
    if (now >= this.#dueAtMs) this.flush(now);
    if (now < this.#beginAtMs) return;
    this.#beginAtMs = Infinity;
    this.#command({ type: "unread", req: BEGIN_REQ });
  }

  pollTimeout(): number {
    return Math.min(this.#dueAtMs, this.#beginAtMs);
  }

  /** Tells at once what is being gathered. */
  flush(now: number): void {
    this.#dueAtMs = Infinity;
    if (this.#written.size === 0) return;
    this.#toldAtMs = now;
    for (const id of this.#written.values()) this.#command({ type: "read", req: OWN_REQ, id });
    this.#written.clear();
  }
}

/** Answers to what the face has asked by itself, where they say nothing that is news. */
export function isUnasked(event: PeerEvent): boolean {
  if (event.type !== "reply" && event.type !== "error") return false;
  if (Seen.isOwn(event.req)) return true;
  if (!Seen.isFirst(event.req)) return false;
  if (event.type === "error" || event.command !== "unread") return true;
  return event.rooms.every(({ unread }) => unread === 0);
}
