import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Program } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import type { ChatPlace } from "./sideoptions.ts";

/** A server in a process of its own, and a directory on a real disk for who meets there. */
export class ChatServer implements AsyncDisposable {
  readonly chat: ChatPlace;
  readonly #program: Program;

  private constructor(program: Program, chat: ChatPlace) {
    this.#program = program;
    this.chat = chat;
  }

  static async start(): Promise<ChatServer> {
    mkdirSync(join(ROOT, "dist"), { recursive: true });
    // Not in /tmp, which may be memory.
    const directory = mkdtempSync(join(ROOT, "dist", "bench-"));
    const dataDirectory = join(directory, "server");
    const args = ["server", "--json", "--listen", "127.0.0.1:0", "--data-dir", dataDirectory];
    const program = new Program([process.execPath, join(ROOT, "cmd", "p2pchat.ts"), ...args]);
    const { address, key } = await program.line({ type: "ready" });
    return new ChatServer(program, {
      directory,
      server: { address: String(address), key: String(key) },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    rmSync(this.chat.directory, { recursive: true, force: true });
  }
}
