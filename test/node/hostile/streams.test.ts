import { expect } from "bun:test";
import { Writer } from "../../../lib/base/bytes.ts";
import { RECEIVE_GAPS_MAX } from "../../../lib/reliable/assembler.ts";
import {
  ASIDE_CHANNEL,
  BULK_CHANNEL,
  CHANNELS_MAX,
  CHAT_CHANNEL,
} from "../../../lib/wire/channels.ts";
import type { Frame } from "../../../lib/wire/frames.ts";
import {
  CHANNEL_WINDOW_BYTES,
  MESSAGE_BYTES_MAX,
  SESSION_WINDOW_BYTES,
} from "../../../lib/wire/limits.ts";
import { repeated, sized } from "./attacker.ts";
import { type Misbehaviour, misbehaviours, type Stage } from "./stage.ts";

const FAR = Number.MAX_SAFE_INTEGER;

const stream = (offset: number, data: Uint8Array, channel = CHAT_CHANNEL): Frame => {
  return { kind: "stream", channel, offset, data };
};
const ONE = Uint8Array.of(0);

/** Fills a channel with one packet after another, so far as `end`. */
function fill({ eve }: Stage, channel: number, start: number, end: number): void {
  for (let at = start; at < end; at += 1_000) {
    eve.send([stream(at, new Uint8Array(Math.min(1_000, end - at)).fill(1), channel)]);
  }
}

const one = (name: string, make: () => readonly Frame[] | Uint8Array): Misbehaviour => {
  return { name, misbehave: ({ eve }) => eve.send(make()), outcome: "violation" };
};

const refused: readonly Misbehaviour[] = [
  one("a channel that does not exist", () => [stream(0, ONE, CHANNELS_MAX)]),
  one("channel 255", () => [stream(0, ONE, 255)]),
  one("an offset of 2^53 - 1", () => [stream(FAR, ONE)]),
  one("data that reaches beyond 2^53", () => [stream(FAR - 1, new Uint8Array(900))]),
  one("one byte beyond the channel's window", () => [stream(CHANNEL_WINDOW_BYTES, ONE)]),
  one("no bytes beyond the channel's window", () => [
    stream(CHANNEL_WINDOW_BYTES + 1, new Uint8Array(0)),
  ]),
  one("a message over the limit", () => [
    stream(0, new Writer().varint(MESSAGE_BYTES_MAX + 1).finish()),
  ]),
  one("a message of 2^62 - 1 bytes", () => [stream(0, repeated(Uint8Array.of(0xff), 8))]),
  one("a message over the limit among good ones", () => [
    stream(0, Uint8Array.of(1, 65, 1, 66, 0x80, 0x01, 0x02, 0x99)),
  ]),
  one("frames on four channels of which one is too many", () => {
    return [0, 1, 2, 3, 4].map((channel) => stream(0, ONE, channel));
  }),
  {
    name: "a message over the limit whose length comes byte by byte",
    misbehave: ({ eve }) => {
      const head = new Writer().varint(MESSAGE_BYTES_MAX + 1).finish();
      for (const [i, byte] of head.entries()) eve.send([stream(i, Uint8Array.of(byte))]);
    },
    outcome: "violation",
  },
  {
    name: "a message over the limit whose length comes last byte first",
    misbehave: ({ eve }) => {
      const head = new Writer().varint(MESSAGE_BYTES_MAX + 1).finish();
      for (let i = head.length - 1; i >= 0; i--) eve.send([stream(i, head.subarray(i, i + 1))]);
    },
    outcome: "violation",
  },
  {
    name: "fragments that overlap and differ",
    misbehave: ({ eve }) => {
      eve.send([stream(10, Uint8Array.of(1, 2, 3, 4))]);
      eve.send([stream(12, Uint8Array.of(3, 5))]);
    },
    outcome: "violation",
  },
  {
    name: "more on all channels together than the session takes",
    misbehave: (stage) => {
      fill(stage, 0, 1, CHANNEL_WINDOW_BYTES);
      fill(stage, 1, 1, CHANNEL_WINDOW_BYTES);
      expect(stage.session?.isOpen).toBe(true);
      const { eve } = stage;
      eve.send([stream(SESSION_WINDOW_BYTES - 2 * CHANNEL_WINDOW_BYTES, ONE, 2)]);
    },
    outcome: "violation",
  },
  {
    name: "more than the window while the reader is paused",
    misbehave: (stage) => {
      const { eve, victim, session } = stage;
      const connection = victim.connections.find((it) => it.session === session);
      if (connection !== undefined) victim.endpoint.setPaused(connection, CHAT_CHANNEL, true);
      const message = sized(new Uint8Array(999));
      for (let sent = 0; sent + message.length <= CHANNEL_WINDOW_BYTES; sent += message.length) {
        eve.send([eve.streamOf(CHAT_CHANNEL, message)]);
      }
      expect(session?.isOpen).toBe(true);
      expect(stage.heardOfEve).toBe(0);
      eve.send([eve.streamOf(CHAT_CHANNEL, message)]);
    },
    outcome: "violation",
  },
];

