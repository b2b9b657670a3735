import { describe, expect, test } from "bun:test";
import { Reliable } from "../../lib/reliable/reliable.ts";
import { SEND_BUFFER_BYTES } from "../../lib/reliable/sendstream.ts";
import { UNRELIABLES_MAX } from "../../lib/reliable/unreliables.ts";
import {
  ASIDE_CHANNEL,
  BULK_CHANNEL,
  CHAT_CHANNEL,
  RENDEZVOUS_CHANNEL,
} from "../../lib/wire/channels.ts";
import { UNRELIABLE_BYTES_MAX } from "../../lib/wire/limits.ts";
import { ackOf, framesAt, Link, machineOf } from "./link.ts";

test("lower channels leave first, and only what they leave of a packet is for the others", () => {
  const machine = machineOf();
  for (const channel of [BULK_CHANNEL, ASIDE_CHANNEL, CHAT_CHANNEL, RENDEZVOUS_CHANNEL]) {
    machine.send(channel, new Uint8Array(500));
  }

  expect(channelsAt(machine, 0)).toEqual([RENDEZVOUS_CHANNEL, CHAT_CHANNEL, ASIDE_CHANNEL]);
  expect(channelsAt(machine, 1)).toEqual([ASIDE_CHANNEL, BULK_CHANNEL]);
});

test("a word leaves in the very next packet, however much bulk waits and was lost", () => {
  const machine = machineOf();
  machine.seedRtt(40);
  while (machine.send(BULK_CHANNEL, new Uint8Array(60_000)));
  for (let number = 0; number < 8; number++) framesAt(machine, 0, number);
  machine.handlePacket(40, 0, [ackOf(7)]);

  machine.send(CHAT_CHANNEL, Uint8Array.of(1));

  expect(channelsAt(machine, 8, 41)).toEqual([CHAT_CHANNEL, BULK_CHANNEL]);
});

test("a channel that refused says once that it has room, when half of its buffer is free", () => {
  const link = new Link({ seed: 1, delayMs: 5 });
  const { machine } = link.ann;
  while (machine.send(BULK_CHANNEL, new Uint8Array(60_000)));
  expect(machine.pollWritable()).toBeUndefined();
  let refusedBytes = Infinity;

  for (let channel: number | undefined; channel === undefined && link.now < 5000;) {
    link.run(link.now + 1);
    refusedBytes = machine.queuedBytes(BULK_CHANNEL);
    channel = machine.pollWritable();
    if (channel !== undefined) expect(channel).toBe(BULK_CHANNEL);
  }

  expect(refusedBytes).toBeLessThanOrEqual(SEND_BUFFER_BYTES / 2);
  expect(refusedBytes).toBeGreaterThan(SEND_BUFFER_BYTES / 4);
  expect(machine.pollWritable()).toBeUndefined();
});

describe("a datagram that is not repeated", () => {
  test("leaves after chat and before bulk", () => {
    const machine = machineOf();
    machine.send(BULK_CHANNEL, new Uint8Array(5000));
    machine.sendUnreliable(Uint8Array.of(9));
    machine.send(CHAT_CHANNEL, Uint8Array.of(1));

    const frames = framesAt(machine, 0, 0) ?? [];

    expect(frames.map(({ kind }) => kind)).toEqual(["stream", "datagram", "stream"]);
    expect(frames[0]).toMatchObject({ channel: CHAT_CHANNEL });
  });

  test("goes before bulk in the next packet where this one has no room", () => {
    const machine = machineOf();
    machine.send(BULK_CHANNEL, new Uint8Array(5000));
    machine.send(CHAT_CHANNEL, new Uint8Array(600));
    machine.sendUnreliable(new Uint8Array(UNRELIABLE_BYTES_MAX));

    framesAt(machine, 0, 0);

    const kinds = framesAt(machine, 0, 1)?.map(({ kind }) => kind);
    expect(kinds).toEqual(["datagram", "stream"]);
  });

  test("waits while there is chat", () => {
    const machine = machineOf();
    machine.send(CHAT_CHANNEL, new Uint8Array(3000));
    machine.sendUnreliable(new Uint8Array(900));

    const kinds = [0, 1, 2].map((n) => framesAt(machine, 0, n)?.map(({ kind }) => kind));

    expect(kinds).toEqual([["stream"], ["stream"], ["stream"]]);
    expect(framesAt(machine, 0, 3)?.map(({ kind }) => kind)).toContain("datagram");
  });

  test("arrives once or never", () => {
    const link = new Link({ seed: 1 });
    const heard: number[] = [];
    link.drops = (from, number, frames) => {
      const isLost = from === link.ann && number % 2 === 0;
      for (const frame of frames) {
        if (frame.kind === "datagram" && !isLost) heard.push(frame.data[0] ?? -1);
      }
      return isLost;
    };
    for (let i = 0; i < 10; i++) {
      link.ann.machine.sendUnreliable(Uint8Array.of(i));
      link.flush();
    }

    link.run(20_000);

    expect(heard).toEqual([1, 3, 5, 7, 9]);
    expect(link.ann.machine.unacknowledgedSince).toBe(Infinity);
  });

  test("makes the oldest give way when too many wait", () => {
    const machine = machineOf();
    for (let i = 0; i < UNRELIABLES_MAX + 3; i++) {
      expect(machine.sendUnreliable(Uint8Array.of(i))).toBeTrue();
    }

    const sent = framesAt(machine, 0, 0)?.flatMap((frame) => {
      return frame.kind === "datagram" ? [frame.data[0]] : [];
    });

    expect(sent).toEqual(Array.from({ length: UNRELIABLES_MAX }, (_, i) => i + 3));
    expect(machine.pollPacket(0, 1)).toBeUndefined();
  });

  test("is refused where it is too long", () => {
    const machine = machineOf();

    expect(machine.sendUnreliable(new Uint8Array(UNRELIABLE_BYTES_MAX + 1))).toBeFalse();
    expect(machine.pollPacket(0, 0)).toBeUndefined();
    expect(machine.sendUnreliable(new Uint8Array(UNRELIABLE_BYTES_MAX))).toBeTrue();
  });

  test("is dropped where the path carries no packet as large", () => {
    const machine = new Reliable({ now: 0, datagramBytesMax: 548 });
    machine.sendUnreliable(new Uint8Array(UNRELIABLE_BYTES_MAX));
    machine.sendUnreliable(Uint8Array.of(7));

    const frames = framesAt(machine, 0, 0);

    expect(frames).toContainEqual({ kind: "datagram", data: Uint8Array.of(7) });
    expect(machine.pollPacket(0, 1)).toBeUndefined();
  });

  test("that alone is dropped leaves nothing behind that sends forever", () => {
    const machine = new Reliable({ now: 0, datagramBytesMax: 548 });
    machine.sendUnreliable(new Uint8Array(UNRELIABLE_BYTES_MAX));

    let packets = 0;
    while (packets < 100 && machine.pollPacket(0, packets) !== undefined) packets += 1;

    expect(packets).toBeLessThanOrEqual(1);
  });
});

function channelsAt(machine: Reliable, number: number, now = 0): number[] | undefined {
  return framesAt(machine, now, number)?.flatMap((frame) => {
    return frame.kind === "stream" ? [frame.channel] : [];
  });
}
