import { expect, test } from "bun:test";
import * as v from "valibot";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import { ask, delivered, say } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { connected, messages, Rig } from "./rig.ts";

const HEX_64 = /^[0-9a-f]{64}$/;

/** Every line is one object of the contract, and `ready` is the first and only of its kind. */
function expectContract(program: Program): void {
  expect(program.strays).toEqual([]);
  for (const line of program.lines) expect(v.parse(outgoingSchema, line)).toEqual(line as never);
  expect(program.lines.map((line) => line["type"]).indexOf("ready")).toBe(0);
  expect(program.lines.filter((line) => line["type"] === "ready")).toHaveLength(1);
}

function statesOf(program: Program, req: string): readonly unknown[] {
  const isAbout = (line: Json): boolean => line["type"] === "status" && line["req"] === req;
  return program.lines.filter(isAbout).map((line) => line["state"]);
}

test("two clients talk in the lobby and directly, and every state is told once", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");

  const reqs = [say(alice, "#lobby", "hello all"), say(alice, "@bob", "hello bob")];
  await Promise.all(reqs.map((req) => delivered(alice, req, "bob")));
  const [toLobby, toAlice] = [say(bob, "#lobby", "hi all"), say(bob, "@alice", "hi alice")];
  await Promise.all([toLobby, toAlice].map((req) => delivered(bob, req, "alice")));
  // A receipt may be heard before the face that it speaks of has written.
  await bob.line({ type: "message", text: "hello bob" });
  await alice.line({ type: "message", text: "hi alice" });

  expect(messages(bob)).toMatchObject([
    { room: "#lobby", from: { name: "alice" }, text: "hello all" },
    { room: "@alice", from: { name: "alice" }, text: "hello bob" },
  ]);
  expect(messages(alice)).toMatchObject([
    { room: "#lobby", from: { name: "bob" }, text: "hi all" },
    { room: "@bob", from: { name: "bob" }, text: "hi alice" },
  ]);
  for (const req of reqs) expect(statesOf(alice, req)).toEqual(["queued", "sent", "delivered"]);
  const { path } = await alice.line({ type: "peer", state: "connected" });
  expect(path).toMatchObject({ kind: "lan", via: null });
  for (const program of [rig.server, alice, bob]) expectContract(program);
});

test("ready says who one is, who the server is, and where it sees one", async () => {
  await using rig = await Rig.start();
  const server = await rig.server.line({ type: "ready" });

  const alice = await rig.client("alice");

  expect(server).toMatchObject({ role: "server", address: rig.address });
  expect(server["id"]).toMatch(HEX_64);
  const ready = await alice.line({ type: "ready" });
  expect(ready).toMatchObject({
    role: "client",
    me: { name: "alice" },
    server: { address: rig.address, id: server["id"] },
    nat: null,
  });
  expect(String(ready["address"])).toStartWith("127.0.0.1:");
});

test("list, peer and punch are answered by the server to clients and to its own face", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");
  const bob = await rig.client("bob");
  const [me, server] = [await alice.line({ type: "ready" }), await rig.server.line({})];
  const first = { number: 1, name: "alice", address: me["address"] };

  for (const program of [alice, rig.server]) {
    const list = await ask(program, { type: "list" });
    expect(list["clients"]).toMatchObject([first, { number: 2, name: "bob" }]);
    const peer = await ask(program, { type: "peer", number: 1 });
    expect(peer["client"]).toMatchObject(first);
    const punch = await ask(program, { type: "punch" });
    expect(punch).toMatchObject({ text: "punched", who: { id: server["id"] } });
    program.send({ req: "nobody", type: "peer", number: 99 });
    expect(await program.line({ type: "error", req: "nobody" })).toMatchObject({ code: "NO_PEER" });
  }
  for (const program of [rig.server, alice, bob]) expectContract(program);
});

test("a client asks another for punch and is told punched with the round trip", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");

  const punch = await ask(alice, { type: "punch", to: "@bob" });

  expect(punch).toMatchObject({ command: "punch", text: "punched", who: { name: "bob" } });
  expect(punch["rttMs"]).toBeGreaterThan(0);
});

test("rooms are entered and left, and hold those who are in them", async () => {
  await using rig = await Rig.start();
  const [alice, bob, carol] = await Promise.all([
    rig.client("alice", "--room", "#dev"),
    rig.client("bob"),
    rig.client("carol", "--no-lobby", "--room", "#dev"),
  ]);
  await connected(alice, "alice", carol, "carol");
  await connected(alice, "alice", bob, "bob");

  const members = async (): Promise<unknown[]> => {
    const { members: all } = await ask(alice, { type: "who", room: "#dev" });
    return (all as Json[]).map(({ name, state }) => `${String(name)} ${String(state)}`).toSorted();
  };
  expect(await members()).toEqual(["alice me", "carol connected"]);
  expect(await ask(bob, { type: "join", room: "#dev" })).toMatchObject({ room: "#dev" });
  await until(async () => (await members()).length === 3);
  const req = say(alice, "#dev", "to the developers");
  await delivered(alice, req, "bob");
  await delivered(alice, req, "carol");
  expect(messages(carol)).toMatchObject([{ room: "#dev", text: "to the developers" }]);

  expect(await ask(bob, { type: "leave", room: "#dev" })).toMatchObject({ command: "leave" });
  await until(async () => (await members()).length === 2);
  for (const program of [alice, bob, carol]) expectContract(program);
});

