import type { PeerId, RoomId } from "../../../lib/base/ids.ts";
import type { RunWrite } from "../../../lib/chat/records.ts";
import { sha256 } from "../../../lib/crypto/primitives.ts";
import {
  ENTRY_TEXT,
  type Entry,
  encodeRun,
  type EntryContent,
  type HybridTime,
} from "../../../lib/wire/entry.ts";
import { RUN_TAG_BYTES } from "../../../lib/wire/limits.ts";
import { LOBBY } from "./entries.ts";

/** Writes chains as their authors do: each run names the one before by the hash of its bytes. */
export class Chronicle {
  readonly #tails = new Map<string, { readonly seq: number; readonly hash: Uint8Array }>();

  /** The author's next run, with an entry for each of these. */
  run(
    author: PeerId,
    contents: readonly (Partial<EntryContent> & { readonly time: HybridTime })[],
    room: RoomId = LOBBY,
  ): RunWrite {
    const tail = this.#tails.get(room + author) ?? { seq: 0, hash: new Uint8Array(32) };
    const seq = tail.seq + 1;
    const entries = contents.map((content, i) => {
      return { type: ENTRY_TEXT, body: new TextEncoder().encode(`text ${seq + i}`), ...content };
    });
    // Both kinds are read alike.
    const tag = seq % 2 === 0 ? new Uint8Array(RUN_TAG_BYTES).fill(seq) : undefined;
    const run = { room, author, seq, previous: tail.hash, entries, tag };
    const bytes = encodeRun(run);
    const hash = sha256(bytes);
    this.#tails.set(room + author, { seq: tail.seq + entries.length, hash });
    return { run, bytes, hash };
  }
}

export function said(text: string, wallMs: number, tick = 0): EntryContent {
  return { type: ENTRY_TEXT, body: new TextEncoder().encode(text), time: { wallMs, tick } };
}

/** What tells entries apart. */
export function nameOf({ author, seq }: Pick<Entry, "author" | "seq">): string {
  return `${author.slice(0, 2)}${seq}`;
}
