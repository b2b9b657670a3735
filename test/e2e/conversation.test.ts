/** A whole conversation by plain lines alone: what is written, line by line, and nothing else. */
import { expect, test } from "bun:test";
import { BINARY, Program } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";
import { Rig } from "./rig.ts";

/** What a screen reader is given: each begins with a time, or belongs to the one before it. */
const WHOLE_LINE = /^(?:\^\d+ )?(?:\d{4}-\d\d-\d\d )?\d\d:\d\d (?:[*!] |[#@]\S+ )\S|^ {2,}\S/;

async function sit(rig: Rig, name: string): Promise<Program> {
  const flags = ["--no-lan", "--no-portmap", "--name", name, "--data-dir", rig.scratch.join(name)];
  const command = [BINARY, "client", ...flags, "--server", rig.address];
  const env = { P2PCHAT_ACCESSIBLE: "1", FORCE_COLOR: "1" };
  const program = rig.track(new Program(command, { cwd: rig.scratch.path, env }));
  await program.text(
    new RegExp(`^\\d\\d:\\d\\d \\* you are ${name}; your id begins with [0-9a-f]{8}$`, "m"),
  );
  await program.text(/^\d\d:\d\d \* you talk in #lobby; \/help lists the commands$/m);
  return program;
}

/** Waits for a whole line; what differs from run to run is given as patterns. */
async function reads(program: Program, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) await program.text(new RegExp(`^${line}$`, "m"));
}

const AT = String.raw`\d\d:\d\d`;

function types(program: Program, ...lines: readonly string[]): void {
  for (const line of lines) program.write(`${line}\n`);
}

test("two meet, talk in a room and alone, and say more of what was said", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([sit(rig, "alice"), sit(rig, "bob")]);
  const met = String.raw`connected, lan(?:, [\d.]+ ms)?`;
  await reads(alice, `${AT} \\* bob ${met}`);
  await reads(bob, `${AT} \\* alice ${met}`);

  types(alice, "/join #dev");
  types(bob, "/join #dev");
  for (const one of [alice, bob]) {
    await reads(one, `${AT} \\* you are in #dev, and talk there now`);
  }
  types(alice, "/who");
  await reads(alice, `${AT} \\* #dev: .*bob \\(connected\\).*`);
  types(alice, "the boat leaves at noon");
  await reads(alice, `${AT} #dev you: the boat leaves at noon \\(sent\\)`);
  await reads(alice, `${AT} \\* delivered to bob: the boat leaves at noon`);
  await reads(bob, `${AT} #dev alice: the boat leaves at noon`);

  types(bob, "/reply alice which boat?", "/react alice +1", "/msg alice between us");
  await reads(alice, `${AT} #dev bob \\(to you: the boat leaves at noon\\): which boat\\?`);
  await reads(alice, `${AT} \\* bob put 👍 to: the boat leaves at noon`);
  await reads(alice, `${AT} @bob bob: between us`);
  await reads(bob, `${AT} @alice you: between us \\(sent\\)`);

  types(alice, "/edit the blue boat leaves at noon", "/me waves", "/topic boats");
  await reads(bob, `${AT} #dev alice \\(edited\\): the blue boat leaves at noon`);
  await reads(bob, `${AT} #dev \\* alice waves`, `${AT} \\* #dev is about: boats, says alice`);
  types(alice, "/away");
  await reads(bob, `${AT} \\* alice is away`);

  types(bob, "/search blue", "/history");
  await reads(
    bob,
    `${AT} \\* 1 found with blue \\(/history \\^N shows what was said around one\\)`,
    `\\^\\d+ ${AT} #dev alice \\(edited\\): the blue boat leaves at noon \\[👍 bob\\]`,
    `${AT} \\* #dev: all \\d+`,
    `${AT} #dev bob \\(to alice: the blue boat leaves at noon\\): which boat\\? ` +
      "\\(delivered to alice\\)",
  );
  types(alice, "/quit");
  expect(await alice.exited).toBe(0);
  await reads(bob, `${AT} \\* alice gone: left`);
  types(bob, "/quit");
  expect(await bob.exited).toBe(0);
  for (const one of [alice, bob]) expectLines(one);
}, 40_000);

test("two ask why they are connected, compare keys, and leave a word for who is away", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([sit(rig, "alice"), sit(rig, "bob")]);
  await reads(alice, `${AT} \\* bob connected, lan.*`);
  await reads(bob, `${AT} \\* alice connected, lan.*`);

  types(alice, "/why bob");
  await reads(alice, `${AT} \\* bob: \\S.*`, `  you {7}\\S.*`, `  they {6}\\S.*`);
  types(alice, "/verify bob");
  await reads(bob, `${AT} \\* alice wants to compare keys with you: /verify alice`);
  types(bob, "/verify alice");
  const digits = String.raw`  (?:\d{5} ){3}\d{5}`;
  const pictures = String.raw`  \S+ [A-Z][\w ]+ \(\d+\)`;
  for (const [one, other] of [
    [alice, "bob"],
    [bob, "alice"],
  ] as const) {
    await reads(
      one,
      `${AT} \\* you and ${other} \\((?:new|known)\\): compare by voice or in person.*`,
    );
    await reads(one, digits, pictures);
    await reads(one, `  the same on both sides\\? /verify ${other} match, or .*`);
  }
  expect(linesOf(alice).filter((line) => new RegExp(`^${digits}$`).test(line))).toEqual(
    linesOf(bob).filter((line) => new RegExp(`^${digits}$`).test(line)),
  );
  const seen = (one: Program) =>
    linesOf(one).filter((line) => new RegExp(`^${pictures}$`).test(line));
  expect(seen(alice).slice(0, 7)).toEqual(seen(bob).slice(0, 7));
  types(alice, "/verify bob match");
  await reads(alice, `${AT} \\* bob is verified: you have compared keys`);
  await reads(bob, `${AT} \\* alice says that it matches`);
  types(bob, "/verify alice match", "/quit");
  await reads(bob, `${AT} \\* alice is verified: you have compared keys`);
  expect(await bob.exited).toBe(0);
  await reads(alice, `${AT} \\* bob gone: left`);

  types(alice, "/msg bob for when you are back", "/outbox");
  await reads(
    alice,
    `${AT} @bob you: for when you are back \\(queued: bob is not connected\\)`,
    `${AT} \\* 1 message waits:`,
    `  1\\. ${AT} @bob: for when you are back`,
  );
  const again = await sit(rig, "bob");
  await reads(again, `${AT} @alice alice: for when you are back`);
  await reads(alice, `${AT} \\* delivered to bob: for when you are back`);
  types(again, "/unread", "/quit");
  expect(await again.exited).toBe(0);
  types(alice, "/msg bob too late", "/quit");
  expect(await alice.exited).toBe(0);
  await reads(
    alice,
    `${AT} \\* 1 message waits for bob: it is sent when you are both online again`,
  );
  for (const one of [alice, bob, again]) expectLines(one);
}, 40_000);

