import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Program } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import type { Lifetime } from "./lifetime.ts";
import type { ChatPlace } from "./sideoptions.ts";

/** A server in a process of its own, and a directory on a real disk for who meets there. */
export class ChatServer implements AsyncDisposable {
  readonly chat: ChatPlace;
  readonly #program: Program;
  readonly #forget: () => void;

  private constructor(program: Program, chat: ChatPlace, forget: () => void) {
    this.#program = program;
    this.chat = chat;
    this.#forget = forget;
  }

  static async start(lifetime: Lifetime): Promise<ChatServer> {
    const directory = mkdtempSync(join(lifetime.directory, "chat-"));
    const dataDirectory = join(directory, "server");
    const args = ["server", "--json", "--listen", "127.0.0.1:0", "--data-dir", dataDirectory];
    const program = new Program([process.execPath, join(ROOT, "cmd", "p2pchat.ts"), ...args]);
    const forget = lifetime.bind(() => program.kill());
    const { address, key } = await program.line({ type: "ready" });
    const server = { address: String(address), key: String(key) };
    return new ChatServer(program, { directory, server }, forget);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#forget();
    rmSync(this.chat.directory, { recursive: true, force: true });
  }
}
