import { join } from "node:path";
import { enterRuntimeFolder, leaveRuntimeFolder } from "./runtimefolder.ts";
import { ROOT } from "./source.ts";
import { WAIT_MS } from "./until.ts";

/** One line of a program's JSON output. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * What a line must hold: every field given, compared by value, objects and arrays in depth;
 * fields not given are free.
 */
export type Pattern = Json | ((line: Json) => boolean);

export interface ProgramOptions {
  /** Put before the command, such as `ip netns exec NAME`. */
  readonly within?: readonly string[];
  readonly cwd?: string;
  /** Laid over this process's environment, which is freed of every `P2PCHAT_…` first. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The compiled program; `bun run build` makes it. */
export const BINARY = join(ROOT, "dist", "p2pchat");

/** What a report of a failure shows of the end of each stream. */
const TAIL_CHARS = 2000;

/**
 * A running program that is spoken to in lines. Everything it has written is kept, so that a line
 * is found whether it came before it was asked for or after.
 */
export class Program implements AsyncDisposable {
  readonly #command: readonly string[];
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #drained: Promise<unknown>;
  readonly #lines: Json[] = [];
  readonly #strays: string[] = [];
  readonly #onChange = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #unfinished = "";
  /** Where its sockets are; undefined once it is disposed of. */
  #runtime: string | undefined = enterRuntimeFolder();
  #hasEnded = false;

  constructor(command: readonly string[], options: ProgramOptions = {}) {
    this.#command = [...(options.within ?? []), ...command];
    this.#process = Bun.spawn([...this.#command], {
      cwd: options.cwd ?? process.cwd(),
      env: { ...ownEnvironment(), XDG_RUNTIME_DIR: this.#runtime, ...options.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    const reading = [
      drain(this.#process.stdout, (text) => this.#onStdout(text)),
      drain(this.#process.stderr, (text) => this.#onStderr(text)),
    ];
    this.#drained = Promise.all([...reading, this.#process.exited]).then(() => {
      this.#hasEnded = true;
      this.#tellChange();
    });
  }

  /** Where its sockets are, as of all others of this process. */
  get runtime(): string {
    return this.#runtime ?? "";
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Every JSON object written to stdout so far, one per line. */
  get lines(): readonly Json[] {
    return this.#lines;
  }

  /** Lines of stdout that are no JSON object. */
  get strays(): readonly string[] {
    return this.#strays;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The exit code, once the program has ended and all its output has been read. */
  get exited(): Promise<number> {
    return this.#drained.then(() => this.#process.exited);
  }

  /** Writes one JSON line to stdin. */
  send(command: Json): void {
    this.write(`${JSON.stringify(command)}\n`);
  }

  write(input: string | Uint8Array): void {
    void this.#process.stdin.write(input);
    void this.#process.stdin.flush();
  }

  closeInput(): void {
    void this.#process.stdin.end();
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#process.kill(signal);
  }

  /**
   * The first line that matches, of those written from `since` (an index into `lines`) on.
   * Throws with the end of both streams after `timeoutMs`, or as soon as the program has ended.
   */
  async line(
    pattern: Pattern,
    { timeoutMs = WAIT_MS, since = 0 }: { timeoutMs?: number; since?: number } = {},
  ): Promise<Json> {
    let checked = since;
    const found = await this.#until(timeoutMs, () => {
      while (checked < this.#lines.length) {
        const line = this.#lines[checked];
        checked += 1;
        if (line !== undefined && matches(line, pattern)) return line;
      }
      return undefined;
    });
    return found ?? this.#fail(`no line matches ${describePattern(pattern)}`, timeoutMs);
  }

  /** Waits until stdout holds the text, for faces that are not JSON. */
  async text(pattern: RegExp, { timeoutMs = WAIT_MS } = {}): Promise<RegExpExecArray> {
    const found = await this.#until(timeoutMs, () => pattern.exec(this.#stdout) ?? undefined);
    return found ?? this.#fail(`stdout does not match ${pattern}`, timeoutMs);
  }

  /** Ends the program, if it still runs, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#process.exited;
    if (this.#runtime !== undefined) leaveRuntimeFolder();
    this.#runtime = undefined;
  }

  /** Calls `look` now and at every change until it answers, or gives up with undefined. */
  async #until<T>(timeoutMs: number, look: () => T | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.#onChange.delete(check);
        end();
      };
      const check = (): void => {
        try {
          const found = look();
          if (found !== undefined || this.#hasEnded) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const timer = setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
      this.#onChange.add(check);
      check();
    });
  }

  #onStdout(text: string): void {
    this.#stdout += text;
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop() ?? "";
    for (const line of lines) {
      const parsed = parseObject(line);
      if (parsed === undefined) this.#strays.push(line);
      else this.#lines.push(parsed);
    }
    this.#tellChange();
  }

  #onStderr(text: string): void {
    this.#stderr += text;
    this.#tellChange();
  }

  #tellChange(): void {
    for (const check of this.#onChange) check();
  }

  #fail(what: string, timeoutMs: number): never {
    const ending = this.#hasEnded
      ? `the program ended with ${this.#process.exitCode ?? this.#process.signalCode}`
      : `waited ${timeoutMs} ms`;
    throw new Error(
      [
        `${what}: ${ending}`,
        `command: ${this.#command.join(" ")}`,
        `stdout: …${this.#stdout.slice(-TAIL_CHARS)}`,
        `stderr: …${this.#stderr.slice(-TAIL_CHARS)}`,
      ].join("\n"),
    );
  }
}

function ownEnvironment(): Record<string, string | undefined> {
  const all = Object.entries(process.env);
  return Object.fromEntries(all.filter(([name]) => !name.startsWith("P2PCHAT_")));
}

async function drain(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) onText(decoder.decode(bytes, { stream: true }));
}

function parseObject(text: string): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function matches(line: Json, pattern: Pattern): boolean {
  return typeof pattern === "function" ? pattern(line) : holds(line, pattern);
}

function holds(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual) || actual.length !== wanted.length) return false;
    return wanted.every((item, index) => holds(actual[index], item));
  }
  if (!isObject(wanted)) return Object.is(actual, wanted);
  if (!isObject(actual)) return false;
  return Object.entries(wanted).every(([field, value]) => holds(actual[field], value));
}

function describePattern(pattern: Pattern): string {
  return typeof pattern === "function" ? pattern.toString() : JSON.stringify(pattern);
}