const taken: readonly Misbehaviour[] = [
  {
    name: "a message that is never finished",
    misbehave: (stage) => {
      const head = new Writer().varint(MESSAGE_BYTES_MAX).finish();
      stage.eve.send([stream(0, head)]);
      fill(stage, CHAT_CHANNEL, head.length, MESSAGE_BYTES_MAX);
    },
    outcome: "ignored",
  },
  {
    name: "messages without a byte",
    misbehave: (stage) => {
      for (let i = 0; i < 50; i++) {
        stage.eve.send([stage.eve.streamOf(CHAT_CHANNEL, new Uint8Array(1_000))]);
      }
    },
    outcome: "bounded",
    also: ({ victim }) => expect(victim.heard.filter((text) => text === "")).toHaveLength(50_000),
  },
  {
    name: "single bytes with gaps between them",
    misbehave: (stage) => {
      const { eve, net } = stage;
      for (let i = 0; i < 4 * RECEIVE_GAPS_MAX; i++) eve.send([stream(1 + 2 * i, ONE)]);
      net.run(50);
      // What would make one gap more is not acknowledged, as if it had been lost.
      const acks = eve.framesOf("ack").flatMap(({ ranges }) => ranges);
      const last = Math.max(...acks.map((range) => range.last));
      expect(last).toBeWithin(RECEIVE_GAPS_MAX, RECEIVE_GAPS_MAX + 5);
    },
    outcome: "ignored",
  },
  {
    name: "the same fragments again and again",
    misbehave: (stage) => {
      for (let i = 0; i < 2_000; i++) stage.eve.send([stream(5, new Uint8Array(900).fill(1))]);
    },
    outcome: "ignored",
  },
  {
    name: "fragments that overlap and agree",
    misbehave: ({ eve }) => {
      const bytes = sized(Uint8Array.of(...Array.from({ length: 60 }, (_, i) => 65 + (i % 26))));
      for (let from = bytes.length - 1; from >= 0; from--) {
        for (const length of [1, 7, 61]) {
          eve.send([stream(from, bytes.subarray(from, from + length))]);
        }
      }
    },
    outcome: "bounded",
    also: (stage) => expect(stage.heardOfEve).toBe(1),
  },
  {
    name: "frames of a stream without a byte, all over the window",
    misbehave: ({ eve }) => {
      for (let i = 0; i < 2_000; i++) {
        eve.send([stream((i * 131) % CHANNEL_WINDOW_BYTES, new Uint8Array(0), i % CHANNELS_MAX)]);
      }
    },
    outcome: "ignored",
  },
  {
    name: "a message on a channel that nobody reads",
    misbehave: ({ eve }) => {
      for (const channel of [0, ASIDE_CHANNEL, BULK_CHANNEL]) eve.say(channel, Uint8Array.of(88));
    },
    outcome: "bounded",
    also: (stage) => expect(stage.heardOfEve).toBe(3),
  },
  {
    name: "another beginning for a message that is held in part",
    misbehave: ({ eve }) => {
      eve.send([stream(0, Uint8Array.of(4, 65, 66))]);
      eve.send([stream(1, Uint8Array.of(90, 90))]);
      eve.send([stream(3, Uint8Array.of(67, 68))]);
    },
    outcome: "bounded",
    also: ({ victim }) => expect(victim.heard).toEqual(["ABCD"]),
  },
  {
    name: "the same message in two packets",
    misbehave: ({ eve }) => {
      const frame = eve.streamOf(CHAT_CHANNEL, sized(Uint8Array.of(88)));
      for (let i = 0; i < 20; i++) eve.send([frame]);
    },
    outcome: "bounded",
    also: (stage) => expect(stage.heardOfEve).toBe(1),
  },
];

misbehaviours([...refused, ...taken]);
