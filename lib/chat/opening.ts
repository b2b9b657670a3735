import { TokenBucket } from "../base/bucket.ts";
import { equalBytes } from "../base/bytes.ts";
import { type EnvelopeId, envelopeIdOf, type PeerId } from "../base/ids.ts";
import { sha256 } from "../crypto/primitives.ts";
import { decodeRun } from "../wire/entry.ts";
import type { ReceiptFields } from "../wire/envelope.ts";
import type { HoldMessage, UntakenReason } from "../wire/hold.ts";
import { RUN_BYTES_MAX } from "../wire/limits.ts";
import { holds, type Link, linkOf } from "./chain.ts";
import { areReadable, contentsOf } from "./contentof.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { Envelopes, Opened } from "./envelopes.ts";
import type { Signatures } from "./exchange.ts";
import {
  HEARD_PENDING_BYTES_MAX,
  HEARD_PENDING_MAX,
  type HeardRun,
  type Journal,
} from "./journal.ts";
import type { Loads } from "./loads.ts";
import type { Chain, Log } from "./log.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";

/** Envelopes of one peer's that are opened: as many as it may hold, then so many a second. */
const ENVELOPES_BURST = 64;
const ENVELOPES_PER_SECOND = 1;

export interface OpeningParts {
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly loads: Loads;
  readonly log: Log;
  readonly direct: DirectRooms;
  readonly signatures: Signatures;
  readonly envelopes: Envelopes;
  readonly open: ReadonlyMap<PeerId, unknown>;
  /** Nothing is to be sent to that person, or taken of it, before the person here has decided. */
  readonly isBarred: (peer: PeerId) => boolean;
}

/** A run of an envelope's, and its place in its author's chain. */
interface Sealed {
  readonly heard: HeardRun;
  readonly link: Link;
}

/** What is to be on disk before a holder gets the receipt for it. */
interface Pending {
  readonly holder: PeerId;
  readonly chain: Chain;
  readonly first: number;
  readonly last: Link;
  /** Nothing of it was new: what is held there may be something else under its numbers. */
  readonly isDoubtful: boolean;
  readonly fields: ReceiptFields;
}

/**
 * Takes what others have held for us: authentic by whose key has sealed it and by a signature over
 * the end of it, whoever brings it. The receipt leaves when all of it is on disk.
 */
export class Opening {
  readonly #me: PeerId;
  readonly #parts: OpeningParts;
  readonly #pending = new Map<EnvelopeId, Pending>();
  readonly #opened = new Map<PeerId, TokenBucket>();

  constructor(me: PeerId, parts: OpeningParts) {
    this.#me = me;
    this.#parts = parts;
  }

  onPeerClosed(peer: PeerId): void {
    this.#opened.delete(peer);
  }

  handleKept(now: number, holder: OpenPeer, envelope: Uint8Array): void {
    const id = envelopeIdOf(sha256(envelope));
    const pending = this.#pending.get(id);
    if (pending?.holder === holder.id) return;
    const bucket = this.#opened.get(holder.id) ?? openingsFrom(now);
    this.#opened.set(holder.id, bucket);
    const isNow = pending === undefined && bucket.take(now);
    const opened = isNow ? this.#parts.envelopes.open(now, envelope) : "later";
    const reason = typeof opened === "string" ? opened : this.#take(holder.id, id, opened);
    if (reason === undefined) return this.#settle();
    this.#parts.outputs.send(holder.id, { kind: "untaken", id, reason });
    const isFalse = reason === "never" && holder.facts.take(now);
    if (isFalse)
      this.#parts.outputs.event({ kind: "envelope", what: "false", peer: holder.id, id });
  }

  /** Runs of a chain are on disk. */
  onStored(): void {
    this.#settle();
  }

  /** The disk has refused some of this chain. */
  onUnstored(chain: Chain): void {
    for (const [id, pending] of this.#pending) {
      if (pending.chain !== chain) continue;
      this.#pending.delete(id);
      this.#say(pending, { kind: "untaken", id, reason: "later" });
    }
  }

