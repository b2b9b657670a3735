import { expect, test } from "bun:test";
import { HURRY_MS, Rounds, SOUGHT_MAX } from "../../lib/rendezvous/rounds.ts";
import { cardOf, START } from "./people.ts";

const BOB = cardOf(1).peerId;

/** When the peer was asked for, in ms from the start, and in which round. */
function asked(rounds: Rounds, untilMs: number): [atMs: number, round: number][] {
  const times: [number, number][] = [];
  for (let now = rounds.pollTimeout(); now <= START + untilMs; now = rounds.pollTimeout()) {
    const due = rounds.pollDue(now);
    if (due !== undefined) times.push([now - START, due.round]);
  }
  return times;
}

test("who is sought is asked for on a ladder, and then ever more seldom", () => {
  const rounds = new Rounds();

  rounds.add(START + 100, BOB);

  expect(asked(rounds, 40_000)).toEqual([
    [100, 0],
    [600, 1],
    [1_600, 2],
    [3_600, 3],
    [7_600, 4],
    [17_600, 5],
    [37_600, 6],
  ]);
  rounds.delete(BOB);
  expect(rounds.pollTimeout()).toBe(Infinity);
});

test("somebody else to ask ends a long wait, and postpones none", () => {
  const rounds = new Rounds();
  rounds.add(START, BOB);
  asked(rounds, 17_500);
  const now = START + 20_000;

  rounds.hurry(now);
  rounds.hurry(now + 400);

  expect(rounds.pollTimeout()).toBe(now + HURRY_MS);
});

test("who has not been asked for at all is not before its time", () => {
  const rounds = new Rounds();
  rounds.add(START + 1_500, BOB);

  rounds.hurry(START);

  expect(rounds.pollTimeout()).toBe(START + 1_500);
});

test("one too many takes the place of who was sought first", () => {
  const rounds = new Rounds();

  for (let i = 0; i <= SOUGHT_MAX; i++) rounds.add(START + i, cardOf(i).peerId);

  const due = new Set();
  for (let one = rounds.pollDue(START + 10); one !== undefined; one = rounds.pollDue(START + 10)) {
    due.add(one.peerId);
  }
  expect(due.size).toBe(10);
  expect(due.has(cardOf(0).peerId)).toBe(false);
});
