import { expect, test } from "bun:test";
import { CHANNEL_WINDOW_BYTES_MAX } from "../../lib/reliable/receiver.ts";
import { BULK_CHANNEL, CHANNELS_MAX, CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { Frame } from "../../lib/wire/frames.ts";
import { CHANNEL_WINDOW_BYTES, MESSAGE_BYTES_MAX } from "../../lib/wire/limits.ts";
import { type End, Link, type LinkOptions, seededRandom } from "./link.ts";

const SEEDS = 3;

test("a channel that is paused stops the peer at its window, and others flow on", () => {
  const link = new Link({ seed: 1 });
  link.bob.machine.setPaused(BULK_CHANNEL, true);
  let words = 0;
  let bulk = 0;

  for (let i = 0; i < 200; i++) {
    while (link.ann.machine.send(BULK_CHANNEL, new Uint8Array(50_000))) bulk += 50_004;
    if (link.ann.machine.send(CHAT_CHANNEL, new Uint8Array(10_000))) words += 1;
    link.run(link.now + 100);
  }

  expect(words).toBe(200);
  expect(heardOn(link.bob, CHAT_CHANNEL)).toBe(200);
  expect(heardOn(link.bob, BULK_CHANNEL)).toBe(0);
  const acked = bulk - link.ann.machine.queuedBytes(BULK_CHANNEL);
  expect(acked).toBeGreaterThan(CHANNEL_WINDOW_BYTES - 1200);
  expect(acked).toBeLessThanOrEqual(CHANNEL_WINDOW_BYTES);
  expect(link.bob.violations).toBe(0);
});

test("a channel that is resumed goes on where it stopped", () => {
  const link = new Link({ seed: 1 });
  link.bob.machine.setPaused(BULK_CHANNEL, true);
  for (let i = 0; i < 10; i++) link.ann.machine.send(BULK_CHANNEL, new Uint8Array(66_000).fill(i));
  link.run(5000);
  expect(link.bob.heard).toEqual([]);

  link.bob.machine.setPaused(BULK_CHANNEL, false);
  link.bob.take();
  link.run(10_000);

  const firsts = link.bob.heard.map(({ message }) => message[0]);
  expect(firsts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(link.ann.machine.queuedBytes(BULK_CHANNEL)).toBe(0);
});

test("however windows have grown, a paused channel leaves room for the others", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const link = new Link({ seed, delayMs: 20 });
    const random = seededRandom(seed);
    const context = `seed ${seed}`;
    flood(link, 200 + 300 * random());
    link.bob.machine.setPaused(BULK_CHANNEL, true);
    flood(link, link.now + 200);
    const before = heardOn(link.bob, BULK_CHANNEL);

    let words = 0;
    for (let i = 0; i < 30; i++) {
      // A part of a message may wait on each of the others.
      for (const channel of [0, CHAT_CHANNEL]) {
        const size = Math.floor(MESSAGE_BYTES_MAX * random());
        if (link.ann.machine.send(channel, new Uint8Array(size))) words += 1;
      }
      flood(link, link.now + 150);
    }

    expect(words, context).toBe(60);
    expect(heardOn(link.bob, 0) + heardOn(link.bob, CHAT_CHANNEL), context).toBe(60);
    expect(heardOn(link.bob, BULK_CHANNEL), context).toBe(before);
    expect(link.bob.violations, context).toBe(0);
  }
});

test("bulk that is taken slowly never keeps a word waiting for the window", () => {
  const link = new Link({ seed: 3, delayMs: 20 });
  flood(link, 500);

  for (let i = 0; i < 40; i++) {
    // As a user whose disk is slow.
    link.bob.machine.setPaused(BULK_CHANNEL, i % 5 !== 0);
    const before = heardOn(link.bob, CHAT_CHANNEL);
    link.ann.machine.send(CHAT_CHANNEL, Uint8Array.of(i));
    flood(link, link.now + 100);
    expect(heardOn(link.bob, CHAT_CHANNEL)).toBe(before + 1);
  }
});

test("where round trips are long, a window grows to its largest and no further", () => {
  const link = new Link({ seed: 1, delayMs: 50 });
  const limits = limitsOf(link, link.bob);

  flood(link, 4000);

  const ahead = limits.get(BULK_CHANNEL) ?? [];
  expect(Math.max(...ahead)).toBeGreaterThan(CHANNEL_WINDOW_BYTES_MAX / 2);
  expect(Math.max(...ahead)).toBeLessThan(CHANNEL_WINDOW_BYTES_MAX + MESSAGE_BYTES_MAX);
  expect(link.bob.violations).toBe(0);
});

