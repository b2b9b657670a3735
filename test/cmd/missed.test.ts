import { expect, test } from "bun:test";
import { Missed } from "../../cmd/missed.ts";
import { BOB, message } from "../contract/events.ts";

/** What is taken out in the end, and how often something was marked as shown until then. */
function missing() {
  const missed = new Missed();
  let marked = 0;
  const shown = { one: () => void (marked += 1), oneWithLineFeed: () => false };
  const hear = (text: string): void => {
    missed.add(message(BOB, "#lobby", text));
    missed.onShown(shown);
  };
  const taken = (): string[] => {
    const queue = missed.take();
    const all: string[] = [];
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      if (item.kind === "shown") all.push("shown");
      else if ("text" in item.event) all.push(item.event.text);
    }
    return all;
  };
  return { hear, taken, marked: () => marked };
}

test("who comes first is told all in its order, once", () => {
  const { hear, taken, marked } = missing();

  hear("one");
  hear("two");

  expect(taken()).toEqual(["one", "shown", "two", "shown"]);
  expect(taken()).toEqual([]);
  expect(marked()).toBe(0);
});

test("of more than can be held the last is kept, and the first no longer waits to be shown", () => {
  const { hear, taken, marked } = missing();
  const long = "x".repeat(60_000);

  for (let i = 0; i < 1000; i++) hear(`${i} ${long}`);
  const kept = taken();

  expect(kept.at(-2)).toBe(`999 ${long}`);
  expect(kept.filter((one) => one === "shown").length).toBe(1000 - marked());
  expect(marked()).toBeGreaterThan(800);
  expect(marked()).toBeLessThan(1000);
});
