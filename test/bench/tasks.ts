import { assert } from "../../lib/base/assert.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { Caller } from "./caller.ts";
import type { Flood } from "./flood.ts";
import type { Host } from "./line.ts";
import { MESSAGE_BYTES, Messages } from "./messages.ts";
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
export const BULK_CHANNEL = 2;

export const BURST_MESSAGES = 1000;
const BURSTS_WARM = 8;
const BURSTS = 25;
/** Long enough for the processor to sleep. */
const IDLE_MS = 6;

const SUSTAINED_WARM_MS = 500;
const SUSTAINED_MS = 3000;

const PINGS_WARM = 500;
const PINGS = 3000;

const BULK_BYTES = 100 * 2 ** 20;
const BULK_WARM_BYTES = 2 ** 23;

/** First send → the receiver has all and the sender knows it, in ms. */
export async function bursts(near: Near): Promise<Samples> {
  const messages = new Messages(MESSAGE_BYTES);
  const one = async (): Promise<number> => {
    await Bun.sleep(IDLE_MS);
    const flood = start(near, CHAT_CHANNEL, messages, BURST_MESSAGES);
    await flood.done;
    return flood.lastedMs;
  };
  for (let i = 0; i < BURSTS_WARM; i++) await one();
  await near.warm();
  const times: number[] = [];
  for (let i = 0; i < BURSTS; i++) times.push(await one());
  return { ms: median(times) };
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
  await one(SUSTAINED_WARM_MS);
  await near.warm();
  const { sent, lastedMs } = await one(near.isQuick ? SUSTAINED_WARM_MS : SUSTAINED_MS);
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
  await pingSeries(near, PINGS_WARM);
  await near.warm();
  const samples = quantiles(await pingSeries(near, PINGS));
  flood.stopAfter(0);
  await flood.done;
  return { ...samples, megabytesPerSecond: (flood.sent * messageBytes) / 1000 / flood.lastedMs };
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
