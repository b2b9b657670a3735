import type { Address } from "../base/address.ts";
import { equalBytes, Reader } from "../base/bytes.ts";
import { Queue } from "../base/queue.ts";
import type { PeerId } from "../base/ids.ts";
import { signCard } from "../crypto/card.ts";
import { PROBES_PER_INTRODUCTION } from "../paths/allowance.ts";
import type { Way } from "../paths/way.ts";
import { CLOSE_CODES } from "../session/session.ts";
import type { Card } from "../wire/card.ts";
import { RUN_BYTES } from "../wire/handshake.ts";
import { DATAGRAM_BYTES_MAX } from "../wire/limits.ts";
import { decodePacket, type Packet } from "../wire/packet.ts";
import { fromMain } from "./attempt.ts";
import { Connection, isToServer } from "./connection.ts";
import { Connections, type ConnectionsEvent } from "./connections.ts";
import type { Established } from "./established.ts";
import type { ServerPlace } from "./greeting.ts";
import { Handshakes, type HandshakesEvent } from "./handshakes.ts";
import { Indices } from "./indices.ts";
import { type Datagram, RELAY_SOCKET, type SocketId, type SocketState } from "./machine.ts";
import type { Meeting } from "./meetings.ts";
import type { EndpointOptions } from "./options.ts";
import { PathRules } from "./pathrules.ts";
import { SideSockets } from "./sidesockets.ts";
import { Strangers } from "./strangers.ts";
import { Trails } from "./trails.ts";

export type EndpointEvent =
  | HandshakesEvent
  | { readonly kind: "opened"; readonly connection: Connection }
  | Exclude<ConnectionsEvent, { kind: "renewal-due" }>
  /** So many datagrams of late were nobody's. */
  | { readonly kind: "strangers"; readonly datagrams: number };

/**
 * All conversations of a node: which datagram belongs to whom, and the connections that come of
 * handshakes. PROTOCOL.md §2–§6.
 */
export class Endpoint {
  readonly card: Card;
  readonly sockets = new SideSockets();
  readonly trails = new Trails();
  readonly #options: EndpointOptions;
  readonly #handshakes: Handshakes;
  readonly #indices: Indices;
  readonly #connections: Connections;
  readonly #datagrams = new Queue<Datagram>();
  readonly #events = new Queue<EndpointEvent>();
  readonly #rules: PathRules;
  readonly #strangers = new Strangers();
  #now: number;

