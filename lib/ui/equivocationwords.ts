import { lineSafe } from "../base/text.ts";
import type { Who } from "../node/events.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import type { Names } from "./messageline.ts";

/** In a list of people: what stands behind a name. */
export const EQUIVOCATED = "has told different people different things";

/** What has happened, what it means and what to do; of oneself it is said otherwise. */
export function equivocationWords(names: Names, who: Who, room: string): string {
  if (who.id === names.me?.id) {
    return (
      `! You have told different people different things in ${lineSafe(room)}: ` +
      "a copy of your data directory was used as well, or somebody else uses your key. " +
      "What others read of you may not be what you read: " +
      "tell them so, and use only one copy of it from now on"
    );
  }
  return (
    `! ${lineSafe(names.nameOf(who))} ${EQUIVOCATED} in ${lineSafe(room)}: ` +
    "their program has lost what it knew, or somebody else uses their key. " +
    "What you read of them may not be what others read: " +
    "ask them in person, and compare keys with them before you rely on it"
  );
}

/** Says it of each author once in each room, before the first of what they said there. */
export class EquivocationNotes {
  readonly #told = new Set<string>();

  /** As it is said of this message's author; undefined where there is nothing to say, or was. */
  of(message: KeptMessageEvent, nameOf: Names["nameOf"]): string | undefined {
    const { room, from, states } = message;
    const key = `${room} ${from.id}`;
    if (message.equivocated !== true || this.#told.has(key)) return undefined;
    this.#told.add(key);
    // Only of one's own it is known what became of it.
    return equivocationWords({ me: states === null ? undefined : from, nameOf }, from, room);
  }
}
