/**
 * One whole conversation, as it is made in the page of one of three, while a second tab and a
 * terminal show the same node.
 */
import { expect } from "bun:test";
import { ask, delivered, say } from "../../support/chat.ts";
import { Program } from "../../support/program.ts";
import type { Terminal } from "../../support/terminal.ts";
import { connected } from "../rig.ts";
import { command } from "../seats.ts";
import type { Hands } from "./hands.ts";
import type { Home } from "./home.ts";
import type { PageTab } from "./pagetab.ts";

/** What was said before anybody looks: more than the page holds at once. */
const EARLIER = Array.from({ length: 240 }, (_, i) => {
  return i === 5 ? "the key is under the flowerpot" : `entry ${i} of the log`;
});

/** In which those meet again who have lost each other, on however busy a machine. */
export const MEETING_MS = 60_000;

/** Who takes part. */
export interface Cast {
  readonly home: Home;
  /** The tab in which all is done, and by what. */
  readonly tab: PageTab;
  readonly hands: Hands;
  /** Another tab, and a terminal. */
  readonly other: PageTab;
  readonly terminal: Terminal;
  /** One more face of alice's, which tells what happens in lines. */
  readonly face: Program;
  /** In the plain face. */
  readonly bob: Program;
  /** In JSON. */
  readonly carol: Program;
}

/** `handsAt`: how somebody sits before the page. */
export async function gather(home: Home, handsAt: (tab: PageTab) => Hands): Promise<Cast> {
  const face = await home.json();
  const [bob, carol] = [startBob(home), await home.rig.client("carol")];
  await connected(face, "alice", carol, "carol");
  for (const one of [face, carol]) {
    await one.line({ type: "peer", state: "connected", who: { name: "bob" } });
  }
  for (const text of EARLIER) say(carol, "#lobby", text);
  await face.line({ type: "message", text: EARLIER.at(-1) });

  const terminal = await home.terminal();
  const tab = await home.tab();
  const other = await home.tab();
  return { home, tab, hands: handsAt(tab), other, terminal, face, bob, carol };
}

function startBob({ rig }: Home): Program {
  const args = [...command(rig, "bob").split(" "), "--plain"];
  return rig.track(new Program(args, { cwd: rig.scratch.path }));
}

/** From the first word to the last. */
export async function converse(cast: Cast): Promise<void> {
  await talk(cast);
  await searchAndJump(cast);
  await shareDrafts(cast);
  await shareUnread(cast);
  await compareKeys(cast);
  await invite(cast);
  await waitForBob(cast);
}

/** An answer, a change, a reaction and a name that is completed. */
async function talk({ tab, hands, other, terminal, bob, carol }: Cast): Promise<void> {
  bob.write("shall we sail on Friday?\n");
  await tab.says("shall we sail on Friday?");
  await hands.answer("shall we sail on Friday?");
  await hands.write("Friday is fine");
  await hands.send();
  const replyTo = { text: "shall we sail on Friday?" };
  await carol.line({ type: "message", text: "Friday is fine", replyTo });
  await bob.text(/alice \(to you: shall we sail on Friday\?\): Friday is fine/);
  await tab.marks("Friday is fine", "✓✓ 2/2");

  await hands.change("Friday is fine");
  await hands.write(", at noon");
  await hands.send();
  await carol.line({ type: "edited", text: "Friday is fine, at noon" });
  await bob.text(/alice \(edited\): Friday is fine, at noon/);

  await hands.react("shall we sail on Friday?", "👍");
  await bob.text(/alice put 👍 to: shall we sail/);

  await hands.complete("@ca", "@carol");
  await hands.write("bring the map");
  await hands.send();
  await carol.line({ type: "message", text: "@carol bring the map", mention: true });

  await other.says("Friday is fine, at noon");
  await other.says("@carol bring the map");
  await other.browser.shows(/👍\s*1/);
  await terminal.shows(/👍 1[^]*Friday is fine, at noon[^]*\(edited\)[^]*@carol bring the map/);
}

async function searchAndJump({ tab, hands }: Cast): Promise<void> {
  await hands.find("flowerpot");
  await tab.hasInView("the key is under the flowerpot");
  await tab.hasOutOfView("@carol bring the map");
  expect(await tab.words(".message.chosen .said")).toEqual(["the key is under the flowerpot"]);
  await hands.closeAside();
  await hands.toEnd();
  await tab.hasInView("@carol bring the map");
}

