import { expect, test } from "bun:test";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { readLines } from "../../lib/io/stdio.ts";
import { ask, delivered, say, startClient } from "../support/chat.ts";
import { BINARY, type Json, type Program } from "../support/program.ts";
import { SKIPPED } from "../support/tally.ts";
import { until } from "../support/until.ts";
import { messages, Rig } from "./rig.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux can be asked for room`;

/** What the program asks the system for. */
const PIPE_BYTES = 2 ** 20;

/** More than twice what a pipe holds. */
const MESSAGES = 150;
const TEXT = "z".repeat(16_000);

/** Each is some 200 bytes of log: with the handshake more than a pipe holds. */
const QUESTIONS = 400;

/** So long that whoever froze would not go unnoticed by its peers' questions. */
const STOPPED_MS = 3000;

test.skipIf(!isLinux)(
  `a reader that stops for a while loses nothing and no peer${why}`,
  async () => {
    await using rig = await Rig.start();
    const ann = await rig.client("ann");
    using pipe = new Pipe(rig.scratch.join("pipe"));
    const bob = startBob(rig, pipe);

    const asked = await sayMuch(ann);
    await Bun.sleep(STOPPED_MS);
    await delivered(ann, asked, "bob");
    const states = ann.lines.filter(({ type }) => type === "peer").map(({ state }) => state);
    await until(() => pipe.messages().length === MESSAGES, "all messages");
    bob.kill("SIGTERM");

    expect(new Set(states)).not.toContain("unreachable");
    expect(pipe.messages().map(({ text }) => text)).toEqual(texts());
    expect(await bob.exited).toBe(143);
  },
  30_000,
);

test.skipIf(!isLinux)(
  `a signal ends who is not read, and the next run tells the rest${why}`,
  async () => {
    await using rig = await Rig.start();
    const ann = await rig.client("ann");
    using pipe = new Pipe(rig.scratch.join("pipe"));
    const bob = startBob(rig, pipe);
    const asked = await sayMuch(ann);
    await delivered(ann, asked, "bob");

    bob.kill("SIGTERM");
    const exitCode = await bob.exited;
    const first = pipe.messages();
    const again = await rig.client("bob");
    await until(() => first.length + messages(again).length >= MESSAGES, "the rest");

    expect(exitCode).toBe(143);
    expect(first.length).toBeLessThan(MESSAGES);
    expect([...first, ...messages(again)].map(({ text }) => text)).toEqual(texts());
  },
  30_000,
);

test.skipIf(!isLinux)(
  `a log that nobody reads does not stop a server${why}`,
  async () => {
    await using rig = await Rig.start();
    using pipe = new Pipe(rig.scratch.join("pipe"));
    const args = ["--listen", "127.0.0.1:0", "--data-dir", rig.scratch.join("loud")];
    const writer = pipe.openWriter();
    const loud = Bun.spawn(
      [BINARY, "server", "--json", "--verbose", "--log-level=trace", ...args],
      {
        stdio: ["pipe", "pipe", writer],
      },
    );
    closeSync(writer);
    const ready = await readLines(loud.stdout).next();
    const text = ready.value?.kind === "line" ? ready.value.text : "{}";
    const server = String((JSON.parse(text) as Json)["address"]);
    const ann = rig.track(startClient({ name: "ann", dataDir: rig.scratch.join("ann"), server }));
    await ann.line({ type: "ready" });
    for (let i = 0; i < QUESTIONS; i++) await ask(ann, { type: "list" });
    loud.kill("SIGINT");

    expect(await loud.exited).toBe(130);
  },
  30_000,
);

test.skipIf(!isLinux)(`a full disk for output is told in one line${why}`, async () => {
  await using rig = await Rig.start();
  const args = ["--name", "ann", "--data-dir", rig.scratch.join("ann"), "--server", rig.address];
  const disk = openSync("/dev/full", "w");

  const ann = Bun.spawn([BINARY, "client", "--no-lan", "--json", ...args], {
    stdio: ["pipe", disk, "pipe"],
  });
  closeSync(disk);
  const stderr = await new Response(ann.stderr).text();

  expect(await ann.exited).toBe(1);
  expect(stderr).toBe("p2pchat: Cannot write output: the disk is full\n");
});

/** A named pipe; what is in it is read only when a test asks for it. */
class Pipe implements Disposable {
  readonly #reader: number;
  readonly #file: string;
  #text = "";

  constructor(file: string) {
    Bun.spawnSync(["mkfifo", file]);
    this.#file = file;
    this.#reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** For a child that is about to be started. */
  openWriter(): number {
    return openSync(this.#file, constants.O_WRONLY);
  }

  /** The messages that have been read, with those that are in it now. */
  messages(): Json[] {
    const bytes = Buffer.alloc(PIPE_BYTES);
    try {
      for (let count = -1; count !== 0;) {
        count = readSync(this.#reader, bytes);
        this.#text += bytes.toString("latin1", 0, count);
      }
    } catch {
      // Nothing is there now.
    }
    const lines = this.#text.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Json).filter(({ type }) => type === "message");
  }

  [Symbol.dispose](): void {
    closeSync(this.#reader);
  }
}

/** Bob, whose output goes into the pipe. */
function startBob(rig: Rig, pipe: Pipe): Bun.Subprocess {
  const args = ["--name", "bob", "--data-dir", rig.scratch.join("bob"), "--server", rig.address];
  const writer = pipe.openWriter();
  const bob = Bun.spawn([BINARY, "client", "--no-lan", "--json", ...args], {
    stdio: ["pipe", writer, "ignore"],
  });
  closeSync(writer);
  return bob;
}

/** Returns the request of the last message. */
async function sayMuch(ann: Program): Promise<string> {
  await ann.line({ type: "peer", state: "connected", who: { name: "bob" } });
  return (
    texts()
      .map((text) => say(ann, "@bob", text))
      .at(-1) ?? ""
  );
}

function texts(): string[] {
  return Array.from({ length: MESSAGES }, (_, i) => `${i} ${TEXT}`);
}
