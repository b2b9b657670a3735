/** A conversation in the page, beside other faces of the same node. */
import { expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { BINARY, Program } from "../support/program.ts";
import { attachPage, startOtherPage, startPage } from "./pages.ts";
import { connected, Rig } from "./rig.ts";

/** What is written in the page and was not sent. */
const DRAFT = `document.querySelector("textarea")?.value`;

/** Of a page that was not loaded anew meanwhile. */
const IS_BEFORE = `globalThis.isThePageBefore === true`;

/** How far, in px, the last that was said is from the right. */
const GAP_AFTER = `(() => {
  const said = [...document.querySelectorAll(".said")].at(-1);
  const line = document.createRange();
  line.selectNodeContents(said);
  return Math.round(said.getBoundingClientRect().right - line.getBoundingClientRect().right);
})()`;

const REFUSE_COPY = `navigator.clipboard.writeText = () => Promise.reject(new Error("no"))`;

/** Nothing is drawn meanwhile because time has passed. */
const HOLD_TIME = `window.setTimeout = ((before) => {
  window.letTimePass = () => (window.setTimeout = before);
  return () => 0;
})(setTimeout)`;

const SET_BACK = `Date.now = ((before) => () => before() - 86_400_000)(Date.now)`;

browserTest(
  "what is said and begun in the page is so in all faces of its node",
  60_000,
  async () => {
    await using rig = await Rig.start();
    const alice = await startPage(rig, "alice");
    const [bob, carol] = [await rig.client("bob"), await rig.client("carol")];
    await connected(bob, "bob", carol, "carol");
    await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
    const attach = [BINARY, "attach", "--data-dir", rig.scratch.join("alice"), "--json"];
    const face = rig.track(new Program(attach, { cwd: rig.scratch.path }));
    await using browser = await Browser.open();
    await browser.go(alice.url);
    await browser.shows("carol");

    bob.send({ type: "send", to: "#lobby", text: "morning, is the build green?" });
    await browser.shows("morning, is the build green?");
    bob.send({ type: "send", to: "#lobby", text: "הוא ירוק" });
    await browser.shows("הוא ירוק");
    expect(await browser.evaluate(GAP_AFTER)).toBe(0);
    await browser.click("textarea");
    await browser.type("yes, 212");
    await face.line({ type: "draft", room: "#lobby", text: "yes, 212" });
    // A clock that is set back by a day makes nothing wait that is due.
    await browser.evaluate(SET_BACK);
    await browser.type(" tests");
    await face.line({ type: "draft", room: "#lobby", text: "yes, 212 tests" });
    await browser.press("Enter");
    await bob.line({ type: "message", room: "#lobby", text: "yes, 212 tests" });
    await face.line({ type: "message", room: "#lobby", text: "yes, 212 tests" });
    await browser.shows("2/2");

    // Whoever wants to copy is told where the browser is against it.
    await browser.evaluate(REFUSE_COPY);
    await browser.evaluate(`document.querySelector(".message").focus()`);
    await browser.evaluate(HOLD_TIME);
    await browser.press("c");
    await browser.shows("This browser did not let the page copy");
    await browser.evaluate(`letTimePass()`);
    await browser.click("textarea");
    await browser.evaluate(HOLD_TIME);
    await browser.type("just before it was closed");
    await browser.reload();
    await browser.until(`${DRAFT} === "just before it was closed"`);

    face.send({ type: "draft", to: "#lobby", text: "from another face" });
    await browser.until(`${DRAFT} === "from another face"`);
    face.send({ req: "s", type: "send", to: "@bob", text: "said in another face" });
    await browser.shows("bob");
    await bob.line({ type: "message", text: "said in another face" });

    // A second tab comes by an address of its own, and finds all of it.
    await using late = await Browser.open();
    await late.go(await attachPage(rig, "alice"));
    await late.shows("yes, 212 tests");
    await late.until(`${DRAFT} === "from another face"`);
  },
);

browserTest(
  "when its node is killed the page says so, and comes back with it",
  60_000,
  async () => {
    await using rig = await Rig.start();
    const alice = await startPage(rig, "alice");
    const bob = await rig.client("bob");
    await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
    await using browser = await Browser.open();
    await browser.go(alice.url);
    await browser.shows("bob");
    await browser.evaluate(`globalThis.isThePageBefore = true`);

    alice.program.kill();
    await alice.program.exited;
    await browser.shows("p2pchat has stopped");
    await startPage(rig, "alice");
    await browser.until(`!document.querySelector(".frame.lost")`);
    bob.send({ req: "m", type: "send", to: "#lobby", text: "are you back?" });
    await browser.shows("are you back?");
    expect(await browser.evaluate(IS_BEFORE)).toBe(true);

    // What lets the page in is kept by the browser, and its address has none of it.
    await browser.go(new URL("/", alice.url).href);
    await browser.shows("are you back?");
    expect(await browser.address()).toBe(new URL("/", alice.url).href);
  },
);

browserTest(
  "a page whose node has become another version is loaded anew, and has its drafts",
  60_000,
  async () => {
    await using rig = await Rig.start();
    const alice = await startPage(rig, "alice");
    await using browser = await Browser.open();
    await browser.go(alice.url);
    await browser.shows("lobby");
    await browser.evaluate(`globalThis.isThePageBefore = true`);
    alice.program.kill();
    await alice.program.exited;
    await browser.shows("p2pchat has stopped");
    await browser.click("textarea");
    await browser.type("typed meanwhile");

    await startOtherPage(rig, "alice");
    await browser.until(`!(${IS_BEFORE}) && ${DRAFT} === "typed meanwhile"`);
    // What the node serves is what the page is by now: it stays.
    await browser.evaluate(`globalThis.isThePageBefore = true`);
    const bob = await rig.client("bob");
    await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
    bob.send({ type: "send", to: "#lobby", text: "are you back?" });
    await browser.shows("are you back?");
    expect(await browser.evaluate(IS_BEFORE)).toBe(true);
  },
);
