import type { Address } from "../../lib/base/address.ts";
import { addressParts } from "../../lib/base/address.ts";
import type { PeerCommand, ServerCommand } from "../../lib/node/commands.ts";
import type { Identity } from "../../lib/crypto/identity.ts";
import type { PeerEvent, ServerEvent } from "../../lib/node/events.ts";
import type { Datagram, NodeMachine, Output } from "../../lib/node/machine.ts";
import { PeerNode } from "../../lib/node/peer.ts";
import { ServerNode } from "../../lib/node/server.ts";
import { MemoryStore } from "../support/memorystore.ts";
import type { Driven, Net } from "./net.ts";

/** A whole node on the net, with its disk. */
export class Node<Event extends PeerEvent | ServerEvent, Command> implements Driven {
  readonly address: Address;
  readonly machine: NodeMachine<Event, Command>;
  readonly store: MemoryStore;
  readonly events: Event[] = [];
  readonly echoes: Extract<Output<Event>, { kind: "echo" }>[] = [];
  readonly #net: Net;

  constructor(
    net: Net,
    address: Address,
    store: MemoryStore,
    machine: NodeMachine<Event, Command>,
  ) {
    const { ip, port } = addressParts(address);
    this.#net = net;
    this.address = address;
    this.store = store;
    this.machine = machine;
    machine.handleSocket(net.now, 0, { step: "opened", port });
    machine.handleNetwork(net.now, [{ name: "eth0", ip, prefixBits: 24 }]);
    net.attach(address, this);
  }

  command(command: Command): void {
    this.machine.handleCommand(this.#net.now, command);
    this.#net.flush();
  }

  handleDatagram(now: number, socket: number, from: Address, bytes: Uint8Array): void {
    this.machine.handleDatagram(now, socket, from, bytes);
  }

  handleTimeout(now: number): void {
    this.machine.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.machine.pollTimeout();
  }

  turn(now: number): Datagram[] {
    const datagrams: Datagram[] = [];
    for (;;) {
      const stores: Extract<Output<Event>, { kind: "store" }>[] = [];
      const loads: Extract<Output<Event>, { kind: "load" }>[] = [];
      for (let o = this.machine.pollOutput(); o !== undefined; o = this.machine.pollOutput()) {
        if (o.kind === "send") datagrams.push(o);
        else if (o.kind === "event") this.events.push(o.event);
        else if (o.kind === "echo") this.echoes.push(o);
        else if (o.kind === "store") stores.push(o);
        else if (o.kind === "load") loads.push(o);
        else if (o.kind !== "shown") throw new Error("Nobody here has more than one socket");
      }
      if (stores.length + loads.length === 0) return datagrams;
      for (const { token, writes } of stores) {
        this.machine.handleStored(now, token, this.store.commit(writes));
      }
      for (const { token, query } of loads) {
        this.machine.handleLoaded(now, token, this.store.load(query));
      }
    }
  }
}

export type Person = Node<PeerEvent, PeerCommand>;
export type Host = Node<ServerEvent, ServerCommand>;

export interface PersonOptions {
  readonly identity: Identity;
  readonly name: string;
  /** Where its server is. */
  readonly server: Address | undefined;
  readonly serverKey?: Uint8Array;
  /** The lobby where not given. */
  readonly rooms?: readonly string[];
  /** Whether it carries, and may be carried: it does. */
  readonly relays?: boolean;
  /** Whether it tells how far it has read: it does not. */
  readonly sharesRead?: boolean;
  /** Whether it holds for others, and has others hold for it: neither. */
  readonly holds?: boolean;
  readonly asksHold?: boolean;
  /** Whether what it says is told like what others say: it is not. */
  readonly echoes?: boolean;
  /** Of its card: the first where not given. */
  readonly serial?: number;
  /** What it knew when it last ended. */
  readonly store?: MemoryStore;
}

export function person(net: Net, address: Address, options: PersonOptions): Person {
  const { identity, name, server, serverKey, rooms = ["#lobby"] } = options;
  const { store = new MemoryStore(), holds = false, asksHold = false } = options;
  const { now, random, observe } = net;
  const machine = new PeerNode({
    surveys: false,
    echoes: options.echoes ?? false,
    relays: options.relays ?? true,
    sharesRead: options.sharesRead ?? false,
    holds,
    asksHold,
    now,
    random,
    observe,
    identity,
    name,
    serial: options.serial ?? 1,
    rooms,
    awaitsServer: server !== undefined,
    restored: store.restoreAll(),
  });
  const made = new Node(net, address, store, machine);
  if (server !== undefined) {
    machine.handleFound(now, { kind: "server", name: "srv", address: server, noiseKey: serverKey });
  }
  return made;
}

export function host(
  net: Net,
  address: Address,
  identity: Identity,
  more: { readonly clientsMax?: number; readonly sockets?: readonly Address[] } = {},
): Host {
  const { now, random, observe } = net;
  const options = { now, random, observe, identity, name: "server", serial: 1 };
  const machine = new ServerNode({ ...options, ...more });
  return new Node(net, address, new MemoryStore(), machine);
}

/** The texts that a person was shown, in that order. */
export function shownTo({ events }: Person): string[] {
  return events.filter((event) => event.type === "message").map(({ text }) => text);
}

/** The states that a person was told of another. */
export function statesOf({ events }: Person, identity: Identity): string[] {
  return events
    .filter((event) => event.type === "peer")
    .filter(({ who }) => who.id === identity.peerId)
    .map(({ state }) => state);
}

/** What a person was told of one kind, in that order. */
export function ofType<Type extends PeerEvent["type"]>({ events }: Person, type: Type) {
  return events.filter((event): event is Extract<PeerEvent, { type: Type }> => event.type === type);
}