/** What is begun in one face goes on in another. */
async function shareDrafts({ tab, hands, other, terminal, bob }: Cast): Promise<void> {
  await hands.write("who has ");
  await other.drafts("who has ");
  await terminal.shows(/#lobby › who has/);
  await terminal.type("the oars?");
  await tab.drafts("who has the oars?");
  await other.drafts("who has the oars?");
  await hands.send();
  await bob.text(/alice: who has the oars\?/);
  await other.drafts("");
  await terminal.hides(/› who has/);
}

/** What is read in one face is read in all. */
async function shareUnread(cast: Cast): Promise<void> {
  const { tab, hands, other, terminal, bob, carol } = cast;
  say(carol, "@alice", "are you there?");
  for (const one of [tab, other]) await one.lists(/^@?c?carol.*1 unread/i);
  await terminal.shows(/@carol +1 /);
  await hands.enter("carol");
  await tab.says("are you there?");
  await other.lists(/^@?c?carol(?!.*unread)/i);
  await terminal.shows(/@carol +│/);

  bob.write("/msg alice and me?\n");
  for (const one of [tab, other]) await one.lists(/^@?b?bob.*1 unread/i);
  expect(await other.browser.title()).toBe("(1) p2pchat");
  await terminal.shows(/@bob +1 /);
  await terminal.press("M-a");
  await terminal.shows(/ and me\?/);
  for (const one of [tab, other]) await one.lists(/^@?b?bob(?!.*unread)/i);
  expect(await other.browser.title()).toBe("p2pchat");
}

/** Both see the same, and who says so in one face has said so in all. */
async function compareKeys(cast: Cast): Promise<void> {
  const { tab, hands, other, terminal, face, carol } = cast;
  const told = await ask(carol, { type: "verify", to: "@alice", answer: null });
  await hands.compareKeys("carol");
  const { pictures } = await carol.line({ type: "verify", state: "compare" });
  const [digits] = await tab.words(".digits");
  expect(digits).toBe(String(told["number"]));
  expect(await tab.words(".pictures li")).toEqual(pictureWords(pictures));

  carol.send({ req: null, type: "verify", to: "@alice", answer: "match" });
  await hands.confirmKeys();
  await face.line({ type: "trust", who: { name: "carol" }, trust: "verified" });
  await carol.line({ type: "trust", who: { name: "alice" }, trust: "verified" });
  await hands.closeAside();
  for (const one of [tab, other]) await one.hasVerified("carol");
  await terminal.shows(/\* carol .* =$/m);
}

function pictureWords(pictures: unknown): readonly string[] {
  if (!Array.isArray(pictures)) return [];
  return pictures.map(({ picture, name, number }) => `${picture} ${name} ${number}`);
}

/** One invites, and is invited. */
async function invite({ tab, hands, other, terminal, carol }: Cast): Promise<void> {
  await hands.makeRoom("deck");
  const [link] = await tab.words(".link-box");
  await hands.closeAside();
  await ask(carol, { type: "follow", link });
  await hands.write("welcome aboard");
  await hands.send();
  await carol.line({ type: "message", room: "#deck", text: "welcome aboard" });
  await tab.marks("welcome aboard", "✓✓");
  await other.lists(/deck/);
  await terminal.shows(/#deck/);

  const galley = await ask(carol, { type: "new", room: "#galley" });
  say(carol, "@alice", `come to ${String(galley["link"])}`);
  await hands.enter("carol");
  await tab.says("come to");
  await hands.follow();
  await tab.isIn("galley");
  await delivered(carol, say(carol, "#galley", "soup is ready"), "alice");
  await tab.says("soup is ready");
}

/** What is said to somebody who is away waits, and arrives. */
async function waitForBob({ home, tab, hands, other, bob }: Cast): Promise<void> {
  bob.write("/quit\n");
  await bob.exited;
  await hands.enter("bob");
  await hands.write("for when you are back");
  await hands.send();
  await tab.marks("for when you are back", "waits here");
  await other.lists(/bob.*1 waiting/);

  const back = startBob(home);
  await back.text(/alice: for when you are back/, { timeoutMs: MEETING_MS });
  await tab.marks("for when you are back", "✓✓");
  await other.lists(/bob(?!.*waiting)/);
}
