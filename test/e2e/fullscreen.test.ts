import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerArgs } from "../../cmd/build.ts";
import { boundaries } from "../../lib/ui/tui/cells.ts";
import { BINARY } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import { Terminal } from "../support/terminal.ts";
import { Rig } from "./rig.ts";

const SCREENS = join(ROOT, "test", "e2e", "screens");

/** Screens are kept as they were seen; with this they are written anew, to be looked at. */
const IS_KEEPING = process.env["KEEP_SCREENS"] === "1";

interface Seat {
  readonly columns: number;
  readonly lines: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A terminal with a client in it, which is in the lobby. */
async function sitDown(rig: Rig, name: string, { columns, lines, env = {} }: Seat) {
  const terminal = await Terminal.open({ columns, lines, cwd: rig.scratch.path, env });
  await terminal.run(command(rig, name));
  await terminal.shows(/server ok/);
  return terminal;
}

function command(rig: Rig, name: string): string {
  const flags = ["--tui", "--no-lan", "--no-portmap", "--name", name];
  const places = ["--data-dir", rig.scratch.join(name), "--server", rig.address];
  return [BINARY, "client", ...flags, ...places].join(" ");
}

/** A screen without what differs from one run to the next: times, addresses, digits of keys. */
function structureOf(screen: string): string {
  return screen
    .replaceAll(/\d\d:\d\d:\d\d/g, "00:00:00")
    .replaceAll(/\d\d:\d\d/g, "00:00")
    .replaceAll(/[<\d.]+ ?ms/g, "0 ms")
    .replaceAll(/\d+ more/g, "0 more")
    .replaceAll(/(?<=127\.0\.0\.1|\[[0-9a-f:]+\]):\d+/g, ":0")
    .replaceAll(/\b\d{5}\b/g, "00000")
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(/ +$/gm, "")
    .trimEnd();
}

/** Waits for it: what is measured and counted comes a little later than what was asked for. */
async function expectScreen(terminal: Terminal, name: string): Promise<void> {
  const file = join(SCREENS, `${name}.txt`);
  let screen = await terminal.settled();
  if (IS_KEEPING || !existsSync(file)) {
    mkdirSync(SCREENS, { recursive: true });
    writeFileSync(file, `${screen.trimEnd()}\n`);
  }
  const wanted = structureOf(readFileSync(file, "utf8"));
  for (let tries = 0; tries < 50 && structureOf(screen) !== wanted; tries++) {
    screen = await terminal.settled();
  }
  expect(structureOf(screen)).toBe(wanted);
}

/** The same talk before everybody: two said something, and one was named. */
async function talk(alice: Terminal, bob: Terminal, carol: Terminal): Promise<void> {
  await bob.run("morning, is the build green?");
  await alice.shows(/bob +morning, is the build green\?/);
  await alice.run("yes, 212 tests");
  await alice.shows(/yes, 212 tests +✓✓ 2\/2/);
  await carol.shows(/yes, 212 tests/);
  await carol.run("@bob pushing the fix now, 漢字 and all: it was a long story");
  await bob.shows(/carol +@bob pushing/);
  await carol.shows(/✓✓\n.*@bob pushing/);
  await bob.run("/topic what the build says");
  for (const terminal of [alice, carol]) await terminal.shows(/what the build says/);
}

test("three people talk in terminals of three sizes, and look around", async () => {
  await using rig = await Rig.start();
  await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24 });
  await expectScreen(alice, "alone-80x24");
  await using bob = await sitDown(rig, "bob", { columns: 120, lines: 40 });
  await using carol = await sitDown(rig, "carol", { columns: 50, lines: 16 });
  for (const terminal of [alice, bob, carol]) {
    await terminal.shows(/#lobby {2}2 others, 2 here/);
    await terminal.shows(/2 direct/);
  }

  await talk(alice, bob, carol);
  await bob.shows(/\* alice +lan +\d+ms/);
  await bob.shows(/\* carol +lan +\d+ms/);
  await expectScreen(alice, "talk-80x24");
  await expectScreen(carol, "talk-50x16");

  await carol.press("C-b");
  await carol.shows("Enter talk");
  await carol.shows(/\* alice +lan +\d+ms/);
  await carol.shows(/\* bob +lan +\d+ms/);
  await expectScreen(carol, "people-50x16");
  await carol.press("Down", "Enter");
  await carol.shows(/@bob {2}connected/);
  await carol.run("between us");
  await bob.shows(/ @carol +1 /);
  await expectScreen(bob, "unread-120x40");
  await bob.press("M-a");
  await bob.shows(/carol +between us/);
  await expectScreen(bob, "direct-120x40");

  await bob.press("C-k");
  await bob.type("lob");
  await bob.shows(/Go to › lob/);
  await expectScreen(bob, "jump-120x40");
  await bob.press("Enter");
  await bob.shows(/#lobby {2}2 others/);
  await bob.press("C-f");
  await bob.type("212");
  await bob.shows(/alice: yes, 212 tests/);
  await expectScreen(bob, "search-120x40");
  await bob.press("Escape");
  await bob.hides(/Search ›/);
  await alice.press("C-p");
  await alice.shows(/Commands ›/);
  await alice.press("Escape");
  await alice.hides(/Commands ›/);
  await alice.press("F1");
  await alice.shows(/Keys and commands/);
  await expectScreen(alice, "help-80x24");
  await alice.press("Escape");
  await alice.hides(/Keys and commands/);
  await alice.run("/verify bob");
  await alice.shows(/compare by voice/);
  await bob.shows(/alice wants to compare keys with you/);
  await bob.run("/verify alice");
  await alice.shows(/\(\d+\)/);
  await bob.press("Escape");
  await bob.resize(50, 16);
  await bob.shows(/^ #lobby.*\n/);
  await bob.hides(/│/);
  await bob.resize(120, 40);
  await bob.shows(/│ People/);
}, 60_000);

test("in a C locale everything is ASCII, and without colours nothing is lost", async () => {
  await using rig = await Rig.start();
  const env = { LC_ALL: "C", NO_COLOR: "1" };
  await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24, env });
  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await alice.shows(/1 other, 1 here/);
  await alice.run("hello");
  await alice.shows(/hello +>>/);
  await alice.press("C-b");
  await alice.shows("Enter talk");
  await alice.shows(/\* bob +lan +\d+ms/);

  await expectScreen(alice, "ascii-80x24");
  expect(await alice.screen()).toMatch(/^[\n -~]*$/);
}, 20_000);

