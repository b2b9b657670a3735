import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory for one test, removed with all it holds when disposed of. */
export class Scratch implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "p2pchat-scratch-"));

  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
