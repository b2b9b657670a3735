import { join } from "node:path";
import { ChatServer } from "./chatserver.ts";
import { sayHundreds } from "./hundred.ts";
import { residentMiB } from "./idleclients.ts";
import type { Lifetime } from "./lifetime.ts";
import type { ClientProfile, Programs } from "./programs.ts";
import { median, quantile } from "./statistics.ts";
import { Talker } from "./talker.ts";
import type { Samples } from "./tasks.ts";

const COLUMNS = 120;
const ROWS = 40;

const STARTS = 5;

const KEYS = 200;
const KEYS_QUICK = 40;

/**
 * Only cells that have changed are drawn, so that no word can be waited for: but a letter can that
 * stands nowhere else. What is typed, who talks, and the last that is said.
 */
const LETTER = "§";
const TALKER = "ß";
const END = "¶";
const ERASE_LINE = "\u0015";

/** As many fit on a line, which is then emptied. */
const LINE = 80;
const ERASED_MS = 500;

/** Between two keys, in ms: so that they fall anywhere between two frames. */
const REST_MS = 20;
const REST_VARIES_MS = 40;

/** As many as come in an hour of that. */
const HOUR = 360_000;
const HOUR_QUICK = 10_000;
const BATCH = 500;

/** As long as it takes to do what waits until nothing happens. */
const TENDED_MS = 45_000;
const TENDED_MS_QUICK = 5_000;

const WARM_MS = 2000;
const WAIT_MS = 600_000;

/** Of what was written since it was last asked, this much is kept. */
const KEPT_CHARS = 1 << 16;

/** A program in a pseudo-terminal of which this process reads all that is drawn. */
class Drawn implements AsyncDisposable {
  readonly #child: Bun.Subprocess;
  readonly #forget: () => void;
  readonly #decoder = new TextDecoder();
  #text = "";
  #onText: () => void = () => undefined;

  constructor(lifetime: Lifetime, command: readonly string[]) {
    const env = { ...process.env, TERM: "xterm-256color", LC_ALL: "C.UTF-8" };
    const data = (_: Bun.Terminal, bytes: Uint8Array): void => {
      this.#text = (this.#text + this.#decoder.decode(bytes, { stream: true })).slice(-KEPT_CHARS);
      this.#onText();
    };
    const terminal = { cols: COLUMNS, rows: ROWS, data };
    this.#child = Bun.spawn([...command], { terminal, env });
    this.#forget = lifetime.bind(() => this.#child.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#child.pid;
  }

  write(text: string): void {
    this.#text = "";
    this.#child.terminal?.write(text);
  }

  /** When this has been drawn, since something was last written. */
  async draws(text: string): Promise<void> {
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(() => done.reject(new Error(`Not drawn: ${text}`)), WAIT_MS);
    this.#onText = () => {
      if (this.#text.includes(text)) done.resolve();
    };
    this.#onText();
    await done.promise;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#child.terminal?.close();
    this.#forget();
  }
}

/** How soon a program draws this, in ms: the median of a few. */
export async function firstFrame(
  lifetime: Lifetime,
  command: readonly string[],
  text: string,
): Promise<Samples> {
  const times: number[] = [];
  // The first makes its files, and fills the system's caches.
  for (let i = 0; i <= STARTS; i++) {
    const startedAtMs = performance.now();
    await using drawn = new Drawn(lifetime, command);
    await drawn.draws(text);
    if (i > 0) times.push(performance.now() - startedAtMs);
  }
  return { ms: median(times) };
}

/** From a key until what it types is drawn, in ms, by a program that does nothing else. */
export async function echoedKeys(
  lifetime: Lifetime,
  command: readonly string[],
  isQuick: boolean,
): Promise<Samples> {
  await using drawn = new Drawn(lifetime, command);
  await drawn.draws("ready");
  return await pressKeys(drawn, isQuick);
}

/**
 * The same on a full screen with a long past, while others say a hundred messages a second; and
 * what it holds when an hour's worth of them has come, and when they can be searched.
 */
export async function busyScreen(
  lifetime: Lifetime,
  programs: Programs,
  profile: ClientProfile,
  isQuick: boolean,
): Promise<Samples> {
  await using server = await ChatServer.start(lifetime);
  const { directory, server: introducer } = server.chat;
  const met = ["--server", `${introducer?.address}#${introducer?.key}`];
  await using drawn = new Drawn(lifetime, [...programs.screen(profile), ...met]);
  const talker = { name: TALKER, directory: join(directory, "talker") };
  await using another = new Talker(lifetime, [...programs.client(talker), ...met]);
  await drawn.draws(TALKER);
  const stop = sayHundreds((text) => void another.say(text));
  await Bun.sleep(WARM_MS);
  const keys = await pressKeys(drawn, isQuick);
  stop();
  const batches = (isQuick ? HOUR_QUICK : HOUR) / BATCH;
  for (let batch = 0; batch < batches; batch++) {
    await another.say(...Array.from({ length: BATCH }, (_, i) => `message ${i} of batch ${batch}`));
  }
  await another.say(END);
  await drawn.draws(END);
  const rssMiB = residentMiB(drawn.pid);
  // Then the index is made of it all.
  await Bun.sleep(isQuick ? TENDED_MS_QUICK : TENDED_MS);
  return { ...keys, rssMiB, tendedMiB: residentMiB(drawn.pid) };
}

async function pressKeys(drawn: Drawn, isQuick: boolean): Promise<Samples> {
  const times: number[] = [];
  const count = isQuick ? KEYS_QUICK : KEYS;
  for (let i = 0; i < count; i++) {
    // Each stands in a cell of its own: one that is erased and typed in one frame changes nothing.
    if (i % LINE === 0) {
      drawn.write(ERASE_LINE);
      await Bun.sleep(ERASED_MS);
    }
    await Bun.sleep(REST_MS + ((i * 7) % REST_VARIES_MS));
    const pressedAtMs = performance.now();
    drawn.write(LETTER);
    await drawn.draws(LETTER);
    times.push(performance.now() - pressedAtMs);
  }
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
