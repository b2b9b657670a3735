import { expect, test } from "bun:test";
import { LossDetector } from "../../lib/reliable/loss.ts";
import { Rtt } from "../../lib/reliable/rtt.ts";
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

function packetOf(number: number, sentAtMs: number): SentPacket {
  const facts = { ranges: [], acknowledges: -1, windows: 0, isMtuProbe: false };
  return { number, ordinal: number, sentAtMs, bytes: 100, ...facts };
}

function acknowledge(sent: SentPackets, loss: LossDetector, number: number): void {
  sent.takeAcked([{ first: number, last: number }]);
  loss.onAcked(number);
}
