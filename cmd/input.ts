import type { InputLine } from "../lib/io/stdio.ts";

/** Who is given the lines of input. */
export interface InputSink {
  /** False while further lines must wait. */
  readonly wantsInput: boolean;
  handleLine(line: string): void;
  /** `fault` goes on after "This line". */
  handleWrongLine(fault: string): void;
  handleEnd(): void;
}

/** Carries lines from the input to its sink, no faster than that wants them. */
export class Input {
  readonly #lines: AsyncIterable<InputLine>;
  readonly #sink: InputSink;
  #resume: (() => void) | undefined;

  constructor(lines: AsyncIterable<InputLine>, sink: InputSink) {
    this.#lines = lines;
    this.#sink = sink;
  }

  async run(): Promise<void> {
    await this.#readiness();
    for await (const line of this.#lines) {
      if (line.kind === "line") this.#sink.handleLine(line.text);
      else this.#sink.handleWrongLine(WRONG[line.kind]);
      await this.#readiness();
    }
    this.#sink.handleEnd();
  }

  /** The sink may want more than before. */
  wake(): void {
    if (this.#resume === undefined || !this.#sink.wantsInput) return;
    const resume = this.#resume;
    this.#resume = undefined;
    resume();
  }

  async #readiness(): Promise<void> {
    if (this.#sink.wantsInput) return;
    await new Promise<void>((resolve) => (this.#resume = resolve));
  }
}

/** What is wrong with a line that is none: it goes on after "This line". */
export const WRONG = {
  "too-long": "is too long",
  "not-utf8": "is not UTF-8 text",
} as const;
