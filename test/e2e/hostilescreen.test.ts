import { expect, test } from "bun:test";
import { boundaries } from "../../lib/ui/tui/cells.ts";
import { Scratch } from "../support/scratch.ts";
import { Terminal } from "../support/terminal.ts";
import { FORBIDDEN, HOSTILE } from "./hostiletexts.ts";
import { Rig } from "./rig.ts";
import { compiled, sitDown } from "./seats.ts";

/** The edges of the conversation on a screen of 120 columns, and the rows that have them. */
const EDGES = [18, 89] as const;
const ROWS = 37;

/** Of a line without wide characters. */
function cellAt(line: string, column: number): string {
  const starts = boundaries(line);
  return line.slice(starts[column], starts[column + 1]);
}

function expectSafe(screen: string, raw: string): void {
  for (const line of screen.split("\n").slice(0, ROWS)) {
    expect(EDGES.map((column) => cellAt(line, column))).toEqual(["│", "│"]);
  }
  expect(FORBIDDEN.filter((pattern) => pattern.test(raw))).toEqual([]);
}

test("no text of others leaves its cell, in the bytes that reach the terminal", async () => {
  await using rig = await Rig.start();
  await using alice = await sitDown(rig, "alice", { columns: 120, lines: 40 });
  const evil = await rig.client("evil");
  await evil.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await alice.shows(/\* evil/);

  for (const text of HOSTILE) {
    for (const to of ["#lobby", "@alice"]) evil.send({ type: "send", to, text });
  }
  evil.send({ type: "topic", room: "#lobby", topic: HOSTILE[1] ?? "" });
  await alice.shows(/m7 flood/);
  await alice.press("M-a");
  await alice.shows(/@evil {2}connected/);
  const screen = await alice.settled();

  expectSafe(screen, alice.raw);
  expect(screen).toContain("m0 [2J[1;1H[31m cleared and painted");
}, 30_000);

test("no name leaves its cell either, not even one of 64 KiB", async () => {
  using scratch = new Scratch();
  compiled("test/e2e/hostilescreen.ts", scratch.join("hostile"));
  await using terminal = await Terminal.open({ columns: 120, lines: 40, cwd: scratch.path });
  await terminal.run("./hostile");
  await terminal.shows("all is told");
  expectSafe(await terminal.settled(), terminal.raw);

  await terminal.press("C-b", "Down", "Down");
  await terminal.shows("Enter talk");
  expectSafe(await terminal.settled(), terminal.raw);
  for (const key of ["C-k", "C-p"]) {
    await terminal.press("Escape", key);
    await terminal.settled();
  }
  await terminal.press("Escape", "M-a");
  await terminal.settled();
  expect(FORBIDDEN.filter((pattern) => pattern.test(terminal.raw))).toEqual([]);
}, 60_000);
