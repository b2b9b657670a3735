import { dateTime } from "../../words.ts";

/** A moment for programs, and the local time of day for people. */
export function timeOf(atMs: number): { readonly iso: string; readonly clock: string } {
  const at = new Date(atMs);
  if (Number.isNaN(at.getTime())) return { iso: "", clock: "--:--" };
  return { iso: at.toISOString(), clock: dateTime(atMs).slice(-"00:00".length) };
}
