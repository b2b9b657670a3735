import type { Lifetime } from "./lifetime.ts";

/** In life they sit at another machine: here they take what the one that is measured leaves. */
const LAST = ["nice", "-n", "19"];

/** Whoever has been told nothing for so long has all that was said before. */
const TOLD_MS = 2000;

/** Somebody in another process who says in `#lobby` what they are told to. */
export class Talker implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "ignore">;
  readonly #forget: () => void;
  /** Counted, and not kept: who measures would have to clear it away meanwhile. */
  #toldBytes = 0;

  /** `command`: a client that is told in JSON. */
  constructor(lifetime: Lifetime, command: readonly string[]) {
    this.#child = Bun.spawn([...LAST, ...command], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    this.#forget = lifetime.bind(() => this.#child.kill("SIGKILL"));
    void this.#count();
  }

  /** Waits until all is here that was said before. */
  async catchUp(): Promise<void> {
    for (let before = -1; before < this.#toldBytes;) {
      before = this.#toldBytes;
      await Bun.sleep(TOLD_MS);
    }
  }

  async say(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      void this.#child.stdin.write(`${JSON.stringify({ type: "send", to: "#lobby", text })}\n`);
    }
    await this.#child.stdin.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#forget();
  }

  async #count(): Promise<void> {
    for await (const bytes of this.#child.stdout) this.#toldBytes += bytes.length;
  }
}
