import type { Address } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import type { Random } from "../base/random.ts";
import { KEEPALIVE_MS } from "../paths/keepalive.ts";
import { type Path, PathSet } from "../paths/pathset.ts";
import type { ChannelMessages } from "../reliable/receiver.ts";
import { Queue } from "../base/queue.ts";
import { CLOSE_CODES, Session } from "../session/session.ts";
import type { EpochOptions } from "../session/epoch.ts";
import type { Card } from "../wire/card.ts";
import type { Datagram } from "./machine.ts";
import type { PathRules } from "./pathrules.ts";
import { REKEY_MS, SERVER_REKEY_MS } from "../wire/limits.ts";
import { type Purpose, TRANSPORT_HEADER_BYTES } from "../wire/packet.ts";

/** After so long a silence the keepalive asks for an answer. */
const SILENCE_MS = 12_000;

/** A server keeps nothing alive: what comes to it after so long a silence is a keepalive. */
const REST_MS = KEEPALIVE_MS / 2;

/** How long an answer may be owed before the peer is gone: a server must be missed quickly. §6 */
const DEAD_MS = { peer: 20_000, server: 7_000 } as const;

/**
 * And how long it may be owed by a peer that is heard: one that hears us acknowledges within a
 * probe timeout, and for one that never does packets would be kept and repeated without end. §5
 */
const UNACKNOWLEDGED_MS = 60_000;

/** A server forgets a client that was silent for the longest keepalive, 25 s, and some probes. */
const CLIENT_IDLE_MS = 45_000;

/** The responder leaves the renewal of keys to the initiator for so long. */
const RENEWAL_GRACE_MS = 15_000;
const RENEWAL_RETRY_MS = 10_000;

/** Path challenges answered: a peer must not make us send about. */
const RESPONSES_PER_SECOND = 8;

export type ConnectionEvent =
  | ChannelMessages
  | { readonly kind: "writable"; readonly channel: number }
  | { readonly kind: "datagram"; readonly data: Uint8Array }
  | { readonly kind: "word"; readonly data: Uint8Array }
  /** From the path that was in use. */
  | { readonly kind: "moved"; readonly from: Path }
  | { readonly kind: "renewal-due" }
  | { readonly kind: "retired"; readonly localIndex: number }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

export interface ConnectionOptions {
  readonly random: Random;
  readonly card: Card;
  /** What the responder is to the initiator. */
  readonly purpose: Purpose;
  readonly isInitiator: boolean;
  readonly sessionId: Uint8Array;
  readonly epoch: EpochOptions;
  readonly path: Path;
  readonly rttMs: number | undefined;
  readonly rules: PathRules;
}

/** A session and the paths it uses: one peer for as long as it is there. */
export class Connection {
  readonly purpose: Purpose;
  readonly isInitiator: boolean;
  readonly session: Session;
  card: Card;
  readonly #paths: PathSet;
  readonly #rules: PathRules;
  #responses: TokenBucket | undefined;
  /** Both are made when there is something in them: a connection at rest holds neither. */
  #events: Queue<ConnectionEvent> | undefined;
  /** Answers to path challenges and keepalives, which do not wait for their turn. */
  #urgent: Queue<Datagram> | undefined;
  #sentAtMs: number;
  #heardAtMs: number;
  /** Since when something was sent that wants an answer, and nothing was heard. */
  #awaitingSinceMs = Infinity;
  #renewalAtMs: number;
  #isOver = false;

  constructor(options: ConnectionOptions) {
    const { now } = options.epoch;
    this.purpose = options.purpose;
    this.isInitiator = options.isInitiator;
    this.card = options.card;
    const { sessionId: id, epoch, rttMs } = options;
    const datagramBytesMax = options.rules.datagramBytesMax(options.path);
    this.session = new Session({ id, epoch, rttMs, datagramBytesMax });
    this.#paths = new PathSet(options.random, options.path);
    this.#rules = options.rules;
    this.#sentAtMs = now;
    this.#heardAtMs = now;
    this.#renewalAtMs = this.#renewalDueAt(now);
  }

  get path(): Path {
    return this.#paths.current;
  }

