import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerArgs } from "../../cmd/build.ts";
import { ROOT } from "../support/source.ts";
import type { Lifetime } from "./lifetime.ts";

const EMPTY = 'console.log("ready");\n';
const ECHO = `process.stdin.setRawMode(true);
process.stdin.on("data", (bytes) => process.stdout.write(bytes));
console.log("ready");
`;

/** Programs compiled as the released one is, each when it is first needed. */
export class Programs {
  readonly #lifetime: Lifetime;
  readonly #earlier: string | undefined;
  readonly #compiled = new Set<string>();

  /** `earlier`: a compiled p2pchat that this one is compared with. */
  constructor(lifetime: Lifetime, earlier?: string) {
    this.#lifetime = lifetime;
    this.#earlier = earlier;
  }

  /** The file of the p2pchat that was given to compare with. */
  earlier(): string {
    if (this.#earlier === undefined) throw new Error("None was given: --earlier FILE");
    return this.#earlier;
  }

  /** The file of a program that does nothing but say one line. */
  empty(): string {
    return this.#compileText("empty", EMPTY);
  }

  /** The file of one that writes to its terminal whatever is typed there. */
  echo(): string {
    return this.#compileText("echo", ECHO);
  }

  p2pchat(): string {
    return this.#compile("p2pchat", join(ROOT, "cmd", "p2pchat.ts"));
  }

  /** A client by itself, whose profile this is. */
  client({ name, directory }: ClientProfile): readonly string[] {
    return [...this.screen({ name, directory }), "--json"];
  }

  /** The same at a terminal. */
  screen({ name, directory }: ClientProfile): readonly string[] {
    const alone = ["--no-lan", "--no-portmap", "--listen", "127.0.0.1:0"];
    return [this.p2pchat(), "client", "--name", name, ...alone, "--data-dir", directory];
  }

  /** The same as a page, which begins in a room where nobody has said anything. */
  page({ name, directory }: ClientProfile): readonly string[] {
    return [...this.screen({ name, directory }), "--room", "#aside", "--web"];
  }

  #compileText(name: string, text: string): string {
    const entry = join(this.#lifetime.directory, `${name}.ts`);
    writeFileSync(entry, text);
    return this.#compile(name, entry);
  }

  #compile(name: string, entry: string): string {
    const outfile = join(this.#lifetime.directory, name);
    if (this.#compiled.has(name)) return outfile;
    const args = compilerArgs({ version: "bench", commit: "none", date: "none", entry, outfile });
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
