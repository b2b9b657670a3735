import { read, writeSync } from "node:fs";
import { decodeUtf8, encodeUtf8 } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { othersTurn } from "./othersturn.ts";
import { LINE_FEED, Outflow, type OutflowOptions, type Outgoing } from "./outflow.ts";

/** Text that is collected before it is written without waiting for the turn's end. */
const COLLECTED_CHARS_MAX = 1_048_576;

/** How long to wait before a pipe that is full is tried again. */
const FULL_PIPE_WAIT_MS = 2;

/**
 * The longest line of input: a text of 64 KiB in which JSON escapes every byte as six, and 8 KiB
 * for the rest of its object.
 */
export const LINE_BYTES_MAX = 6 * 65_536 + 8192;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Told how far what others have said is out. */
export interface ShownMarks {
  /** One more entry, in their order. */
  one(): void;
  /**
   * The same, together with the line feed that ends its line on this descriptor: a kill finds both
   * done or neither. False where the system cannot do that, or not now; then nothing is done.
   */
  oneWithLineFeed(fd: number): boolean;
}

/** In what was collected. */
interface Mark {
  /** Of the line feed that it goes with, or of what comes after it. */
  readonly at: number;
  readonly isOfLine: boolean;
  readonly shown: ShownMarks;
}

/** What a program that must not be stopped by its reader wants to know of its output. */
export type Unstoppable = Omit<OutflowOptions, "onClosed">;

/**
 * Standard output or error as whole lines. They are written synchronously: what is out is out, also
 * when the process ends in the next instant. A reader that is too slow slows us down, unless it
 * must not stop us: then what it does not take waits for it, see `Outflow`.
 */
export class Lines {
  readonly #fd: number;
  readonly #onClosed: () => void;
  readonly #outflow: Outflow | undefined;
  #collected = "";
  /** Of what was collected. To ask that itself joins its pieces, all of them each time. */
  #endsLine = false;
  #marks: Mark[] = [];
  #isClosed = false;

  /** `onClosed` is called once, when nobody reads any more; by default the process ends with 0. */
  constructor(fd: number, onClosed: () => void = () => process.exit(0), unstoppable?: Unstoppable) {
    this.#fd = fd;
    this.#onClosed = onClosed;
    if (unstoppable !== undefined) this.#outflow = new Outflow(fd, { ...unstoppable, onClosed });
  }

  /** Whether something that was flushed waits for the reader. */
  get isBehind(): boolean {
    return this.#outflow?.isBehind ?? false;
  }

  /** Bytes that wait for the reader. */
  get waitingBytes(): number {
    return this.#outflow?.queuedBytes ?? 0;
  }

  /** All that was flushed is out, or dropped. */
  async idle(): Promise<void> {
    await this.#outflow?.idle();
  }

  /** Gives up on what waits for the reader; messages among it stay unmarked. */
  drop(): void {
    this.#outflow?.drop();
  }

  /** Collects lines for `flush`; the text has no newline at its end. */
  write(text: string): void {
    this.prompt(`${text}\n`);
  }

  /** Text after which its reader types. */
  prompt(text: string): void {
    if (this.#collected.length > COLLECTED_CHARS_MAX) this.flush();
    this.#collected += text;
    if (text !== "") this.#endsLine = text.endsWith("\n");
  }

  /**
   * The line collected last tells the next entry; one that is told by no line is marked when all
   * before it is out.
   */
  markShown(shown: ShownMarks): void {
    const last = this.#collected.length - 1;
    const isMarked = this.#marks.at(-1)?.at === last || this.#marks.at(-1)?.at === last + 1;
    const isOfLine = this.#endsLine && !isMarked;
    this.#marks.push({ at: isOfLine ? last : last + 1, isOfLine, shown });
  }

  /**
   * Writes what was collected. Each message is marked with the line feed of its line: readers wait
   * for that, so a line that a kill has cut off before it is no line, and is told again.
   */
  flush(): void {
    const text = this.#collected;
    const marks = this.#marks;
    this.#collected = "";
    this.#endsLine = false;
    this.#marks = [];
    const outgoing: Outgoing[] = [];
    let start = 0;
    for (const { at, isOfLine, shown } of marks) {
      outgoing.push(encodeUtf8(text.slice(start, at)));
      const mark = () => shown.one();
      const writeMarked = (fd: number) => shown.oneWithLineFeed(fd);
      outgoing.push(isOfLine ? { writeMarked, mark } : mark);
      start = isOfLine ? at + 1 : at;
    }
    outgoing.push(encodeUtf8(text.slice(start)));
    if (this.#outflow !== undefined) this.#outflow.push(outgoing);
    else for (const next of outgoing) this.#put(next);
  }

  #put(next: Outgoing): void {
    if (this.#isClosed) return;
    if (typeof next === "function") next();
    else if (next instanceof Uint8Array) this.#writeAll(next);
    else if (!next.writeMarked(this.#fd)) {
      next.mark();
      this.#writeAll(LINE_FEED);
    }
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isClosed;) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        this.#handleError(error);
      }
    }
  }

