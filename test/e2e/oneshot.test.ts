import { expect, test } from "bun:test";
import { ask } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { connected, messages, Rig } from "./rig.ts";

/** Nobody answers there: the port is the discard service's, on this machine. */
const NOWHERE = "127.0.0.1:9";

test("a one-shot ends with 0 when the person's device has every line, without a word", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");

  const { exitCode, stdout, stderr } = await rig.oneShot("bot", "alice", "one\ntwo\n\nthree");

  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  await alice.line({ type: "message", text: "three" });
  expect(messages(alice).map(({ text }) => text)).toEqual(["one", "two", "three"]);
  for (const message of messages(alice)) {
    expect(message).toMatchObject({ room: "@bot", from: { name: "bot" } });
  }
});

test("a one-shot into a room waits for every member", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([
    rig.client("alice", "--room", "#ops"),
    rig.client("bob", "--room", "#ops"),
  ]);
  await connected(alice, "alice", bob, "bob");

  const { exitCode } = await rig.oneShot("bot", "#ops", "to all\n");

  expect(exitCode).toBe(0);
  for (const client of [alice, bob]) {
    await client.line({ type: "message", room: "#ops", from: { name: "bot" }, text: "to all" });
  }
});

test("a one-shot with --json writes the statuses, each with the number of its line", async () => {
  await using rig = await Rig.start();
  await rig.client("alice");

  const { exitCode, stdout } = await rig.oneShot("bot", "@alice", "one\n", "--json");

  expect(exitCode).toBe(0);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: "ready" });
  expect(lines).toContainEqual(
    expect.objectContaining({ type: "status", req: "1", state: "delivered" }),
  );
  expect(lines.at(-1)).toMatchObject({ type: "bye" });
});

test("what is said elsewhere is none of a one-shot's lines, and comes in a later run", async () => {
  await using rig = await Rig.start();
  const bot = await rig.client("bot");
  const alice = await rig.client("alice");
  await connected(bot, "bot", alice, "alice");
  bot.send({ type: "quit" });
  await bot.exited;
  alice.send({ req: "1", type: "send", to: "#lobby", text: "while you were away" });
  await alice.line({ type: "status", req: "1", state: "queued" });

  const ghost = await rig.oneShot("bot", "ghost", "hi\n", "--timeout", "4");
  const [alicePart] = [await rig.oneShot("bot", "alice", "hi\n")];

  expect(ghost).toMatchObject({ exitCode: 4, stdout: "" });
  expect(alicePart).toMatchObject({ exitCode: 0, stdout: "" });
  const again = await rig.client("bot");
  await again.line({ type: "message", room: "#lobby", text: "while you were away" });
});

test.concurrent("no server: 3, after the timeout", async () => {
  await using rig = new Rig();

  const ended = await rig.oneShot("bot", "alice", "hi\n", "--server", NOWHERE, "--timeout", "3.5");

  expect(ended).toEqual({
    exitCode: 3,
    stdout: "",
    stderr:
      "p2pchat: No server answered within 3.5 s, and there is no other way to @alice: " +
      "nothing was sent\n",
  });
});

test.concurrent(
  "a host that does not resolve is said in one line, and ends with 3 too",
  async () => {
    await using rig = new Rig();
    const server = ["--server", "no-such-host.invalid:3478"];

    const ended = await rig.oneShot("bot", "alice", "hi\n", ...server, "--timeout", "0.5");

    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toStartWith("p2pchat: Cannot find host no-such-host.invalid:");
    expect(ended.stderr.trim().split("\n")).toHaveLength(2);
  },
);

test.concurrent("a name that nobody ever had: 4, and nothing is kept", async () => {
  await using rig = await Rig.start();

  const { exitCode, stderr } = await rig.oneShot("bot", "nobody", "hi\n");

  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^p2pchat: [^\n]*nobody[^\n]*\n$/);
});

test("a name that two have: 6, and 4 once both are trusted; an id says who is meant", async () => {
  await using rig = await Rig.start();
  const alices = [
    await rig.client("alice"),
    await rig.client("alice", "--data-dir", rig.scratch.join("alice2")),
  ];
  const bot = await rig.client("bot");
  const { who } = await bot.line({ type: "trust", trust: "changed" });
  const doubted = `@alice~${String((who as Json)["id"]).slice(0, 8)}`;
  for (const alice of alices) await connected(bot, "bot", alice, "alice");
  bot.send({ type: "quit" });
  await bot.exited;

  expect(await rig.oneShot("bot", "alice", "hi\n")).toMatchObject({ exitCode: 6 });
  expect(await rig.oneShot("bot", doubted, "hi\n")).toMatchObject({ exitCode: 6 });
  const again = await rig.client("bot");
  await ask(again, { type: "trust", to: doubted });
  again.send({ type: "quit" });
  await again.exited;

  expect(await rig.oneShot("bot", "alice", "hi\n")).toMatchObject({ exitCode: 4 });
  expect(await rig.oneShot("bot", doubted, "hi\n")).toMatchObject({ exitCode: 0 });
  expect(alices.flatMap(messages)).toHaveLength(1);
});

