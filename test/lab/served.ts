import { startClient, startServer } from "../support/chat.ts";
import type { Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { listenAtAll } from "./meeting.ts";
import { siteOf, type ClientPlace } from "./plan.ts";
import type { Topology } from "./topology.ts";

/** Where the server of a lab that has one listens; its second port is the next. */
export const SERVED_PORT = 3478;

/** A server at all its addresses, in a lab, and the clients that know it by the first. */
export class Served implements AsyncDisposable {
  readonly server: Program;
  readonly #lab: Topology;
  readonly #scratch: Scratch;

  private constructor(lab: Topology, scratch: Scratch, server: Program) {
    this.#lab = lab;
    this.#scratch = scratch;
    this.server = server;
  }

  static async start(lab: Topology): Promise<Served> {
    const scratch = new Scratch();
    const server = startServer({
      dataDir: scratch.join("server"),
      ...listenAtAll(SERVED_PORT),
      within: lab.within("server"),
    });
    await server.line({ type: "ready", role: "server" });
    return new Served(lab, scratch, server);
  }

  /** Of its own, as long as this is. */
  dataDir(name: string): string {
    return this.#scratch.join(name);
  }

  client(name: string, place: ClientPlace, ...args: readonly string[]): Program {
    return startClient({
      name,
      dataDir: this.dataDir(name),
      server: `${siteOf("server").v4}:${SERVED_PORT}`,
      within: this.#lab.within(place),
      args,
    });
  }

  /** Whoever was started beside it has been disposed of before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}