  /** Why nothing of it is taken, or not all. */
  #take(holder: PeerId, id: EnvelopeId, opened: Opened): UntakenReason | undefined {
    const { log, journal, direct, isBarred } = this.#parts;
    const { author, after } = opened;
    const sealed = author === this.#me ? undefined : this.#verify(opened);
    const [first, last] = [sealed?.[0], sealed?.at(-1)];
    if (sealed === undefined || first === undefined || last === undefined) return "never";
    if (isBarred(author)) return "later";
    const room = direct.with(author);
    const known = log.find(room, author);
    // What is left out below them might come later, and would be taken for what is held.
    if (after > (known?.next.head.seq ?? 0)) return "later";
    if (known === undefined && !log.hasRoomIn(room)) return "later";
    if (journal.isFull(author, HEARD_PENDING_MAX, HEARD_PENDING_BYTES_MAX)) return "later";
    const chain = known ?? log.chain(room, author);
    const before = chain.next;
    const reason = this.#place(chain, sealed);
    if (reason !== undefined) return reason;
    const fields = { room, author, envelope: id };
    const isDoubtful = chain.next === before;
    const { seq } = first.heard.write.run;
    this.#pending.set(id, { holder, chain, first: seq, last: last.link, isDoubtful, fields });
    return undefined;
  }

  /** The runs, if they are of the conversation with their author, one chain, and signed. */
  #verify({ author, runs, signature }: Opened): readonly Sealed[] | undefined {
    const room = this.#parts.direct.with(author);
    const sealed: Sealed[] = [];
    for (const view of runs) {
      // A run outlives the message that it came in.
      const bytes = view.slice();
      const run = decodeRun(bytes);
      if (run === undefined || run.room !== room || run.author !== author) return undefined;
      const contents = contentsOf(run);
      if (!areReadable(run.entries, contents)) return undefined;
      const before = sealed.at(-1)?.link;
      const goesOn = before?.seq === run.seq - 1 && equalBytes(before.hash, run.previous);
      if (before !== undefined && !goesOn) return undefined;
      const link = linkOf(run, bytes);
      const write = { kind: "heard", run, bytes, hash: link.hash } as const;
      sealed.push({ heard: { write, contents }, link });
    }
    const end = sealed.at(-1)?.link;
    if (end === undefined) return undefined;
    const checkpoint = { room, author, seq: end.seq, hash: end.hash, signature };
    return this.#parts.signatures.isAuthentic(checkpoint) ? sealed : undefined;
  }

  /** Has those kept that are new. */
  #place(chain: Chain, sealed: readonly Sealed[]): UntakenReason | undefined {
    const { log, journal } = this.#parts;
    const runs: HeardRun[] = [];
    let after = chain.next;
    let reason: UntakenReason | undefined;
    for (const { heard, link } of sealed) {
      const placement = log.place(chain, heard.write.run, link, false);
      if (placement.step === "held") continue;
      // Its author may have lost what is held here, and learns that when the two meet.
      if (placement.step !== "new" || placement.isForked) {
        reason = placement.step === "full" ? "later" : "never";
        break;
      }
      after = placement.after;
      log.extend(chain, after);
      runs.push(heard);
    }
    if (runs.length > 0) {
      journal.addHeard({ kind: "heard", runs, chain, after, isPassedOn: true });
    }
    return reason;
  }

  #settle(): void {
    for (const [id, pending] of this.#pending) {
      const { chain, first, last } = pending;
      if (!holds(chain.held, first) || !holds(chain.held, last.seq)) continue;
      this.#pending.delete(id);
      if (pending.isDoubtful) this.#compare(id, pending);
      else this.#receipt(id, pending);
    }
  }

  /** Who has lost a disk may use a number twice. The last stands for those before it. */
  #compare(id: EnvelopeId, pending: Pending): void {
    const { room, author } = pending.chain;
    const { seq, hash } = pending.last;
    const query = { room, author, from: seq, to: seq, limit: 1, bytesMax: RUN_BYTES_MAX };
    this.#parts.loads.ask(query, (_now, [row]) => {
      // What was dropped was there; what else is not there was left out.
      const isDropped = this.#parts.log.isDropped(room, author, seq);
      const isThere = row === undefined ? isDropped : equalBytes(row.hash, hash);
      if (isThere) this.#receipt(id, pending);
      else this.#say(pending, { kind: "untaken", id, reason: "never" });
    });
  }

  #receipt(id: EnvelopeId, pending: Pending): void {
    const receipt = this.#parts.signatures.signReceipt(pending.fields);
    this.#say(pending, { kind: "taken", id, receipt });
    this.#parts.outputs.event({ kind: "envelope", what: "passed", peer: pending.holder, id });
  }

  #say({ holder }: Pending, message: HoldMessage): void {
    if (this.#parts.open.has(holder)) this.#parts.outputs.send(holder, message);
  }
}

function openingsFrom(now: number): TokenBucket {
  return new TokenBucket(now, ENVELOPES_PER_SECOND, ENVELOPES_BURST);
}
