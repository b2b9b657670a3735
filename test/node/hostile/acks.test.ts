import { expect } from "bun:test";
import { Writer } from "../../../lib/base/bytes.ts";
import { WINDOW_BYTES_MAX } from "../../../lib/reliable/congestion.ts";
import { PROBE_INTERVAL_MS_MAX } from "../../../lib/reliable/sender.ts";
import { SEND_BUFFER_BYTES } from "../../../lib/reliable/sendstream.ts";
import { CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import type { AckFrame, Frame } from "../../../lib/wire/frames.ts";
import { ACK_RANGES_MAX, KEY_PACKETS_MAX } from "../../../lib/wire/limits.ts";
import { decodePacket } from "../../../lib/wire/packet.ts";
import { ackOf, bytesOf, rawFrame, repeated } from "./attacker.ts";
import { EVE, type Misbehaviour, misbehaviours, type Stage } from "./stage.ts";

const ACK = 2;
const FAR = Number.MAX_SAFE_INTEGER;

/** Delay, largest, count of further ranges, the first's length, gaps and lengths: in that order. */
const ackFields = (...fields: readonly number[]): Uint8Array => {
  const writer = new Writer();
  for (const field of fields) writer.varint(field);
  return rawFrame(ACK, writer.finish());
};

const ackTo = (last: number, delayUs = 0): AckFrame => {
  return { kind: "ack", delayUs, ranges: [{ first: 0, last }] };
};

/** The victim says something, and the attacker has it in hand. */
function victimSays(stage: Stage, text = "hello", count = 1): number[] {
  stage.eve.isAcking = false;
  for (let i = 0; i < count; i++) {
    stage.offer(text);
    stage.net.run(20);
  }
  const numbers = stage.eve.heard.map(({ number }) => number);
  stage.eve.heard = [];
  return numbers;
}

const closing: readonly Misbehaviour[] = [
  {
    name: "an acknowledgement of the packet that will be sent next",
    misbehave: (stage) => {
      const [last = 0] = victimSays(stage).slice(-1);
      stage.eve.send([ackOf(last + 1)]);
    },
    outcome: "violation",
  },
  {
    name: "an acknowledgement of packets of an epoch to come",
    misbehave: ({ eve }) => eve.send([ackOf(KEY_PACKETS_MAX + 3)]),
    outcome: "violation",
  },
  {
    name: "an acknowledgement of every packet there can be",
    misbehave: ({ eve }) => eve.send([ackTo(FAR)]),
    outcome: "violation",
  },
  {
    name: "a range of packets that begins below 0",
    misbehave: ({ eve }) => eve.send(ackFields(0, 1, 0, 2)),
    outcome: "violation",
  },
  {
    name: "a gap that leads below 0",
    misbehave: ({ eve }) => eve.send(ackFields(0, 1, 1, 0, 0, 0)),
    outcome: "violation",
  },
  {
    name: "a gap of the largest number there is",
    misbehave: ({ eve }) => eve.send(ackFields(0, 1, 1, 0, FAR, FAR)),
    outcome: "violation",
  },
  {
    name: "as many ranges again as may be",
    misbehave: ({ eve }) => {
      eve.send(ackFields(0, 1, ACK_RANGES_MAX, 0, ...Array.from({ length: 64 }, () => 0)));
    },
    outcome: "violation",
  },
  {
    name: "more ranges announced than there are",
    misbehave: ({ eve }) => eve.send(ackFields(0, 1, 5, 0)),
    outcome: "violation",
  },
  {
    name: "2^53 - 1 ranges announced",
    misbehave: ({ eve }) => eve.send(ackFields(0, 1, FAR, 0)),
    outcome: "violation",
  },
  {
    name: "an acknowledgement of nothing at all",
    misbehave: ({ eve }) => eve.send(rawFrame(ACK, new Uint8Array(0))),
    outcome: "violation",
  },
  {
    name: "a delay that is no exact number",
    misbehave: ({ eve }) => {
      eve.send(rawFrame(ACK, new Writer().u32(0xff_ff_ff_ff).u32(0xff_ff_ff_ff).zeros(3).finish()));
    },
    outcome: "violation",
  },
  {
    name: "two acknowledgements in one packet",
    misbehave: ({ eve }) => eve.send([ackOf(0), ackOf(0)]),
    outcome: "violation",
  },
];

const bounded: readonly Misbehaviour[] = [
  {
    name: "a delay of 285 years",
    misbehave: (stage) => {
      const [last = 0] = victimSays(stage).slice(-1);
      stage.eve.send([ackTo(last, FAR)]);
    },
    outcome: "ignored",
    also: ({ session }) => expect(session?.rttMs).toBeWithin(5, 100),
  },
  {
    name: "packets acknowledged whose numbers no packet ever had",
    misbehave: (stage) => {
      const { eve } = stage;
      eve.meet({ session: eve.sessionId, epoch: 1 });
      stage.net.run(50);
      eve.send([ackOf(KEY_PACKETS_MAX - 1, KEY_PACKETS_MAX - 2, 1_000)]);
    },
    outcome: "bounded",
  },
  {
    name: "ten thousand times the same acknowledgement",
    misbehave: (stage) => {
      const [last = 0] = victimSays(stage).slice(-1);
      const from = stage.net.sent.length;
      for (let i = 0; i < 10_000; i++) stage.eve.send([ackOf(last)]);
      stage.net.run(50);
      expect(stage.datagramsTo(EVE, from)).toBe(0);
    },
    outcome: "ignored",
  },
  {
    name: "acknowledgements of everything but one packet, over and over",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.isAcking = false;
      let offered = 0;
      let skipped: number | undefined;
      for (let round = 0; round < 400; round++) {
        while (offered < 3_000_000 && stage.offer(new Uint8Array(1_000))) offered += 1_000;
        net.run(20);
        const isFirst = ({ frames }: { frames: readonly Frame[] }) => {
          return frames.some((it) => it.kind === "stream" && it.offset === 0);
        };
        const numbers = eve.heard.filter((it) => !isFirst(it)).map(({ number }) => number);
        skipped ??= eve.heard.find(isFirst)?.number;
        eve.heard = [];
        if (numbers.length > 0) eve.send([ackOf(...numbers)]);
      }
      expect(skipped).toBeDefined();
      // No more than the buffer: what is not acknowledged blocks what comes after it.
      expect(offered).toBeLessThanOrEqual(SEND_BUFFER_BYTES);
      expect(stage.session?.queuedBytes(CHAT_CHANNEL)).toBeLessThanOrEqual(SEND_BUFFER_BYTES);
    },
    outcome: "bounded",
  },
  {
    name: "acknowledgements of what was never received",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.isAcking = false;
      // Nothing of the victim's arrives; the attacker knows what it must have sent all the same.
      net.fate = ({ to }) => (to === EVE ? [] : [10]);
      let from = net.sent.length;
      for (let round = 0; round < 30; round++) {
        while (stage.offer(new Uint8Array(1_000)));
        net.run(20);
        expect(stage.sentTo(EVE, from)).toBeLessThanOrEqual(WINDOW_BYTES_MAX);
        const last = net.sent.findLast((it) => it.to === EVE);
        const packet = last && decodePacket(last.bytes);
        from = net.sent.length;
        if (packet?.kind !== "transport") continue;
        eve.send([ackTo(packet.counter), { kind: "window", scope: CHAT_CHANNEL, limit: FAR }]);
        eve.send([{ kind: "window", scope: 255, limit: FAR }]);
      }
      net.fate = () => [10];
    },
    outcome: "bounded",
  },
];

