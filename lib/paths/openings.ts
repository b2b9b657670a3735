import { type Address, addressScope } from "../base/address.ts";

/** A mapping that nothing was sent by for so long may be gone: RFC 4787 §4.3, and what homes do. */
const FORGOTTEN_MS = 30_000;

/** For so long it is not written down how long ago the last was. */
const LAST_MS = 1_000;

/** Mappings that are known of; beyond, those longest at rest count as new when they are used. */
export const OPEN_MAX = 1024;

/** Tells which datagrams make a router give out a mapping, if it does for each destination. */
export class Openings {
  /** When something was sent by it last, the one longest at rest first. */
  readonly #sentAtMs = new Map<string, number>();
  /** Most datagrams go where the one before went. */
  #last: { readonly socket: number; readonly to: Address; readonly atMs: number } | undefined;

  /** Whether nothing has left from this socket to there of late; from now on something has. */
  isNew(now: number, socket: number, to: Address): boolean {
    const last = this.#last;
    if (last?.to === to && last.socket === socket && now < last.atMs + LAST_MS) return false;
    this.#last = { socket, to, atMs: now };
    if (addressScope(to) !== "public") return false;
    const key = `${socket} ${to}`;
    const before = this.#sentAtMs.get(key) ?? -Infinity;
    this.#sentAtMs.delete(key);
    this.#sentAtMs.set(key, now);
    const [longest] = this.#sentAtMs.keys();
    if (longest !== undefined && this.#sentAtMs.size > OPEN_MAX) this.#sentAtMs.delete(longest);
    return now >= before + FORGOTTEN_MS;
  }
}
