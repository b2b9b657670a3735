import * as v from "valibot";
import type { Browser } from "./browser.ts";

/** Longer between two frames, of which 60 make a second, and everybody sees it. */
const LATE_MS = 50;

/** As far as two rows that touch each other may seem to be apart, in px. */
const ROUNDED_PX = 2;

const lookShape = v.object({
  /** Of the rows that one can see, from the first on. */
  keys: v.array(v.string()),
  /** A part of what one looks at has no row. */
  hasGap: v.boolean(),
});

/** What one sees of a list of messages. */
export type RowsSeen = v.InferOutput<typeof lookShape>;

const watchedShape = v.object({
  frames: v.number(),
  /** The longest time between two, in ms. */
  longestMs: v.number(),
  /** How often it was more than 50 ms. */
  late: v.number(),
  /** Frames with a gap between what one looks at. */
  gaps: v.number(),
  /** Rows that one could see, each counted once. */
  rows: v.number(),
});

/** What a tab has drawn while it was watched. */
export type Watched = v.InferOutput<typeof watchedShape>;

const LOOK = `() => {
  const seen = document.querySelector(".list").getBoundingClientRect();
  const keys = [];
  let filledTo = seen.top;
  let hasGap = false;
  for (const row of document.querySelectorAll(".list-rows > li")) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom <= seen.top || top >= seen.bottom) continue;
    if (top - filledTo > ${ROUNDED_PX}) hasGap = true;
    filledTo = bottom;
    keys.push(row.dataset.key);
  }
  return { keys, hasGap: hasGap || seen.bottom - filledTo > ${ROUNDED_PX} };
}`;

/**
 * Looked at is the beginning of each frame, when the tab has scrolled and has not drawn for it:
 * what is missing then would be missing on the screen if it drew no faster.
 */
const WATCH = `(() => {
  const look = ${LOOK};
  const watched = { frames: 0, longestMs: 0, late: 0, gaps: 0, keys: new Set() };
  globalThis.watched = watched;
  let lastAtMs;
  const onFrame = (atMs) => {
    if (globalThis.watched !== watched) return;
    const passedMs = Math.round(atMs - (lastAtMs ?? atMs));
    lastAtMs = atMs;
    watched.frames += 1;
    watched.longestMs = Math.max(watched.longestMs, passedMs);
    if (passedMs > ${LATE_MS}) watched.late += 1;
    const { keys, hasGap } = look();
    if (hasGap) watched.gaps += 1;
    for (const key of keys) watched.keys.add(key);
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
})()`;

const TAKE = `(() => {
  const { keys, ...watched } = globalThis.watched;
  globalThis.watched = undefined;
  return { ...watched, rows: keys.size };
})()`;

/** What one sees of the list of messages now. */
export async function seenRows(browser: Browser): Promise<RowsSeen> {
  return v.parse(lookShape, await browser.evaluate(`(${LOOK})()`));
}

/** Watches each frame that a tab with a list of messages draws while this lasts. */
export async function watchFrames(
  browser: Browser,
  meanwhile: () => Promise<unknown>,
): Promise<Watched> {
  await browser.evaluate(WATCH);
  await meanwhile();
  return v.parse(watchedShape, await browser.evaluate(TAKE));
}

/** Turns the wheel over a list of messages, back by so many px, as fast as that in px a second. */
export async function wheelBack(browser: Browser, px: number, speed: number): Promise<void> {
  const middle = await browser.evaluate(`(() => {
    const { left, top, width, height } = document.querySelector(".list").getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  })()`);
  const place = v.parse(v.object({ x: v.number(), y: v.number() }), middle);
  const gesture = { ...place, yDistance: px, speed, gestureSourceType: "mouse" };
  await browser.devtools("Input.synthesizeScrollGesture", gesture);
}
