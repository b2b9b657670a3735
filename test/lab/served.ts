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

  /** `args`: further ones of the server. */
  static async start(lab: Topology, ...args: readonly string[]): Promise<Served> {
    const scratch = new Scratch();
    const { listen, args: second } = listenAtAll(SERVED_PORT);
    const server = startServer({
      dataDir: scratch.join("server"),
      listen,
      args: [...second, ...args],
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
    return this.#start(name, place, ["--server", `${siteOf("server").v4}:${SERVED_PORT}`, ...args]);
  }

  /** One that knows the server by an invitation alone. */
  invited(name: string, place: ClientPlace, link: string): Program {
    return this.#start(name, place, ["--join", link]);
  }

  /** Whoever was started beside it has been disposed of before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }

  #start(name: string, place: ClientPlace, args: readonly string[]): Program {
    const within = this.#lab.within(place);
    return startClient({ name, dataDir: this.dataDir(name), within, args });
  }
}