test.concurrent("somebody known who is away: 8, and the next run delivers it", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  expect((await rig.oneShot("bot", "alice", "first\n")).exitCode).toBe(0);
  alice.send({ type: "quit" });
  await alice.exited;

  const ended = await rig.oneShot("bot", "alice", "second\n", "--timeout", "1");
  expect(ended).toEqual({
    exitCode: 8,
    stdout: "",
    stderr: "p2pchat: Not delivered to @alice within 1 s: kept in the outbox\n",
  });
  const again = await rig.client("alice");
  expect((await rig.oneShot("bot", "alice", "third\n")).exitCode).toBe(0);

  await again.line({ type: "message", text: "third" });
  expect(messages(again).map(({ text }) => text)).toEqual(["second", "third"]);
});

test.concurrent("a room in which nobody is: 8, and nothing is sent", async () => {
  await using rig = await Rig.start();

  const { exitCode, stderr } = await rig.oneShot("bot", "#empty", "hi\n", "--timeout", "1");

  expect(exitCode).toBe(8);
  expect(stderr).toBe("p2pchat: Nobody was in #empty within 1 s: nothing was sent\n");
});

test.concurrent(
  "without the server, who is still where it was met has it: 0",
  async () => {
    await using rig = await Rig.start();
    const alice = await rig.client("alice");
    expect((await rig.oneShot("bot", "alice", "first\n")).exitCode).toBe(0);
    rig.server.kill("SIGKILL");
    await rig.server.exited;

    expect((await rig.oneShot("bot", "alice", "second\n")).exitCode).toBe(0);
    expect(messages(alice).map(({ text }) => text)).toEqual(["first", "second"]);
  },
  60_000,
);

test.concurrent(
  "a server with another key than the one it is known by: 6",
  async () => {
    await using rig = await Rig.start();
    const alice = await rig.client("alice");
    expect((await rig.oneShot("bot", "alice", "hi\n")).exitCode).toBe(0);
    // Else she is met where she was, without any server.
    alice.kill("SIGKILL");
    await alice.exited;
    const listen = rig.address;
    rig.server.kill("SIGKILL");
    await rig.server.exited;
    await rig.startServer(listen, "impostor");

    const { exitCode, stderr } = await rig.oneShot("bot", "alice", "hi\n", "--timeout", "3.5");

    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/^p2pchat: The server [^\n]* has another key [^\n]*\n$/);
  },
  60_000,
);

test("a line that no message can hold: 2, and which it was", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");

  const input = `${"x".repeat(70_000)}\nsecond\n`;
  const { exitCode, stderr } = await rig.oneShot("bot", "alice", input);
  await rig.oneShot("bot", "alice", "third\n");

  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^p2pchat: Line 1 of the input [^\n]+: nothing was sent\n$/);
  expect(messages(alice).map(({ text }) => text)).toEqual(["third"]);
});

test("with --stay a line that no message can hold is told, and the next is sent", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  const flags = ["--name", "bot", "--data-dir", rig.scratch.join("bot"), "--server", rig.address];
  const command = [BINARY, "client", "--no-lan", ...flags, "--to", "@alice", "--stay"];
  const bot = rig.track(new Program(command, { cwd: rig.scratch.path }));

  bot.write(`one\n${"x".repeat(66_000)}\n`);
  bot.write(Uint8Array.of(0xff, 0x0a));
  bot.write("two\n");

  await alice.line({ type: "message", text: "two" });
  bot.kill("SIGTERM");
  await bot.exited;
  expect(messages(alice).map(({ text }) => text)).toEqual(["one", "two"]);
  const [second = "", ...others] = bot.stderr.split("\n");
  expect(second).toMatch(/^p2pchat: Line 2 of the input is longer .*: it was skipped$/);
  expect(others).toEqual(["p2pchat: Line 3 of the input is not UTF-8 text: it was skipped", ""]);
});
