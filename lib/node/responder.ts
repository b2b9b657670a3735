import type { Address } from "../base/address.ts";
import { equalBytes, toHex, Writer } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { isAuthentic } from "../crypto/card.ts";
import { Handshake, type HandshakeResult } from "../crypto/handshake.ts";
import type { Identity } from "../crypto/identity.ts";
import { IK } from "../crypto/ik.ts";
import { sha256 } from "../crypto/primitives.ts";
import type { SealObserver } from "../crypto/transport.ts";
import type { Probing } from "../paths/probing.ts";
import { isSameWay, type Way } from "../paths/way.ts";
import type { Card } from "../wire/card.ts";
import {
  decodeHandshakePayload,
  encodeHandshakePayload,
  type HandshakePayload,
  type Renewal,
} from "../wire/handshake.ts";
import { decodeFrames, writeFrame } from "../wire/frames.ts";
import {
  encodePacket,
  type Packet,
  type Purpose,
  putTransportHeader,
  TRANSPORT_HEADER_BYTES,
  TRANSPORT_OVERHEAD_BYTES,
} from "../wire/packet.ts";
import { AddressProof, tagOf } from "./addressproof.ts";
import { HANDSHAKE_RTT_MS_MAX, prologueFor } from "./attempt.ts";
import type { Established } from "./established.ts";
import { Gate } from "./gate.ts";
import type { Indices } from "./indices.ts";
import type { Datagram } from "./machine.ts";
import type { Trails } from "./trails.ts";

/** Handshakes answered of late, confirmed or not; the oldest is forgotten first. */
const HALF_OPEN_MAX = 1024;
const HALF_OPEN_MS = 15_000;

/** Who has not called again for so long, with no answer confirmed, is not calling any more. */
const CALLING_MS = 4_000;

/** Sources of one initiation that are remembered; copies from others are answered all the same. */
const ANSWERED_TO_MAX = 8;

export type Initiation = Extract<Packet, { kind: "initiation" }>;

/** An initiation that was read, and that may be answered. */
export interface Caller {
  readonly handshake: Handshake;
  readonly payload: HandshakePayload;
  readonly packet: Initiation;
}

/**
 * A handshake that was answered. It shows, stores and acknowledges nothing until the first
 * transport packet proves that the initiator is there: message 1 can be replayed and forged (Noise
 * §7.7).
 */
export interface HalfOpen {
  readonly card: Card;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly renewal: Renewal | undefined;
  /** The caller's. */
  readonly run: number | undefined;
  readonly result: HandshakeResult;
  /** Message 2, for copies of the initiation that come by other paths too. */
  readonly noise: Uint8Array;
  readonly proof: AddressProof;
  readonly answeredAtMs: number;
  /** When the initiation, or a copy of it, came last. */
  heardAtMs: number;
  /** Where the answer went: whoever returns its challenge can receive there. */
  readonly answeredTo: Way[];
  /** The way of the first answer, and how long what it answers was. */
  readonly way: Way;
  readonly sizeBytes: number;
  /** Packets that its keys have sealed: the one word that may go with the answer. */
  sealed: number;
}

export interface ResponderOptions {
  readonly now: number;
  readonly random: Random;
  readonly identity: Identity;
  readonly ownCard: Card;
  /** This node's own: see `HandshakePayload`. */
  readonly run: number;
  /** Initiations of the other purpose are ignored. */
  readonly purpose: Purpose;
  readonly observe: SealObserver | undefined;
  readonly indices: Indices;
  /** Calls of those who are to be met are written down there. */
  readonly trails: Trails;
}

