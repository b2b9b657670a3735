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
