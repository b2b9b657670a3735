import { closeSync, readSync, writeSync } from "node:fs";
import { Reader, Writer } from "../base/bytes.ts";
import { openPrivateFile } from "./files.ts";

/** A u64 and its check, which is 2^53 − 1 less it. */
const CURSOR_BYTES = 16;

/**
 * How far what was heard has been shown, in a file of its own. No program can print and remember
 * that it did in one step: a kill between the two shows a message twice, the other way round it
 * loses one. So the face prints synchronously, all but the newline that readers wait for, and the
 * mark follows at once, as one small write that waits for no disk, where a commit would take
 * milliseconds. What remains is the microseconds between two system calls, in which no reader has
 * yet seen anything to act upon. A power cut may take the mark back, and then shows again.
 */
export class ShownCursor {
  readonly #fd: number;
  #position: number | undefined;

  constructor(file: string) {
    this.#fd = openPrivateFile(file);
    this.#position = this.#read();
  }

  /** Undefined where the file is new or damaged. */
  get position(): number | undefined {
    return this.#position;
  }

  /** A failed write is no reason to stop: at worst something is shown again. */
  write(position: number): void {
    if (position === this.#position) return;
    const bytes = new Writer(CURSOR_BYTES).u64(position).u64(Number.MAX_SAFE_INTEGER - position);
    try {
      writeSync(this.#fd, bytes.finish(), 0, CURSOR_BYTES, 0);
      this.#position = position;
    } catch {
      this.#position = undefined;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(): number | undefined {
    const bytes = new Uint8Array(CURSOR_BYTES);
    const length = readSync(this.#fd, bytes, 0, CURSOR_BYTES, 0);
    const reader = new Reader(bytes.subarray(0, length));
    const position = reader.u64();
    const check = reader.u64();
    return reader.ok && position + check === Number.MAX_SAFE_INTEGER ? position : undefined;
  }
}
