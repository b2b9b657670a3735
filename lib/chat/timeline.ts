import type { RoomId } from "../base/ids.ts";
import { isNear } from "./clock.ts";
import { compareEntries, type Place } from "./order.ts";

/** How far what was told of each room reaches: what belongs before that is late. */
export class Timeline {
  readonly #latest = new Map<RoomId, Place>();

  /** Everything up to these has been told by now, in an earlier run perhaps. */
  onRestored(now: number, places: readonly (Place & { readonly room: RoomId })[]): void {
    for (const place of places) this.onTold(now, place.room, place);
  }

  /** One is told, or made by oneself. Whether it is late; one from far ahead makes none so. */
  onTold(now: number, room: RoomId, place: Place): boolean {
    const latest = this.#latest.get(room);
    const isLate = latest !== undefined && compareEntries(place, latest) < 0;
    if (!isLate && isNear(now, place.time)) this.#latest.set(room, place);
    return isLate;
  }
}
