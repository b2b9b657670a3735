import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerArgs } from "../../cmd/build.ts";
import { ROOT } from "../support/source.ts";
import { median } from "./statistics.ts";
import type { Samples } from "./tasks.ts";

const STARTS = 5;

const EMPTY = 'console.log("ready");\n';

/** Programs compiled as the released one is, and how soon each says its first line. */
export class Starts implements Disposable {
  readonly #directory: string;
  readonly #compiled = new Map<string, string>();

  constructor() {
    mkdirSync(join(ROOT, "dist"), { recursive: true });
    this.#directory = mkdtempSync(join(ROOT, "dist", "bench-"));
  }

  /** A program that does nothing but say one line. */
  empty(): Promise<Samples> {
    const entry = join(this.#directory, "empty.ts");
    writeFileSync(entry, EMPTY);
    return startAgainAndAgain([this.#compile("empty", entry)]);
  }

  server(): Promise<Samples> {
    const program = this.#compile("p2pchat", join(ROOT, "cmd", "p2pchat.ts"));
    const dataDirectory = join(this.#directory, "server");
    const args = ["server", "--json", "--listen", "127.0.0.1:0", "--data-dir", dataDirectory];
    return startAgainAndAgain([program, ...args]);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #compile(name: string, entry: string): string {
    const outfile = join(this.#directory, name);
    if (this.#compiled.has(name)) return outfile;
    const args = compilerArgs({ version: "bench", commit: "none", entry, outfile });
    const compiler = Bun.spawnSync([process.execPath, ...args], { cwd: ROOT, stdout: "pipe" });
    if (!compiler.success)
      throw new Error(`Cannot compile ${entry}: ${compiler.stderr.toString()}`);
    this.#compiled.set(name, outfile);
    return outfile;
  }
}

async function startAgainAndAgain(command: readonly string[]): Promise<Samples> {
  // The first makes its files, and fills the system's caches.
  await firstLineMs(command);
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) times.push(await firstLineMs(command));
  return { ms: median(times) };
}

async function firstLineMs(command: readonly string[]): Promise<number> {
  const startedAtMs = performance.now();
  const child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  const lastedMs = performance.now() - startedAtMs;
  child.kill("SIGKILL");
  await child.exited;
  if (value === undefined) throw new Error(`Cannot start ${command[0]}: it says nothing`);
  return lastedMs;
}
