import type { Address } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import type { Random } from "../base/random.ts";
import { type Path, PathSet } from "../paths/pathset.ts";
import { isSameWay, type Way } from "../paths/way.ts";
import type { ChannelMessages } from "../reliable/receiver.ts";
import { Queue } from "../base/queue.ts";
import { CLOSE_CODES, Session } from "../session/session.ts";
import type { EpochOptions } from "../session/epoch.ts";
import type { Card } from "../wire/card.ts";
import type { Datagram } from "./machine.ts";
import type { PathRules } from "./pathrules.ts";
import { REKEY_MS, SERVER_REKEY_MS, TRANSPORT_BYTES_MIN } from "../wire/limits.ts";
import type { Frame } from "../wire/frames.ts";
import { type Purpose, TRANSPORT_HEADER_BYTES } from "../wire/packet.ts";
import { AddressProof } from "./addressproof.ts";
import { Vigil } from "./vigil.ts";

/** The responder leaves the renewal of keys to the initiator for so long. */
const RENEWAL_GRACE_MS = 15_000;
const RENEWAL_RETRY_MS = 10_000;

/** An acknowledgement that is owed for so long tells nothing of the path any more. */
const STALE_MS = 5_000;

/** Path challenges answered: a peer must not make us send about. */
const RESPONSES_PER_SECOND = 8;

/** A client's challenges to its server are as long as a response with a challenge beside it. */
export const SHOWING_BYTES = 47;

/** Challenges, once the path fails, to where this node has shown itself. */
const SHOWN_TRIES = 8;

export type ConnectionEvent =
  | ChannelMessages
  | { readonly kind: "writable"; readonly channel: number }
  | { readonly kind: "datagram"; readonly data: Uint8Array }
  | { readonly kind: "word"; readonly data: Uint8Array }
  /** From the path that was in use. */
  | { readonly kind: "moved"; readonly from: Path }
  /** What was sent is not answered; `isUprooted`: this node has just come to another network. */
  | { readonly kind: "doubted"; readonly isUprooted: boolean }
  /** It is answered again, on this path or another. */
  | { readonly kind: "trusted" }
  /** Of a client: it has shown itself here, while it stays where it is. */
  | { readonly kind: "seen"; readonly at: Address }
  | { readonly kind: "renewal-due" }
  | { readonly kind: "retired"; readonly localIndex: number }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

export interface ConnectionOptions {
  readonly random: Random;
  readonly card: Card;
  /** What the responder is to the initiator. */
  readonly purpose: Purpose;
  readonly isInitiator: boolean;
  /** Of the other side's program, where it tells one. */
  readonly run: number | undefined;
  /** The handshake's. */
  readonly hash: Uint8Array;
  readonly epoch: EpochOptions;
  readonly path: Path;
  readonly rttMs: number | undefined;
  readonly rules: PathRules;
}

/** A session and the paths it uses: one peer for as long as it is there. */
export class Connection {
  readonly purpose: Purpose;
  readonly isInitiator: boolean;
  readonly run: number | undefined;
  readonly session: Session;
  card: Card;
  /** The answer that its handshake ended with: copies of it that come later show other paths. */
  response: Uint8Array | undefined;
  readonly #vigil: Vigil;
  readonly #paths: PathSet;
  readonly #rules: PathRules;
  readonly #random: Random;
  #responses: TokenBucket | undefined;
  /** A server's end: of the addresses at which its client shows itself besides. */
  #seen: AddressProof | undefined;
  /** Both are made when there is something in them: a connection at rest holds neither. */
  #events: Queue<ConnectionEvent> | undefined;
  /** Answers to path challenges and keepalives, which do not wait for their turn. */
  #urgent: Queue<Datagram> | undefined;
  #renewalAtMs: number;
  #isOver = false;

