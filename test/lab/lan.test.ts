import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, delivered, say, startClient, startServer } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { ROOT } from "../support/source.ts";
import { Avahi } from "./avahi.ts";
import { labTest } from "./labtest.ts";
import { LanOnly } from "./lanonly.ts";

/** Longer than any first announcement and question take. */
const SILENCE_MS = 1_500;

const TYPE = "_p2pchat._udp";
const NO_AVAHI = Avahi.missing();

labTest("two on a network of their own find one another and talk", 20_000, async () => {
  await using rig = await Rig.build([1, 2]);
  const ann = await rig.start("ann", 1);
  await Bun.sleep(SILENCE_MS);

  const startedAt = performance.now();
  const bob = await rig.start("bob", 2);
  await Promise.all([met(ann, "bob"), met(bob, "ann")]);

  tellSince(startedAt, "found");
  await talk(ann, bob, "hello");
});

labTest("three do, two of them on one machine", 20_000, async () => {
  await using rig = await Rig.build([1, 2]);
  const [ann, bob] = await Promise.all([rig.start("ann", 1), rig.start("bob", 2)]);
  await talk(ann, bob, "before");

  const startedAt = performance.now();
  const eve = await rig.start("eve", 2);
  await Promise.all([met(eve, "ann"), met(eve, "bob"), met(ann, "eve"), met(bob, "eve")]);

  tellSince(startedAt, "found");
  const req = say(eve, "#lobby", "hello, all");
  await Promise.all([delivered(eve, req, "ann"), delivered(eve, req, "bob")]);
});

labTest("two on a network without IPv4 do", 20_000, async () => {
  await using rig = await Rig.build([1, 2]);
  for (const machine of [1, 2]) await rig.lan.ip(machine, "-4 address flush dev eth0");

  const [ann, bob] = await Promise.all([rig.start("ann", 1), rig.start("bob", 2)]);

  await talk(ann, bob, "hello");
  const { path } = await ann.line({ type: "peer", state: "connected" });
  expect(JSON.stringify(path)).toContain("%eth0]:");
});

labTest("two on a machine without any network do", 20_000, async () => {
  await using rig = await Rig.build([1]);
  await rig.lan.ip(1, "link set eth0 down");

  const [ann, bob] = await Promise.all([rig.start("ann", 1), rig.start("bob", 1)]);

  await talk(ann, bob, "hello");
});

labTest("a line for somebody on the network needs no server either", 20_000, async () => {
  await using rig = await Rig.build([1, 2]);
  const bob = await rig.start("bob", 2);

  const bot = rig.oneShot("bot", 1, "bob", "from a pipe\n");

  expect(await bot.exited).toBe(0);
  await bob.line({ type: "message", from: { name: "bot" }, text: "from a pipe" });
});

labTest(
  "a server on the network is found, and one that was named is not replaced",
  20_000,
  async () => {
    await using rig = await Rig.build([1, 2, 3]);
    const server = rig.serve(3);
    const { address } = await server.line({ type: "ready" });
    expect(address).toBe("[::]:3478");

    const [ann, bob] = await Promise.all([
      rig.start("ann", 1),
      rig.start("bob", 2, ["--server", "10.9.8.99:3478"]),
    ]);
    await ann.line({ type: "server", state: "connected" });
    await met(ann, "bob");

    expect(bob.lines.filter(({ type }) => type === "server")).toEqual([]);
    const { clients } = await ask(ann, { type: "list" });
    expect(clients).toMatchObject([{ name: "ann" }]);
  },
);

labTest("with --no-lan a client says nothing there and finds nobody", 20_000, async () => {
  await using rig = await Rig.build([1, 2]);
  const ann = await rig.start("ann", 1, ["--no-lan"]);
  const bob = await rig.start("bob", 2);

  await Bun.sleep(SILENCE_MS);

  expect(await rig.lan.said(1)).toBe(0);
  expect(await rig.lan.said(2)).toBeGreaterThan(0);
  for (const { lines } of [ann, bob]) {
    expect(lines.filter(({ type }) => type === "peer")).toEqual([]);
  }
});

