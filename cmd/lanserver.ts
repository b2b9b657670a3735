import { type Address, addressScope } from "../lib/base/address.ts";
import { equalBytes } from "../lib/base/bytes.ts";
import type { Found } from "../lib/io/lantable.ts";
import type { ServerHint } from "../lib/node/machine.ts";

/** How long an announced server has to answer before another one is tried. */
const ANSWER_MS = 5_000;

export interface LanServerOptions {
  readonly found: (hint: ServerHint) => void;
  /** The key that a server at this address has had before. */
  readonly pinnedKey: (address: Address) => Uint8Array | undefined;
  /** Told of a server that does not have the key of before. */
  readonly onDistrust: (address: Address) => void;
}

/**
 * An IPv6 link-local address cannot be told to others: another one is waited for so long. What is
 * announced once is announced again a second later.
 */
const BETTER_MS = 900;

/**
 * Which of the servers that the local network announces is registered with, where none was named:
 * the first, and another one only when that does not answer.
 */
export class LanServer {
  readonly #options: LanServerOptions;
  #address: Address | undefined;
  #isConnected = false;
  #triedAtMs = -Infinity;
  #heardAtMs: number | undefined;

  constructor(options: LanServerOptions) {
    this.#options = options;
  }

  /** Announcements come again and again, so that nothing need be remembered. */
  handleFound(now: number, { card: { noiseKey }, address }: Found): void {
    if (this.#isConnected || now - this.#triedAtMs < ANSWER_MS) return;
    const pinned = this.#options.pinnedKey(address);
    if (pinned !== undefined && !equalBytes(pinned, noiseKey)) {
      return this.#options.onDistrust(address);
    }
    this.#heardAtMs ??= now;
    const isLocal = addressScope(address) === "link-local";
    if (isLocal && now - this.#heardAtMs < BETTER_MS) return;
    this.#triedAtMs = now;
    if (this.#address === address) return;
    this.#address = address;
    this.#options.found({ kind: "server", name: address, address, noiseKey });
  }

  onConnected(): void {
    this.#isConnected = true;
  }

  onLost(now: number): void {
    this.#isConnected = false;
    this.#triedAtMs = now;
  }
}
