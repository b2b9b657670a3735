import { expect, test } from "bun:test";
import { Reliable } from "../../lib/reliable/reliable.ts";
import { initialWindowBytes } from "../../lib/reliable/congestion.ts";
import { PROBE_INTERVAL_MS_MAX } from "../../lib/reliable/sender.ts";
import { SEND_BUFFER_BYTES } from "../../lib/reliable/sendstream.ts";
import { MAX_ACK_DELAY_MS } from "../../lib/reliable/rtt.ts";
import { CHANNELS_MAX } from "../../lib/wire/channels.ts";
import { DATAGRAM_BYTES_BASE, MESSAGE_BYTES_MAX } from "../../lib/wire/limits.ts";
import { TRANSPORT_OVERHEAD_BYTES } from "../../lib/wire/packet.ts";
import { ackOf, framesAt, Link, machineOf } from "./link.ts";

test("a message arrives and is acknowledged at once, and then nothing is armed", () => {
  const link = new Link({ seed: 1, delayMs: 20 });

  link.ann.machine.send(1, Uint8Array.of(1, 2, 3));
  link.run(20);
  expect(link.bob.heard).toEqual([{ channel: 1, message: Uint8Array.of(1, 2, 3) }]);
  expect(link.bob.sentAtMs).toEqual([20]);
  expect(link.ann.machine.unacknowledgedSince).toBe(0);
  link.run(40);

  expect(link.ann.machine.queuedBytes(1)).toBe(0);
  expect(link.ann.machine.rttMs).toBe(40);
  expect(link.ann.machine.unacknowledgedSince).toBe(Infinity);
  expect(link.ann.machine.pollTimeout()).toBe(Infinity);
  expect(link.bob.machine.pollTimeout()).toBe(Infinity);
  link.run(Infinity);
  expect([link.ann.sentAtMs.length, link.bob.sentAtMs.length]).toEqual([1, 1]);
});

test("a new machine has nothing to say and nothing to wait for", () => {
  const machine = machineOf(5);

  expect(machine.pollPacket(5, 0)).toBeUndefined();
  expect(machine.pollTimeout()).toBe(Infinity);
  expect(machine.rttMs).toBeUndefined();
  expect(machine.unacknowledgedSince).toBe(Infinity);
  expect(machine.probeTimeouts).toBe(0);
});

test("messages of one turn share a packet", () => {
  const machine = machineOf();
  for (let i = 0; i < 30; i++) machine.send(i % 2, new Uint8Array(30));

  expect(framesAt(machine, 0, 0)?.map((frame) => frame.kind)).toEqual(["stream", "stream", "ping"]);
  expect(machine.pollPacket(0, 1)).toBeUndefined();
});

test("many packets of one turn earn one acknowledgement, which rides with data", () => {
  const machine = machineOf();
  for (let number = 0; number < 10; number++) machine.handlePacket(0, number, [{ kind: "ping" }]);
  machine.send(0, Uint8Array.of(1));

  expect(framesAt(machine, 0, 0)).toEqual([
    { kind: "ack", delayUs: 0, ranges: [{ first: 0, last: 9 }] },
    { kind: "stream", channel: 0, offset: 0, data: Uint8Array.of(1, 1) },
    { kind: "ping" },
  ]);
  expect(machine.pollPacket(0, 1)).toBeUndefined();
});

test("a packet that only acknowledges is never acknowledged itself", () => {
  const machine = machineOf();
  machine.ping();
  framesAt(machine, 0, 0);

  machine.handlePacket(10, 0, [ackOf(0)]);

  expect(machine.pollPacket(10, 1)).toBeUndefined();
});

test.each(["datagram", "path-challenge", "path-response"] as const)(
  "a %s is the caller's, yet it is acknowledged after a while",
  (kind) => {
    const machine = machineOf();

    expect(machine.handlePacket(10, 0, [{ kind, data: new Uint8Array(8) }])).toBe("ok");

    expect(machine.pollPacket(10, 0)).toBeUndefined();
    expect(machine.pollTimeout()).toBe(10 + MAX_ACK_DELAY_MS);
    expect(framesAt(machine, 10 + MAX_ACK_DELAY_MS, 0)).toEqual([
      { kind: "ack", delayUs: 1000 * MAX_ACK_DELAY_MS, ranges: [{ first: 0, last: 0 }] },
    ]);
    expect(machine.pollTimeout()).toBe(Infinity);
  },
);

test("an acknowledgement that may wait leaves with the next data", () => {
  const machine = machineOf();
  machine.handlePacket(0, 0, [{ kind: "datagram", data: new Uint8Array(8) }]);
  machine.send(1, Uint8Array.of(1));

  expect(framesAt(machine, 0, 0)?.map(({ kind }) => kind)).toEqual(["ack", "stream", "ping"]);

  expect(machine.pollPacket(MAX_ACK_DELAY_MS, 1)).toBeUndefined();
});

