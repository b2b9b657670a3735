import type { Address } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { isSameWay, type Way } from "../paths/way.ts";
import type { Admission } from "../rendezvous/admission.ts";
import type { Card } from "../wire/card.ts";
import { NONCE_BYTES, type Packet } from "../wire/packet.ts";
import { type Attempt, fromMain, type Word } from "./attempt.ts";
import { Attempts, type AttemptsOptions } from "./attempts.ts";
import type { Connection } from "./connection.ts";
import type { Established } from "./established.ts";
import { isInitiation } from "./gate.ts";
import { Greeting, type Pin, type ServerPlace } from "./greeting.ts";
import { type Datagram, MAIN_SOCKET, type SocketId, type SocketState } from "./machine.ts";
import { costOf, type Meeting, Meetings } from "./meetings.ts";
import { agree, isTimely } from "./renewals.ts";
import { establishedBy, type Initiation, Responder, type ResponderOptions } from "./responder.ts";
import { sideOf } from "./side.ts";
import type { SideSockets } from "./sidesockets.ts";

/** Who was answered so recently is not called: the answer has opened the way already. */
const ANSWERED_RECENTLY_MS = 1_000;

export interface HandshakesOptions extends AttemptsOptions, ResponderOptions {
  /** A server's: who calls it proves its address first. */
  readonly admission: Admission | undefined;
  /** Something waits for this peer, without a session, that `speak` would say. */
  readonly hasWord: (peerId: PeerId) => boolean;
  /** Nobody has told of this peer, and it was never met: only so many such are answered. */
  readonly isStranger: (peerId: PeerId) => boolean;
  readonly sockets: SideSockets;
}

type Of<Kind extends Packet["kind"]> = Extract<Packet, { kind: Kind }>;

export type HandshakesEvent =
  /** A peer that calls was answered: see `speak`. */
  | { readonly kind: "answered"; readonly peerId: PeerId }
  /** What a peer said with its answer, ahead of a session. */
  | ({ readonly kind: "word" } & Word)
  /** None of the candidates has answered yet, and it should have; the attempt goes on. */
  | { readonly kind: "unreachable"; readonly peerId: PeerId; readonly candidates: number }
  /** The server answered for the first time: from now on it must have this key. */
  | ({ readonly kind: "pinned" } & Pin)
  /** The server does not have the key it is known by. */
  | { readonly kind: "other-key"; readonly name: string; readonly address: Address };

