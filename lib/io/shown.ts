import { ptr } from "bun:ffi";
import { closeSync, fstatSync, writeSync } from "node:fs";
import { openPrivateFile } from "./files.ts";
import { lazyLibc } from "./libc.ts";

/**
 * The file: four words of 64 bits in the machine's order, the last of them the line feed. `AT` is
 * an offset in the file: at the line feed, and the position is in `SHOWN`, or after it, and the
 * position is in `NEXT`.
 */
const FILE_BYTES = 32;
const [AT, SHOWN, NEXT] = [0, 1, 2];
const LINE_FEED_AT = 24n;
const LINE_FEED_OUT = LINE_FEED_AT + 1n;
const LINE_FEED = 0x0a;

/** The low 48 bits of `SHOWN` and `NEXT` are a position, the other 16 its check. */
const POSITION_BITS = 48;
const CHECK_BITS = 16;

/** So that a word of zeros is no position. */
const CHECK_OF_ZERO = 0x5a5an;
const NO_POSITION = 0n;

const symbolsOfLibc = lazyLibc({
  sendfile: { args: ["i32", "i32", "ptr", "u64"], returns: "i64" },
});

/**
 * How far what was heard has been shown, in a file of its own. A program that prints a line and
 * then remembers that it did shows it twice when a kill falls between the two, and the other way
 * round it loses it. So the line feed that makes it a line, and the mark, are one system call,
 * which no kill divides: `sendfile` copies bytes from a file and stores in our memory the offset
 * where it stopped. Here that memory is a page which the file and this process share, so that a
 * kill leaves it to the system; the line feed comes from the file too, and the offset after it says
 * that the next position counts. A power cut may take the mark back, and then shows again.
 */
export class ShownCursor {
  readonly #fd: number;
  /** The file itself: what is stored here is in it. */
  readonly #words: BigUint64Array;
  #isOpen = true;

  constructor(file: string) {
    this.#fd = openPrivateFile(file);
    // The disk gives its room now, or refuses it: a page without any could not be stored to.
    const isNew = fstatSync(this.#fd).size < FILE_BYTES;
    if (isNew) writeSync(this.#fd, new Uint8Array(FILE_BYTES), 0, FILE_BYTES, 0);
    const { buffer, byteOffset } = Bun.mmap(file, { shared: true });
    new Uint8Array(buffer, byteOffset, FILE_BYTES)[Number(LINE_FEED_AT)] = LINE_FEED;
    this.#words = new BigUint64Array(buffer, byteOffset, FILE_BYTES / 8);
    const position = this.#read();
    this.#hold(position === undefined ? NO_POSITION : wordOf(position));
  }

  /** Undefined where the file is new or damaged. */
  get position(): number | undefined {
    const position = this.#read();
    return position === undefined ? undefined : Number(position);
  }

  write(position: number): void {
    this.#hold(wordOf(BigInt(position)));
  }

  /**
   * Writes the position and, to this descriptor, a line feed, in one step. False where it did
   * neither: off Linux, for a file that is appended to, for a pipe that is full or broken.
   */
  writeWithLineFeed(position: number, fd: number): boolean {
    const symbols = symbolsOfLibc();
    if (symbols === undefined || !this.#isOpen) return false;
    const word = wordOf(BigInt(position));
    this.#store(NEXT, word);
    const sent = symbols.sendfile(fd, this.#fd, ptr(this.#words), 1);
    if (sent !== 1n) return false;
    this.#hold(word);
    return true;
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  #read(): bigint | undefined {
    const at = this.#words[AT];
    if (at !== LINE_FEED_AT && at !== LINE_FEED_OUT) return undefined;
    const word = this.#words[at === LINE_FEED_AT ? SHOWN : NEXT] ?? NO_POSITION;
    const position = BigInt.asUintN(POSITION_BITS, word);
    return word === wordOf(position) ? position : undefined;
  }

  /** What counts from now on; a line feed can follow. */
  #hold(word: bigint): void {
    this.#store(SHOWN, word);
    this.#store(AT, LINE_FEED_AT);
  }

  /** Atomic for its order alone: after any of them a kill leaves a position that is true. */
  #store(index: number, word: bigint): void {
    Atomics.store(this.#words, index, word);
  }
}

function wordOf(position: bigint): bigint {
  const folded = position ^ (position >> 16n) ^ (position >> 32n);
  const check = BigInt.asUintN(CHECK_BITS, folded ^ CHECK_OF_ZERO);
  return (check << BigInt(POSITION_BITS)) | position;
}
