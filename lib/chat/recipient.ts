import { assert } from "../base/assert.ts";
import type { RoomId } from "../base/ids.ts";
import type { Access } from "./membership.ts";
import type { OutboxRow, RunWrite } from "./records.ts";

/**
 * Entries under way to one peer and not receipted: the memory that a peer can cost. It is what a
 * LAN carries in the 10 ms that two commits and the way there and back may take.
 */
export const IN_FLIGHT_MAX = 2048;
export const IN_FLIGHT_BYTES_MAX = 524_288;

/** Rows asked of the disk at once: with the longest texts 4 MiB for a moment. */
export const LOAD_ROWS_MAX = 64;

/** A peer whose disk refuses is tried again after this long, then after twice as long each time. */
export const RETRY_MS = 5_000;
export const RETRY_MS_MAX = 60_000;

type Flow =
  /** No session: everything is on disk, nothing is under way. */
  | { readonly step: "away" }
  /** All that waits is under way; what is new goes out at once. */
  | { readonly step: "live" }
  /** More waits on disk than is under way; what is new queues up behind it. */
  | { readonly step: "behind" }
  /** The next of it was asked for. */
  | { readonly step: "loading"; readonly token: number; readonly limit: number }
  /** Its disk refused: nothing goes out before `onRetry`. */
  | { readonly step: "stopped" };

/** A run of one's own. */
export interface RunName {
  readonly room: RoomId;
  /** Its first entry's. */
  readonly seq: number;
  /** How many it has. */
  readonly entries: number;
}

/** A run and the length of its encoding. */
export interface RunSize extends RunName {
  readonly bytes: number;
}

export type RunKey = string;

/** What of some rows goes out, and what never will. */
export interface Loaded {
  readonly admitted: readonly OutboxRow[];
  readonly denied: readonly OutboxRow[];
}

/** The flow of one's own runs to one peer, always in the order of their making. */
export class Recipient {
  /** Entries on disk, or on their way there, that this peer has not answered for good. */
  waiting: number;
  #flow: Flow = { step: "away" };
  /** Every row up to this position is under way or answered. */
  #after = 0;
  /** All that waits, as far as is known: a single run that it has never been sent. */
  #only: RunSize | undefined;
  readonly #inFlight = new Map<RunKey, RunSize>();
  #inFlightEntries = 0;
  #inFlightBytes = 0;
  /** Answered, and the answer is on its way to the disk. */
  readonly #settling = new Map<RunKey, RunName>();
  #retryMs = RETRY_MS;
  /** How often the disk is about to learn that what waits may be on its way: nothing is before. */
  #marking = 0;
  /** Rows were passed over that may go out when the peer has said where it is and what it has. */
  #isHolding = false;

  constructor(waiting: number) {
    this.waiting = waiting;
  }

  /** True if there is nothing to remember about this peer. */
  get isIdle(): boolean {
    const isAway = this.#flow.step === "away" && this.#marking === 0;
    return isAway && this.waiting === 0 && this.#settling.size === 0;
  }

  /** Something is under way to it that it has not answered. */
  get isAnswering(): boolean {
    return this.#inFlight.size > 0;
  }

  /** A single run waits, and no session is open. */
  get only(): RunSize | undefined {
    return this.#flow.step === "away" && this.#only?.entries === this.waiting
      ? this.#only
      : undefined;
  }

  onOpen(): void {
    this.#only = undefined;
    this.#retryMs = RETRY_MS;
    this.#rewind();
  }

  onClosed(): void {
    this.#isHolding = false;
    this.#forgetInFlight();
    this.#flow = { step: "away" };
  }

