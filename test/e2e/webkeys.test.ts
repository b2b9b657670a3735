/** The page by keys alone, each of which shows where the keys are. */
import { type Browser, browserTest } from "../support/browser.ts";
import { Home } from "./web/home.ts";
import { isAt, Keys } from "./web/keys.ts";
import { FIELD, messageSaying } from "./web/pagetab.ts";
import { converse, gather } from "./web/wholestory.ts";

browserTest("a whole conversation is held by keys alone", 180_000, async () => {
  await using home = await Home.start();
  const cast = await gather(home, (tab) => new Keys(tab));
  await converse(cast);
});

/** What is pressed in turn, and what has the keys then. */
type Steps = readonly (readonly [readonly [string, ...Bun.WebView.Modifier[]], string])[];

const JUMP = ["k", "Control"] as const;

const OVER_THE_PAGE: Steps = [
  [JUMP, "dialog input"],
  [JUMP, FIELD],
  [JUMP, "dialog input"],
  [["Escape"], FIELD],
  // The first place that there is to go to is where one is.
  [JUMP, "dialog input"],
  [["Enter"], FIELD],
  [["Tab"], "[aria-label=Emoji]"],
  [["Enter"], ".popover:popover-open .picker input"],
  [["Escape"], "[aria-label=Emoji]"],
  [["Enter"], ".popover:popover-open .picker input"],
  [["Tab"], ".popover:popover-open .picker button"],
  [["Enter"], FIELD],
  [["Backspace"], FIELD],
];

/** The secret of a room is asked for, and not given. */
const SECRETS: Steps = [
  [["Enter"], "dialog [type=password]"],
  [["Tab"], "dialog button"],
  [["Enter"], FIELD],
];

const BACK = ["Tab", "Shift"] as const;

/** From where one writes to the list of conversations, which takes its place. */
const TO_LIST: Steps = [
  [BACK, ".list"],
  [BACK, ".talk-head [aria-label=People]"],
  [BACK, ".talk-head [aria-label^=About]"],
  [BACK, ".talk-head [aria-label=Search]"],
  [BACK, ".talk-head .back"],
  [["Enter"], ".room-row[aria-current=true]"],
];

/** People and conversations come in the place of what is read. */
const NARROW: Steps = [
  [BACK, ".list"],
  [BACK, ".talk-head [aria-label=People]"],
  [["Enter"], ".aside h2"],
  [["Escape"], FIELD],
  ...TO_LIST,
  [["Escape"], FIELD],
];

/** Whether one is at hand is chosen by one's own name. */
const AWAY: Steps = [
  ...TO_LIST,
  [BACK, ".rooms-add button"],
  [BACK, ".jump-button"],
  [BACK, ".me-button"],
  [["Enter"], ".popover:popover-open .menu-row:first-child"],
  [["ArrowDown"], ".popover:popover-open .menu-row:nth-child(2)"],
  [["Enter"], ".me-button"],
];

browserTest("what is opened over the page gives the keys back", 60_000, async () => {
  await using home = await Home.start();
  const { browser } = await home.tab();
  await takeSteps(browser, OVER_THE_PAGE);
  for (const key of "/join --private #dev") await browser.press(key);
  await takeSteps(browser, SECRETS);
  await say(browser, "hello");
  await browser.resize(390, 844);
  await takeSteps(browser, NARROW);
  await takeSteps(browser, AWAY);
  await browser.until(`document.querySelector(".me-button").innerText.includes("Away")`);
});

async function say(browser: Browser, text: string): Promise<void> {
  for (const key of text) await browser.press(key);
  await browser.press("Enter");
  await browser.until(messageSaying(text));
}

async function takeSteps(browser: Browser, steps: Steps): Promise<void> {
  await browser.until(isAt(FIELD));
  for (const [[key, ...modifiers], selector] of steps) {
    await browser.press(key, ...modifiers);
    const isGone = selector.startsWith("dialog") ? "true" : `!document.querySelector("dialog")`;
    await browser.until(`${isAt(`${selector}:focus-visible`)} && ${isGone}`);
  }
}
