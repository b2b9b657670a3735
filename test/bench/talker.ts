import type { Lifetime } from "./lifetime.ts";

/** Somebody in another process who says in `#lobby` what they are told to. */
export class Talker implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "ignore", "ignore">;
  readonly #forget: () => void;

  /** `command`: a client that is told in JSON. */
  constructor(lifetime: Lifetime, command: readonly string[]) {
    this.#child = Bun.spawn([...command], { stdin: "pipe", stdout: "ignore", stderr: "ignore" });
    this.#forget = lifetime.bind(() => this.#child.kill("SIGKILL"));
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
}
