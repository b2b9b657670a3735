import { expect, test } from "bun:test";
import { Greeting } from "../../lib/node/greeting.ts";
import { at } from "./net.ts";

type Outcome = Parameters<Greeting["restart"]>[1];

/** How long after each of these outcomes the next hello is due, with the highest chance. */
function waits(...outcomes: Outcome[]): number[] {
  const random = (length: number) => new Uint8Array(length).fill(255);
  const server = { name: "srv", address: at("198.51.100.9"), noiseKey: undefined };
  const greeting = new Greeting(0, random, server);
  return outcomes.map((outcome) => {
    greeting.pause();
    greeting.restart(0, outcome);
    return Math.round(greeting.pollTimeout());
  });
}

test("a server that challenges and does not answer is asked ever later, up to 16 s", () => {
  const rounds = waits(...Array.from({ length: 6 }, () => "unanswered" as const));

  expect(rounds).toEqual([1992, 3984, 7969, 15_938, 15_938, 15_938]);
});

test("a server that was lost is asked within 2 s, however often", () => {
  expect(waits("unanswered", "unanswered", "lost", "lost", "unanswered")).toEqual([
    1992, 3984, 1992, 1992, 1992,
  ]);
});

test("a server that refuses is asked ever later, up to a minute", () => {
  const rounds = waits(...Array.from({ length: 7 }, () => "refused" as const));

  expect(rounds).toEqual([3203, 6406, 12_813, 25_625, 48_047, 48_047, 48_047]);
  expect(waits("refused", "refused", "lost", "refused")).toEqual([3203, 6406, 1992, 3203]);
});
