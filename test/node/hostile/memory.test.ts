import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { BULK_CHANNEL, CHANNELS_MAX, CHAT_CHANNEL } from "../../../lib/wire/channels.ts";
import { type Frame, WHOLE_SESSION } from "../../../lib/wire/frames.ts";
import { CHANNEL_WINDOW_BYTES } from "../../../lib/wire/limits.ts";
import { at } from "../net.ts";
import { sized } from "./attacker.ts";
import { Stage } from "./stage.ts";

/** What one peer may cost: the project's promise. */
const HELD_BYTES_MAX = 8_000_000;

/** What is left by a flood that leaves nothing: the collector's and the sum's own uncertainty. */
const NOTHING_BYTES_MAX = 1_000_000;

const FAR = Number.MAX_SAFE_INTEGER;

/** With its length 1100 bytes. */
const MESSAGE = sized(new Uint8Array(1_098));

interface Flood {
  readonly name: string;
  /** Before anything is measured. */
  readonly prepare?: (stage: Stage) => void;
  readonly flood: (stage: Stage) => void;
  readonly heldBytesMax: number;
}

/** What the test itself has noted of all this is not the victim's. */
function forget({ net, eve, victim }: Stage): void {
  net.sent.splice(0);
  eve.heard = [];
  victim.events.splice(0);
  victim.heard.splice(0);
}

function heapBytes(stage: Stage): number {
  forget(stage);
  Bun.gc(true);
  return heapStats().heapSize;
}

/** So many packets of about 1200 bytes; a moment passes after every hundred. */
function pour(stage: Stage, packets: number, make: (i: number) => readonly Frame[]): void {
  for (let i = 0; i < packets; i++) {
    stage.eve.send(make(i));
    if (i % 100 < 99) continue;
    stage.net.run(5);
    forget(stage);
  }
}

/** One message after another, so fast that the channel's window grows as far as it does. */
function widen(stage: Stage, channel: number): void {
  pour(stage, 6_000, () => [stage.eve.streamOf(channel, MESSAGE)]);
}

/** Everything of a stream but its next byte, which is returned. */
function fillBeyond(stage: Stage, channel: number, bytes: number): Frame {
  const gap = stage.eve.streamOf(channel, Uint8Array.of(0));
  pour(stage, Math.floor(bytes / MESSAGE.length), () => [stage.eve.streamOf(channel, MESSAGE)]);
  return gap;
}

