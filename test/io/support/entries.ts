import { peerIdOf, roomIdOf, type PeerId } from "../../../lib/base/ids.ts";
import type { Write } from "../../../lib/node/machine.ts";
import { ENTRY_TEXT, type Entry } from "../../../lib/wire/entry.ts";

export const peer = (byte: number): PeerId => peerIdOf(new Uint8Array(32).fill(byte));

export const LOBBY = roomIdOf(new Uint8Array(32).fill(0x10));
export const DEV = roomIdOf(new Uint8Array(32).fill(0xd0));
export const ANN = peer(0xaa);
export const BOB = peer(0xbb);
export const CAROL = peer(0xcc);
export const DAVE = peer(0xdd);

export function entry(seq: number, fields: Partial<Entry> = {}): Entry {
  return {
    room: LOBBY,
    author: BOB,
    seq,
    previous: new Uint8Array(32).fill(seq - 1),
    time: { wallMs: 1_700_000_000_000 + seq, tick: 0 },
    type: ENTRY_TEXT,
    body: new TextEncoder().encode(`text ${seq}`),
    ...fields,
  };
}

export const hash = (seq: number): Uint8Array => new Uint8Array(32).fill(seq);

export const heard = (seq: number, fields: Partial<Entry> = {}): Write => ({
  kind: "heard",
  entry: entry(seq, fields),
  hash: hash(seq),
});

/** Ann's, as the one whose store it is. */
export const own = (seq: number, recipients: PeerId[], fields: Partial<Entry> = {}): Write => ({
  kind: "own",
  entry: entry(seq, { author: ANN, ...fields }),
  hash: hash(seq),
  recipients,
});
