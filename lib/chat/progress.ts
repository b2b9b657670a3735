import { Deadlines } from "../base/deadlines.ts";
import type { RoomId } from "../base/ids.ts";
import type { SyncChange } from "./events.ts";
import { missingIn } from "./chain.ts";
import type { Log } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { Outputs } from "./outputs.ts";

/** Gaps that are filled within so long go without a word, and more of them is told so often. */
const TELL_MS = 1_000;

/** What was told of a room last, and what has come since it fell behind. */
interface Told {
  state: SyncChange["state"] | undefined;
  missing: number;
  received: number;
}

/** Tells how far the filling of each room's gaps has come, and when it ends. */
export class Progress {
  readonly #log: Log;
  readonly #outputs: Outputs;
  readonly #mates: Mates;
  /** Rooms that are behind. */
  readonly #rooms = new Map<RoomId, Told>();
  readonly #due = new Deadlines<RoomId>();

  constructor(parts: { readonly log: Log; readonly outputs: Outputs; readonly mates: Mates }) {
    this.#log = parts.log;
    this.#outputs = parts.outputs;
    this.#mates = parts.mates;
  }

  /** Something was asked, or came, or did not: `isHopeless` where nobody has what is missing. */
  onChanged(now: number, room: RoomId, received: number, isHopeless: boolean): void {
    const isComplete = this.#log.incompleteIn(room).size === 0;
    const told = this.#rooms.get(room);
    if (told === undefined && isComplete) return;
    const behind = told ?? { state: undefined, missing: 0, received: 0 };
    behind.received += received;
    this.#rooms.set(room, behind);
    if (isComplete) {
      if (behind.state !== undefined) this.#tell(room, behind, "complete");
      this.onLeft(room);
    } else if (!this.#mates.isAlone(room)) {
      if (isHopeless) this.#tell(room, behind, "incomplete");
      else if (!this.#due.has(room)) this.#due.set(room, now + TELL_MS);
    }
  }

  onLeft(room: RoomId): void {
    this.#rooms.delete(room);
    this.#due.delete(room);
  }

  handleTimeout(now: number): void {
    for (let room = this.#due.pollDue(now); room !== undefined; room = this.#due.pollDue(now)) {
      const behind = this.#rooms.get(room);
      if (behind !== undefined) this.#tell(room, behind, "catching-up");
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }

  #tell(room: RoomId, behind: Told, state: SyncChange["state"]): void {
    let missing = 0;
    for (const { next, checkpoint } of this.#log.incompleteIn(room)) {
      missing += missingIn(next, checkpoint);
    }
    this.#due.delete(room);
    if (state === behind.state && missing === behind.missing) return;
    behind.state = state;
    behind.missing = missing;
    this.#outputs.event({ kind: "sync", room, state, missing, received: behind.received });
  }
}
