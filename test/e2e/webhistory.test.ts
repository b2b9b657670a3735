/** All that was said in a room, scrolled through in the page from its end to its beginning. */
import { expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { seenRows, wheelBack } from "../support/framewatch.ts";
import { matches } from "../support/program.ts";
import { startPage } from "./pages.ts";
import { Rig } from "./rig.ts";

/** More than a page holds at once. */
const SAID = 2400;

/** A high window makes it fewer steps. */
const HEIGHT_PX = 1600;

/** Less than one sees at once, so that nothing is passed over. */
const STEP_PX = 1200;
const SPEED = 20_000;

/** More steps than it takes, of a list that never comes to its beginning. */
const STEPS_MAX = 200;

/** When it stands still, and what has come is drawn. */
const STILL = `new Promise((resolve) => {
  let before;
  let still = 0;
  const look = () => {
    const { scrollTop } = document.querySelector(".list");
    still = scrollTop === before ? still + 1 : 0;
    before = scrollTop;
    if (still < 3) requestAnimationFrame(look);
    else resolve();
  };
  look();
})`;

browserTest("scrolled back, the page shows each message once and no gap", 120_000, async () => {
  await using rig = await Rig.start();
  const alice = await startPage(rig, "alice");
  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  for (let i = 1; i <= SAID; i++) {
    // Some are higher than others, and than anybody would guess.
    const text = `message ${i}${i % 7 === 0 ? "\nand more".repeat(i % 5) : ""}`;
    bob.send({ req: `${i}`, type: "send", to: "#lobby", text });
  }
  await using browser = await Browser.open({ height: HEIGHT_PX });
  await browser.go(alice.url);
  await browser.shows(`message ${SAID}`);
  // So that all of it comes from the disk.
  await browser.reload();
  await browser.shows(`message ${SAID}`);

  const first = await bob.line({ type: "status", state: "queued", req: "1" });
  const found = new Set<string>();
  for (let step = 0; !found.has(String(first["id"])); step++) {
    expect(step).toBeLessThan(STEPS_MAX);
    if (step > 0) await wheelBack(browser, STEP_PX, SPEED);
    await browser.evaluate(STILL);
    const { keys, hasGap } = await seenRows(browser);
    expect(hasGap).toBe(false);
    for (const key of keys.toReversed()) found.add(key);
  }
  const said = bob.lines.filter((line) => matches(line, { type: "status", state: "queued" }));
  const ids = said.map((line) => String(line["id"]));
  expect(ids).toHaveLength(SAID);
  expect([...found].filter((key) => ids.includes(key)).toReversed()).toEqual(ids);
});

browserTest("whoever is at the end is there in a window of any size", 120_000, async () => {
  await using rig = await Rig.start();
  const alice = await startPage(rig, "alice");
  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await using browser = await Browser.open({ width: 900, height: 600 });
  await browser.go(alice.url);
  for (let i = 1; i <= 30; i++) {
    bob.send({ type: "send", to: "#lobby", text: `${i}: ${"some words ".repeat(i)}` });
  }
  await browser.shows("30: some words");
  const look = async (): Promise<void> => {
    await browser.evaluate(STILL);
    expect(await browser.evaluate(WHAT_IS_LAST)).toMatch(/^30: /);
    expect(await browser.evaluate(`document.querySelector(".to-end")?.innerText`)).toBeUndefined();
  };
  for (const [width, height] of [
    [1280, 500],
    [900, 1200],
    [390, 844],
  ] as const) {
    await browser.resize(width, height);
    await browser.until(`innerWidth === ${width} && innerHeight === ${height}`);
    await look();
  }
  // In a narrow one the list of rooms takes the place of what was said.
  await browser.click(".back");
  await browser.click(".room-row");
  await look();
  await wheelBack(browser, 300, SPEED);
  await browser.until(`document.querySelector(".to-end")`);
  await browser.resize(1280, 1200);
  await browser.until("innerWidth === 1280 && innerHeight === 1200");
  await look();
});

/** What is said where the list ends that one sees. */
const WHAT_IS_LAST = `(() => {
  const { left, bottom } = document.querySelector(".list").getBoundingClientRect();
  const row = document.elementFromPoint(left + 80, bottom - 12);
  return row?.closest(".message")?.querySelector(".said").innerText;
})()`;
