import type { CommandOf } from "../node/commands.ts";

/** `#room` or `@name`, as commands name it that are about what is kept of it. */
export function keptPlace(place: string): Pick<CommandOf<"history">, "room" | "with"> {
  const isRoom = place.startsWith("#");
  return { room: isRoom ? place : null, with: isRoom ? null : place };
}
