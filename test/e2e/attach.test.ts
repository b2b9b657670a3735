/** A node that outlives its faces, and the faces that come to it through its socket. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { delivered, say } from "../support/chat.ts";
import { BINARY, Program } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { connected, Rig } from "./rig.ts";

/** Alice's node, which runs in the background of a rig. */
class Behind {
  readonly #rig: Rig;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  get flags(): readonly string[] {
    return ["--data-dir", this.#rig.scratch.join("alice")];
  }

  /** Returns its process. */
  async start(): Promise<number> {
    const args = ["--name", "alice", "--server", this.#rig.address, "--no-lan", "--no-portmap"];
    const ended = await this.#rig.run(["client", "--background", ...args, ...this.flags]);
    const pid = Number(/\(process (\d+)\)/.exec(ended.stdout)?.[1]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(pid).toBeGreaterThan(0);
    return pid;
  }

  attach(...args: readonly string[]): Program {
    const command = [BINARY, "attach", ...this.flags, ...args];
    return this.#rig.track(new Program(command, { cwd: this.#rig.scratch.path }));
  }

  async json(): Promise<Program> {
    const face = this.attach("--json");
    await face.line({ type: "ready" });
    return face;
  }

  async ask(command: "status" | "stop", ...args: readonly string[]) {
    return await this.#rig.run([command, ...this.flags, ...args]);
  }
}

/** A rig with a node in the background, which is ended with it. */
async function begin(): Promise<{ rig: Rig; alice: Behind; pid: number } & AsyncDisposable> {
  const rig = await Rig.start();
  const alice = new Behind(rig);
  const pid = await alice.start();
  const end = async (): Promise<void> => {
    await alice.ask("stop");
    await rig[Symbol.asyncDispose]();
  };
  return { rig, alice, pid, [Symbol.asyncDispose]: end };
}

async function complains(program: Program, text: string): Promise<void> {
  await until(() => program.stderr.includes(text), text);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

test("a node in the background has its own session, is told of and ends when asked", async () => {
  await using place = await begin();
  const { rig, alice, pid } = place;

  const told = await alice.ask("status", "--json");
  const session = Bun.spawnSync(["ps", "-o", "sid=", "-p", String(pid)])
    .stdout.toString()
    .trim();
  expect(session).toBe(String(pid));
  expect(JSON.parse(told.stdout)).toMatchObject({ command: "node", pid, faces: [] });
  expect((await alice.ask("status")).stdout).toMatch(
    /^alice .*runs since .*no face, data in .*alice\n$/,
  );

  process.kill(pid, "SIGHUP");
  expect(await alice.ask("status")).toMatchObject({ exitCode: 0 });

  expect(await alice.ask("stop")).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  await until(() => !isAlive(pid), "the node ends");
  expect(await alice.ask("status")).toMatchObject({ exitCode: 1, stdout: "" });
  expect(await alice.ask("stop")).toMatchObject({ exitCode: 1 });
  expect(readdirSync(join(rig.server.runtime, "p2pchat"))).toEqual([]);
});

test("faces at one node are answered alone, and share what is said, read and begun", async () => {
  await using place = await begin();
  const { rig, alice } = place;
  const bob = await rig.client("bob");
  const [one, two] = await Promise.all([alice.json(), alice.json()]);
  await one.line({ type: "peer", state: "connected", who: { name: "bob" } });
  await two.line({ type: "peer", state: "connected", who: { name: "bob" } });

  const req = say(one, "@bob", "from one");
  await delivered(one, req, "bob");
  const echo = await two.line({ type: "message", room: "@bob", text: "from one" });
  const id = echo["id"];
  await two.line({ type: "status", req: null, id, state: "delivered", by: { name: "bob" } });
  await bob.line({ type: "message", text: "from one" });

  say(bob, "@alice", "an answer");
  const heard = await one.line({ type: "message", text: "an answer" });
  await two.line({ type: "message", text: "an answer" });
  two.send({ req: "r", type: "read", id: heard["id"] });
  await one.line({ type: "unread", room: "@bob", unread: 0 });

  one.send({ req: "j", type: "join", room: "#dev" });
  await one.line({ type: "reply", req: "j", command: "join", room: "#dev" });
  await two.line({ type: "reply", req: null, command: "join", room: "#dev" });
  two.send({ type: "draft", to: "#dev", text: "half a thought" });
  await one.line({ type: "draft", room: "#dev", text: "half a thought" });

  const late = await alice.json();
  await late.line({ type: "draft", room: "#dev", text: "half a thought" });
  const ready = await late.line({ type: "ready" });
  expect(ready["rooms"]).toContainEqual({ room: "#dev", private: false });
  expect(one.lines.filter((line) => line["type"] === "message")).toHaveLength(1);
  expect(two.lines.filter((line) => line["req"] === req)).toEqual([]);
});

test("what comes while no face is there is told the first that comes, once", async () => {
  await using place = await begin();
  const { rig, alice } = place;
  const bob = await rig.client("bob");
  await bob.line({ type: "peer", state: "connected", who: { name: "alice" } });

  await delivered(bob, say(bob, "@alice", "nobody looks"), "alice");
  const first = await alice.json();
  await first.line({ type: "message", text: "nobody looks" });
  first.send({ type: "quit" });
  expect(await first.exited).toBe(0);

  const second = await alice.json();
  await delivered(bob, say(bob, "@alice", "somebody does"), "alice");
  await second.line({ type: "message", text: "somebody does" });
  const texts = second.lines.filter((line) => line["type"] === "message");
  expect(texts).toHaveLength(1);
});

test("a face that is killed harms nothing", async () => {
  await using place = await begin();
  const { rig, alice, pid } = place;
  const bob = await rig.client("bob");
  const [killed, other] = await Promise.all([alice.json(), alice.json()]);
  await connected(other, "alice", bob, "bob");

  killed.kill();
  await killed.exited;
  await delivered(other, say(other, "@bob", "still here"), "bob");

  expect(isAlive(pid)).toBe(true);
  const told = await alice.ask("status", "--json");
  expect(JSON.parse(told.stdout)).toMatchObject({ faces: [{ kind: "json" }] });
});

test("when the node is killed its faces say so, and come back with it", async () => {
  await using place = await begin();
  const { rig, alice, pid } = place;
  const bob = await rig.client("bob");
  const face = await alice.json();
  await connected(face, "alice", bob, "bob");
  const plain = alice.attach("--plain");
  await plain.text(/bob/);

  process.kill(pid, "SIGKILL");
  await complains(plain, "The node has gone; waiting for it to come back");
  face.send({ req: "x", type: "rooms" });
  await face.line({ type: "error", req: "x", code: "INTERNAL" });

  const since = face.lines.length;
  await alice.start();
  await complains(plain, "The node is back");
  await face.line({ type: "ready" }, { since });
  await face.line({ type: "peer", state: "connected", who: { name: "bob" } }, { since });
  await delivered(face, say(face, "@bob", "as before"), "bob");
  await plain.text(/you: as before \(in another window\)/);
});

test("a profile that has a node is not taken twice; a one-shot is said through it", async () => {
  await using place = await begin();
  const { rig, alice } = place;
  const bob = await rig.client("bob");

  const flags = ["--name", "alice", "--server", rig.address, ...alice.flags];
  const twice = await rig.run(["client", "--json", ...flags]);
  expect(twice.exitCode).toBe(2);
  expect(twice.stderr).toMatch(/process \d+ holds it: p2pchat attach .* shows it here\n$/);

  const said = await rig.oneShot("alice", "@bob", "through the node\n");
  expect(said).toMatchObject({ exitCode: 0, stdout: "" });
  await bob.line({ type: "message", text: "through the node" });
});

test("an invitation is followed through a node at its server, and through no other", async () => {
  await using place = await begin();
  const { rig, alice } = place;
  const bob = await rig.client("bob");
  bob.send({ req: "n", type: "new", room: "#den" });
  const link = String((await bob.line({ type: "reply", req: "n" }))["link"]);
  const [elsewhere = ""] = link.split("#");
  const other = `${elsewhere.replace(rig.address, "127.0.0.1:9")}#${"09".repeat(32)}`;
  const ask = async (invitation: string) => {
    const to = ["--name", "alice", "--to", "#den", "--join", invitation];
    return await rig.run(["client", ...to, ...alice.flags], "may I come in?\n");
  };

  const refused = await ask(other);
  const taken = await ask(link);

  expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
  expect(refused.stderr).toContain("#den meets at the server 127.0.0.1:9: end this client");
  expect(taken).toMatchObject({ exitCode: 0, stderr: "" });
  await bob.line({ type: "message", room: "#den", text: "may I come in?" });
  expect(bob.lines.filter(({ type }) => type === "message")).toHaveLength(1);
});

test("a face looks at the network by the eyes of its node's server", async () => {
  await using place = await begin();
  const { rig, alice } = place;
  const face = alice.attach("--plain");
  await face.text(/#lobby/);

  face.write("/doctor\n");

  await face.text(new RegExp(`your network, as ${rig.address} sees it`));
});

test("who ends a client that others look at is told that they end with it", async () => {
  await using rig = await Rig.start();
  const args = ["--name", "alice", "--data-dir", rig.scratch.join("alice"), "--no-lan"];
  const command = [BINARY, "client", "--plain", ...args, "--server", rig.address];
  const client = rig.track(new Program(command, { cwd: rig.scratch.path }));
  await client.text(/#lobby/);
  const face = new Behind(rig).attach("--json");
  await face.line({ type: "ready" });

  client.write("/quit\n");

  await complains(client, "This ends p2pchat, and another face of it");
  expect(await client.exited).toBe(0);
  await face.line({ type: "bye" });
  expect(await face.exited).toBe(0);
});

test("the full screen comes to a node as well, and what is typed there is in all", async () => {
  await using place = await begin();
  const { rig, alice, pid } = place;
  const bob = await rig.client("bob");
  const face = await alice.json();
  await connected(face, "alice", bob, "bob");
  await using terminal = await Terminal.open({ columns: 100, lines: 24, cwd: rig.scratch.path });

  await terminal.run(`${BINARY} attach ${alice.flags.join(" ")}`);
  await terminal.shows(/#lobby ›/);
  await terminal.type("typed on the screen");
  await face.line({ type: "draft", room: "#lobby", text: "typed on the screen" });
  await terminal.press("Enter");
  await face.line({ type: "message", room: "#lobby", text: "typed on the screen" });
  await bob.line({ type: "message", text: "typed on the screen" });
  await delivered(face, say(face, "#lobby", "from the other"), "bob");
  await terminal.shows(/from the other +✓✓/);

  process.kill(pid, "SIGKILL");
  await terminal.shows(/alice {2}the node has gone, waiting/);
  await alice.start();
  await terminal.shows(/alice {2}server ok/);

  await terminal.run("/quit");
  await terminal.shows(/ready>\s*$/);
  expect(await alice.ask("status")).toMatchObject({ exitCode: 0 });
});
