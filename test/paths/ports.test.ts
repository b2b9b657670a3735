import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  freshPorts,
  nextPorts,
  pairPort,
  PORT_MAX,
  PORT_MIN,
  shuffledPorts,
} from "../../lib/paths/ports.ts";
import { seeded } from "../crypto/seeded.ts";

test("all ports of a range come, each once", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(300), fc.nat(1e6), (low, span, seed) => {
      const ports = [...shuffledPorts(seeded(seed), low, low + span)];

      expect(ports.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: span + 1 }, (_, i) => low + i),
      );
    }),
  );
});

test("every port is as likely as any other to come early", () => {
  const counts = new Map<number, number>();
  const random = seeded(1);
  for (let round = 0; round < 3000; round++) {
    const ports = shuffledPorts(random, 1, 30);
    for (let i = 0; i < 10; i++) {
      const port = ports.next().value ?? 0;
      counts.set(port, (counts.get(port) ?? 0) + 1);
    }
  }

  // Each is expected 1000 times, with a deviation of 26.
  expect(Math.min(...counts.values())).toBeGreaterThan(870);
  expect(Math.max(...counts.values())).toBeLessThan(1130);
});

test("the first thousand of all ports do not cost the memory of all", () => {
  const ports = shuffledPorts(seeded(2), PORT_MIN, PORT_MAX);
  const drawn = Array.from({ length: 2048 }, () => ports.next().value);

  expect(new Set(drawn).size).toBe(2048);
  expect(drawn.every((port) => port !== undefined && port >= PORT_MIN)).toBe(true);
});

test("next ports go up or down in steps, and around the end", () => {
  expect(nextPorts(20_000, 1, 3)).toEqual([20_001, 20_002, 20_003]);
  expect(nextPorts(20_000, -2, 3)).toEqual([19_998, 19_996, 19_994]);
  expect(nextPorts(PORT_MAX - 1, 1, 3)).toEqual([PORT_MAX, PORT_MIN, PORT_MIN + 1]);
  expect(nextPorts(PORT_MIN, -1, 2)).toEqual([PORT_MAX, PORT_MAX - 1]);
});

test("both who have a token come to two ports a round, that hardly anybody uses", () => {
  const [token, other] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
  const rounds = Array.from({ length: 1_000 }, (_, round) => round);

  const ports = rounds.map((round) => freshPorts(token, round));

  expect(rounds.map((round) => freshPorts(token.slice(), round))).toEqual(ports);
  const all = ports.flatMap(({ lower, higher }) => [lower, higher]);
  expect(Math.min(...all)).toBeGreaterThanOrEqual(49_152);
  expect(Math.max(...all)).toBeLessThanOrEqual(65_535);
  expect(new Set(all).size).toBeGreaterThan(1_850);
  expect(freshPorts(other, 1)).not.toEqual(freshPorts(token, 1));
});

test("two come to one port by their keys alone, whichever has which", () => {
  const keys = Array.from({ length: 300 }, (_, i) => new Uint8Array(32).fill(i % 256, i % 32));
  const ports = keys.slice(1).map((key, i) => pairPort(key, keys[i] ?? key, i));

  expect(keys.slice(1).map((key, i) => pairPort(keys[i] ?? key, key, i))).toEqual(ports);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(49_152);
  expect(Math.max(...ports)).toBeLessThanOrEqual(65_535);
  expect(new Set(ports).size).toBeGreaterThan(250);
});
