import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ask, delivered, say } from "../support/chat.ts";
import { BINARY, Program } from "../support/program.ts";
import { connected, Rig } from "./rig.ts";

/** Escape sequences, C0, DEL, C1, bidirectional controls and a lone joiner. */
const HOSTILE =
  "a\u001b[2J\u001b]0;title\u0007b\u009b31mc\u007fd\u0000e" +
  "\u0008f\u202eg\u2066h\u200fi\u061cj\u200dk";

/** Joined by what a screen may show of it. */
const HARMLESS = "a[2J]0;titleb31mcdefghijk";

const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function plainClient(rig: Rig, name: string): Program {
  const args = [
    "client",
    "--no-lan",
    "--plain",
    "--name",
    name,
    "--data-dir",
    rig.scratch.join(name),
  ];
  const flags = ["--server", rig.address, "--verbose", "--log-level", "trace"];
  return rig.track(new Program([BINARY, ...args, ...flags], { cwd: rig.scratch.path }));
}

function filesBelow(directory: string): readonly string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("what a stranger writes reaches no plain line and no log as a control character", async () => {
  await using rig = await Rig.start();
  const plain = plainClient(rig, "plain");
  await plain.text(/you talk in #lobby/);
  const evil = await rig.client("evil", "--verbose", "--log-level", "trace");
  await plain.text(/\* evil connected, lan/);
  await evil.line({ type: "peer", state: "connected" });

  const reqs = [say(evil, "#lobby", HOSTILE), say(evil, "@plain", `${HOSTILE}\nsecond line`)];
  await Promise.all(reqs.map((req) => delivered(evil, req, "plain")));
  await plain.text(/second line/);
  plain.write(`/msg evil ${HOSTILE}\n/${HOSTILE}\n/join #${HOSTILE}\n`);
  await evil.line({ type: "message", text: HOSTILE });

  const lines = plain.stdout.split("\n").filter((line) => line.includes("evil:"));
  expect(lines.map((line) => line.slice(6))).toEqual([
    `#lobby evil: ${HARMLESS}`,
    `@evil evil: ${HARMLESS}`,
  ]);
  expect(plain.stdout).toContain("\n  | second line\n");
  expect(plain.stdout + plain.stderr + evil.stderr).not.toMatch(UNSAFE);
  expect(evil.stdout).not.toMatch(UNSAFE);
  for (const name of ["plain", "evil", "server"]) {
    const log = readFileSync(rig.scratch.join(name, "p2pchat.jsonl"), "utf8");
    expect(log.length).toBeGreaterThan(0);
    expect(log).not.toMatch(UNSAFE);
  }
});

test("no message and no key is in any log, in stderr, or with the server", async () => {
  await using rig = await Rig.start();
  const verbose = ["--verbose", "--log-level", "trace"];
  const [alice, bob] = await Promise.all([
    rig.client("alice", ...verbose),
    rig.client("bob", ...verbose),
  ]);
  await connected(alice, "alice", bob, "bob");
  const canary = randomBytes(12).toString("hex");

  const reqs = [say(alice, "#lobby", `lobby ${canary}`), say(alice, "@bob", `direct ${canary}`)];
  await Promise.all(reqs.map((req) => delivered(alice, req, "bob")));
  await ask(alice, { type: "list" });
  for (const program of [alice, bob, rig.server]) program.send({ type: "quit" });
  await Promise.all([alice, bob, rig.server].map((program) => program.exited));

  const secrets = ["server", "alice", "bob"].flatMap((name) => keysOf(rig, name));
  const seen: readonly (readonly [where: string, content: string])[] = [
    ...[alice, bob, rig.server].map(({ stderr }) => ["stderr", stderr] as const),
    ...[...logsOf(rig, "alice"), ...logsOf(rig, "bob"), ...filesBelow(rig.scratch.join("server"))]
      .filter((file) => !file.endsWith("identity.key"))
      .map((file) => [file, readFileSync(file, "latin1")] as const),
  ];
  expect(alice.stderr).toContain("message");
  expect(seen.length).toBeGreaterThanOrEqual(6);
  for (const [where, content] of seen) {
    const found = [canary, ...secrets].filter((secret) => content.includes(secret));
    expect({ where, found: found.length }).toEqual({ where, found: 0 });
  }
  expect(readFileSync(rig.scratch.join("bob", "p2pchat.db"), "latin1")).toContain(canary);
});

/** Both secrets of an identity, in every form in which they might slip out. */
function keysOf(rig: Rig, name: string): readonly string[] {
  const [, hex = ""] = readFileSync(rig.scratch.join(name, "identity.key"), "utf8").split("\n");
  expect(hex).toMatch(/^[0-9a-f]{128}$/);
  return [hex.slice(0, 64), hex.slice(64)].flatMap((half) => {
    const bytes = Buffer.from(half, "hex");
    return [half, bytes.toString("latin1"), bytes.toString("base64"), bytes.toString("base64url")];
  });
}

function logsOf(rig: Rig, name: string): readonly string[] {
  return filesBelow(rig.scratch.join(name)).filter((file) => file.includes(".jsonl"));
}

test("the logs of both roles hold who came, asked, met and wrote to whom", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  await delivered(alice, say(alice, "@bob", "hello"), "bob");
  await ask(alice, { type: "list" });
  await ask(alice, { type: "peer", number: 1 });
  await ask(alice, { type: "punch" });
  for (const program of [alice, bob]) program.send({ type: "quit" });
  await Promise.all([alice, bob].map((program) => program.exited));
  await ask(rig.server, { type: "punch" });
  rig.server.send({ type: "quit" });
  await rig.server.exited;

  const kinds = (name: string): readonly string[] =>
    readFileSync(rig.scratch.join(name, "p2pchat.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => {
        const { time, name: by, level, message } = JSON.parse(line) as Record<string, string>;
        expect([time?.endsWith("Z"), by, typeof level]).toEqual([true, name, "string"]);
        return message ?? "";
      });
  const wanted: readonly (readonly [name: string, kinds: readonly string[]])[] = [
    ["server", ["started", "come", "register", "introduction", "list", "peer", "punch", "go"]],
    ["server", ["stopped"]],
    ["alice", ["ready", "connected", "message queued", "message sent", "message delivered"]],
    ["bob", ["connected", "message received"]],
  ];
  for (const [name, all] of wanted) {
    const logged = kinds(name);
    expect(all.filter((kind) => !logged.includes(kind))).toEqual([]);
  }
});

