import { jsonSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { keptLineOf } from "../lib/contract/outgoing.ts";
import { parseSince } from "../lib/contract/since.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Failure } from "../lib/io/failure.ts";
import type { Wanted } from "../lib/io/history/archivereader.ts";
import { type OpenArchive, openArchive } from "../lib/io/history/openarchive.ts";
import { Needle } from "../lib/io/history/words.ts";
import { tellHuman } from "../lib/io/human.ts";
import { Lines } from "../lib/io/stdio.ts";
import type { KeptMessage } from "../lib/chat/history.ts";
import type { Who } from "../lib/node/events.ts";
import { keptMessageEvent } from "../lib/node/keptmessages.ts";
import { EquivocationNotes } from "../lib/ui/equivocationwords.ts";
import { keptLines } from "../lib/ui/messageline.ts";
import { roomsMeant, tellDamage } from "./archive.ts";
import { type Flags, readFlags, shorten } from "./flags.ts";
import { dataDirectoryOf } from "./profileflags.ts";

/** Messages that a search shows where it is not said how many, and that `--limit` can ask for. */
const FOUND = 1000;
const LIMIT_MAX = 100_000;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("history", rawArgs);
  const now = systemClock.now();
  const sinceMs = sinceOf(flags, now);
  const limit = limitOf(flags);
  const needle = needleOf(flags);
  const archive = openArchive(dataDirectoryOf(flags));
  const wanted = { rooms: roomsMeant(flags, archive), sinceMs };
  const out = new Lines(1);
  const show = shower(archive, flags.has("json"), now);
  for (const message of messagesOf(archive, wanted, limit, needle)) {
    for (const line of show(message)) out.write(line);
  }
  out.flush();
  archive.reader.close();
  return tellDamage(archive, tellHuman);
}

function messagesOf(
  { reader }: OpenArchive,
  wanted: Wanted,
  limit: number | undefined,
  needle: Needle | undefined,
): Iterable<KeptMessage> {
  if (limit === undefined && needle === undefined) return reader.earliestFirst(wanted);
  const found = reader.last(wanted, limit ?? FOUND, needle);
  if (limit === undefined && found.length === FOUND) {
    tellHuman(`p2pchat: these are the last ${FOUND}: --limit N shows more or fewer`);
  }
  return found;
}

/** How a message is written. */
function shower(
  { roster, reader }: OpenArchive,
  isJson: boolean,
  now: number,
): (message: KeptMessage) => readonly string[] {
  const { me } = reader;
  const eventOf = (message: KeptMessage) => keptMessageEvent(message, roster, me);
  if (isJson) return (message) => [jsonSafe(keptLineOf(eventOf(message), now))];
  const names = { me: roster.who(me), nameOf: ({ id }: Who) => roster.label(id) };
  const notes = new EquivocationNotes();
  return (message) => {
    const event = eventOf(message);
    const lines = keptLines(names, event, now);
    const note = notes.of(event, names.nameOf);
    return note === undefined ? lines : [note, ...lines];
  };
}

function sinceOf(flags: Flags, now: number): number | undefined {
  const text = flags.text("since");
  const since = text === undefined ? undefined : parseSince(text, now);
  if (text === undefined || since !== undefined) return since;
  throw wrong("--since", text, "write a day, as 2026-11-28, or how long ago, as 2h or 3d");
}

function limitOf(flags: Flags): number | undefined {
  const text = flags.text("limit");
  if (text === undefined) return undefined;
  const limit = Number(/^[0-9]{1,6}$/.exec(text)?.[0]);
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw wrong("--limit", text, `write a number from 1 to ${LIMIT_MAX}`);
}

function needleOf(flags: Flags): Needle | undefined {
  const text = flags.text("search");
  const needle = text === undefined ? undefined : new Needle(text);
  if (needle?.isEmpty !== true) return needle;
  throw wrong("--search", text ?? "", "write a word");
}

function wrong(flag: string, text: string, hint: string): Failure {
  return new Failure(`Cannot use ${flag} ${JSON.stringify(shorten(text))}: ${hint}`, EXIT.usage);
}
