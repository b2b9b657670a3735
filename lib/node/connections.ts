import type { Address } from "../base/address.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import type { Way } from "../paths/way.ts";
import { CLOSE_CODES } from "../session/session.ts";
import type { Packet } from "../wire/packet.ts";
import type { Connection, ConnectionEvent } from "./connection.ts";
import type { Indices } from "./indices.ts";
import type { Datagram, SocketId } from "./machine.ts";

type Heard = Exclude<ConnectionEvent, { kind: "retired" | "word" }>;

/** What one of them tells. */
export type ConnectionsEvent = (Heard & { readonly connection: Connection }) | Word;

type Word = Extract<ConnectionEvent, { kind: "word" }> & { readonly peerId: PeerId };

/** Of a connection that takes the place of another: its run, and what is said of where it is. */
interface Newer {
  readonly run: number | undefined;
  readonly where: string;
}

/** All connections of a node: who has which, which packets are whose, and who is to be asked. */
export class Connections {
  readonly #indices: Indices;
  readonly #byPeer = new Map<PeerId, Connection>();
  readonly #routes = new Map<number, Connection>();
  readonly #deadlines = new Deadlines<Connection>();
  /** Those that may have something to send. */
  readonly #dirty = new Set<Connection>();
  readonly #datagrams = new Queue<Datagram>();
  readonly #events = new Queue<ConnectionsEvent>();

  constructor(indices: Indices) {
    this.#indices = indices;
  }

  get byPeer(): ReadonlyMap<PeerId, Connection> {
    return this.#byPeer;
  }

  get routes(): number {
    return this.#routes.size;
  }

  /** Whose packets have this index before them. */
  at(localIndex: number): Connection | undefined {
    return this.#routes.get(localIndex);
  }

  add(connection: Connection, localIndex: number): void {
    this.#byPeer.set(connection.card.peerId, connection);
    this.route(localIndex, connection);
  }

  route(localIndex: number, connection: Connection): void {
    this.#routes.set(localIndex, connection);
    this.touch(connection);
  }

  show(connection: Connection, ways: readonly Way[]): void {
    connection.show(ways);
    this.touch(connection);
  }

  /** It may have something to send. */
  touch(connection: Connection): void {
    this.#dirty.add(connection);
  }

  /** For whatever gives it something to send. */
  toUse(peerId: PeerId): Connection | undefined {
    const connection = this.#byPeer.get(peerId);
    if (connection !== undefined) this.touch(connection);
    return connection;
  }

  /** What they wait for has changed. */
  touchAll(): void {
    for (const connection of this.#byPeer.values()) this.touch(connection);
  }

  /** Asks for a sign of life. */
  ping(connection: Connection): void {
    connection.session.ping();
    this.touch(connection);
  }

  /** Tells the peer so, after what is under way. */
  close(connection: Connection, code: number, reason: string): void {
    connection.session.close(code, reason);
    this.touch(connection);
  }

  /** This node may have moved, or slept: shows all peers where it is. */
  onNetwork(now: number): void {
    for (const connection of this.#byPeer.values()) connection.onNetwork(now);
    this.touchAll();
  }

  /** A datagram to this address was too large for the system. */
  onTooBig(now: number, to: Address): void {
    for (const connection of this.#byPeer.values()) {
      if (connection.path.remote === to) connection.session.onTooBig(now);
    }
  }

  /** False where the packet is not the peer's. */
  receive(
    now: number,
    connection: Connection,
    socket: SocketId,
    from: Address,
    packet: Extract<Packet, { kind: "transport" }>,
  ): boolean {
    this.touch(connection);
    const isOurs = connection.receive(now, socket, from, packet);
    // At once, so that what it leads to leaves together with its acknowledgement.
    this.#drainEvents(connection);
    return isOurs;
  }

  handleTimeout(now: number): void {
    for (let due = this.#deadlines.pollDue(now); due; due = this.#deadlines.pollDue(now)) {
      due.handleTimeout(now);
      this.touch(due);
    }
  }

  pollTimeout(): number {
    return this.#deadlines.next;
  }

  /**
   * Another connection takes its place; what it heard before is handed on first. Where the newer is
   * of another run, so of another client if the older one still listens, that is told to the older.
   */
  replace(now: number, connection: Connection, by: Newer): void {
    for (let d = connection.pollDatagram(now); d; d = connection.pollDatagram(now)) {
      this.#datagrams.push(d);
    }
    const isKnown = by.run !== undefined && connection.run !== undefined;
    const isOther = isKnown && by.run !== connection.run;
    const farewell = isOther ? connection.supersede(by.where) : undefined;
    if (farewell !== undefined) this.#datagrams.push(farewell);
    this.#drainEvents(connection);
    if (this.#isHere(connection)) this.#end(connection, CLOSE_CODES.replaced, "replaced");
  }

  pollEvent(): ConnectionsEvent | undefined {
    return this.#events.shift();
  }

  /**
   * They pack what a turn has queued for them only now, one datagram after the other, so that the
   * first may leave before the last is sealed. May leave events behind.
   */
  pollDatagram(now: number): Datagram | undefined {
    const first = this.#datagrams.shift();
    if (first !== undefined) return first;
    for (const connection of this.#dirty) {
      const datagram = connection.pollDatagram(now);
      if (datagram !== undefined) return datagram;
      this.#dirty.delete(connection);
      this.#drainEvents(connection);
      if (this.#isHere(connection)) this.#deadlines.set(connection, connection.pollTimeout());
    }
    return undefined;
  }

  #drainEvents(connection: Connection): void {
    for (let e = connection.pollEvent(); e !== undefined; e = connection.pollEvent()) {
      switch (e.kind) {
        case "messages": {
          // By name, for there are many of them.
          const { channel, messages } = e;
          this.#events.push({ kind: "messages", connection, channel, messages });
          break;
        }
        case "word":
          this.#events.push({ ...e, peerId: connection.card.peerId });
          break;
        case "writable":
        case "datagram":
        case "moved":
        case "seen":
        case "doubted":
        case "trusted":
        case "renewal-due":
          this.#events.push({ ...e, connection });
          break;
        case "retired":
          this.#free(e.localIndex);
          break;
        case "closed":
          this.#end(connection, e.code, e.reason);
          return;
        default:
          e satisfies never;
      }
    }
  }

  #end(connection: Connection, code: number, reason: string): void {
    for (const index of connection.session.localIndices) this.#free(index);
    connection.session.wipe();
    this.#deadlines.delete(connection);
    this.#dirty.delete(connection);
    if (this.#isHere(connection)) this.#byPeer.delete(connection.card.peerId);
    this.#events.push({ kind: "closed", connection, code, reason });
  }

  #free(localIndex: number): void {
    this.#routes.delete(localIndex);
    this.#indices.free(localIndex);
  }

  #isHere(connection: Connection): boolean {
    return this.#byPeer.get(connection.card.peerId) === connection;
  }
}
