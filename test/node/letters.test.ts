import { expect, test } from "bun:test";
import { Letters } from "../../lib/node/letters.ts";

const target = { kind: "person", name: "dave", prefix: "" } as const;
const letter = { req: "1", target, words: { text: "hello" } } as const;

test("a server that goes and comes does not put off the answer for ever", () => {
  const letters = new Letters();
  letters.add(0, letter);

  for (let now = 2_500; now < 60_000; now += 2_500) letters.onServer(now);

  expect(letters.takeExpired(14_999)).toEqual([]);
  expect(letters.takeExpired(15_000)).toEqual([letter]);
});
