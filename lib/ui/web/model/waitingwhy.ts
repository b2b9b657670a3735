import { lineSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import { lastSeen } from "../../talk/lastseen.ts";
import type { Talk } from "../../talk/talk.ts";

/** Why somebody does not have a message yet, as far as it is known here. */
export function waitingWhy(talk: Talk, who: Who, now: number): string {
  const person = talk.view.person(who.id);
  if (person === undefined) return "not met yet";
  const { state, reason, trust, isBlocked } = person;
  if (isBlocked) return "blocked by you";
  if (trust === "changed") return "until you say that it is them";
  switch (state) {
    case "connected":
      return "on its way";
    case "connecting":
      return "being tried";
    case "unreachable":
      return reason === null ? "not reached" : `not reached: ${lineSafe(reason)}`;
    case "gone":
    case undefined: {
      const seen = lastSeen(talk, who, now);
      return seen === undefined ? "away" : `away, seen ${seen}`;
    }
    default:
      return state satisfies never;
  }
}
