/** A conversation on three full screens, behind routers that would not let two of them meet. */
import { afterAll, beforeAll, expect } from "bun:test";
import { expectScreen, leave, type Seat } from "../e2e/seats.ts";
import { BINARY } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";
import { hasLab, labTest } from "./labtest.ts";
import { COMMON_PLACE, siteOf, type ClientPlace } from "./plan.ts";
import { Served, SERVED_PORT } from "./served.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 120_000;

/** Where no path is, that is said within. */
const TOLD_MS = 20_000;

const ALICE: ClientPlace = "symmetric-random.1";
const BOB: ClientPlace = "block-dependent.1";

const WIDE: Seat = { columns: 120, lines: 40 };
const USUAL: Seat = { columns: 80, lines: 24 };
const SMALL: Seat = { columns: 50, lines: 16 };

let lab: Topology;
let served: Served;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(ALICE, BOB, COMMON_PLACE);
  await lab.setWays([{ delayMs: 20 }]);
  served = await Served.start(lab);
}, 40_000);

afterAll(async () => {
  if (!hasLab) return;
  await served[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

function command(name: string, place: ClientPlace): string {
  const server = `${siteOf("server").v4}:${SERVED_PORT}`;
  const flags = ["--no-lan", "--no-portmap", "--name", name, "--server", server];
  const client = [BINARY, "client", ...flags, "--data-dir", served.dataDir(name)];
  return [...lab.within(place), ...client].join(" ");
}

async function sitDown(name: string, place: ClientPlace, seat: Seat): Promise<Terminal> {
  const terminal = await Terminal.open({ ...seat, cwd: "/" });
  await terminal.run(command(name, place));
  await terminal.shows(/server ok/);
  return terminal;
}

/** The words of the pictures that two compare, in their order. */
async function pictures(terminal: Terminal): Promise<readonly string[]> {
  const screen = await terminal.shows(/(?:.* \(\d+\).*\n){7}/);
  return [...screen.matchAll(/(\S+) \((\d+)\)/g)].map(([told]) => told);
}

async function bothVerify(one: Terminal, other: Terminal): Promise<void> {
  await one.run("/verify bob");
  await other.shows("alice wants to compare keys with you");
  await other.run("/verify alice");
  const seen = [await pictures(one), await pictures(other)];
  expect(seen[0]).toHaveLength(7);
  expect(seen[0]).toEqual(seen[1] ?? []);
  for (const terminal of [one, other]) {
    await terminal.press("Escape");
    await terminal.hides("Esc leaves");
  }
  await one.run("/verify bob match");
  await other.run("/verify alice match");
  await one.shows("you and bob (verified)");
  await other.shows("you and alice (verified)");
  await expectScreen(one, "lab-verified-80x24");
  for (const terminal of [one, other]) {
    await terminal.press("Escape");
    await terminal.hides("Esc leaves");
  }
}

labTest("three talk on their screens, wherever their networks let them", TEST_MS, async () => {
  await using alice = await sitDown("alice", ALICE, USUAL);
  await using bob = await sitDown("bob", BOB, WIDE);

  await alice.shows("1 trying", TOLD_MS);
  await alice.hides("1 trying", TOLD_MS);
  await alice.run("/why bob");
  await alice.shows(/^.*│ bob +Esc leaves/m);
  await expectScreen(alice, "lab-why-80x24");
  await alice.press("Escape");
  await alice.hides("Esc leaves");

  await using carol = await sitDown("carol", COMMON_PLACE, SMALL);
  await bob.shows(/alice +via carol/, TOLD_MS);
  await bob.run("can you hear me?");
  await bob.shows(/can you hear me\? +✓✓ 2\/2/);
  await alice.shows(/bob +can you hear me\?/);
  await carol.shows("can you hear me?");
  await bob.shows(/#lobby {2}2 others, 2 here/);
  await expectScreen(bob, "lab-carried-120x40");
  await bothVerify(alice, bob);

  await leave(bob);
  await alice.shows(/1 other, |2 others, 1 here/);
  await alice.run("/msg @bob read this when you are back");
  await alice.shows(/read this when you are back +…/);
  await expectScreen(alice, "lab-waiting-80x24");
  await bob.run(`clear; ${command("bob", BOB)}`);
  await bob.shows(/ @alice +1 /, TOLD_MS);
  await bob.press("M-a");
  await bob.shows(/alice +read this when you are back/);
  await alice.shows(/read this when you are back +✓✓/);

  await carol.press("C-f");
  await carol.type("hear");
  await carol.shows(/bob: can you hear me\?/);
  await carol.press("Enter");
  await carol.shows(/^ #lobby ›/m);
  await carol.press("C-k");
  await carol.type("bob");
  await carol.press("Enter");
  await carol.shows(/^ @bob/m);
  for (const terminal of [alice, bob, carol]) await leave(terminal);
});
