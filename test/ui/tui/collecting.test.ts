import { expect, test } from "bun:test";
import { CHANGES_MAX, Collecting, STEPS_MAX } from "../../../lib/ui/tui/collecting.ts";

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

test("garbage is collected after so many steps of what is done when nothing happens", () => {
  const { collecting, times } = counted();
  for (let i = 1; i < STEPS_MAX; i++) collecting.onTended(true);
  expect(times()).toBe(0);

  collecting.onTended(true);
  expect(times()).toBe(1);
  for (let i = 1; i < STEPS_MAX; i++) collecting.onTended(true);
  expect(times()).toBe(1);
});

test("when several steps are over it is collected, and after a lone one only now and then", () => {
  const { collecting, times } = counted();
  collecting.onTended(true);
  collecting.onTended(false);
  expect(times()).toBe(1);

  for (let i = 1; i < STEPS_MAX; i++) collecting.onTended(false);
  expect(times()).toBe(1);
  collecting.onTended(false);
  expect(times()).toBe(2);
});
