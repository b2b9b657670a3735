import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer } from "../../lib/base/bytes.ts";
import { Reliable } from "../../lib/reliable/reliable.ts";
import { CHANNELS_MAX } from "../../lib/wire/channels.ts";
import { decodeFrames, type Frame, writeFrame } from "../../lib/wire/frames.ts";
import { MESSAGE_BYTES_MAX, RECEIVE_WINDOW_BYTES } from "../../lib/wire/limits.ts";
import { PACKET_BYTES } from "./link.ts";

test("an acknowledgement of a packet that was never sent is a violation", () => {
  expect(sentThree().handlePacket(1, 0, [ackOf(0, 2)])).toBe("ok");
  expect(sentThree().handlePacket(1, 0, [ackOf(0, 3)])).toBe("violation");
  expect(sentThree().handlePacket(1, 0, [ackOf(3, 3)])).toBe("violation");
  expect(new Reliable(0).handlePacket(1, 0, [ackOf(0, 0)])).toBe("violation");
});

test("a number that the caller used itself may be acknowledged", () => {
  const machine = sentThree();
  machine.onNumberUsed(7);

  expect(machine.handlePacket(1, 0, [ackOf(0, 7)])).toBe("ok");
  expect(machine.handlePacket(1, 1, [ackOf(8, 8)])).toBe("violation");
});

test("numbers that the caller skipped may be acknowledged", () => {
  const machine = sentThree();
  machine.ping();
  machine.pollPacket(0, 20, PACKET_BYTES);

  expect(machine.handlePacket(1, 0, [ackOf(5, 20)])).toBe("ok");
});

test("the same acknowledgement again changes nothing", () => {
  const machine = sentThree();
  machine.handlePacket(10, 0, [ackOf(0, 2)]);

  expect(machine.handlePacket(900, 1, [ackOf(0, 2)])).toBe("ok");

  expect(machine.rttMs).toBe(10);
  expect(machine.pollTimeout()).toBe(Infinity);
});

test("a channel that does not exist is a violation", () => {
  expect(new Reliable(0).handlePacket(0, 0, [streamOf(CHANNELS_MAX - 1, 0)])).toBe("ok");
  expect(new Reliable(0).handlePacket(0, 0, [streamOf(CHANNELS_MAX, 0)])).toBe("violation");
  expect(new Reliable(0).handlePacket(0, 0, [streamOf(255, 0)])).toBe("violation");
});

test("data beyond the window is a violation on every channel", () => {
  for (let channel = 0; channel < CHANNELS_MAX; channel++) {
    const frame = streamOf(channel, RECEIVE_WINDOW_BYTES);
    expect(new Reliable(0).handlePacket(0, 0, [frame])).toBe("violation");
  }
});

test("a message that claims too great a length is a violation", () => {
  const data = new Writer().varint(MESSAGE_BYTES_MAX + 1).finish();

  expect(
    new Reliable(0).handlePacket(0, 0, [{ kind: "stream", channel: 0, offset: 0, data }]),
  ).toBe("violation");
});

test("a violation among good frames is seen", () => {
  const frames: Frame[] = [{ kind: "ping" }, streamOf(1, 0), ackOf(0, 9)];

  expect(new Reliable(0).handlePacket(0, 0, frames)).toBe("violation");
});

test("a packet whose data finds no room is not acknowledged, and comes again", () => {
  const machine = new Reliable(0);
  const data = new Uint8Array(1000);
  let number = 0;
  while (offeredAck(machine, number, { kind: "stream", channel: 0, offset: 1000 * number, data })) {
    number += 1;
  }
  const refused: Frame = { kind: "stream", channel: 0, offset: 1000 * number, data };
  let polled = 0;
  while (machine.pollMessage() !== undefined) polled += 1;

  expect(polled).toBe(1000 * number);
  expect(offeredAck(machine, number + 1, refused)).toBeTrue();
});

test("a packet that comes twice is acknowledged again and heard once", () => {
  const machine = new Reliable(0);
  const frame: Frame = { kind: "stream", channel: 0, offset: 0, data: Uint8Array.of(1, 5) };

  for (let number = 0; number < 2; number++) {
    machine.handlePacket(0, 0, [frame]);
    expect(machine.pollPacket(0, number, PACKET_BYTES)).toBeDefined();
  }

  expect(machine.pollMessage()?.message).toEqual(Uint8Array.of(5));
  expect(machine.pollMessage()).toBeUndefined();
});

test("acknowledgements of nothing but gaps cost no more than what is in flight", () => {
  const machine = new Reliable(0);
  machine.ping();
  machine.pollPacket(0, 2 ** 52, PACKET_BYTES);

  expect(machine.handlePacket(5, 0, [ackOf(0, 2 ** 52)])).toBe("ok");
  expect(machine.rttMs).toBe(5);
});

test("whatever frames come in whatever order, it is a violation or it is taken", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3000), fc.array(anyFrame())), { maxLength: 30 }),
      (all) => {
        const machine = sentThree();
        let number = 3;
        for (const [packetNumber, frames] of all) {
          const wire = decodeFrames(bytesOf(frames));
          if (wire === undefined) continue;
          const now = 10 * number;
          const result = machine.handlePacket(now, packetNumber, wire);
          while (machine.pollMessage() !== undefined);
          machine.handleTimeout(now);
          const bytes = machine.pollPacket(now, number++, PACKET_BYTES);
          expect(bytes?.length ?? 0).toBeLessThanOrEqual(PACKET_BYTES);
          expect(machine.pollTimeout()).not.toBeNaN();
          if (result === "violation") return;
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Three messages in three packets, numbered 0, 1 and 2, in flight since 0. */
function sentThree(): Reliable {
  const machine = new Reliable(0);
  for (let number = 0; number < 3; number++) {
    machine.send(number, Uint8Array.of(number));
    machine.pollPacket(0, number, PACKET_BYTES);
  }
  return machine;
}

/** Hands over one packet and returns whether it is acknowledged. */
function offeredAck(machine: Reliable, number: number, frame: Frame): boolean {
  machine.handlePacket(0, number, [frame]);
  const bytes = machine.pollPacket(0, number, PACKET_BYTES);
  return bytes !== undefined;
}

function anyFrame(): fc.Arbitrary<Frame> {
  const number = fc.oneof(fc.nat(10), fc.nat(300_000), fc.maxSafeNat());
  const data = fc.uint8Array({ maxLength: 60 });
  return fc.oneof(
    fc.constant<Frame>({ kind: "ping" }),
    fc.record({ kind: fc.constant("datagram" as const), data }),
    fc.record({ kind: fc.constant("stream" as const), channel: fc.nat(5), offset: number, data }),
    fc.tuple(number, fc.nat(5), fc.nat(5)).map(([delayUs, first, more]): Frame => {
      return { kind: "ack", delayUs, ranges: [{ first, last: first + more }] };
    }),
  );
}

function bytesOf(frames: readonly Frame[]): Uint8Array {
  const writer = new Writer();
  for (const frame of frames) writeFrame(writer, frame);
  return writer.finish();
}

function streamOf(channel: number, offset: number): Frame {
  return { kind: "stream", channel, offset, data: Uint8Array.of(0) };
}

function ackOf(first: number, last: number): Frame {
  return { kind: "ack", delayUs: 0, ranges: [{ first, last }] };
}
