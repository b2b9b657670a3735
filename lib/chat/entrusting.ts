import { TokenBucket } from "../base/bucket.ts";
import { Deadlines } from "../base/deadlines.ts";
import { type EnvelopeId, envelopeIdOf, type PeerId, type RoomId } from "../base/ids.ts";
import { sha256 } from "../crypto/primitives.ts";
import type { HoldMessage } from "../wire/hold.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { Envelopes } from "./envelopes.ts";
import type { Signatures } from "./exchange.ts";
import type { Journal } from "./journal.ts";
import { type Letter, type Offer, takeLetter } from "./letter.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { Outbox } from "./outbox.ts";
import type { Outputs } from "./outputs.ts";
import { LOAD_ROWS_MAX, RETRY_MS } from "./recipient.ts";
import type { ChatWrite, OutboxRow } from "./records.ts";
import type { Statuses } from "./statuses.ts";
import type { Trust, Trusts } from "./trusts.ts";

/** Who holds all that waits for one person: two, of whom one may vanish. */
export const HOLDERS_MAX = 2;

/** What was just said, or whoever has just gone, may be on the way still. */
export const ENTRUST_AFTER_MS = 2_000;

/** Whoever does not say by then that they hold is not asked again in their session. */
export const HOLDING_TIMEOUT_MS = 30_000;

/** Receipts of one peer's that are looked at: of as much as it may hold, then so many a second. */
const RECEIPTS_BURST = 128;
const RECEIPTS_PER_SECOND = 8;

export type AuthorMessage = Extract<
  HoldMessage,
  { kind: "holder" | "holding" | "unheld" | "returned" }
>;
export type AuthorWrite = Extract<ChatWrite, { kind: "entrusted" | "unentrusted" }>;

export interface EntrustingParts {
  readonly trusts: Trusts;
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly membership: Membership;
  readonly log: Log;
  readonly direct: DirectRooms;
  readonly outbox: Outbox;
  readonly statuses: Statuses;
  readonly signatures: Signatures;
  readonly envelopes: Envelopes;
  readonly open: ReadonlyMap<PeerId, unknown>;
  /** Nothing is to be sent to that peer. */
  readonly isBarred: (peer: PeerId) => boolean;
}

/** Somebody who is here and holds for others. */
interface Willing {
  readonly id: PeerId;
  /** For whom it has refused, or has kept silent. */
  readonly refused: Set<PeerId>;
  offer: Offer | undefined;
}

/**
 * Has common members hold, sealed, what waits for people who are away, and takes their receipts. A
 * holder is given all that waits, in its order: nobody has only what comes after.
 */
export class Entrusting {
  readonly #me: PeerId;
  readonly #isAsking: boolean;
  readonly #parts: EntrustingParts;
  readonly #willing = new Map<PeerId, Willing>();
  readonly #patience = new Deadlines<PeerId>();
  /** Of everybody who is here and has brought one. */
  readonly #receipts = new Map<PeerId, TokenBucket>();
  #lookAtMs = Infinity;

  /** `isAsking`: whether anybody is asked to hold. */
  constructor(me: PeerId, isAsking: boolean, parts: EntrustingParts) {
    this.#me = me;
    this.#isAsking = isAsking;
    this.#parts = parts;
  }

  /** Somebody has come or gone, or is in another room, or something waits that did not. */
  onChanged(now: number): void {
    this.#look(now + ENTRUST_AFTER_MS);
  }

  onPeerClosed(now: number, peer: PeerId): void {
    this.#cancel(this.#willing.get(peer));
    this.#willing.delete(peer);
    this.#receipts.delete(peer);
    this.onChanged(now);
  }

