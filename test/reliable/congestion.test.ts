import { expect, test } from "bun:test";
import {
  type CongestionController,
  type InFlightPacket,
  WINDOW_BYTES_MAX,
} from "../../lib/reliable/congestion.ts";
import { Cubic } from "../../lib/reliable/cubic.ts";
import { NewReno } from "../../lib/reliable/newreno.ts";
import { Bottleneck, DATAGRAM_BYTES } from "./bottleneck.ts";
import { seededRandom } from "./link.ts";
import { Rounds } from "./rounds.ts";

// What holds for every controller, RFC 9002 §7.

const SEEDS = 20;

type Make = (datagramBytes: number) => CongestionController;

const controllers: readonly (readonly [name: string, make: Make, reduction: number])[] = [
  ["CUBIC", (bytes) => new Cubic(bytes), 0.7],
  ["New Reno", (bytes) => new NewReno(bytes), 0.5],
];

test.each(controllers)("%s begins with ten datagrams, of large ones with two", (_name, make) => {
  expect(make(1200).windowBytes).toBe(12_000);
  expect(make(1452).windowBytes).toBe(14_520);
  expect(make(1500).windowBytes).toBe(14_720);
  expect(make(8952).windowBytes).toBe(2 * 8952);
});

test.each(controllers)("%s doubles the window every round trip at first", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));

  rounds.run(3, 50);

  expect(rounds.windowDatagrams).toBe(80);
  expect(rounds.controller.isInSlowStart).toBeTrue();
});

test.each(controllers)("%s leaves slow start with a loss", (_name, make, reduction) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);

  rounds.lose(rounds.send(80).slice(0, 1));

  expect(rounds.windowDatagrams).toBeCloseTo(80 * reduction);
  expect(rounds.controller.isInSlowStart).toBeFalse();
});

test.each(controllers)("%s shrinks once for all losses of a flight", (_name, make, reduction) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  const flight = rounds.send(80);

  rounds.lose(flight.slice(0, 10));
  rounds.now += 20;
  rounds.lose(flight.slice(40, 80));

  expect(rounds.windowDatagrams).toBeCloseTo(80 * reduction);
});

test.each(controllers)("%s shrinks again for what left after that", (_name, make, reduction) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  rounds.lose(rounds.send(80).slice(0, 1));

  rounds.lose(rounds.send(1));

  expect(rounds.windowDatagrams).toBeCloseTo(80 * reduction ** 2);
});

test.each(controllers)("%s does not grow by what left before a reduction", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  const flight = rounds.send(10);
  rounds.lose(flight.slice(0, 1));
  const reducedBytes = rounds.controller.windowBytes;

  rounds.now += 50;
  rounds.ack(flight.slice(1));
  const afterOldBytes = rounds.controller.windowBytes;
  rounds.run(3, 50);

  expect(afterOldBytes).toBe(reducedBytes);
  expect(rounds.controller.windowBytes).toBeGreaterThan(reducedBytes);
});

test.each(controllers)("%s grows only while the window is what limits sending", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.lose(rounds.send(1));
  const reducedBytes = rounds.controller.windowBytes;

  for (let i = 0; i < 20; i++) {
    const packets = rounds.send(3);
    rounds.now += 50;
    rounds.ack(packets, false);
  }

  expect(rounds.controller.windowBytes).toBe(reducedBytes);
});

test.each(controllers)("%s falls to two datagrams when all was lost", (_name, make, reduction) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  rounds.lose(rounds.send(80));

  rounds.controller.onPersistentCongestion(rounds.now);
  const fallen = rounds.windowDatagrams;
  rounds.run(3, 50);
  const third = rounds.windowDatagrams;
  const wasInSlowStart = rounds.controller.isInSlowStart;
  rounds.run(3, 50);

  expect(fallen).toBe(2);
  expect(third).toBe(16);
  expect(wasInSlowStart).toBeTrue();
  // Slow start ends where the window was before all was lost.
  expect(rounds.controller.isInSlowStart).toBeFalse();
  expect(rounds.windowDatagrams).toBeWithin(80 * reduction, 80 * reduction + 32);
});

test.each(controllers)("%s takes a reduction back when all its losses arrive", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  const late = rounds.send(80).slice(0, 3);
  rounds.lose(late);

  rounds.takeBack(late.slice(0, 2));
  const withOneLossBytes = rounds.controller.windowBytes;
  rounds.takeBack(late.slice(2));

  expect(withOneLossBytes).toBeLessThan(80 * DATAGRAM_BYTES);
  expect(rounds.windowDatagrams).toBe(80);
  expect(rounds.controller.isInSlowStart).toBeTrue();
});

