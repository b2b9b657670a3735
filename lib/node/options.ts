import type { Random } from "../base/random.ts";
import type { Identity } from "../crypto/identity.ts";
import type { Restored } from "./machine.ts";

/** What every node is made of. */
export interface NodeOptions {
  readonly now: number;
  readonly random: Random;
  readonly identity: Identity;
  readonly name: string;
  /** The card's serial: ms since the epoch when this name was first used with this identity. */
  readonly serial: number;
}

export interface PeerOptions extends NodeOptions {
  /** Rooms to be in from the start, besides those restored: `#lobby` and what was asked for. */
  readonly rooms: readonly string[];
  readonly restored: Restored;
}
