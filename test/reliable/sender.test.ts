import { expect, test } from "bun:test";
import { Reliable } from "../../lib/reliable/reliable.ts";
import { DATAGRAM_BYTES_BASE } from "../../lib/wire/limits.ts";
import { TRANSPORT_OVERHEAD_BYTES } from "../../lib/wire/packet.ts";
import { ackOf, framesAt, Link } from "./link.ts";
import { Told } from "./told.ts";

/** A datagram on Ethernet, and one that a path of jumbo frames carries. */
const ETHERNET_BYTES = 1452;
const JUMBO_BYTES = 8952;

interface Sending {
  readonly machine: Reliable;
  /** The last path's. */
  readonly told: Told;
  /** Ends a turn, and returns the sizes of the datagrams that left, as UDP payload. */
  readonly turn: (now: number) => number[];
}

function sending(datagramBytesMax: number = DATAGRAM_BYTES_BASE): Sending {
  const controllers: Told[] = [];
  const congestion = (bytes: number): Told => {
    const told = new Told(bytes);
    controllers.push(told);
    return told;
  };
  const machine = new Reliable({ now: 0, datagramBytesMax, congestion });
  let number = 0;
  const turn = (now: number): number[] => {
    const sizes: number[] = [];
    for (let bytes = machine.pollPacket(now, number); bytes !== undefined;) {
      sizes.push(bytes.length + TRANSPORT_OVERHEAD_BYTES);
      number += 1;
      bytes = machine.pollPacket(now, number);
    }
    return sizes;
  };
  return {
    machine,
    turn,
    get told(): Told {
      const last = controllers.at(-1);
      if (last === undefined) throw new Error("A machine has a controller from the first");
      return last;
    },
  };
}

/** One message, which is one packet, for each number. */
function sendEach(one: Sending, now: number, count: number): void {
  for (let i = 0; i < count; i++) {
    one.machine.send(1, Uint8Array.of(i));
    expect(one.turn(now)).toHaveLength(1);
  }
}

test("a controller is told of every packet once: sent, and acknowledged or lost", () => {
  const one = sending();
  one.machine.seedRtt(40);
  sendEach(one, 0, 5);

  one.machine.handlePacket(40, 0, [ackOf(4)]);
  one.machine.handlePacket(41, 1, [ackOf(2, 4)]);

  expect(one.told.sent).toEqual([0, 1, 2, 3, 4]);
  expect(one.told.acked).toEqual([4, 2, 3]);
  expect(one.told.lost).toEqual([0, 1]);
  expect(one.told.spurious).toEqual([]);
});

test("a packet that was given up and arrives after all is told of once", () => {
  const one = sending();
  one.machine.seedRtt(40);
  sendEach(one, 0, 5);
  one.machine.handlePacket(40, 0, [ackOf(4)]);

  one.machine.handlePacket(41, 1, [ackOf(0, 4)]);
  one.machine.handlePacket(42, 2, [ackOf(0, 4)]);

  expect(one.told.lost).toEqual([0, 1]);
  expect(one.told.spurious).toEqual([0, 1]);
});

test("a path that reorders once is given room to do it again", () => {
  const one = sending();
  one.machine.seedRtt(40);
  sendEach(one, 0, 9);
  one.machine.handlePacket(40, 0, [ackOf(8)]);
  one.machine.handlePacket(41, 1, [ackOf(0, 8)]);
  expect(one.told.spurious).toEqual([0, 1, 2, 3, 4, 5]);
  const from = one.told.sent.length + one.turn(42).length;

  sendEach(one, 43, 9);
  one.machine.handlePacket(83, 2, [ackOf(from + 8)]);

  // Eight behind is not lost any more.
  expect(Math.max(...one.told.lost)).toBeLessThan(from);
});

test("losses in a row that span three timeouts are persistent congestion", () => {
  const one = sending();
  one.machine.seedRtt(40);
  const spanMs = 3 * (40 + 4 * 20 + 25);
  sendEach(one, 0, 1);
  sendEach(one, spanMs + 1, 1);

  sendEach(one, spanMs + 500, 3);
  one.machine.handlePacket(spanMs + 540, 0, [ackOf(4)]);

  expect(one.told.lost).toEqual([0, 1]);
  expect(one.told.persistentCount).toBe(1);
});

test("losses are not persistent congestion when something between them arrived", () => {
  const one = sending();
  one.machine.seedRtt(40);
  const spanMs = 3 * (40 + 4 * 20 + 25);
  sendEach(one, 0, 1);
  sendEach(one, 10, 1);
  sendEach(one, spanMs + 100, 1);

  sendEach(one, spanMs + 500, 3);
  one.machine.handlePacket(spanMs + 540, 0, [
    {
      kind: "ack",
      delayUs: 0,
      ranges: [
        { first: 5, last: 5 },
        { first: 1, last: 1 },
      ],
    },
  ]);

  expect(one.told.lost).toEqual([0, 2]);
  expect(one.told.persistentCount).toBe(0);
});