test("keys are those of the file, the editor is one's own, and the name is asked for", async () => {
  await using rig = await Rig.start();
  mkdirSync(rig.scratch.join("alice"), { mode: 0o700 });
  writeFileSync(rig.scratch.join("alice", "keys.toml"), 'jump = "ctrl+g"\npeople = "none"\n');
  const env = { VISUAL: "printf 'from the editor' >" };
  await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24, env });
  await alice.shows("Ctrl+G go to");
  await alice.press("C-g");
  await alice.shows("Go to ›");
  await alice.press("Escape");
  await alice.hides("Go to ›");
  await alice.press("C-x");
  await alice.shows("Ctrl+X and then?");
  await alice.press("e");
  await alice.shows(/#lobby › from the editor$/m);
  await alice.press("C-c", "C-c");
  await alice.shows(/ready>\s*$/);

  await alice.run(`clear; ${command(rig, "alice").replace("--name alice ", "")}`);
  await alice.shows("Your name:");
  await alice.run("alice");
  await alice.shows(/server ok/);
  await alice.type("hello");
  await alice.shows("#lobby › hello");
  await alice.press("C-c", "C-c");
  await alice.shows(/ready>\s*$/);

  await alice.run("clear; printf 'jump = 7' > alice/keys.toml");
  await alice.run(command(rig, "alice"));
  await alice.shows(/Cannot use .*keys\.toml: jump /);
}, 20_000);

test("without a terminal there is no full screen, and nothing else writes to one", async () => {
  await using rig = await Rig.start();
  const { exitCode, stdout, stderr } = await rig.run(["client", "--name", "alice", "--tui"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toBe("p2pchat: --tui needs a terminal: use --plain or --json\n");

  await using terminal = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path });
  await terminal.run(`TERM=dumb ${command(rig, "alice")}`);
  await terminal.shows("--tui needs a terminal");
  await terminal.run(`${command(rig, "alice")} --verbose`);
  await terminal.shows("--verbose would write over the screen");
}, 20_000);

const MODES = "alternate_on=0 cursor_flag=1 insert_flag=0 keypad_flag=0 mouse_any_flag=0";

