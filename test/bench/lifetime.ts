import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/source.ts";

/** What must not outlive this process, however it ends, short of a kill. */
export class Lifetime {
  /** On the repository's disk: /tmp may be memory. Removed with all it holds. */
  readonly directory: string;
  readonly #ends = new Set<() => void>();

  constructor() {
    const dist = join(ROOT, "dist");
    mkdirSync(dist, { recursive: true });
    this.directory = mkdtempSync(join(dist, "bench-"));
    process.once("exit", () => this.#end());
    process.once("SIGINT", () => process.exit(130));
    process.once("SIGTERM", () => process.exit(143));
  }

  /** Returns what to call when it has ended by itself. */
  bind(end: () => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  #end(): void {
    for (const end of this.#ends) end();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
