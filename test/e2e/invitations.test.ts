import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import { ROOMS_MAX } from "../../lib/wire/limits.ts";
import { ask, delivered, say } from "../support/chat.ts";
import { findInMemory } from "../support/processmemory.ts";
import { BINARY, Program } from "../support/program.ts";
import { connected, messages, Rig } from "./rig.ts";

/** What no name and no secret of the machine's own happens to be. */
const ROOM = `#den-${crypto.randomUUID().slice(0, 8)}`;

const linkIn = /p2pchat:\/\/[!-~]+/;

/** A client that knows of no server but by an invitation. */
function invited(rig: Rig, name: string, link: string, ...args: readonly string[]): Program {
  const flags = ["client", "--no-lan", "--no-portmap", "--name", name];
  const all = [...flags, "--data-dir", rig.scratch.join(name), "--join", link, ...args];
  return rig.track(new Program([BINARY, ...all], { cwd: rig.scratch.path }));
}

/** Alice has made a private room. */
async function withRoom(): Promise<{ rig: Rig; alice: Program; link: string; secret: string }> {
  const rig = await Rig.start("--verbose", "--log-level", "trace");
  const alice = await rig.client("alice");
  const made = await ask(alice, { type: "new", room: ROOM });
  const link = String(made["link"]);
  const [, , , , secret = ""] = link.split(/[/#]/);
  return { rig, alice, link, secret };
}

test("who follows an invitation is in, and the server knows neither name nor secret", async () => {
  const { rig, alice, link, secret } = await withRoom();
  await using _ = rig;
  const { key } = await rig.server.line({ type: "ready" });
  expect(link).toBe(`p2pchat://${rig.address}/${ROOM.slice(1)}/${secret}#${String(key)}`);
  expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/);

  const bob = invited(rig, "bob", link, "--json");
  const eve = await rig.client("eve", "--room", ROOM);
  await Promise.all([
    connected(alice, "alice", bob, "bob"),
    connected(alice, "alice", eve, "eve"),
    connected(bob, "bob", eve, "eve"),
  ]);
  await delivered(alice, say(alice, ROOM, "only among us"), "bob");
  await delivered(bob, say(bob, ROOM, "indeed"), "alice");
  await delivered(alice, say(alice, "#lobby", "to all"), "eve");

  const members = (await ask(alice, { type: "who", room: ROOM }))["members"];
  expect(members).toMatchObject([{ name: "alice" }, { name: "bob", state: "connected" }]);
  expect((await ask(eve, { type: "who", room: ROOM }))["members"]).toMatchObject([{ name: "eve" }]);
  await eve.line({ type: "message", text: "to all" });
  expect(messages(eve)).toHaveLength(1);
  expect((await ask(bob, { type: "rooms" }))["rooms"]).toEqual([
    { room: ROOM, members: 1, connected: 1, private: true, topic: null },
    { room: "#lobby", members: 2, connected: 2, private: false, topic: null },
  ]);
  expect((await ask(bob, { type: "invite", room: ROOM }))["link"]).toBe(link);

  for (const line of [...alice.lines, ...bob.lines]) {
    expect(v.parse(outgoingSchema, line)).toEqual(line as never);
  }

  const wanted = [ROOM.slice(1), secret, Buffer.from(secret, "base64url").toString("latin1")];
  const forms = wanted.map((text) => Buffer.from(text, "latin1"));
  const { searchedBytes, found } = findInMemory(rig.server.pid, [...forms, Buffer.from("alice")]);
  expect(searchedBytes).toBeGreaterThan(1_000_000);
  expect(found.map(String)).toEqual(["alice"]);
  const directory = rig.scratch.join("server");
  const files = readdirSync(directory).map((file) => readFileSync(join(directory, file)));
  for (const bytes of [...files, Buffer.from(rig.server.stderr + rig.server.stdout)]) {
    expect(forms.filter((form) => bytes.includes(form))).toEqual([]);
  }
  expect(rig.server.stderr).toContain("alice");
});

test("being in a private room outlasts the program, and needs the secret no more", async () => {
  const { rig, alice, link } = await withRoom();
  await using _ = rig;
  const first = invited(rig, "bob", link, "--json");
  await connected(alice, "alice", first, "bob");
  first.send({ type: "quit" });
  expect(await first.exited).toBe(0);
  const req = say(alice, ROOM, "while you were away");

  const bob = await rig.client("bob");
  await bob.line({ type: "message", room: ROOM, text: "while you were away" });
  await delivered(alice, req, "bob");
  await delivered(bob, say(bob, ROOM, "back"), "alice");

  bob.send({ type: "leave", room: ROOM });
  await bob.line({ type: "reply", command: "leave", room: ROOM, private: true });
  const since = alice.lines.length;
  const late = say(alice, ROOM, "and gone");
  await alice.line({ type: "status", req: late, state: "queued" }, { since });
  expect((await ask(alice, { type: "who", room: ROOM }))["members"]).toHaveLength(1);
});

test("an invitation is a line, and comes from a file or from the input", async () => {
  await using rig = await Rig.start();
  const plain = await rig.client("alice");
  plain.send({ type: "quit" });
  await plain.exited;
  const args = ["client", "--plain", "--no-lan", "--no-portmap", "--server", rig.address];
  const alice = rig.track(
    new Program([BINARY, ...args, "--name", "alice", "--data-dir", rig.scratch.join("alice")], {
      cwd: rig.scratch.path,
    }),
  );
  await alice.text(/you talk in #lobby/);
  alice.write(`/new ${ROOM}\n`);
  await alice.text(/whoever has this is let into/);
  const [link = ""] = (await alice.text(linkIn).then(() => linkIn.exec(alice.stdout))) ?? [];
  expect(alice.stdout).toContain(`you are in ${ROOM} (private), and talk there now`);
  expect(alice.stdout).toContain("only this machine finds that server");
  expect(alice.stdout).not.toContain("\u001b");
  writeFileSync(rig.scratch.join("invitation"), `${link}\n`, { mode: 0o600 });

  const bob = invited(rig, "bob", `@${rig.scratch.join("invitation")}`, "--json");
  const carol = invited(rig, "carol", "-", "--plain");
  carol.write(`${link}\n`);
  await carol.text(new RegExp(`you talk in ${ROOM}`));
  await Promise.all([carol.text(/\* alice connected/), carol.text(/\* bob connected/)]);
  carol.write("hello from carol\n");
  await bob.line({ type: "message", room: ROOM, text: "hello from carol" });
  await alice.text(/hello from carol/);
  alice.write("/rooms\n");
  await alice.text(new RegExp(`  ${ROOM} \\(private\\): 2 others, 2 connected`));
});

test("a secret of one's own comes from a file or the input, and is never shown", async () => {
  await using rig = await Rig.start();
  const secret = "correct horse battery";
  writeFileSync(rig.scratch.join("secret"), `${secret}\n`, { mode: 0o600 });
  const file = ["--room", ROOM, "--room-secret-file", rig.scratch.join("secret")];
  const alice = await rig.client("alice", ...file);
  const bob = await rig.client("bob");
  await ask(bob, { type: "join", room: ROOM, secretFile: rig.scratch.join("secret") });
  const args = ["client", "--plain", "--no-lan", "--no-portmap", "--server", rig.address];
  const carol = rig.track(
    new Program([BINARY, ...args, "--name", "carol", "--data-dir", rig.scratch.join("carol")], {
      cwd: rig.scratch.path,
    }),
  );
  await carol.text(/you talk in #lobby/);
  await Promise.all([carol.text(/\* alice connected/), carol.text(/\* bob connected/)]);
  carol.write(`/join --private ${ROOM}\nwrong\n/join --private ${ROOM}\n${secret}\nhello\n`);

  await bob.line({ type: "message", room: ROOM, text: "hello" });
  await alice.line({ type: "message", room: ROOM, text: "hello" });
  expect(carol.stdout).toContain(`type the secret of ${ROOM}: it is not shown`);
  expect(carol.stdout).toContain("8 to 256 bytes");
  expect(carol.stdout + carol.stderr).not.toContain(secret);
  const answer = ask(alice, { type: "invite", room: ROOM });
  await expect(answer).rejects.toThrow("was typed in and is not kept");
  const taken = ask(alice, { type: "join", room: ROOM, secret: "another secret" });
  await expect(taken).rejects.toThrow("You are in another room");
});

test.each([
  ["nonsense", "does not begin with p2pchat://"],
  ["p2pchat://127.0.0.1:1/den/AAECAwQFBgcICQoLDA0ODw", "lacks the server's key"],
  ["p2pchat:///den/AAECAwQF", "secret is wrong"],
  ["p2pchat:///den\u001b[2J", "characters"],
  [`p2pchat:///${"a".repeat(1024)}`, "too long"],
  [`p2pchat://evil@host:1/den#${"11".repeat(32)}`, "of its server"],
  ["@/nowhere/at/all", "Cannot use /nowhere/at/all"],
  ["-", "does not begin with"],
])("the invitation %j ends the program with words", async (link, why) => {
  await using rig = new Rig();
  const args = ["client", "--name", "bob", "--data-dir", rig.scratch.join("bob"), "--json"];

  const { exitCode, stdout, stderr } = await rig.run([...args, "--join", link], "not one\n");

  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toStartWith("p2pchat: Cannot use ");
  expect(stderr).toContain(why);
  expect(stderr).not.toMatch(/AAECAwQF|\u001b|aaaaaaaa/);
});

test("a one-shot follows an invitation and speaks where it leads", async () => {
  const { rig, alice, link } = await withRoom();
  await using _ = rig;
  const flags = ["client", "--no-lan", "--no-portmap", "--name", "bot", "--join", "-"];
  const to = ["--data-dir", rig.scratch.join("bot"), "--to", ROOM];

  const { exitCode, stderr } = await rig.run([...flags, ...to], `${link}\nit is done\n`);

  expect([exitCode, stderr]).toEqual([0, ""]);
  await alice.line({ type: "message", room: ROOM, from: { name: "bot" }, text: "it is done" });
});

test("an invitation goes with no other server, and a secret with one room", async () => {
  const { rig, link } = await withRoom();
  await using _ = rig;
  const args = ["client", "--name", "bob", "--data-dir", rig.scratch.join("bob"), "--json"];
  const two = ["--room", "#a", "--room", "#b", "--room-secret-file", "/dev/null"];

  const both = await rig.run([...args, "--join", link, "--server", rig.address]);
  const rooms = await rig.run([...args, ...two]);
  const empty = await rig.run([...args, "--room", "#a", "--room-secret-file", "/dev/null"]);

  expect([both.exitCode, rooms.exitCode, empty.exitCode]).toEqual([2, 2, 2]);
  expect(both.stderr).toContain("leave --server out");
  expect(rooms.stderr).toContain("goes with one --room");
  expect(empty.stderr).toContain("its first line is empty");
});

test("who is in as many rooms as one can be is told that no other can be entered", async () => {
  const { rig, link } = await withRoom();
  await using _ = rig;
  const bob = await rig.client("bob", "--no-lobby");
  for (let i = 0; i < ROOMS_MAX; i++) await ask(bob, { type: "join", room: `#room${i}` });
  bob.send({ type: "quit" });
  await bob.exited;

  const refused = invited(rig, "bob", link, "--json");
  refused.closeInput();
  const exitCode = await refused.exited;
  const again = await rig.client("bob");
  const { rooms } = await ask(again, { type: "rooms" });

  expect([exitCode, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toBe(
    `p2pchat: Cannot enter ${ROOM}: one can be in ${ROOMS_MAX} rooms, /leave one first\n`,
  );
  expect(rooms).toHaveLength(ROOMS_MAX);
});

test("who is in the open room of that name is not moved to the private one", async () => {
  const { rig, link } = await withRoom();
  await using _ = rig;
  const bob = await rig.client("bob", "--room", ROOM);
  bob.send({ type: "quit" });
  await bob.exited;
  const args = ["client", "--name", "bob", "--data-dir", rig.scratch.join("bob"), "--json"];

  const { exitCode, stderr } = await rig.run([...args, "--join", link]);

  expect(exitCode).toBe(2);
  expect(stderr).toBe(`p2pchat: You are in another room ${ROOM}: /leave it first\n`);
});

test("a server that has not the invitation's key is told nothing", async () => {
  const { rig, link } = await withRoom();
  await using _ = rig;
  const other = rig.address;
  rig.server.send({ type: "quit" });
  await rig.server.exited;
  await rig.startServer(other, "another");

  const bob = invited(rig, "bob", link, "--json");

  await bob.line({ type: "error", code: "UNTRUSTED" });
  await bob.line({ type: "ready", server: null });
  expect((await ask(rig.server, { type: "list" }))["clients"]).toEqual([]);
}, 60_000);