  constructor(options: EndpointOptions) {
    const { identity, name, serial, now, random } = options;
    const { signing, noise } = identity;
    this.#options = options;
    this.#rules = new PathRules(options.kindOf, options.datagramBytesMax ?? DATAGRAM_BYTES_MAX);
    this.#now = now;
    this.#indices = new Indices(random);
    this.#connections = new Connections(this.#indices);
    this.card = signCard({ signing, noiseKey: noise.publicKey, name, serial });
    this.#handshakes = new Handshakes({
      ...options,
      observe: options.observe,
      ownCard: this.card,
      run: new Reader(random(RUN_BYTES)).u32() || 1,
      indices: this.#indices,
      connections: this.#connections.byPeer,
      sockets: this.sockets,
      trails: this.trails,
    });
  }

  /** How much it holds, all of it bounded: PROTOCOL.md §10. Nothing is left when all is over. */
  get sizes(): Record<"connections" | "routes" | "indices" | "attempts" | "halfOpen", number> {
    return {
      connections: this.#connections.byPeer.size,
      routes: this.#connections.routes,
      indices: this.#indices.size,
      ...this.#handshakes.sizes,
    };
  }

  connectionTo(peerId: PeerId): Connection | undefined {
    return this.#connections.byPeer.get(peerId);
  }

  connections(): Iterable<Connection> {
    return this.#connections.byPeer.values();
  }

  isCalling(peerId: PeerId): boolean {
    return this.#handshakes.isCalling(peerId);
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    const packet = decodePacket(bytes);
    const isOurs = packet !== undefined && this.#handlePacket(socket, from, packet, bytes.length);
    if (!isOurs) this.#strangers.onDatagram(now);
    this.#drainHandshakes();
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.#connections.handleTimeout(now);
    this.#handshakes.handleTimeout(now);
    this.#drainHandshakes();
    const datagrams = this.#strangers.take(now);
    if (datagrams > 0) this.#events.push({ kind: "strangers", datagrams });
  }

  pollTimeout(): number {
    return Math.min(
      this.#strangers.pollTimeout(),
      this.#connections.pollTimeout(),
      this.#handshakes.pollTimeout(),
    );
  }

  /** Makes this the server to stay in touch with, instead of one before. */
  meetServer(now: number, server: ServerPlace): void {
    this.#now = now;
    for (const connection of this.#connections.byPeer.values()) {
      if (isToServer(connection)) this.close(connection, CLOSE_CODES.done, "another server");
    }
    this.#handshakes.meetServer(now, server);
    this.#drainHandshakes();
  }

  /** Looks for the server again, whatever it has said. False where none is known. */
  meetAgain(now: number): boolean {
    this.#now = now;
    const isKnown = this.#handshakes.meetAgain(now);
    this.#drainHandshakes();
    return isKnown;
  }

  /** Calls who was introduced, unless the way is open. Whether anything is punched besides. */
  connect(now: number, card: Card, candidates: readonly Address[], meeting?: Meeting): boolean {
    this.#now = now;
    if (card.peerId === this.card.peerId) return false;
    const open = this.#connections.byPeer.get(card.peerId);
    if (open !== undefined && isToServer(open)) return false;
    if (open?.isDoubted === false && candidates.includes(open.path.remote)) {
      // To be introduced again may mean that our answer was lost: show the peer the good path.
      open.setCandidates(candidates.map(fromMain), PROBES_PER_INTRODUCTION);
      this.ping(open);
      return false;
    }
    // Who is heard needs no more than to be called where a better path may be.
    const isHeard = open?.isDoubted === false && open.path.kind !== "relay";
    const isWanted = !isHeard || meeting?.isSuccession === true;
    const isPunching = this.#handshakes.call(now, card, candidates, isWanted ? meeting : undefined);
    this.#drainHandshakes();
    return isPunching;
  }

  /** Whoever is called is called through carriers too. */
  callVia(now: number, peerId: PeerId, ways: readonly Way[]): void {
    this.#handshakes.callVia(now, peerId, ways);
    this.#drainHandshakes();
  }

  /** Where a peer may be; so many more datagrams may go there, if given. */
  setCandidates(peerId: PeerId, candidates: readonly Address[], datagrams?: number): void {
    this.#connections.byPeer.get(peerId)?.setCandidates(candidates.map(fromMain), datagrams);
  }

  /** A socket that was asked for is there, or will not be. */
  handleSocket(now: number, socket: SocketId, state: SocketState): void {
    this.#now = now;
    this.sockets.handleSocket(socket, state);
    this.#handshakes.handleSocket(now, socket, state);
    this.#drainHandshakes();
  }

  /**
   * Queues a message. False, and nothing queued, where there is no connection or its buffer is
   * full; it is told when that has room again.
   */
  offer(peerId: PeerId, channel: number, message: Uint8Array): boolean {
    return this.#connections.toUse(peerId)?.session.send(channel, message) === true;
  }

  /** The same for what cannot wait for room: a connection whose buffer is full closes. */
  send(peerId: PeerId, channel: number, message: Uint8Array): boolean {
    if (this.offer(peerId, channel, message)) return true;
    // A channel with a hole in it is of no use: what matters is said again in the next session.
    this.#connections
      .toUse(peerId)
      ?.session.close(CLOSE_CODES.overflow, "too much waits to be sent");
    return false;
  }

  /** Says a word, a chat message, with the answer that this peer was just given. */
  speak(peerId: PeerId, message: Uint8Array): void {
    this.#handshakes.speak(peerId, message);
    this.#drainHandshakes();
  }

  /** Sends once what ages. False where there is no connection, or it is too large. */
  sendUnreliable(peerId: PeerId, data: Uint8Array): boolean {
    return this.#connections.toUse(peerId)?.session.sendUnreliable(data) === true;
  }

  /** A paused channel's messages wait, and its peer is stopped before they become too many. */
  setPaused(connection: Connection, channel: number, isPaused: boolean): void {
    connection.session.setPaused(channel, isPaused);
    this.#connections.touch(connection);
  }

  /** A datagram to this address was too large for the system. */
  onTooBig(now: number, to: Address): void {
    this.#now = now;
    this.#connections.onTooBig(now, to);
  }

  /** So long the router in front of this node lets a path rest. */
  setKeepalive(ms: number): void {
    if (this.#rules.setKeepalive(ms)) this.#connections.touchAll();
  }

  /** This node may have moved, or slept: shows all peers where it is. */
  onNetwork(now: number): void {
    this.#now = now;
    this.#connections.onNetwork(now);
  }

  /** Shows this node to a peer that is there as well. */
  show(connection: Connection, to: readonly Address[]): void {
    this.#connections.show(connection, to.map(fromMain));
  }

  /** Asks for a sign of life. */
  ping(connection: Connection | undefined): void {
    if (connection !== undefined) this.#connections.ping(connection);
  }

  close(connection: Connection, code: number, reason: string): void {
    this.#connections.close(connection, code, reason);
  }

  pollEvent(): EndpointEvent | undefined {
    return this.#events.shift();
  }

  /** Connections pack what a turn has queued for them only now. May leave events behind. */
  pollDatagram(now: number): Datagram | undefined {
    this.#now = now;
    const first = this.#datagrams.shift();
    if (first !== undefined) return first;
    const datagram = this.#connections.pollDatagram(now);
    this.#drainConnections();
    return datagram ?? this.#datagrams.shift();
  }

  #handlePacket(socket: SocketId, from: Address, packet: Packet, size: number): boolean {
    const handshakes = this.#handshakes;
    switch (packet.kind) {
      case "hello":
        return handshakes.handleHello(this.#now, socket, from, packet.nonce, size);
      case "challenge":
        return handshakes.handleChallenge(this.#now, from, packet);
      case "initiation":
        return handshakes.handleInitiation(this.#now, socket, from, packet, size);
      case "response":
        return this.#handleResponse(socket, from, packet, size);
      case "transport":
        return this.#handleTransport(socket, from, packet);
      case "punch":
        return handshakes.handlePunch(this.#now, socket, from, packet);
      default:
        return packet satisfies never;
    }
  }

  #handleResponse(
    socket: SocketId,
    from: Address,
    packet: Extract<Packet, { kind: "response" }>,
    size: number,
  ): boolean {
    const open = this.#connections.at(packet.receiver);
    if (open !== undefined) {
      const { response } = open;
      if (response === undefined || !equalBytes(response, packet.noise)) return false;
      open.onAlternative(this.#now, socket, from, size);
      this.#connections.touch(open);
      return true;
    }
    const established = this.#handshakes.handleResponse(this.#now, socket, from, packet);
    if (established === undefined) return false;
    const connection = this.#establish(established);
    connection.response = packet.noise.slice();
    connection.onAlternative(this.#now, socket, from, size);
    // The responder waits for a transport packet before it believes in us.
    connection.session.ping();
    return true;
  }

  #handleTransport(
    socket: SocketId,
    from: Address,
    packet: Extract<Packet, { kind: "transport" }>,
  ): boolean {
    let connection = this.#connections.at(packet.receiver);
    if (connection === undefined) {
      const established = this.#handshakes.confirm(this.#now, socket, from, packet);
      if (established === undefined) return this.#handshakes.handleWord(packet);
      connection = this.#establish(established);
    }
    // Nobody carries for a server.
    if (socket === RELAY_SOCKET && isToServer(connection)) return false;
    const isOurs = this.#connections.receive(this.#now, connection, socket, from, packet);
    this.#drainConnections();
    return isOurs;
  }

  #establish(made: Established): Connection {
    const { card, purpose, renewal, localIndex, keys, socket, from } = made;
    const before = this.#connections.byPeer.get(card.peerId);
    const epoch = { ...made, now: this.#now, number: renewal?.epoch ?? 0 };
    if (before !== undefined && renewal !== undefined) {
      before.card = card;
      before.renew(epoch);
      before.onMet(this.#now, socket, from);
      before.setCandidates(made.candidates, made.datagramsLeft);
      this.#connections.route(localIndex, before);
      return before;
    }
    // Where the other client is, a server alone says.
    const where = this.#options.purpose === "server" ? from : "";
    const by = { run: made.run, where };
    if (before !== undefined) this.#connections.replace(this.#now, before, by);
    const connection = new Connection({
      random: this.#options.random,
      card,
      purpose,
      isInitiator: made.isInitiator,
      run: made.run,
      hash: keys.hash,
      epoch,
      path: { socket, remote: from, kind: this.#rules.kindOf(from) },
      rttMs: made.rttMs,
      rules: this.#rules,
    });
    connection.setCandidates(made.candidates, made.datagramsLeft);
    this.sockets.claim(socket, connection);
    this.#connections.add(connection, localIndex);
    // Only now, as both may use one socket.
    this.#drainConnections();
    if (isToServer(connection)) this.#handshakes.onServerOpened();
    this.#events.push({ kind: "opened", connection });
    return connection;
  }

  #drainConnections(): void {
    for (
      let e = this.#connections.pollEvent();
      e !== undefined;
      e = this.#connections.pollEvent()
    ) {
      if (e.kind === "renewal-due") {
        this.#handshakes.renew(this.#now, e.connection);
        this.#drainHandshakes();
        continue;
      }
      if (e.kind === "word") {
        this.#events.push(e);
        continue;
      }
      const { connection } = e;
      if (e.kind === "moved") {
        this.sockets.claim(connection.path.socket, connection);
        this.sockets.releaseAll(connection, connection.sockets);
      }
      if (e.kind === "doubted" && isToServer(connection)) {
        this.#handshakes.onServerDoubted(this.#now);
        this.#drainHandshakes();
      }
      if (e.kind === "trusted" && isToServer(connection)) this.#handshakes.onServerOpened();
      if (e.kind === "closed") {
        this.sockets.releaseAll(connection);
        this.#handshakes.onClosed(this.#now, connection, isToServer(connection), e.code);
      }
      this.#events.push(e);
    }
  }

  #drainHandshakes(): void {
    const handshakes = this.#handshakes;
    for (let e = handshakes.pollEvent(); e !== undefined; e = handshakes.pollEvent()) {
      this.#events.push(e);
    }
    for (let d = handshakes.pollDatagram(); d !== undefined; d = handshakes.pollDatagram()) {
      this.#datagrams.push(d);
    }
  }
}
