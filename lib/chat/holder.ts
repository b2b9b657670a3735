import { TokenBucket } from "../base/bucket.ts";
import { Deadlines } from "../base/deadlines.ts";
import { type EnvelopeId, envelopeIdOf, type PeerId } from "../base/ids.ts";
import { sha256 } from "../crypto/primitives.ts";
import type { HoldMessage, UnheldReason } from "../wire/hold.ts";
import type { EnvelopeFact } from "./events.ts";
import type { Signatures } from "./exchange.ts";
import type { Journal } from "./journal.ts";
import type { Membership } from "./membership.ts";
import type { Outputs } from "./outputs.ts";
import type { ChatWrite, HeldEnvelope, LostReason } from "./records.ts";
import { directRoom } from "./rooms.ts";

/** Envelopes that are held for one. What would be one more is not. */
export const HELD_PER_RECIPIENT_MAX = 64;
/** The same of one and of all, with the receipts that are to be brought back. */
export const HELD_PER_SENDER_MAX = 128;
export const HELD_MAX = 1024;
/** Bytes of all of them: 500 of the longest. */
export const HELD_BYTES_MAX = 2 ** 25;

/** After so long nobody comes for it any more. Its author still has what is in it. */
export const HELD_MS = 14 * 86_400_000;

/** What one peer may have us hold in a session: at once, then so many a second. */
export const HOLDS_BURST = 64;
export const HOLDS_PER_SECOND = 1;

/** What the disk did not forget is forgotten later. */
const FORGET_RETRY_MS = 60_000;

/** What a recipient does not take now it is brought again, each time after twice as long. */
export const LATER_RETRY_MS = 60_000;
export const LATER_RETRY_MS_MAX = 3_600_000;

export type HolderMessage = Extract<HoldMessage, { kind: "hold" | "taken" | "untaken" | "done" }>;
export type HolderWrite = Extract<ChatWrite, { kind: "hold" | "passed" | "lost" | "unhold" }>;

export interface HolderParts {
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly membership: Membership;
  readonly signatures: Signatures;
  /** Nothing is to be sent to that peer. */
  readonly isBarred: (peer: PeerId) => boolean;
}

/** Somebody who is here. */
interface Visitor {
  readonly holds: TokenBucket;
  /** The envelope that it was brought, or is about to be. */
  underWay: EnvelopeId | undefined;
  /** What it has answered: it is not brought that again. */
  readonly skipped: Set<EnvelopeId>;
  /** Those of them that it is brought again all the same, after so long. */
  readonly later: Set<EnvelopeId>;
  retryMs: number;
}

/**
 * Holds sealed envelopes for those who are away: from the author to the disk, from there to the
 * recipient when it comes, and its receipt back to the author. It can read none of them, and none
 * is ever the only copy.
 */
export class Holder {
  readonly #isWilling: boolean;
  readonly #parts: HolderParts;
  /** In the order of their coming; on disk, or on their way there. */
  readonly #held = new Map<EnvelopeId, HeldEnvelope>();
  /** Not on disk yet. */
  readonly #coming = new Set<EnvelopeId>();
  readonly #expiries = new Deadlines<EnvelopeId>();
  readonly #visitors = new Map<PeerId, Visitor>();
  readonly #retries = new Deadlines<PeerId>();
  readonly #loads = new Map<number, HeldEnvelope>();
  #lastToken = 0;

  constructor(now: number, held: readonly HeldEnvelope[], isWilling: boolean, parts: HolderParts) {
    this.#isWilling = isWilling;
    this.#parts = parts;
    // Of a clock that was ahead it is as old as this run.
    for (const it of held) this.#keep({ ...it, wallMs: Math.min(it.wallMs, now) });
  }