test("only the packet that empties the queue asks for an acknowledgement at once", () => {
  const machine = machineOf();
  machine.send(1, new Uint8Array(3000));

  const kinds = [0, 1, 2].map((number) => framesAt(machine, 0, number)?.map(({ kind }) => kind));

  expect(kinds).toEqual([["stream"], ["stream"], ["stream", "ping"]]);
});

test("so does the one that fills a window of few packets", () => {
  const machine = machineOf();
  machine.send(1, new Uint8Array(MESSAGE_BYTES_MAX));

  const frames = Array.from({ length: 10 }, (_, number) => framesAt(machine, 0, number) ?? []);

  const asking = frames.map((packet) => packet.some(({ kind }) => kind === "ping"));
  expect(asking).toEqual([...Array.from({ length: 9 }, () => false), true]);
  expect(machine.pollPacket(0, 10)).toBeUndefined();
});

test("once its acknowledgement is acknowledged, a packet is listed no more", () => {
  const machine = machineOf();
  machine.handlePacket(0, 3, [{ kind: "ping" }]);
  machine.send(0, Uint8Array.of(1));
  framesAt(machine, 0, 0);

  machine.handlePacket(0, 5, [{ kind: "ping" }, ackOf(0)]);

  expect(framesAt(machine, 0, 1)).toEqual([ackOf(5)]);
});

test("two pings are one, and data takes one along", () => {
  const machine = machineOf();

  machine.ping();
  machine.ping();
  expect(framesAt(machine, 0, 0)).toEqual([{ kind: "ping" }]);
  machine.ping();
  machine.send(0, Uint8Array.of(1));
  expect(framesAt(machine, 0, 1)?.map((frame) => frame.kind)).toEqual(["stream", "ping"]);
  expect(machine.pollPacket(0, 2)).toBeUndefined();
});

test("the seeded round trip sets the first timeout", () => {
  const machine = machineOf();
  machine.seedRtt(40);
  machine.send(0, Uint8Array.of(1));

  framesAt(machine, 100, 0);

  expect(machine.rttMs).toBe(40);
  expect(machine.pollTimeout()).toBe(100 + 40 + 4 * 20 + 25);
});

test("without an answer the timeout doubles up to its bound, with two probes each time", () => {
  const link = new Link({ seed: 1 });
  link.drops = () => true;
  link.ann.machine.seedRtt(100);
  link.ann.machine.send(0, Uint8Array.of(1));

  link.run(12_000);

  const plainMs = 100 + 4 * 50 + 25;
  const waitsMs = [plainMs, 2 * plainMs, ...Array.from({ length: 12 }, () => 1000)];
  const probedAtMs = waitsMs.map((_, i) => waitsMs.slice(0, i + 1).reduce((a, b) => a + b));
  const expected = probedAtMs.flatMap((at) => (at <= 12_000 ? [at, at] : []));
  expect(link.ann.sentAtMs).toEqual([0, ...expected]);
  expect(link.ann.machine.probeTimeouts).toBe(expected.length / 2);
  expect(link.ann.machine.unacknowledgedSince).toBe(0);
});

test("on a path slower than the bound the timeout grows to two round trips", () => {
  const machine = machineOf();
  machine.seedRtt(3000);
  machine.send(0, Uint8Array.of(1));
  framesAt(machine, 0, 0);

  machine.handleTimeout(6000);
  framesAt(machine, 6000, 1);

  expect(3000 + 4 * 1500 + 25).toBeGreaterThan(6000);
  expect(PROBE_INTERVAL_MS_MAX).toBeLessThan(6000);
  expect(machine.pollTimeout()).toBe(12_000);
});

test("both probes carry a lone message again", () => {
  const machine = machineOf();
  machine.send(0, Uint8Array.of(7));
  const first = framesAt(machine, 0, 0);

  machine.handleTimeout(machine.pollTimeout());

  expect(framesAt(machine, 2000, 1)).toEqual(first ?? []);
  expect(framesAt(machine, 2000, 2)).toEqual(first ?? []);
  expect(machine.pollPacket(2000, 3)).toBeUndefined();
});

test("probes carry what the peer lacks, not what older packets brought already", () => {
  const machine = machineOf();
  machine.send(0, Uint8Array.of(7));
  framesAt(machine, 0, 0);
  machine.handleTimeout(machine.pollTimeout());
  for (const number of [1, 2]) framesAt(machine, 2000, number);
  machine.handlePacket(2001, 0, [ackOf(0)]);
  machine.send(1, Uint8Array.of(8));
  const unheard = framesAt(machine, 2001, 3);

  machine.handleTimeout(machine.pollTimeout());

  expect(framesAt(machine, 9000, 4)).toEqual(unheard ?? []);
});

