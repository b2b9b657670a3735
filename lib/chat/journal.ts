import { assert } from "../base/assert.ts";
import type { PeerId } from "../base/ids.ts";
import type { ChatOutput } from "./events.ts";
import type { Chain, Link } from "./log.ts";
import type { ChatWrite } from "./records.ts";
import type { OwnMessage } from "./statuses.ts";

/** A write that waits for the disk, with what must be known when it is there. */
export type Pending = PendingOwn | PendingHeard | PendingNote;

export interface PendingOwn extends PendingLink {
  readonly kind: "own";
  readonly write: Extract<ChatWrite, { kind: "own" }>;
  readonly bytes: Uint8Array;
  readonly message: OwnMessage;
  /** Who would have got it, but has too much waiting already. */
  readonly leftOut: readonly PeerId[];
}

export interface PendingHeard extends PendingLink {
  readonly kind: "heard";
  readonly write: Extract<ChatWrite, { kind: "heard" }>;
}

export interface PendingNote {
  readonly kind: "note";
  readonly write: Exclude<ChatWrite, { kind: "own" | "heard" }>;
}

/** An entry stands and falls with its chain. */
interface PendingLink {
  readonly chain: Chain;
  readonly link: Link;
}

/** Own entries that wait for the disk: what is pasted or piped between commits. */
export const OWN_PENDING_MAX = 4096;
export const OWN_PENDING_BYTES_MAX = 8_388_608;
/** Somebody's entries that wait for our disk: twice what an honest author has under way. */
export const HEARD_PENDING_MAX = 512;
export const HEARD_PENDING_BYTES_MAX = 1_048_576;

/**
 * Gathers writes and hands them out as one store at a time: what comes while the disk is busy waits
 * for the next one, so that an entry is never on disk without those before it.
 */
export class Journal {
  #waiting: Pending[] = [];
  #stored: { readonly token: number; readonly items: readonly Pending[] } | undefined;
  readonly #loads = new Map<PeerId, { entries: number; bytes: number }>();
  #lastToken = 0;

  add(item: Pending): void {
    this.#waiting.push(item);
    if (item.kind !== "note") this.#count(item, 1);
  }

  note(write: PendingNote["write"]): void {
    this.add({ kind: "note", write });
  }

  /** Whether this author has as much waiting for the disk as may be. */
  isFull(author: PeerId, entriesMax: number, bytesMax: number): boolean {
    const load = this.#loads.get(author);
    return load !== undefined && (load.entries >= entriesMax || load.bytes >= bytesMax);
  }

  /** What waits, as one transaction; undefined when nothing does or the last is not answered. */
  poll(): ChatOutput | undefined {
    if (this.#stored !== undefined || this.#waiting.length === 0) return undefined;
    this.#lastToken += 1;
    this.#stored = { token: this.#lastToken, items: this.#waiting };
    this.#waiting = [];
    const writes = this.#stored.items.map((item) => item.write);
    return { kind: "store", token: this.#lastToken, writes };
  }

  /** The items of the store that was answered, in the order in which they were added. */
  take(token: number): readonly Pending[] {
    assert(
      this.#stored?.token === token,
      "a store is answered once, before the next is handed out",
    );
    const { items } = this.#stored;
    this.#stored = undefined;
    for (const item of items) if (item.kind !== "note") this.#count(item, -1);
    return items;
  }

  /** Withdraws the entries of these chains that have not yet been handed out. */
  withdraw(chains: ReadonlySet<Chain>): readonly (PendingOwn | PendingHeard)[] {
    const withdrawn: (PendingOwn | PendingHeard)[] = [];
    this.#waiting = this.#waiting.filter((item) => {
      if (item.kind === "note" || !chains.has(item.chain)) return true;
      this.#count(item, -1);
      withdrawn.push(item);
      return false;
    });
    return withdrawn;
  }

  #count({ write }: PendingOwn | PendingHeard, sign: 1 | -1): void {
    const { author, body } = write.entry;
    const load = this.#loads.get(author) ?? { entries: 0, bytes: 0 };
    load.entries += sign;
    load.bytes += sign * body.length;
    if (load.entries === 0) this.#loads.delete(author);
    else this.#loads.set(author, load);
  }
}
