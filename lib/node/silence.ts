import { type Address, addressScope, formatAddress } from "../base/address.ts";
import type { Host } from "../paths/candidates.ts";
import type { SendError } from "./machine.ts";

/** After so long without a word from the server it is said what may be the matter: six hellos. */
const SILENT_MS = 3_000;

/** What is known besides the server's silence. */
export interface Circumstances {
  /** This machine's own addresses. */
  readonly hosts: readonly Host[];
  /** Somebody who is not on the local network is heard by UDP. */
  readonly isOtherHeard: boolean;
}

/** Watches whether anything at all comes back from a server that was named, and says it if not. */
export class Silence {
  #address: Address | undefined;
  #error: SendError | undefined;
  #tellAtMs = Infinity;

  /** The server is looked for at one address more. It is given its time once. */
  onNamed(now: number, address: Address): void {
    if (this.#address === undefined) this.#tellAtMs = now + SILENT_MS;
    if (this.#address !== address) this.#error = undefined;
    this.#address = address;
  }

  onHeard(from: Address): void {
    if (from === this.#address) this.#tellAtMs = Infinity;
  }

  /** Whoever stands on the way may say so, or be believed to: it makes no more than words. */
  onSendError(to: Address, error: SendError): void {
    if (to === this.#address) this.#error = error;
  }

  /** A sentence, once, when it is due. */
  poll(now: number, circumstances: Circumstances): string | undefined {
    if (now < this.#tellAtMs || this.#address === undefined) return undefined;
    this.#tellAtMs = Infinity;
    return silenceSentence(this.#address, this.#error, circumstances);
  }

  pollTimeout(): number {
    return this.#tellAtMs;
  }
}

/** What the silence of one server can mean: no more than what it can be told apart from. */
export function silenceSentence(
  server: Address,
  error: SendError | undefined,
  { hosts, isOtherHeard }: Circumstances,
): string {
  const isOnLoopback = addressScope(server) === "loopback";
  if (!isOnNetwork(hosts) && !isOnLoopback) {
    return "This machine has no network: it has no address but its own loopback.";
  }
  if (error === "refused") {
    return `Nothing listens at ${server}, as its machine says: the server is down or elsewhere.`;
  }
  if (error === "unreachable") return `No way leads from this network to the server at ${server}.`;
  const silence = `Nothing comes back from the server at ${server}`;
  if (isOnLoopback) return `${silence}: it seems to be down.`;
  if (isOtherHeard) return `${silence}, while others are heard: it seems to be down.`;
  return `${silence}: UDP seems blocked on this network, or the server is down.`;
}

/** It has an address that is not its own loopback's. */
function isOnNetwork(hosts: readonly Host[]): boolean {
  return hosts.some(({ ip }) => {
    return addressScope(formatAddress({ ip, port: 1, zone: undefined })) !== "loopback";
  });
}
