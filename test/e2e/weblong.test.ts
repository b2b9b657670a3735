/** A message of very many lines in the page: folded, unfolded, and found in. */
import { expect } from "bun:test";
import { browserTest } from "../support/browser.ts";
import { startPage } from "./pages.ts";
import { Rig } from "./rig.ts";
import { violationsIn } from "./web/axe.ts";
import { Walk } from "./web/walk.ts";

/** As many as a message has place for. */
const LINES = 10_000;

/** Where the long message begins, in px from where the list does. */
const TOP = `Math.round(document.querySelector(".unfold").closest(".message")
  .getBoundingClientRect().top - document.querySelector(".list").getBoundingClientRect().top)`;

/** The button that has the focus is seen. */
const IS_SEEN = `(() => {
  const { top, bottom } = document.activeElement.getBoundingClientRect();
  const list = document.querySelector(".list").getBoundingClientRect();
  return document.activeElement.matches(".unfold") && top >= list.top && bottom <= list.bottom;
})()`;

/** What was searched for is marked, and is seen. */
const IS_FOUND = `(() => {
  const [range] = CSS.highlights.get("found") ?? [];
  const { top, bottom } = range?.getBoundingClientRect() ?? {};
  const list = document.querySelector(".list").getBoundingClientRect();
  return range?.toString() === "needle" && top >= list.top && bottom <= list.bottom;
})()`;

browserTest("a message of 10 000 lines is shown as far as somebody wants it", 90_000, async () => {
  await using rig = await Rig.start();
  const alice = await startPage(rig, "alice");
  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await using walk = await Walk.begin();
  const { browser } = walk;
  await browser.go(alice.url);
  const text = `first${"\n.".repeat(LINES - 2)}\nneedle`;
  bob.send({ type: "send", to: "#lobby", text });
  bob.send({ type: "send", to: "#lobby", text: "after it" });
  await browser.shows("after it");
  await browser.until(`document.querySelector(".unfold").innerText === "Show all 10,000 lines"`);
  expect(await browser.evaluate(`document.querySelector(".list").scrollHeight`)).toBeLessThan(1500);

  // By keys: what one looks at stays where it is.
  await browser.evaluate(`document.querySelector(".unfold").focus()`);
  const top = await browser.evaluate(TOP);
  await browser.press("Enter");
  await browser.until(`document.querySelector(".unfold[aria-expanded=true]")`);
  await browser.until(`document.querySelector(".list").scrollHeight > ${LINES * 20}`);
  expect(await browser.evaluate(TOP)).toBe(top);
  await browser.until(IS_SEEN);
  expect(await violationsIn(browser, "all")).toEqual([]);

  // From far down in it one is at its beginning again.
  await browser.evaluate(`document.querySelector(".list").scrollTop = 100_000`);
  await browser.until(`${TOP} < -90_000`);
  await browser.press("Enter");
  await browser.until(`document.querySelector(".unfold[aria-expanded=false]")`);
  await browser.until(`${TOP} >= 0 && ${TOP} < 100`);
  await browser.until(IS_SEEN);

  // What is folded away is found.
  await walk.press(".talk-head button", "Search");
  await browser.until(`document.activeElement.matches("[type=search]")`);
  await browser.type("needle");
  await walk.press(".found", "needle");
  await browser.until(IS_FOUND);
  expect(browser.troubles).toEqual([]);
});