  /** A peer has said which rooms it is in. */
  onMet(now: number, peer: PeerId): void {
    if (this.#visitors.has(peer)) return;
    if (this.#isWilling) this.#parts.outputs.send(peer, { kind: "holder" });
    const holds = new TokenBucket(now, HOLDS_PER_SECOND, HOLDS_BURST);
    const [skipped, later] = [new Set<EnvelopeId>(), new Set<EnvelopeId>()];
    const visitor = { holds, underWay: undefined, skipped, later, retryMs: LATER_RETRY_MS };
    this.#visitors.set(peer, visitor);
    this.onJudged(peer);
  }

  /** What is there for somebody may go to them, or may not any more. */
  onJudged(peer: PeerId): void {
    if (!this.#visitors.has(peer)) return;
    for (const it of this.#held.values()) if (it.sender === peer) this.#return(it);
    this.#bring(peer);
  }

  onPeerClosed(peer: PeerId): void {
    this.#visitors.delete(peer);
    this.#retries.delete(peer);
  }

  handle(now: number, peer: PeerId, message: HolderMessage): void {
    const visitor = this.#visitors.get(peer);
    if (visitor === undefined) return;
    switch (message.kind) {
      case "hold":
        return this.#onHold(now, peer, visitor, message);
      case "taken":
      case "untaken":
        if (message.id !== visitor.underWay) return;
        this.#onAnswer(now, peer, visitor, message);
        return this.#bring(peer);
      case "done":
        if (this.#held.get(message.id)?.sender === peer) this.#forget(message.id);
        return;
      default:
        return message satisfies never;
    }
  }

  handleLoaded(token: number, envelope: Uint8Array | undefined): void {
    const asked = this.#loads.get(token);
    this.#loads.delete(token);
    const visitor = asked && this.#visitors.get(asked.recipient);
    if (asked === undefined || visitor?.underWay !== asked.id) return;
    if (envelope !== undefined) {
      return this.#parts.outputs.send(asked.recipient, { kind: "kept", envelope });
    }
    this.#pass(visitor, asked.id);
    // It may have been taken in an earlier session, or forgotten, since the disk was asked.
    const held = this.#held.get(asked.id);
    if (held !== undefined && isToBring(held)) this.#drop(held, "storage");
    this.#bring(asked.recipient);
  }

  /** What it was asked to keep is on disk, or is not. */
  onStored(now: number, write: HolderWrite, ok: boolean): void {
    const held = this.#held.get(write.id);
    if (held === undefined) return;
    switch (write.kind) {
      case "hold":
        return this.#onHeld(held, ok);
      case "passed":
        if (!ok) return this.#bringLater(now, held);
        this.#keep({ ...held, size: 0, receipt: write.receipt });
        this.#return({ ...held, receipt: write.receipt });
        return this.#tell("passed", held.recipient, held.id);
      case "lost":
        if (!ok) return;
        this.#keep({ ...held, size: 0, lost: write.reason });
        return this.#return({ ...held, lost: write.reason });
      case "unhold":
        if (ok) this.#remove(held.id);
        else this.#expiries.set(held.id, now + FORGET_RETRY_MS);
        return;
      default:
        return write satisfies never;
    }
  }

  handleTimeout(now: number): void {
    for (let id = this.#expiries.pollDue(now); id; id = this.#expiries.pollDue(now)) {
      const held = this.#held.get(id);
      if (held !== undefined && isToBring(held)) this.#tell("expired", held.recipient, id);
      this.#forget(id);
    }
    for (let peer = this.#retries.pollDue(now); peer; peer = this.#retries.pollDue(now)) {
      const { skipped, later } = this.#visitors.get(peer) ?? {};
      for (const id of later ?? []) skipped?.delete(id);
      later?.clear();
      this.#bring(peer);
    }
  }

  pollTimeout(): number {
    return Math.min(this.#expiries.next, this.#retries.next);
  }

  #onHold(
    now: number,
    sender: PeerId,
    { holds }: Visitor,
    { recipient, envelope: view }: Extract<HolderMessage, { kind: "hold" }>,
  ): void {
    const { outputs, journal } = this.#parts;
    const id = envelopeIdOf(sha256(view));
    const known = this.#held.get(id);
    if (known?.sender === sender) {
      if (!this.#coming.has(id)) outputs.send(sender, { kind: "holding", id });
      return;
    }
    const reason = known === undefined ? this.#whyNot(sender, recipient, view.length) : "unwilling";
    if (reason !== undefined || !holds.take(now)) {
      outputs.send(sender, { kind: "unheld", id, reason: reason ?? "full" });
      return;
    }
    // It outlives the message that it came in.
    const envelope = view.slice();
    const wallMs = Math.floor(now);
    const held = { id, sender, recipient, size: envelope.length, wallMs, receipt: undefined };
    this.#coming.add(id);
    this.#keep(held);
    journal.note({ kind: "hold", id, sender, recipient, size: held.size, wallMs, envelope });
  }

  #whyNot(sender: PeerId, recipient: PeerId, size: number): UnheldReason | undefined {
    const { membership, isBarred } = this.#parts;
    const isBetween = recipient !== sender && membership.share(sender, recipient);
    if (!this.#isWilling || !isBetween || isBarred(sender)) return "unwilling";
    const all = [...this.#held.values()];
    const isFull =
      all.length >= HELD_MAX ||
      all.filter((it) => it.recipient === recipient && isToBring(it)).length >=
        HELD_PER_RECIPIENT_MAX ||
      all.filter((it) => it.sender === sender).length >= HELD_PER_SENDER_MAX ||
      all.reduce((sum, it) => sum + it.size, size) > HELD_BYTES_MAX;
    return isFull ? "full" : undefined;
  }

  #onHeld(held: HeldEnvelope, ok: boolean): void {
    const { id, sender, recipient } = held;
    this.#coming.delete(id);
    if (!ok) {
      this.#remove(id);
      this.#say(sender, { kind: "unheld", id, reason: "storage" });
      return;
    }
    this.#say(sender, { kind: "holding", id });
    this.#tell("held", sender, id);
    this.#bring(recipient);
  }

  #onAnswer(
    now: number,
    peer: PeerId,
    visitor: Visitor,
    message: Extract<HolderMessage, { kind: "taken" | "untaken" }>,
  ): void {
    const { signatures, journal } = this.#parts;
    const { id } = message;
    const held = this.#held.get(id);
    this.#pass(visitor, id);
    if (held === undefined) return;
    if (message.kind === "untaken") {
      if (message.reason === "never") this.#drop(held, "refused");
      else this.#bringLater(now, held);
      return;
    }
    const { sender: author } = held;
    const fields = { room: directRoom(author, peer), author, envelope: id };
    const receipt = message.receipt.slice();
    if (signatures.isReceipt(peer, fields, receipt)) journal.note({ kind: "passed", id, receipt });
    else this.#tell("unsigned", peer, id);
  }

  /** One at a time, in the order of their coming. */
  #bring(recipient: PeerId): void {
    const visitor = this.#visitors.get(recipient);
    if (visitor?.underWay !== undefined || this.#parts.isBarred(recipient)) return;
    for (const held of this.#held.values()) {
      if (held.recipient !== recipient || !isToBring(held)) continue;
      if (this.#coming.has(held.id) || visitor?.skipped.has(held.id) !== false) continue;
      visitor.underWay = held.id;
      this.#lastToken += 1;
      this.#loads.set(this.#lastToken, held);
      const query = { kind: "held", id: held.id } as const;
      this.#parts.outputs.push({ kind: "load", token: this.#lastToken, query });
      return;
    }
  }

  #bringLater(now: number, { id, recipient }: HeldEnvelope): void {
    const visitor = this.#visitors.get(recipient);
    if (visitor === undefined) return;
    visitor.later.add(id);
    if (this.#retries.has(recipient)) return;
    this.#retries.set(recipient, now + visitor.retryMs);
    visitor.retryMs = Math.min(2 * visitor.retryMs, LATER_RETRY_MS_MAX);
  }

  /** It is answered. */
  #pass(visitor: Visitor, id: EnvelopeId): void {
    visitor.underWay = undefined;
    visitor.skipped.add(id);
  }

  #return(held: HeldEnvelope): void {
    const { id, sender, receipt, lost } = held;
    if (receipt !== undefined) this.#say(sender, { kind: "returned", id, receipt });
    else if (lost !== undefined) this.#drop(held, lost);
  }

  /** Its author is told, now or when it comes: it would count on it until it expires. */
  #drop({ id, sender, lost }: HeldEnvelope, reason: LostReason): void {
    if (this.#isHere(sender)) {
      this.#say(sender, { kind: "unheld", id, reason });
      this.#forget(id);
    } else if (lost === undefined) this.#parts.journal.note({ kind: "lost", id, reason });
  }

  #forget(id: EnvelopeId): void {
    this.#parts.journal.note({ kind: "unhold", id });
  }

  #say(peer: PeerId, message: HoldMessage): void {
    if (this.#isHere(peer)) this.#parts.outputs.send(peer, message);
  }

  #isHere(peer: PeerId): boolean {
    return this.#visitors.has(peer) && !this.#parts.isBarred(peer);
  }

  #tell(what: EnvelopeFact, peer: PeerId | undefined, id: EnvelopeId): void {
    if (peer !== undefined) this.#parts.outputs.event({ kind: "envelope", what, peer, id });
  }

  #keep(held: HeldEnvelope): void {
    this.#held.set(held.id, held);
    this.#expiries.set(held.id, held.wallMs + HELD_MS);
  }

  #remove(id: EnvelopeId): void {
    this.#held.delete(id);
    this.#coming.delete(id);
    this.#expiries.delete(id);
  }
}

/** It waits for its recipient. */
function isToBring({ receipt, lost }: HeldEnvelope): boolean {
  return receipt === undefined && lost === undefined;
}
