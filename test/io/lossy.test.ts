import { expect, test } from "bun:test";
import { type Address, addressOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { identityFromSecret, IDENTITY_SECRET_BYTES } from "../../lib/crypto/identity.ts";
import { systemClock } from "../../lib/io/clock.ts";
import { Driver } from "../../lib/io/driver.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { UdpSocket } from "../../lib/io/udp.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import { Courier, type CourierCommand } from "../sim/courier.ts";
import { differences, isAllHeard, Ledger } from "../sim/ledger.ts";
import type { Conditions } from "../sim/link.ts";
import { Forwarder } from "./support/forwarder.ts";
import { until } from "./support/sockets.ts";

const SEED = Number(process.env["SEED"] ?? 1);

const MEGABYTE = 1_000_000;

/** A local network's round trip, so that many of them fit into a test. */
const QUICK: Partial<Conditions> = { delayMs: 1, jitterMs: 0.2 };

const PATIENCE_MS = 30_000;

test.concurrent.each([
  ["2 MB at 2 % loss", 2 * MEGABYTE, { loss: 0.02 }],
  ["1 MB at 20 % loss", MEGABYTE, { loss: 0.2 }],
  ["2 MB at 2 % corruption", 2 * MEGABYTE, { corrupt: 0.02 }],
  ["2 MB out of order and doubled", 2 * MEGABYTE, { reorder: 0.1, reorderMs: 5, duplicate: 0.1 }],
] as const)(
  "%s, on real sockets: the same hash, every word once, one session",
  async (...args) => {
    const [, bytes, conditions] = args;
    using pair = await connectedPair(SEED, { ...QUICK, ...conditions });

    await pair.carry(bytes);

    expect(pair.differences()).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  "a transfer on real sockets outlives 5 rebindings of the port",
  async () => {
    using pair = await connectedPair(SEED, QUICK);
    const { forwarder, bob } = pair;

    const isDone = pair.carry(4 * MEGABYTE);
    for (let binding = 1; binding <= 5; binding++) {
      await until(() => bob.ledger.heardBytes > (binding * 4 * MEGABYTE) / 6, PATIENCE_MS);
      await forwarder.rebind();
      // Two in one burst would be one move.
      await until(() => bob.ledger.moves >= binding, PATIENCE_MS);
    }
    await isDone;

    expect(pair.differences()).toEqual([]);
    expect(bob.ledger.moves).toBeGreaterThanOrEqual(5);
  },
  PATIENCE_MS,
);

test(
  "20 of 20 handshakes on real sockets at 30 % loss",
  async () => {
    const pairs = await Promise.all(
      Array.from({ length: 20 }, (_, i) => connectedPair(SEED + i, { ...QUICK, loss: 0.3 })),
    );

    await Promise.all(pairs.map((pair) => pair.carry(0)));

    expect(pairs.flatMap((pair) => pair.differences())).toEqual([]);
  },
  PATIENCE_MS,
);

/** A node with its shell. */
interface End {
  readonly name: string;
  readonly ledger: Ledger;
  readonly courier: Courier;
  readonly driver: Driver<never, CourierCommand>;
  readonly port: number;
}

interface Pair extends Disposable {
  readonly bob: End;
  readonly forwarder: Forwarder;
  /** Carries so many bytes from ann to bob, while both say ten words and one every 20 ms. */
  carry(bytes: number): Promise<void>;
  differences(): string[];
}

/** Ann calls Bob through a forwarder. */
async function connectedPair(seed: number, conditions: Partial<Conditions>): Promise<Pair> {
  const [ann, bob] = await Promise.all([openEnd("ann"), openEnd("bob")]);
  const forwarder = await Forwarder.open({ seed, port: bob.port, conditions });
  const { card } = bob.courier.endpoint;
  ann.driver.command({ type: "call", card, candidates: [loopback(forwarder.port)] });
  const say = (): void => {
    for (const { name, ledger, driver } of [ann, bob]) {
      driver.command({ type: "say", text: `${name} says ${ledger.said.length}` });
    }
  };
  return {
    bob,
    forwarder,
    carry: async (bytes) => {
      for (let word = 0; word < 10; word++) say();
      ann.driver.command({ type: "haul", bytes });
      const talk = setInterval(say, 20);
      try {
        await until(() => bob.ledger.heardBytes >= bytes, PATIENCE_MS);
      } finally {
        clearInterval(talk);
      }
      await until(() => isAllHeard(ann.ledger, bob.ledger), PATIENCE_MS);
    },
    differences: () =>
      differences(ann.ledger, bob.ledger).map((difference) => `seed ${seed}: ${difference}`),
    [Symbol.dispose]: () => {
      for (const { driver } of [ann, bob]) driver.close();
      forwarder[Symbol.dispose]();
    },
  };
}

async function openEnd(name: string): Promise<End> {
  const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0, firstDatagramBytes });
  const ledger = new Ledger();
  const identity = identityFromSecret(systemRandom(IDENTITY_SECRET_BYTES));
  const options = { now: systemClock.now(), random: systemRandom, identity, name, serial: 1 };
  const courier = new Courier(options, ledger);
  const driver = new Driver<never, CourierCommand>({
    machine: courier,
    sockets: [socket],
    store: undefined,
    onEvent: () => undefined,
  });
  driver.start();
  return { name, ledger, courier, driver, port: socket.port };
}

function loopback(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  assert(address !== undefined, "a port makes an address");
  return address;
}
