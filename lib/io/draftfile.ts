import * as v from "valibot";
import { parsePeerId } from "../base/ids.ts";
import type { KeptDraft } from "../contract/drafts.ts";
import { wordsOf } from "./failure.ts";
import { replaceFile } from "./files.ts";
import { readSmallFile } from "./smallfile.ts";

/** What is written of drafts; of more, those begun first are left out. */
const FILE_BYTES_MAX = 4 * 2 ** 20;

/** Typing goes on while its beginning is written down. */
const GATHERING_MS = 1000;

const peerId = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const id = parsePeerId(dataset.value);
    if (id !== undefined) return id;
    addIssue({ message: "no id" });
    return NEVER;
  }),
);

const draftsSchema = v.array(
  v.object({
    place: v.nullable(v.string()),
    who: v.nullable(v.object({ name: v.string(), id: peerId })),
    text: v.string(),
    replyTo: v.nullable(v.string()),
  }),
);

export interface DraftFileOptions {
  /** One line about what is wrong with it, for people. */
  readonly complain: (text: string) => void;
}

/** Keeps what is being written in a file of the profile's, a second after it was typed. */
export class DraftFile {
  readonly #file: string;
  readonly #options: DraftFileOptions;
  #waiting: (() => readonly KeptDraft[]) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasComplained = false;

  constructor(file: string, options: DraftFileOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Nothing where there is no such file, or none that this can read: nobody is kept out by it. */
  read(): readonly KeptDraft[] {
    try {
      const text = readSmallFile(this.#file, FILE_BYTES_MAX);
      if (text === undefined) return [];
      return v.parse(draftsSchema, JSON.parse(text));
    } catch (error) {
      this.#complain(`What was being written is lost: cannot read ${this.#file}`, error);
      return [];
    }
  }

  /** `drafts`: asked when it is written. */
  keep(drafts: () => readonly KeptDraft[]): void {
    this.#waiting = drafts;
    this.#timer ??= setTimeout(() => this.flush(), GATHERING_MS);
  }

  /** Writes at once what waits for it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const drafts = this.#waiting?.();
    this.#waiting = undefined;
    if (drafts === undefined) return;
    const lines = drafts.map((draft) => JSON.stringify(draft));
    let bytes = 0;
    const kept = lines.toReversed().filter((line) => {
      bytes += Buffer.byteLength(line) + 2;
      return bytes <= FILE_BYTES_MAX - 4;
    });
    try {
      replaceFile(this.#file, `[${kept.toReversed().join(",\n")}]\n`);
    } catch (error) {
      this.#complain("What is being written is not kept", error);
    }
  }

  #complain(what: string, error: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#options.complain(`${what}: ${wordsOf(error)}`);
  }
}
