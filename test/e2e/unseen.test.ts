/** A secret that is typed at a terminal is never shown there, and said to nobody. */
import { expect, test } from "bun:test";
import { Terminal } from "../support/terminal.ts";
import { Rig } from "./rig.ts";
import { command, leave } from "./seats.ts";

const SECRET = "correct horse battery";

const ENTRY = "--room '#den' --room-secret-file -";

async function open(rig: Rig): Promise<Terminal> {
  return await Terminal.open({ columns: 100, lines: 30, cwd: rig.scratch.path });
}

/** No event tells of it: as soon as it is so, or in vain until the test's own limit. */
async function untilEchoes(terminal: Terminal, isEchoing: boolean): Promise<void> {
  while ((await terminal.echoes()) !== isEchoing) await Bun.sleep(20);
}

test("what is typed again after a refusal is neither shown nor said", async () => {
  await using rig = await Rig.start();
  const bob = await rig.client("bob");
  await using alice = await open(rig);
  await alice.run(`${command(rig, "alice")} --plain`);
  await alice.shows(/bob connected/);
  await alice.run("/join --private #den");
  await alice.shows("type the secret of #den: it is not shown");
  await alice.run("unfit");
  await alice.shows("type the secret of #den again");
  await alice.run(SECRET);
  await alice.shows("you are in #den (private)");
  await untilEchoes(alice, true);
  await alice.run("/msg bob that is all");
  await bob.line({ type: "message", text: "that is all" });

  expect(bob.stdout).not.toContain(SECRET);
  expect(alice.raw).not.toContain(SECRET);
  expect(alice.raw).not.toContain("unfit");
}, 60_000);

test("a program that was stopped at the question hides what is typed when it goes on", async () => {
  await using rig = await Rig.start();
  await using alice = await open(rig);
  await alice.run(`${command(rig, "alice")} --plain`);
  await alice.shows("you talk in #lobby");
  await alice.run("/join --private #den");
  await alice.shows("it is not shown");
  await alice.press("C-z");
  await alice.shows(/Stopped[^]*ready>\s*$/);
  await alice.run("stty echo; fg");
  await alice.shows(/Stopped[^]*ready> [^]*--plain\n/);
  await untilEchoes(alice, false);
  await alice.run(SECRET);
  await alice.shows("you are in #den (private)");

  expect(alice.raw).not.toContain(SECRET);
}, 60_000);

test("a secret that is refused at the start is asked for again, unseen", async () => {
  await using rig = await Rig.start();
  await using alice = await open(rig);
  await alice.run(`${command(rig, "alice")} ${ENTRY}`);
  await alice.shows(/Secret of #den: *$/m);
  await alice.run("unfit");
  await alice.shows(/A room's secret is 8[^]*Secret of #den: *$/m);
  await alice.run(SECRET);
  await alice.shows(/server ok/);
  await alice.shows(/#den/);
  await leave(alice);

  expect(alice.raw).not.toContain(SECRET);
  expect(alice.raw).not.toContain("unfit");
}, 60_000);

test.each(["--plain", ""])(
  "who leaves the question finds the terminal as it was %s",
  async (face) => {
    await using rig = await Rig.start();
    await using alice = await open(rig);
    await alice.run(`${command(rig, "alice")} ${ENTRY} ${face}; echo "ended with $?"`);
    await alice.shows(/Secret of #den: *$/m);
    await alice.press("C-c");
    await alice.shows(/ended with \d+\nready>\s*$/);

    expect(await alice.echoes()).toBe(true);
  },
  60_000,
);