test("a ping without an answer is probed by two, as each of them may be lost", () => {
  const machine = machineOf();
  machine.ping();
  framesAt(machine, 0, 0);

  machine.handleTimeout(machine.pollTimeout());

  expect(framesAt(machine, 2000, 1)).toEqual([{ kind: "ping" }]);
  expect(framesAt(machine, 2000, 2)).toEqual([{ kind: "ping" }]);
  expect(machine.pollPacket(2000, 3)).toBeUndefined();
});

test("a timer that comes early does nothing", () => {
  const machine = machineOf();
  machine.send(0, Uint8Array.of(7));
  framesAt(machine, 0, 0);

  machine.handleTimeout(machine.pollTimeout() - 1);

  expect(machine.probeTimeouts).toBe(0);
  expect(machine.pollPacket(2000, 1)).toBeUndefined();
});

test("an answer ends the backoff", () => {
  const link = new Link({ seed: 1, delayMs: 10 });
  link.drops = () => link.now < 5000;
  link.ann.machine.send(0, Uint8Array.of(1));
  link.run(5000);
  expect(link.ann.machine.probeTimeouts).toBeGreaterThan(1);

  link.run(7100);

  expect(link.bob.heard).toHaveLength(1);
  expect(link.ann.machine.probeTimeouts).toBe(0);
  expect(link.ann.machine.pollTimeout()).toBe(Infinity);
});

test("a packet that three later ones overtake is repeated without waiting", () => {
  const link = new Link({ seed: 1, delayMs: 20 });
  link.drops = (from, number) => from === link.ann && number === 0;
  for (let i = 0; i < 4; i++) {
    link.ann.machine.send(0, Uint8Array.of(i));
    link.flush();
  }

  link.run(60);

  expect(link.bob.heard.map(({ message }) => message[0])).toEqual([0, 1, 2, 3]);
  expect(link.ann.sentAtMs).toEqual([0, 0, 0, 0, 40]);
});

test("a packet that one later one overtakes is repeated 9/8 of a round trip after it left", () => {
  const link = new Link({ seed: 1, delayMs: 20 });
  link.drops = (from, number) => from === link.ann && number === 0;
  for (let i = 0; i < 2; i++) {
    link.ann.machine.send(0, Uint8Array.of(i));
    link.flush();
  }

  link.run(1000);

  expect(link.bob.heard.map(({ message }) => message[0])).toEqual([0, 1]);
  expect(link.ann.sentAtMs).toEqual([0, 0, 45]);
});

test("a lost acknowledgement costs a probe, and the message is heard once", () => {
  const link = new Link({ seed: 1, delayMs: 20 });
  link.drops = (from, number) => from === link.bob && number === 0;
  link.ann.machine.send(0, Uint8Array.of(1));

  link.run(Infinity);

  expect(link.bob.heard).toHaveLength(1);
  expect(link.ann.sentAtMs).toHaveLength(3);
});

test("no more than the window is in flight, and acknowledgements leave all the same", () => {
  const machine = machineOf();
  for (let i = 0; i < 3; i++) machine.send(0, new Uint8Array(MESSAGE_BYTES_MAX));
  let number = 0;
  while (machine.pollPacket(0, number) !== undefined) number += 1;

  expect(number).toBe(initialWindowBytes(DATAGRAM_BYTES_BASE) / DATAGRAM_BYTES_BASE);
  expect(machine.inFlightBytes).toBeLessThanOrEqual(number * DATAGRAM_BYTES_BASE);
  expect(machine.inFlightBytes).toBeGreaterThan((number - 1) * DATAGRAM_BYTES_BASE);
  machine.handlePacket(0, 0, [{ kind: "ping" }]);
  expect(framesAt(machine, 0, number)).toEqual([ackOf(0)]);
});

test("a probe leaves although the window is full", () => {
  const machine = machineOf();
  for (let i = 0; i < 3; i++) machine.send(0, new Uint8Array(MESSAGE_BYTES_MAX));
  let number = 0;
  while (machine.pollPacket(0, number) !== undefined) number += 1;

  machine.handleTimeout(machine.pollTimeout());

  const offsets = [0, 1].map((i) => framesAt(machine, 2000, number + i)?.[0]);
  expect(offsets[0]?.kind === "stream" && offsets[0].offset).toBe(0);
  expect(offsets[1]?.kind === "stream" && offsets[1].offset).toBeGreaterThan(0);
  expect(machine.pollPacket(2000, number + 2)).toBeUndefined();
});

