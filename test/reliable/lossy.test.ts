import { expect, test } from "bun:test";
import { MESSAGE_BYTES_MAX } from "../../lib/wire/limits.ts";
import { type ChannelMessage, type End, Link, type LinkOptions, seededRandom } from "./link.ts";

const SEEDS = 8;
const CHANNELS = [0, 1, 3] as const;

/** Nothing that a path does to packets may take longer to repair than this. */
const REPAIRED_MS = 300_000;

const paths: readonly (readonly [name: string, path: Omit<LinkOptions, "seed">])[] = [
  ["is clean", {}],
  ["is slow and reorders", { delayMs: 300, jitterMs: 200 }],
  ["duplicates", { duplication: 0.5, jitterMs: 30 }],
  ["loses 2 %", { loss: 0.02 }],
  ["loses 20 % and reorders", { loss: 0.2, jitterMs: 30, duplication: 0.1 }],
  ["loses 50 %", { loss: 0.5 }],
  ["loses 50 %, reorders and is fast", { loss: 0.5, delayMs: 0.2, jitterMs: 1 }],
];

test.each(paths)("every message arrives once and in order where the path %s", (_name, path) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const link = new Link({ ...path, seed });
    const fromAnn = talk(link, link.ann, seededRandom(seed));
    const fromBob = talk(link, link.bob, seededRandom(-seed));

    link.run(REPAIRED_MS);

    const context = `seed ${seed}`;
    expect(summaryOf(link.bob.heard), context).toEqual(summaryOf(fromAnn));
    expect(summaryOf(link.ann.heard), context).toEqual(summaryOf(fromBob));
    for (const end of [link.ann, link.bob]) {
      expect(end.violations, context).toBe(0);
      expect(end.machine.unacknowledgedSince, context).toBe(Infinity);
      expect(end.machine.pollTimeout(), context).toBe(Infinity);
    }
  }
});

test("a word is not held up by large messages on a lower priority", () => {
  const link = new Link({ seed: 1, delayMs: 20 });
  for (let i = 0; i < 10; i++) link.ann.machine.send(3, new Uint8Array(MESSAGE_BYTES_MAX));
  link.run(30);

  link.ann.machine.send(0, Uint8Array.of(1));
  link.run(70);

  expect(link.bob.heard.map(({ channel }) => channel)).toContain(0);
  expect(link.bob.heard.length).toBeLessThan(5);
});

test("each packet of a large message may be lost once, and it is whole within a second", () => {
  for (let lost = 0; lost < 58; lost++) {
    const link = new Link({ seed: 1, delayMs: 10 });
    link.drops = (from, number) => from === link.ann && number === lost;
    link.ann.machine.seedRtt(20);
    const message = patterned(MESSAGE_BYTES_MAX, lost);
    link.ann.machine.send(1, message);

    link.run(1000);

    expect(summaryOf(link.bob.heard), `packet ${lost} lost`).toEqual(
      summaryOf([{ channel: 1, message }]),
    );
    expect(link.ann.machine.pollTimeout()).toBe(Infinity);
  }
});

test("after a dead minute the next probe brings everything back", () => {
  const link = new Link({ seed: 1, delayMs: 20 });
  link.drops = () => link.now < 60_000;
  link.ann.machine.seedRtt(40);
  for (let i = 0; i < 6; i++) {
    link.ann.machine.send(1, Uint8Array.of(i));
    link.run(link.now + 10_000);
  }
  expect(link.bob.heard).toHaveLength(0);

  link.run(62_100);

  expect(link.bob.heard.map(({ message }) => message[0])).toEqual([0, 1, 2, 3, 4, 5]);
});

/** Queues messages of all sizes on several channels, some at once and some as time passes. */
function talk(link: Link, end: End, random: () => number): ChannelMessage[] {
  const queued: ChannelMessage[] = [];
  for (let i = 0; i < 60; i++) {
    const size = i % 20 === 7 ? MESSAGE_BYTES_MAX : Math.floor(200 * random() ** 3);
    const channel = CHANNELS[Math.floor(CHANNELS.length * random())] ?? 0;
    const message = patterned(size, i);
    if (end.machine.send(channel, message)) queued.push({ channel, message });
    if (random() < 0.3) link.run(link.now + 20 * random());
  }
  return queued;
}

function patterned(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = seed + i + (i >> 8);
  return bytes;
}

/** Per channel, what messages are known by: length and checksum. */
function summaryOf(messages: readonly ChannelMessage[]): string[] {
  return CHANNELS.map((channel) =>
    messages
      .filter((heard) => heard.channel === channel)
      .map(({ message }) => `${message.length}:${Bun.hash.crc32(message)}`)
      .join(" "),
  );
}
