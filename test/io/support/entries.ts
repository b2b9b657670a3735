import { peerIdOf, roomIdOf, type PeerId } from "../../../lib/base/ids.ts";
import type { OutboxRow, RunWrite } from "../../../lib/chat/records.ts";
import type { Store } from "../../../lib/io/store.ts";
import { sha256 } from "../../../lib/crypto/primitives.ts";
import type { Write } from "../../../lib/node/machine.ts";
import { ENTRY_TEXT, encodeRun, type Run } from "../../../lib/wire/entry.ts";
import type { LoneEntry } from "../../support/lonerun.ts";

export const peer = (byte: number): PeerId => peerIdOf(new Uint8Array(32).fill(byte));

export const LOBBY = roomIdOf(new Uint8Array(32).fill(0x10));
export const DEV = roomIdOf(new Uint8Array(32).fill(0xd0));
export const ANN = peer(0xaa);
export const BOB = peer(0xbb);
export const CAROL = peer(0xcc);
export const DAVE = peer(0xdd);

export function entry(seq: number, fields: Partial<LoneEntry> = {}): LoneEntry {
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

/** That of the run that is written. */
export function hashIn(write: Write): Uint8Array {
  if (write.kind !== "heard" && write.kind !== "own") throw new Error("No run is written");
  return write.hash;
}

export const heard = (seq: number, fields: Partial<LoneEntry> = {}): Write => ({
  kind: "heard",
  ...written(runOf(entry(seq, fields))),
});

/** Bob's entries from the first to the last, as one. */
export const heardRun = (first: number, last: number): Write => {
  const entries = Array.from({ length: last - first + 1 }, (_, i) => entry(first + i));
  return { kind: "heard", ...written(runOf(entry(first), entries)) };
};

/** Ann's, as the one whose store it is. */
export const own = (seq: number, recipients: PeerId[], fields: Partial<LoneEntry> = {}): Write => ({
  kind: "own",
  ...written(runOf(entry(seq, { author: ANN, ...fields }))),
  recipients,
});

/** What waits for a peer, and may be on its way from then on. */
export function outboxRows(
  store: Store,
  recipient: PeerId,
  after = 0,
  limit = 100,
): readonly OutboxRow[] {
  store.commit([{ kind: "tried", peer: recipient }]);
  const loaded = store.load({ kind: "outbox", peer: recipient, after, limit });
  return loaded.kind === "outbox" ? loaded.rows : [];
}

export function outbox(store: Store, recipient: PeerId): number[] {
  return outboxRows(store, recipient).map(({ run }) => run.seq);
}

function runOf(first: LoneEntry, entries: readonly LoneEntry[] = [first]): Run {
  const { room, author, seq, previous } = first;
  return {
    room,
    author,
    seq,
    previous,
    entries: entries.map(({ time, type, body }) => ({ time, type, body })),
  };
}

function written(run: Run): RunWrite {
  const bytes = encodeRun(run);
  return { run, bytes, hash: sha256(bytes) };
}

/** More than any test here hears. */
const ALL = 10_000;

/** All that was heard has been shown. */
export function markAll({ shown }: Store): void {
  for (let marked = 0; marked < ALL; marked++) shown.one();
}