test("lower channels leave first", () => {
  const machine = machineOf();
  machine.send(3, new Uint8Array(5000));
  machine.send(1, Uint8Array.of(1));

  const channels = framesAt(machine, 0, 0)?.map(
    (frame) => frame.kind === "stream" && frame.channel,
  );

  expect(channels).toEqual([1, 3]);
});

test("a channel at its limit refuses, and the others do not", () => {
  const machine = machineOf();
  while (machine.send(1, new Uint8Array(MESSAGE_BYTES_MAX)));

  expect(machine.queuedBytes(1)).toBeLessThanOrEqual(SEND_BUFFER_BYTES);
  expect(machine.send(2, new Uint8Array(MESSAGE_BYTES_MAX))).toBeTrue();
});

test("a message over the limit is not queued", () => {
  const machine = machineOf();

  expect(machine.send(0, new Uint8Array(MESSAGE_BYTES_MAX + 1))).toBeFalse();
  expect(machine.queuedBytes(0)).toBe(0);
  expect(machine.pollPacket(0, 0)).toBeUndefined();
});

test("a message to a channel that does not exist is our mistake", () => {
  expect(() => machineOf().send(CHANNELS_MAX, new Uint8Array(1))).toThrow("Broken invariant");
});

test("on a new path the round trip is unknown and all in flight leaves again", () => {
  const machine = machineOf();
  machine.seedRtt(40);
  machine.send(0, Uint8Array.of(7));
  const first = framesAt(machine, 0, 0);
  machine.handleTimeout(machine.pollTimeout());

  machine.onPathChanged();

  expect(machine.rttMs).toBeUndefined();
  expect(machine.probeTimeouts).toBe(0);
  expect(framesAt(machine, 200, 1)).toEqual(first ?? []);
  expect(machine.pollPacket(200, 2)).toBeUndefined();
  expect(machine.pollTimeout()).toBe(200 + PROBE_INTERVAL_MS_MAX);
});

test("on a new path a ping in flight leaves again, and an idle machine stays silent", () => {
  const pinging = machineOf();
  pinging.ping();
  framesAt(pinging, 0, 0);
  const idle = machineOf();

  pinging.onPathChanged();
  idle.onPathChanged();

  expect(framesAt(pinging, 10, 1)).toEqual([{ kind: "ping" }]);
  expect(idle.pollPacket(10, 0)).toBeUndefined();
});

test("on a new path no packet of the old one is waited for", () => {
  const machine = machineOf();
  for (let number = 0; number < 2; number++) {
    machine.send(0, Uint8Array.of(number));
    framesAt(machine, 0, number);
  }
  machine.handlePacket(10, 0, [ackOf(1)]);
  expect(machine.pollTimeout()).toBe((10 * 9) / 8);

  machine.onPathChanged();
  const repeated = framesAt(machine, 10, 2);

  expect(repeated?.map(({ kind }) => kind)).toEqual(["ack", "stream", "ping"]);
  machine.handlePacket(20, 1, [ackOf(2)]);
  expect(machine.pollTimeout()).toBe(Infinity);
});

test("only an answer to the newest packet that it names is a measurement", () => {
  const machine = machineOf();
  machine.ping();
  framesAt(machine, 0, 0);
  machine.onNumberUsed(1);

  machine.handlePacket(500, 0, [{ kind: "ack", delayUs: 0, ranges: [{ first: 0, last: 1 }] }]);

  expect(machine.rttMs).toBeUndefined();
  expect(machine.pollTimeout()).toBe(Infinity);
});

test("a late answer over the old path is no measurement of the new one", () => {
  const machine = machineOf();
  machine.send(0, Uint8Array.of(7));
  framesAt(machine, 0, 0);
  machine.onPathChanged();
  framesAt(machine, 10, 1);

  expect(machine.handlePacket(900, 0, [ackOf(0)])).toBe("ok");

  expect(machine.rttMs).toBeUndefined();
  expect(machine.queuedBytes(0)).toBe(2);
});

test.each([100, 300, 548, 1199, 1452])("no datagram is larger than %d bytes", (bytesMax) => {
  const machine = new Reliable({ now: 0, datagramBytesMax: bytesMax });
  for (let i = 0; i < 40; i++) machine.handlePacket(0, 2 * i, [{ kind: "ping" }]);
  machine.send(0, new Uint8Array(3000));
  machine.ping();

  for (let number = 0; number < 20; number++) {
    const bytes = machine.pollPacket(0, number);
    if (bytes === undefined) continue;
    expect(bytes.length + TRANSPORT_OVERHEAD_BYTES).toBeLessThanOrEqual(bytesMax);
    expect(bytes.length).toBeGreaterThan(0);
  }
});