test.each(["quit", "TERM", "HUP"])(
  "after %s the terminal is as it was",
  async (how) => {
    await using rig = await Rig.start();
    await using terminal = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path });
    await terminal.run("stty -g > before");
    expect(await terminal.modes()).toBe(MODES);

    await terminal.run(`${command(rig, "alice")} & echo $! > pid; fg; echo "ended with $?"`);
    await terminal.shows(/server ok/);
    if (how === "quit") await terminal.press("C-c", "C-c");
    else process.kill(Number(readFileSync(rig.scratch.join("pid"), "utf8")), `SIG${how}`);
    const screen = await terminal.shows(/ended with \d+\nready>\s*$/);

    expect(screen).not.toMatch(/lobby|server ok/);
    expect(screen).toContain(`ended with ${{ quit: 0, TERM: 143, HUP: 129 }[how]}`);
    await expectAsBefore(terminal, rig);
  },
  20_000,
);

test.each([
  ["x", "thrown on purpose"],
  ["r", "rejected on purpose"],
])(
  "after a crash (%s) the terminal is as it was, and says why",
  async (key, words) => {
    await using rig = await Rig.start();
    const outfile = rig.scratch.join("crashing");
    const entry = "test/e2e/crashing.ts";
    const args = compilerArgs({ version: "0", commit: "none", entry, outfile });
    expect(Bun.spawnSync([process.execPath, ...args], { cwd: ROOT }).exitCode).toBe(0);
    await using terminal = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path });
    await terminal.run("stty -g > before");
    await terminal.run('./crashing; echo "ended with $?"');
    await terminal.shows("looking for the server");
    await terminal.press(key);

    expect(await terminal.shows(/ended with \d+\nready>\s*$/)).toContain("ended with 1\n");
    expect(await terminal.screen()).toContain(words);
    await expectAsBefore(terminal, rig);
  },
  30_000,
);

/** Modes, line discipline, and every mode of the screen that was set is unset. */
async function expectAsBefore(terminal: Terminal, rig: Rig): Promise<void> {
  await terminal.run("stty -g > after; echo compared");
  await terminal.shows(/^compared$/m);
  const [before, after] = ["before", "after"].map((name) => {
    return readFileSync(rig.scratch.join(name), "utf8");
  });
  expect(after).toBe(before ?? "");
  expect(await terminal.modes()).toBe(MODES);
  const last = new Map<string, string>();
  for (const [, mode = "", way = ""] of terminal.raw.matchAll(/\u001b\[\?(\d+)([hlsr])/g)) {
    last.set(mode, way);
  }
  const left = [...last].filter(([mode, way]) => way === "h" && mode !== CURSOR);
  expect({ left, cursor: last.get(CURSOR) }).toEqual({ left: [], cursor: "h" });
}

/** The mode that is on to begin with. */
const CURSOR = "25";

/** Of a line without wide characters. */
function cellAt(line: string, column: number): string {
  const starts = boundaries(line);
  return line.slice(starts[column], starts[column + 1]);
}

/** Each begins with its own mark, so that it can be found whatever became of the rest. */
const HOSTILE = [
  "\u001b[2J\u001b[1;1H\u001b[31m cleared and painted",
  "\u001b]0;OWNED\u0007 \u001b]8;;http://example.org\u001b\\link\u001b]52;c;ZXZpbA==\u0007",
  "\u009b2J \u009d0;OWNED\u009c \u0090q\u009c",
  "back\b\b\b\b over\rwritten \u0000 \u007f \u000b \u000c",
  "\u202etxet desrever\u202c \u2066isolated\u2069 \u200fmark\u200e \u061cmark",
  "split \u001b",
  "]0;OWNED in two",
  `flood${"\u0301".repeat(2000)} zero\u200b\u2060\ufeffwidth a\u200db`,
].map((text, i) => `m${i} ${text}`);

/** What of that may reach the terminal in no place and no form. */
const FORBIDDEN = [
  /\u001b\][^\u0007\u001b]*OWNED|\u001b\](?:8|52);/,
  /\u001b\[(?:2J|31m)|\u001bP(?!tmux;|\+q)/,
  /[\u0080-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
  /\u0301{5}/,
  /[\u0000\u0008\u000b\u000c\u007f]/,
];

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
  const raw = alice.raw;

  for (const line of screen.split("\n").slice(0, 37)) {
    expect([cellAt(line, 18), cellAt(line, 89)]).toEqual(["│", "│"]);
  }
  const found = FORBIDDEN.filter((pattern) => pattern.test(raw));
  expect(found).toEqual([]);
  expect(screen).toContain("m0 [2J[1;1H[31m cleared and painted");
}, 30_000);
