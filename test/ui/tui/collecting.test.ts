import { expect, test } from "bun:test";
import { CHANGES_MAX, Collecting } from "../../../lib/ui/tui/collecting.ts";

function counted() {
  let times = 0;
  const collecting = new Collecting(() => (times += 1));
  const change = (count: number): void => {
    for (let i = 0; i < count; i++) collecting.onChange();
  };
  return { collecting, change, times: () => times };
}

test("garbage is collected after so many changes, when they have been drawn", () => {
  const { collecting, change, times } = counted();
  change(CHANGES_MAX - 1);
  collecting.onDrawn();
  expect(times()).toBe(0);

  change(1);
  expect(times()).toBe(0);
  collecting.onDrawn();
  expect(times()).toBe(1);
});

test("however much has changed at once, it is collected once, and not again before as much", () => {
  const { collecting, change, times } = counted();
  change(3 * CHANGES_MAX);
  collecting.onDrawn();
  collecting.onDrawn();
  expect(times()).toBe(1);

  change(CHANGES_MAX - 1);
  collecting.onDrawn();
  expect(times()).toBe(1);
  change(1);
  collecting.onDrawn();
  expect(times()).toBe(2);
});
