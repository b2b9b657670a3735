import type { Person } from "../../../contract/people.ts";
import type { Who } from "../../../node/events.ts";

/** How somebody is reached, in words for who knows nothing of networks. */
export function reachWords(
  { state, path, isBlocked }: Pick<Person, "state" | "path" | "isBlocked">,
  nameOf: (who: Who) => string,
): string {
  if (isBlocked) return "Blocked: nothing goes to them or comes from them";
  switch (state) {
    case "connected":
      if (path?.via) return `Carried by ${nameOf(path.via)}, who cannot read it`;
      return path?.kind === "lan" ? "On this network" : "Direct, with nobody between you";
    case "connecting":
      return "Trying to reach them";
    case "unreachable":
      return "Not reachable right now";
    case "gone":
    case undefined:
      return "Away";
    default:
      return state satisfies never;
  }
}
