import { lineSafe } from "../base/text.ts";
import type { CheckName, CheckState } from "../contract/checks.ts";
import type { Past, Prediction } from "../contract/doctor.ts";
import type { Who } from "../node/events.ts";
import type { Finding, FoundPerson } from "../node/shellevents.ts";
import { forecastWords } from "../paths/forecastwords.ts";
import { gradesOf, isHit } from "../paths/grades.ts";
import type { Style } from "./style.ts";
import { dateTime } from "./words.ts";

const WIDTH = 80;
const MISSES_SHOWN = 5;

/** Where the words begin: after the state and the name of the check. */
const INDENT = 18;

const NAMES: Readonly<Record<CheckName, string>> = {
  udp: "UDP",
  ipv4: "IPv4",
  ipv6: "IPv6",
  lan: "multicast",
  firewall: "firewall",
  portmap: "port map",
  mapping: "mapping",
  filtering: "filtering",
  hairpin: "hairpin",
  lifetime: "lifetime",
};

const KNOWN: ReadonlyMap<string, string> = new Map(Object.entries(NAMES));

/** What a check is called for people; one that this version does not know, as it was told. */
export function checkName(name: string): string {
  return KNOWN.get(name) ?? lineSafe(name);
}

type LineStyle = Pick<Style, "hasColours" | "isAccessible">;

/** What people are called where it is shown. */
export type NameOf = (who: Who) => string;

type PeopleStyle = LineStyle & { readonly nameOf: NameOf };

/** As a terminal takes them; the word itself says the same. */
const COLOURS: Readonly<Record<CheckState, string>> = {
  ok: "\u001b[32m",
  warn: "\u001b[33m",
  fail: "\u001b[31m",
  skip: "\u001b[2m",
};
const PLAIN = "\u001b[0m";

/** The same in words alone. */
const STATE_WORDS: Readonly<Record<CheckState, string>> = {
  ok: "ok",
  warn: "warning",
  fail: "failed",
  skip: "not looked at",
};

/** One check: what was found, and below it what to do where something is wrong. */
export function checkLines(check: Finding, { hasColours, isAccessible }: LineStyle): string[] {
  const { text, fix } = check;
  if (isAccessible) return [checkSentence(check)];
  const head = headOf(check);
  const [first = "", ...rest] = wrapped(lineSafe(text));
  const shown = hasColours
    ? `${COLOURS[check.state]}${head.slice(0, 6)}${PLAIN}${head.slice(6)}`
    : head;
  const fixes = fix === null ? [] : wrapped(`fix: ${lineSafe(fix)}`);
  return [`${shown}${first}`.trimEnd(), ...[...rest, ...fixes].map(indented)];
}

/** The same in words alone, as one line. */
export function checkSentence({ name, state, text, fix }: Finding): string {
  const help = fix === null ? "" : `; fix: ${lineSafe(fix)}`;
  return `${STATE_WORDS[state]}: ${checkName(name)}: ${lineSafe(text)}${help}`;
}

/** The same as one line each, of any length, with the check's name before the first. */
export function checkRows(check: Finding): readonly string[] {
  const { text, fix } = check;
  const fixes = fix === null ? [] : [indented(`fix: ${lineSafe(fix)}`)];
  return [`${headOf(check)}${lineSafe(text)}`, ...fixes];
}

function headOf({ name, state }: Finding): string {
  const word = state === "skip" ? "-" : state;
  return `${word.padEnd(6)}${checkName(name).padEnd(INDENT - 6)}`;
}

/** What all the checks come to. */
export function summaryLine(states: readonly CheckState[]): string {
  const count = (state: CheckState): number => states.filter((it) => it === state).length;
  const [failed, warned] = [count("fail"), count("warn")];
  const more = warned === 0 ? "" : `, ${warned} ${warned === 1 ? "warning" : "warnings"}`;
  if (failed > 0) return `${failed} failed${more}.`;
  return warned === 0 ? "All is well." : `Nothing failed${more}.`;
}

/** How somebody is expected to be met, and what that rests on. */
export function predictionLines(
  prediction: Prediction,
  { isAccessible, nameOf }: PeopleStyle,
): string[] {
  const name = lineSafe(nameOf(prediction.who));
  const text = predictionWords(prediction);
  if (isAccessible) return [`${name}: ${text}`];
  const [first = "", ...rest] = wrapped(text);
  if (name.length >= INDENT) return [name, ...[first, ...rest].map(indented)];
  return [`${name.padEnd(INDENT)}${first}`, ...rest.map(indented)];
}

/** The same without their name. */
export function predictionWords({ expected, ageMs }: Omit<Prediction, "who">): string {
  const age = ageMs === null ? "" : `; they spoke of their router ${ageWords(ageMs)} ago`;
  return `${forecastWords(expected)}${age}`;
}

/** The same as one line of any length, from those words. */
export function predictionRow({ who, text }: FoundPerson, nameOf: NameOf): string {
  return `${lineSafe(nameOf(who)).padEnd(INDENT)}${lineSafe(text)}`;
}

/** How well predictions did, and the last that were wrong. */
export function historyLines(meetings: readonly Past[], style: PeopleStyle): string[] {
  const grades = gradesOf(meetings);
  if (grades.length === 0) return ["No meeting was predicted yet: this fills as a client runs."];
  const misses = meetings.filter(({ expected, outcome }) => isHit(expected, outcome) === false);
  const last = misses.slice(-MISSES_SHOWN).toReversed();
  const { isAccessible } = style;
  return [
    ...(isAccessible ? [] : ["expected          came about"]),
    ...grades.map(({ expected, hits, of }) => {
      const came = `${hits} of ${of}, ${Math.round((100 * hits) / of)} %`;
      return isAccessible
        ? `expected ${expected}: came about ${came}`
        : `${expected.padEnd(INDENT)}${came}`;
    }),
    ...(last.length === 0 || isAccessible ? [] : ["", "the last that came out otherwise"]),
    ...last.flatMap((meeting) => missLines(meeting, style)),
  ];
}

function missLines(
  { who, wallMs, expected, outcome, tookMs, mine, theirs }: Past,
  { isAccessible, nameOf }: PeopleStyle,
): string[] {
  const name = lineSafe(nameOf(who));
  const came = outcome === "none" ? "nothing" : outcome;
  const nats = `you ${mine || "unknown"}, they ${theirs || "unknown"}`;
  const took = `after ${(tookMs / 1000).toFixed(1)} s`;
  const text = `${name}: expected ${expected}, came ${came} ${took} (${lineSafe(nats)})`;
  if (isAccessible) return [`${dateTime(wallMs)}: ${text}`];
  const [first = "", ...rest] = wrapped(text);
  return [`${dateTime(wallMs).padEnd(INDENT)}${first}`, ...rest.map(indented)];
}

export function ageWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

function indented(line: string): string {
  return `${" ".repeat(INDENT)}${line}`;
}

/** Broken between words, to what fits beside the names. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= WIDTH - INDENT || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