/** Answers handshakes that others begin: a copy with the same bytes again. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #gate: Gate;
  /** By the initiation's digest; in the order of their answers. */
  readonly #answered = new Map<string, HalfOpen>();
  /** By local index: those that no transport packet has confirmed. */
  readonly #halfOpen = new Map<number, HalfOpen>();

  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#gate = new Gate(options.now, options.purpose);
  }

  get halfOpens(): number {
    return this.#halfOpen.size;
  }

  /** Somebody is called there, or has proved to be there: its initiations are read first. */
  expect(now: number, address: Address): void {
    this.#gate.expect(now, address);
  }

  admitStranger(now: number): boolean {
    return this.#gate.admitStranger(now);
  }

  /** The answer to a copy of an initiation that was answered before. */
  answerTo(now: number, packet: Initiation, way: Way): Uint8Array | undefined {
    const before = this.#answered.get(digestOf(packet));
    if (before === undefined) return undefined;
    before.heardAtMs = now;
    const { answeredTo, card, renewal } = before;
    if (renewal === undefined) this.#options.trails.get(card.peerId)?.onCallSeen(now, way.remote);
    const isKnown = answeredTo.some((it) => isSameWay(it, way));
    if (!isKnown && answeredTo.length < ANSWERED_TO_MAX) answeredTo.push(way);
    return responseOf(before, packet, way);
  }

  /** Undefined for what is not meant for this node, forged, or too much. */
  read(now: number, packet: Initiation, from: Address): Caller | undefined {
    const { purpose, random, identity } = this.#options;
    if (packet.purpose !== purpose || !this.#gate.admit(now, from)) return undefined;
    const prologue = prologueFor(purpose);
    const staticKey = identity.noise;
    const handshake = new Handshake({ pattern: IK, initiator: false, prologue, random, staticKey });
    const bytes = handshake.readMessage(packet.noise);
    const payload = bytes === undefined ? undefined : decodeHandshakePayload(bytes);
    const remote = handshake.remoteStatic;
    if (payload === undefined || remote === undefined) return undefined;
    if (!equalBytes(payload.card.noiseKey, remote) || !isAuthentic(payload.card)) return undefined;
    if (payload.card.peerId === identity.peerId) return undefined;
    const { card, renewal } = payload;
    if (renewal === undefined) this.#options.trails.get(card.peerId)?.onCallSeen(now, from);
    return { handshake, payload, packet };
  }

  /** The datagram; `sizeBytes`: the initiation's, a longer answer is not given. */
  answer(
    now: number,
    caller: Caller,
    way: Way,
    renewal: Renewal | undefined,
    sizeBytes: number,
  ): Uint8Array | undefined {
    const { ownCard, indices, observe, random } = this.#options;
    const localIndex = indices.take();
    const run = renewal === undefined ? this.#options.run : undefined;
    const payload = encodeHandshakePayload({ index: localIndex, card: ownCard, renewal, run });
    const noise = caller.handshake.writeMessage(payload);
    const halfOpen = {
      card: caller.payload.card,
      localIndex,
      remoteIndex: caller.payload.index,
      renewal,
      run: caller.payload.run,
      result: caller.handshake.split(observe),
      noise,
      proof: new AddressProof(random),
      answeredAtMs: now,
      heardAtMs: now,
      answeredTo: [way],
      way,
      sizeBytes,
      sealed: 0,
    };
    const response = responseOf(halfOpen, caller.packet, way);
    if (response.length > sizeBytes) {
      indices.free(localIndex);
      return undefined;
    }
    this.#answered.set(digestOf(caller.packet), halfOpen);
    this.#halfOpen.set(localIndex, halfOpen);
    this.expire(now);
    return response;
  }

  /**
   * A chat message that leaves with the answer to this peer's latest call: one datagram, no longer
   * than the call was, and once. None where there is none to answer or it does not fit.
   */
  speak(peerId: PeerId, message: Uint8Array): Datagram[] {
    const halfOpen = [...this.#halfOpen.values()].findLast(({ card }) => card.peerId === peerId);
    if (halfOpen === undefined || halfOpen.sealed > 0 || halfOpen.renewal !== undefined) return [];
    const { remoteIndex, result, way, sizeBytes } = halfOpen;
    const frames = new Writer();
    writeFrame(frames, { kind: "word", data: message });
    if (TRANSPORT_OVERHEAD_BYTES + frames.length > sizeBytes) return [];
    const bytes = result.send.seal(0, frames.finish(), TRANSPORT_HEADER_BYTES);
    putTransportHeader(bytes, remoteIndex, 0);
    halfOpen.sealed = 1;
    return [{ socket: way.socket, to: way.remote, bytes }];
  }

  /**
   * Where the initiator receives, as a transport packet shows that came this way: where the answer
   * went whose challenge it returns. Undefined where it is not the initiator's, or shows nothing.
   */
  provedBy(
    { result, proof, answeredTo }: HalfOpen,
    { counter, sealed }: Extract<Packet, { kind: "transport" }>,
    by: Way,
  ): Way | undefined {
    const plaintext = result.receive.open(counter, sealed);
    const frames = plaintext && decodeFrames(plaintext);
    // Other such frames may be in it, of an older path's: this one is the last.
    const returned = frames?.findLast((frame) => frame.kind === "path-response");
    if (returned === undefined) return undefined;
    return [by, ...answeredTo].find(({ remote }) => proof.isProved(remote, returned.data));
  }

  halfOpenAt(localIndex: number): HalfOpen | undefined {
    return this.#halfOpen.get(localIndex);
  }

  /** Whether this peer was answered, and may be calling still. */
  hasHalfOpen(now: number, peerId: PeerId): boolean {
    return this.#halfOpen
      .values()
      .some(({ card, heardAtMs }) => card.peerId === peerId && now < heardAtMs + CALLING_MS);
  }

  /** Whether this peer was answered after `atMs`. */
  hasAnswered(peerId: PeerId, atMs: number): boolean {
    return this.#answered
      .values()
      .some((it) => it.card.peerId === peerId && it.answeredAtMs > atMs);
  }

  /**
   * It becomes a connection by this way and keeps its index. What the peer confirms late of a call
   * before this one, perhaps in an earlier life, must not replace it.
   */
  onConfirmed(now: number, confirmed: HalfOpen, way: Way): void {
    this.expect(now, way.remote);
    this.#halfOpen.delete(confirmed.localIndex);
    let isLater = false;
    this.#remove((halfOpen) => {
      isLater ||= halfOpen === confirmed;
      return !isLater && halfOpen.card.peerId === confirmed.card.peerId;
    });
  }

  /** Takes back all answers to this peer but one that became a connection. */
  forget(peerId: PeerId): void {
    this.#remove((halfOpen) => halfOpen.card.peerId === peerId);
  }

  /** Takes back those too old, or too many. */
  expire(now: number): void {
    let excess = this.#answered.size - HALF_OPEN_MAX;
    this.#remove((halfOpen) => excess-- > 0 || now >= halfOpen.answeredAtMs + HALF_OPEN_MS);
  }

  pollTimeout(): number {
    for (const { answeredAtMs } of this.#answered.values()) return answeredAtMs + HALF_OPEN_MS;
    return Infinity;
  }

  #remove(isMeant: (halfOpen: HalfOpen) => boolean): void {
    for (const [key, halfOpen] of this.#answered) {
      if (!isMeant(halfOpen)) continue;
      this.#answered.delete(key);
      if (!this.#halfOpen.delete(halfOpen.localIndex)) continue;
      this.#options.indices.free(halfOpen.localIndex);
      halfOpen.result.send.wipe();
      halfOpen.result.receive.wipe();
    }
  }
}

