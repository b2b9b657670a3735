import type { Asked } from "../../contract/asked.ts";
import type { DraftEvent } from "../../node/shellevents.ts";

/** What is typed within this of what was told last is told with what comes then. */
const GATHERING_MS = 300;

/** For so long after a key, what is written here is not taken away by another face. */
const TYPING_MS = 1000;

/** What is being written in a conversation. */
export type Written = Pick<DraftEvent, "text" | "replyTo">;

const NOTHING: Written = { text: "", replyTo: null };

/** Tells the other faces of the same node what is being written in this one. */
export class Drafting {
  readonly #command: (command: Asked) => void;
  /** By the conversation's key: what every face has, as far as this one knows. */
  readonly #known = new Map<string, Written>();
  #waiting: { readonly key: string; readonly to: string; readonly written: Written } | undefined;
  #dueAtMs = Infinity;
  #toldAtMs = -Infinity;
  #typed = { key: "", atMs: -Infinity };

  constructor(command: (command: Asked) => void) {
    this.#command = command;
  }

  /** As it is in the conversation of this key, to which `to` leads; asked after every key. */
  onWritten(
    now: number,
    place: { readonly key: string; readonly to: string },
    typed: Written,
  ): void {
    const { key } = place;
    // What is typed for the program may be a secret, and is said to nobody.
    const written = typed.text.startsWith("/") ? NOTHING : typed;
    if (this.#waiting !== undefined && this.#waiting.key !== key) this.flush(now);
    const last = this.#waiting?.written ?? this.#known.get(key) ?? NOTHING;
    if (last.text === written.text && last.replyTo === written.replyTo) return;
    this.#typed = { key, atMs: now };
    this.#waiting = { ...place, written };
    this.#dueAtMs = Math.max(now, this.#toldAtMs + GATHERING_MS);
    // What was sent is not to be found in another face as if it were not.
    if (written.text === "") this.flush(now);
  }

  /** Another face has told it. False where somebody is typing there in this one. */
  takes(now: number, key: string, { text, replyTo }: DraftEvent): boolean {
    const { key: typedIn, atMs } = this.#typed;
    // What was just sent leaves nothing that could be taken away.
    const isEmpty = (this.#known.get(key) ?? NOTHING).text === "";
    const isTyping = typedIn === key && now < atMs + TYPING_MS && !isEmpty;
    if (this.#waiting?.key === key || isTyping) return false;
    this.#known.set(key, { text, replyTo });
    return true;
  }

  handleTimeout(now: number): void {
    if (now >= this.#dueAtMs) this.flush(now);
  }

  pollTimeout(): number {
    return this.#dueAtMs;
  }

  /** Tells at once what is being gathered. */
  flush(now: number): void {
    this.#dueAtMs = Infinity;
    if (this.#waiting === undefined) return;
    const { key, to, written } = this.#waiting;
    this.#waiting = undefined;
    this.#toldAtMs = now;
    this.#known.set(key, written);
    this.#command({ type: "draft", req: null, to, ...written });
  }
}
