import type { Address } from "../base/address.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { encodeUtf8 } from "../base/text.ts";
import { isAuthentic } from "../crypto/card.ts";
import { Handshake, type HandshakeResult } from "../crypto/handshake.ts";
import type { Identity } from "../crypto/identity.ts";
import { IK } from "../crypto/ik.ts";
import { equalSecret } from "../crypto/primitives.ts";
import type { SealObserver, TransportKey } from "../crypto/transport.ts";
import { type Ahead, Probing } from "../paths/probing.ts";
import type { Punch } from "../paths/punch.ts";
import type { Way } from "../paths/way.ts";
import { type Card, encodeCard } from "../wire/card.ts";
import { decodeFrames } from "../wire/frames.ts";
import {
  decodeHandshakePayload,
  encodeHandshakePayload,
  type HandshakePayload,
  handshakePayloadBytesMax,
  type Renewal,
} from "../wire/handshake.ts";
import {
  COOKIE_BYTES,
  encodePacket,
  INITIATION_HEADER_BYTES,
  NONCE_BYTES,
  type Packet,
  type Purpose,
} from "../wire/packet.ts";
import { AddressProof, tagOf } from "./addressproof.ts";
import { MAIN_SOCKET } from "./machine.ts";
import type { Tokens } from "./meetings.ts";
import type { Trail } from "./trails.ts";

/** A server may refuse a cookie because the address changed on the way, but not for ever. */
const COOKIES_MAX = 3;

/** Without an answer and without a new introduction an attempt is given up. §4 */
const ATTEMPT_MS = 15_000;

/** A peer that has not answered for so long counts as unreachable, while the attempt goes on. */
const UNREACHABLE_MS = 8_000;

/**
 * A handshake's time holds the waits for what was lost on the way. Beyond what is assumed without
 * any measurement, RFC 9002 §6.2.2, it tells nothing of the round trip.
 */
export const HANDSHAKE_RTT_MS_MAX = 333;

/** What both ends of a handshake must agree on without sending it. PROTOCOL.md §4. */
export function prologueFor(purpose: Purpose): Uint8Array {
  return encodeUtf8(`p2pchat/1 ${purpose}`);
}

export interface AttemptOptions {
  readonly now: number;
  readonly random: Random;
  readonly identity: Identity;
  readonly ownCard: Card;
  readonly card: Card;
  readonly purpose: Purpose;
  readonly localIndex: number;
  readonly renewal: Renewal | undefined;
  /** This node's own: see `HandshakePayload`. */
  readonly run: number;
  readonly observe: SealObserver | undefined;
  /** What is done and seen is written down there. */
  readonly trail: Trail;
}

export interface Accepted {
  readonly result: HandshakeResult;
  readonly payload: HandshakePayload;
  /** From the first probe to that address, at most `HANDSHAKE_RTT_MS_MAX`. */
  readonly rttMs: number;
}

/** A chat message that comes ahead of a session. */
export interface Word {
  readonly peerId: PeerId;
  readonly data: Uint8Array;
}

/** This node's side of a handshake that it began: the first message, fanned out until answered. */
export class Attempt {
  readonly peerId: PeerId;
  readonly card: Card;
  readonly purpose: Purpose;
  readonly localIndex: number;
  readonly renewal: Renewal | undefined;
  readonly probing: Probing;
  /** The same through carriers, where there are any. */
  #relaying: Probing | undefined;
  readonly trail: Trail;
  meeting: Tokens | undefined;
  /** What is done besides calling. */
  punch: Punch | undefined;
  readonly #handshake: Handshake;
  readonly #observe: SealObserver | undefined;
  readonly #noise: Uint8Array;
  readonly #proof: AddressProof;
  readonly #firstSentAtMs = new Map<Address, number>();
  #wordKey: TransportKey | undefined;
  #cookie: Uint8Array = new Uint8Array(0);
  #cookiesLeft = COOKIES_MAX;
  #expiresAtMs: number;
  #unreachableAtMs: number;

