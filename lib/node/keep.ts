import type { Keep } from "../chat/retention.ts";

/** Messages that can be counted. */
const KEEP_MESSAGES_MAX = 100_000;
const KEEP_DAYS_MAX = 36_500;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const KEEP_RULE = '"keep" must be forever, how long, as 30d or 12h, or how many, as 1000';

/** How much a room is to keep, as people type it: `forever`, `30d`, `12h` or `1000` messages. */
export function parseKeep(text: string): Keep | undefined {
  if (text === "forever") return { kind: "all" };
  const [, digits, unit] = /^([1-9][0-9]{0,5})([dh]?)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const count = Number(digits);
  if (unit === "") {
    return count <= KEEP_MESSAGES_MAX ? { kind: "count", messages: count } : undefined;
  }
  const ms = count * (unit === "d" ? DAY_MS : HOUR_MS);
  return ms <= KEEP_DAYS_MAX * DAY_MS ? { kind: "age", ms } : undefined;
}

/** The form that `parseKeep` takes. */
export function formatKeep(keep: Keep): string {
  switch (keep.kind) {
    case "all":
      return "forever";
    case "age":
      return keep.ms % DAY_MS === 0 ? `${keep.ms / DAY_MS}d` : `${keep.ms / HOUR_MS}h`;
    case "count":
      return String(keep.messages);
    default:
      return keep satisfies never;
  }
}
