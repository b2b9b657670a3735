import { type Address, parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { SealObserver } from "../../lib/crypto/transport.ts";
import { type Datagram, MAIN_SOCKET } from "../../lib/node/machine.ts";
import { Agenda, type Appointment } from "../sim/agenda.ts";
import { Prng } from "../sim/prng.ts";

/** A machine on the net. */
export interface Driven {
  handleDatagram(now: number, socket: number, from: Address, bytes: Uint8Array): void;
  handleTimeout(now: number): void;
  pollTimeout(): number;
  /** Ends a turn: all that the machine sends now, in its order. */
  turn(now: number): Datagram[];
}

/** A datagram as it left. */
export interface Sent {
  readonly atMs: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

interface Parcel extends Appointment, Omit<Sent, "atMs"> {}

/** 2026-01-01T00:00:00Z */
const BEGINNING_MS = 1_767_225_600_000;

/** More datagrams than this in one instant are a loop. */
const TURNS_PER_INSTANT_MAX = 10_000;

/**
 * Machines at addresses of their choice, and a test that sees, loses, doubles and forges every
 * datagram between them: nothing here knows of subnets or NATs, for that is what `World` is for.
 * Everything follows from the seed.
 */
export class Net {
  readonly seed: number;
  readonly prng: Prng;
  readonly sent: Sent[] = [];
  /** In how many ms each copy of a datagram arrives; none if it is lost. */
  fate: (sent: Sent) => readonly number[] = () => [10];
  readonly #machines = new Map<Address, Driven>();
  readonly #agenda = new Agenda<Parcel>();
  readonly #sealed = new Map<string, number>();
  #now = BEGINNING_MS;
  #order = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.prng = new Prng(seed, "net");
  }

  get now(): number {
    return this.#now;
  }

  get elapsedMs(): number {
    return this.#now - BEGINNING_MS;
  }

  readonly random = (length: number): Uint8Array => this.prng.bytes(length);

  /** For every machine: no key ever seals two packets under one counter. */
  readonly observe: SealObserver = (keyId, counter) => {
    assert(counter > (this.#sealed.get(keyId) ?? -1), "a nonce is used once");
    this.#sealed.set(keyId, counter);
  };

  attach(address: Address, machine: Driven): void {
    this.#machines.set(address, machine);
  }

  detach(address: Address): void {
    this.#machines.delete(address);
  }

  /** The machine is somewhere else from here on, and nobody is where it was. */
  move(from: Address, to: Address): void {
    const machine = this.#machines.get(from);
    assert(machine !== undefined, "somebody is there to move");
    this.#machines.delete(from);
    this.#machines.set(to, machine);
  }

  /** Arrives at once, whoever really sent it. */
  deliver(to: Address, from: Address, bytes: Uint8Array): void {
    const machine = this.#machines.get(to);
    if (machine === undefined) return;
    const copy = bytes.slice();
    machine.handleDatagram(this.#now, MAIN_SOCKET, from, copy);
    // A shell may use its buffer again: nobody keeps a view.
    copy.fill(0xa5);
    this.#end(to, machine);
  }

  /** Ends everybody's turn, as after a command. */
  flush(): void {
    for (const [address, machine] of this.#machines) this.#end(address, machine);
  }

  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Whether the predicate held within so many ms. */
  runUntil(predicate: () => boolean, ms: number): boolean {
    const untilMs = this.#now + ms;
    let turns = 0;
    this.flush();
    while (!predicate()) {
      const parcelAtMs = this.#agenda.peek()?.atMs ?? Infinity;
      const [address, machine] = this.#nextToWake();
      const wakeAtMs = machine?.pollTimeout() ?? Infinity;
      const atMs = Math.min(parcelAtMs, wakeAtMs);
      if (atMs > untilMs) {
        this.#now = untilMs;
        return false;
      }
      turns = atMs > this.#now ? 0 : turns + 1;
      assert(turns < TURNS_PER_INSTANT_MAX, "time goes on");
      this.#now = Math.max(this.#now, atMs);
      if (parcelAtMs <= wakeAtMs) this.#carry();
      else if (machine !== undefined && address !== undefined) {
        machine.handleTimeout(this.#now);
        this.#end(address, machine);
      }
    }
    return true;
  }

  #carry(): void {
    const parcel = this.#agenda.pop();
    if (parcel !== undefined) this.deliver(parcel.to, parcel.from, parcel.bytes);
  }

  #nextToWake(): [Address | undefined, Driven | undefined] {
    let next: [Address | undefined, Driven | undefined] = [undefined, undefined];
    for (const entry of this.#machines) {
      if (entry[1].pollTimeout() < (next[1]?.pollTimeout() ?? Infinity)) next = entry;
    }
    return next;
  }

  #end(from: Address, machine: Driven): void {
    for (const { to, bytes } of machine.turn(this.#now)) {
      const sent = { atMs: this.#now, from, to, bytes };
      this.sent.push(sent);
      for (const delayMs of this.fate(sent)) {
        this.#agenda.push({ ...sent, atMs: this.#now + delayMs, order: this.#order++ });
      }
    }
  }
}

/** An address written down in a test. */
export function at(text: string): Address {
  const address = parseAddress(text.includes(":") ? text : `${text}:4000`);
  assert(address !== undefined, "a test's addresses are addresses");
  return address;
}
