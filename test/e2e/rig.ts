import { startClient, startServer } from "../support/chat.ts";
import { BINARY, Program, type Json } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server and whoever a test needs besides, each in its own directory, all gone at the end. */
export class Rig implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly #programs: Program[] = [];
  #server: Program | undefined;
  #address = "";

  /** `args`: further ones of the server. */
  static async start(...args: readonly string[]): Promise<Rig> {
    const rig = new Rig();
    await rig.startServer("127.0.0.1:0", "server", args);
    return rig;
  }

  get server(): Program {
    if (this.#server === undefined) throw new Error("the rig has no server");
    return this.#server;
  }

  /** Where clients find the server. */
  get address(): string {
    return this.#address;
  }

  async startServer(
    listen: string,
    directory = "server",
    args: readonly string[] = [],
  ): Promise<Program> {
    const dataDir = this.scratch.join(directory);
    const server = this.track(startServer({ dataDir, listen, args }));
    this.#server = server;
    this.#address = String((await server.line({ type: "ready" }))["address"]);
    return server;
  }

  /** A client in `--json` that the server knows; its directory stays when it is started again. */
  async client(name: string, ...args: readonly string[]): Promise<Program> {
    const client = this.start(name, ...args);
    await client.line({ type: "ready" });
    return client;
  }

  start(name: string, ...args: readonly string[]): Program {
    const dataDir = this.scratch.join(name);
    return this.track(startClient({ name, dataDir, server: this.#address, args }));
  }

  /** `client --to` with this input, to its end. */
  async oneShot(name: string, to: string, input: string, ...args: readonly string[]) {
    const flags = ["--name", name, "--data-dir", this.scratch.join(name), "--to", to];
    if (!args.includes("--server")) flags.push("--server", this.#address);
    return this.run(["client", "--no-lan", ...flags, ...args], input);
  }

  /** Runs the program to its end, in an empty directory. */
  async run(args: readonly string[], input?: string, env = {}): Promise<Ended> {
    const cwd = this.scratch.path;
    const program = this.track(new Program([BINARY, ...args], { cwd, env }));
    if (input !== undefined) program.write(input);
    program.closeInput();
    const exitCode = await program.exited;
    return { exitCode, stdout: program.stdout, stderr: program.stderr };
  }

  track(program: Program): Program {
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program[Symbol.asyncDispose]()));
    this.scratch[Symbol.dispose]();
  }
}

/** Both know of an open way between them. */
export async function connected(a: Program, aName: string, b: Program, bName: string) {
  await Promise.all([
    a.line({ type: "peer", state: "connected", who: { name: bName } }),
    b.line({ type: "peer", state: "connected", who: { name: aName } }),
  ]);
}

export function messages(program: Program): readonly Json[] {
  return program.lines.filter((line) => line["type"] === "message");
}
