import { parseName, parseRoomName } from "../base/text.ts";

/**
 * Where a message goes, in normal form: `#room`, `@name` or `@name~` and the first hexadecimal
 * digits of the person's id. Undefined for anything else.
 */
export function parseTarget(text: string): string | undefined {
  return text.startsWith("#") ? parseRoomName(text) : parsePerson(text);
}

/** As `parseTarget`, where a bare name is a person's: what people type. */
export function parseTypedTarget(text: string): string | undefined {
  return parseTarget(/^[#@]/.test(text) ? text : `@${text}`);
}

function parsePerson(text: string): string | undefined {
  const [, typed = "", prefix = ""] = /^@([^~]*)(~[0-9a-f]{1,64})?$/u.exec(text) ?? [];
  const name = parseName(typed);
  return name === undefined ? undefined : `@${name}${prefix}`;
}
