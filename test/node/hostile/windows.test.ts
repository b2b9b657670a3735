import { expect } from "bun:test";
import { SEND_BUFFER_BYTES } from "../../../lib/reliable/sendstream.ts";
import { CHANNELS_MAX, CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { type Frame, WHOLE_SESSION } from "../../../lib/wire/frames.ts";
import { CHANNEL_WINDOW_BYTES, SESSION_WINDOW_BYTES } from "../../../lib/wire/limits.ts";
import { EVE, type Misbehaviour, misbehaviours, type Stage } from "./stage.ts";

const FAR = Number.MAX_SAFE_INTEGER;

const windowOf = (scope: number, limit: number): Frame => ({ kind: "window", scope, limit });

/** How far the victim's stream has come to the attacker. */
function reachOf({ eve }: Stage, channel = CHAT_CHANNEL): number {
  const frames = eve.framesOf("stream").filter((frame) => frame.channel === channel);
  return Math.max(0, ...frames.map(({ offset, data }) => offset + data.length));
}

/** The victim's user says all that it may for so many ms. */
function pour(stage: Stage, ms: number, channel = CHAT_CHANNEL): number {
  let messages = 0;
  for (let elapsed = 0; elapsed < ms; elapsed += 20) {
    while (stage.offer(new Uint8Array(1_000), channel)) messages += 1;
    stage.net.run(20);
  }
  return messages;
}

misbehaviours([
  {
    name: "a window that never moves",
    misbehave: (stage) => {
      const messages = pour(stage, 2_000);
      expect(reachOf(stage)).toBe(CHANNEL_WINDOW_BYTES);
      // The rest waits in the buffer, and what is more is refused.
      expect(messages * 1_002).toBeLessThanOrEqual(CHANNEL_WINDOW_BYTES + SEND_BUFFER_BYTES);
      expect(stage.session?.queuedBytes(CHAT_CHANNEL)).toBeLessThanOrEqual(SEND_BUFFER_BYTES);
      expect(stage.offer(new Uint8Array(1_000))).toBe(false);
    },
    outcome: "bounded",
  },
  {
    name: "a window of the session that never moves",
    misbehave: (stage) => {
      for (let i = 0; i < CHANNELS_MAX; i++) stage.eve.send([windowOf(i, FAR)]);
      for (let i = 0; i < CHANNELS_MAX; i++) pour(stage, 1_000, i);
      const reach = [0, 1, 2, 3].map((channel) => reachOf(stage, channel));
      expect(reach.reduce((sum, bytes) => sum + bytes)).toBe(SESSION_WINDOW_BYTES);
    },
    outcome: "bounded",
  },
  {
    name: "windows of nothing, and ever smaller ones",
    misbehave: (stage) => {
      const { eve } = stage;
      for (let limit = CHANNEL_WINDOW_BYTES; limit > 1; limit = Math.floor(limit / 2)) {
        eve.send([windowOf(CHAT_CHANNEL, limit), windowOf(WHOLE_SESSION, 0)]);
      }
      pour(stage, 1_000);
      expect(reachOf(stage)).toBe(CHANNEL_WINDOW_BYTES);
    },
    outcome: "bounded",
  },
  {
    name: "windows as large as numbers go",
    misbehave: (stage) => {
      const { eve, net } = stage;
      eve.send([windowOf(CHAT_CHANNEL, FAR), windowOf(WHOLE_SESSION, FAR)]);
      const from = net.sent.length;
      pour(stage, 1_000);
      expect(reachOf(stage)).toBeGreaterThan(CHANNEL_WINDOW_BYTES);
      expect(stage.session?.queuedBytes(CHAT_CHANNEL)).toBeLessThanOrEqual(SEND_BUFFER_BYTES);
      expect(stage.sentTo(EVE, from)).toBeGreaterThan(0);
    },
    outcome: "bounded",
  },
  {
    name: "a window one byte wider at a time",
    misbehave: (stage) => {
      const { eve, net } = stage;
      pour(stage, 1_000);
      const from = net.sent.length;
      for (let i = 1; i <= 1_000; i++) {
        eve.send([windowOf(CHAT_CHANNEL, CHANNEL_WINDOW_BYTES + i)]);
        if (i % 10 === 0) net.run(1);
      }
      net.run(100);
      // Each was paid for by a packet as large as the one that it let go.
      expect(stage.datagramsTo(EVE, from)).toBeLessThan(2_100);
      expect(reachOf(stage)).toBe(CHANNEL_WINDOW_BYTES + 1_000);
    },
    outcome: "bounded",
  },
  ...[CHANNELS_MAX, 128, 254].map((scope): Misbehaviour => ({
    name: `a window for scope ${scope}`,
    misbehave: ({ eve }) => eve.send([windowOf(scope, 1)]),
    outcome: "violation",
  })),
  {
    name: "ten thousand windows",
    misbehave: ({ eve }) => {
      for (let i = 0; i < 1_000; i++) {
        eve.send(Array.from({ length: 10 }, (_, k) => windowOf(k % CHANNELS_MAX, i)));
      }
    },
    outcome: "ignored",
  },
]);
