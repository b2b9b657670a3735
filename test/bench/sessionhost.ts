import { type Address, addressOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import { IDENTITY_SECRET_BYTES, identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver } from "../../lib/io/driver.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { NetworkWatch } from "../../lib/io/networkwatch.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import type { Connection } from "../../lib/node/connection.ts";
import { Endpoint, type EndpointEvent } from "../../lib/node/endpoint.ts";
import type { NodeMachine, Output, SocketId } from "../../lib/node/machine.ts";
import { SEND_BUFFER_BYTES } from "../../lib/reliable/sendstream.ts";
import { CLOSE_CODES } from "../../lib/session/session.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { Card } from "../../lib/wire/card.ts";
import { CHANNEL_WINDOW_BYTES_MAX } from "../../lib/reliable/receiver.ts";
import type { App, Host, Line } from "./line.ts";

export interface SessionOptions {
  /** What is at this end of each new session. */
  readonly appFor: () => App;
  /** The largest datagram; undefined for what the path is found to carry. */
  readonly datagramBytesMax: number | undefined;
  /** Whether it leaves unread what comes on the chat channel. */
  readonly isStalled?: boolean;
}

/** What a session keeps at most of a channel: to be sent, and for somebody who does not read. */
export const KEPT_BYTES_MAX = { sender: SEND_BUFFER_BYTES, receiver: CHANNEL_WINDOW_BYTES_MAX };

/** A `ByteWindow` takes at most so many times what is in it: 2 MiB to send, 3 MiB received. */
export const BUFFER_FACTOR = 2;

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
      network: new NetworkWatch({ clock: systemClock, interfaces: () => [] }),
    });
    this.#driver.start();
  }

  static async open(options: SessionOptions): Promise<SessionHost> {
    return new SessionHost(
      await UdpSocket.open({ host: "127.0.0.1", port: 0, firstDatagramBytes }),
      options,
    );
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
  readonly #apps = new Map<Connection, App>();
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
      hasWord: () => false,
      ...(cap === undefined ? {} : { datagramBytesMax: cap }),
    });
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    this.endpoint.handleDatagram(now, socket, from, bytes);
    this.#settle();
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
    return hasTold;
  }

  #tell(event: EndpointEvent): void {
    switch (event.kind) {
      case "opened": {
        const { connection } = event;
        const app = this.#options.appFor();
        this.#apps.set(connection, app);
        if (this.#options.isStalled) this.endpoint.setPaused(connection, CHAT_CHANNEL, true);
        app.onOpened(new SessionLine(this.endpoint, connection));
        return;
      }
      case "messages":
        this.#apps.get(event.connection)?.onMessages(event.channel, event.messages);
        return;
      case "writable":
        this.#apps.get(event.connection)?.onWritable(event.channel);
        return;
      case "closed":
        this.#apps.delete(event.connection);
        return;
      case "datagram":
      case "moved":
      case "answered":
      case "word":
      case "doubted":
      case "trusted":
      case "unreachable":
      case "seen":
      case "pinned":
      case "other-key":
      case "strangers":
        return;
      default:
        event satisfies never;
    }
  }
}

/** One session. */
class SessionLine implements Line {
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #peerId: PeerId;

  constructor(endpoint: Endpoint, connection: Connection) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#peerId = connection.card.peerId;
  }

  send(channel: number, message: Uint8Array): boolean {
    return this.#endpoint.offer(this.#peerId, channel, message);
  }

  unacknowledged(channel: number): number {
    return this.#connection.session.queuedBytes(channel);
  }
}
