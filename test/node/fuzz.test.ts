import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { MAIN_SOCKET } from "../../lib/node/machine.ts";
import { Prng } from "../sim/prng.ts";
import { measured } from "../wire/mutations.ts";
import { End, nth } from "./end.ts";
import { at, type Driven, Net } from "./net.ts";
import { host, person, shownTo } from "./people.ts";

/** To each of four machines a quarter of them. */
const DATAGRAMS = Number(Bun.env["DATAGRAMS"] ?? 1_000_000);
const SEED = Number(Bun.env["SEED"] ?? 1);

const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const SERVER = at("203.0.113.1");
const STRANGERS = Array.from({ length: 256 }, (_, i) => at(`192.0.2.${i}:${1000 + i}`));
const KINDS = [0x50, 0x51, 0x52, 0x53, 0x54, 0x55];

/** A noise of bytes, cheaper than one for each datagram. */
const NOISE = new Prng(SEED, "noise").bytes(1 << 16);

/** Garbage with the head of something, or what somebody once said with something wrong in it. */
class Hostile {
  readonly #prng = new Prng(SEED, "hostile");
  readonly #captured: readonly Uint8Array[];

  constructor(captured: readonly Uint8Array[]) {
    this.#captured = captured;
  }

  next(): Uint8Array {
    const prng = this.#prng;
    const dice = prng.below(10);
    if (dice < 5) return this.#garbage();
    const bytes = this.#captured[prng.below(this.#captured.length)]?.slice() ?? new Uint8Array();
    if (dice === 5) return bytes;
    if (dice === 6) return this.#measured(bytes.slice(0, prng.below(bytes.length + 1)));
    if (dice === 7) return this.#measured(this.#lengthened(bytes));
    const flips = dice === 8 ? 1 : 1 + prng.below(8);
    for (let i = 0; i < flips; i++) {
      // Heads decide more than what is sealed.
      const index = prng.chance(0.5) ? prng.below(40) : prng.below(bytes.length);
      if (index < bytes.length) bytes[index] = prng.uint32();
    }
    return bytes;
  }

  from(): Address {
    const dice = this.#prng.below(300);
    return STRANGERS[dice] ?? [ANN, BOB, SERVER][dice % 3] ?? SERVER;
  }

  #garbage(): Uint8Array {
    const size = this.#prng.below(this.#prng.chance(0.9) ? 400 : 1500);
    const start = this.#prng.below(NOISE.length - size);
    const bytes = NOISE.slice(start, start + size);
    if (size > 0 && this.#prng.chance(0.9)) bytes[0] = KINDS[this.#prng.below(KINDS.length)] ?? 0;
    return this.#measured(bytes);
  }

  #measured(bytes: Uint8Array): Uint8Array {
    return this.#prng.chance(0.9) ? measured(bytes) : bytes;
  }

  #lengthened(bytes: Uint8Array): Uint8Array {
    const longer = new Uint8Array(bytes.length + this.#prng.below(2_000));
    longer.set(bytes);
    return longer;
  }
}

/** Feeds one machine, in a few seconds of its time, and returns how much it answered. */
function bombard(net: Net, machine: Driven, count: number): number {
  const hostile = new Hostile(net.sent.map(({ bytes }) => bytes));
  let answered = 0;
  let now = net.now;
  machine.turn(now);
  for (let i = 0; i < count; i++) {
    const bytes = hostile.next();
    const from = hostile.from();
    machine.handleDatagram(now, MAIN_SOCKET, from, bytes);
    const answers = machine.turn(now);
    if (answers.length > 0) {
      answered += 1;
      const [first] = answers;
      const isModest = answers.length === 1 && first?.to === from;
      if (!isModest || first.bytes.length > bytes.length) {
        throw new Error(`SEED=${SEED}: ${bytes.toHex()} from ${from} got ${answers.length}`);
      }
    }
    if (i % 256 === 0) {
      now += 5;
      if (machine.pollTimeout() <= now) machine.handleTimeout(now);
      machine.turn(now);
    }
  }
  return answered;
}

test("hostile datagrams neither crash nor grow a node, nor get more than they bring", () => {
  const net = new Net(SEED);
  const server = host(net, SERVER, nth(2));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(2_000);
  ann.command({ type: "send", req: null, to: "@bob", text: "before" });
  net.run(10_000);
  const events = bob.events.length;
  Bun.gc(true);
  const heapBytes = heapStats().heapSize;

  const answered = bombard(net, server, DATAGRAMS / 4) + bombard(net, bob, DATAGRAMS / 4);
  Bun.gc(true);

  expect(answered).toBeGreaterThan(DATAGRAMS / 1_000);
  expect(heapStats().heapSize - heapBytes).toBeLessThan(20_000_000);
  const told = bob.events.slice(events).filter(({ type }) => type !== "log");
  expect(told).toEqual([]);
  expect(shownTo(bob)).toEqual(["before"]);
}, 60_000);

test("they leave no more behind than an endpoint has room for", () => {
  const net = new Net(SEED);
  const bob = new End(net, BOB, { identity: nth(1) });
  const server = new End(net, SERVER, { identity: nth(2), purpose: "server" });
  const ann = new End(net, ANN, { identity: nth(0) });
  ann.endpoint.meetServer(net.now, { name: "s", address: SERVER, noiseKey: undefined });
  ann.call(bob);
  net.run(20_000);
  const [bobs, servers] = [bob.endpoint.sizes, server.endpoint.sizes];

  bombard(net, bob, DATAGRAMS / 4);
  bombard(net, server, DATAGRAMS / 4);

  // Ann's own calls, captured and sent again, are half open once more.
  expect([bobs.connections, servers.connections]).toEqual([1, 1]);
  expect(bob.endpoint.sizes).toEqual({ ...bobs, halfOpen: 1, indices: bobs.indices + 1 });
  expect(server.endpoint.sizes).toEqual({ ...servers, halfOpen: 1, indices: servers.indices + 1 });
}, 60_000);
