import { Deadlines } from "../base/deadlines.ts";
import type { RoomId } from "../base/ids.ts";
import type { SyncChange } from "./events.ts";
import type { Mates } from "./mates.ts";
import type { Outputs } from "./outputs.ts";

/** Gaps that are filled within so long go without a word, and more of them is told so often. */
const TELL_MS = 1_000;

/** What was told of a room last, and what has come since it fell behind. */
interface Told {
  state: SyncChange["state"] | undefined;
  told: number;
  missing: number;
  received: number;
}

/** How a room stands, and what has come since this was last said. */
interface Standing {
  readonly missing: number;
  readonly received: number;
  /** Nobody who is here has what is missing. */
  readonly isHopeless: boolean;
}

/** Tells how far the filling of each room's gaps has come, and when it ends. */
export class Progress {
  readonly #outputs: Outputs;
  readonly #mates: Pick<Mates, "isAlone">;
  /** Rooms that are behind. */
  readonly #rooms = new Map<RoomId, Told>();
  readonly #due = new Deadlines<RoomId>();

  constructor(parts: { readonly outputs: Outputs; readonly mates: Pick<Mates, "isAlone"> }) {
    this.#outputs = parts.outputs;
    this.#mates = parts.mates;
  }

  /** Something was asked, or came, or did not. */
  onChanged(now: number, room: RoomId, { missing, received, isHopeless }: Standing): void {
    const isComplete = missing === 0;
    const told = this.#rooms.get(room);
    if (told === undefined && isComplete) return;
    const behind = told ?? { state: undefined, told: 0, missing, received: 0 };
    behind.missing = missing;
    behind.received += received;
    this.#rooms.set(room, behind);
    if (isComplete) {
      if (behind.state !== undefined) this.#tell(room, behind, "complete");
      this.onLeft(room);
    } else if (!this.#mates.isAlone(room)) {
      // That those who have nothing are asked once more is no news; in a crowd it takes long.
      const isNews = behind.state !== "incomplete" || received > 0 || missing !== behind.told;
      if (isHopeless) this.#tell(room, behind, "incomplete");
      else if (isNews && !this.#due.has(room)) this.#due.set(room, now + TELL_MS);
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
    const { missing, received } = behind;
    this.#due.delete(room);
    if (state === behind.state && missing === behind.told) return;
    behind.state = state;
    behind.told = missing;
    this.#outputs.event({ kind: "sync", room, state, missing, received });
  }
}
