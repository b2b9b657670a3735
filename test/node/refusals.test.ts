import { expect, test } from "bun:test";
import { REFUSED_MAX, Refusals } from "../../lib/node/refusals.ts";
import { cardOf, START } from "../rendezvous/people.ts";

const CAROL = cardOf(1).peerId;
const DAVE = cardOf(2).peerId;
const BOB = cardOf(3).peerId;

test("a carrier that does not reach somebody is asked again after 1 s, 2 s, and so to 60", () => {
  const refusals = new Refusals();
  const gaps: number[] = [];
  let now = START;

  for (let i = 0; i < 8; i++) {
    const untilMs = refusals.add(now, CAROL, BOB, "not-there");
    gaps.push(untilMs - now);
    expect(refusals.has(untilMs - 1, CAROL, BOB)).toBe(true);
    expect(refusals.has(untilMs, CAROL, BOB)).toBe(false);
    now = untilMs;
  }

  expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(refusals.has(START, DAVE, BOB)).toBe(false);
});

test("several answers to what was asked at one time are one", () => {
  const refusals = new Refusals();

  for (let i = 0; i < 10; i++) refusals.add(START + i, CAROL, BOB, "not-there");

  expect(refusals.has(START + 1_000, CAROL, BOB)).toBe(false);
});

test("who carries never is not asked for anybody while the session lasts", () => {
  const refusals = new Refusals();

  expect(refusals.add(START, CAROL, BOB, "never")).toBe(Infinity);
  expect(refusals.has(START + 3_600_000, CAROL, DAVE)).toBe(true);
  refusals.forget(CAROL);
  expect(refusals.has(START, CAROL, DAVE)).toBe(false);
});

test("of one carrier so many refusals are kept, the latest", () => {
  const refusals = new Refusals();

  for (let i = 0; i <= REFUSED_MAX; i++) refusals.add(START, CAROL, cardOf(i).peerId, "not-there");

  expect(refusals.has(START, CAROL, cardOf(0).peerId)).toBe(false);
  expect(refusals.has(START, CAROL, cardOf(1).peerId)).toBe(true);
  expect(refusals.has(START, CAROL, cardOf(REFUSED_MAX).peerId)).toBe(true);
});
