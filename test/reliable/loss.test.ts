import { expect, test } from "bun:test";
import { LossDetector } from "../../lib/reliable/loss.ts";
import { Rtt } from "../../lib/reliable/rtt.ts";
import { KEY_PACKETS_MAX } from "../../lib/wire/limits.ts";
import { type SentPacket, SentPackets } from "../../lib/reliable/sent.ts";

test("a packet is lost once the third after it is acknowledged", () => {
  const { sent, loss, rtt } = inFlight([0, 0, 0, 0, 0]);

  acknowledge(sent, loss, 2);
  const atTwo = loss.takeLost(10, sent, rtt);
  acknowledge(sent, loss, 3);
  const atThree = loss.takeLost(10, sent, rtt);

  expect(atTwo).toEqual([]);
  expect(atThree.map((packet) => packet.number)).toEqual([0]);
});

test("a packet that was overtaken is lost 9/8 of a round trip after it was sent", () => {
  const { sent, loss, rtt } = inFlight([1000, 1010]);
  acknowledge(sent, loss, 1);

  expect(loss.takeLost(1050, sent, rtt)).toEqual([]);
  expect(loss.dueAtMs).toBe(1000 + (9 / 8) * 80);
  expect(loss.takeLost(1090, sent, rtt).map((packet) => packet.number)).toEqual([0]);
  expect(loss.dueAtMs).toBe(Infinity);
});

test("the slower of the latest and the smoothed round trip counts", () => {
  const { sent, loss, rtt } = inFlight([1000, 1010]);
  rtt.onSample(240, 0);
  acknowledge(sent, loss, 1);

  loss.takeLost(1050, sent, rtt);

  expect(loss.dueAtMs).toBe(1000 + (9 / 8) * 240);
});

test("packets after the highest acknowledged one are never lost", () => {
  const { sent, loss, rtt } = inFlight([0, 0, 0, 0, 0]);
  acknowledge(sent, loss, 0);

  expect(loss.takeLost(1_000_000, sent, rtt)).toEqual([]);
  expect(loss.dueAtMs).toBe(Infinity);
});

test("a lost packet is no longer in flight", () => {
  const { sent, loss, rtt } = inFlight([0, 0, 0, 0]);
  acknowledge(sent, loss, 3);

  loss.takeLost(0, sent, rtt);

  expect(sent.bytes).toBe(200);
  expect(sent.oldest?.number).toBe(1);
});

test("a packet that arrives after it was given up by its number widens that threshold", () => {
  const { sent, loss, rtt } = inFlight(Array.from({ length: 20 }, () => 0));
  acknowledge(sent, loss, 6);
  expect(numbersOf(loss.takeLost(0, sent, rtt))).toEqual([0, 1, 2, 3]);

  // Five behind.
  expect(loss.takeSpurious([{ first: 1, last: 1 }])).toEqual([1]);
  acknowledge(sent, loss, 10);

  expect(numbersOf(loss.takeLost(0, sent, rtt))).toEqual([4]);
});

test("no path is given more room than 64 packets", () => {
  const { sent, loss, rtt } = inFlight(Array.from({ length: 400 }, () => 0));
  acknowledge(sent, loss, 200);
  loss.takeLost(0, sent, rtt);
  loss.takeSpurious([{ first: 100, last: 100 }]);

  acknowledge(sent, loss, 300);

  expect(numbersOf(loss.takeLost(0, sent, rtt)).at(-1)).toBe(300 - 64);
});

test("one that was given up for its time widens that threshold by 1/8, to two round trips", () => {
  const { sent, loss, rtt } = inFlight(Array.from({ length: 40 }, (_, i) => 1000 * i));
  const waitsMs: number[] = [];

  for (let i = 0; i < 20; i += 2) {
    acknowledge(sent, loss, i + 1);
    loss.takeLost(1000 * i, sent, rtt);
    waitsMs.push((loss.dueAtMs - 1000 * i) / 80);
    expect(numbersOf(loss.takeLost(loss.dueAtMs, sent, rtt))).toEqual([i]);
    expect(loss.takeSpurious([{ first: i, last: i }])).toEqual([i]);
  }

  const eighths = [9, 10, 11, 12, 13, 14, 15, 16, 16, 16];
  expect(waitsMs).toEqual(eighths.map((count) => count / 8));
});

test("a packet that was given up is remembered until it arrives, or 128 more are", () => {
  const { sent, loss, rtt } = inFlight(Array.from({ length: 200 }, () => 0));
  acknowledge(sent, loss, 150);
  loss.takeLost(0, sent, rtt);

  const arrived = loss.takeSpurious([{ first: 0, last: 150 }]);

  expect(arrived).toEqual(Array.from({ length: 128 }, (_, i) => 20 + i));
  expect(loss.takeSpurious([{ first: 0, last: 150 }])).toEqual([]);
});

test("the loss of a probe of a size is never spurious", () => {
  const { sent, loss, rtt } = inFlight([]);
  for (let i = 0; i < 6; i++) sent.add({ ...packetOf(i, 0), isMtuProbe: i === 0 });
  acknowledge(sent, loss, 5);

  expect(numbersOf(loss.takeLost(0, sent, rtt))).toEqual([0, 1, 2]);

  expect(loss.takeSpurious([{ first: 0, last: 5 }])).toEqual([1, 2]);
});

test("where keys are renewed numbers leap, and a packet before that is not lost for it", () => {
  const { sent, loss, rtt } = inFlight([0, 0, 0]);
  sent.add({ ...packetOf(KEY_PACKETS_MAX, 0), ordinal: 3 });
  sent.takeAcked([
    { first: KEY_PACKETS_MAX, last: KEY_PACKETS_MAX },
    { first: 0, last: 1 },
  ]);
  loss.onAcked(KEY_PACKETS_MAX, 3);

  expect(loss.takeLost(80, sent, rtt)).toEqual([]);

  expect(loss.dueAtMs).toBe((9 / 8) * 80);
});

test("an acknowledgement takes out what its ranges cover and nothing else", () => {
  const { sent } = inFlight([0, 0, 0, 0, 0, 0, 0, 0]);

  const acked = sent.takeAcked([
    { first: 6, last: 100 },
    { first: 3, last: 4 },
    { first: 0, last: 0 },
  ]);

  expect(acked.map((packet) => packet.number)).toEqual([0, 3, 4, 6, 7]);
  expect(sent.bytes).toBe(300);
  expect(sent.takeAll().map((packet) => packet.number)).toEqual([1, 2, 5]);
});

/** One packet of 100 bytes at each time, numbered from 0, on a path of 80 ms. */
function inFlight(timesMs: readonly number[]) {
  const sent = new SentPackets();
  for (const [number, sentAtMs] of timesMs.entries()) sent.add(packetOf(number, sentAtMs));
  const rtt = new Rtt();
  rtt.onSample(80, 0);
  return { sent, loss: new LossDetector(), rtt };
}

function numbersOf(packets: readonly SentPacket[]): number[] {
  return packets.map(({ number }) => number);
}

function packetOf(number: number, sentAtMs: number): SentPacket {
  const facts = { ranges: [], acknowledges: -1, windows: 0, isMtuProbe: false };
  return { number, ordinal: number, sentAtMs, bytes: 100, ...facts };
}

function acknowledge(sent: SentPackets, loss: LossDetector, number: number): void {
  sent.takeAcked([{ first: number, last: number }]);
  loss.onAcked(number, number);
}
