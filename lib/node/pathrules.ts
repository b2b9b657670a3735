import type { Address } from "../base/address.ts";
import { KEEPALIVE_MS, KEEPALIVE_MS_MAX } from "../paths/keepalive.ts";
import type { Path, PathKind } from "../paths/pathset.ts";
import { CARRIED_BYTES_MAX } from "../wire/limits.ts";

/** What a path asks of those who use it, by its kind: the same for all connections of a node. */
export class PathRules {
  readonly kindOf: (remote: Address) => PathKind;
  readonly #datagramBytesMax: number;
  #keepaliveMs = KEEPALIVE_MS;

  constructor(kindOf: (remote: Address) => PathKind, datagramBytesMax: number) {
    this.kindOf = kindOf;
    this.#datagramBytesMax = datagramBytesMax;
  }

  /** So long the router in front of this node lets a path rest. Whether that is news. */
  setKeepalive(ms: number): boolean {
    const isNews = ms !== this.#keepaliveMs;
    this.#keepaliveMs = ms;
    return isNews;
  }

  /**
   * How long a path may rest before this node shows its router that it is in use. Nothing between
   * neighbours forgets them, and a carrier keeps its own paths alive.
   */
  keepaliveMs({ kind }: Path): number {
    return kind === "direct" ? this.#keepaliveMs : KEEPALIVE_MS_MAX;
  }

  /** Nothing larger goes by this path, whatever it carries. */
  datagramBytesMax({ kind }: Path): number {
    const bytes = this.#datagramBytesMax;
    return kind === "relay" ? Math.min(CARRIED_BYTES_MAX, bytes) : bytes;
  }
}
