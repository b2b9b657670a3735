import type { PeerId } from "../base/ids.ts";
import { Ledger } from "../base/ledger.ts";
import type { StatusEvent } from "../node/events.ts";

/** One message of this run, and who is known to have it. */
export interface Posted {
  readonly id: string;
  readonly room: string;
  readonly by: ReadonlySet<PeerId>;
}

/** As many as the outbox keeps for one peer; of more, the oldest are not waited for. */
export const OPEN_MAX = 10_000;

/**
 * Which messages of this run still wait for somebody's receipt. A direct message wants one; a
 * room's wants one of each recipient, and is open for as long as nobody said who they are.
 */
export class Receipts {
  readonly #open = new Ledger<Posted & { readonly by: Set<PeerId> }>();
  readonly #recipients = new Map<string, ReadonlySet<PeerId>>();
  #refusals: readonly string[] = [];

  handleStatus({ id, room, state, by, reason, was }: StatusEvent): void {
    if (was !== undefined) return this.#onMoved(was, id);
    if (state === "queued") this.#add({ id, room, by: new Set() });
    const posted = this.#open.get(id);
    if (posted === undefined) return;
    if (state === "failed") {
      this.#refusals = [...this.#refusals, reason ?? "refused"].slice(-REFUSALS_MAX);
      if (isDirect(room)) this.#open.delete(id);
      else if (by !== null) posted.by.add(by.id);
    }
    if (state === "delivered" && by !== null) posted.by.add(by.id);
    this.#close(posted);
  }

  /** Whose receipts the messages to a room wait for, those said already too. */
  expect(room: string, recipients: ReadonlySet<PeerId>): void {
    this.#recipients.set(room, recipients);
    for (const posted of this.#open.values()) this.#close(posted);
  }

  /** They have left: what is said to a room waits for them no more. */
  excuse(peer: PeerId): void {
    for (const [room, recipients] of this.#recipients) {
      if (recipients.has(peer)) this.expect(room, recipients.difference(new Set([peer])));
    }
  }

  /** Messages that at least one recipient may not have. */
  get open(): readonly Posted[] {
    return [...this.#open.values()];
  }

  /** Why messages failed, in the order of their failing. */
  get refusals(): readonly string[] {
    return this.#refusals;
  }

  /** What nobody is waited for is waited for no more under another id. */
  #onMoved(was: string, id: string): void {
    this.#open.rename(was, id, (posted) => ({ ...posted, id }));
  }

  #add(posted: Posted & { readonly by: Set<PeerId> }): void {
    this.#open.set(posted.id, posted);
    this.#open.forget(OPEN_MAX);
  }

  #close({ id, room, by }: Posted): void {
    const recipients = this.#recipients.get(room);
    const isComplete = isDirect(room)
      ? by.size > 0
      : recipients !== undefined && recipients.isSubsetOf(by);
    if (isComplete) this.#open.delete(id);
  }
}

/** Whether it never reached the disk here: this is its answer, and no more is told of it. */
export function isLost({ state, by }: Pick<StatusEvent, "state" | "by">): boolean {
  return state === "failed" && by === null;
}

/** Failures that are remembered word for word. */
const REFUSALS_MAX = 16;

function isDirect(room: string): boolean {
  return room.startsWith("@");
}
