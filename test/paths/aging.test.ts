import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { Aging } from "../../lib/paths/aging.ts";
import { at } from "../node/net.ts";

const ROUND_TRIP_MS = 40;

/** A router's mappings, of which each lives so long; what the server tells of them. */
class Router {
  readonly aging = new Aging();
  readonly #lifeMs: () => number;
  #now = 0;
  #bornAtMs = 0;
  #lastsMs: number;
  #port = 0;
  asked = 0;
  /** How long each mapping was gone before it was noticed. */
  readonly delaysMs: number[] = [];

  constructor(lifeMs: () => number) {
    this.#lifeMs = lifeMs;
    this.#lastsMs = lifeMs();
    this.aging.onObserved(0, this.#address);
  }

  /** Besides what is asked, something is sent every `everyMs`. */
  run(untilMs: number, everyMs: number): void {
    let sendAtMs = this.#now + everyMs;
    while (this.#now < untilMs) {
      const dueAtMs = this.aging.pollTimeout();
      this.#now = Math.min(dueAtMs, sendAtMs);
      if (this.#now === sendAtMs) sendAtMs += everyMs;
      const asks = this.aging.handleTimeout(this.#now, true);
      if (asks) this.asked += 1;
      if (asks || this.#now + everyMs === sendAtMs) this.#send();
    }
  }

  get #address(): Address {
    return at(`203.0.113.1:${1000 + this.#port}`);
  }

  #send(): void {
    const goneAtMs = this.#bornAtMs + this.#lastsMs;
    if (this.#now < goneAtMs) return;
    this.delaysMs.push(this.#now - goneAtMs);
    this.#bornAtMs = this.#now;
    this.#lastsMs = this.#lifeMs();
    this.#port += 1;
    expect(this.aging.onObserved(this.#now + ROUND_TRIP_MS, this.#address)).toBe(true);
  }
}

test("mappings of 50 s are soon missed within a second, at a few questions each", () => {
  const router = new Router(() => 50_000);

  router.run(1_200_000, 23_000);

  const late = router.delaysMs.slice(10);
  expect(late.length).toBeGreaterThan(5);
  expect(Math.max(...late)).toBeLessThanOrEqual(1_000);
  expect(router.asked).toBeLessThanOrEqual(6 * router.delaysMs.length);
});

test("a router that keeps its mappings is never asked", () => {
  const router = new Router(() => Infinity);

  router.run(3_600_000, 23_000);

  expect(router.asked).toBe(0);
});

test("one that was restarted once is asked a few times, and then no more", () => {
  const lives = [40_000, Infinity];
  const router = new Router(() => lives.shift() ?? Infinity);

  router.run(600_000, 8_000);
  const { asked } = router;
  router.run(3_600_000, 8_000);

  expect(asked).toBeWithin(1, 12);
  expect(router.asked).toBe(asked);
});

test("lives that differ from one to the next never lead to more than a few questions each", () => {
  let i = 0;
  const router = new Router(() => 48_000 + ((i++ * 7_919) % 27_000));

  router.run(3_600_000, 23_000);

  expect(router.asked).toBeLessThanOrEqual(12 * router.delaysMs.length);
});

test("what was known is of no use in another network", () => {
  const aging = new Aging();
  aging.onObserved(0, at("203.0.113.1:1"));
  aging.onObserved(50_000, at("203.0.113.1:2"));
  expect(aging.pollTimeout()).toBe(75_000);

  aging.reset();

  expect(aging.pollTimeout()).toBe(Infinity);
  expect(aging.onObserved(60_000, at("203.0.113.1:3"))).toBe(false);
  expect(aging.pollTimeout()).toBe(Infinity);
});

test("an age at which paths failed twice is known, one that they failed at once is not", () => {
  const aging = new Aging();

  aging.onGone(50_000);
  expect(aging.goneMs).toBe(Infinity);
  aging.onGone(90_000);
  expect(aging.goneMs).toBe(Infinity);
  for (const short of [5_000, 5_000]) aging.onGone(short);
  expect(aging.goneMs).toBe(Infinity);
  aging.onGone(88_000);
  expect(aging.goneMs).toBe(88_000);
  aging.reset();
  expect(aging.goneMs).toBe(Infinity);
});

test("while the server is silent nothing is concluded from it", () => {
  const aging = new Aging();
  aging.onObserved(0, at("203.0.113.1:1"));
  aging.onObserved(50_000, at("203.0.113.1:2"));
  expect(aging.goneMs).toBe(50_000);

  expect(aging.handleTimeout(75_000, true)).toBe(true);
  expect(aging.handleTimeout(76_500, false)).toBe(false);
  expect(aging.goneMs).toBe(50_000);
  expect(aging.pollTimeout()).toBe(Infinity);
});
