import type { Who } from "./events.ts";

/** What would make a longer name of one that stands before it; a full stop alone does not. */
const GOES_ON = /^[.-]*[\p{L}\p{M}\p{N}_]/u;
const ENDS_A_WORD = /[\p{L}\p{M}\p{N}_]$/u;
/** Characters behind a name, more than an id has. */
const LOOKED_AT = 80;
const ID_DIGITS = /^~([0-9a-f]+)/;

/** Whether a text names somebody, as `@name` or as `@name~` and digits of their id. */
export function isMentioned({ name, id }: Who, text: string): boolean {
  if (!text.includes("@")) return false;
  const folded = text.normalize("NFC").toLowerCase();
  const wanted = `@${name.normalize("NFC").toLowerCase()}`;
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    if (ENDS_A_WORD.test(folded.slice(Math.max(0, at - 2), at))) continue;
    const end = at + wanted.length;
    const after = folded.slice(end, end + LOOKED_AT);
    const digits = ID_DIGITS.exec(after)?.[1];
    if (digits === undefined ? !GOES_ON.test(after) : id.startsWith(digits)) return true;
  }
  return false;
}
