/** A conversation as a file that the browser saves: what the terminal's export writes. */
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { browserTest } from "../support/browser.ts";
import type { Program } from "../support/program.ts";
import { until } from "../support/until.ts";
import { startPage } from "./pages.ts";
import { Rig } from "./rig.ts";
import { violationsIn } from "./web/axe.ts";
import { Walk } from "./web/walk.ts";

/** More than are asked for at once. */
const SAID = 230;

browserTest("what the page saves is what the terminal writes", 90_000, async () => {
  await using rig = await Rig.start();
  const alice = await startPage(rig, "alice");
  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await using walk = await Walk.begin();
  const { browser } = walk;
  await browser.go(alice.url);
  await sayAll(bob);
  await browser.shows("the last of it");

  const folder = rig.scratch.join("downloads");
  mkdirSync(folder);
  const downloads = { behavior: "allow", downloadPath: folder };
  await browser.devtools("Browser.setDownloadBehavior", downloads);
  const terminals = async (format: string): Promise<string> => {
    const of = ["--data-dir", rig.scratch.join("alice"), "--room", "#lobby"];
    return (await rig.run(["export", ...of, "--format", format])).stdout;
  };

  await walk.enter("lobby");
  await walk.press(".talk-head button", "About #lobby");
  await walk.press(".aside button", "To read");
  await browser.shows(`Written to lobby.md: ${SAID + 2} messages of #lobby`);
  expect(await violationsIn(browser, "all")).toEqual([]);
  const markdown = await saved(join(folder, "lobby.md"));
  expect(markdown).toContain("(edited)");
  expect(markdown).toBe(await terminals("md"));

  await walk.enter("lobby");
  await walk.write("/export all.jsonl");
  await browser.press("Enter");
  await browser.shows(`Written to all.jsonl: ${SAID + 2} messages`);
  // Each line says when it was written.
  const timeless = (text: string): string => text.replaceAll(/"at":"[^"]*"/g, "");
  const lines = await saved(join(folder, "all.jsonl"));
  expect(timeless(lines)).toBe(timeless(await terminals("jsonl")));
  expect(browser.troubles).toEqual([]);
});

async function sayAll(bob: Program): Promise<void> {
  for (let i = 1; i <= SAID; i += 1) {
    bob.send({ req: `${i}`, type: "send", to: "#lobby", text: `message ${i}\n# of *many* 😀` });
  }
  const { id } = await bob.line({ type: "status", req: "7", state: "queued" });
  bob.send({ type: "edit", id, text: "reworded" });
  bob.send({ type: "react", id, emoji: "👍", on: true });
  bob.send({ type: "send", to: "#lobby", text: "an answer", replyTo: id });
  bob.send({ type: "send", to: "#lobby", text: "the last of it" });
}

/** It is there by this name once all of it is. */
async function saved(file: string): Promise<string> {
  await until(() => existsSync(file), file);
  return readFileSync(file, "utf8");
}