labTest("a server at a link-local address introduces those who have no other", 20_000, async () => {
  await using rig = await Rig.build([1, 2, 3]);
  for (const machine of [1, 2, 3]) await rig.lan.ip(machine, "-4 address flush dev eth0");
  await rig.serve(1).line({ type: "ready" });
  const server = `[${await rig.lan.linkLocal(1)}%eth0]:3478`;

  const [ann, bob] = await Promise.all([
    rig.start("ann", 2, ["--no-lan", "--server", server]),
    rig.start("bob", 3, ["--no-lan", "--server", server]),
  ]);

  await talk(ann, bob, "hello");
  expect(await rig.lan.said(2)).toBe(0);
});

labTest("a server that listens on loopback alone says nothing there", 20_000, async () => {
  await using rig = await Rig.build([1]);
  await rig.serve(1, "127.0.0.1:3478").line({ type: "ready" });

  await Bun.sleep(SILENCE_MS);

  expect(await rig.lan.said(1)).toBe(0);
});

labTest("a flood of forged announcements shows nobody and hides nobody", 20_000, async () => {
  await using rig = await Rig.build([1, 2, 3]);
  const ips = Array.from({ length: 40 }, (_, i) => `10.9.8.${100 + i}`);
  for (const ip of ips) await rig.lan.ip(3, `address add ${ip}/24 dev eth0`);
  const ann = await rig.start("ann", 1);
  await rig.lie(3, "flood", ...ips);
  await Bun.sleep(SILENCE_MS);

  const startedAt = performance.now();
  const bob = await rig.start("bob", 2);
  await Promise.all([met(ann, "bob"), met(bob, "ann")]);

  tellSince(startedAt, "found");
  for (const { stdout } of [ann, bob]) expect(stdout).not.toContain("mallory");
  expect(await rig.lan.said(3)).toBeGreaterThan(1000);
});

labTest(
  "a port that another program keeps for itself costs a line in the log",
  20_000,
  async () => {
    await using rig = await Rig.build([1]);
    await rig.lie(1, "hold");

    const ann = await rig.start("ann", 1);
    const bob = await rig.start("bob", 1);

    // IPv6 is not taken.
    await Promise.all([met(ann, "bob"), met(bob, "ann")]);
    const lines = rig.log("ann").filter(({ level }) => level === "warn" || level === "error");
    expect(lines).toMatchObject([{ trouble: expect.stringContaining("already in use") as string }]);
  },
);

labTest("two who are there before their network meet when it comes", 20_000, async () => {
  await using rig = await Rig.build([1, 2]);
  for (const machine of [1, 2]) await rig.lan.ip(machine, "link set eth0 down");
  const [ann, bob] = await Promise.all([rig.start("ann", 1), rig.start("bob", 2)]);
  await Bun.sleep(SILENCE_MS);

  for (const machine of [1, 2]) await rig.lan.ip(machine, "link set eth0 up");
  const linkedAt = performance.now();
  await talk(ann, bob, "hello");

  tellSince(linkedAt, "talk with a network");
});

labTest(
  "what changes in the network costs seconds: a link, an address, a late start",
  60_000,
  async () => {
    await using rig = await Rig.build([1, 2, 3]);
    const [ann, bob] = await Promise.all([rig.start("ann", 1), rig.start("bob", 2)]);
    await talk(ann, bob, "before");

    await rig.lan.ip(2, "link set eth0 down");
    await Bun.sleep(3_000);
    const late = await rig.start("late", 3);
    await met(late, "ann");
    await rig.lan.ip(2, "link set eth0 up");
    const linkedAt = performance.now();
    await Promise.all([talk(ann, bob, "after the link"), met(late, "bob")]);
    tellSince(linkedAt, "talk with the link again");

    await rig.lan.ip(2, "address del 10.9.8.2/24 dev eth0");
    await rig.lan.ip(2, "address add 10.9.8.77/24 dev eth0");
    const movedAt = performance.now();
    await talk(ann, bob, "after the move");
    tellSince(movedAt, "talk at another address");

    const newcomer = await rig.start("newcomer", 3);
    await met(newcomer, "bob");
  },
);

