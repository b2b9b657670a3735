import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerArgs } from "../../cmd/build.ts";
import { ROOT } from "../support/source.ts";
import type { Lifetime } from "./lifetime.ts";

const EMPTY = 'console.log("ready");\n';

/** Programs compiled as the released one is, each when it is first needed. */
export class Programs {
  readonly #lifetime: Lifetime;
  readonly #compiled = new Set<string>();

  constructor(lifetime: Lifetime) {
    this.#lifetime = lifetime;
  }

  /** The file of a program that does nothing but say one line. */
  empty(): string {
    const entry = join(this.#lifetime.directory, "empty.ts");
    writeFileSync(entry, EMPTY);
    return this.#compile("empty", entry);
  }

  p2pchat(): string {
    return this.#compile("p2pchat", join(ROOT, "cmd", "p2pchat.ts"));
  }

  /** A client by itself, whose profile this is. */
  client({ name, directory }: ClientProfile): readonly string[] {
    const alone = ["--json", "--no-lan", "--no-portmap", "--listen", "127.0.0.1:0"];
    return [this.p2pchat(), "client", "--name", name, ...alone, "--data-dir", directory];
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
}

export interface ClientProfile {
  readonly name: string;
  readonly directory: string;
}
