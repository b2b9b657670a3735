import type { Asked } from "../../contract/asked.ts";
import type { DraftEvent } from "../../node/shellevents.ts";

/** What is typed within this of what was told last is told with what comes then. */
const GATHERING_MS = 300;

/** For so long after a key, nothing that another face tells takes away what is written here. */
const TYPING_MS = 1000;

/** What is being written in a conversation. */
export type Written = Pick<DraftEvent, "text" | "replyTo">;

interface PutOff {
  readonly event: DraftEvent;
  readonly untilMs: number;
}

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
  /** By key: told by another face while somebody typed there in this one, and did no more since. */
  readonly #putOff = new Map<string, PutOff>();

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
    this.#putOff.delete(key);
    this.#waiting = { ...place, written };
    this.#dueAtMs = Math.max(now, this.#toldAtMs + GATHERING_MS);
    // What was sent is not to be found in another face as if it were not.
    if (written.text === "") this.flush(now);
  }

  /**
   * Another face has told it. False where somebody is typing there in this one: what they type next
   * is told all faces, and where nothing comes the event is given back later.
   */
  takes(now: number, key: string, event: DraftEvent): boolean {
    const { key: typedIn, atMs } = this.#typed;
    // What was just sent leaves nothing that could be taken away.
    const isEmpty = (this.#known.get(key) ?? NOTHING).text === "";
    const isTyping = typedIn === key && now < atMs + TYPING_MS && !isEmpty;
    if (this.#waiting?.key === key) return false;
    if (isTyping) {
      this.#putOff.set(key, { event, untilMs: atMs + TYPING_MS });
      return false;
    }
    this.#putOff.delete(key);
    const { text, replyTo } = event;
    this.#known.set(key, { text, replyTo });
    return true;
  }

  /** Returns what was put off, once nobody types here any more. */
  handleTimeout(now: number): DraftEvent | undefined {
    if (now >= this.#dueAtMs) this.flush(now);
    const [key, late] = this.#firstPutOff;
    if (key === undefined || late === undefined || now < late.untilMs) return undefined;
    this.#putOff.delete(key);
    return late.event;
  }

  pollTimeout(): number {
    return Math.min(this.#dueAtMs, this.#firstPutOff[1]?.untilMs ?? Infinity);
  }

  /** What is put off later is due later: nobody types in two places at once. */
  get #firstPutOff(): readonly [string, PutOff] | readonly [] {
    const [first = []] = this.#putOff;
    return first;
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