test("at a terminal P2PCHAT_ACCESSIBLE brings lines in place of the screen", async () => {
  await using rig = await Rig.start();
  const env = { P2PCHAT_ACCESSIBLE: "1", FORCE_COLOR: "1" };
  await using terminal = await Terminal.open({
    columns: 100,
    lines: 30,
    cwd: rig.scratch.path,
    env,
  });
  const flags = ["--no-lan", "--no-portmap", "--name", "alice"];
  const places = ["--data-dir", rig.scratch.join("alice"), "--server", rig.address];

  await terminal.run([BINARY, "client", ...flags, ...places].join(" "));
  await terminal.shows(/^\d\d:\d\d \* you talk in #lobby/m);
  await terminal.run("/new #den");
  await terminal.shows(/^ {2}p2pchat:/m);
  await terminal.shows(/only this machine finds that server/);
  await terminal.run("/quit");
  await terminal.shows(/^ready>\s*$/m);

  // No code of squares, no colour, and nothing that moves the cursor.
  expect(terminal.raw).not.toMatch(/\u001b|##|[\u2580\u2584\u2588]/);
}, 60_000);

function linesOf(program: Program): readonly string[] {
  return program.stdout.split("\n").slice(0, -1);
}

/** Nothing moves a cursor or rings, and every line stands for itself. */
function expectLines(program: Program): void {
  expect(program.stderr).toBe("");
  expect(program.stdout).toEndWith("\n");
  for (const line of linesOf(program)) {
    expect(line).toMatch(WHOLE_LINE);
    expect(line).not.toMatch(/\p{Cc}/u);
  }
}
