import { expect, test } from "bun:test";
import {
  CHANGES_MAX,
  Collecting,
  STEPS_MAX,
  YOUNG_CHANGES_MAX,
  YOUNG_STEPS_MAX,
} from "../../../lib/ui/tui/collecting.ts";

function counted() {
  const times = { young: 0, all: 0 };
  const collecting = new Collecting({
    young: () => (times.young += 1),
    all: () => (times.all += 1),
  });
  const change = (count: number): void => {
    for (let i = 0; i < count; i++) collecting.onChange();
  };
  const tend = (count: number, isMore: boolean): void => {
    for (let i = 0; i < count; i++) collecting.onTended(isMore);
  };
  return { collecting, change, tend, times };
}

test("all garbage is collected after so many changes, when they have been drawn", () => {
  const { collecting, change, times } = counted();
  change(CHANGES_MAX - 2);
  collecting.onDrawn();
  expect(times.all).toBe(0);

  change(1);
  expect(times.all).toBe(0);
  collecting.onDrawn();
  expect(times.all).toBe(1);
});

test("so many pictures are as good as changes", () => {
  const { collecting, times } = counted();
  for (let i = 1; i < CHANGES_MAX; i++) collecting.onDrawn();
  expect(times.all).toBe(0);

  collecting.onDrawn();
  expect(times.all).toBe(1);
});

test("what is young is collected after fewer, and not beside all", () => {
  const { collecting, change, times } = counted();
  change(YOUNG_CHANGES_MAX - 2);
  collecting.onDrawn();
  expect(times.young).toBe(0);

  collecting.onDrawn();
  collecting.onDrawn();
  expect(times).toEqual({ young: 1, all: 0 });
  change(CHANGES_MAX - YOUNG_CHANGES_MAX);
  collecting.onDrawn();
  expect(times).toEqual({ young: 1, all: 1 });
});

test("however much has changed at once, it is collected once, and not again before as much", () => {
  const { collecting, change, times } = counted();
  change(3 * CHANGES_MAX);
  collecting.onDrawn();
  collecting.onDrawn();
  expect(times.all).toBe(1);

  change(CHANGES_MAX - 3);
  collecting.onDrawn();
  expect(times.all).toBe(1);
  collecting.onDrawn();
  expect(times.all).toBe(2);
});

test("garbage is collected after so many steps of what is done when nothing happens", () => {
  const { tend, times } = counted();
  tend(STEPS_MAX - 1, true);
  expect(times).toEqual({ young: Math.ceil(STEPS_MAX / YOUNG_STEPS_MAX) - 1, all: 0 });

  tend(1, true);
  expect(times.all).toBe(1);
  tend(STEPS_MAX - 1, true);
  expect(times.all).toBe(1);
});

test("when several steps are over it is collected, and after a lone one only now and then", () => {
  const { tend, times } = counted();
  tend(1, true);
  tend(1, false);
  expect(times.all).toBe(1);

  tend(STEPS_MAX - 1, false);
  expect(times.all).toBe(1);
  tend(1, false);
  expect(times.all).toBe(2);
});
