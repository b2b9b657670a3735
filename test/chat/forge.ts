import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { ENTRY_TEXT, type EntryContent, HASH_BYTES, encodeRun } from "../../lib/wire/entry.ts";
import { encodeLone, type LoneEntry } from "../support/lonerun.ts";
import { START } from "./world.ts";

export const NO_HASH = new Uint8Array(HASH_BYTES);

/** An entry as nobody's machine made it; a good first one unless told otherwise. */
export function forge(
  change: Partial<LoneEntry> & { readonly room: RoomId; readonly author: PeerId },
): { readonly bytes: Uint8Array; readonly hash: Uint8Array; readonly entry: LoneEntry } {
  const seq = change.seq ?? 1;
  const entry = {
    seq,
    previous: NO_HASH,
    time: { wallMs: START + seq, tick: 0 },
    type: ENTRY_TEXT,
    body: encodeUtf8(`forged ${seq}`),
    ...change,
  };
  const bytes = encodeLone(entry);
  return { bytes, hash: sha256(bytes), entry };
}

/** Good entries from `seq` on, one after another, as one run; `fields` change single ones. */
export function forgeRun(
  {
    room,
    author,
    seq,
    previous = NO_HASH,
  }: Pick<LoneEntry, "room" | "author" | "seq"> & Partial<Pick<LoneEntry, "previous">>,
  count: number,
  fields: (seq: number) => Partial<EntryContent> = () => ({}),
): { readonly bytes: Uint8Array; readonly hash: Uint8Array } {
  const entries = Array.from({ length: count }, (_, i) => {
    const { time, type, body } = forge({ room, author, seq: seq + i, ...fields(seq + i) }).entry;
    return { time, type, body };
  });
  const bytes = encodeRun({ room, author, seq, previous, entries });
  return { bytes, hash: sha256(bytes) };
}