test("whatever the umask, directories are for their owner alone, and so are files", async () => {
  await using rig = await Rig.start();
  const directory = rig.scratch.join("open");
  const command = `umask 000; exec "$0" client --json --name open --data-dir "$1" --server "$2"`;
  const args = ["sh", "-c", command, BINARY, directory, rig.address];
  const client = rig.track(new Program(args, { cwd: rig.scratch.path }));
  await client.line({ type: "ready" });

  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const files = filesBelow(directory);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect({ file, mode: statSync(file).mode & 0o777 }).toEqual({ file, mode: 0o600 });
  }
});

test("without --data-dir everything lies where XDG says", async () => {
  await using rig = await Rig.start();
  const env = {
    HOME: rig.scratch.join("home"),
    XDG_DATA_HOME: rig.scratch.join("data"),
    XDG_STATE_HOME: rig.scratch.join("state"),
  };

  const args = [
    "client",
    "--no-lan",
    "--name",
    "xavier",
    "--to",
    "nobody",
    "--server",
    rig.address,
  ];
  expect((await rig.run(args, "", env)).exitCode).toBe(0);

  const names = (directory: string): readonly string[] => filesBelow(rig.scratch.join(directory));
  expect(names("data").join("\n")).toContain(join("p2pchat", "xavier", "identity.key"));
  expect(names("state")).toEqual([rig.scratch.join("state", "p2pchat", "xavier", "p2pchat.jsonl")]);
});
