import type { Saying } from "./timeline.ts";

/** What has come to a conversation that nobody has looked at. */
export class Unread {
  #count = 0;
  #mentions = 0;
  #firstId: string | undefined;

  get count(): number {
    return this.#count;
  }

  /** How many of them name the person here. */
  get mentions(): number {
    return this.#mentions;
  }

  /** Above this one the line stands that says from where on all was new. */
  get firstId(): string | undefined {
    return this.#firstId;
  }

  onMessage({ id, isMention }: Saying): void {
    if (this.#count === 0) this.#firstId = id;
    this.#count += 1;
    if (isMention) this.#mentions += 1;
  }

  /** It has been looked at; the line stays until it is left. */
  onSeen(): void {
    this.#count = 0;
    this.#mentions = 0;
  }

  onLeft(): void {
    if (this.#count === 0) this.#firstId = undefined;
  }
}