test("where round trips are short, a window stays as it is", () => {
  const link = new Link({ seed: 1, delayMs: 0.2 });
  const limits = limitsOf(link, link.bob);

  flood(link, 40);

  expect(heardOn(link.bob, BULK_CHANNEL)).toBeGreaterThan(50);
  const ahead = limits.get(BULK_CHANNEL) ?? [];
  expect(Math.max(...ahead)).toBeLessThan(CHANNEL_WINDOW_BYTES + MESSAGE_BYTES_MAX);
});

test("windows that are lost are told again", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const link = new Link({ seed });
    const random = seededRandom(seed);
    link.drops = (from, _, frames) => {
      return from === link.bob && frames.some(({ kind }) => kind === "window") && random() < 0.7;
    };
    const count = 40;
    let sent = 0;
    for (let i = 0; i < 1000 && sent < count; i++) {
      while (sent < count && link.ann.machine.send(BULK_CHANNEL, new Uint8Array(66_000))) sent += 1;
      link.run(link.now + 100);
    }
    link.run(link.now + 20_000);

    expect(heardOn(link.bob, BULK_CHANNEL), `seed ${seed}`).toBe(count);
  }
});

test("a window whose packet is lost goes along with the first probe", () => {
  const link = new Link({ seed: 1 });
  let first = Infinity;
  const told: number[] = [];
  link.drops = (from, _, frames) => {
    if (from !== link.bob || !frames.some(({ kind }) => kind === "window")) return false;
    first = Math.min(first, link.now);
    told.push(link.now);
    return link.now === first;
  };
  link.ann.machine.seedRtt(40);
  link.bob.machine.seedRtt(40);
  for (let i = 0; i < 1; i++) link.ann.machine.send(BULK_CHANNEL, new Uint8Array(66_000));

  link.run(10_000);

  const probeTimeoutMs = 40 + 4 * 20 + 25;
  expect(told.find((at) => at > first)).toBeCloseTo(first + probeTimeoutMs, 5);
});

test.each<[string, Omit<LinkOptions, "seed">]>([
  ["is clean", {}],
  ["loses and reorders", { loss: 0.05, jitterMs: 10 }],
])("nobody sends beyond a window where the path %s and users pause", (_, path) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const link = new Link({ ...path, seed });
    const random = seededRandom(seed);
    let queued = 0;
    for (let i = 0; i < 60; i++) {
      for (let channel = 0; channel < CHANNELS_MAX; channel++) {
        const message = new Uint8Array(Math.floor(MESSAGE_BYTES_MAX * random()));
        while (random() < 0.8 && link.ann.machine.send(channel, message)) queued += 1;
        link.bob.machine.setPaused(channel, random() < 0.5);
      }
      link.bob.take();
      link.run(link.now + 200 * random());
    }
    for (let channel = 0; channel < CHANNELS_MAX; channel++) {
      link.bob.machine.setPaused(channel, false);
    }
    link.bob.take();
    link.run(link.now + 300_000);

    expect(link.bob.heard.length, `seed ${seed}`).toBe(queued);
    expect(link.bob.violations, `seed ${seed}`).toBe(0);
  }
});

/** Keeps bulk full of messages until then. */
function flood(link: Link, untilMs: number): void {
  while (link.now < untilMs) {
    while (link.ann.machine.send(BULK_CHANNEL, new Uint8Array(50_000)));
    link.run(Math.min(untilMs, link.now + 10));
  }
}

function heardOn(end: End, channel: number): number {
  return end.heard.filter((heard) => heard.channel === channel).length;
}

/**
 * How far ahead of what was heard each limit is that this side tells, by scope. A part of a message
 * counts as taken before it is heard.
 */
function limitsOf(link: Link, end: End): Map<number, number[]> {
  const limits = new Map<number, number[]>();
  link.drops = (from, _, frames: readonly Frame[]) => {
    for (const frame of frames) {
      if (from !== end || frame.kind !== "window") continue;
      const taken = end.heard
        .filter(({ channel }) => channel === frame.scope)
        .reduce((sum, { message }) => sum + 4 + message.length, 0);
      limits.set(frame.scope, [...(limits.get(frame.scope) ?? []), frame.limit - taken]);
    }
    return false;
  };
  return limits;
}
