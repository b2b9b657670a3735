import type { RoomId } from "../base/ids.ts";
import type { ChatWrite } from "./records.ts";

/** As many as members are kept of all the rooms that one is in; beyond, the oldest are given up. */
export const REFUSED_WRITES_MAX = 65_536;

/** What the disk refused is asked of it again after so long, or before what comes sooner. */
export const REFUSED_RETRY_MS = 5_000;

export type RoomWrite = Extract<ChatWrite, { kind: "room" | "member" }>;

/** Who is in which room, as the disk refused to keep it: of each, the last word. */
export class Refused {
  readonly #writes = new Map<string, RoomWrite>();
  #againAtMs = Infinity;

  keep(now: number, write: RoomWrite): void {
    const key = keyOf(write);
    this.#writes.delete(key);
    this.#writes.set(key, write);
    this.#againAtMs = now + REFUSED_RETRY_MS;
    for (const oldest of this.#writes.keys()) {
      if (this.#writes.size <= REFUSED_WRITES_MAX) return;
      this.#writes.delete(oldest);
    }
  }

  /** Whether the disk is yet to be told that one is in this room, or is no more. */
  hasRoom(room: RoomId): boolean {
    return this.#writes.has(room);
  }

  /** All of them, which go before whatever else is to be stored. */
  take(): readonly RoomWrite[] {
    const writes = [...this.#writes.values()];
    this.#writes.clear();
    this.#againAtMs = Infinity;
    return writes;
  }

  /** No later chance may come. */
  hurry(): void {
    if (this.#writes.size > 0) this.#againAtMs = -Infinity;
  }

  pollTimeout(): number {
    return this.#againAtMs;
  }
}

function keyOf(write: RoomWrite): string {
  return write.kind === "room" ? write.room : `${write.room} ${write.peer}`;
}