const floods: readonly Flood[] = [
  {
    name: "a stream with a hole at its beginning, on every channel",
    flood: (stage) => {
      fillBeyond(stage, 0, CHANNEL_WINDOW_BYTES - 2_000);
      fillBeyond(stage, 1, CHANNEL_WINDOW_BYTES - 2_000);
    },
    heldBytesMax: 4 * CHANNEL_WINDOW_BYTES + NOTHING_BYTES_MAX,
  },
  {
    name: "one channel after another filled behind a hole that is then closed",
    flood: (stage) => {
      for (let channel = 0; channel < CHANNELS_MAX; channel++) {
        widen(stage, channel);
        stage.eve.send([fillBeyond(stage, channel, 2 * CHANNEL_WINDOW_BYTES)]);
        stage.net.run(200);
      }
    },
    heldBytesMax: 4 * 2 ** 19 + NOTHING_BYTES_MAX,
  },
  {
    name: "frames without a byte at the far end of every channel",
    prepare: (stage) => {
      for (let channel = 0; channel < CHANNELS_MAX; channel++) widen(stage, channel);
    },
    flood: (stage) => {
      for (let channel = 0; channel < CHANNELS_MAX; channel++) {
        const frame = stage.eve.streamOf(channel, new Uint8Array(0));
        const offset = (frame.kind === "stream" ? frame.offset : 0) + CHANNEL_WINDOW_BYTES;
        stage.eve.send([{ kind: "stream", channel, offset, data: new Uint8Array(0) }]);
      }
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "single bytes of which every second is missing",
    flood: (stage) => {
      pour(stage, 4_000, (i) => {
        return Array.from({ length: 10 }, (_, k) => {
          const data = Uint8Array.of(1);
          return { kind: "stream", channel: k % 2, offset: 20 * i + 2 * k + 1, data };
        });
      });
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "messages of which none is finished",
    flood: (stage) => {
      for (let channel = 0; channel < CHANNELS_MAX; channel++) {
        stage.eve.send([stage.eve.streamOf(channel, Uint8Array.of(0x80, 1, 0, 0))]);
        pour(stage, 55, () => [stage.eve.streamOf(channel, new Uint8Array(1_100))]);
      }
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "eight megabytes of unreliable datagrams",
    flood: (stage) => {
      pour(stage, 8_000, () => [{ kind: "datagram", data: new Uint8Array(1_000) }]);
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "pings and challenges, whose answers nobody acknowledges",
    prepare: ({ eve }) => {
      eve.isAcking = false;
    },
    flood: (stage) => {
      const data = new Uint8Array(8);
      pour(stage, 8_000, () => [{ kind: "ping" }, { kind: "path-challenge", data }]);
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "five thousand packets from as many addresses",
    flood: (stage) => {
      for (let i = 0; i < 5_000; i++) {
        stage.eve.send([{ kind: "ping" }], { from: at(`192.0.2.${i & 255}:${1024 + i}`) });
        if (i % 100 === 99) pour(stage, 100, () => []);
      }
      stage.eve.spent.clear();
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "a hundred renewals",
    flood: (stage) => {
      const { eve } = stage;
      for (let i = 0; i < 100; i++) eve.meet({ session: eve.sessionId, epoch: eve.keys.epoch + 1 });
    },
    heldBytesMax: NOTHING_BYTES_MAX,
  },
  {
    name: "a reader that never acknowledges, of what fills every buffer",
    prepare: ({ eve }) => {
      eve.isAcking = false;
    },
    flood: (stage) => {
      for (let second = 0; second < 50; second++) {
        for (const channel of [CHAT_CHANNEL, BULK_CHANNEL]) {
          while (stage.offer(new Uint8Array(1_000), channel));
        }
        stage.eve.send([{ kind: "ping" }]);
        stage.net.run(1_000);
      }
    },
    heldBytesMax: 4 * 2 ** 20 + NOTHING_BYTES_MAX,
  },
  {
    name: "a reader that lets the window grow and then acknowledges none of many small packets",
    prepare: (stage) => {
      const scopes = [CHAT_CHANNEL, BULK_CHANNEL, WHOLE_SESSION];
      stage.eve.send(scopes.map((scope): Frame => ({ kind: "window", scope, limit: FAR })));
      for (let i = 0; i < 250; i++) {
        while (stage.offer(new Uint8Array(1_200), BULK_CHANNEL));
        stage.net.run(20);
        forget(stage);
      }
      stage.net.run(3_000);
      stage.eve.isAcking = false;
    },
    flood: (stage) => {
      for (let i = 0; i < 30_000 && stage.offer("short"); i++) {
        stage.net.flush();
        if (i % 100 === 0) forget(stage);
      }
      stage.net.run(15);
    },
    heldBytesMax: 3_000_000,
  },
];

test.each(floods.map((one) => [one.name, one] as const))(
  "%s leaves no more than its limit",
  (_, { prepare, flood, heldBytesMax }) => {
    const stage = new Stage();
    prepare?.(stage);
    const before = heapBytes(stage);

    flood(stage);

    const held = heapBytes(stage) - before;
    expect(heldBytesMax).toBeLessThanOrEqual(HELD_BYTES_MAX);
    expect(held).toBeLessThanOrEqual(heldBytesMax);
    expect(stage.session?.isOpen).toBe(true);
    const { victim, bystander, net } = stage;
    bystander.say(victim, "are you there?");
    net.run(1_000);
    expect(victim.heard).toContain("are you there?");
  },
);
