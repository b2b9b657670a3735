const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * A point in time, in ms since the epoch, as people type it: so long ago (`90m`, `2h`, `3d`, `1w`),
 * a day or a time of it here (`2026-11-28`, `2026-11-28 14:00`), or a time anywhere (ISO 8601).
 * Undefined for anything else.
 */
export function parseSince(text: string, now: number): number | undefined {
  const [, count, unit = ""] = /^([0-9]{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS_MS[unit] ?? 0);
  if (!isDayOfCalendar(text)) return undefined;
  const isDay = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text);
  const isTime =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?$/;
  if (!isDay && !isTime.test(text)) return undefined;
  // A day alone would be taken for one in Greenwich.
  const ms = Date.parse(isDay ? `${text}T00:00:00` : text.replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : ms;
}

/** `Date.parse` takes the 31st of February for a day in March. */
function isDayOfCalendar(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}
