import { Queue } from "../base/queue.ts";
import type { RestoredChat } from "../chat/records.ts";
import { contentOf } from "../chat/contentof.ts";
import { isKnownType } from "../wire/content.ts";
import type { Run } from "../wire/entry.ts";
import type { RunTable } from "./runtable.ts";
import { ShownCursor } from "./shown.ts";
import type { ShownMarks } from "./stdio.ts";

/** What others have said that is on disk, and how far of them has been shown. */
export class Unshown {
  /** More has been shown than was on disk when this was opened. */
  readonly isAhead: boolean;
  readonly #runs: RunTable;
  readonly #cursor: ShownCursor;
  /** The arrivals of those that are committed and not shown, and of those under way. */
  readonly #arrivals = new Queue<number>();
  #nextArrivals: number[] = [];

  /** The file is the cursor's. */
  constructor(file: string, runs: RunTable) {
    this.#runs = runs;
    this.#cursor = new ShownCursor(file);
    const { position } = this.#cursor;
    this.isAhead = position !== undefined && position > runs.arrival;
    // Better not shown than everything ever heard shown once more.
    if (position === undefined || this.isAhead) this.#cursor.write(runs.arrival);
  }

  /** What earlier runs of the program left, and how far they had come in the rooms it is of. */
  restore(): Pick<RestoredChat, "unshown" | "shown"> {
    const position = this.#cursor.position ?? this.#runs.arrival;
    const known = this.#runs.heardSince(position).filter(({ entry }) => contentOf(entry));
    for (const { arrival } of known) this.#arrivals.push(arrival);
    const unshown = known.map(({ entry }) => entry);
    const rooms = new Set(unshown.map(({ room }) => room));
    const shown = [...rooms].map((room) => this.#runs.latestUpTo(position, room));
    return { unshown, shown: shown.filter((entry) => entry !== undefined) };
  }

  /** The arrival of the first of them; Infinity where all is shown. */
  get first(): number {
    return this.#arrivals.first ?? Infinity;
  }

  onBegun(): void {
    this.#nextArrivals = [];
  }

  /** A run of somebody else's, whose first entry has this arrival. */
  onHeard({ entries }: Run, arrival: number): void {
    for (const [i, { type }] of entries.entries()) {
      if (isKnownType(type)) this.#nextArrivals.push(arrival + i);
    }
  }

  onCommitted(): void {
    for (const arrival of this.#nextArrivals) this.#arrivals.push(arrival);
  }

  /** What was heard has been shown, in the order of its arrival. */
  readonly marks: ShownMarks = {
    one: () => {
      const arrival = this.#arrivals.shift();
      if (arrival !== undefined) this.#cursor.write(arrival);
    },
    oneWithLineFeed: (fd) => {
      const arrival = this.#arrivals.first;
      if (arrival === undefined) return false;
      const isDone = this.#cursor.writeWithLineFeed(arrival, fd);
      if (isDone) this.#arrivals.shift();
      return isDone;
    },
  };

  close(): void {
    this.#cursor.close();
  }
}
