import { writeSync } from "node:fs";
import { Queue } from "../base/queue.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { enlargePipe, roomOf, writeBytesOf } from "./room.ts";

/** Some thousand long messages; who lets more than that wait does not read at all. */
const QUEUED_BYTES_MAX = 16 * 2 ** 20;

/** What is full is tried again after the first, then each time twice as late. */
const RETRY_MS_MIN = 1;
const RETRY_MS_MAX = 100;

export const LINE_FEED: Uint8Array = Uint8Array.of(0x0a);

/** A line feed, and the mark that it is out. */
export interface MarkedLineFeed {
  /** Both in one step; false where the system cannot do that, or not now: it did nothing. */
  readonly writeMarked: (fd: number) => boolean;
  /** The mark alone: where it must be two steps it comes first, at once before the line feed. */
  readonly mark: () => void;
}

/** Bytes, or what is to be done when all before it are out. */
export type Outgoing = Uint8Array | MarkedLineFeed | (() => void);

export interface OutflowOptions {
  /** Nobody reads any more; told once, and everything is dropped. */
  readonly onClosed: () => void;
  /** It cannot be written, or too much of it waits; told once, and everything is dropped. */
  readonly onFailure: (failure: Failure) => void;
  /** A reader that was behind has taken everything. */
  readonly onCaughtUp: () => void;
}

/**
 * Writes in order what it is given and does not wait for the reader: what cannot go out now is
 * tried again by a timer. A reader that has stopped must stop neither the node, which its peers
 * would miss, nor the signals that end it. Where the system cannot be asked for room, writes block.
 */
export class Outflow {
  readonly #fd: number;
  readonly #options: OutflowOptions;
  readonly #writeBytes: number;
  /** What goes out next, and all that waits behind it. */
  #next: Outgoing | undefined;
  #queue = new Queue<Outgoing>();
  #queuedBytes = 0;
  /** How much of the next is out. */
  #at = 0;
  #retryMs = RETRY_MS_MIN;
  #retryAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  readonly #idle: (() => void)[] = [];

  constructor(fd: number, options: OutflowOptions) {
    this.#fd = fd;
    this.#options = options;
    this.#writeBytes = writeBytesOf(fd);
    enlargePipe(fd);
  }

  /** That wait for the reader. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Something waits for the reader. */
  get isBehind(): boolean {
    return this.#next !== undefined;
  }

  push(outgoing: readonly Outgoing[]): void {
    if (this.#isOver) return;
    for (const next of outgoing) {
      if (next instanceof Uint8Array && next.length === 0) continue;
      this.#queuedBytes += bytesOf(next);
      if (this.#next === undefined) this.#next = next;
      else this.#queue.push(next);
    }
    // A program that is busy gets to its timers late.
    if (this.#timer === undefined || performance.now() >= this.#retryAtMs) this.#goOn();
    if (this.#queuedBytes > QUEUED_BYTES_MAX) {
      this.drop();
      this.#options.onFailure(new Failure("Cannot write output: nobody reads it", EXIT.failure));
    }
  }

  /** Everything is out, or dropped. */
  async idle(): Promise<void> {
    if (this.isBehind) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** What waits, and all that comes, is not written. */
  drop(): void {
    this.#isOver = true;
    this.#next = undefined;
    this.#queue = new Queue();
    this.#queuedBytes = 0;
    clearTimeout(this.#timer);
    this.#tellIdle();
  }

  #goOn(): void {
    const wasBehind = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#run();
    if (wasBehind && !this.isBehind && !this.#isOver) this.#options.onCaughtUp();
  }

  #run(): void {
    try {
      while (this.#advance()) this.#retryMs = RETRY_MS_MIN;
    } catch (error) {
      this.#handleError(error);
    }
    if (this.isBehind) this.#retry();
    else this.#tellIdle();
  }

  /** False where nothing is left or nothing goes out now. */
  #advance(): boolean {
    const next = this.#next;
    if (next === undefined) return false;
    if (typeof next === "function") {
      this.#next = this.#queue.shift();
      next();
      return true;
    }
    if (next instanceof Uint8Array) return this.#write(next);
    return this.#writeMarked(next);
  }

  #write(bytes: Uint8Array): boolean {
    if (roomOf(this.#fd) === "full") return false;
    const count = Math.min(this.#writeBytes, bytes.length - this.#at);
    this.#count(writeSync(this.#fd, bytes, this.#at, count));
    return true;
  }

  #writeMarked(lineFeed: MarkedLineFeed): boolean {
    const room = roomOf(this.#fd);
    if (room === "full") return false;
    if (room !== "broken") {
      if (lineFeed.writeMarked(this.#fd)) {
        this.#count(LINE_FEED.length);
        return true;
      }
      // Somebody else who writes there may have been faster.
      if (roomOf(this.#fd) === "full") return false;
      lineFeed.mark();
    }
    this.#next = LINE_FEED;
    this.#count(writeSync(this.#fd, LINE_FEED));
    return true;
  }

  /** So many bytes of the next are out. */
  #count(bytes: number): void {
    this.#at += bytes;
    this.#queuedBytes -= bytes;
    if (this.#next === undefined || this.#at < bytesOf(this.#next)) return;
    this.#next = this.#queue.shift();
    this.#at = 0;
  }

  #retry(): void {
    this.#timer = setTimeout(() => this.#goOn(), this.#retryMs);
    this.#retryAtMs = performance.now() + this.#retryMs;
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }

  #handleError(error: unknown): void {
    const code = codeOf(error);
    if (code === "EAGAIN") return;
    this.drop();
    if (code === "EPIPE" || code === "EIO") this.#options.onClosed();
    else {
      const words = `Cannot write output: ${wordsOf(error)}`;
      this.#options.onFailure(new Failure(words, EXIT.failure, error));
    }
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function bytesOf(outgoing: Outgoing): number {
  if (typeof outgoing === "function") return 0;
  return outgoing instanceof Uint8Array ? outgoing.length : LINE_FEED.length;
}
