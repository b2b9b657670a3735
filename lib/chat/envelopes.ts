import type { PeerId } from "../base/ids.ts";
import type { SealedRuns } from "../wire/envelope.ts";

/** How this client seals what others are to hold, and opens what was sealed for it. */
export interface Envelopes {
  /** Undefined where the recipient's key is not known for sure. */
  readonly seal: (recipient: PeerId, runs: SealedRuns) => Uint8Array | undefined;
  /**
   * Whose it is, which is proved, and known from then on. `never`: it is no envelope for us;
   * `later`: there is no time for it now.
   */
  readonly open: (now: number, envelope: Uint8Array) => Opened | "never" | "later";
}

export interface Opened extends SealedRuns {
  readonly author: PeerId;
}
