import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { ENTRY_TEXT, type Entry, HASH_BYTES, encodeEntry } from "../../lib/wire/entry.ts";
import { START } from "./world.ts";

export const NO_HASH = new Uint8Array(HASH_BYTES);

/** An entry as nobody's machine made it; a good first one unless told otherwise. */
export function forge(
  change: Partial<Entry> & { readonly room: RoomId; readonly author: PeerId },
): { readonly bytes: Uint8Array; readonly hash: Uint8Array; readonly entry: Entry } {
  const seq = change.seq ?? 1;
  const entry = {
    seq,
    previous: NO_HASH,
    time: { wallMs: START + seq, tick: 0 },
    type: ENTRY_TEXT,
    body: encodeUtf8(`forged ${seq}`),
    ...change,
  };
  const bytes = encodeEntry(entry);
  return { bytes, hash: sha256(bytes), entry };
}