  constructor(options: AttemptOptions) {
    const { card, ownCard, purpose, renewal, identity, localIndex, run } = options;
    this.peerId = card.peerId;
    this.card = card;
    this.purpose = purpose;
    this.localIndex = localIndex;
    this.renewal = renewal;
    this.trail = options.trail;
    this.#observe = options.observe;
    this.#proof = new AddressProof(options.random);
    this.#handshake = new Handshake({
      pattern: IK,
      initiator: true,
      prologue: prologueFor(purpose),
      random: options.random,
      staticKey: identity.noise,
      remoteStatic: card.noiseKey,
    });
    const payloadMin = payloadBytesMin(ownCard, card);
    const payload = encodeHandshakePayload(
      { index: localIndex, card: ownCard, renewal, run },
      payloadMin,
    );
    this.#noise = this.#handshake.writeMessage(payload);
    const cookieBytes = purpose === "server" ? COOKIE_BYTES : 0;
    this.probing = new Probing(INITIATION_HEADER_BYTES + cookieBytes + this.#noise.length);
    this.#expiresAtMs = options.now + ATTEMPT_MS;
    this.#unreachableAtMs = options.now + UNREACHABLE_MS;
  }

  onIntroduction(now: number, candidates: readonly Way[], ahead?: Ahead): void {
    this.probing.onIntroduction(now, candidates, ahead);
    const tried = [...this.probing.candidates, ...(this.#relaying?.candidates ?? [])];
    for (const address of this.#firstSentAtMs.keys()) {
      const isTried = tried.some(({ remote }) => remote === address);
      if (!isTried) this.#firstSentAtMs.delete(address);
    }
    this.#expiresAtMs = now + ATTEMPT_MS;
  }

  /** Nothing direct has come of it: it goes on by these ways too, with a budget of their own. */
  onCarriers(now: number, ways: readonly Way[]): void {
    this.#relaying ??= new Probing(this.bytes);
    this.#relaying.onIntroduction(now, ways);
  }

  /** Where the next copy goes now. */
  pollWay(): Way | undefined {
    return this.probing.pollProbe() ?? this.#relaying?.pollProbe();
  }

  handleTimeout(now: number): void {
    this.probing.handleTimeout(now);
    this.#relaying?.handleTimeout(now);
  }

  /** The other side's punch came this way. Whether it is answered by a call, see `Probing`. */
  onPunched(now: number, way: Way): boolean {
    this.punch?.handleHit(now);
    this.trail.onPunchSeen(now, way.remote);
    return this.probing.onPunched(now, way);
  }

  /** What a server's challenge handed out; every copy carries it. False where it is not taken. */
  setCookie(cookie: Uint8Array): boolean {
    if (this.#cookiesLeft === 0 || equalBytes(cookie, this.#cookie)) return false;
    this.#cookiesLeft--;
    this.#cookie = cookie.slice();
    return true;
  }

  /** A server refers to an initiation without a valid cookie by its ephemeral key's beginning. */
  isMeantBy(nonce: Uint8Array): boolean {
    return equalBytes(nonce, this.#noise.subarray(0, NONCE_BYTES));
  }

  /** Whether it may have been heard from there. */
  hasCalled(address: Address): boolean {
    return this.#firstSentAtMs.has(address);
  }

  /** The size of the datagram to send. */
  get bytes(): number {
    return INITIATION_HEADER_BYTES + this.#cookie.length + this.#noise.length;
  }

  /** The datagram to send; the same but for the challenge each time. */
  initiation(now: number, to: Address): Uint8Array {
    if (this.renewal === undefined) this.trail.onCall();
    if (!this.#firstSentAtMs.has(to)) this.#firstSentAtMs.set(to, now);
    return encodePacket({
      kind: "initiation",
      purpose: this.purpose,
      challenge: this.#proof.challenge(to),
      cookie: this.#cookie,
      noise: this.#noise,
    });
  }

  /**
   * Undefined unless the packet is the answer of just the peer that was called, from there, and to
   * what went there.
   */
  accept(
    now: number,
    from: Address,
    packet: Extract<Packet, { kind: "response" }>,
  ): Accepted | undefined {
    // A copy that comes from elsewhere must not lead what follows there, nor an answer that the
    // peer sends under an address where it was called and is not.
    const sentAtMs = this.#firstSentAtMs.get(from);
    if (sentAtMs === undefined || !this.#proof.isProved(from, packet.echo)) return undefined;
    const read = this.#handshake.readLast(packet.noise, this.#observe);
    if (read === undefined) return undefined;
    if (!equalSecret(tagOf(read.result.tagKey, packet), packet.tag)) return undefined;
    const payload = decodeHandshakePayload(read.payload);
    if (payload === undefined || payload.card.peerId !== this.peerId) return undefined;
    if (!equalBytes(payload.card.noiseKey, this.card.noiseKey)) return undefined;
    if (!isAuthentic(payload.card)) return undefined;
    const rttMs = Math.min(now - sentAtMs, HANDSHAKE_RTT_MS_MAX);
    return { result: read.result, payload, rttMs };
  }

  /** No session comes of an answer with these keys, but a word may have been said with it. */
  awaitWord({ receive }: HandshakeResult): void {
    this.#wordKey = receive;
  }

  /** A word that was said with such an answer, once. */
  openWord({ counter, sealed }: Extract<Packet, { kind: "transport" }>): Word | undefined {
    const plaintext = this.#wordKey?.open(counter, sealed);
    const frames = plaintext && decodeFrames(plaintext);
    const word = frames?.find((frame) => frame.kind === "word");
    if (word !== undefined) this.#wordKey = undefined;
    return word && { peerId: this.peerId, data: word.data };
  }

  /** True once, when nothing has come of it for too long, however often it was begun anew. */
  takeUnreachable(now: number): boolean {
    if (now < this.#unreachableAtMs) return false;
    this.#unreachableAtMs = Infinity;
    return true;
  }

  isExpired(now: number): boolean {
    return now >= this.#expiresAtMs;
  }

  pollTimeout(): number {
    const own = Math.min(this.#expiresAtMs, this.#unreachableAtMs);
    const { punch } = this;
    const punchAtMs = punch === undefined ? Infinity : Math.min(punch.pollTimeout(), punch.endAtMs);
    const relayingAtMs = this.#relaying?.pollTimeout() ?? Infinity;
    return Math.min(this.probing.pollTimeout(), relayingAtMs, punchAtMs, own);
  }
}

/**
 * No answer exceeds its question (§9), and the answer to this may be the peer's own initiation:
 * both are as long as the longer of the two cards asks for. A response is 30 bytes shorter, so that
 * the peer may have taken a longer name meanwhile.
 */
function payloadBytesMin(ownCard: Card, card: Card): number {
  const [own, other] = [encodeCard(ownCard), encodeCard(card)];
  return handshakePayloadBytesMax(Math.max(own.length, other.length));
}

export function fromMain(remote: Address): Way {
  return { socket: MAIN_SOCKET, remote };
}