  #handleError(error: unknown): void {
    const code = codeOf(error);
    if (code === "EAGAIN") {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
      return;
    }
    this.#isClosed = true;
    if (code !== "EPIPE" && code !== "EIO") {
      throw new Failure(`Cannot write output: ${wordsOf(error)}`, EXIT.failure, error);
    }
    this.#onClosed();
  }
}

/** A line of input without its end, `\n` or `\r\n`; or what is wrong with it. */
export type InputLine =
  | { readonly kind: "line"; readonly text: string }
  /** Longer than `LINE_BYTES_MAX`; skipped to its end. */
  | { readonly kind: "too-long" }
  | { readonly kind: "not-utf8" };

/** Cuts a stream of bytes into lines and holds no more than one of them. */
export class LineSplitter {
  readonly #bytesMax: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isTooLong = false;

  constructor(bytesMax = LINE_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Uint8Array): InputLine[] {
    const lines: InputLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    // A copy: the caller may use its buffer again.
    if (start < chunk.length) this.#hold(chunk.slice(start));
    return lines;
  }

  /** The last line, where the input does not end with a newline. */
  end(): InputLine[] {
    return this.#heldBytes > 0 || this.#isTooLong ? [this.#take()] : [];
  }

  #hold(part: Uint8Array): void {
    // One more for the return that may end it.
    if (this.#isTooLong || this.#heldBytes + part.length > this.#bytesMax + 1) {
      this.#held = [];
      this.#heldBytes = 0;
      this.#isTooLong = true;
      return;
    }
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #take(): InputLine {
    let bytes: Uint8Array = Buffer.concat(this.#held);
    const isTooLong = this.#isTooLong;
    this.#held = [];
    this.#heldBytes = 0;
    this.#isTooLong = false;
    if (bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1);
    if (isTooLong || bytes.length > this.#bytesMax) return { kind: "too-long" };
    const text = decodeUtf8(bytes);
    return text === undefined ? { kind: "not-utf8" } : { kind: "line", text };
  }
}

/**
 * The lines of standard input until its end. All else has its turn meanwhile: a source that
 * always has more gives it at once, and neither signals nor sockets would be heard any more.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array> = Bun.stdin.stream(),
): AsyncGenerator<InputLine, void> {
  const splitter = new LineSplitter();
  for await (const chunk of source) {
    let lines = 0;
    for (const line of splitter.push(chunk)) {
      yield line;
      lines += 1;
      if (lines % LINES_PER_TURN === 0) await othersTurn();
    }
    await othersTurn();
  }
  yield* splitter.end();
}

/** Lines of input after which all else has its turn. */
const LINES_PER_TURN = 256;

/** A terminal gives no longer a line at once. */
const TYPED_BYTES_MAX = 4096;

/**
 * The same of a terminal, read no further than asked: who takes the terminal over afterwards finds
 * its input free.
 */
export async function* readTypedLines(): AsyncGenerator<InputLine, void> {
  const splitter = new LineSplitter();
  const buffer = new Uint8Array(TYPED_BYTES_MAX);
  for (let size = await readTyped(buffer); size > 0; size = await readTyped(buffer)) {
    yield* splitter.push(buffer.subarray(0, size));
  }
  yield* splitter.end();
}

async function readTyped(buffer: Uint8Array): Promise<number> {
  return await new Promise((resolve, reject) => {
    read(0, buffer, 0, buffer.length, null, (error, size) => {
      if (error === null) resolve(size);
      else reject(error);
    });
  });
}