const silent: readonly Misbehaviour[] = [
  {
    name: "nothing acknowledged, and nothing said",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.isAcking = false;
      while (stage.offer(new Uint8Array(60_000)));
      const from = net.sent.length;
      net.run(60_000);
      // The first window, and two probes each time that the timer fires.
      expect(stage.datagramsTo(EVE, from)).toBeLessThan(20 + (2 * 60_000) / PROBE_INTERVAL_MS_MAX);
    },
    outcome: "done",
  },
  {
    name: "nothing acknowledged, and a ping every second",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.isAcking = false;
      while (stage.offer(new Uint8Array(60_000)));
      for (let second = 0; second < 120 && stage.session !== undefined; second++) {
        net.run(1_000);
        eve.send([{ kind: "ping" }]);
      }
    },
    outcome: "done",
  },
  {
    name: "a thousand acknowledgements of one packet in one packet",
    misbehave: ({ eve }) => eve.send(repeated(bytesOf([ackOf(0)]), 1_000)),
    outcome: "violation",
  },
  {
    name: "acknowledgements of acknowledgements",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.isAcking = false;
      const from = net.sent.length;
      eve.send([{ kind: "ping" }]);
      for (let round = 0; round < 100; round++) {
        net.run(50);
        const numbers = eve.heard.map(({ number }) => number);
        eve.heard = [];
        if (numbers.length > 0) eve.send([ackOf(...numbers)]);
      }
      expect(stage.datagramsTo(EVE, from)).toBe(1);
    },
    outcome: "ignored",
  },
];

misbehaviours([...closing, ...bounded, ...silent]);
