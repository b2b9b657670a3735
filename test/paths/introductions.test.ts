import { expect, test } from "bun:test";
import { type PeerId, peerIdOf } from "../../lib/base/ids.ts";
import { Writer } from "../../lib/base/bytes.ts";
import { IntroductionBudget } from "../../lib/paths/introductions.ts";

test("one peer is called five times in a row, then six times a minute", () => {
  const budget = new IntroductionBudget();
  const times: number[] = [];

  for (let now = 0; now < 121_000; now += 100) if (budget.take(now, peer(1))) times.push(now);

  expect(times.slice(0, 6)).toEqual([0, 100, 200, 300, 400, 10_000]);
  expect(times.filter((at) => at > 400 && at <= 60_400)).toHaveLength(6);
  expect(times.filter((at) => at > 60_400 && at <= 120_400)).toHaveLength(6);
});

test("no minute has more than 128 introductions, whoever they are to", () => {
  const budget = new IntroductionBudget();
  const times: number[] = [];

  for (let i = 0; i < 30_000; i++) if (budget.take(i * 10, peer(i))) times.push(i * 10);

  expect(times.filter((at) => at < 10_000)).toHaveLength(128);
  for (const [i, at] of times.entries()) {
    const before = times[i - 128];
    if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(60_000);
  }
});

test("who was connected since may be called quickly again", () => {
  const budget = new IntroductionBudget();
  const take = () => Array.from({ length: 10 }, () => budget.take(0, peer(1))).filter(Boolean);
  const before = take();

  budget.onOpened(peer(1));

  expect(before).toEqual([1, 2, 3, 4, 5]);
  expect(take()).toEqual([1, 2, 3, 4, 5]);
});

test("inventing peers does not renew the budget of one", () => {
  const budget = new IntroductionBudget();
  let taken = 0;

  for (let i = 0; i < 20_000; i++) {
    if (budget.take(i, peer(1))) taken++;
    budget.take(i, peer(i + 2));
  }

  expect(taken).toBeLessThanOrEqual(7);
});

function peer(number: number): PeerId {
  return peerIdOf(new Writer(32).zeros(26).u48(number).finish());
}
