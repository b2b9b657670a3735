import type { KeyboardEvent } from "react";

/** Up and down go from one to the next of these in a list, Home and End to its ends. */
export function moveFocus(event: KeyboardEvent<HTMLElement>, selector: string): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  const at = all.findIndex((one) => one === document.activeElement);
  if (at < 0) return;
  const next = nextOf(event.key, at, all.length);
  if (next === undefined) return;
  event.preventDefault();
  // One of them is on the way of the Tab key, and the others are reached from there.
  for (const [i, one] of all.entries()) one.tabIndex = i === next ? 0 : -1;
  all[next]?.focus();
}

function nextOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return Math.min(count - 1, at + 1);
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
