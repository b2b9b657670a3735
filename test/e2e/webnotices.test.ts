/** What calls the person who looks elsewhere, where the browser was allowed to. */
import { expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { startPage } from "./pages.ts";
import { connected, Rig } from "./rig.ts";
import { FIELD, PageTab } from "./web/pagetab.ts";

/**
 * Stands in for what Chromium has, which allows none where it has no screen: as there, one takes
 * the place of another with its tag, and whoever looks at the page is known by the focus.
 */
const NOTICES = `{
  window.notices = [];
  window.Notification = class extends EventTarget {
    static permission = "default";
    static async requestPermission() {
      Notification.permission = "granted";
      return "granted";
    }
    constructor(title, { body, tag }) {
      super();
      Object.assign(this, { title, body, tag });
      window.notices = window.notices.filter((one) => one.tag !== tag).concat(this);
    }
    close() {
      window.notices = window.notices.filter((one) => one !== this);
    }
  };
  let isElsewhere = false;
  document.hasFocus = () => !isElsewhere;
  window.focus = () => window.lookHere();
  window.lookElsewhere = () => {
    isElsewhere = true;
    window.dispatchEvent(new Event("blur"));
  };
  window.lookHere = () => {
    isElsewhere = false;
    window.dispatchEvent(new Event("focus"));
  };
}`;

/** What is shown beside the page, a line for each. */
async function shown(browser: Browser): Promise<readonly string[]> {
  const all = await browser.evaluate(
    `window.notices.map(({ title, body }) => title + " | " + body).join("\\n")`,
  );
  return String(all).split("\n").filter(Boolean);
}

browserTest("who looks elsewhere is called, once for each conversation", 90_000, async () => {
  await using rig = await Rig.start();
  const { url } = await startPage(rig, "alice");
  const bob = await rig.client("bob");
  const carol = await rig.client("carol");
  await connected(bob, "bob", carol, "carol");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await using browser = await Browser.open();
  const tab = new PageTab(browser);
  await browser.before(NOTICES);
  await browser.go(url);
  await browser.shows("carol");
  const counts = async (who: string, count: number): Promise<void> => {
    await tab.lists(new RegExp(`^.?${who}, connected${count} unread$`));
  };

  // As long as nobody has asked for it, nothing is shown.
  await browser.evaluate("window.lookElsewhere()");
  bob.send({ type: "send", to: "@alice", text: "before it was wanted" });
  await counts("bob", 1);
  await browser.evaluate("window.lookHere()");
  await wantNotices(browser);

  // Nor while the page is looked at, in whatever conversation.
  carol.send({ type: "send", to: "@alice", text: "while you look" });
  await counts("carol", 1);

  await browser.evaluate("window.lookElsewhere()");
  bob.send({ type: "send", to: "#lobby", text: "nothing for you" });
  bob.send({ type: "send", to: "@alice", text: "are you there?" });
  await browser.until("window.notices.length === 1");
  expect(await shown(browser)).toEqual(["bob | are you there?"]);
  bob.send({ type: "send", to: "@alice", text: "it is\nurgent" });
  await browser.until(`window.notices[0].body.startsWith("it is")`);
  carol.send({ type: "send", to: "#lobby", text: "@alice look" });
  await browser.until("window.notices.length === 2");
  expect(await shown(browser)).toEqual(["bob | it is urgent", "carol in #lobby | @alice look"]);

  // A press leads there, and takes it away.
  await browser.evaluate(`window.notices[0].dispatchEvent(new Event("click"))`);
  await tab.isIn("bob");
  await tab.hasInView("urgent");
  await browser.until(`document.activeElement === document.querySelector("${FIELD}")`);
  expect(await shown(browser)).toEqual(["carol in #lobby | @alice look"]);

  // On request nobody beside sees what was said.
  await browser.evaluate("window.notices[0].close()");
  await hideTexts(browser);
  await browser.evaluate("window.lookElsewhere()");
  carol.send({ type: "send", to: "@alice", text: "a secret" });
  await browser.until("window.notices.length === 1");
  expect(await shown(browser)).toEqual(["carol | "]);
  expect(browser.troubles).toEqual([]);
});

async function wantNotices(browser: Browser): Promise<void> {
  await openSettings(browser);
  await browser.click("[aria-label=Notices] label:nth-of-type(1) input");
  await browser.until(`document.querySelector("[aria-label=Notices] input").checked`);
}

async function hideTexts(browser: Browser): Promise<void> {
  await openSettings(browser);
  await browser.click("[aria-label=Notices] label:nth-of-type(2) input");
}

async function openSettings(browser: Browser): Promise<void> {
  await browser.evaluate(`document.querySelector(".rooms-head button").click()`);
  await browser.until(`document.querySelector(".popover:popover-open .menu-row")`);
  await browser.evaluate(`[...document.querySelectorAll(".menu-row")].at(-1).click()`);
  await browser.until(`document.querySelector("[aria-label=Notices]")`);
}
