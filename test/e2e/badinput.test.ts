import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { ask } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { connected, Rig } from "./rig.ts";

const CLIENT = ["client", "--name", "alice"];

/** What is typed, the exit code, and what the one line on stderr says. */
const WRONG: readonly (readonly [args: readonly string[], exitCode: number, words: string])[] = [
  [["frobnicate"], 2, "Unknown command frobnicate: see p2pchat --help"],
  [["sevrer"], 2, "did you mean server?"],
  [["constructor"], 2, "Unknown command"],
  [["--frob"], 2, "Unknown flag --frob"],
  [["--version", "now"], 2, "Unknown flag --version"],
  [["demo", "--fast"], 2, "Unknown flag --fast: see p2pchat demo --help"],
  [["server", "--frob"], 2, "Unknown flag --frob: see p2pchat server --help"],
  [["server", "somewhere"], 2, 'Unexpected word "somewhere"'],
  [["server", "--json=yes"], 2, "--json takes no value"],
  [["server", "--listen"], 2, "--listen needs a value: --listen IP:PORT"],
  [["server", "--listen", "3478"], 2, "write IP:PORT"],
  [["server", "--listen", "localhost:3478"], 2, "write IP:PORT"],
  [["server", "--listen", "::1:3478"], 2, "write IP:PORT"],
  [["server", "--listen", "127.0.0.1:65536"], 2, "write IP:PORT"],
  [["server", "--log-level", "loud"], 2, "--log-level"],
  [["client"], 2, "p2pchat client --name NAME"],
  [["client", "--name"], 2, "--name needs a value"],
  [["client", "--name", ""], 2, "--name needs a value"],
  [["client", "--name", "two words"], 2, "1 to 32 letters"],
  [["client", "--name", "x".repeat(33)], 2, "1 to 32 letters"],
  [["client", "--name", "a\u202eb"], 2, "1 to 32 letters"],
  [["client", "--name", "\u001b[2J"], 2, "1 to 32 letters"],
  [["client", "--name", ".."], 2, "not only dots"],
  [[...CLIENT, "--sever", "1.2.3.4:5"], 2, "did you mean --server?"],
  [[...CLIENT, "--server", "example.org"], 2, "it has no port"],
  [[...CLIENT, "--server", "example.org:0"], 2, "from 1 to 65535"],
  [[...CLIENT, "--server", "1.2.3:3478"], 2, "neither a host name nor an IP address"],
  [[...CLIENT, "--server", "::1:3478"], 2, "IPv6 addresses need brackets"],
  [[...CLIENT, "--server", "1.2.3.4:5#key"], 2, "its key is wrong"],
  [[...CLIENT, "--room", "#a b"], 2, "--room"],
  [[...CLIENT, "--to", "@a b"], 2, "--to"],
  [[...CLIENT, "--timeout", "5"], 2, "--timeout goes with --to"],
  [[...CLIENT, "--to", "bob", "--timeout", "soon"], 2, "write seconds"],
  [[...CLIENT, "--profile", "../evil"], 2, "Cannot use profile"],
  [[...CLIENT, "--web", "--json"], 2, "exclude each other"],
  [[...CLIENT, "--plain", "--json"], 2, "exclude each other"],
  [[...CLIENT, "--hold", "--no-hold"], 2, "exclude each other"],
];

test("without a word it says what to begin with, where results are not looked for", async () => {
  await using rig = new Rig();

  const { exitCode, stdout, stderr } = await rig.run([], "", { HOME: rig.scratch.path });

  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr.split("\n").length).toBeLessThan(20);
  for (const how of ["client --name alice", "server", "demo", "--help"]) {
    expect(stderr).toContain(`p2pchat ${how} `);
  }
});

test.each(WRONG)("%j is refused in one line that says what to do", async (args, code, words) => {
  await using rig = new Rig();

  const { exitCode, stdout, stderr } = await rig.run(args, "", { HOME: rig.scratch.path });

  expect(exitCode).toBe(code);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^p2pchat: [^\n\u001b\u202e]+\n$/);
  expect(stderr).toContain(words);
});

test.each([
  ["", "it is empty"],
  ["no port at all", "it has no port"],
  ["192.0.2.1:3478#short", "its key is wrong"],
  ["192.0.2.1:3478\n192.0.2.2:3478", "from"],
])("a server.txt of %j is refused, and so is P2PCHAT_SERVER", async (content, words) => {
  await using rig = new Rig();
  writeFileSync(rig.scratch.join("server.txt"), content);
  const args = [...CLIENT, "--data-dir", rig.scratch.join("alice")];

  const file = await rig.run(args, "");
  expect(file.exitCode).toBe(2);
  expect(file.stderr).toMatch(/^p2pchat: [^\n]*server\.txt[^\n]*\n$/);
  expect(file.stderr).toContain(words);
  if (content === "") return;
  const variable = await rig.run(args, "", { P2PCHAT_SERVER: content });

  expect(variable.exitCode).toBe(2);
  expect(variable.stderr).toContain("from P2PCHAT_SERVER");
});

