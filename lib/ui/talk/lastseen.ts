import type { Who } from "../../node/events.ts";
import { clockTime } from "../words.ts";
import type { Talk } from "./talk.ts";

/** When somebody was last seen: the time today, the day before that; undefined if never. */
export function lastSeen({ conversations }: Talk, who: Who, now: number): string | undefined {
  const members = conversations.rooms.flatMap((room) => room.members);
  const seenMs = members.find(({ id }) => id === who.id)?.lastSeenMs ?? null;
  if (seenMs === null) return undefined;
  return clockTime(seenMs, now).slice(0, "2026-11-22".length);
}