test("losses from before the first measurement are no persistent congestion", () => {
  const one = sending();
  sendEach(one, 0, 1);
  sendEach(one, 2000, 1);
  sendEach(one, 4000, 3);

  one.machine.handlePacket(4040, 0, [ackOf(4)]);

  expect(one.told.lost).toEqual([0, 1]);
  expect(one.told.persistentCount).toBe(0);
});

test("a probe of a size neither makes congestion persistent nor ends it", () => {
  const one = sending(ETHERNET_BYTES);
  one.machine.seedRtt(40);
  const spanMs = 3 * (40 + 4 * 20 + 25);
  one.machine.send(1, new Uint8Array(1164));
  expect(one.turn(0)).toEqual([DATAGRAM_BYTES_BASE, ETHERNET_BYTES]);
  one.machine.handlePacket(40, 0, [ackOf(0)]);
  sendEach(one, spanMs + 100, 1);

  sendEach(one, spanMs + 500, 3);
  one.machine.handlePacket(spanMs + 540, 1, [ackOf(5)]);

  expect(one.told.lost).toEqual([2]);
  expect(one.told.persistentCount).toBe(0);
});

test("the window counts as used only while it, or the pacer, keeps something from leaving", () => {
  const one = sending();
  one.machine.seedRtt(0.2);
  one.told.windowBytes = 3 * DATAGRAM_BYTES_BASE;
  sendEach(one, 0, 1);
  one.machine.handlePacket(1, 0, [ackOf(0)]);
  one.machine.send(1, new Uint8Array(6000));
  one.turn(2);

  one.machine.handlePacket(3, 1, [ackOf(1, 2)]);

  expect(one.told.acked).toEqual([0, 1, 2]);
  expect(one.told.ackedInUse).toEqual([1, 2]);
});

test("on a path of 50 ms no more leaves at once than ten packets", () => {
  const one = sending();
  one.machine.seedRtt(50);
  one.told.windowBytes = 100 * DATAGRAM_BYTES_BASE;
  one.machine.send(1, new Uint8Array(60_000));

  expect(one.turn(0)).toHaveLength(10);
  expect(one.machine.pollTimeout()).toBeGreaterThan(0);
  // At 5/4 of the window a round trip.
  expect(one.machine.pollTimeout()).toBeLessThanOrEqual(50 / 125);
  expect(one.turn(one.machine.pollTimeout())).toHaveLength(1);
  let later = 0;
  for (let now = 1; now <= 10; now++) later += one.turn(now).length;

  expect(later).toBeGreaterThanOrEqual(23);
  expect(later).toBeLessThanOrEqual(25);
});

test("on a path of 0.2 ms all that the window takes leaves at once", () => {
  const one = sending();
  one.machine.seedRtt(0.2);
  one.told.windowBytes = 100 * DATAGRAM_BYTES_BASE;
  for (let i = 0; i < 4; i++) one.machine.send(1, new Uint8Array(60_000));

  expect(one.turn(0).length).toBeGreaterThanOrEqual(99);
});

test("acknowledgements wait for no pacer", () => {
  const one = sending();
  one.machine.seedRtt(50);
  one.told.windowBytes = 100 * DATAGRAM_BYTES_BASE;
  one.machine.send(1, new Uint8Array(60_000));
  one.turn(0);

  one.machine.handlePacket(0, 0, [{ kind: "ping" }]);

  expect(framesAt(one.machine, 0, 10)).toEqual([ackOf(0)]);
});

test("sizes are tried out only after a packet was full", () => {
  const one = sending(JUMBO_BYTES);
  one.machine.seedRtt(40);
  sendEach(one, 0, 3);
  one.machine.handlePacket(40, 0, [ackOf(0, 2)]);
  expect(one.turn(40)).toEqual([]);

  one.machine.send(1, new Uint8Array(2000));

  const [full, probe, rest, ...more] = one.turn(41);
  expect(full).toBeGreaterThan(DATAGRAM_BYTES_BASE - 10);
  expect(probe).toBe(ETHERNET_BYTES);
  expect(rest).toBeLessThan(1000);
  expect(more).toEqual([]);
});

test("sizes are tried out although there is always more to send than the window takes", () => {
  const one = sending(JUMBO_BYTES);
  one.machine.seedRtt(0.2);
  one.told.windowBytes = 20_000;
  let tried = 0;
  let acked = 0;

  for (let now = 1; now < 20; now++) {
    while (one.machine.send(1, new Uint8Array(60_000)));
    tried += one.turn(now).filter((bytes) => bytes > DATAGRAM_BYTES_BASE).length;
    one.machine.handlePacket(now, now, [ackOf(acked, one.told.sent.length - 1)]);
    acked = one.told.sent.length;
  }

  expect(tried).toBeGreaterThan(0);
  expect(one.told.datagramBytes).toBe(JUMBO_BYTES);
});

