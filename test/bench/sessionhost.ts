import { type Address, addressOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import { IDENTITY_SECRET_BYTES, identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver } from "../../lib/io/driver.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import type { Connection } from "../../lib/node/connection.ts";
import { Endpoint, type EndpointEvent } from "../../lib/node/endpoint.ts";
import type { NodeMachine, Output, SocketId } from "../../lib/node/machine.ts";
import { SEND_BUFFER_BYTES } from "../../lib/reliable/sendstream.ts";
import { CLOSE_CODES } from "../../lib/session/session.ts";
import type { Card } from "../../lib/wire/card.ts";
import type { App, Host, Line } from "./line.ts";

/**
 * Everything that the benchmarks ask of an endpoint and its sessions stands in this file, and what
 * they need of the session as yet is worked around in `SessionLine`.
 */
export interface SessionOptions {
  /** What is at this end of each new session. */
  readonly appFor: () => App;
  /** The largest datagram; undefined for what the path is found to carry. */
  readonly datagramBytesMax: number | undefined;
}

type Work = (now: number) => void;

/** The real session between two processes: endpoint, driver and socket, and nothing above. */
export class SessionHost implements Host {
  readonly address: Address;
  readonly #machine: SessionMachine;
  readonly #driver: Driver<never, Work>;

  private constructor(socket: UdpSocket, options: SessionOptions) {
    const address = addressOf("127.0.0.1", socket.port);
    assert(address !== undefined, "a bound socket has an address");
    this.address = address;
    this.#machine = new SessionMachine(systemClock.now(), options);
    this.#driver = new Driver<never, Work>({
      machine: this.#machine,
      sockets: [socket],
      store: undefined,
      onEvent: () => undefined,
      interfaces: () => [],
    });
    this.#driver.start();
  }

  static async open(options: SessionOptions): Promise<SessionHost> {
    return new SessionHost(await UdpSocket.open({ host: "127.0.0.1", port: 0 }), options);
  }

  get card(): Card {
    return this.#machine.endpoint.card;
  }

  turn(work: () => void): void {
    this.#driver.command(work);
  }

  /** Told at the end of every turn, in which lines may have been acknowledged. */
  set onTurnEnd(told: () => void) {
    this.#machine.onTurnEnd = told;
  }

  call(card: Card, address: Address): void {
    this.#driver.command((now) => this.#machine.endpoint.connect(now, card, [address]));
  }

  close(): void {
    this.#driver.command(() => this.#machine.closeAll());
    this.#driver.close();
  }
}

/** An endpoint as a node: what it hears goes to the programs, and what they send leaves by it. */
class SessionMachine implements NodeMachine<never, Work> {
  readonly endpoint: Endpoint;
  readonly #options: SessionOptions;
  readonly #lines = new Map<Connection, SessionLine>();
  onTurnEnd: () => void = () => undefined;
  #now: number;

  constructor(now: number, options: SessionOptions) {
    const { datagramBytesMax: cap } = options;
    this.#options = options;
    this.#now = now;
    this.endpoint = new Endpoint({
      now,
      random: systemRandom,
      identity: identityFromSecret(systemRandom(IDENTITY_SECRET_BYTES)),
      name: "bench",
      serial: 1,
      purpose: "peer",
      admission: undefined,
      kindOf: () => "direct",
      connectionsMax: Infinity,
      isStranger: () => false,
      ...(cap === undefined ? {} : { datagramBytesMax: cap }),
    });
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    this.endpoint.handleDatagram(now, socket, from, bytes);
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.endpoint.handleTimeout(now);
  }

  handleCommand(now: number, work: Work): void {
    this.#now = now;
    work(now);
  }

  handleSocket(): void {}
  handleSendError(): void {}
  handleNetwork(): void {}
  handleFound(): void {}
  handleStored(): void {}
  handleLoaded(): void {}

  pollOutput(): Output<never> | undefined {
    do {
      const datagram = this.endpoint.pollDatagram(this.#now);
      if (datagram !== undefined) return { kind: "send", ...datagram };
    } while (this.#settle());
    this.onTurnEnd();
    return undefined;
  }

  pollTimeout(): number {
    return this.endpoint.pollTimeout();
  }

  closeAll(): void {
    for (const connection of this.endpoint.connections()) {
      this.endpoint.close(connection, CLOSE_CODES.done, "done");
    }
  }

  /** True where anybody was told anything, and may have sent something. */
  #settle(): boolean {
    let hasTold = false;
    for (let e = this.endpoint.pollEvent(); e !== undefined; e = this.endpoint.pollEvent()) {
      this.#tell(e);
      hasTold = true;
    }
    for (const line of this.#lines.values()) hasTold = line.tellWritable() || hasTold;
    return hasTold;
  }

  #tell(event: EndpointEvent): void {
    switch (event.kind) {
      case "opened": {
        const app = this.#options.appFor();
        const line = new SessionLine(this.endpoint, event.connection, app);
        this.#lines.set(event.connection, line);
        app.onOpened(line);
        return;
      }
      case "message":
        this.#lines.get(event.connection)?.app.onMessages(event.channel, [event.message]);
        return;
      case "closed":
        this.#lines.delete(event.connection);
        return;
      case "moved":
      case "unreachable":
      case "pinned":
      case "other-key":
      case "strangers":
        return;
      default:
        event satisfies never;
    }
  }
}

/** The longest head of a message in its channel: a varint of its length. */
const MESSAGE_HEAD_BYTES = 4;

/** One session; asks how full its buffers are, as long as a session does not tell. */
class SessionLine implements Line {
  readonly app: App;
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #peerId: PeerId;
  readonly #blocked = new Set<number>();

  constructor(endpoint: Endpoint, connection: Connection, app: App) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#peerId = connection.card.peerId;
    this.app = app;
  }

  send(channel: number, message: Uint8Array): boolean {
    const queued = this.#connection.session.queuedBytes(channel);
    if (queued + MESSAGE_HEAD_BYTES + message.length > SEND_BUFFER_BYTES) {
      this.#blocked.add(channel);
      return false;
    }
    return this.#endpoint.send(this.#peerId, channel, message);
  }

  unacknowledged(channel: number): number {
    return this.#connection.session.queuedBytes(channel);
  }

  tellWritable(): boolean {
    let hasTold = false;
    for (const channel of this.#blocked) {
      if (this.unacknowledged(channel) > SEND_BUFFER_BYTES / 2) continue;
      this.#blocked.delete(channel);
      this.app.onWritable(channel);
      hasTold = true;
    }
    return hasTold;
  }
}