test("the first of --server, P2PCHAT_SERVER and server.txt counts", async () => {
  await using rig = await Rig.start();
  await rig.client("alice");
  writeFileSync(rig.scratch.join("server.txt"), `${rig.address}\n`);
  const args = [
    "client",
    "--no-lan",
    "--name",
    "bot",
    "--data-dir",
    rig.scratch.join("bot"),
    "--to",
    "alice",
  ];

  expect((await rig.run(args, "by server.txt\n")).exitCode).toBe(0);
  writeFileSync(rig.scratch.join("server.txt"), "malformed, and not looked at");
  const env = { P2PCHAT_SERVER: rig.address };

  expect((await rig.run(args, "by variable\n", env)).exitCode).toBe(0);
});

test.each(["--plain", "--json"])(
  "with %s a wrong config file ends it in one line",
  async (face) => {
    await using rig = new Rig();
    mkdirSync(rig.scratch.join("alice"));
    const file = rig.scratch.join("alice", "config.toml");
    writeFileSync(file, "hold = true\n\nshare_read = tru\n");

    const ended = await rig.run([...CLIENT, face, "--data-dir", rig.scratch.join("alice")], "");

    expect(ended).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `p2pchat: Cannot use ${file}, line 3: Strings must be quoted: "tru": correct it\n`,
    });
  },
);

test("a port in use: 1, and which", async () => {
  await using rig = await Rig.start();
  const args = ["--data-dir", rig.scratch.join("other"), "--listen", rig.address];

  const server = await rig.run(["server", ...args], "");
  const client = await rig.run([...CLIENT, ...args], "");

  const port = rig.address.split(":")[1];
  for (const { exitCode, stderr } of [server, client]) {
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `p2pchat: Cannot bind UDP port ${port} on 127.0.0.1: address already in use: ` +
        "choose another with --listen IP:PORT\n",
    );
  }
});

test("an identity that others can read or that is damaged is refused and left alone", async () => {
  await using rig = await Rig.start();
  const client = await rig.client("alice");
  client.send({ type: "quit" });
  await client.exited;
  const file = rig.scratch.join("alice", "identity.key");
  const args = [...CLIENT, "--data-dir", rig.scratch.join("alice"), "--server", rig.address];

  chmodSync(file, 0o644);
  const readable = await rig.run(args, "");
  expect(readable.exitCode).toBe(1);
  expect(readable.stderr).toMatch(/^p2pchat: [^\n]*chmod 600[^\n]*\n$/);
  chmodSync(file, 0o600);
  writeFileSync(file, "p2pchat identity 1\nhalf");
  const damaged = await rig.run(args, "");

  expect(damaged.exitCode).toBe(1);
  expect(damaged.stderr).toMatch(/^p2pchat: [^\n]*identity\.key[^\n]*\n$/);
  expect(await Bun.file(file).text()).toBe("p2pchat identity 1\nhalf");
});

test("a second process of a profile: 2, and who holds it", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");

  const directory = rig.scratch.join("alice");
  const second = await rig.run([...CLIENT, "--data-dir", directory], "");
  const server = await rig.run(["server", "--data-dir", rig.scratch.join("server")], "");

  expect(second).toEqual({
    exitCode: 2,
    stdout: "",
    stderr:
      `p2pchat: Cannot use profile alice: process ${alice.pid} holds it: ` +
      `p2pchat attach --data-dir ${directory} shows it here\n`,
  });
  expect(server.exitCode).toBe(2);
  expect(server.stderr).toContain(
    `process ${rig.server.pid} holds it: it is a server already; --data-dir DIR is for a ` +
      "second one",
  );
});

test("bytes that are no text are an error in every face, and the next line counts", async () => {
  await using rig = await Rig.start();
  const json = await rig.client("json");
  const flags = ["--name", "plain", "--data-dir", rig.scratch.join("plain")];
  const command = [BINARY, "client", "--no-lan", "--plain", ...flags, "--server", rig.address];
  const plain = rig.track(new Program(command, { cwd: rig.scratch.path }));
  const bytes = Uint8Array.of(0xc0, 0x80, 0xff, 0x0a);

  for (const program of [json, rig.server, plain]) program.write(bytes);
  for (const program of [json, rig.server]) program.send({ req: "next", type: "list" });
  plain.write("/list\n");

  for (const program of [json, rig.server]) {
    const error = await program.line({ type: "error", code: "USAGE", req: null });
    expect(error["text"]).toBe("This line of input is not UTF-8 text: it was skipped");
    await program.line({ type: "reply", req: "next" });
  }
  await plain.text(/^[\d:]+ ! This line of input is not UTF-8 text: it was skipped$/m);
  await plain.text(/the server knows 2:/);
});

