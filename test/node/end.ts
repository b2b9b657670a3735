import type { Address } from "../../lib/base/address.ts";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/text.ts";
import { compareBytes } from "../../lib/base/bytes.ts";
import { assert } from "../../lib/base/assert.ts";
import { type Identity, identityFromSecret } from "../../lib/crypto/identity.ts";
import type { Connection } from "../../lib/node/connection.ts";
import { Endpoint, type EndpointEvent } from "../../lib/node/endpoint.ts";
import type { Datagram } from "../../lib/node/machine.ts";
import { Admission } from "../../lib/rendezvous/admission.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import { Prng } from "../sim/prng.ts";
import type { Driven, Net } from "./net.ts";

export interface EndOptions {
  readonly identity: Identity;
  readonly purpose?: "peer" | "server";
  readonly name?: string;
  readonly connectionsMax?: number;
  /** Nothing is ever said with an answer where not given. */
  readonly hasWord?: () => boolean;
  /** What it hears is kept as bytes too. */
  readonly isKeeping?: boolean;
  /** It has heard of nobody. */
  readonly isAlone?: boolean;
}

/** An endpoint on the net, and what it has said so far. */
export class End implements Driven {
  readonly address: Address;
  readonly endpoint: Endpoint;
  readonly identity: Identity;
  readonly events: EndpointEvent[] = [];
  readonly heard: string[] = [];
  /** The same as bytes, if it keeps them. */
  readonly received: Uint8Array[] = [];
  readonly #net: Net;
  readonly #isKeeping: boolean;

  constructor(net: Net, address: Address, options: EndOptions) {
    const { identity, purpose = "peer", name, connectionsMax = Infinity, isAlone } = options;
    const { now, random, observe } = net;
    this.#net = net;
    this.#isKeeping = options.isKeeping ?? false;
    this.address = address;
    this.identity = identity;
    this.endpoint = new Endpoint({
      now,
      random,
      observe,
      identity,
      purpose,
      name: name ?? "somebody",
      serial: 1,
      admission: purpose === "server" ? new Admission({ now, random }) : undefined,
      kindOf: (remote) => (remote.startsWith("192.168.") ? "lan" : "direct"),
      connectionsMax,
      isStranger: () => isAlone === true,
      hasWord: options.hasWord ?? (() => false),
    });
    net.attach(address, this);
  }

  handleDatagram(now: number, socket: number, from: Address, bytes: Uint8Array): void {
    this.endpoint.handleDatagram(now, socket, from, bytes);
  }

  handleTimeout(now: number): void {
    this.endpoint.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.endpoint.pollTimeout();
  }

  turn(now: number): Datagram[] {
    const datagrams: Datagram[] = [];
    for (let d = this.endpoint.pollDatagram(now); d; d = this.endpoint.pollDatagram(now)) {
      datagrams.push(d);
    }
    for (let e = this.endpoint.pollEvent(); e; e = this.endpoint.pollEvent()) this.#note(e);
    return datagrams;
  }

  /** Calls the other where it is said to be. */
  call(other: End, ...candidates: readonly Address[]): void {
    const addresses = candidates.length === 0 ? [other.address] : candidates;
    this.endpoint.connect(this.#net.now, other.endpoint.card, addresses);
  }

  say(other: End, text: string): boolean {
    return this.endpoint.send(other.identity.peerId, CHAT_CHANNEL, encodeUtf8(text));
  }

  /** The open connections: as many as there are. */
  get connections(): Connection[] {
    return [...this.endpoint.connections()];
  }

  connectionTo(other: End): Connection {
    const connection = this.endpoint.connectionTo(other.identity.peerId);
    assert(connection !== undefined, "they are connected");
    return connection;
  }

  count(kind: EndpointEvent["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  #note(event: EndpointEvent): void {
    this.events.push(event);
    if (event.kind !== "messages") return;
    for (const message of event.messages) {
      this.heard.push(decodeUtf8(message) ?? "");
      // What it lies in is used again.
      if (this.#isKeeping) this.received.push(message.slice());
    }
  }
}

const prng = new Prng(1, "identities");

/** Always the same ones, for making them costs time. The first has the lower Noise key. */
export const IDENTITIES: readonly Identity[] = Array.from({ length: 8 }, () => {
  return identityFromSecret(prng.bytes(64));
}).toSorted((a, b) => compareBytes(a.noise.publicKey, b.noise.publicKey));

export function nth(number: number): Identity {
  const found = IDENTITIES[number];
  assert(found !== undefined, "there are enough identities");
  return found;
}
