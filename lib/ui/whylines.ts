import { lineSafe } from "../base/text.ts";
import type { MeetingSide, MeetingStep, WhyEvent } from "../node/whyevents.ts";
import { forecastWords, isForecast } from "../paths/forecastwords.ts";
import { clockTimeSeconds, milliseconds } from "./words.ts";

/** Steps that a person is shown; programs are told all that are kept. */
const STEPS_SHOWN = 6;

/** Why somebody is reached, or not: first in a line, then what it rests on. */
export function whyLines(event: WhyEvent, name: string): readonly string[] {
  const { path, text, next, expected, you, they, mapped, tried } = event;
  const rtt = path === null || path.rttMs === 0 ? "" : `, ${milliseconds(path.rttMs)}`;
  const lines = [`* ${name}: ${lineSafe(text)}${rtt}`, ...sideLines("you", you)];
  for (const address of mapped)
    lines.push(row("", `your router passes on what comes to ${address}`));
  lines.push(...sideLines("they", they));
  const hope = expectedWords(expected);
  if (hope !== undefined) lines.push(row("expect", hope));
  lines.push(...tried.slice(-STEPS_SHOWN).map(stepLine));
  if (next !== null) lines.push(row("next", lineSafe(next)));
  return lines;
}

/** How two routers let their people meet, where anybody can tell. */
export function expectedWords(expected: WhyEvent["expected"]): string | undefined {
  if (expected === null || !isForecast(expected) || expected === "unknown") return undefined;
  return forecastWords(expected);
}

function sideLines(who: string, side: MeetingSide): readonly string[] {
  const { text, calls, punches, callsSeen, punchesSeen } = side;
  const nat = lineSafe(text ?? "nothing is known of the router");
  if (calls === null || callsSeen === null) return [row(who, nat)];
  const sent = probesWords(calls, punches ?? 0);
  const seen = probesWords(callsSeen, punchesSeen ?? 0);
  return [row(who, nat), row("", `sent ${sent}; saw ${seen} of the other side`)];
}

function probesWords(calls: number, punches: number): string {
  const searched = punches === 0 ? "" : ` and ${counted(punches, "search packet")}`;
  return `${counted(calls, "call")}${searched}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function stepLine({ atMs, text, times }: MeetingStep): string {
  const often = times === 1 ? "" : ` (${times} times)`;
  return row(clockTimeSeconds(atMs), `${lineSafe(text)}${often}`);
}

/** Wide enough for a time of day. */
function row(head: string, text: string): string {
  return `  ${head.padEnd(8)}  ${text}`;
}
