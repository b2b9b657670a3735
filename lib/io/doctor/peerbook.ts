import type { Database } from "bun:sqlite";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Past } from "../../contract/doctor.ts";
import type { Who } from "../../node/events.ts";
import { isForecast } from "../../paths/forecastwords.ts";
import { isMeetingOutcome } from "../../paths/grades.ts";
import { decodeCard } from "../../wire/card.ts";
import { decodeNatReport, type NatReport } from "../../wire/nat.ts";
import { openReadOnly } from "../readonlydatabase.ts";
import { peerOf } from "../rows.ts";
import { checkVersion } from "../schema.ts";
import { failureOf } from "../storetrouble.ts";

/** People that are spoken of, those met last first. */
const PEOPLE_MAX = 64;

/** Profiles that are looked at where none is named. */
const PROFILES_MAX = 256;

const BUSY_TIMEOUT_MS = 250;

const SELECT_PEOPLE = `SELECT card, nat, nat_ms AS natMs FROM cards
  ORDER BY last_met DESC LIMIT ${PEOPLE_MAX}`;
const SELECT_MEETINGS = `SELECT peer, name, wall_ms AS wallMs, expected, outcome,
  took_ms AS tookMs, technique, mine, theirs FROM meetings ORDER BY meeting`;

/** Somebody who was met, and what they last said of their NAT. */
export interface Acquaintance {
  readonly who: Who;
  readonly nat: NatReport | undefined;
  readonly natAtMs: number | undefined;
}

export interface Peerbook {
  readonly people: readonly Acquaintance[];
  /** The oldest first. */
  readonly meetings: readonly Past[];
}

interface PersonRow {
  readonly card: Uint8Array;
  readonly nat: Uint8Array | null;
  readonly natMs: number | null;
}

type MeetingRow = Record<
  "name" | "expected" | "outcome" | "technique" | "mine" | "theirs",
  string
> & {
  readonly peer: Uint8Array;
  readonly wallMs: number;
  readonly tookMs: number;
};

/**
 * What a profile's database tells of people, while its client may be running: it is only read.
 * Undefined where there is none; throws a Failure where this version cannot read it.
 */
export function readPeerbook(file: string): Peerbook | undefined {
  if (!existsSync(file)) return undefined;
  let db: Database | undefined;
  try {
    db = openReadOnly(file);
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.run("PRAGMA trusted_schema = OFF");
    checkVersion(db);
    const people = db.query<PersonRow, []>(SELECT_PEOPLE).all();
    const meetings = db.query<MeetingRow, []>(SELECT_MEETINGS).all();
    return { people: people.flatMap(acquaintanceOf), meetings: meetings.flatMap(meetingOf) };
  } catch (error) {
    throw failureOf(file, error);
  } finally {
    db?.close();
  }
}

function acquaintanceOf({ card: bytes, nat, natMs }: PersonRow): Acquaintance[] {
  const card = decodeCard(bytes);
  if (card === undefined) return [];
  const who = { name: card.name, id: card.peerId };
  const report = nat === null ? undefined : decodeNatReport(nat);
  return [{ who, nat: report, natAtMs: natMs ?? undefined }];
}

function meetingOf(row: MeetingRow): Past[] {
  const { expected, outcome, wallMs, tookMs, technique, mine, theirs } = row;
  if (!isForecast(expected) || !isMeetingOutcome(outcome)) return [];
  const who = { name: row.name, id: peerOf(row.peer) };
  return [{ who, wallMs, expected, outcome, tookMs, technique, mine, theirs }];
}

/** Of the profiles in this directory, the one whose database was written last. */
export function lastUsedProfile(directory: string): string | undefined {
  const found = entriesOf(directory).flatMap((name) => {
    const writtenAtMs = writtenAt(join(directory, name, "p2pchat.db"));
    return writtenAtMs === undefined ? [] : [{ path: join(directory, name), writtenAtMs }];
  });
  return found.toSorted((a, b) => b.writtenAtMs - a.writtenAtMs)[0]?.path;
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).slice(0, PROFILES_MAX);
  } catch {
    return [];
  }
}

/** What was added last may still be in the log beside it. */
function writtenAt(file: string): number | undefined {
  const times = [file, `${file}-wal`].map((path) => {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  });
  return times[0] === undefined ? undefined : Math.max(times[0], times[1] ?? 0);
}
