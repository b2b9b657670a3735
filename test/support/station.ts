import { type Address, addressOf, hostOf, portOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import { type Identity, identityFromSecret } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { Endpoint, type EndpointEvent } from "../../lib/node/endpoint.ts";
import { type Datagram, MAIN_SOCKET } from "../../lib/node/machine.ts";
import type { Card } from "../../lib/wire/card.ts";
import { Admission } from "../../lib/rendezvous/admission.ts";

export interface StationOptions {
  /** Nobody checks it: a station may lie. */
  readonly name: string;
  readonly purpose: "peer" | "server";
  /** Called with every event, after which what it caused is sent. */
  readonly onEvent?: (station: Station, event: EndpointEvent) => void;
}

/** How often its timers are looked at. */
const TICK_MS = 10;

/** One end of the protocol on a socket of its own, in this process, that says what a test wants. */
export class Station implements Disposable {
  readonly identity: Identity = identityFromSecret(systemRandom(64));
  readonly endpoint: Endpoint;
  readonly address: Address;
  readonly events: EndpointEvent[] = [];
  /** Datagrams that it sent. */
  readonly sent: Datagram[] = [];
  readonly #socket: Bun.udp.Socket<"uint8array">;
  readonly #onEvent: StationOptions["onEvent"];
  readonly #timer: NodeJS.Timeout;

  private constructor(socket: Bun.udp.Socket<"uint8array">, options: StationOptions) {
    const { name, purpose, onEvent } = options;
    const { identity } = this;
    const common = { now: systemClock.now(), random: systemRandom };
    this.#socket = socket;
    this.#onEvent = onEvent;
    this.address = loopback(socket.port);
    this.endpoint = new Endpoint({
      ...common,
      identity,
      name,
      serial: 1,
      purpose,
      admission: purpose === "server" ? new Admission(common) : undefined,
      kindOf: () => "lan",
      connectionsMax: Infinity,
      isStranger: () => false,
      hasWord: () => false,
    });
    this.#timer = setInterval(() => {
      this.endpoint.handleTimeout(systemClock.now());
      this.#turn();
    }, TICK_MS);
  }

  static async open(options: StationOptions): Promise<Station> {
    let receive: (from: Address, bytes: Uint8Array) => void = () => undefined;
    const socket = await Bun.udpSocket({
      hostname: "127.0.0.1",
      binaryType: "uint8array",
      socket: { data: (_socket, bytes, port) => receive(loopback(port), bytes) },
    });
    const station = new Station(socket, options);
    receive = (from, bytes) => station.#handle(from, bytes);
    return station;
  }

  /** Registers nowhere, but opens a session with this server. */
  greet(address: Address): void {
    const hint = { name: address, address, noiseKey: undefined };
    this.endpoint.meetServer(systemClock.now(), hint);
    this.#turn();
  }

  /** Looks for this person where they are said to be. */
  call(card: Card, candidates: readonly Address[]): void {
    this.endpoint.connect(systemClock.now(), card, candidates);
    this.#turn();
  }

  send(to: PeerId, channel: number, message: Uint8Array): void {
    assert(this.endpoint.send(to, channel, message), "there is a session to send on");
    this.#turn();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #handle(from: Address, bytes: Uint8Array): void {
    this.endpoint.handleDatagram(systemClock.now(), MAIN_SOCKET, from, bytes);
    this.#turn();
  }

  #turn(): void {
    const now = systemClock.now();
    for (let d = this.endpoint.pollDatagram(now); d; d = this.endpoint.pollDatagram(now)) {
      this.sent.push(d);
      this.#socket.send(d.bytes, portOf(d.to), hostOf(d.to));
    }
    for (let e = this.endpoint.pollEvent(); e; e = this.endpoint.pollEvent()) {
      this.events.push(e);
      this.#onEvent?.(this, e);
    }
  }
}

export function loopback(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  assert(address !== undefined, "a port makes an address");
  return address;
}
