import { expect, test } from "bun:test";
import { type PeerId, peerIdOf } from "../../lib/base/ids.ts";
import { Writer } from "../../lib/base/bytes.ts";
import {
  type IntroducerKind,
  IntroductionBudget,
  FOLLOWED_SHARES,
} from "../../lib/paths/introductions.ts";

const KINDS: readonly IntroducerKind[] = ["server", "member", "lan"];
const MINUTE_MS = 60_000;

/** What no kind but those that the others need is left of 128. */
const ALONE: Readonly<Record<IntroducerKind, number>> = {
  server: 128 - FOLLOWED_SHARES.member - FOLLOWED_SHARES.lan,
  member: 128 - FOLLOWED_SHARES.server - FOLLOWED_SHARES.lan,
  lan: 128 - FOLLOWED_SHARES.server - FOLLOWED_SHARES.member,
};

test.each(KINDS)("one peer is called five times in a row, then six times a minute: %s", (by) => {
  const budget = new IntroductionBudget();
  const times: number[] = [];

  for (let now = 0; now < 3 * MINUTE_MS; now += 100) {
    if (budget.take(now, peer(1), by) > 0) times.push(now);
  }

  expect(times.slice(0, 5)).toEqual([0, 100, 200, 300, 400]);
  for (const [i, at] of times.slice(5, 8).entries()) {
    expect(at).toBeWithin(10_000 * (i + 1), 10_000 * (i + 1) + 200);
  }
  expect(times.filter((at) => at > 60_400 && at <= 120_400)).toHaveLength(6);
});

test("whoever introduces a peer, and however many, it is called eleven times in a minute", () => {
  for (const kinds of [KINDS, KINDS.toReversed(), KINDS.slice(0, 2), KINDS.slice(1)]) {
    const budget = new IntroductionBudget();
    const times: number[] = [];

    for (let now = 0; now < 10 * MINUTE_MS; now += 50) {
      for (const by of kinds) if (budget.take(now, peer(1), by) > 0) times.push(now);
    }

    expect(worstMinute(times)).toBeWithin(10, 11 + 1);
    expect(times.length).toBeWithin(50, 5 + kinds.length - 1 + 10 * 6 + 1);
  }
});

test("a peer that one kind has introduced too often is called at once where another does", () => {
  for (const liar of KINDS) {
    const budget = new IntroductionBudget();
    for (let now = 0; now < 5 * MINUTE_MS; now += 100) budget.take(now, peer(1), liar);

    const others = KINDS.filter((kind) => kind !== liar);

    for (const by of others) expect(budget.take(5 * MINUTE_MS, peer(1), by)).toBe(1);
    expect(budget.take(5 * MINUTE_MS, peer(1), liar)).toBe(0);
  }
});

test("members and neighbours leave a peer to the server while it introduces it", () => {
  const budget = new IntroductionBudget();
  const counts = { server: 0, member: 0, lan: 0 };

  for (let now = 0; now < 2 * MINUTE_MS; now += 500) {
    const isSteady = now % 15_000 === 4_000;
    if (now < 2_000 || isSteady) counts.server += budget.take(now, peer(1), "server") > 0 ? 1 : 0;
    for (const by of ["member", "lan"] as const) {
      if (budget.take(now, peer(1), by) > 0) counts[by] += 1;
    }
  }

  expect(counts).toEqual({ server: 4 + 8, member: 2, lan: 2 });
});

test("where there is no server any more, nobody is left to it", () => {
  const budget = new IntroductionBudget();
  budget.take(0, peer(1), "server");
  const byMembers = [100, 600, 1_100].map((now) => budget.take(now, peer(1), "member"));

  budget.onServerLost();
  const after = [1_600, 2_600, 4_600].map((now) => budget.take(now, peer(1), "member"));

  expect(byMembers).toEqual([1, 0, 0]);
  expect(after).toEqual([2, 3, 4]);
});

test("who introduces at the times of a server's ladder is followed each time", () => {
  const budget = new IntroductionBudget();
  const timesMs = [0, 500, 1_000, 2_000, 4_000, 14_000, 24_000, 34_000, 44_000];

  const followed = timesMs.map((now) => budget.take(now, peer(1), "server"));

  expect(followed).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test.each(KINDS)("no minute has more introductions than are no other's: %s", (by) => {
  const budget = new IntroductionBudget();
  const times: number[] = [];

  for (let i = 0; i < 30_000; i++) if (budget.take(i * 10, peer(i), by) > 0) times.push(i * 10);

  expect(times.filter((at) => at < 10_000)).toHaveLength(ALONE[by]);
  expect(worstMinute(times)).toBe(ALONE[by]);
});

test("no minute has more than 128 introductions by all, and each kind has its share", () => {
  for (const first of KINDS) {
    const budget = new IntroductionBudget();
    const times: number[] = [];
    const counts = { server: 0, member: 0, lan: 0 };
    const kinds = [first, ...KINDS.filter((kind) => kind !== first)];

    // Each round of them in which one comes before the others is like the one before.
    for (let i = 0; i < 5 * 6_000; i++) {
      for (const [place, by] of kinds.entries()) {
        if (budget.take(i * 10, peer(3 * i + place), by) === 0) continue;
        times.push(i * 10);
        if (i < 6_000) counts[by] += 1;
      }
    }

    expect(worstMinute(times)).toBe(128);
    for (const by of KINDS) expect(counts[by]).toBeGreaterThanOrEqual(FOLLOWED_SHARES[by]);
  }
});

test("who floods leaves the others their share, whenever they come", () => {
  for (const liar of KINDS) {
    const budget = new IntroductionBudget();
    for (let i = 0; i < 20_000; i++) budget.take(i * 10, peer(i), liar);
    const others = KINDS.filter((kind) => kind !== liar);

    for (const by of others) {
      const taken = Array.from({ length: FOLLOWED_SHARES[by] }, (_, i) => {
        return budget.take(200_000, peer(1_000_000 + i), by);
      });

      expect(taken.every((times) => times > 0)).toBe(true);
    }
  }
});

test("who is found on path after path is called quickly again, but not without end", () => {
  const budget = new IntroductionBudget();

  const followed = Array.from({ length: 8 }, () => {
    const taken = Array.from({ length: 10 }, () => budget.take(0, peer(1), "server"));
    budget.onPath(0, peer(1));
    return taken.filter((times) => times > 0);
  });

  expect(followed).toEqual([...Array.from({ length: 6 }, () => [1, 2, 3, 4, 5]), [1, 2], []]);
});

test("inventing peers does not renew the budget of one", () => {
  const budget = new IntroductionBudget();
  let taken = 0;

  for (let i = 0; i < 20_000; i++) {
    if (budget.take(i, peer(1), "server") > 0) taken++;
    budget.take(i, peer(i + 2), "server");
  }

  expect(taken).toBeLessThanOrEqual(7);
});

/** The most of them that are less than a minute apart. */
function worstMinute(timesMs: readonly number[]): number {
  const counts = timesMs.map((last, i) => {
    return timesMs.slice(0, i + 1).filter((at) => at > last - MINUTE_MS).length;
  });
  return Math.max(...counts);
}

function peer(number: number): PeerId {
  return peerIdOf(new Writer(32).zeros(26).u48(number).finish());
}
