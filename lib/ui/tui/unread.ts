import type { RoomUnread } from "../../node/readevents.ts";
import type { Saying } from "./timeline.ts";

/** What has come to a conversation that nobody has looked at, in this face or another. */
export class Unread {
  #count = 0;
  #mentions = 0;
  #firstId: string | undefined;
  #upTo: string | null = null;

  get count(): number {
    return this.#count;
  }

  /** How many of them name the person here, of those that came in this run. */
  get mentions(): number {
    return this.#mentions;
  }

  /** Above this message the line stands that says from where on all was new. */
  get firstId(): string | undefined {
    return this.#firstId;
  }

  /** The same, where all that is known is the one before it. */
  get upTo(): string | null {
    return this.#upTo;
  }

  onMessage({ id, isMention }: Saying): void {
    if (this.#count === 0) this.#firstId = id;
    this.#count += 1;
    if (isMention) this.#mentions += 1;
  }

  /** As the node counts it. */
  onTold({ unread, upTo }: RoomUnread): void {
    if (this.#count === 0 && unread > 0) this.#upTo = upTo;
    this.#count = unread;
    if (unread === 0) this.#mentions = 0;
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
