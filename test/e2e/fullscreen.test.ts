import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Terminal } from "../support/terminal.ts";
import { Rig } from "./rig.ts";
import { command, compiled, expectPainting, expectScreen, leave, sitDown } from "./seats.ts";

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

/** People and a path have a place beside the talk in a smaller terminal, too. */
async function expectSmaller(bob: Terminal): Promise<void> {
  await bob.resize(100, 20);
  await bob.shows(/│ alice\n.*│ path lan/);
  await expectScreen(bob, "talk-100x20");
  await bob.resize(120, 40);
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
  await expectSmaller(bob);

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
  await expectScreen(bob, "resized-50x16");
  await bob.resize(80, 24);
  await bob.shows(/│/);
  await expectScreen(bob, "resized-80x24");
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
  expect(alice.raw).toMatch(/^[\u0000-\u007f]*$/);
}, 60_000);

test.each([
  ["dark", { env: { COLORFGBG: "15;0" } }],
  ["light", { env: { COLORFGBG: "0;15" } }],
  ["dark", { colours: "bg=#102030,fg=#ffffff" }],
  ["light", { colours: "bg=#ffffff,fg=#102030" }],
])(
  "on a %s ground (%j) there are the terminal's own sixteen colours and no others",
  async (ground, how) => {
    await using rig = await Rig.start();
    await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24, ...how });
    const bob = await rig.client("bob");
    await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
    await alice.shows(/1 other, 1 here/);
    await alice.run("hello");
    await alice.shows(/hello +✓✓/);
    await alice.run("/frob");
    await alice.shows(/Unknown command/);

    await expectPainting(alice, `${ground}-80x24`);
    const colours = alice.raw.matchAll(/\u001b\[(?:[\d;]*;)?[34]8;(2;|5;\d+)/g);
    const others = [...colours].filter(([, colour = ""]) => !/^5;(?:\d|1[0-5])$/.test(colour));
    expect(others).toEqual([]);
  },
  60_000,
);

/** What a terminal sends of the first button, pressed and let go at a cell. */
function click(column: number, line: number): string {
  const at = `${column + 1};${line + 1}`;
  return `\u001b[<0;${at}M\u001b[<0;${at}m`;
}

test("the mouse goes where it clicks, a key gives it back, and text is copied", async () => {
  await using rig = await Rig.start();
  await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24 });
  await alice.run("/join #dev");
  await alice.shows(/^ #dev ›/m);
  await alice.type(click(3, 1));
  await alice.shows(/^ #lobby ›/m);
  await alice.run("hello");
  await alice.shows(/alice +hello/);
  await alice.run("/copy");
  await alice.shows("copied");
  expect(alice.raw).toContain("]52;c;aGVsbG8=");

  await alice.press("F2");
  await alice.shows("the mouse selects text");
  expect(await alice.modes()).toContain("mouse_any_flag=0");
  await alice.press("F2");
  await alice.shows("the mouse clicks and scrolls again");
  expect(await alice.modes()).toContain("mouse_any_flag=1");
}, 60_000);

test("who is alone tries the marks out, and looks at the network", async () => {
  await using rig = await Rig.start();
  await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24 });
  await alice.shows("[ ] see a message arrive");
  await alice.run("/echo hi there");
  await alice.shows(/hi there +✓✓r/);
  await alice.shows("[x] see a message arrive");
  await expectScreen(alice, "echo-80x24");
  await alice.run("/doctor");
  await alice.shows(/UDP +/);
  await alice.shows(/Your network: (?:All is well|Nothing failed|\d failed)/, 15_000);
  await alice.press("Escape");
  await alice.shows("[x] look at your network");

  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
  await alice.shows("[x] meet somebody");
  expect(bob.lines.filter(({ type }) => type === "message")).toEqual([]);
}, 60_000);