  handle(now: number, peer: PeerId, message: AuthorMessage): void {
    switch (message.kind) {
      case "holder":
        if (this.#willing.has(peer)) return;
        this.#willing.set(peer, { id: peer, refused: new Set(), offer: undefined });
        return this.onChanged(now);
      case "holding":
        return this.#onHolding(now, peer, message.id);
      case "unheld":
        return this.#onUnheld(now, peer, message.id);
      case "returned":
        return this.#onReturned(now, peer, message.id, message.receipt);
      default:
        return message satisfies never;
    }
  }

  /** What it was asked to keep is on disk, or is not. */
  onStored(now: number, write: AuthorWrite, ok: boolean): void {
    const { trusts, statuses } = this.#parts;
    const trust = trusts.get(write.id);
    if (write.kind === "unentrusted" || trust === undefined) return;
    if (!ok) return this.#lose(now, trust);
    for (const run of trust.runs.values()) statuses.onHeld(run, trust.recipient, trust.holder);
  }

  /** What others hold of this conversation is not to be counted as what it becomes. */
  onMoving(room: RoomId): void {
    for (const willing of this.#willing.values()) {
      if (willing.offer?.trust?.room !== room) continue;
      willing.offer = undefined;
      this.#patience.delete(willing.id);
    }
    for (const trust of this.#parts.trusts.all()) {
      if (trust.room === room) this.#parts.trusts.remove(trust);
    }
  }

  /** A run waits for this recipient no more. */
  onSettled(recipient: PeerId, room: RoomId, seq: number): void {
    const { trusts, outbox } = this.#parts;
    for (const { offer } of this.#willing.values()) {
      if (offer?.trust?.room === room) offer.trust.runs.delete(seq);
    }
    for (const trust of trusts.of(recipient)) {
      if (trust.room !== room || !trust.runs.delete(seq) || trust.runs.size > 0) continue;
      trusts.remove(trust);
      if (trust.returnedBy !== undefined) this.#finish(trust.returnedBy, trust.id);
    }
    if (!outbox.hasWaiting(recipient)) trusts.onNothing(recipient);
  }

  handleTimeout(now: number): void {
    const { trusts, outbox } = this.#parts;
    for (let it = trusts.pollExpired(now); it; it = trusts.pollExpired(now)) {
      this.#withdraw(now, it);
    }
    for (let it = this.#patience.pollDue(now); it; it = this.#patience.pollDue(now)) {
      this.#refuse(now, it);
    }
    if (now < this.#lookAtMs) return;
    this.#lookAtMs = Infinity;
    for (const { peer } of outbox.waiting()) this.#lookFor(now, peer);
  }

  pollTimeout(): number {
    return Math.min(this.#lookAtMs, this.#parts.trusts.nextExpiry, this.#patience.next);
  }

  #look(atMs: number): void {
    if (this.#isAsking) this.#lookAtMs = Math.min(this.#lookAtMs, atMs);
  }

  /** Finds holders for what waits for somebody who is away. */
  #lookFor(now: number, recipient: PeerId): void {
    const { trusts, open, isBarred, membership, log, direct } = this.#parts;
    const head = log.find(direct.with(recipient), this.#me)?.held.head.seq ?? 0;
    if (head === 0 || open.has(recipient) || isBarred(recipient)) return;
    const asked = this.#willing.values().filter(({ offer }) => offer?.recipient === recipient);
    let count = trusts.holding(recipient, head) + asked.toArray().length;
    for (const willing of this.#willing.values()) {
      if (count >= HOLDERS_MAX) return;
      const { id, refused, offer } = willing;
      const hasAll = trusts.given(recipient, id) >= head;
      if (hasAll || offer !== undefined || refused.has(recipient)) continue;
      if (isBarred(id) || !membership.share(id, recipient)) continue;
      count += 1;
      willing.offer = { recipient, upTo: head, position: 0, before: 0, trust: undefined };
      this.#load(now, willing, willing.offer);
    }
  }

  #load(now: number, willing: Willing, offer: Offer): void {
    const { outbox, direct } = this.#parts;
    const { recipient: peer, position: after } = offer;
    const query = { peer, room: direct.with(peer), after, limit: LOAD_ROWS_MAX };
    const isAsked = outbox.peek(query, (at, rows, isEnd) => {
      // The session with it may be over by now.
      if (willing.offer !== offer) return;
      if (rows !== undefined) return this.#onRows(at, willing, offer, rows, isEnd);
      this.#cancel(willing);
      this.#look(at + RETRY_MS);
    });
    if (!isAsked) this.#end(now, willing, offer);
  }

  #onRows(
    now: number,
    willing: Willing,
    offer: Offer,
    rows: readonly OutboxRow[],
    isEnd: boolean,
  ): void {
    const { trusts, open, isBarred, outputs } = this.#parts;
    const { recipient } = offer;
    // Somebody may have come meanwhile, or have been judged.
    if (open.has(recipient) || isBarred(recipient) || isBarred(willing.id)) {
      this.#cancel(willing);
      return;
    }
    const held = trusts.of(recipient).filter(({ holder }) => holder === willing.id);
    const isHeld = (seq: number): boolean => held.some(({ runs }) => runs.has(seq));
    const letter = takeLetter(offer, rows, isHeld);
    if (letter === undefined && !isEnd) return this.#load(now, willing, offer);
    if (letter === undefined) return this.#end(now, willing, offer);
    const sealed = this.#seal(now, willing.id, recipient, letter);
    // Once it can be, it is not taken for given.
    if (sealed === undefined) return this.#cancel(willing);
    const { trust, envelope } = sealed;
    offer.trust = trust;
    this.#patience.set(willing.id, now + HOLDING_TIMEOUT_MS);
    outputs.send(willing.id, { kind: "hold", recipient, envelope });
  }

  #seal(
    now: number,
    holder: PeerId,
    recipient: PeerId,
    { after, rows }: Letter,
  ): { readonly trust: Trust; readonly envelope: Uint8Array } | undefined {
    const { signatures, envelopes, direct } = this.#parts;
    const room = direct.with(recipient);
    const names = rows.map(({ run: { seq, entries } }) => ({ room, seq, entries: entries.length }));
    const [name, row] = [names.at(-1), rows.at(-1)];
    if (name === undefined || row === undefined) return undefined;
    const seq = name.seq + name.entries - 1;
    const signature = signatures.sign({ room, author: this.#me, seq, hash: sha256(row.bytes) });
    const runs = rows.map(({ bytes }) => bytes);
    const envelope = envelopes.seal(recipient, { after, signature, runs });
    if (envelope === undefined) return undefined;
    const id = envelopeIdOf(sha256(envelope));
    const named = new Map(names.map((it) => [it.seq, it]));
    const wallMs = Math.floor(now);
    return { trust: { id, holder, recipient, room, runs: named, wallMs }, envelope };
  }

  #onHolding(now: number, holder: PeerId, id: EnvelopeId): void {
    const { trusts, journal } = this.#parts;
    const willing = this.#willing.get(holder);
    const offer = willing?.offer;
    const trust = offer?.trust;
    if (willing === undefined || offer === undefined || trust?.id !== id) return;
    offer.trust = undefined;
    this.#patience.delete(holder);
    if (trust.runs.size === 0) this.#finish(holder, id);
    else {
      trusts.add(trust);
      const runs = [...trust.runs.values()].map(({ seq, entries }) => ({ seq, entries }));
      journal.note({ kind: "entrusted", ...trust, runs });
    }
    this.#load(now, willing, offer);
  }

  /** It was not taken, or is held no more. */
  #onUnheld(now: number, holder: PeerId, id: EnvelopeId): void {
    const willing = this.#willing.get(holder);
    if (willing?.offer?.trust?.id === id) return this.#refuse(now, holder);
    const trust = this.#parts.trusts.get(id);
    if (trust?.holder !== holder) return;
    willing?.refused.add(trust.recipient);
    this.#withdraw(now, trust);
  }

