import type { Exchange } from "./exchange.ts";
import type { Holding } from "./holding.ts";
import type { Inbox } from "./inbox.ts";
import type { Journal, Pending, PendingNote } from "./journal.ts";
import type { Chain, Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { Outputs } from "./outputs.ts";
import type { Reading } from "./reading.ts";
import type { Reads } from "./reads.ts";
import type { OwnRun } from "./ownrun.ts";
import type { Recovery } from "./recovery.ts";
import { sizeOf } from "./recipient.ts";
import type { Rewordings } from "./rewordings.ts";
import type { Statuses } from "./statuses.ts";
import type { Timeline } from "./timeline.ts";
import { CANCELLED } from "./cancelled.ts";
import type { Withdrawals } from "./withdrawals.ts";

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
  readonly rewordings: Rewordings;
  readonly reading: Reading;
  readonly reads: Reads;
  readonly holding: Holding;
  readonly recovery: Recovery;
}

/** What follows when the disk has taken what it was asked to keep, or has refused it. */
export class Commits {
  readonly #parts: CommitsParts;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  handleStored(now: number, token: number, ok: boolean): void {
    const items = this.#parts.journal.take(now, token);
    if (ok) for (const item of items) this.#onStored(now, item);
    else this.#onUnstored(now, items);
  }

  #onStored(now: number, item: Pending): void {
    const { log, inbox, exchange, reading, holding } = this.#parts;
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
        holding.onHeardStored();
        return;
      case "note":
        this.#onNoted(now, item, true);
        return;
      default:
        return item satisfies never;
    }
  }

  #onOwnStored(now: number, { chain, messages, write, addressees }: OwnRun): void {
    const { outputs, timeline, statuses, outbox, exchange, holding } = this.#parts;
    const { to, recipients, leftOut } = addressees;
    const run = sizeOf(write);
    timeline.onTold(now, chain.room, placeOf(chain));
    outputs.event({ kind: "said", to, run: write.run, messages: messages.messages });
    statuses.onQueued(write.run, messages, recipients.length + leftOut.length);
    for (const peer of leftOut) {
      statuses.onFailed(run, peer, "too much waits for them already");
    }
    outbox.onStored(run, write);
    exchange.onOwnStored(now, chain);
    if (to !== undefined) holding.onOwnStored(now, to);
  }

  /** What was to follow a refused run in its chain goes with it: there would be a hole. */
  #onUnstored(now: number, items: readonly Pending[]): void {
    const { log, journal, outputs, inbox, outbox, statuses, exchange, holding } = this.#parts;
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
    for (const chain of chains) {
      exchange.onHeardStored(now, chain);
      holding.onHeardUnstored(chain);
    }
  }

  #onNoted(now: number, { write, onNoted }: PendingNote, ok: boolean): void {
    const { journal, outbox, withdrawals, rewordings, reading, reads, holding, recovery } =
      this.#parts;
    onNoted?.(ok, now);
    switch (write.kind) {
      case "receipt":
      case "failure":
        outbox.onAnswerStored(now, write, ok);
        if (ok) holding.onSettled(write.by, write.room, write.seq);
        if (write.kind === "failure" && write.reason === CANCELLED) {
          withdrawals.onStored(now, write, ok);
        }
        return;
      case "rebase":
        return recovery.onStored(now, write, ok);
      case "reword":
        return rewordings.onStored(now, write, ok);
      case "mark":
        return reading.onStored(write, ok);
      case "read":
        return reads.onStored(now, write, ok);
      case "entrusted":
      case "unentrusted":
      case "hold":
      case "passed":
      case "lost":
      case "unhold":
        return holding.onStored(now, write, ok);
      case "room":
      case "member":
        if (!ok) journal.noteAgain(now, write);
        return;
      case "tried":
        // Who asked for it goes on by itself.
        return;
      case "gaps":
      case "checkpoint":
      case "fork":
        // Others tell of them again.
        return;
      default:
        return write satisfies never;
    }
  }
}

/** The last entry's that is on disk. */
function placeOf({ author, held: { head } }: Chain) {
  return { author, seq: head.seq, time: head.time };
}