test("a size that arrives is used from then on, and the controller knows", () => {
  const link = new Link({ seed: 1, delayMs: 20, datagramBytesMax: JUMBO_BYTES });
  for (let i = 0; i < 3; i++) link.ann.machine.send(1, new Uint8Array(60_000));

  link.run(5000);
  link.ann.sentBytes.length = 0;
  link.ann.machine.send(1, new Uint8Array(60_000));
  link.run(10_000);

  expect(Math.max(...link.ann.sentBytes)).toBeGreaterThan(JUMBO_BYTES - 5);
  expect(link.ann.sentBytes.length).toBeLessThan(10);
  expect(link.bob.heard).toHaveLength(4);
});

test("sizes that do not arrive cost no data, no window and no size that does", () => {
  const link = new Link({ seed: 1, datagramBytesMax: JUMBO_BYTES, pathBytes: ETHERNET_BYTES });
  const { congestion } = link.ann.machine;
  let windowBytes = 0;
  for (let i = 0; i < 60; i++) {
    link.ann.machine.send(1, new Uint8Array(20_000));
    link.run(link.now + 200);
    expect(congestion.windowBytes).toBeGreaterThanOrEqual(windowBytes);
    windowBytes = congestion.windowBytes;
  }

  const tried = link.ann.sentBytes.filter((bytes) => bytes > ETHERNET_BYTES);
  expect(tried).toEqual([JUMBO_BYTES, JUMBO_BYTES, JUMBO_BYTES]);
  expect(Math.max(...link.ann.sentBytes.slice(-5))).toBeGreaterThan(ETHERNET_BYTES - 5);
  expect(link.bob.heard).toHaveLength(60);
});

test("a size that is lost again and again behind the last data is no black hole", () => {
  const link = new Link({ seed: 1, datagramBytesMax: JUMBO_BYTES, pathBytes: ETHERNET_BYTES });
  let tried = 0;

  for (let i = 0; i < 60; i++) {
    // A full packet, and nothing after the probe that follows it.
    const before = link.ann.sentBytes.length;
    link.ann.machine.send(1, new Uint8Array(1400));
    link.run(link.now + 1000);
    tried += link.ann.sentBytes.slice(before).filter((bytes) => bytes === JUMBO_BYTES).length;
  }

  expect(tried).toBe(3);
  expect(link.ann.sentBytes.at(-1)).toBeGreaterThan(1400);
});

test("a size that the system refuses is not waited for", () => {
  const one = sending(JUMBO_BYTES);
  one.machine.seedRtt(40);
  one.machine.send(1, new Uint8Array(2000));
  expect(one.turn(0)).toContain(ETHERNET_BYTES);
  const inFlight = one.machine.inFlightBytes;

  one.machine.onTooBig(0);

  expect(one.machine.inFlightBytes).toBe(inFlight - ETHERNET_BYTES);
  expect([...one.turn(1), ...one.turn(2)]).toEqual([ETHERNET_BYTES]);
  one.machine.onTooBig(2);
  one.turn(3);
  one.machine.onTooBig(3);
  expect(one.turn(4)).not.toContain(ETHERNET_BYTES);
  expect(one.told.lost).toEqual([]);
});

test("on a new path everything is measured anew and all in flight leaves again once", () => {
  const one = sending(JUMBO_BYTES);
  one.machine.seedRtt(40);
  one.machine.send(1, new Uint8Array(5000));
  one.machine.send(2, new Uint8Array(5000));
  const first = one.turn(0);
  const before = one.told;

  one.machine.onPathChanged();
  const again = one.turn(10);

  expect(one.told).not.toBe(before);
  expect(one.told.datagramBytes).toBe(DATAGRAM_BYTES_BASE);
  expect(one.machine.rttMs).toBeUndefined();
  const bytesOf = (sizes: readonly number[]) => {
    return sizes.filter((bytes) => bytes <= DATAGRAM_BYTES_BASE).reduce((a, b) => a + b, 0);
  };
  expect(Math.abs(bytesOf(again) - bytesOf(first))).toBeLessThan(20);
  expect(again.every((bytes) => bytes <= DATAGRAM_BYTES_BASE)).toBeTrue();
  expect(one.turn(11)).toEqual([]);
  expect(before.lost).toEqual([]);
});

test("after a rest the window begins anew, with the first packet that leaves", () => {
  const one = sending();
  sendEach(one, 0, 1);
  one.machine.handlePacket(1, 0, [ackOf(0)]);
  const before = one.told;

  one.machine.rest();
  one.turn(9000);
  expect(one.told).toBe(before);
  sendEach(one, 9000, 1);

  expect(one.told).not.toBe(before);
  expect(one.told.sent).toEqual([1]);
});

test("there is no rest while anything is in flight", () => {
  const one = sending();
  sendEach(one, 0, 1);
  const before = one.told;

  one.machine.rest();
  one.machine.handlePacket(1, 0, [ackOf(0)]);

  expect(one.told).toBe(before);
  expect(before.acked).toEqual([0]);
});
