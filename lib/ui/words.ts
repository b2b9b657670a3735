import { lineSafe } from "../base/text.ts";
import type { PeerPath, Who } from "../node/events.ts";
import type { PresenceState } from "../wire/aside.ts";

/** Of a message that is spoken about, this much is repeated. */
const QUOTED_CHARS_MAX = 40;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );

/** As much of an id as tells people apart at a glance. */
const ID_DIGITS = 8;

/** Of a message that another answers: it was taken back, is kept no more, or has not come yet. */
export const NOT_HERE = "taken back, or not here";

export function shortId(id: string): string {
  return id.slice(0, ID_DIGITS);
}

/** A line of input that is none; `fault` is what is wrong with it. */
export function skippedWords(fault: string): string {
  return `This line of input ${fault}: it was skipped`;
}

/** Local time of day, with the date before it on another day than `now`'s. */
export function clockTime(atMs: number, now: number): string {
  const at = new Date(atMs);
  if (Number.isNaN(at.getTime())) return "--:--";
  const isToday = at.toDateString() === new Date(now).toDateString();
  return isToday ? dateTime(atMs).slice(-"00:00".length) : dateTime(atMs);
}

/** Local date and time of day, to the minute. */
export function dateTime(atMs: number): string {
  const at = new Date(atMs);
  const time = `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
  const month = twoDigits(at.getMonth() + 1);
  return `${at.getFullYear()}-${month}-${twoDigits(at.getDate())} ${time}`;
}

/** Local time of day to the second; of what happened a moment ago. */
export function clockTimeSeconds(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
}

/** A local day in words: today, yesterday, or its name, with the year where it is not this one. */
export function dayWords(atMs: number, now: number): string {
  const at = new Date(atMs);
  const today = new Date(now);
  if (Number.isNaN(at.getTime())) return "some day";
  if (at.toDateString() === today.toDateString()) return "today";
  const yesterday = new Date(now);
  yesterday.setDate(today.getDate() - 1);
  if (at.toDateString() === yesterday.toDateString()) return "yesterday";
  const day = `${DAYS[at.getDay()]} ${at.getDate()} ${MONTHS[at.getMonth()]}`;
  return at.getFullYear() === today.getFullYear() ? day : `${day} ${at.getFullYear()}`;
}

/** Such as "lan, 1 ms" or "via carol"; a round trip that nobody measured yet is left out. */
export function pathWords({ kind, via, rttMs }: PeerPath, nameOf: (who: Who) => string): string {
  const how = via === null ? kind : `via ${lineSafe(nameOf(via))}`;
  return rttMs > 0 ? `${how}, ${milliseconds(rttMs)}` : how;
}

export function presenceWords(state: PresenceState): string {
  return state === "online" ? "back" : state;
}

/** The same of oneself. */
export function ownPresenceWords(state: PresenceState): string {
  return `* you are ${presenceWords(state)}`;
}

export function milliseconds(ms: number): string {
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

export function quoted(text: string): string {
  const characters = [...lineSafe(text)];
  if (characters.length <= QUOTED_CHARS_MAX) return characters.join("");
  return `${characters.slice(0, QUOTED_CHARS_MAX).join("")}…`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** What else ends with a face that others depend on; it goes on after `ends p2pchat`. */
export function endingToo(others: number): string {
  if (others === 0) return "";
  return others === 1 ? ", and another face of it" : `, and ${others} other faces of it`;
}