labTest(
  "beside a running avahi-daemon all is the same; avahi-browse lists who is there",
  30_000,
  async () => {
    await using rig = await Rig.build([1, 2]);
    await using avahi = await rig.avahi(1);
    const ann = await rig.start("ann", 1);
    const startedAt = performance.now();
    const bob = await rig.start("bob", 2);
    await Promise.all([met(ann, "bob"), met(bob, "ann")]);
    tellSince(startedAt, "found beside avahi-daemon");
    await talk(ann, bob, "hello");
    const thirdAt = performance.now();
    const eve = await rig.start("eve", 2);
    await Promise.all([met(eve, "ann"), met(eve, "bob"), met(ann, "eve"), met(bob, "eve")]);
    tellSince(thirdAt, "a third one found beside avahi-daemon");
    await rig.serve(2).line({ type: "ready" });
    await Bun.sleep(SILENCE_MS);

    const browsed = await avahi.browse(TYPE);

    for (const program of [ann, bob, eve]) {
      const { me } = await program.line({ type: "ready" });
      const id = String((me as { id: unknown }).id);
      const ours = browsed.filter(({ instance }) => instance === `p2pchat-${id.slice(0, 16)}`);
      expect(new Set(ours.map(({ family }) => family))).toEqual(new Set(["IPv4", "IPv6"]));
      for (const { txt } of ours) {
        expect(txt).toContain('"v=1"');
        expect(txt).toContain('"role=client"');
      }
    }
    expect(browsed.some(({ txt }) => txt.includes('"role=server"'))).toBe(true);
    expect(browsed.some(({ host }) => !host.startsWith("p2pchat-"))).toBe(false);

    bob.send({ type: "quit" });
    expect(await bob.exited).toBe(0);
    // A goodbye counts a second later, RFC 6762 §10.1.
    await Bun.sleep(SILENCE_MS);
    const left = await avahi.browse(TYPE);

    expect(new Set(left.map(({ instance }) => instance)).size).toBe(3);
  },
  NO_AVAHI,
);

async function met(program: Program, name: string): Promise<void> {
  await program.line({ type: "peer", who: { name }, state: "connected", path: { kind: "lan" } });
}

/** Both ways, in the lobby and in person. */
async function talk(ann: Program, bob: Program, text: string): Promise<void> {
  await Promise.all([met(ann, "bob"), met(bob, "ann")]);
  await delivered(ann, say(ann, "#lobby", text), "bob");
  await delivered(bob, say(bob, "@ann", text), "ann");
}

/** Programs on the machines of one network. */
class Rig implements AsyncDisposable {
  readonly lan: LanOnly;
  readonly #scratch = new Scratch();
  readonly #programs: Program[] = [];

  private constructor(lan: LanOnly) {
    this.lan = lan;
  }

  static async build(machines: readonly number[]): Promise<Rig> {
    return new Rig(await LanOnly.build(machines));
  }

  async start(name: string, machine: number, args: readonly string[] = []): Promise<Program> {
    const [within, dataDir] = [this.lan.within(machine), this.#scratch.join(name)];
    const program = this.#track(startClient({ name, dataDir, within, isOnLan: true, args }));
    await program.line({ type: "ready" });
    return program;
  }

  oneShot(name: string, machine: number, to: string, input: string): Program {
    const flags = ["--name", name, "--data-dir", this.#scratch.join(name), "--to", to];
    const options = { within: this.lan.within(machine), cwd: this.#scratch.path };
    const program = this.#track(new Program([BINARY, "client", ...flags], options));
    program.write(input);
    program.closeInput();
    return program;
  }

  serve(machine: number, listen = "[::]:3478"): Program {
    const [within, dataDir] = [this.lan.within(machine), this.#scratch.join(`server${machine}`)];
    return this.#track(startServer({ dataDir, listen, within }));
  }

  async lie(machine: number, ...args: readonly string[]): Promise<void> {
    const command = [process.execPath, join(ROOT, "test", "lab", "liar.ts"), ...args];
    const liar = this.#track(new Program(command, { within: this.lan.within(machine) }));
    await liar.line({ type: "ready" });
  }

  log(name: string): Json[] {
    const text = readFileSync(join(this.#scratch.join(name), "p2pchat.jsonl"), "utf8");
    return text
      .trim()
      .split("\n")
      .map((line): Json => JSON.parse(line) as Json);
  }

  avahi(machine: number): Promise<Avahi> {
    return Avahi.start(this.lan.within(machine), this.#scratch.join("avahi"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await this.lan[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }

  #track(program: Program): Program {
    this.#programs.push(program);
    return program;
  }
}

/** For whoever reads the run: on a machine at rest two find one another within 2 s. */
function tellSince(atMs: number, what: string): void {
  console.log(`${what} after ${Math.round(performance.now() - atMs)} ms`);
}
