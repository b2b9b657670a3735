import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer } from "../../lib/base/bytes.ts";
import { Acks } from "../../lib/reliable/acks.ts";
import { MAX_ACK_DELAY_MS } from "../../lib/reliable/rtt.ts";
import { decodeFrames, writeFrame } from "../../lib/wire/frames.ts";
import { ACK_RANGES_MAX } from "../../lib/wire/limits.ts";

test("an acknowledgement lists what came, newest first", () => {
  const acks = new Acks();
  for (const number of [0, 1, 2, 5, 9, 8]) acks.onReceived(100, number, "now");

  expect(acks.takeFrame(100, 1000)).toEqual({
    kind: "ack",
    delayUs: 0,
    ranges: [
      { first: 8, last: 9 },
      { first: 5, last: 5 },
      { first: 0, last: 2 },
    ],
  });
});

test("the delay runs from the arrival of the highest number", () => {
  const acks = new Acks();
  acks.onReceived(100, 7, "now");
  acks.onReceived(103, 6, "now");

  expect(acks.takeFrame(104.5, 1000)?.delayUs).toBe(4500);
});

test("a packet that asks is acknowledged at once", () => {
  const acks = new Acks();

  acks.onReceived(100, 0, "now");

  expect(acks.isWanted).toBeTrue();
  expect(acks.dueAtMs).toBe(100);
});

test("another waits for company as long as the delay", () => {
  const acks = new Acks();

  acks.onReceived(100, 0, "later");
  acks.onReceived(110, 1, "later");

  expect(acks.isWanted).toBeTrue();
  expect(acks.dueAtMs).toBe(100 + MAX_ACK_DELAY_MS);
});

test("a flood is acknowledged every eight packets", () => {
  const acks = new Acks();
  const dueAt: number[] = [];

  for (let number = 0; number < 32; number++) {
    acks.onReceived(100, number, "later");
    if (acks.dueAtMs > 100) continue;
    dueAt.push(number);
    acks.takeFrame(100, 1000);
  }

  expect(dueAt).toEqual([7, 15, 23, 31]);
});

test("a gap is told at once, and so is what fills it", () => {
  const acks = new Acks();
  acks.onReceived(100, 0, "later");
  acks.takeFrame(100, 1000);

  acks.onReceived(101, 2, "later");
  expect(acks.dueAtMs).toBe(101);
  acks.takeFrame(101, 1000);
  acks.onReceived(102, 3, "later");
  expect(acks.dueAtMs).toBe(102 + MAX_ACK_DELAY_MS);
  acks.onReceived(103, 1, "later");

  expect(acks.dueAtMs).toBe(103);
  expect(acks.takeFrame(103, 1000)?.ranges).toEqual([{ first: 0, last: 3 }]);
});

test("packets that ask for nothing are acknowledged with the next that does, not before", () => {
  const acks = new Acks();

  acks.onReceived(0, 0, "none");
  acks.onReceived(0, 5, "none");
  expect(acks.isWanted).toBeFalse();
  expect(acks.dueAtMs).toBe(Infinity);
  acks.onReceived(0, 6, "now");

  expect(acks.takeFrame(0, 1000)?.ranges).toEqual([
    { first: 5, last: 6 },
    { first: 0, last: 0 },
  ]);
});

test("an acknowledgement that was taken is due no more", () => {
  const acks = new Acks();
  acks.onReceived(0, 0, "now");

  acks.takeFrame(0, 1000);

  expect(acks.isWanted).toBeFalse();
  expect(acks.dueAtMs).toBe(Infinity);
});

test("a late packet below all that the peer knows of leaves no acknowledgement due forever", () => {
  const acks = new Acks();
  acks.onReceived(0, 5, "now");
  acks.takeFrame(0, 1000);

  acks.onReceived(10, 4, "now");
  acks.forget(5);
  acks.takeFrame(10, 1000);

  expect(acks.isWanted).toBeFalse();
  expect(acks.dueAtMs).toBe(Infinity);
});

test("past the limit of ranges the oldest is forgotten", () => {
  const acks = new Acks();
  for (let i = 0; i <= ACK_RANGES_MAX; i++) acks.onReceived(0, 2 * i, "now");

  const ranges = acks.takeFrame(0, 1000)?.ranges;

  expect(ranges).toHaveLength(ACK_RANGES_MAX);
  expect(ranges?.at(0)?.last).toBe(2 * ACK_RANGES_MAX);
  expect(ranges?.at(-1)?.first).toBe(2);
});

test("a packet older than all that a full list remembers is not acknowledged", () => {
  const acks = new Acks();
  for (let i = 1; i <= ACK_RANGES_MAX; i++) acks.onReceived(0, 2 * i, "now");

  acks.onReceived(0, 0, "now");

  expect(acks.takeFrame(0, 1000)?.ranges.at(-1)?.first).toBe(2);
});

test("what the peer knows of is not said again", () => {
  const acks = new Acks();
  for (const number of [0, 1, 4, 5, 6, 9]) acks.onReceived(0, number, "now");

  acks.forget(5);

  expect(acks.takeFrame(0, 1000)?.ranges).toEqual([
    { first: 9, last: 9 },
    { first: 6, last: 6 },
  ]);
});

test("an acknowledgement never exceeds its room and keeps the newest", () => {
  const number = fc.integer({ min: 0, max: 2 ** 40 });

  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), fc.nat(200), (numbers, bytesMax) => {
      const acks = new Acks();
      for (const received of numbers) acks.onReceived(0, received, "now");

      const frame = acks.takeFrame(3, bytesMax);

      if (frame === undefined) {
        expect(bytesMax).toBeLessThan(16);
        expect(acks.isWanted).toBeTrue();
        expect(acks.dueAtMs).toBe(0);
        return;
      }
      const writer = new Writer();
      writeFrame(writer, frame);
      expect(writer.length).toBeLessThanOrEqual(bytesMax);
      expect(frame.ranges[0]?.last).toBe(Math.max(...numbers));
      expect(decodeFrames(writer.finish())).toEqual([frame]);
    }),
  );
});