test("who leaves the lobby is out of it in later runs, who stays out for one is not", async () => {
  await using rig = await Rig.start();
  const quits = async (client: Program): Promise<void> => {
    client.send({ type: "quit" });
    await client.exited;
  };
  const run = async (leaves: boolean, ...args: readonly string[]): Promise<unknown[]> => {
    const client = await rig.client("alice", ...args);
    const { rooms } = await ask(client, { type: "rooms" });
    if (leaves) await ask(client, { type: "leave", room: "#lobby" });
    await quits(client);
    return (rooms as Json[]).map(({ room }) => room);
  };

  const stayedOut = [await run(false), await run(false, "--no-lobby"), await run(true)];
  const left = [await run(false), await run(false, "--room", "#dev")];
  const back = [await run(false, "--room", "#lobby"), await run(false)];

  expect(stayedOut).toEqual([["#lobby"], [], ["#lobby"]]);
  expect(left).toEqual([[], ["#dev"]]);
  expect(back).toEqual([
    ["#dev", "#lobby"],
    ["#dev", "#lobby"],
  ]);
});

async function until(isIt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if (await isIt()) return;
    await Bun.sleep(50);
  }
  throw new Error("It did not come to that");
}

test("quit is answered by bye and ends with 0, and the others learn of it", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");

  alice.send({ type: "quit" });
  await alice.line({ type: "bye" });

  expect(await alice.exited).toBe(0);
  expect(alice.lines.at(-1)).toMatchObject({ type: "bye" });
  await bob.line({ type: "peer", state: "gone", who: { name: "alice" } });
  rig.server.send({ type: "quit" });
  expect(await rig.server.exited).toBe(0);
  await bob.line({ type: "server", state: "lost" });
  expectContract(rig.server);
});

test("signals end both roles with 130 and 143", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");

  alice.kill("SIGINT");
  expect(await alice.exited).toBe(130);
  rig.server.kill("SIGTERM");

  expect(await rig.server.exited).toBe(143);
  expect(alice.stderr + rig.server.stderr).toBe("");
});

test("a message to somebody who is away waits on disk for the next run", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");
  bob.send({ type: "quit" });
  await bob.exited;

  const req = say(alice, "@bob", "for when you are back");
  await alice.line({ type: "status", req, state: "queued" });
  alice.send({ type: "quit" });
  await alice.exited;
  const bobAgain = await rig.client("bob");
  const again = await rig.client("alice");

  await bobAgain.line({ type: "message", text: "for when you are back", room: "@alice" });
  await again.line({ type: "status", state: "delivered", req: null, by: { name: "bob" } });
  expect(messages(bobAgain)).toHaveLength(1);
});

test("the end of input waits for receipts; an input that never was one ends nothing", async () => {
  await using rig = await Rig.start();
  const [alice, bob] = await Promise.all([rig.client("alice"), rig.client("bob")]);
  await connected(alice, "alice", bob, "bob");

  bob.closeInput();
  const req = say(alice, "#lobby", "last words");
  alice.closeInput();

  expect(await alice.exited).toBe(0);
  await delivered(alice, req, "bob");
  await bob.line({ type: "peer", state: "gone" });
  bob.kill("SIGTERM");
  expect(await bob.exited).toBe(143);
});

test("two alices stay two, and neither gets what is meant for nobody in particular", async () => {
  await using rig = await Rig.start();
  const one = await rig.client("alice");
  const dataDir = rig.scratch.join("alice2");
  const two = await rig.client("alice", "--data-dir", dataDir);
  const bob = await rig.client("bob");
  const idOf = async (alice: Program): Promise<string> => {
    const { me } = await alice.line({ type: "ready" });
    return String((me as Json)["id"]);
  };
  const [first, second] = [await idOf(one), await idOf(two)];
  for (const id of [first, second]) {
    await bob.line({ type: "peer", state: "connected", who: { id } });
  }

  // Whom he has met first he knows; the other he is to decide about.
  const { who } = await bob.line({ type: "trust", trust: "changed" });
  const doubted = String((who as Json)["id"]);
  expect([first, second]).toContain(doubted);
  bob.send({ req: "rash", type: "send", to: "@alice", text: "is it you?" });
  expect(await bob.line({ req: "rash" })).toMatchObject({ type: "error", code: "UNTRUSTED" });
  await ask(bob, { type: "trust", to: `@alice~${doubted.slice(0, 8)}` });
  bob.send({ req: "vague", type: "send", to: "@alice", text: "which one?" });
  expect(await bob.line({ req: "vague" })).toMatchObject({ type: "error", code: "AMBIGUOUS" });
  const req = say(bob, `@alice~${second.slice(0, 8)}`, "you");
  await bob.line({ type: "status", req, state: "delivered", by: { id: second } });

  await two.line({ type: "message", text: "you" });

  expect(first).not.toBe(second);
  expect(messages(one)).toEqual([]);
  expect(messages(two)).toHaveLength(1);
});

test("malformed lines are answered with errors and the stream goes on, in both roles", async () => {
  await using rig = await Rig.start();
  const alice = await rig.client("alice");

  for (const program of [alice, rig.server]) {
    program.write('nonsense\n{"req":"x","type":"frob"}\n[1]\n\xff\n');
    program.write(`${"x".repeat(500_000)}\n`);
    expect(await ask(program, { type: "punch" })).toMatchObject({ text: "punched" });
    const errors = program.lines.filter((line) => line["type"] === "error");
    expect(errors.map((line) => line["code"])).toEqual(Array<string>(5).fill("USAGE"));
    expect(errors.map((line) => line["req"])).toEqual([null, "x", null, null, null]);
    expectContract(program);
  }
});
