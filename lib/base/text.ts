/** Strings from strangers: strict UTF-8, names, and what may reach a screen. PROTOCOL.md §1. */

/** The longest name, in code points; in UTF-8 that is at most 128 bytes. */
export const NAME_MAX = 32;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Of a longer text as many whole characters as `bytesMax` takes. */
export function encodeUtf8(text: string, bytesMax = Infinity): Uint8Array {
  if (bytesMax === Infinity) return utf8.encode(text);
  const bytes = new Uint8Array(bytesMax);
  return bytes.subarray(0, utf8.encodeInto(text, bytes).written);
}

/** Undefined unless the bytes are well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** C0, DEL, C1 and the bidirectional controls; `\n` and `\t` among them. */
const CONTROLS =
  "\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
/** Some readers of lines end a line here as well. */
const SEPARATORS = "\\u2028\\u2029";
const CONTROL_OR_SEPARATOR = new RegExp(`[${CONTROLS}${SEPARATORS}]`, "gu");
const CONTROL_BUT_LINES = new RegExp(`(?![\\n\\t])[${CONTROLS}]`, "gu");
const JOINER_OUTSIDE_EMOJI =
  /(?<![\p{ExtPict}\p{Emoji_Modifier}\ufe0f])\u200d|\u200d(?!\p{ExtPict})/gu;

/**
 * Text as a human face may show it: keeps line feeds, tabs and the joiners inside emoji, drops
 * every other control and bidirectional character. What is stored stays as it came.
 */
export function screenSafe(text: string): string {
  return text.toWellFormed().replace(CONTROL_BUT_LINES, "").replace(JOINER_OUTSIDE_EMOJI, "");
}

/** As `screenSafe`, for places of one line: tabs and all that ends a line become spaces. */
export function lineSafe(text: string): string {
  return screenSafe(text).replace(/[\n\t\u2028\u2029]/g, " ");
}

const SEEN_ASCII = /[!-~]/;
/** Compiled only where no plain character is seen: with `DI` that takes some ms. */
const SEEN = /[^\p{White_Space}\p{Cc}\p{Cf}\p{DI}]/u;

/** Whether nothing of a text would be seen: it is empty, or spaces, controls and fillers. */
export function isBlank(text: string): boolean {
  return !SEEN_ASCII.test(text) && !SEEN.test(text);
}

/** JSON on one line, to any reader: controls, bidirectional ones too, are escaped as \uXXXX. */
export function jsonSafe(value: unknown): string {
  return JSON.stringify(value).replace(CONTROL_OR_SEPARATOR, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Marks belong to a letter before them; the fillers among letters and marks cannot be seen. */
const NAME = /^(?!\p{M})[A-Za-z0-9\-_.[[\p{L}\p{M}\p{Nd}]--[\p{ASCII}\p{DI}]]]+$/v;

/** Most names. The pattern for all takes 8 ms to compile, more than the program to start. */
const PLAIN_NAME = /^[A-Za-z0-9\-_.]{1,32}$/;

/** The name in normal form C, or undefined where it is empty, too long or has other characters. */
export function parseName(text: string): string | undefined {
  if (PLAIN_NAME.test(text)) return text;
  const name = text.normalize("NFC");
  if ([...name].length > NAME_MAX || !NAME.test(name)) return undefined;
  return name;
}

/** `#` and a name; undefined for anything else. */
export function parseRoomName(text: string): string | undefined {
  if (!text.startsWith("#")) return undefined;
  const name = parseName(text.slice(1));
  return name === undefined ? undefined : `#${name}`;
}
