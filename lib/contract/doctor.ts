import type { Address } from "../base/address.ts";
import { toHex } from "../base/bytes.ts";
import type { Who } from "../node/events.ts";
import { type Forecast, forecastWords } from "../paths/forecastwords.ts";
import { type Grade, type Graded, isHit } from "../paths/grades.ts";
import { natSentence, natWord } from "../paths/natwords.ts";
import { encodeNatReport, type NatReport } from "../wire/nat.ts";
import type { Check, FamilyFacts } from "./checks.ts";
import type { Outgoing } from "./schema.ts";

/** How somebody is expected to be met. */
export interface Prediction {
  readonly who: Who;
  readonly expected: Forecast;
  /** How old what they said of their router is, in ms; null where they never have. */
  readonly ageMs: number | null;
}

/** What a visit finds, each told as soon as it is known. */
export type VisitEvent =
  /** By whose eyes it looks. */
  | { readonly kind: "servers"; readonly servers: readonly Address[] }
  | { readonly kind: "check"; readonly check: Check }
  | { readonly kind: "nat"; readonly family: FamilyFacts["family"]; readonly report: NatReport }
  | { readonly kind: "prediction"; readonly prediction: Prediction };

export function checkLine({ name, state, text, fix }: Check, atMs: number): Outgoing {
  return { v: 1, type: "check", at: isoTime(atMs), name, state, text, fix };
}

/** What the router does, in one word, a sentence, and whole. */
export function natLine(family: FamilyFacts["family"], report: NatReport, atMs: number): Outgoing {
  const nat = natWord(report) ?? null;
  const [text, whole] = [natSentence(report), toHex(encodeNatReport(report))];
  return { v: 1, type: "nat", at: isoTime(atMs), nat, text, family, report: whole };
}

/** A meeting as it is remembered. */
export interface Past extends Graded {
  readonly who: Who;
  readonly wallMs: number;
  readonly tookMs: number;
  /** What was done besides calling. */
  readonly technique: string;
  /** Both NATs in a word; empty where they were not known. */
  readonly mine: string;
  readonly theirs: string;
}

export function gradeLine({ expected, hits, of }: Grade, atMs: number): Outgoing {
  return { v: 1, type: "grade", at: isoTime(atMs), expected, hits, of };
}

export function meetingLine(meeting: Past): Outgoing {
  const { who, wallMs, expected, outcome, tookMs, technique, mine, theirs } = meeting;
  const hit = isHit(expected, outcome) ?? null;
  const about = { who, expected, outcome, tookMs, technique, mine, theirs, hit };
  return { v: 1, type: "meeting", at: isoTime(wallMs), ...about };
}

export function predictionLine({ who, expected, ageMs }: Prediction, atMs: number): Outgoing {
  const text = forecastWords(expected);
  return { v: 1, type: "prediction", at: isoTime(atMs), who, expected, text, ageMs };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
