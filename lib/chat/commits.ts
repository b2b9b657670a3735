import type { Exchange } from "./exchange.ts";
import type { Inbox } from "./inbox.ts";
import type { Journal, Pending, PendingNote } from "./journal.ts";
import type { Chain, Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { Outputs } from "./outputs.ts";
import type { Reading } from "./reading.ts";
import type { Reads } from "./reads.ts";
import type { OwnRun } from "./ownrun.ts";
import { sizeOf } from "./recipient.ts";
import type { Statuses } from "./statuses.ts";
import type { Timeline } from "./timeline.ts";
import { CANCELLED, type Withdrawals } from "./withdrawals.ts";

export interface CommitsParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly timeline: Timeline;
  readonly statuses: Statuses;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly exchange: Exchange;
  readonly withdrawals: Withdrawals;
  readonly reading: Reading;
  readonly reads: Reads;
}

/** What follows when the disk has taken what it was asked to keep, or has refused it. */
export class Commits {
  readonly #parts: CommitsParts;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  handleStored(now: number, token: number, ok: boolean): void {
    const items = this.#parts.journal.take(token);
    if (ok) for (const item of items) this.#onStored(now, item);
    else this.#onUnstored(now, items);
  }

  #onStored(now: number, item: Pending): void {
    const { log, inbox, exchange, reading } = this.#parts;
    switch (item.kind) {
      case "own":
        log.settle(item.chain, item.after);
        this.#onOwnStored(now, item);
        return;
      case "heard":
        log.settle(item.chain, item.after);
        inbox.onStored(now, item);
        exchange.onHeardStored(now, item.chain);
        reading.onHeard(item);
        return;
      case "note":
        this.#onNoted(now, item, true);
        return;
      default:
        return item satisfies never;
    }
  }

  #onOwnStored(now: number, { chain, messages, write, addressees }: OwnRun): void {
    const { timeline, statuses, outbox, exchange } = this.#parts;
    const { recipients, leftOut } = addressees;
    const run = sizeOf(write);
    timeline.onTold(now, chain.room, placeOf(chain));
    statuses.onQueued(run, messages, recipients.length + leftOut.length);
    for (const peer of leftOut) {
      statuses.onFailed(run, peer, "too much waits for them already");
    }
    outbox.onStored(run, write);
    exchange.onOwnStored(now, chain);
  }

  /** What was to follow a refused run in its chain goes with it: there would be a hole. */
  #onUnstored(now: number, items: readonly Pending[]): void {
    const { log, journal, outputs, inbox, outbox, statuses, exchange } = this.#parts;
    outputs.event({ kind: "unstored", writes: items.length });
    const runs = items.filter((item) => item.kind !== "note");
    const chains = new Set(runs.map((item) => item.chain));
    for (const chain of chains) log.rewind(chain);
    for (const item of [...runs, ...journal.withdraw(chains)]) {
      if (item.kind === "heard") {
        inbox.onUnstored(now, item);
      } else {
        outbox.onLost(item.addressees.recipients, item.entries);
        statuses.onLost(item.messages, "the disk refuses");
      }
    }
    for (const item of items) if (item.kind === "note") this.#onNoted(now, item, false);
    for (const chain of chains) exchange.onHeardStored(now, chain);
  }

  #onNoted(now: number, { write }: PendingNote, ok: boolean): void {
    const { outbox, withdrawals, reading, reads } = this.#parts;
    if (write.kind === "tried" && ok) outbox.onMarked(write.peer);
    if (write.kind === "mark") reading.onStored(write, ok);
    if (write.kind === "read") reads.onStored(now, write, ok);
    if (write.kind !== "receipt" && write.kind !== "failure") return;
    outbox.onAnswerStored(now, write, ok);
    if (write.kind === "failure" && write.reason === CANCELLED) withdrawals.onStored(write, ok);
  }
}

/** The last entry's that is on disk. */
function placeOf({ author, held: { head } }: Chain) {
  return { author, seq: head.seq, time: head.time };
}