/**
 * Every handshake of a node, begun or answered, up to the keys. PROTOCOL.md §3 and §4. Where two
 * call one another, the lower Noise key leads: it calls again where it has called, or answers.
 */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #responder: Responder;
  readonly #attempts: Attempts;
  readonly #meetings: Meetings;
  #greeting: Greeting | undefined;
  #datagrams: Datagram[] = [];
  #events: HandshakesEvent[] = [];

  constructor(options: HandshakesOptions) {
    this.#options = options;
    this.#responder = new Responder(options);
    this.#attempts = new Attempts(options);
    this.#meetings = new Meetings(options);
  }

  get sizes(): { readonly attempts: number; readonly halfOpen: number } {
    return { attempts: this.#attempts.size, halfOpen: this.#responder.halfOpens };
  }

  isCalling(peerId: PeerId): boolean {
    return this.#attempts.to(peerId) !== undefined;
  }

  /** Makes this the server to stay in touch with, instead of one before; a name keeps its pin. */
  meetServer(now: number, server: ServerPlace): void {
    for (const attempt of this.#attempts.values()) {
      if (attempt.purpose === "server") this.#drop(attempt);
    }
    this.#greeting = new Greeting(now, this.#options.random, server, this.#greeting);
    this.#greet(now);
  }

  /** Looks for the server again, whatever it has said. False where none is known. */
  meetAgain(now: number): boolean {
    this.#greeting?.resume(now);
    this.#greet(now);
    return this.#greeting !== undefined;
  }

  /** A session is there: what was under way to meet a server has come to its end. */
  onServerOpened(): void {
    this.#greeting?.pause();
  }

  /** The server does not answer in the session: it may be another by now, or know nothing of it. */
  onServerDoubted(now: number): void {
    if (this.#greeting?.isPaused !== true) return;
    this.#greeting.resume(now);
    this.#greet(now);
  }

  /** A session is over, and there is nothing to renew. */
  onClosed(now: number, connection: Connection, wasServer: boolean, code: number): void {
    const attempt = this.#attempts.to(connection.card.peerId);
    if (attempt?.renewal !== undefined) this.#drop(attempt);
    if (wasServer) this.#greeting?.onClosed(now, code);
  }

  /** Somebody was introduced: calls on all of these addresses. Whether it punches besides. */
  call(now: number, card: Card, candidates: readonly Address[], meeting?: Meeting): boolean {
    if (this.#responder.hasAnswered(card.peerId, now - ANSWERED_RECENTLY_MS)) return false;
    const attempt = this.#attempts.to(card.peerId) ?? this.#attempts.begin(now, card, "peer");
    if (attempt === undefined) return false;
    const ahead = this.#meetings.begin(now, attempt, meeting, candidates);
    attempt.onIntroduction(now, candidates.map(fromMain), costOf(ahead));
    this.#datagrams.push(...ahead);
    this.#progress(now, attempt);
    return attempt.punch !== undefined;
  }

  /** Whoever is called is called through carriers too. */
  callVia(now: number, peerId: PeerId, ways: readonly Way[]): void {
    const attempt = this.#attempts.to(peerId);
    if (attempt === undefined) return;
    attempt.onCarriers(now, ways);
    this.#progress(now, attempt);
  }

  /** Somebody punched this socket: who is being called is called on it. */
  handlePunch(now: number, socket: SocketId, from: Address, packet: Of<"punch">): boolean {
    const attempt = this.#meetings.of(packet);
    if (attempt === undefined) return false;
    const way = { socket, remote: from };
    const open = this.#options.connections.get(attempt.peerId);
    // The path in use is no other path.
    if (open?.isDoubted === false && isSameWay(open.path, way)) return true;
    if (!attempt.onPunched(now, way)) return true;
    this.#sendInitiation(now, attempt, socket, from);
    this.#attempts.schedule(attempt);
    return true;
  }

  /** A socket that a call asked for is there, or will not be. */
  handleSocket(now: number, socket: SocketId, state: SocketState): void {
    const attempt = this.#meetings.handleSocket(this.#attempts.values(), socket, state);
    if (attempt !== undefined) this.#progress(now, attempt);
  }

  /** New keys for a session, on the path that it uses. */
  renew(now: number, connection: Connection): void {
    const { card, purpose, path } = connection;
    if (this.#attempts.to(card.peerId) !== undefined) return;
    const attempt = this.#attempts.begin(now, card, purpose);
    if (attempt === undefined) return;
    attempt.onIntroduction(now, [path]);
    this.#progress(now, attempt);
  }

  /** False for what was ignored. A hello costs no state, and its answer is no larger. */
  handleHello(
    now: number,
    socket: SocketId,
    to: Address,
    nonce: Uint8Array,
    size: number,
  ): boolean {
    const { admission, ownCard } = this.#options;
    const bytes = admission?.challenge(now, to, { nonce, card: ownCard, sizeMax: size });
    if (bytes === undefined) return false;
    this.#datagrams.push({ socket, to, bytes });
    return true;
  }

  handleChallenge(now: number, from: Address, packet: Of<"challenge">): boolean {
    const greeting = this.#greeting;
    if (greeting?.addresses.includes(from) !== true) return false;
    for (const attempt of this.#attempts.values()) {
      if (attempt.purpose === "server" && attempt.isMeantBy(packet.nonce)) {
        const isTaken = attempt.setCookie(packet.cookie);
        if (isTaken) this.#sendInitiation(now, attempt, MAIN_SOCKET, from);
        return isTaken;
      }
    }
    const outcome = greeting.handleChallenge(packet);
    if (outcome.kind === "ignored") return false;
    if (outcome.kind === "other-key") {
      this.#events.push({ kind: "other-key", name: greeting.name, address: from });
      return true;
    }
    const attempt = this.#attempts.begin(now, outcome.card, "server");
    attempt?.setCookie(outcome.cookie);
    attempt?.onIntroduction(now, [fromMain(from)]);
    if (attempt !== undefined) this.#progress(now, attempt);
    return true;
  }

  /** False for what was ignored; a copy of an answered one is answered by the path it came. */
  handleInitiation(
    now: number,
    socket: SocketId,
    from: Address,
    packet: Initiation,
    size: number,
  ): boolean {
    const { admission } = this.#options;
    if (admission !== undefined && !admission.accepts(now, from, packet.cookie)) {
      return this.handleHello(now, socket, from, packet.noise.subarray(0, NONCE_BYTES), size);
    }
    if (!isInitiation(packet)) return false;
    const way = { socket, remote: from };
    const before = this.#responder.answerTo(now, packet, way);
    if (before !== undefined) {
      if (before.length <= size) this.#datagrams.push({ socket, to: from, bytes: before });
      return true;
    }
    const caller = this.#responder.read(now, packet, from);
    if (caller === undefined) return false;
    const { card, renewal } = caller.payload;
    const crossing = this.#attempts.to(card.peerId);
    if (crossing?.purpose === "peer" && this.#leads(card) && crossing.hasCalled(from)) {
      crossing.punch?.handleHit(now);
      crossing.probing.onAuthenticSource(now, way);
      if (crossing.bytes <= size) this.#sendInitiation(now, crossing, socket, from);
      // No session comes of it, but a word that goes with an answer is there the sooner.
      if (!this.#options.hasWord(card.peerId)) return true;
    }
    if (!this.#takesUp(now, card.peerId)) return false;
    const agreed = agree(this.#options.connections.get(card.peerId)?.session, renewal);
    if (agreed === "stale") return false;
    const bytes = this.#responder.answer(now, caller, way, agreed, size);
    if (bytes === undefined) return false;
    crossing?.punch?.handleHit(now);
    this.#datagrams.push({ socket, to: from, bytes });
    this.#events.push({ kind: "answered", peerId: card.peerId });
    return true;
  }

  /** Says a word, a chat message, with the answer that was just given: see `Responder.speak`. */
  speak(peerId: PeerId, message: Uint8Array): void {
    this.#datagrams.push(...this.#responder.speak(peerId, message));
  }

  /** The keys, where this is the answer of just the peer that was called. */
  handleResponse(
    now: number,
    socket: SocketId,
    from: Address,
    packet: Of<"response">,
  ): Established | undefined {
    const attempt = this.#attempts.at(packet.receiver);
    const accepted = attempt?.accept(now, from, packet);
    if (attempt === undefined || accepted === undefined) return undefined;
    const { payload, result, rttMs } = accepted;
    if (this.#awaitsLeader(now, attempt)) {
      attempt.awaitWord(result);
      return undefined;
    }
    if (!isTimely(this.#options.connections.get(attempt.peerId)?.session, payload.renewal)) {
      this.#drop(attempt);
      return undefined;
    }
    this.#attempts.end(attempt);
    this.#meetings.end(attempt);
    // The one that leads has decided: an answer it gave earlier must not come to life as well.
    if (this.#leads(attempt.card)) this.#responder.forget(attempt.peerId);
    this.#pinServer(attempt);
    return {
      card: payload.card,
      purpose: attempt.purpose,
      isInitiator: true,
      localIndex: attempt.localIndex,
      remoteIndex: payload.index,
      keys: result,
      sealed: 0,
      renewal: payload.renewal,
      run: payload.run,
      proof: packet.challenge.slice(),
      socket,
      from,
      rttMs,
      candidates: attempt.probing.candidates,
      datagramsLeft: attempt.probing.probesLeft,
    };
  }

  /** What the leader said with an answer of which no session comes. */
  handleWord(packet: Of<"transport">): boolean {
    const word = this.#attempts.at(packet.receiver)?.openWord(packet);
    if (word !== undefined) this.#events.push({ kind: "word", ...word });
    return word !== undefined;
  }

  /** The keys, where a first transport packet proves that an answer has arrived. */
  confirm(
    now: number,
    socket: SocketId,
    from: Address,
    packet: Of<"transport">,
  ): Established | undefined {
    const halfOpen = this.#responder.halfOpenAt(packet.receiver);
    if (halfOpen === undefined) return undefined;
    const { card, renewal } = halfOpen;
    if (!isTimely(this.#options.connections.get(card.peerId)?.session, renewal)) return undefined;
    if (!this.#attempts.hasPlaceFor(card.peerId)) return undefined;
    const way = this.#responder.provedBy(halfOpen, packet, { socket, remote: from });
    if (way === undefined) return undefined;
    this.#responder.onConfirmed(now, halfOpen, way);
    const attempt = this.#attempts.to(card.peerId);
    if (attempt !== undefined) this.#drop(attempt);
    return establishedBy(now, halfOpen, this.#options.purpose, way, attempt?.probing);
  }

  pollDatagram(): Datagram | undefined {
    return this.#datagrams.shift();
  }

  pollEvent(): HandshakesEvent | undefined {
    return this.#events.shift();
  }

  handleTimeout(now: number): void {
    const attempts = this.#attempts;
    for (let due = attempts.pollDue(now); due; due = attempts.pollDue(now)) {
      due.handleTimeout(now);
      if (due.takeUnreachable(now)) this.#tellUnreachable(due);
      if (due.isExpired(now)) this.#giveUp(now, due);
      else this.#progress(now, due);
    }
    this.#responder.expire(now);
    this.#greet(now);
  }

  pollTimeout(): number {
    const greeting = this.#greeting?.pollTimeout() ?? Infinity;
    return Math.min(this.#attempts.pollTimeout(), this.#responder.pollTimeout(), greeting);
  }

  #progress(now: number, attempt: Attempt): void {
    for (let way = attempt.pollWay(); way !== undefined; way = attempt.pollWay()) {
      this.#sendInitiation(now, attempt, way.socket, way.remote);
    }
    this.#datagrams.push(...this.#meetings.takePunches(now, attempt));
    this.#attempts.schedule(attempt);
  }

  #sendInitiation(now: number, attempt: Attempt, socket: SocketId, to: Address): void {
    this.#responder.expect(now, to);
    this.#datagrams.push({ socket, to, bytes: attempt.initiation(now, to) });
  }

  #drop(attempt: Attempt): void {
    this.#attempts.drop(attempt);
    this.#meetings.end(attempt);
  }

  #giveUp(now: number, attempt: Attempt): void {
    this.#drop(attempt);
    const isFirst = attempt.renewal === undefined;
    if (isFirst && attempt.purpose === "server") this.#greeting?.restart(now, "unanswered");
  }

  #tellUnreachable(attempt: Attempt): void {
    if (attempt.renewal !== undefined || attempt.purpose === "server") return;
    const candidates = attempt.probing.candidates.length;
    this.#events.push({ kind: "unreachable", peerId: attempt.peerId, candidates });
  }

  #greet(now: number): void {
    for (const hello of this.#greeting?.takeHellos(now) ?? []) {
      this.#datagrams.push({ socket: MAIN_SOCKET, ...hello });
    }
  }

  #pinServer(attempt: Attempt): void {
    if (attempt.purpose !== "server") return;
    const pin = this.#greeting?.pin(attempt.card.noiseKey);
    if (pin !== undefined) this.#events.push({ kind: "pinned", ...pin });
  }

  /** Whether a call of this peer may be answered. */
  #takesUp(now: number, peerId: PeerId): boolean {
    if (!this.#attempts.hasPlaceFor(peerId)) return false;
    const isKnown = this.#options.connections.has(peerId) || !this.#options.isStranger(peerId);
    return isKnown || this.#responder.admitStranger(now);
  }

  /** Whether this node's handshake prevails over the other's. */
  #leads(other: Card): boolean {
    return sideOf(this.#options.ownCard, other) === "lower";
  }

  /**
   * Whether the leader's call was answered and may yet come to life: until then one's own call must
   * not, or each side could end up with another of the two.
   */
  #awaitsLeader(now: number, { card, peerId }: Attempt): boolean {
    return !this.#leads(card) && this.#responder.hasHalfOpen(now, peerId);
  }
}
