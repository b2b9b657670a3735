import type { PeerId } from "../base/ids.ts";
import { compareEntries, type Place } from "../chat/order.ts";
import type { MessageEvent } from "../node/sayings.ts";
import type { SyncEvent } from "../node/syncevents.ts";

/** What was said longer ago than this when it comes is history: more of it may be about to come. */
const HISTORY_MS = 2_000;

/** History is written once nothing more of its room has come for so long. */
const GATHERING_MS = 400;

/** And so long after its first, whatever comes; where more is known to come, a little later. */
const WAITING_MS = 1_500;
const CATCHING_UP_MS = 10_000;

/** Or as soon as so much of it is there. */
const GATHERED_MAX = 1_000;

/** Rooms of which is known how far their lines reach; beyond, the oldest is forgotten. */
const ROOMS_MAX = 512;

type Placed = Pick<MessageEvent, "sentAtMs" | "tick" | "from" | "seq">;

/** What is known of the lines of one room. */
interface RoomLines {
  /** What has come and is not written yet. */
  held: MessageEvent[];
  firstAtMs: number;
  lastAtMs: number;
  /** More is known to be missing. */
  isCatchingUp: boolean;
  /** The last in the room's order of what is on the screen. */
  last: Place | undefined;
}

export interface OrderedOut {
  /** Whether history is gathered; else each message is written as it comes. */
  readonly gathers: boolean;
  /** Each message once; whether it is late is as it stands on the screen. */
  readonly write: (now: number, event: MessageEvent) => void;
  /** All that has come of this message's room is written; it was the last that came. */
  readonly onWritten: (now: number, last: MessageEvent) => void;
}

/**
 * Lines are written once: so what is caught up of a room's history, which comes author by author,
 * is gathered for a moment and written in the room's order. What then still stands below something
 * that it belongs before is late. What is said now is not kept waiting, unless history is.
 */
export class RoomOrder {
  readonly #out: OrderedOut;
  readonly #rooms = new Map<string, RoomLines>();
  /** Messages that are held, of all rooms. */
  #count = 0;

  constructor(out: OrderedOut) {
    this.#out = out;
  }

  /** Something has come and is not written yet. */
  get isHolding(): boolean {
    return this.#count > 0;
  }

  handleMessage(now: number, event: MessageEvent): void {
    const lines = this.#linesOf(event.room);
    const isHistory = this.#out.gathers && event.sentAtMs < now - HISTORY_MS;
    if (lines.held.length === 0) {
      if (!isHistory) return this.#writeAll(now, lines, [event]);
      lines.firstAtMs = now;
    }
    lines.held.push(event);
    this.#count += 1;
    lines.lastAtMs = now;
    if (lines.held.length >= GATHERED_MAX) this.#flush(now, lines);
  }

  /** To be told before what it says is written: a step of the catching up is whole. */
  handleSync(now: number, { room, state }: SyncEvent): void {
    const lines = this.#linesOf(room);
    lines.isCatchingUp = state === "catching-up";
    if (!lines.isCatchingUp) this.#flush(now, lines);
  }

  /** A person has said something there, which stands on their screen. */
  onSaid(now: number, room: string, me: PeerId): void {
    const lines = this.#linesOf(room);
    const place: Place = { time: { wallMs: now, tick: 0 }, author: me, seq: 0 };
    if (lines.last === undefined || compareEntries(place, lines.last) > 0) lines.last = place;
  }

  /** Writes what is held, of one room or of all. */
  flush(now: number, room?: string): void {
    for (const [name, lines] of this.#rooms) {
      if (room === undefined || room === name) this.#flush(now, lines);
    }
  }

  handleTimeout(now: number): void {
    for (const lines of this.#rooms.values()) if (dueAtMs(lines) <= now) this.#flush(now, lines);
  }

  pollTimeout(): number {
    let earliest = Infinity;
    for (const lines of this.#rooms.values()) earliest = Math.min(earliest, dueAtMs(lines));
    return earliest;
  }

  #flush(now: number, lines: RoomLines): void {
    const { held } = lines;
    lines.held = [];
    this.#count -= held.length;
    this.#writeAll(now, lines, held);
  }

  /** One whose clock is far ahead makes nothing late: by the node, what comes after it is not. */
  #writeAll(now: number, lines: RoomLines, events: readonly MessageEvent[]): void {
    for (const event of events.toSorted((a, b) => compareEntries(placeOf(a), placeOf(b)))) {
      const place = placeOf(event);
      const isAfter = lines.last === undefined || compareEntries(place, lines.last) > 0;
      this.#out.write(now, { ...event, isLate: event.isLate && !isAfter });
      if (isAfter) lines.last = place;
    }
    const last = events.at(-1);
    if (last !== undefined) this.#out.onWritten(now, last);
  }

  #linesOf(room: string): RoomLines {
    const known = this.#rooms.get(room);
    if (known !== undefined) return known;
    const lines = { held: [], firstAtMs: 0, lastAtMs: 0, isCatchingUp: false, last: undefined };
    this.#rooms.set(room, lines);
    for (const [oldest, { held }] of this.#rooms) {
      if (this.#rooms.size <= ROOMS_MAX) break;
      if (held.length === 0) this.#rooms.delete(oldest);
    }
    return lines;
  }
}

function dueAtMs({ held, firstAtMs, lastAtMs, isCatchingUp }: RoomLines): number {
  if (held.length === 0) return Infinity;
  if (isCatchingUp) return firstAtMs + CATCHING_UP_MS;
  return Math.min(lastAtMs + GATHERING_MS, firstAtMs + WAITING_MS);
}

/** In the order of the room, the same for everybody. */
export function placeOf({ sentAtMs, tick, from, seq }: Placed): Place {
  return { time: { wallMs: sentAtMs, tick }, author: from.id, seq };
}