test("who comes back sees where what was missed begins, and what was muted is", async () => {
  await using rig = await Rig.start();
  const bob = await rig.client("bob");
  await using alice = await sitDown(rig, "alice", { columns: 80, lines: 24 });
  await alice.shows(/1 other, 1 here/);
  bob.send({ type: "send", to: "#lobby", text: "before" });
  await alice.shows(/bob +before/);
  await alice.run("/mute");
  await alice.shows(/#lobby {2}muted/);
  await leave(alice);

  bob.send({ type: "send", to: "#lobby", text: "missed" });
  await bob.line({ type: "status", state: "queued" });
  await alice.run(command(rig, "alice"));
  await alice.shows(/before\n.*─ new ─+\n.*bob +missed/);
  await alice.shows(/#lobby {2}muted/);
  bob.send({ type: "send", to: "#lobby", text: "seen" });
  await alice.shows(/─ new ─+\n.*bob +missed\n.* seen/);
}, 60_000);

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
  await leave(alice);

  const nameless = command(rig, "alice").replace("--name alice ", "");
  await alice.run(`clear; USER=zoe ${nameless}`);
  await alice.shows("Your name [zoe]:");
  await alice.press("Enter");
  await alice.shows(/^ zoe +server ok/m);
  await leave(alice);
  await alice.run(`clear; USER='no name' ${nameless}`);
  await alice.shows(/^Your name:$/m);
  await alice.press("C-d");
  await alice.shows(/^Your name:\np2pchat: Say who you are/m);
  await alice.run(`clear; USER='no name' ${nameless}`);
  await alice.hides("Say who you are");
  await alice.shows(/^Your name:$/m);
  await alice.run("al ice");
  await alice.shows(/^A name is 1 to 32 letters[^]+^Your name:$/m);
  await alice.run("alice");
  await alice.shows(/server ok/);
  await alice.type("hello");
  await alice.shows("#lobby › hello");
  await leave(alice);

  await alice.run("clear; printf 'jump = 7' > alice/keys.toml");
  await alice.run(command(rig, "alice"));
  await alice.shows(/Cannot use .*keys\.toml: jump /);
}, 60_000);

test("lines take the place of the full screen where it is not wanted or cannot be", async () => {
  await using rig = await Rig.start();
  await using terminal = await Terminal.open({ columns: 120, lines: 40, cwd: rig.scratch.path });
  const alice = command(rig, "alice");
  for (const line of [
    `${alice} --plain`,
    `TERM=dumb ${alice}`,
    `TERM= ${alice}`,
    `${alice} --verbose --log-level error`,
    `${alice} | cat`,
  ]) {
    await terminal.run("clear");
    await terminal.hides("clear");
    await terminal.run(line);
    await terminal.shows(/^\d\d:\d\d \* you talk in #lobby; \/help/m);
    expect(await terminal.modes()).toBe(MODES);
    await terminal.run("/quit");
    await terminal.shows(/^ready>\s*$/m);
  }
  // Nothing can be loaded from there.
  await terminal.run("clear");
  await terminal.hides("clear");
  await terminal.run(`XDG_CACHE_HOME=/dev/null TMPDIR=/dev/null ${alice}`);
  await terminal.shows(/The screen cannot be filled, lines take its place[^]*you talk in #lobby/);
  await terminal.run("/quit");
  await terminal.shows(/^ready>\s*$/m);
  await terminal.run(`clear; ${alice} --json`);
  await terminal.shows(/^\{"v":1,"type":"ready"/m);
  await terminal.run('{"type":"quit"}');
  await terminal.shows(/^ready>\s*$/m);

  await terminal.run(`clear; ${alice} --verbose 2>log`);
  await terminal.shows(/server ok/);
  await leave(terminal);
  await terminal.run(`clear; ${alice} --plain --json`);
  await terminal.shows("--plain and --json exclude each other");
}, 120_000);

const MODES = "alternate_on=0 cursor_flag=1 insert_flag=0 keypad_flag=0 mouse_any_flag=0";

const EXITS = { quit: 0, "/quit": 0, INT: 130, TERM: 143, HUP: 129, QUIT: 131 } as const;

test.each(["quit", "/quit", "INT", "TERM", "HUP", "QUIT"] as const)(
  "after %s the terminal is as it was",
  async (how) => {
    await using rig = await Rig.start();
    await using terminal = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path });
    await terminal.run("ulimit -c 0; stty -g > before");
    expect(await terminal.modes()).toBe(MODES);

    await terminal.run(`${command(rig, "alice")} & echo $! > pid; fg; echo "ended with $?"`);
    await terminal.shows(/server ok/);
    if (how === "quit") await terminal.press("C-c", "C-c");
    else if (how === "/quit") await terminal.run("/quit");
    else process.kill(Number(readFileSync(rig.scratch.join("pid"), "utf8")), `SIG${how}`);
    const screen = await terminal.shows(/ended with \d+\nready>\s*$/);

    expect(screen).not.toMatch(/lobby|server ok/);
    expect(screen).toContain(`ended with ${EXITS[how]}`);
    await expectAsBefore(terminal, rig);
  },
  60_000,
);

test.each([
  ["x", "thrown on purpose"],
  ["r", "rejected on purpose"],
  ["t", "thrown later on purpose"],
])(
  "after a crash (%s) the terminal is as it was, and says why",
  async (key, words) => {
    await using rig = await Rig.start();
    compiled("test/e2e/crashing.ts", rig.scratch.join("crashing"));
    await using terminal = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path });
    await terminal.run("stty -g > before");
    await terminal.run('./crashing; echo "ended with $?"');
    await terminal.shows("looking for the server");
    await terminal.press(key);

    expect(await terminal.shows(/ended with \d+\nready>\s*$/)).toContain("ended with 1\n");
    expect(await terminal.screen()).toContain(words);
    await expectAsBefore(terminal, rig);
  },
  60_000,
);

