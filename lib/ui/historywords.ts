import { lineSafe } from "../base/text.ts";
import { UNREAD_MAX } from "../chat/reading.ts";
import type { View } from "../contract/view.ts";
import type { RoomUnread } from "../node/readevents.ts";
import type { SyncEvent } from "../node/syncevents.ts";
import type { Exported } from "./face.ts";
import { placeWords } from "./roomlines.ts";

/** How far the history of a room has come, as one line. */
export function syncWords({ room, state, missing, received }: SyncEvent): string {
  const place = lineSafe(room);
  switch (state) {
    case "catching-up":
      // The longer one listens, the more is known of.
      return `* ${place}: catching up, at least ${counted(missing)} to come`;
    case "complete":
      // Whoever said it was blocked, perhaps.
      if (received === 0) return `* ${place}: what was missing is not wanted any more`;
      return `* ${place}: caught up, ${counted(received)} came`;
    case "incomplete":
      return `! ${place}: nobody who is here has what is missing, ${counted(missing)}`;
    default:
      return state satisfies never;
  }
}

/** Where how much is unread. */
export function unreadWords(view: View, rooms: readonly RoomUnread[]): string {
  const some = rooms.filter(({ unread }) => unread > 0);
  if (some.length === 0) return "* nothing is unread";
  const each = some.map(({ room, unread }) => {
    return `${placeWords(view, room)} ${unread === UNREAD_MAX ? `${unread} or more` : unread}`;
  });
  return `* unread: ${each.join(", ")}`;
}

function counted(messages: number): string {
  return messages === 1 ? "1 message" : `${messages} messages`;
}

/** What came of writing down what was said in a place. */
export function exportWords(place: string, file: string, result: Exported): string {
  if ("fault" in result) return lineSafe(result.fault);
  const { messages, damaged } = result;
  const but = damaged === 0 ? "" : `; ${counted(damaged)} cannot be read any more`;
  return `written to ${lineSafe(file)}: ${counted(messages)} of ${lineSafe(place)}${but}`;
}