/** For the copy of the initiation that came this way. */
function responseOf(halfOpen: HalfOpen, { challenge: echo }: Initiation, way: Way): Uint8Array {
  const { remoteIndex: receiver, noise, proof, result } = halfOpen;
  const challenge = proof.challenge(way.remote);
  const tag = tagOf(result.tagKey, { echo, challenge });
  return encodePacket({ kind: "response", receiver, echo, challenge, tag, noise });
}

/** What it becomes where the initiator receives there, whatever was tried besides. */
export function establishedBy(
  now: number,
  halfOpen: HalfOpen,
  purpose: Purpose,
  { socket, remote }: Way,
  probing: Probing | undefined,
): Established {
  const { card, localIndex, remoteIndex, result, renewal, run, sealed, answeredAtMs } = halfOpen;
  return {
    card,
    purpose,
    isInitiator: false,
    localIndex,
    remoteIndex,
    keys: result,
    sealed,
    renewal,
    run,
    proof: undefined,
    socket,
    from: remote,
    rttMs: Math.min(now - answeredAtMs, HANDSHAKE_RTT_MS_MAX),
    candidates: probing?.candidates ?? [],
    datagramsLeft: probing?.probesLeft ?? 0,
  };
}

/** A copy is the same throughout: whoever knows but a part of it gets no answer for it. */
function digestOf({ noise }: Initiation): string {
  return toHex(sha256(noise));
}
