import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerArgs } from "../../cmd/build.ts";
import { ROOT } from "../support/source.ts";
import type { Lifetime } from "./lifetime.ts";
import { median } from "./statistics.ts";
import type { Samples } from "./tasks.ts";

const STARTS = 5;

const EMPTY = 'console.log("ready");\n';

/** Programs compiled as the released one is, and how soon each says its first line. */
export class Starts {
  readonly #lifetime: Lifetime;
  readonly #compiled = new Set<string>();

  constructor(lifetime: Lifetime) {
    this.#lifetime = lifetime;
  }

  /** A program that does nothing but say one line. */
  empty(): Promise<Samples> {
    const entry = join(this.#lifetime.directory, "empty.ts");
    writeFileSync(entry, EMPTY);
    return this.#start([this.#compile("empty", entry)]);
  }

  server(): Promise<Samples> {
    const program = this.#compile("p2pchat", join(ROOT, "cmd", "p2pchat.ts"));
    const dataDirectory = join(this.#lifetime.directory, "server");
    const args = ["server", "--json", "--listen", "127.0.0.1:0", "--data-dir", dataDirectory];
    return this.#start([program, ...args]);
  }

  #compile(name: string, entry: string): string {
    const outfile = join(this.#lifetime.directory, name);
    if (this.#compiled.has(name)) return outfile;
    const args = compilerArgs({ version: "bench", commit: "none", entry, outfile });
    const compiler = Bun.spawnSync([process.execPath, ...args], { cwd: ROOT, stdout: "pipe" });
    if (!compiler.success)
      throw new Error(`Cannot compile ${entry}: ${compiler.stderr.toString()}`);
    this.#compiled.add(name);
    return outfile;
  }

  async #start(command: readonly string[]): Promise<Samples> {
    // The first makes its files, and fills the system's caches.
    await this.#firstLineMs(command);
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) times.push(await this.#firstLineMs(command));
    return { ms: median(times) };
  }

  async #firstLineMs(command: readonly string[]): Promise<number> {
    const startedAtMs = performance.now();
    const child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const forget = this.#lifetime.bind(() => child.kill("SIGKILL"));
    const { value } = await child.stdout.getReader().read();
    const lastedMs = performance.now() - startedAtMs;
    child.kill("SIGKILL");
    await child.exited;
    forget();
    if (value === undefined) throw new Error(`Cannot start ${command[0]}: it says nothing`);
    return lastedMs;
  }
}