  constructor(options: ConnectionOptions) {
    const { now } = options.epoch;
    this.purpose = options.purpose;
    this.isInitiator = options.isInitiator;
    this.run = options.run;
    this.card = options.card;
    const { hash, epoch, rttMs } = options;
    const datagramBytesMax = options.rules.datagramBytesMax(options.path);
    this.session = new Session({ hash, epoch, rttMs, datagramBytesMax });
    const follower = options.isInitiator ? "stays" : "goes-back";
    this.#paths = new PathSet(options.random, follower, options.path);
    this.#rules = options.rules;
    this.#random = options.random;
    const other = this.#isServersEnd ? "client" : this.purpose;
    this.#vigil = new Vigil(now, other, this.session);
    this.#renewalAtMs = this.#renewalDueAt(now);
  }

  get path(): Path {
    return this.#paths.current;
  }

  /** What was sent is not answered as it should be. */
  get isDoubted(): boolean {
    return this.#vigil.isDoubtful;
  }

  /** The sockets of all paths that are, or may be again, in use. */
  get sockets(): number[] {
    return [this.path, ...this.#paths.spares].map(({ socket }) => socket);
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
    const isRest = this.#vigil.onHeard(now);
    const path = this.#pathFrom(socket, from);
    const size = TRANSPORT_HEADER_BYTES + sealed.length;
    if (received.isWhereItIs) this.#paths.onHeard(now, path, size);
    this.#drainSession(now, path, size);
    if (this.#vigil.isDoubtful) this.#onHeardAgain(now);
    if (isRest) this.#rest();
    return true;
  }

  /** The peer could be heard from here too, in a datagram of `size` bytes. */
  onAlternative(now: number, socket: number, from: Address, size: number): void {
    this.#paths.onAlternative(now, this.#pathFrom(socket, from), size);
  }

  /** A handshake has met the peer this way, while the session goes on. */
  onMet(now: number, socket: number, from: Address): void {
    const { path } = this;
    if (this.#paths.onMet(now, this.#pathFrom(socket, from))) this.#onMoved(path);
  }

  /** Another path is being prepared to take the place of the present one. */
  leavePath(): void {
    this.#paths.leave();
  }

  /** The peer was introduced at these addresses; so many more datagrams may go there, if given. */
  setCandidates(candidates: readonly Way[], datagrams?: number): void {
    const paths = candidates.map(({ socket, remote }) => this.#pathFrom(socket, remote));
    this.#paths.setCandidates(paths, datagrams);
  }

  /** What is left of these datagrams. */
  get datagramsLeft(): number {
    return this.#paths.challengesLeft;
  }

  /** The peer may be reached by these ways too, should the present path not do. */
  offer(now: number, ways: readonly Way[]): void {
    const paths = ways.map(({ socket, remote }) => this.#pathFrom(socket, remote));
    this.#paths.offer(now, paths);
  }

  /** Shows itself where the peer is besides; where the path fails, it is tried there. */
  show(ways: readonly Way[]): void {
    this.setCandidates(ways, SHOWN_TRIES);
    this.#paths.show(ways.map(({ socket, remote }) => this.#pathFrom(socket, remote)));
  }

  /** This machine's addresses have changed, or it has slept: shows the peer where it is. */
  onNetwork(now: number): void {
    this.#trust();
    this.#vigil.onNetwork(now);
    // What is acknowledged after a sleep measures the sleep: without this a doubt took as long.
    const isStale = now > this.session.unacknowledgedSince + STALE_MS;
    if (isStale) this.session.onPathChanged(this.#rules.datagramBytesMax(this.path));
    else this.session.probe(now);
    this.#paths.search(now);
  }

  renew(options: EpochOptions): void {
    this.session.renew(options);
    this.#renewalAtMs = this.#renewalDueAt(options.now);
    this.#drainSession(options.now, this.path);
  }

  handleTimeout(now: number): void {
    this.session.handleTimeout(now);
    this.#drainSession(now, this.path);
    if (this.#vigil.isDead(now)) this.#end(CLOSE_CODES.done, "no answer");
    if (this.#isOver) return;
    if (this.#vigil.takeDoubt(now)) this.#doubt(now);
    if (this.#vigil.takeLull(now)) this.session.ping();
    this.#keepAlive(now);
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
      this.#vigil.pollTimeout(this.#rules.keepaliveMs(this.path)),
      this.#renewalAtMs,
    );
  }

  /** Tells the other end that another client of its identity has taken its place, by `reason`. */
  supersede(reason: string): Datagram | undefined {
    const frame = { kind: "close", code: CLOSE_CODES.superseded, reason } as const;
    const bytes = this.session.sealProbe([frame]);
    return bytes && sendOn(this.path, bytes);
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
      const challenge = { kind: "path-challenge", data: probe.data } as const;
      const size = isToServer(this) ? SHOWING_BYTES : TRANSPORT_BYTES_MIN;
      const bytes = this.session.sealProbe([challenge], size);
      if (bytes !== undefined) return sendOn(probe.path, bytes);
    }
    const packet = this.session.pollPacket(now);
    if (packet === undefined) {
      this.#drainSession(now, this.path);
      return undefined;
    }
    this.#vigil.onSent(now);
    const isRenewalFar = this.#renewalAtMs > now + RENEWAL_RETRY_MS;
    if (isRenewalFar && this.session.isWellUsed && !this.#isServersEnd) this.#renewalAtMs = now;
    return sendOn(this.path, packet);
  }

  /** `size`: of the datagram that what there is to tell came in. */
  #drainSession(now: number, from: Path, size = 0): void {
    for (let e = this.session.pollEvent(); e !== undefined; e = this.session.pollEvent()) {
      switch (e.kind) {
        case "messages":
          this.#vigil.onSpoken(now);
          this.#tell(e);
          break;
        case "writable":
        case "datagram":
        case "word":
        case "retired":
          this.#tell(e);
          break;
        case "path-challenge":
          this.#respond(now, from, e.data, size);
          break;
        case "path-response": {
          const { path } = this;
          if (this.#paths.onResponse(now, e.data)) this.#onMoved(path);
          // A source alone can be forged.
          if (this.#seen?.isProved(from.remote, e.data) === true) {
            this.#tell({ kind: "seen", at: from.remote });
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

  #onMoved(from: Path): void {
    this.session.onPathChanged(this.#rules.datagramBytesMax(this.path));
    this.#tell({ kind: "moved", from });
    this.#trust();
  }

  #trust(): void {
    this.#paths.trust();
    if (!this.#vigil.isDoubtful) return;
    this.#vigil.trust();
    this.#tell({ kind: "trusted" });
  }

  #doubt(now: number): void {
    const { path } = this;
    this.#tell({ kind: "doubted", isUprooted: this.#vigil.isUprooted(now) });
    if (this.#paths.doubt(now)) this.#onMoved(path);
  }

  #onHeardAgain(now: number): void {
    if (this.#vigil.isAnswered) this.#trust();
    else if (this.#vigil.takeCheck(now)) this.session.probe(now);
  }

  #respond(now: number, to: Path, data: Uint8Array, size: number): void {
    this.#responses ??= new TokenBucket(now, RESPONSES_PER_SECOND, RESPONSES_PER_SECOND);
    if (!this.#responses.take(now)) return;
    const frames: Frame[] = [{ kind: "path-response", data }];
    const isShown = this.#isServersEnd && !isSameWay(to, this.path) && size >= SHOWING_BYTES;
    if (isShown) {
      this.#seen ??= new AddressProof(this.#random);
      frames.push({ kind: "path-challenge", data: this.#seen.challenge(to.remote) });
    }
    const bytes = this.session.sealProbe(frames);
    if (bytes !== undefined) this.#sendAtOnce(sendOn(to, bytes));
  }

  #keepAlive(now: number): void {
    const need = this.#vigil.takeKeepalive(now, this.#rules.keepaliveMs(this.path));
    if (need === "none") return;
    this.#rest();
    if (need === "ask") return this.session.ping();
    const bytes = this.session.sealProbe([]);
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

  #renewalDueAt(now: number): number {
    if (this.#isServersEnd) return Infinity;
    const ageMs = this.purpose === "server" ? SERVER_REKEY_MS : REKEY_MS;
    return now + ageMs + (this.isInitiator ? 0 : RENEWAL_GRACE_MS);
  }
}

export function isToServer(connection: Connection): boolean {
  return connection.purpose === "server" && connection.isInitiator;
}

function sendOn(path: Path, bytes: Uint8Array): Datagram {
  return { socket: path.socket, to: path.remote, bytes };
}
