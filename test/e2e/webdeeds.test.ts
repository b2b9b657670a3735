/** What is decided of rooms and people in the page, by its buttons. */
import { expect } from "bun:test";
import { browserTest } from "../support/browser.ts";
import { ask } from "../support/chat.ts";
import { BINARY, Program } from "../support/program.ts";
import { startPage } from "./pages.ts";
import { connected, Rig } from "./rig.ts";
import { violationsIn } from "./web/axe.ts";
import { Walk } from "./web/walk.ts";

browserTest("rooms are kept and left, people compared with and blocked", 90_000, async () => {
  await using rig = await Rig.start();
  const alice = await startPage(rig, "alice");
  const bob = await rig.client("bob");
  await connected(bob, "bob", await rig.client("carol"), "carol");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  const attach = [BINARY, "attach", "--data-dir", rig.scratch.join("alice"), "--json"];
  const face = rig.track(new Program(attach, { cwd: rig.scratch.path }));
  await face.line({ type: "ready" });
  await using walk = await Walk.begin();
  await walk.browser.go(alice.url);
  await walk.browser.shows("carol");

  bob.send({ type: "verify", to: "@alice", answer: null });
  await walk.browser.shows("bob wants to compare keys with you");
  expect(await violationsIn(walk.browser, "all")).toEqual([]);
  await walk.press(".banner button", "Compare");
  await walk.browser.until(`document.querySelector(".pictures")`);
  await bob.line({ type: "verify", state: "compare", who: { name: "alice" } });
  await walk.browser.hides("bob wants to compare keys with you");

  await block(walk, "carol");
  await face.line({ type: "trust", who: { name: "carol" }, blocked: true });
  await walk.press(".blocked button", "Unblock carol");
  await face.line({ type: "trust", who: { name: "carol" }, blocked: false });
  await walk.browser.until(`document.querySelector(".blocked").innerText === ""`);

  await walk.list();
  await walk.press(".rooms-head button", "settings");
  await walk.press(".menu-row", "Busy");
  await bob.line({ type: "presence", who: { name: "alice" }, state: "busy" });
  await walk.browser.until(`document.querySelector(".me-button").innerText.includes("Busy")`);

  await walk.enter("lobby");
  await walk.write("/doctor");
  await walk.browser.press("Enter");
  await walk.browser.until(`document.querySelectorAll(".findings li").length === 10`);
  expect(await violationsIn(walk.browser, "all")).toEqual([]);

  await keepLess(walk);
  expect(await ask(face, { type: "retain", room: "#lobby" })).toMatchObject({ keep: "365d" });
  await leave(walk, "Cancel");
  await leave(walk, "Leave the room");
  await face.line({ type: "reply", req: null, command: "leave", room: "#lobby" });
  await walk.browser.shows("No room yet");
  expect(walk.browser.troubles).toEqual([]);
});

/** And shows the list of who is. */
async function block(walk: Walk, name: string): Promise<void> {
  await walk.person(name);
  await walk.press(".person-deeds button", "Block");
  await walk.browser.shows("Unblock");
  await walk.list();
  await walk.press(".rooms-head button", "settings");
  await walk.press(".menu-row", "Settings");
}

/** The next of what there is to choose from. */
async function keepLess(walk: Walk): Promise<void> {
  await about(walk);
  await walk.browser.until(`document.querySelector("select")?.value === "forever"`);
  await walk.browser.evaluate(`document.querySelector("select").focus()`);
  await walk.browser.press("ArrowDown");
  await walk.press(".question button", "Keep no more");
  await walk.browser.until(`document.querySelector("select").value === "365d"`);
}

async function leave(walk: Walk, answer: string): Promise<void> {
  await about(walk);
  await walk.press(".person-deeds button", "Leave");
  await walk.browser.shows("Leave #lobby?");
  await walk.press(".question button", answer);
  await walk.browser.hides("Leave #lobby?");
}

async function about(walk: Walk): Promise<void> {
  await walk.enter("lobby");
  await walk.press(".talk-head button", "About #lobby");
}
