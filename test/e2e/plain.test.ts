import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { BINARY, Program } from "../support/program.ts";
import { say } from "../support/chat.ts";
import { Terminal } from "../support/terminal.ts";
import { Rig } from "./rig.ts";

async function plain(rig: Rig, name: string, ...more: readonly string[]): Promise<Program> {
  const args = ["client", "--no-lan", "--name", name, "--data-dir", rig.scratch.join(name)];
  const command = [BINARY, ...args, "--server", rig.address, ...more];
  const program = rig.track(new Program(command, { cwd: rig.scratch.path }));
  await program.text(/you talk in #lobby/);
  return program;
}

test("two people talk in plain lines, by pipes, with every command", async () => {
  await using rig = await Rig.start();
  const alice = await plain(rig, "alice");
  const bob = await plain(rig, "bob", "--plain");
  await Promise.all([alice.text(/\* bob connected, lan/), bob.text(/\* alice connected, lan/)]);

  alice.write("yes, 212 tests\n");
  await alice.text(/^\d\d:\d\d #lobby you: yes, 212 tests \(sent\)$/m);
  await alice.text(/^\d\d:\d\d \* delivered to bob: yes, 212 tests$/m);
  await bob.text(/^\d\d:\d\d #lobby alice: yes, 212 tests$/m);
  bob.write("/msg alice between us\n");
  await alice.text(/^\d\d:\d\d @bob bob: between us$/m);
  await bob.text(/^\d\d:\d\d @alice you: between us \(sent\)$/m);
  alice.write("/list\n/peer 2\n/punch\n/punch bob\n/who\n/help\n/frob\n");
  await alice.text(/^\d\d:\d\d \* the server knows 2:\n {2}1 alice 127\.0\.0\.1:\d+ [0-9a-f]{8}$/m);
  await alice.text(/^\d\d:\d\d \* punched: server answered in [\d.]+ ms$/m);
  await alice.text(/^\d\d:\d\d \* punched: bob answered in [\d.]+ ms$/m);
  await alice.text(/^\d\d:\d\d \* #lobby: .*bob \(connected\)/m);
  await alice.text(/^ {2}\/msg WHO TEXT/m);
  await alice.text(/^\d\d:\d\d ! Unknown command \/frob: see \/help/m);
  for (const program of [alice, bob]) program.write("/join #dev\n");
  await bob.text(/\* you are in #dev, and talk there now/);
  alice.write("/leave #dev\n/quit\n");

  expect(await alice.exited).toBe(0);
  await bob.text(/^\d\d:\d\d \* alice gone: left$/m);
  expect(alice.stderr + bob.stderr).toBe("");
  expect(alice.stdout + bob.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test("a name of two is shown with as much of the id as it takes", async () => {
  await using rig = await Rig.start();
  const bob = await plain(rig, "bob");
  const one = await rig.client("alice");
  const two = await rig.client("alice", "--data-dir", rig.scratch.join("alice2"));
  await bob.text(/alice~[0-9a-f]{8} connected/);
  for (const alice of [one, two]) {
    await alice.line({ type: "peer", state: "connected", who: { name: "bob" } });
    say(alice, "#lobby", "hello");
  }

  // They may say it at once: one of both may stand in its place late.
  await bob.text(/alice~([0-9a-f]{8}): hello\n[^]*alice~(?!\1)[0-9a-f]{8}(?: \(late\))?: hello/);
  bob.write("/msg alice hi\n");
  await bob.text(/^\d\d:\d\d ! [^\n]*alice/m);
});

test("the demo shows who met whom, every delivery, and what the server saw", async () => {
  await using rig = new Rig();
  const left = leftovers();

  const { exitCode, stdout, stderr } = await rig.run(["demo"]);

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(/server +introduced alice and bob/);
  expect(stdout).toMatch(/alice → bob +connected, path lan/);
  expect(stdout.match(/✓ delivered to (?:alice|bob), [\d.]+ ms/g)).toHaveLength(4);
  const [, record = ""] = stdout.split("What the server saw");
  expect(record).toContain("introduction");
  expect(record).not.toContain("hello everybody");
  expect(leftovers()).toEqual(left);
}, 40_000);

function leftovers(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("p2pchat-demo-"));
}

test("the server on a terminal shows what a client types, prompts and answers", async () => {
  await using rig = new Rig();
  if (!existsSync("/usr/bin/script")) throw new Error("install bsdutils: it gives us a terminal");
  const server = `${BINARY} server --listen 127.0.0.1:0 --data-dir ${rig.scratch.join("server")}`;
  const terminal = ["script", "--quiet", "--flush", "--return", "--command", server, "/dev/null"];
  const program = rig.track(new Program(terminal, { cwd: rig.scratch.path }));

  await program.text(
    /clients type {2}p2pchat client --name NAME --server '127\.0\.0\.1:\d+#[0-9a-f]{64}'/,
  );
  await program.text(/server> /);
  program.write("list\npunch\npeer 7\nhelp\nlsit\n");
  await program.text(/nobody is registered/);
  await program.text(/punched \(0 ms\)/);
  await program.text(/No client has the number 7/);
  await program.text(/peer NUMBER/);
  await program.text(/did you mean list\?/);
  program.write("quit\n");

  expect(await program.exited).toBe(0);
});

test("what was typed when it is interrupted stays above the shell's next line", async () => {
  await using rig = new Rig();
  await using terminal = await Terminal.open({ columns: 100, lines: 30, cwd: rig.scratch.path });
  const alone = "--plain --no-lan --no-portmap --listen 127.0.0.1:0";
  await terminal.run(`${BINARY} client --name alice --data-dir data ${alone}`);
  await terminal.shows("/help lists the commands");
  await terminal.type("half a line");
  await terminal.shows(/^half a line$/m);
  await terminal.press("C-c");

  await terminal.shows(/^half a line\^C\n(?:.*\n)*ready>\s*$/m);
}, 30_000);