  /** False where the packet is not the peer's. */
  receive(
    now: number,
    socket: number,
    from: Address,
    packet: { receiver: number; counter: number; sealed: Uint8Array },
  ): boolean {
    const { receiver, counter, sealed } = packet;
    const received = this.session.receive(now, receiver, counter, sealed);
    if (received === undefined) return false;
    this.#heardAtMs = now;
    this.#awaitingSinceMs = Infinity;
    const path = this.#pathFrom(socket, from);
    const size = TRANSPORT_HEADER_BYTES + sealed.length;
    if (received.isWhereItIs) this.#paths.onHeard(now, path, size);
    this.#drainSession(now, path);
    if (this.#isServersEnd && now >= this.#sentAtMs + REST_MS) this.#rest();
    return true;
  }

  /** The peer could be heard from here too, in a datagram of `size` bytes. */
  onAlternative(now: number, socket: number, from: Address, size: number): void {
    this.#paths.onAlternative(now, this.#pathFrom(socket, from), size);
  }

  renew(options: EpochOptions): void {
    this.session.renew(options);
    this.#renewalAtMs = this.#renewalDueAt(options.now);
    this.#drainSession(options.now, this.path);
  }

  handleTimeout(now: number): void {
    this.session.handleTimeout(now);
    this.#drainSession(now, this.path);
    if (now >= this.#deadAtMs) this.#end(CLOSE_CODES.done, "no answer");
    if (this.#isOver) return;
    if (now >= this.#keepaliveAtMs) this.#keepAlive(now);
    if (now >= this.#renewalAtMs) {
      this.#renewalAtMs = now + RENEWAL_RETRY_MS;
      this.#tell({ kind: "renewal-due" });
    }
  }

  pollTimeout(): number {
    if (this.#isOver) return Infinity;
    return Math.min(
      this.session.pollTimeout(),
      this.#paths.pollTimeout(),
      this.#deadAtMs,
      this.#keepaliveAtMs,
      this.#renewalAtMs,
    );
  }

  /** What was heard, in order. */
  pollEvent(): ConnectionEvent | undefined {
    return this.#events?.shift();
  }

  /** The next datagram to send now. May leave events behind. */
  pollDatagram(now: number): Datagram | undefined {
    const urgent = this.#urgent?.shift();
    if (urgent !== undefined) return urgent;
    this.#urgent = undefined;
    if (this.#isOver) return undefined;
    const probe = this.#paths.pollProbe(now);
    if (probe !== undefined) {
      const bytes = this.session.sealProbe({ kind: "path-challenge", data: probe.data });
      if (bytes !== undefined) return sendOn(probe.path, bytes);
    }
    const packet = this.session.pollPacket(now);
    if (packet === undefined) {
      this.#drainSession(now, this.path);
      return undefined;
    }
    this.#sentAtMs = now;
    const isRenewalFar = this.#renewalAtMs > now + RENEWAL_RETRY_MS;
    if (isRenewalFar && this.session.isWellUsed && !this.#isServersEnd) this.#renewalAtMs = now;
    if (this.#awaitingSinceMs === Infinity && this.session.unacknowledgedSince < Infinity) {
      this.#awaitingSinceMs = now;
    }
    return sendOn(this.path, packet);
  }

  #drainSession(now: number, from: Path): void {
    for (let e = this.session.pollEvent(); e !== undefined; e = this.session.pollEvent()) {
      switch (e.kind) {
        case "messages":
        case "writable":
        case "datagram":
        case "word":
        case "retired":
          this.#tell(e);
          break;
        case "path-challenge":
          this.#respond(now, from, e.data);
          break;
        case "path-response": {
          const { path } = this;
          if (this.#paths.onResponse(now, e.data)) {
            this.session.onPathChanged(this.#rules.datagramBytesMax(this.path));
            this.#tell({ kind: "moved", from: path });
          }
          break;
        }
        case "closed":
          this.#end(e.code, e.reason);
          break;
        default:
          e satisfies never;
      }
    }
  }

  #respond(now: number, to: Path, data: Uint8Array): void {
    this.#responses ??= new TokenBucket(now, RESPONSES_PER_SECOND, RESPONSES_PER_SECOND);
    if (!this.#responses.take(now)) return;
    const bytes = this.session.sealProbe({ kind: "path-response", data });
    if (bytes !== undefined) this.#sendAtOnce(sendOn(to, bytes));
  }

  #keepAlive(now: number): void {
    this.#sentAtMs = now;
    this.#rest();
    if (now - this.#heardAtMs >= SILENCE_MS) {
      this.session.ping();
      return;
    }
    const bytes = this.session.sealProbe(undefined);
    if (bytes !== undefined) this.#sendAtOnce(sendOn(this.path, bytes));
  }

  /** Nothing is expected for a while. */
  #rest(): void {
    this.session.rest();
    if (this.#events?.length === 0) this.#events = undefined;
  }

  #tell(event: ConnectionEvent): void {
    this.#events ??= new Queue();
    this.#events.push(event);
  }

  #sendAtOnce(datagram: Datagram): void {
    this.#urgent ??= new Queue();
    this.#urgent.push(datagram);
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell({ kind: "closed", code, reason });
  }

  #pathFrom(socket: number, remote: Address): Path {
    const { path } = this;
    if (path.socket === socket && path.remote === remote) return path;
    return { socket, remote, kind: this.#rules.kindOf(remote) };
  }

  get #isServersEnd(): boolean {
    return this.purpose === "server" && !this.isInitiator;
  }

  get #keepaliveAtMs(): number {
    return this.#isServersEnd ? Infinity : this.#sentAtMs + this.#rules.keepaliveMs(this.path);
  }

  get #deadAtMs(): number {
    const owedUntilMs = this.session.unacknowledgedSince + UNACKNOWLEDGED_MS;
    if (this.#isServersEnd) return Math.min(owedUntilMs, this.#heardAtMs + CLIENT_IDLE_MS);
    return Math.min(owedUntilMs, this.#awaitingSinceMs + DEAD_MS[this.purpose]);
  }

  #renewalDueAt(now: number): number {
    if (this.#isServersEnd) return Infinity;
    const ageMs = this.purpose === "server" ? SERVER_REKEY_MS : REKEY_MS;
    return now + ageMs + (this.isInitiator ? 0 : RENEWAL_GRACE_MS);
  }
}

function sendOn(path: Path, bytes: Uint8Array): Datagram {
  return { socket: path.socket, to: path.remote, bytes };
}
