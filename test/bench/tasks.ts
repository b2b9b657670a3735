import { assert } from "../../lib/base/assert.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { Caller } from "./caller.ts";
import type { Flood } from "./flood.ts";
import type { Host } from "./line.ts";
import { MESSAGE_BYTES, Messages } from "./messages.ts";
import { grownSince, readMemory } from "./memory.ts";
import { median, quantile } from "./statistics.ts";

/** What one run of one contestant told, by name. */
export type Samples = Readonly<Record<string, number>>;

export interface Near {
  readonly host: Host;
  readonly caller: Caller;
  /** To be awaited when warm: from there on the far end's usage counts too. */
  readonly warm: () => Promise<void>;
  readonly isQuick: boolean;
}

/** Files': a channel of lower rank than chat's. */
export const BULK_CHANNEL = 3;

export const BURST = {
  messages: 1000,
  /** Until the compiler has seen enough of it, or so long. */
  warmUps: 40,
  warmMs: 2000,
  count: 25,
  /** Long enough for the processor to sleep. */
  idleMs: 6,
} as const;

export const SUSTAINED = { warmMs: 1000, ms: 3000 } as const;

const PINGS_WARM = 3000;
const PINGS = 3000;

const BULK_BYTES = 100 * 2 ** 20;
const BULK_WARM_BYTES = 2 ** 23;

const LOADED_PINGS = 1000;
const LOADED_QUICK_PINGS = 200;

const STALLED_MS = 2000;
const STALLED_WARM_MESSAGES = 200_000;

/** First send → the receiver has all and the sender knows it, in ms. */
export async function bursts(near: Near): Promise<Samples> {
  const messages = new Messages(MESSAGE_BYTES);
  const one = async (): Promise<number> => {
    await Bun.sleep(BURST.idleMs);
    const flood = start(near, CHAT_CHANNEL, messages, BURST.messages);
    await flood.done;
    return flood.lastedMs;
  };
  await warmUp(one);
  await near.warm();
  const times: number[] = [];
  for (let i = 0; i < BURST.count; i++) times.push(await one());
  return { ms: median(times) };
}

export async function warmUp(burst: () => Promise<unknown>): Promise<void> {
  const untilMs = performance.now() + BURST.warmMs;
  for (let i = 0; i < BURST.warmUps && performance.now() < untilMs; i++) await burst();
}

/** As many as the line takes, for three seconds. */
export async function sustained(near: Near): Promise<Samples> {
  const messages = new Messages(MESSAGE_BYTES);
  const one = async (ms: number): Promise<Flood> => {
    const flood = start(near, CHAT_CHANNEL, messages, Infinity);
    flood.stopAfter(ms);
    await flood.done;
    return flood;
  };
  await one(SUSTAINED.warmMs);
  await near.warm();
  const { sent, lastedMs } = await one(near.isQuick ? SUSTAINED.warmMs : SUSTAINED.ms);
  return { perSecond: (sent / lastedMs) * 1000, messages: sent };
}

/** Round trips of one message, each the answer to the one before, in µs. */
export async function pings(near: Near): Promise<Samples> {
  await pingSeries(near, PINGS_WARM);
  await near.warm();
  return quantiles(await pingSeries(near, PINGS));
}

/** One channel filled with so large messages, in MB/s. */
export async function bulk(near: Near, channel: number, messageBytes: number): Promise<Samples> {
  const messages = new Messages(messageBytes);
  const one = async (bytes: number): Promise<number> => {
    const flood = start(near, channel, messages, Math.ceil(bytes / messageBytes));
    await flood.done;
    return (flood.sent * messageBytes) / 1000 / flood.lastedMs;
  };
  await one(BULK_WARM_BYTES);
  await near.warm();
  return { megabytesPerSecond: await one(near.isQuick ? BULK_BYTES / 10 : BULK_BYTES) };
}

/** Round trips on the chat channel while the bulk channel is as full as can be, in µs. */
export async function pingsUnderLoad(near: Near, messageBytes: number): Promise<Samples> {
  await pingSeries(near, PINGS_WARM);
  const flood = start(near, BULK_CHANNEL, new Messages(messageBytes), Infinity);
  await pingSeries(near, LOADED_QUICK_PINGS);
  await near.warm();
  const count = near.isQuick ? LOADED_QUICK_PINGS : LOADED_PINGS;
  const samples = quantiles(await pingSeries(near, count));
  flood.stopAfter(0);
  await flood.done;
  return { ...samples, megabytesPerSecond: (flood.sent * messageBytes) / 1000 / flood.lastedMs };
}

/** What is taken of a flood that nobody reads, in KiB, and by how much this side's heap grows. */
export async function stalled(near: Near): Promise<Samples> {
  // The code is made and compiled on a channel that is read: it is no memory of a flood's.
  await start(near, BULK_CHANNEL, new Messages(MESSAGE_BYTES), STALLED_WARM_MESSAGES).done;
  await near.warm();
  const before = await readMemory();
  const flood = start(near, CHAT_CHANNEL, new Messages(MESSAGE_BYTES), Infinity);
  await Bun.sleep(STALLED_MS);
  const { grownHeapBytes } = grownSince(before, await readMemory());
  return { takenKiB: (flood.sent * MESSAGE_BYTES) / 1024, nearGrownKiB: grownHeapBytes / 1024 };
}

function start({ host, caller }: Near, channel: number, messages: Messages, count: number): Flood {
  const started: Flood[] = [];
  host.turn(() => started.push(caller.flood(channel, messages, count)));
  const [flood] = started;
  assert(flood !== undefined, "a turn's work is done at once");
  return flood;
}

async function pingSeries({ host, caller }: Near, count: number): Promise<number[]> {
  const times: number[] = [];
  const over = Promise.withResolvers<void>();
  let sentAtMs = 0;
  const ping = (): void => {
    sentAtMs = performance.now();
    caller.ping(onEcho);
  };
  const onEcho = (): void => {
    times.push((performance.now() - sentAtMs) * 1000);
    if (times.length < count) ping();
    else over.resolve();
  };
  host.turn(ping);
  await over.promise;
  return times;
}

function quantiles(times: readonly number[]): Samples {
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), p99: quantile(times, 0.99) };
}
