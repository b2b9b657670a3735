import type { RoomUnread } from "../../node/readevents.ts";
import type { Saying } from "./timeline.ts";

/** What has come to a conversation that nobody has looked at, in this face or another. */
export class Unread {
  #count = 0;
  #mentions = 0;
  /** Messages that came in this run, looked at or not. */
  #heard = 0;
  #lastId: string | undefined;
  #firstId: string | undefined;
  #upTo: string | null = null;

  get count(): number {
    return this.#count;
  }

  /** How many of them name the person here, of those that came in this run. */
  get mentions(): number {
    return this.#mentions;
  }

  /** The message that came last in this run, wherever it stands; undefined where none has. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Above this message the line stands that says from where on all was new. */
  get firstId(): string | undefined {
    return this.#firstId;
  }

  /** The same, where all that is known is the one before it. */
  get upTo(): string | null {
    return this.#upTo;
  }

  /** What comes before the eyes of somebody is not new to them, unless they have missed it. */
  onMessage({ id, isMention }: Saying, how: { isSeen: boolean; isMissed: boolean }): void {
    this.#heard += 1;
    this.#lastId = id;
    if (how.isSeen) {
      const hasLine = this.#firstId !== undefined || this.#upTo !== null;
      if (how.isMissed && !hasLine) this.#firstId = id;
      return;
    }
    if (this.#count === 0) this.#firstId = id;
    this.#count += 1;
    if (isMention) this.#mentions += 1;
  }

  /**
   * As the node counts it. What is looked at is on its way to be told as read: that it is still
   * counted makes nothing new of it.
   */
  onTold({ unread, upTo }: RoomUnread, isSeen: boolean): void {
    if (isSeen) return this.onSeen();
    if (this.#count === 0 && unread > 0) this.#upTo = upTo;
    this.#count = unread;
    if (unread === 0) this.#mentions = 0;
  }

  /** As it was at the beginning: above what was left unread there is a line, seen or not. */
  onFound(found: RoomUnread, isSeen: boolean): void {
    if (found.unread > this.#heard && found.upTo !== null) {
      this.#firstId = undefined;
      this.#upTo = found.upTo;
    }
    if (isSeen) this.onSeen();
    else this.#count = found.unread;
  }

  /** Nothing of it was unread at the beginning, nor has anything come since. */
  onNotFound(): void {
    if (this.#heard === 0) this.onSeen();
  }

  /** What came in the run of the node before is counted with all else that is unread. */
  onNewNode(): void {
    this.#heard = 0;
    this.#lastId = undefined;
  }

  /** A message above or below which the line stands may have another id. */
  onMoved(was: string, id: string): void {
    if (this.#firstId === was) this.#firstId = id;
    if (this.#upTo === was) this.#upTo = id;
  }

  /** It has been looked at; the line stays until it is left. */
  onSeen(): void {
    this.#count = 0;
    this.#mentions = 0;
  }

  onLeft(): void {
    if (this.#count > 0) return;
    this.#firstId = undefined;
    this.#upTo = null;
  }
}
