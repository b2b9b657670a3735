/** A whole conversation in a real browser, beside other faces of the same node. */
import { expect } from "bun:test";
import { Browser, browserTest, killChromium } from "../support/browser.ts";
import { ask, delivered, say } from "../support/chat.ts";
import { Rig } from "./rig.ts";
import { Home } from "./web/home.ts";
import { Mouse } from "./web/mouse.ts";
import type { PageTab } from "./web/pagetab.ts";
import { placesOf } from "./web/placesof.ts";
import { type Cast, converse, gather, MEETING_MS } from "./web/wholestory.ts";

const STOPPED = "p2pchat has stopped";

browserTest(
  "three talk, one in a page, and her node outlives page and terminal",
  180_000,
  async () => {
    await using home = await Home.start();
    const cast = await gather(home, (tab) => new Mouse(tab));
    await converse(cast);
    await closeEveryFace(cast);
    const tab = await findWhatCame(cast);
    await outliveItsNode(cast, tab);

    expect(tab.browser.troubles).toEqual([]);
    expect(await tab.browser.address()).not.toContain("#");
    expect(placesOf(home.tokens, home.rig.scratch.join("alice"))).toEqual([]);
  },
);

/** As it goes: by the keys for it, with the window, and by a fault. */
async function closeEveryFace({ home, face, terminal, other, tab }: Cast): Promise<void> {
  face.send({ type: "quit" });
  await home.closeTerminal(terminal);
  await home.close(other);
  await killChromium();
  await home.close(tab);
  let hasFace = true;
  while (hasFace) hasFace = await home.hasFace();
}

/** What was said while nobody looked is in a tab that is opened afterwards. */
async function findWhatCame({ home, carol }: Cast): Promise<PageTab> {
  await delivered(carol, say(carol, "@alice", "is anybody in?"), "alice");
  const tab = await home.tab();
  await tab.lists(/carol.*1 unread/);
  await new Mouse(tab).enter("carol");
  await tab.says("is anybody in?");
  return tab;
}

/** The page says that its node is gone, and is the same one when that is there again. */
async function outliveItsNode({ home, carol }: Cast, tab: PageTab): Promise<void> {
  const terminal = await home.terminal();
  const address = await tab.browser.address();
  await tab.browser.evaluate("globalThis.isThePageBefore = true");
  process.kill(home.pid, "SIGKILL");
  await tab.browser.shows(STOPPED);
  await terminal.shows(/The node has gone/);

  await home.startNode();
  await tab.browser.hides(STOPPED);
  const req = say(carol, "@alice", "and back again");
  await delivered(carol, req, "alice", { timeoutMs: MEETING_MS });
  await tab.says("and back again");
  await terminal.shows(/The node is back/);
  expect(await tab.browser.address()).toBe(address);
  expect(await tab.browser.evaluate("globalThis.isThePageBefore")).toBe(true);
}

browserTest(
  "what lets a browser in is in no output, title, log or list of processes",
  60_000,
  async () => {
    await using rig = await Rig.start();
    const alice = await rig.client("alice", "--verbose", "--log-level", "trace");
    const url = String((await ask(alice, { type: "web" }))["url"]);
    await using browser = await Browser.open();
    await browser.go(url);
    await browser.shows("lobby");
    const token = new URL(url).hash.slice(1);
    const [title, address] = [await browser.title(), await browser.address()];
    const places = placesOf([token], rig.scratch.path);

    expect(token.length).toBeGreaterThan(20);
    expect(title).toBe("p2pchat");
    expect(url).toBe(`${address}#${token}`);
    expect(places).toEqual([]);
    expect(alice.stderr).not.toContain(token);
    expect(alice.stdout.split(token)).toHaveLength(2);
  },
);
