import type { PeerId, RoomId } from "../base/ids.ts";
import { decodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";
import type { RefusalReason } from "../wire/chat.ts";
import { ENTRY_TEXT, type Entry, decodeEntry } from "../wire/entry.ts";
import { RECEIPT_SEQS_MAX } from "../wire/limits.ts";
import type { HybridClock } from "./clock.ts";
import type { EntryFault } from "./events.ts";
import {
  HEARD_PENDING_BYTES_MAX,
  HEARD_PENDING_MAX,
  type Journal,
  type PendingHeard,
} from "./journal.ts";
import { type Log, type Verdict, extendChain } from "./log.ts";
import { messageId } from "./messageid.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";

/** An entry that is not taken: what its author is told, and what our log is. */
interface Refusal {
  readonly reason: RefusalReason;
  readonly fault: EntryFault;
}

const REFUSALS = {
  author: { reason: "invalid", fault: "author" },
  room: { reason: "not-a-member", fault: "room" },
  equivocation: { reason: "invalid", fault: "equivocation" },
  text: { reason: "invalid", fault: "text" },
  disk: { reason: "storage", fault: "disk" },
  limit: { reason: "storage", fault: "limit" },
} as const satisfies Record<EntryFault, Refusal>;

/** Entries of others: from the session to the disk, to the faces, and then to the receipt. */
export class Inbox {
  readonly #log: Log;
  readonly #clock: HybridClock;
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #open: ReadonlyMap<PeerId, OpenPeer>;
  readonly #receipts = new Map<PeerId, Map<RoomId, Set<number>>>();

  constructor(parts: {
    readonly log: Log;
    readonly clock: HybridClock;
    readonly journal: Journal;
    readonly outputs: Outputs;
    readonly open: ReadonlyMap<PeerId, OpenPeer>;
  }) {
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#open = parts.open;
  }

  /** Tells an entry that is on disk; nothing if no face can show it. */
  show(entry: Entry): void {
    if (entry.type !== ENTRY_TEXT) return;
    const text = decodeUtf8(entry.body);
    if (text === undefined) return;
    const id = messageId(entry.room, entry.author, entry.seq);
    this.#outputs.event({ kind: "message", id, entry, text });
  }

  /** False for bytes that are no entry. `isOurs`: we are in that room. */
  handleEntry(
    now: number,
    peer: OpenPeer,
    bytes: Uint8Array,
    isOurs: (room: RoomId) => boolean,
  ): boolean {
    // An entry outlives the datagram that it came in.
    const copy = bytes.slice();
    const entry = decodeEntry(copy);
    if (entry === undefined) return false;
    const fault = faultOf(entry, peer, isOurs);
    if (fault !== undefined) {
      this.#refuse(now, peer, entry, REFUSALS[fault]);
      return true;
    }
    const hash = sha256(copy);
    this.#act(now, peer, entry, hash, this.#log.judge(entry, hash));
    return true;
  }

  onStored(item: PendingHeard): void {
    const { entry } = item.write;
    this.show(entry);
    this.#receipt(entry);
  }

  /** The disk refused it, or one before it. */
  onUnstored(now: number, { write: { entry }, chain }: PendingHeard): void {
    chain.blockedAt = Math.min(chain.blockedAt ?? Infinity, entry.seq);
    const peer = this.#open.get(entry.author);
    if (peer !== undefined) this.#refuse(now, peer, entry, REFUSALS.disk);
  }

  onPeerClosed(peer: PeerId): void {
    this.#receipts.delete(peer);
  }

  /** Sends the receipts that have gathered. False if there were none. */
  flush(): boolean {
    if (this.#receipts.size === 0) return false;
    for (const [peer, rooms] of this.#receipts) {
      for (const [room, seqs] of rooms) {
        this.#outputs.send(peer, { kind: "receipt", room, seqs: [...seqs] });
      }
    }
    this.#receipts.clear();
    return true;
  }

  #act(now: number, peer: OpenPeer, entry: Entry, hash: Uint8Array, verdict: Verdict): void {
    switch (verdict.step) {
      case "new": {
        if (this.#journal.isFull(entry.author, HEARD_PENDING_MAX, HEARD_PENDING_BYTES_MAX)) {
          this.#refuse(now, peer, entry, REFUSALS.limit);
          verdict.chain.blockedAt = Math.min(verdict.chain.blockedAt ?? Infinity, entry.seq);
          return;
        }
        const { chain } = verdict;
        const link = { seq: entry.seq, hash, time: entry.time };
        extendChain(chain, link);
        this.#clock.onHeard(now, entry.time);
        this.#journal.add({ kind: "heard", write: { kind: "heard", entry, hash }, chain, link });
        return;
      }
      case "held":
        this.#receipt(entry);
        return;
      case "pending":
        return;
      case "blocked":
        this.#refuse(now, peer, entry, REFUSALS.disk);
        return;
      case "full":
        this.#refuse(now, peer, entry, REFUSALS.limit);
        return;
      case "equivocation":
        this.#refuse(now, peer, entry, REFUSALS.equivocation);
        return;
      default:
        return verdict satisfies never;
    }
  }

  #refuse(now: number, peer: OpenPeer, { room, seq }: Entry, { reason, fault }: Refusal): void {
    this.#outputs.send(peer.id, { kind: "refusal", room, seq, reason });
    if (!peer.facts.take(now)) return;
    this.#outputs.event({ kind: "refused", peer: peer.id, room, seq, reason, fault });
  }

  #receipt({ room, author, seq }: Entry): void {
    if (!this.#open.has(author)) return;
    const rooms = this.#receipts.get(author) ?? new Map<RoomId, Set<number>>();
    const seqs = rooms.get(room) ?? new Set();
    this.#receipts.set(author, rooms.set(room, seqs.add(seq)));
    if (seqs.size < RECEIPT_SEQS_MAX) return;
    rooms.delete(room);
    this.#outputs.send(author, { kind: "receipt", room, seqs: [...seqs] });
  }
}

function faultOf(
  entry: Entry,
  peer: OpenPeer,
  isOurs: (room: RoomId) => boolean,
): EntryFault | undefined {
  if (entry.author !== peer.id) return "author";
  if (entry.room !== peer.direct && !isOurs(entry.room)) return "room";
  if (entry.type === ENTRY_TEXT && decodeUtf8(entry.body) === undefined) return "text";
  return undefined;
}