/** Alice with an editor open, which waits for a file before it writes; her process is in `pid`. */
async function openEditor(rig: Rig, how: string): Promise<Terminal> {
  const wait = "trap '' INT; echo it edits; until [ -e go ]; do sleep 0.05; done";
  writeFileSync(rig.scratch.join("slow"), `${wait}; printf written > "$1"`);
  const env = { VISUAL: how };
  const terminal = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path, env });
  await terminal.run("stty -g > before");
  await terminal.run(`${command(rig, "alice")} & echo $! > pid; fg; echo "ended with $?"`);
  await terminal.shows(/server ok/);
  await terminal.press("C-x");
  await terminal.shows("Ctrl+X and then?");
  await terminal.press("e");
  await terminal.shows("it edits");
  return terminal;
}

test.each(["sh slow", "HERE= sh slow"])(
  "while an editor (%s) has the terminal, messages come and Ctrl+C is the editor's",
  async (how) => {
    await using rig = await Rig.start();
    await using alice = await openEditor(rig, how);
    const bob = await rig.client("bob");
    await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });
    bob.send({ type: "send", to: "@alice", text: "are you there?" });
    await bob.line({ type: "status", state: "delivered", by: { name: "alice" } });
    await alice.press("C-c");
    expect(await alice.settled()).not.toContain("lobby");

    writeFileSync(rig.scratch.join("go"), "");
    await alice.shows(/#lobby › written$/m);
    await alice.shows(/ @bob +1 /);
    expect(await alice.screen()).not.toContain("it edits");
    await alice.press("C-c");
    await alice.shows("Ctrl+C again ends p2pchat");
  },
  60_000,
);

test("who is ended while an editor has the terminal leaves it as it was", async () => {
  await using rig = await Rig.start();
  await using alice = await openEditor(rig, "sh slow");
  process.kill(Number(readFileSync(rig.scratch.join("pid"), "utf8")), "SIGTERM");

  expect(await alice.shows(/ended with \d+\nready>\s*$/)).toContain("ended with 143");
  await expectAsBefore(alice, rig);
}, 60_000);

test.each(["", "sh -c '%; true'"])(
  "a stopped client (%j) leaves the terminal as it was, and goes on",
  async (how) => {
    await using rig = await Rig.start();
    await using alice = await Terminal.open({ columns: 80, lines: 24, cwd: rig.scratch.path });
    await alice.run("stty -g > before");
    const client = command(rig, "alice");
    await alice.run(how === "" ? client : how.replace("%", client));
    await alice.shows(/server ok/);
    await alice.type("half a line");
    await alice.shows("#lobby › half a line");
    await alice.press("C-z");
    await alice.shows(/Stopped[^]*ready>\s*$/);
    expect(await alice.screen()).not.toContain("lobby");
    await expectAsBefore(alice, rig);

    await alice.run("fg");
    await alice.shows("#lobby › half a line");
    await alice.type(" more");
    await alice.shows("#lobby › half a line more");
    await leave(alice);
    await alice.run("clear");
    await alice.hides("compared");
    await expectAsBefore(alice, rig);
  },
  60_000,
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
