import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { Lines } from "../lib/io/stdio.ts";
import { Child } from "./child.ts";
import { readFlags } from "./flags.ts";

/** A conversation on one machine takes less than a second; this is for a machine that is busy. */
const DEADLINE_MS = 30_000;

const DIALOGUE: readonly Speech[] = [
  { from: "alice", to: "#lobby", text: "hello everybody" },
  { from: "bob", to: "#lobby", text: "hello alice, I read you" },
  { from: "alice", to: "@bob", text: "this one is for you alone" },
  { from: "bob", to: "@alice", text: "and this one for you" },
];

interface Speech {
  readonly from: "alice" | "bob";
  readonly to: "#lobby" | "@alice" | "@bob";
  readonly text: string;
}

export async function run(rawArgs: readonly string[]): Promise<number> {
  readFlags("demo", rawArgs);
  const directory = mkdtempSync(join(tmpdir(), "p2pchat-demo-"));
  const demo = new Demo(directory);
  const interrupt = (): never => {
    demo.kill();
    rmSync(directory, { recursive: true, force: true });
    process.exit(EXIT.interrupted);
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    await demo.run();
  } finally {
    demo.kill();
    rmSync(directory, { recursive: true, force: true });
  }
  return EXIT.done;
}

/** One showing: three processes, their conversation, and the server's record of it. */
class Demo {
  readonly #directory: string;
  readonly #out = new Lines(1);
  readonly #startedAtMs = performance.now();
  readonly #children: Child[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Throws a Failure unless everything was delivered both ways. */
  async run(): Promise<void> {
    let doing = "starting";
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const text = `The demo is stuck while ${doing}: gave up after ${DEADLINE_MS / 1000} s`;
      late.reject(new Failure(text, EXIT.failure));
    }, DEADLINE_MS);
    try {
      await Promise.race([this.#show((next) => (doing = next)), late.promise]);
    } catch (error) {
      if (error instanceof Failure) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new Failure(`The demo failed while ${doing}: ${why}`, EXIT.failure, error);
    } finally {
      clearTimeout(timer);
    }
  }

  kill(): void {
    for (const child of this.#children) child.kill();
  }

  async #show(doing: (what: string) => void): Promise<void> {
    this.#print("Three processes of this program, on this machine: a server, alice and bob.");
    this.#print("Times are in seconds since the start.\n");
    doing("starting the server");
    const server = await this.#startServer();
    doing("starting the clients");
    const [alice, bob] = await Promise.all([
      this.#startClient("alice", server.reach),
      this.#startClient("bob", server.reach),
    ]);
    doing("waiting for an introduction");
    await this.#showIntroduction(alice, bob);

    this.#print("");
    for (const speech of DIALOGUE) {
      doing(`delivering "${speech.text}"`);
      const [speaker, listener] = speech.from === "alice" ? [alice, bob] : [bob, alice];
      await this.#showSpeech(speech, speaker, listener);
    }
    doing("stopping");
    await Promise.all([alice.stop(), bob.stop()]);
    await server.child.stop();
    this.#showRecord();
  }

  async #startServer(): Promise<{ readonly child: Child; readonly reach: string }> {
    const child = this.#start("server", ["server", "--listen", "127.0.0.1:0"]);
    const ready = await child.line("ready");
    if (ready.role !== "server") throw new Error("the server says that it is a client");
    this.#tell("server", `listens on ${ready.address}; its key is ${ready.key}`);
    return { child, reach: `${ready.address}#${ready.key}` };
  }

  async #startClient(name: string, reach: string): Promise<Child> {
    const child = this.#start(name, ["client", "--no-lan", "--name", name, "--server", reach]);
    const ready = await child.line("ready");
    if (ready.role !== "client" || ready.server === null) throw new Error("no server answered");
    this.#tell(name, `is known to the server, which sees a client at ${ready.address}`);
    return child;
  }

  #start(name: string, args: readonly string[]): Child {
    const directory = join(this.#directory, name);
    mkdirSync(directory, { mode: 0o700 });
    const child = new Child(name, [...args, "--json", "--data-dir", directory], directory);
    this.#children.push(child);
    return child;
  }

  async #showIntroduction(alice: Child, bob: Child): Promise<void> {
    const [toBob, toAlice] = await Promise.all([
      alice.line("peer", ({ state, who }) => state === "connected" && who.name === "bob"),
      bob.line("peer", ({ state, who }) => state === "connected" && who.name === "alice"),
    ]);
    this.#tell("server", "introduced alice and bob to each other, both at once");
    for (const [name, { path }] of [
      ["alice → bob", toBob],
      ["bob → alice", toAlice],
    ] as const) {
      if (path === null) throw new Error("connected over no path");
      this.#tell(name, `connected, path ${path.kind} to ${path.remote}, ${path.rttMs} ms`);
    }
  }

  async #showSpeech({ to, text }: Speech, speaker: Child, listener: Child): Promise<void> {
    const startedAtMs = performance.now();
    const req = text;
    speaker.say({ req, type: "send", to, text });
    const [heard] = await Promise.all([
      listener.line("message", (line) => line.text === text && line.from.name === speaker.name),
      speaker.line("status", (line) => line.req === req && line.state === "delivered"),
    ]);
    const tookMs = (performance.now() - startedAtMs).toFixed(1);
    const where = heard.room.startsWith("@") ? `to ${listener.name} alone` : `in ${heard.room}`;
    this.#tell(speaker.name, `${where}: “${text}”  ✓ delivered to ${listener.name}, ${tookMs} ms`);
  }

  /** The server's log, line by line: all that it saw. */
  #showRecord(): void {
    const record = readFileSync(join(this.#directory, "server", "p2pchat.jsonl"), "utf8").trim();
    this.#print("\nWhat the server saw, by its own log (ids shortened):\n");
    for (const line of record.split("\n")) this.#print(`  ${readable(line)}`);
    const leaked = DIALOGUE.find(({ text }) => record.includes(text));
    if (leaked !== undefined) {
      throw new Failure(`The server saw a message: “${leaked.text}”`, EXIT.failure);
    }
    if (!record.includes('"message":"introduction"')) {
      throw new Failure("The server has no record of its introduction", EXIT.failure);
    }
    this.#print("\nNo message is among it: they went from alice to bob and back, sealed.");
    this.#print(`All ${DIALOGUE.length} messages were delivered.`);
  }

  #tell(who: string, what: string): void {
    const seconds = ((performance.now() - this.#startedAtMs) / 1000).toFixed(3);
    this.#print(`${seconds.padStart(7)}  ${who.padEnd(12)} ${lineSafe(what)}`);
  }

  #print(line: string): void {
    this.#out.write(line);
    this.#out.flush();
  }
}

/** A line of the log as a person reads it. */
function readable(line: string): string {
  const {
    time,
    name: _name,
    level: _level,
    message,
    ...fields
  } = v.parse(LOG_LINE, JSON.parse(line));
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${String(value)}`);
  const short = pairs.join(" ").replace(/\b([0-9a-f]{8})[0-9a-f]{24,}\b/g, "$1…");
  return lineSafe(`${time.slice(11, 23)}  ${message.padEnd(12)}  ${short}`);
}

const LOG_LINE = v.looseObject({ time: v.string(), message: v.string() });