  /** The peer has said more: what was held for that is read once more. */
  onMet(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    if (this.#flow.step === "stopped" || this.#flow.step === "away") return;
    this.#after = 0;
    this.#flow = { step: "behind" };
  }

  /** A run is on disk. Whether it is to be sent now, or never; else it comes by a load. */
  onStored(run: RunSize, access: Access): "now" | "never" | "later" {
    switch (this.#flow.step) {
      case "live":
        if (access === "denied") return this.#deny(run);
        if (access === "unproved") return this.#hold();
        if (this.#admit(run)) return "now";
        this.#flow = { step: "behind" };
        return "later";
      case "away":
        this.#only = run.entries === this.waiting ? run : undefined;
        return "later";
      case "behind":
      case "loading":
      case "stopped":
        return "later";
      default:
        return this.#flow satisfies never;
    }
  }

  /** Where to read on, if there is more on disk and half of the window is free. */
  load(token: number): { readonly after: number; readonly limit: number } | undefined {
    if (this.#flow.step !== "behind" || this.#marking > 0) return undefined;
    if (2 * this.#inFlightEntries > IN_FLIGHT_MAX) return undefined;
    if (2 * this.#inFlightBytes > IN_FLIGHT_BYTES_MAX) return undefined;
    this.#flow = { step: "loading", token, limit: LOAD_ROWS_MAX };
    return { after: this.#after, limit: LOAD_ROWS_MAX };
  }

  /**
   * What of the rows is to be sent, in order. They are all that is on disk now, so that what was
   * stored since they were asked for is among them. What does not fit the window is left there.
   */
  onLoaded(token: number, rows: readonly OutboxRow[], accessTo: (room: RoomId) => Access): Loaded {
    const admitted: OutboxRow[] = [];
    const denied: OutboxRow[] = [];
    const flow = this.#flow;
    if (flow.step !== "loading" || flow.token !== token) return { admitted, denied };
    let isAll = rows.length < flow.limit;
    for (const row of rows) {
      assert(row.position > this.#after, "rows come in the order of their making");
      const run = sizeOf(row);
      if (!this.#isKnown(runKey(run.room, run.seq))) {
        const access = accessTo(run.room);
        if (access === "granted" && !this.#admit(run)) {
          isAll = false;
          break;
        }
        if (access === "granted") admitted.push(row);
        else if (access === "unproved") this.#hold();
        else {
          this.#deny(run);
          denied.push(row);
        }
      }
      this.#after = row.position;
    }
    this.#flow = { step: isAll ? "live" : "behind" };
    return { admitted, denied };
  }

  /** The disk is asked to note that what waits may be on its way. */
  onMarking(): void {
    this.#marking += 1;
  }

  /** It has, or it refused. */
  onMarked(): void {
    this.#marking -= 1;
  }

  /** Whether nothing that waits may go out, as far as is known here, and this was not given up. */
  isUntouched(run: RunSize): boolean {
    if (this.#flow.step !== "away" || this.#marking > 0) return false;
    return !this.#isKnown(runKey(run.room, run.seq));
  }

  /** A run that waits has become another. */
  onReworded(run: RunSize): void {
    if (this.#only?.room === run.room && this.#only.seq === run.seq) this.#only = run;
  }

  /** Gives up what was never on its way, which is then settled; false if it may have been. */
  withdraw(run: RunSize): boolean {
    if (!this.isUntouched(run)) return false;
    this.#only = undefined;
    this.#deny(run);
    return true;
  }

  /** An answer from the peer; false if it answers nothing that is under way. */
  onAnswer(key: RunKey): boolean {
    const run = this.#inFlight.get(key);
    if (run === undefined) return false;
    this.#inFlight.delete(key);
    this.#inFlightEntries -= run.entries;
    this.#inFlightBytes -= run.bytes;
    this.#settling.set(key, run);
    return true;
  }

  /** Somebody else has brought its answer; false if there is one already. */
  onReturned(run: RunName): boolean {
    const key = runKey(run.room, run.seq);
    if (this.#settling.has(key)) return false;
    if (this.onAnswer(key)) return true;
    this.#only = undefined;
    this.#settling.set(key, run);
    return true;
  }

  /** The answer is on disk here. Returns the run that it was about. */
  onSettled(key: RunKey): RunName {
    const run = this.#settling.get(key);
    assert(run !== undefined, "an answer is settled once");
    this.#settling.delete(key);
    this.waiting -= run.entries;
    return run;
  }

  /** The disk here did not take the answer: the peer will have to repeat it. */
  onUnsettled(key: RunKey): void {
    this.#settling.delete(key);
  }

  /** It is answered, or given up, and that is on its way to the disk. */
  isSettling(key: RunKey): boolean {
    return this.#settling.has(key);
  }

  /** Whether something of a room is under way, or its answer to the disk. */
  isBusyWith(room: RoomId): boolean {
    const runs = [...this.#inFlight.values(), ...this.#settling.values()];
    return runs.some((run) => run.room === room);
  }

  /** What waits has other numbers now. */
  onMoved(): void {
    this.#only = undefined;
    if (this.#flow.step !== "away" && this.#flow.step !== "stopped") this.#rewind();
  }

  isInFlight(key: RunKey): boolean {
    return this.#inFlight.has(key);
  }

  /** Sends nothing more until the time returned; undefined if it is away or stopped already. */
  stop(now: number): number | undefined {
    if (this.#flow.step === "away" || this.#flow.step === "stopped") return undefined;
    this.#flow = { step: "stopped" };
    const retryAtMs = now + this.#retryMs;
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
    return retryAtMs;
  }

  /** The peer's disk takes what we send. */
  onProgress(): void {
    this.#retryMs = RETRY_MS;
  }

  /** Everything that waits goes out again. */
  onRetry(): void {
    assert(this.#flow.step === "stopped", "only what was stopped is tried again");
    this.#rewind();
  }

  /** It is given up, and that is on its way to the disk. */
  #deny(run: RunSize): "never" {
    this.#settling.set(runKey(run.room, run.seq), run);
    return "never";
  }

  #hold(): "later" {
    this.#isHolding = true;
    return "later";
  }

  #rewind(): void {
    this.#isHolding = false;
    this.#forgetInFlight();
    this.#after = 0;
    this.#flow = { step: this.waiting > 0 ? "behind" : "live" };
  }

  #forgetInFlight(): void {
    this.#inFlight.clear();
    this.#inFlightEntries = 0;
    this.#inFlightBytes = 0;
  }

  #isKnown(key: RunKey): boolean {
    return this.#inFlight.has(key) || this.#settling.has(key);
  }

  #admit(run: RunSize): boolean {
    const entries = this.#inFlightEntries + run.entries;
    const bytes = this.#inFlightBytes + run.bytes;
    if (entries > IN_FLIGHT_MAX || bytes > IN_FLIGHT_BYTES_MAX) return false;
    this.#inFlight.set(runKey(run.room, run.seq), run);
    this.#inFlightEntries = entries;
    this.#inFlightBytes = bytes;
    return true;
  }
}

export function runKey(room: RoomId, seq: number): RunKey {
  return `${room}${seq}`;
}

export function sizeOf({ run, bytes }: Pick<RunWrite, "run" | "bytes">): RunSize {
  const { room, seq, entries } = run;
  return { room, seq, entries: entries.length, bytes: bytes.length };
}
