import { Composer } from "./composer.ts";
import type { Overlay, Page, Picker, SecretEntry } from "./overlay.ts";

/**
 * What lies over the conversation, one thing at a time. A secret that is asked for gives way to
 * nothing else: who types on would lose a part of it, or say it to everybody.
 */
export class Overlays {
  #open: Overlay | undefined;
  /** The last that came while a secret was asked for. */
  #later: Page | undefined;

  get open(): Overlay | undefined {
    return this.#open;
  }

  /** The secret that is asked for. */
  get secret(): SecretEntry | undefined {
    return this.#open?.kind === "secret" ? this.#open : undefined;
  }

  /** While a secret is asked for, a page waits for its end, and no list opens. */
  show(overlay: Picker | Page): void {
    if (this.secret === undefined) this.#open = overlay;
    else if (overlay.kind === "page") this.#later = overlay;
  }

  /** Closes what is open, but for a secret that is asked for. */
  close(): void {
    if (this.secret === undefined) this.#open = undefined;
  }

  /** A message that something may be chosen for, or that may be chosen, has another id. */
  onMoved(was: string, id: string): void {
    if (this.#open?.kind !== "picker") return;
    for (const about of [this.#open, ...this.#open.choices]) {
      if (about.messageId === was) about.messageId = id;
    }
  }

  ask(room: string): void {
    if (this.#open?.kind === "page") this.#later = this.#open;
    this.#open = { kind: "secret", room, typed: new Composer() };
  }

  /** It was given, or there is to be none. */
  endSecret(): void {
    if (this.secret === undefined) return;
    this.#open = this.#later;
    this.#later = undefined;
  }
}
