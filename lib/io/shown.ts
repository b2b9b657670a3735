import { closeSync, fstatSync, writeSync } from "node:fs";
import { openPrivateFile } from "./files.ts";

/** The low 48 bits of the word are the position, the other 16 their check. */
const WORD_BYTES = 8;
const POSITION_BITS = 48;
const CHECK_BITS = 16;

/** So that a file of zeros is no position. */
const CHECK_OF_ZERO = 0x5a5an;

/**
 * How far what was heard has been shown, in a file of its own. No program can print and remember
 * that it did in one step: a kill between the two shows a message twice, the other way round it
 * loses one. So a face prints a message's line synchronously, all but the line feed that readers
 * wait for; the mark follows, and the line feed. The mark is one store into a page that the file
 * and this process share: a kill leaves it to the system, and it takes a microsecond, where a
 * system call would take ten and a commit a thousand. What remains is the way from there into the
 * system call with the line feed, which nothing interrupts but chance. A power cut may take the
 * mark back, and then shows again.
 */
export class ShownCursor {
  /** The file itself: what is stored here is in it. */
  readonly #word: BigUint64Array;

  constructor(file: string) {
    const fd = openPrivateFile(file);
    try {
      // The disk gives its room now, or refuses it: a page without any could not be stored to.
      const isNew = fstatSync(fd).size < WORD_BYTES;
      if (isNew) writeSync(fd, new Uint8Array(WORD_BYTES), 0, WORD_BYTES, 0);
    } finally {
      closeSync(fd);
    }
    const { buffer, byteOffset } = Bun.mmap(file, { shared: true });
    this.#word = new BigUint64Array(buffer, byteOffset, 1);
  }

  /** Undefined where the file is new or damaged. */
  get position(): number | undefined {
    const word = this.#word[0] ?? 0n;
    const position = BigInt.asUintN(POSITION_BITS, word);
    return word === wordOf(position) ? Number(position) : undefined;
  }

  write(position: number): void {
    this.#word[0] = wordOf(BigInt(position));
  }
}

function wordOf(position: bigint): bigint {
  const folded = position ^ (position >> 16n) ^ (position >> 32n);
  const check = BigInt.asUintN(CHECK_BITS, folded ^ CHECK_OF_ZERO);
  return (check << BigInt(POSITION_BITS)) | position;
}
