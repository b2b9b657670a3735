import { lineSafe } from "../base/text.ts";
import type { Names } from "./messageline.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";

/** In a list of people: what stands behind a name. */
export const EQUIVOCATED = "has told different people different things";

/** `name` as it is shown. What has happened, what it means and what to do. */
export function equivocationWords(name: string, room: string): string {
  return (
    `! ${name} ${EQUIVOCATED} in ${lineSafe(room)}: ` +
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
    const { room, from } = message;
    const key = `${room} ${from.id}`;
    if (message.equivocated !== true || this.#told.has(key)) return undefined;
    this.#told.add(key);
    return equivocationWords(lineSafe(nameOf(from)), room);
  }
}
