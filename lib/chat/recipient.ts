import { assert } from "../base/assert.ts";
import type { RoomId } from "../base/ids.ts";
import type { Entry } from "../wire/entry.ts";
import type { OutboxRow } from "./records.ts";

/** What is under way to one peer and not receipted: the memory that a peer can cost. */
export const IN_FLIGHT_MAX = 256;
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

export type EntryKey = string;

/** The flow of one's own entries to one peer, always in the order of their making. */
export class Recipient {
  /** Entries on disk, or on their way there, that this peer has not answered for good. */
  rows: number;
  #flow: Flow = { step: "away" };
  /** Every row up to this position is under way or answered. */
  #after = 0;
  readonly #inFlight = new Map<EntryKey, number>();
  #inFlightBytes = 0;
  /** Answered, and the answer is on its way to the disk. */
  readonly #settling = new Set<EntryKey>();
  #retryMs = RETRY_MS;

  constructor(rows: number) {
    this.rows = rows;
  }

  /** True if there is nothing to remember about this peer. */
  get isIdle(): boolean {
    return this.#flow.step === "away" && this.rows === 0 && this.#settling.size === 0;
  }

  onOpen(): void {
    this.#retryMs = RETRY_MS;
    this.#rewind();
  }

  onClosed(): void {
    this.#forgetInFlight();
    this.#flow = { step: "away" };
  }

  /** An entry is on disk. True if it is to be sent now; else it comes by a load. */
  onStored(entry: Entry): boolean {
    switch (this.#flow.step) {
      case "live":
        if (this.#admit(entry)) return true;
        this.#flow = { step: "behind" };
        return false;
      case "away":
      case "behind":
      case "loading":
      case "stopped":
        return false;
      default:
        return this.#flow satisfies never;
    }
  }

  /** Where to read on, if there is more on disk and half of the window is free. */
  load(token: number): { readonly after: number; readonly limit: number } | undefined {
    if (this.#flow.step !== "behind") return undefined;
    if (2 * this.#inFlight.size > IN_FLIGHT_MAX) return undefined;
    if (2 * this.#inFlightBytes > IN_FLIGHT_BYTES_MAX) return undefined;
    this.#flow = { step: "loading", token, limit: LOAD_ROWS_MAX };
    return { after: this.#after, limit: LOAD_ROWS_MAX };
  }

  /**
   * What of the rows is to be sent, in order. They are all that is on disk now, so that what was
   * stored since they were asked for is among them. What does not fit the window is left there.
   */
  onLoaded(token: number, rows: readonly OutboxRow[]): readonly Entry[] {
    const flow = this.#flow;
    if (flow.step !== "loading" || flow.token !== token) return [];
    const entries: Entry[] = [];
    let isAll = rows.length < flow.limit;
    for (const { position, entry } of rows) {
      assert(position > this.#after, "rows come in the order of their making");
      if (!this.#isKnown(entryKey(entry.room, entry.seq))) {
        if (!this.#admit(entry)) {
          isAll = false;
          break;
        }
        entries.push(entry);
      }
      this.#after = position;
    }
    this.#flow = { step: isAll ? "live" : "behind" };
    return entries;
  }

  /** An answer from the peer; false if it answers nothing that is under way. */
  onAnswer(key: EntryKey): boolean {
    const bytes = this.#inFlight.get(key);
    if (bytes === undefined) return false;
    this.#inFlight.delete(key);
    this.#inFlightBytes -= bytes;
    this.#settling.add(key);
    return true;
  }

  /** The answer is on disk here. */
  onSettled(key: EntryKey): void {
    this.#settling.delete(key);
    this.rows -= 1;
  }

  /** The disk here did not take the answer: the peer will have to repeat it. */
  onUnsettled(key: EntryKey): void {
    this.#settling.delete(key);
  }

  isInFlight(key: EntryKey): boolean {
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

  #rewind(): void {
    this.#forgetInFlight();
    this.#after = 0;
    this.#flow = { step: this.rows > 0 ? "behind" : "live" };
  }

  #forgetInFlight(): void {
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
  }

  #isKnown(key: EntryKey): boolean {
    return this.#inFlight.has(key) || this.#settling.has(key);
  }

  #admit(entry: Entry): boolean {
    const bytes = this.#inFlightBytes + entry.body.length;
    if (this.#inFlight.size >= IN_FLIGHT_MAX || bytes > IN_FLIGHT_BYTES_MAX) return false;
    this.#inFlight.set(entryKey(entry.room, entry.seq), entry.body.length);
    this.#inFlightBytes = bytes;
    return true;
  }
}

export function entryKey(room: RoomId, seq: number): EntryKey {
  return `${room}${seq}`;
}
