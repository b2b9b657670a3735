import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer } from "../../lib/base/bytes.ts";
import { Acks } from "../../lib/reliable/acks.ts";
import { decodeFrames, writeFrame } from "../../lib/wire/frames.ts";
import { ACK_RANGES_MAX } from "../../lib/wire/limits.ts";

test("an acknowledgement lists what came, newest first", () => {
  const acks = new Acks();
  for (const number of [0, 1, 2, 5, 9, 8]) acks.onReceived(100, number, true);

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
  acks.onReceived(100, 7, true);
  acks.onReceived(103, 6, true);

  expect(acks.takeFrame(104.5, 1000)?.delayUs).toBe(4500);
});

test("an acknowledgement is due from a packet that asks for one until it is taken", () => {
  const acks = new Acks();

  acks.onReceived(0, 0, false);
  expect(acks.isDue).toBeFalse();
  acks.onReceived(0, 1, true);
  acks.onReceived(0, 2, false);
  expect(acks.isDue).toBeTrue();
  acks.takeFrame(0, 1000);
  expect(acks.isDue).toBeFalse();
});

test("past the limit of ranges the oldest is forgotten", () => {
  const acks = new Acks();
  for (let i = 0; i <= ACK_RANGES_MAX; i++) acks.onReceived(0, 2 * i, true);

  const ranges = acks.takeFrame(0, 1000)?.ranges;

  expect(ranges).toHaveLength(ACK_RANGES_MAX);
  expect(ranges?.at(0)?.last).toBe(2 * ACK_RANGES_MAX);
  expect(ranges?.at(-1)?.first).toBe(2);
});

test("a packet older than all that a full list remembers is not acknowledged", () => {
  const acks = new Acks();
  for (let i = 1; i <= ACK_RANGES_MAX; i++) acks.onReceived(0, 2 * i, true);

  acks.onReceived(0, 0, true);

  expect(acks.takeFrame(0, 1000)?.ranges.at(-1)?.first).toBe(2);
});

test("what the peer knows of is not said again", () => {
  const acks = new Acks();
  for (const number of [0, 1, 4, 5, 6, 9]) acks.onReceived(0, number, true);

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
      for (const received of numbers) acks.onReceived(0, received, true);

      const frame = acks.takeFrame(3, bytesMax);

      if (frame === undefined) {
        expect(bytesMax).toBeLessThan(16);
        expect(acks.isDue).toBeTrue();
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
