import type { MeetingOutcome } from "../paths/grades.ts";
import { natWord } from "../paths/natwords.ts";
import { encodeNatReport, type NatReport } from "../wire/nat.ts";
import type { Who } from "./events.ts";
import type { Write } from "./machine.ts";
import type { Trail } from "./trails.ts";

export type MeetingWrite = Extract<Write, { kind: "nat" | "meeting" }>;

/**
 * What is kept of a meeting that has come to its end: what was expected and what came, so that one
 * can tell how good the other was; and what the other side says of its NAT. Nothing where none was
 * under way.
 */
export function recordMeeting(
  now: number,
  { id: peer, name }: Who,
  trail: Trail | undefined,
  outcome: MeetingOutcome,
  own: NatReport | undefined,
): readonly MeetingWrite[] {
  const tookMs = trail?.endMeeting(now);
  const introduction = trail?.introduction;
  if (introduction === undefined || tookMs === undefined) return [];
  const { expected, prospect, nat } = introduction;
  const wallMs = Math.floor(now);
  const technique = prospect.kind === "tactic" ? (prospect.mine?.kind ?? "call") : "call";
  const [mine, theirs] = [wordOf(own), wordOf(nat)];
  const times = { wallMs, tookMs: Math.round(tookMs) };
  const meeting: MeetingWrite = {
    kind: "meeting",
    peer,
    name,
    ...times,
    expected,
    outcome,
    technique,
    mine,
    theirs,
  };
  if (nat === undefined) return [meeting];
  return [{ kind: "nat", peer, nat: encodeNatReport(nat), wallMs }, meeting];
}

function wordOf(nat: NatReport | undefined): string {
  return (nat && natWord(nat)) ?? "";
}
