import type { Socket } from "bun";
import { encodeUtf8 } from "../base/text.ts";
import { Queue } from "../base/queue.ts";
import { type InputLine, LineSplitter } from "./stdio.ts";

/** What waits for the other side at most: some ten thousand short messages. */
export const WAITING_BYTES_MAX = 8 * 2 ** 20;

/** Lines that are collected are put in line at the latest when they are so many characters. */
const COLLECTED_CHARS_MAX = 65_536;

/** How long what is left may take to go out once the connection is to end. */
const ENDING_MS = 2000;

const NEWLINE = 0x0a;

/** Who is told what comes. */
export interface LineWatcher {
  readonly onLine: (line: InputLine) => void;
  /** All that came together was told. */
  readonly onRead: () => void;
  /** All that waited is out. */
  readonly onCaughtUp: () => void;
  /** The connection is over, whoever has ended it; told once. */
  readonly onClosed: () => void;
}

/** A connection of Bun's, and what was made of it: nothing where it is sent away. */
export type Connection = Socket<{ lines: LineSocket | undefined }>;

export interface LineSocketOptions {
  readonly socket: Connection;
  readonly watcher: (lines: LineSocket) => LineWatcher;
  /** Tells whoever does not read that this is the end. */
  readonly lastLine?: () => string;
}

/**
 * A connection that carries lines both ways, and waits for nobody: what the other side does not
 * read yet is kept. Where that becomes too much, it is told so, and the connection ends.
 */
export class LineSocket {
  readonly #socket: Connection;
  readonly #watcher: LineWatcher;
  readonly #lastLine: (() => string) | undefined;
  readonly #splitter = new LineSplitter();
  /** Read and not handed on yet: what came in one piece with the line that made it pause. */
  #read = new Queue<InputLine>();
  #collected = "";
  #waiting = new Queue<Uint8Array>();
  #waitingBytes = 0;
  /** How much of the next is out. */
  #at = 0;
  #isPaused = false;
  #step: "open" | "ending" | "closed" = "open";
  #isTold = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ socket, watcher, lastLine }: LineSocketOptions) {
    this.#socket = socket;
    this.#lastLine = lastLine;
    this.#watcher = watcher(this);
  }

  /** Bytes that wait for the other side. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Collects a line for `flush`; it has no newline at its end. */
  write(line: string): void {
    this.#collected += `${line}\n`;
    if (this.#collected.length > COLLECTED_CHARS_MAX) this.flush();
  }

  /** Writes what was collected, as far as there is room. */
  flush(): void {
    if (this.#collected === "" || this.#step !== "open") return;
    const bytes = encodeUtf8(this.#collected);
    this.#collected = "";
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#advance();
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.#giveUp();
  }

  /** Lines that come wait where they are. */
  pause(): void {
    this.#isPaused = true;
    if (this.#step === "open") this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#handOn();
    if (!this.#isPaused && this.#step === "open") this.#socket.resume();
  }

  /** Ends the connection when all that was written is out, or cannot get out; hears no more. */
  end(): void {
    this.flush();
    if (this.#step !== "open") return;
    this.#step = "ending";
    this.#read = new Queue();
    this.#timer = setTimeout(() => this.#socket.terminate(), ENDING_MS);
    this.#advance();
  }

  handleData(chunk: Uint8Array): void {
    this.#take(this.#splitter.push(chunk));
  }

  /** Its last line may have no newline. */
  handleEnd(): void {
    this.#take(this.#splitter.end());
  }

  handleDrain(): void {
    const hasWaited = this.#waitingBytes > 0;
    this.#advance();
    if (hasWaited && this.#waitingBytes === 0 && this.#step === "open") this.#watcher.onCaughtUp();
  }

  /** What was read before is handed on first, as soon as that is wanted. */
  handleClose(): void {
    clearTimeout(this.#timer);
    this.#step = "closed";
    this.#waiting = new Queue();
    this.#waitingBytes = 0;
    this.#handOn();
  }

  #take(lines: readonly InputLine[]): void {
    if (this.#step !== "open") return;
    for (const line of lines) this.#read.push(line);
    this.#handOn();
  }

  #handOn(): void {
    while (!this.#isPaused) {
      const line = this.#read.shift();
      if (line === undefined) break;
      this.#watcher.onLine(line);
    }
    this.#watcher.onRead();
    if (this.#read.length === 0) this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.#step !== "closed" || this.#isTold) return;
    this.#isTold = true;
    this.#watcher.onClosed();
  }

  #advance(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      const count = this.#socket.write(next.subarray(this.#at));
      // Less than nothing was written where the other side is gone.
      if (count <= 0) return;
      this.#at += count;
      this.#waitingBytes -= count;
      if (this.#at < next.length) return;
      this.#waiting.shift();
      this.#at = 0;
    }
    if (this.#step === "ending") this.#socket.end();
  }

  /** What is partly out goes on to the end of its line, so that the last one is a line, too. */
  #giveUp(): void {
    const next = this.#waiting.first;
    const lineEnd = next === undefined ? -1 : next.indexOf(NEWLINE, Math.max(0, this.#at - 1));
    const rest = this.#at > 0 ? next?.subarray(this.#at, lineEnd + 1) : undefined;
    const last = this.#lastLine === undefined ? "" : `${this.#lastLine()}\n`;
    const bytes = Buffer.concat([rest ?? new Uint8Array(), encodeUtf8(last)]);
    this.#waiting = new Queue();
    this.#waiting.push(bytes);
    this.#waitingBytes = bytes.length;
    this.#at = 0;
    this.end();
  }
}
