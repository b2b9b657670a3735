import type { PeerId } from "../base/ids.ts";
import type { Req } from "./events.ts";
import type { Original } from "./originals.ts";

/** How long words wait for somebody just introduced; after that they are said to the others. */
const MEETING_MS = 1_000;

/** After a room was joined its members are introduced within so long. */
const JOINING_MS = 300;

/** Words held back. Beyond, none are: they are said at once to those who are there. */
const HELD_MAX = 1024;

/** What is said. */
export interface Words {
  readonly text: string;
  /** The message that it answers; it may get another number before that is said. */
  readonly replyTo?: Original | undefined;
  readonly action?: boolean | undefined;
}

/** Something to say in a room. */
export interface Saying {
  readonly room: string;
  readonly words: Words;
  readonly req: Req;
}

/**
 * Holds back, for a moment, what is said to a room while people are being met who may be in it: an
 * entry goes to the members known when it is made, and they would never have it.
 */
export class Gathering {
  /** Until when each is waited for. */
  readonly #meeting = new Map<PeerId | "joining", number>();
  #held: { readonly saying: Saying; readonly untilMs: number }[] = [];

  onIntroduced(now: number, peer: PeerId): void {
    this.#meeting.set(peer, now + MEETING_MS);
  }

  onJoined(now: number): void {
    this.#meeting.set("joining", now + JOINING_MS);
  }

  /** The peer is met, or will not be so soon. */
  onSettled(peer: PeerId): void {
    this.#meeting.delete(peer);
  }

  /** False where it can be said at once. */
  hold(now: number, saying: Saying): boolean {
    this.#forget(now);
    if (this.#held.length === 0 && this.#meeting.size === 0) return false;
    if (this.#held.length >= HELD_MAX) return false;
    this.#held.push({ saying, untilMs: now + MEETING_MS });
    return true;
  }

  /** What is to be said now, in the order of its writing. */
  pollSaying(now: number): Saying | undefined {
    this.#forget(now);
    const [first] = this.#held;
    if (first === undefined) return undefined;
    if (this.#meeting.size > 0 && now < first.untilMs) return undefined;
    this.#held.shift();
    return first.saying;
  }

  /** All that is held. */
  takeAll(): readonly Saying[] {
    const sayings = this.#held.map(({ saying }) => saying);
    this.#held = [];
    return sayings;
  }

  pollTimeout(): number {
    const [first] = this.#held;
    if (first === undefined) return Infinity;
    return Math.min(first.untilMs, Math.max(...this.#meeting.values()));
  }

  #forget(now: number): void {
    for (const [peer, untilMs] of this.#meeting) if (now >= untilMs) this.#meeting.delete(peer);
  }
}