  #onReturned(now: number, peer: PeerId, id: EnvelopeId, receipt: Uint8Array): void {
    const { trusts, signatures, outbox, outputs } = this.#parts;
    const trust = trusts.get(id);
    if (trust === undefined) return this.#finish(peer, id);
    const bucket = this.#receipts.get(peer) ?? receiptsFrom(now);
    this.#receipts.set(peer, bucket);
    if (!bucket.take(now)) return;
    const { recipient, room } = trust;
    const fields = { room, author: this.#me, envelope: id };
    if (!signatures.isReceipt(recipient, fields, receipt)) {
      outputs.event({ kind: "envelope", what: "unsigned", peer, id });
      return;
    }
    trust.returnedBy = peer;
    outbox.handleReturned(now, recipient, trust.runs.values());
  }

  /** Nothing of it waits any more. */
  #finish(peer: PeerId, id: EnvelopeId): void {
    if (this.#parts.open.has(peer)) this.#parts.outputs.send(peer, { kind: "done", id });
  }

  /** What is given is given no further. */
  #cancel(willing: Willing | undefined): void {
    if (willing === undefined) return;
    willing.offer = undefined;
    this.#patience.delete(willing.id);
  }

  /** All that waits was given. */
  #end(now: number, willing: Willing, { recipient, upTo }: Offer): void {
    willing.offer = undefined;
    this.#parts.trusts.onGiven(recipient, willing.id, upTo);
    this.#look(now);
  }

  #refuse(now: number, holder: PeerId): void {
    const willing = this.#willing.get(holder);
    if (willing?.offer === undefined) return;
    willing.refused.add(willing.offer.recipient);
    this.#cancel(willing);
    this.#look(now);
  }

  #withdraw(now: number, trust: Trust): void {
    this.#parts.journal.note({ kind: "unentrusted", id: trust.id });
    this.#lose(now, trust);
  }

  /**
   * What of it still waits, somebody else may hold, or the same again. Nobody takes what comes
   * after it without it: that is given again too, so that a holder has no hole.
   */
  #lose(now: number, trust: Trust): void {
    const { trusts, journal } = this.#parts;
    const { holder, recipient } = trust;
    const willing = this.#willing.get(holder);
    if (willing?.offer?.recipient === recipient) this.#cancel(willing);
    for (const it of trusts.of(recipient)) {
      if (it === trust || it.holder !== holder || firstOf(it) < firstOf(trust)) continue;
      journal.note({ kind: "unentrusted", id: it.id });
      trusts.remove(it);
    }
    trusts.remove(trust);
    this.onChanged(now);
  }
}

function firstOf({ runs }: Trust): number {
  return Math.min(...runs.keys());
}

function receiptsFrom(now: number): TokenBucket {
  return new TokenBucket(now, RECEIPTS_PER_SECOND, RECEIPTS_BURST);
}