test.each(controllers)("%s shrinks anew after it took one back", (_name, make, reduction) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  const [late, lost] = rounds.send(80);
  rounds.lose(some(late));
  rounds.takeBack(some(late));

  rounds.lose(some(lost));

  expect(rounds.windowDatagrams).toBeCloseTo(80 * reduction);
});

test.each(controllers)("%s takes only the last reduction back", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  const first = rounds.send(1);
  rounds.lose(first);
  const second = rounds.send(1);
  rounds.lose(second);
  const reducedBytes = rounds.controller.windowBytes;

  rounds.takeBack(first);

  expect(rounds.controller.windowBytes).toBe(reducedBytes);
});

test.each(controllers)("%s charges a late loss to the reduction it belongs to", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  rounds.run(3, 50);
  const flight = rounds.send(80);
  rounds.lose(flight.slice(0, 1));
  const reducedBytes = rounds.controller.windowBytes;
  const second = rounds.send(1);
  rounds.lose(second);

  rounds.lose(flight.slice(1, 2));
  rounds.takeBack(second);

  expect(rounds.controller.windowBytes).toBe(reducedBytes);
});

test.each(controllers)("%s does not take persistent congestion back", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));
  const lost = rounds.send(10);
  rounds.lose(lost);
  rounds.controller.onPersistentCongestion(rounds.now);

  rounds.takeBack(lost);

  expect(rounds.windowDatagrams).toBe(2);
});

test.each(controllers)("%s starts larger where datagrams turn out to be larger", (_name, make) => {
  const untried = make(1200);
  const tried = new Rounds(make(1200));
  tried.lose(tried.send(1));
  const reducedBytes = tried.controller.windowBytes;

  untried.onDatagramSize(65_487);
  tried.controller.onDatagramSize(1452);
  const atEthernetBytes = tried.controller.windowBytes;
  tried.controller.onDatagramSize(65_487);

  expect(untried.windowBytes).toBe(2 * 65_487);
  expect(atEthernetBytes).toBe(reducedBytes);
  expect(tried.controller.windowBytes).toBe(2 * 65_487);
});

test.each(controllers)(
  "%s stays between two datagrams and 8 MiB, whatever comes",
  (_name, make) => {
    let largestBytes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const rounds = new Rounds(make(DATAGRAM_BYTES));

      for (const windowBytes of windowsByChance(rounds, seededRandom(seed))) {
        expect(windowBytes, `seed ${seed}`).toBeWithin(2 * DATAGRAM_BYTES, WINDOW_BYTES_MAX + 1);
        largestBytes = Math.max(largestBytes, windowBytes);
      }
    }

    expect(largestBytes).toBe(WINDOW_BYTES_MAX);
  },
);

test.each(controllers)("%s grows to 8 MiB and no further", (_name, make) => {
  const rounds = new Rounds(make(DATAGRAM_BYTES));

  rounds.run(12, 1);

  expect(rounds.controller.windowBytes).toBe(WINDOW_BYTES_MAX);
});

test.each(controllers)("%s keeps a bottleneck busy that loses what overflows", (_name, make) => {
  for (const queueDatagrams of [10, 26, 100]) {
    const path = { megabitsPerSecond: 5, roundTripMs: 50, queueDatagrams };
    const model = new Bottleneck(make(DATAGRAM_BYTES), path);

    model.runTo(20_000);

    const ideal = (20_000 * 5000) / 8;
    expect(model.ackedBytes / ideal, `a queue of ${queueDatagrams}`).toBeGreaterThan(0.9);
  }
});

/** The window after each of many steps in which packets leave, arrive, are late or lost. */
function* windowsByChance(rounds: Rounds, random: () => number): Generator<number> {
  // Luck is the seed's, so that some windows grow to the maximum.
  const lossShare = random() ** 4 / 100;
  const lost: InFlightPacket[] = [];
  let inFlight: InFlightPacket[] = [];
  for (let step = 0; step < 300; step++) {
    inFlight.push(...rounds.send(1 + Math.floor(random() * 300)));
    rounds.now += random() * 100;
    const kept: InFlightPacket[] = [];
    for (const packet of inFlight) {
      const chance = random();
      if (chance < lossShare) lost.push(packet);
      else if (chance < 0.9) rounds.ack([packet], random() < 0.9);
      else kept.push(packet);
      if (chance < lossShare) rounds.lose([packet]);
    }
    inFlight = kept;
    if (random() < 0.3) rounds.takeBack(lost.splice(0, 1));
    if (random() < lossShare) rounds.controller.onPersistentCongestion(rounds.now);
    yield rounds.controller.windowBytes;
  }
}

function some(packet: InFlightPacket | undefined): InFlightPacket[] {
  return packet === undefined ? [] : [packet];
}
