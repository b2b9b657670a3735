import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import { ask, delivered, say } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";
import { connected, Rig } from "./rig.ts";

/** Alice and Bob have talked: alice's client has ended, bob's goes on. */
async function talked(rig: Rig) {
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  await delivered(alice, say(alice, "#lobby", "one \u001b[31mred\u202e"), "bob");
  await delivered(bob, say(bob, "#lobby", "two\nlines"), "alice");
  await delivered(bob, say(bob, "@alice", "*between* us"), "alice");
  alice.send({ type: "quit" });
  await alice.exited;
  return (command: string, who: string, ...args: readonly string[]) =>
    rig.run([command, "--data-dir", rig.scratch.join(who), ...args]);
}

const linesOf = (text: string): Json[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Json);

test("what was said is shown without a client, and beside one that runs", async () => {
  await using rig = await Rig.start();
  const run = await talked(rig);

  const alone = await run("history", "alice", "--json");
  const beside = await run("history", "bob");
  const room = await run("history", "bob", "--room", "#lobby", "--limit", "1");
  const direct = await run("history", "alice", "--with", "@bob", "--since", "1h");
  const found = await run("history", "alice", "--search", "LIN*");

  const lines = linesOf(alone.stdout);
  for (const line of lines) expect(v.parse(outgoingSchema, line)).toEqual(line as never);
  expect(lines.map(({ text }) => text)).toEqual([
    "one \u001b[31mred\u202e",
    "two\nlines",
    "*between* us",
  ]);
  expect(lines[0]).toMatchObject({
    type: "history",
    room: "#lobby",
    states: [{ state: "delivered", by: { name: "bob" } }],
  });
  expect(alone.stdout).not.toMatch(/[\u001b\u202e]/u);
  expect(beside.stdout).toMatch(/^\d\d:\d\d #lobby alice: one \[31mred\n/);
  expect(beside.stdout).toContain("bob: two\n  | lines (delivered to alice)\n");
  expect(room.stdout.split("\n")).toHaveLength(3);
  expect(direct.stdout).toMatch(/^\d\d:\d\d @bob bob: \*between\* us\n$/);
  expect(found.stdout).toMatch(/^\d\d:\d\d #lobby bob: two\n  \| lines\n$/);
  const all = [alone, beside, room, direct, found];
  expect(all.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(all.map(() => [0, ""]));
});

test("an export from within a client is a new file, and what cannot be one is told", async () => {
  await using rig = await Rig.start();
  await using terminal = await Terminal.open({ columns: 100, lines: 30, cwd: rig.scratch.path });
  await talked(rig);
  const alone = "--no-lan --no-portmap --listen 127.0.0.1:0";
  const profile = `--name alice --data-dir ${rig.scratch.join("alice")}`;
  await terminal.run(`HOME=${rig.scratch.path} ${BINARY} client --plain ${profile} ${alone}`);
  await terminal.shows("/help lists the commands");

  await terminal.run("/export @bob bob.jsonl");
  await terminal.shows("written to bob.jsonl: 1 message of @bob");
  await terminal.run("/export bob.jsonl");
  await terminal.shows("it is there already: name another file");
  await terminal.run("/export ~/lobby.md");
  await terminal.shows("written to ~/lobby.md: 2 messages of #lobby");

  const [line] = linesOf(readFileSync(rig.scratch.join("bob.jsonl"), "utf8"));
  expect(line).toMatchObject({ type: "history", room: "@bob", text: "*between* us" });
  const markdown = readFileSync(rig.scratch.join("lobby.md"), "utf8");
  expect(markdown).toContain("**bob**: two\\\n  lines\n");
  expect(statSync(rig.scratch.join("lobby.md")).mode & 0o777).toBe(0o600);
});

test("an export is whole, as Markdown or as JSON lines, and takes nobody's place", async () => {
  await using rig = await Rig.start();
  const run = await talked(rig);
  const file = rig.scratch.join("talk.md");

  const markdown = await run("export", "alice", "--format", "md", "--out", file);
  const again = await run("export", "alice", "--format", "md", "--out", file);
  const jsonl = await run("export", "alice", "--format", "jsonl", "--room", "#lobby");
  const text = readFileSync(file, "utf8");

  expect([markdown.exitCode, again.exitCode, jsonl.exitCode]).toEqual([0, 1, 0]);
  expect(again.stderr).toContain("it is there already: name another file");
  expect(text).toContain("# \\#lobby\n");
  expect(text).toContain("**bob**: two\\\n  lines\n");
  expect(text).toContain("**bob**: \\*between\\* us\n");
  expect(text).toContain("# @bob\n");
  expect(text).not.toMatch(/[\u001b\u202e]/u);
  expect(linesOf(jsonl.stdout).map(({ text: said }) => said)).toEqual([
    "one \u001b[31mred\u202e",
    "two\nlines",
  ]);
});

const CUT_OFF = "was not finished, and nothing of it is kept";

/** Alice has said more than 128 KiB: what writes all of it to this file. */
async function spoken(rig: Rig): Promise<{ file: string; flags: readonly string[] }> {
  const alice = await rig.client("alice");
  let req = "";
  for (let i = 0; i < 1000; i++) req = say(alice, "#lobby", "x".repeat(400));
  await alice.line({ type: "status", req, state: "queued" });
  alice.send({ type: "quit" });
  await alice.exited;
  const file = rig.scratch.join("talk.md");
  const flags = ["--data-dir", rig.scratch.join("alice"), "--format", "md", "--out", file];
  return { file, flags };
}

test("an export that the disk does not take leaves nothing in its place", async () => {
  await using rig = await Rig.start();
  const { file, flags } = await spoken(rig);
  // 64 KiB, or 128: more than what SQLite has beside a database.
  const within = ["sh", "-c", 'trap "" XFSZ; ulimit -f 128; exec "$@"', "sh"];

  const full = rig.track(new Program([BINARY, "export", ...flags], { within }));
  const exitCode = await full.exited;
  const isLeft = existsSync(file) || existsSync(`${file}.part`);
  const again = await rig.run(["export", ...flags]);

  expect(full.stderr).toMatch(/^p2pchat: Cannot write [^\n]+\n$/);
  expect([exitCode, isLeft, again.exitCode]).toEqual([1, false, 0]);
  expect(existsSync(`${file}.part`)).toBe(false);
});

test("an export has its name when it is whole, and none when it is cut off", async () => {
  await using rig = await Rig.start();
  const { file, flags } = await spoken(rig);
  const cut = rig.track(new Program([BINARY, "export", ...flags]));
  while (!existsSync(`${file}.part`) && !existsSync(file)) await Bun.sleep(1);
  cut.kill("SIGINT");
  const exitCode = await cut.exited;

  // It may have been quicker.
  if (exitCode === 0) rmSync(file);
  else expect([exitCode, cut.stderr]).toEqual([130, `p2pchat: ${file} ${CUT_OFF}\n`]);
  expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);

  const whole = rig.track(new Program([BINARY, "export", ...flags]));
  let firstSize: number | undefined;
  while (firstSize === undefined) {
    firstSize = statSync(file, { throwIfNoEntry: false })?.size;
    await Bun.sleep(1);
  }
  expect(await whole.exited).toBe(0);
  expect(firstSize).toBe(statSync(file).size);
  expect(existsSync(`${file}.part`)).toBe(false);
});

test("a database with nothing in it is not taken for one that never held anything", async () => {
  await using rig = await Rig.start();
  const run = await talked(rig);
  writeFileSync(rig.scratch.join("alice", "p2pchat.db"), "");

  const history = await run("history", "alice");
  const alice = await rig.client("alice");
  alice.send({ type: "quit" });
  await alice.exited;

  expect(history.exitCode).toBe(1);
  expect(history.stderr).toMatch(/^p2pchat: No history in [^\n]+: p2pchat\.db is empty[^\n]*\n$/);
  expect(alice.stderr).toBe("p2pchat: p2pchat.db was empty: whatever it held is lost\n");
});

test("a private room that was left is told apart from an open one of its name", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  await ask(alice, { type: "new", room: "#den" });
  const first = say(alice, "#den", "said in the den");
  await alice.line({ type: "status", req: first, state: "queued" });
  await ask(alice, { type: "leave", room: "#den" });

  const left = await ask(alice, { type: "history", room: "#den" });
  await ask(alice, { type: "join", room: "#den" });
  const second = say(alice, "#den", "said in the open");
  await alice.line({ type: "status", req: second, state: "queued" });
  const found = await ask(alice, { type: "search", text: "said" });
  const [open, den] = found["messages"] as Json[];
  // As a message that was seen before is asked about: by the name that its room had then.
  const around = await ask(alice, { type: "history", room: "#den", around: den?.["id"] });
  const now = await ask(alice, { type: "history", room: "#den" });
  alice.send({ type: "quit" });
  await alice.exited;

  const textsOf = (page: Json) => (page["messages"] as Json[]).map(({ text }) => text);
  const label = String(den?.["room"]);
  expect([left["room"], textsOf(left)]).toEqual(["#den", ["said in the den"]]);
  expect([open?.["room"], label]).toEqual(["#den", expect.stringMatching(/^#den~[0-9a-f]{8}$/)]);
  expect([around["room"], textsOf(around)]).toEqual([label, ["said in the den"]]);
  expect([now["room"], textsOf(now)]).toEqual(["#den", ["said in the open"]]);
  const run = (command: string, ...args: readonly string[]) =>
    rig.run([command, "--data-dir", rig.scratch.join("alice"), ...args]);
  const [one, other, all] = await Promise.all([
    run("history", "--json", "--room", "#den"),
    run("history", "--json", "--room", label),
    run("export", "--format", "md"),
  ]);
  const said = [one, other].map(({ stdout }) => linesOf(stdout).map(({ text }) => text));
  expect(said).toEqual([["said in the open"], ["said in the den"]]);
  const headings = all.stdout.split("\n").filter((line) => line.startsWith("# "));
  const escaped = label.replace("#", String.raw`\#`).replace("~", String.raw`\~`);
  expect(headings.toSorted()).toEqual([String.raw`# \#den`, `# ${escaped}`]);
});

test("what is not there is said to be, and nothing is made", async () => {
  await using rig = await Rig.start();
  const run = await talked(rig);

  const nobody = await run("history", "carol");
  const asked = [
    await run("history", "alice", "--room", "#attic"),
    await run("history", "alice", "--with", "@zoe"),
    await run("history", "alice", "--since", "yore"),
    await run("history", "alice", "--limit", "0"),
    await run("history", "alice", "--search", "!!"),
    await run("export", "alice"),
    await run("export", "alice", "--format", "pdf"),
  ];

  expect(nobody.exitCode).toBe(2);
  expect(nobody.stderr).toContain("nobody has chatted from there");
  expect(existsSync(rig.scratch.join("carol"))).toBe(false);
  expect(asked.map(({ exitCode }) => exitCode)).toEqual([4, 4, 2, 2, 2, 2, 2]);
  for (const { stderr, stdout } of asked) {
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^p2pchat: [^\n]+\n$/);
  }
});

test("what a disk does not give back is left out, and told; a read-only one is read", async () => {
  await using rig = await Rig.start();
  const run = await talked(rig);
  const directory = rig.scratch.join("alice");
  chmodSync(directory, 0o500);
  const readOnly = await run("history", "alice");
  chmodSync(directory, 0o700);
  const db = new Database(rig.scratch.join("alice", "p2pchat.db"));
  db.run("UPDATE runs SET bytes = CAST(bytes || x'00' AS BLOB) WHERE own = 1");
  db.close();

  const damaged = await run("history", "alice");
  const exported = await run("export", "alice", "--format", "jsonl");

  expect([readOnly.exitCode, readOnly.stdout.split("\n").length]).toEqual([0, 5]);
  expect(damaged.stdout.split("\n")).toHaveLength(4);
  expect(damaged.stderr).toBe("p2pchat: 1 message is damaged on this disk, and left out\n");
  expect([damaged.exitCode, exported.exitCode]).toEqual([1, 1]);
});
