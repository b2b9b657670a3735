import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Writer } from "../../lib/base/bytes.ts";
import { RECEIVE_GAPS_MAX } from "../../lib/reliable/assembler.ts";
import type { Reliable } from "../../lib/reliable/reliable.ts";
import { MAX_ACK_DELAY_MS } from "../../lib/reliable/rtt.ts";
import { CHANNELS_MAX } from "../../lib/wire/channels.ts";
import { decodeFrames, type Frame, WHOLE_SESSION, writeFrame } from "../../lib/wire/frames.ts";
import {
  CHANNEL_WINDOW_BYTES,
  MESSAGE_BYTES_MAX,
  SESSION_WINDOW_BYTES,
} from "../../lib/wire/limits.ts";
import { ackOf, framesAt, machineOf, PACKET_BYTES } from "./link.ts";

test("an acknowledgement of a packet that was never sent is a violation", () => {
  expect(sentThree().handlePacket(1, 0, [ackOf(0, 2)])).toBe("ok");
  expect(sentThree().handlePacket(1, 0, [ackOf(0, 3)])).toBe("violation");
  expect(sentThree().handlePacket(1, 0, [ackOf(3, 3)])).toBe("violation");
  expect(machineOf().handlePacket(1, 0, [ackOf(0, 0)])).toBe("violation");
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
  machine.pollPacket(0, 20);

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
  expect(machineOf().handlePacket(0, 0, [streamOf(CHANNELS_MAX - 1, 0)])).toBe("ok");
  expect(machineOf().handlePacket(0, 0, [streamOf(CHANNELS_MAX, 0)])).toBe("violation");
  expect(machineOf().handlePacket(0, 0, [streamOf(255, 0)])).toBe("violation");
});

test("data beyond the window is a violation on every channel", () => {
  for (let channel = 0; channel < CHANNELS_MAX; channel++) {
    const last = streamOf(channel, CHANNEL_WINDOW_BYTES - 1);
    const beyond = streamOf(channel, CHANNEL_WINDOW_BYTES);
    expect(machineOf().handlePacket(0, 0, [last])).toBe("ok");
    expect(machineOf().handlePacket(0, 0, [beyond])).toBe("violation");
  }
});

test.each([2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])(
  "data at offset %d is a violation and costs no memory",
  (offset) => {
    expect(machineOf().handlePacket(0, 0, [streamOf(1, offset)])).toBe("violation");
  },
);

test("channels that each keep to their windows may together break the session's", () => {
  const machine = machineOf();
  const full = CHANNEL_WINDOW_BYTES - 1;

  const three = [0, 1, 2].map((channel) => streamOf(channel, full));
  expect(machine.handlePacket(0, 0, three)).toBe("ok");
  expect(SESSION_WINDOW_BYTES).toBe(3 * CHANNEL_WINDOW_BYTES);
  // A gap counts as much as what fills it.
  expect(machine.handlePacket(0, 1, [streamOf(0, 5), streamOf(1, 5)])).toBe("ok");
  expect(machine.handlePacket(0, 2, [streamOf(3, 0)])).toBe("violation");
});

test("a window for a channel that does not exist is a violation", () => {
  const windowOf = (scope: number): Frame => ({ kind: "window", scope, limit: 5 });

  for (const scope of [0, CHANNELS_MAX - 1, WHOLE_SESSION]) {
    expect(machineOf().handlePacket(0, 0, [windowOf(scope)])).toBe("ok");
  }
  for (const scope of [CHANNELS_MAX, WHOLE_SESSION - 1]) {
    expect(machineOf().handlePacket(0, 0, [windowOf(scope)])).toBe("violation");
  }
});

test("a message that claims too great a length is a violation", () => {
  const data = new Writer().varint(MESSAGE_BYTES_MAX + 1).finish();

  expect(machineOf().handlePacket(0, 0, [{ kind: "stream", channel: 0, offset: 0, data }])).toBe(
    "violation",
  );
});

test("a violation among good frames is seen", () => {
  const frames: Frame[] = [{ kind: "ping" }, streamOf(1, 0), ackOf(0, 9)];

  expect(machineOf().handlePacket(0, 0, frames)).toBe("violation");
});

test("a packet that makes one gap too many is not acknowledged, and comes again", () => {
  const machine = machineOf();
  for (let gap = 1; gap <= RECEIVE_GAPS_MAX; gap++) {
    expect(offeredAck(machine, gap, streamOf(0, 2 * gap))).toBeTrue();
  }
  const refused = streamOf(0, 2 * RECEIVE_GAPS_MAX + 2);

  expect(offeredAck(machine, 5000, refused)).toBeFalse();
  expect(offeredAck(machine, 5001, streamOf(0, 0))).toBeTrue();
  expect(offeredAck(machine, 5002, streamOf(0, 1))).toBeTrue();
  expect(offeredAck(machine, 5003, refused)).toBeTrue();
});

test("a packet that comes twice is acknowledged again and heard once", () => {
  const machine = machineOf();
  const frame: Frame = { kind: "stream", channel: 0, offset: 0, data: Uint8Array.of(1, 5) };

  for (let number = 0; number < 2; number++) {
    machine.handlePacket(0, 0, [frame]);
    expect(framesAt(machine, MAX_ACK_DELAY_MS, number)).toMatchObject([{ kind: "ack" }]);
  }

  expect(machine.pollMessages()).toMatchObject({ channel: 0, messages: [Uint8Array.of(5)] });
  expect(machine.pollMessages()).toBeUndefined();
});

test("acknowledgements of nothing but gaps cost no more than what is in flight", () => {
  const machine = machineOf();
  machine.ping();
  machine.pollPacket(0, 2 ** 52);

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
          while (machine.pollMessages() !== undefined);
          machine.handleTimeout(now);
          const bytes = machine.pollPacket(now, number++);
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
  const machine = machineOf();
  for (let number = 0; number < 3; number++) {
    machine.send(number, Uint8Array.of(number));
    machine.pollPacket(0, number);
  }
  return machine;
}

/** Hands over one packet and returns whether it is acknowledged, before the delay is over. */
function offeredAck(machine: Reliable, number: number, frame: Frame): boolean {
  expect(machine.handlePacket(0, number, [frame])).toBe("ok");
  return machine.pollPacket(MAX_ACK_DELAY_MS, number) !== undefined;
}

function anyFrame(): fc.Arbitrary<Frame> {
  const number = fc.oneof(fc.nat(10), fc.nat(300_000), fc.maxSafeNat());
  const data = fc.uint8Array({ maxLength: 60 });
  return fc.oneof(
    fc.constant<Frame>({ kind: "ping" }),
    fc.record({ kind: fc.constant("datagram" as const), data }),
    fc.record({ kind: fc.constant("stream" as const), channel: fc.nat(5), offset: number, data }),
    fc.record({ kind: fc.constant("window" as const), scope: anyScope(), limit: number }),
    fc.tuple(number, fc.nat(5), fc.nat(5)).map(([delayUs, first, more]): Frame => {
      return { kind: "ack", delayUs, ranges: [{ first, last: first + more }] };
    }),
  );
}

function anyScope(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(CHANNELS_MAX), fc.constant(WHOLE_SESSION));
}

function bytesOf(frames: readonly Frame[]): Uint8Array {
  const writer = new Writer();
  for (const frame of frames) writeFrame(writer, frame);
  return writer.finish();
}

function streamOf(channel: number, offset: number): Frame {
  return { kind: "stream", channel, offset, data: Uint8Array.of(0) };
}
