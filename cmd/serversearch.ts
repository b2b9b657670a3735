import type { Address } from "../lib/base/address.ts";
import type { NamedServer } from "../lib/io/config.ts";
import { Failure } from "../lib/io/failure.ts";
import { resolveHost } from "../lib/io/resolve.ts";

/** How long a name that cannot be resolved rests. */
const UNRESOLVED_MS = 5000;

/** How long the node itself tries to reach a lost server before its name is looked up again. */
const LOST_MS = 20_000;

export interface ServerSearchOptions {
  readonly server: NamedServer;
  /** At least one, all of the same server; told again where they have changed. */
  readonly found: (addresses: readonly Address[]) => void;
  /** Told once in words when the name cannot be resolved, until it has been. */
  readonly onTrouble: (text: string) => void;
  readonly resolve?: typeof resolveHost;
}

/** Looks up a server's name and offers its addresses, until the server has answered. */
export class ServerSearch {
  readonly #options: ServerSearchOptions;
  #timer: NodeJS.Timeout | undefined;
  #offered = "";
  #hasComplained = false;
  /** `met`: the node has a session, and another address would end it. */
  #step: "searching" | "met" | "over" = "searching";

  constructor(options: ServerSearchOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#next();
  }

  onConnected(): void {
    if (this.#step === "searching") this.#step = "met";
    clearTimeout(this.#timer);
  }

  onLost(): void {
    if (this.#step === "met") this.#step = "searching";
    this.#restIn(LOST_MS);
  }

  stop(): void {
    this.#step = "over";
    clearTimeout(this.#timer);
  }

  async #next(): Promise<void> {
    const addresses = await this.#resolve();
    if (!this.#isSearching()) return;
    if (addresses.length === 0) return this.#restIn(UNRESOLVED_MS);
    // Resolvers answer in ever another order.
    const all = addresses.toSorted().join();
    if (all !== this.#offered) this.#options.found(addresses);
    this.#offered = all;
    this.#restIn(LOST_MS);
  }

  /** A separate question, as the answer changes while a lookup is awaited. */
  #isSearching(): boolean {
    return this.#step === "searching";
  }

  async #resolve(): Promise<readonly Address[]> {
    const { server, onTrouble, resolve = resolveHost } = this.#options;
    try {
      const addresses = await resolve(server.host, server.port);
      this.#hasComplained = false;
      return addresses;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!this.#hasComplained) onTrouble(`${error.message}: still trying`);
      this.#hasComplained = true;
      return [];
    }
  }

  #restIn(ms: number): void {
    if (!this.#isSearching()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#next(), ms);
  }
}