test("a name that two have is refused with both to choose from, in every face", async () => {
  await using rig = await Rig.start();
  const one = await rig.client("alice");
  const other = await rig.client("alice", "--data-dir", rig.scratch.join("other"));
  const bob = await rig.client("bob");
  for (const alice of [one, other]) await connected(alice, "alice", bob, "bob");
  const list = await ask(bob, { type: "list" });
  const clients = list["clients"] as { readonly name: string; readonly id: string }[];
  const alices = clients.filter(({ name }) => name === "alice").map(({ id }) => id.slice(0, 8));
  for (const { id } of clients.filter(({ name }) => name === "alice")) {
    await bob.line({ type: "peer", state: "connected", who: { id } });
  }

  // Whom he has met first he knows: the other is to be trusted before either may be meant.
  const { who } = await bob.line({ type: "trust", trust: "changed" });
  const doubted = String((who as Json)["id"]).slice(0, 8);
  bob.send({ req: "rash", type: "send", to: "@alice", text: "is it you?" });
  const rash = await bob.line({ req: "rash" });
  await ask(bob, { type: "trust", to: `@alice~${doubted}` });
  bob.send({ req: "say", type: "send", to: "@alice", text: "which?" });
  bob.send({ req: "punch", type: "punch", to: "@alice" });
  const errors = [await bob.line({ req: "say" }), await bob.line({ req: "punch" })];
  bob.send({ type: "quit" });
  await bob.exited;
  const shot = await rig.oneShot("bob", "alice", "which?\n");

  expect(alices).toHaveLength(2);
  expect(rash).toMatchObject({ type: "error", code: "UNTRUSTED" });
  expect(rash["text"]).toContain(`alice~${doubted} is not the alice you know`);
  for (const error of errors) expect(error).toMatchObject({ type: "error", code: "AMBIGUOUS" });
  expect(shot).toMatchObject({ exitCode: 4, stdout: "" });
  for (const text of [...[rash, ...errors].map((error) => String(error["text"])), shot.stderr]) {
    for (const id of alices) expect(text).toContain(`alice~${id}`);
    expect(text.trimEnd()).not.toContain("\n");
  }
});

test("a directory that cannot be made: 1", async () => {
  await using rig = new Rig();
  writeFileSync(rig.scratch.join("file"), "");

  const ended = await rig.run(["server", "--data-dir", rig.scratch.join("file", "below")], "");

  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toMatch(/^p2pchat: Cannot make directory [^\n]+\n$/);
});

test.concurrent(
  "a client that finds no server is ready all the same, and goes on trying",
  async () => {
    await using rig = await Rig.start();
    const listen = rig.address;
    rig.server.kill("SIGKILL");
    await rig.server.exited;

    const alice = rig.start("alice");
    expect(await alice.line({ type: "ready" })).toMatchObject({ server: null, address: null });
    await rig.startServer(listen);

    await alice.line(
      { type: "server", state: "connected", address: listen },
      { timeoutMs: 15_000 },
    );
  },
  60_000,
);

test("it needs nothing beside it, and runs nothing that lies where it is started", async () => {
  await using rig = new Rig();
  const cwd = rig.scratch.join("hostile");
  mkdirSync(cwd);
  writeFileSync(rig.scratch.join("bunfig.toml"), 'preload = ["./evil.ts"]\n');
  writeFileSync(rig.scratch.join("evil.ts"), 'require("fs").writeFileSync("ran", "");\n');
  writeFileSync(rig.scratch.join(".env"), "P2PCHAT_SERVER=from-dot-env\n");

  const { exitCode, stdout } = await rig.run(["--version"]);
  const client = await rig.run([...CLIENT, "--to", "bob", "--data-dir", cwd], "");

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^p2pchat \d+\.\d+\.\d+ \([0-9a-f]{7,}(?:-dirty)?, Bun 1\.4\.5\)\n$/);
  expect(client.exitCode).toBe(0);
  expect(existsSync(rig.scratch.join("ran"))).toBe(false);
});

test("help is for every command, on stdout, with 0", async () => {
  await using rig = new Rig();

  for (const args of [["--help"], ["client", "--help"], ["server", "-h"], ["demo", "--help"]]) {
    const { exitCode, stdout, stderr } = await rig.run(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("USAGE p2pchat");
    expect(stdout).not.toContain("\u001b");
  }
});
