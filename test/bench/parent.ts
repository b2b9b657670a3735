import { assert } from "../../lib/base/assert.ts";

/** A line between a benchmark's process and the one that has started it. */
export type Word = Readonly<Record<string, unknown>>;

/** Speaks with the process that has started this one, in JSON lines; ends when that one does. */
export class Parent {
  readonly #waiting = new Map<string, (word: Word) => void>();
  readonly #heard = new Map<string, Word>();

  constructor() {
    void this.#read();
  }

  say(type: string, fields: Word = {}): void {
    process.stdout.write(`${JSON.stringify({ type, ...fields })}\n`);
  }

  /** The next line of this type; each type is said at most once before it is heard. */
  async hear(type: string): Promise<Word> {
    const known = this.#heard.get(type);
    if (known !== undefined) {
      this.#heard.delete(type);
      return known;
    }
    return new Promise((resolve) => this.#waiting.set(type, resolve));
  }

  async #read(): Promise<void> {
    for await (const line of console) {
      // Bun ends a closed input with an empty line.
      if (line !== "") this.#onWord(JSON.parse(line) as Word);
    }
    process.exit();
  }

  #onWord(word: Word): void {
    const { type } = word;
    assert(typeof type === "string", "a line has a type");
    const waiting = this.#waiting.get(type);
    this.#waiting.delete(type);
    if (waiting === undefined) this.#heard.set(type, word);
    else waiting(word);
  }
}
