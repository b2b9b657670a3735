import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import type { RoomId } from "../lib/base/ids.ts";
import { jsonSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { keptLineOf } from "../lib/contract/outgoing.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Failure, wordsOf } from "../lib/io/failure.ts";
import { FILE_MODE } from "../lib/io/files.ts";
import { type OpenArchive, openArchive } from "../lib/io/history/openarchive.ts";
import { tellHuman } from "../lib/io/human.ts";
import { Lines } from "../lib/io/stdio.ts";
import type { KeptMessageEvent } from "../lib/node/sayings.ts";
import { keptMessageEvent } from "../lib/node/keptmessages.ts";
import { Markdown } from "../lib/ui/markdown.ts";
import { roomsMeant, tellDamage } from "./archive.ts";
import { type Flags, readFlags, shorten } from "./flags.ts";
import { dataDirectoryOf } from "./profileflags.ts";

const STDOUT = 1;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("export", rawArgs);
  const format = formatOf(flags);
  const archive = openArchive(dataDirectoryOf(flags));
  const rooms = roomsMeant(flags, archive);
  const named = flags.text("out");
  const file = named === "-" ? undefined : named;
  const fd = file === undefined ? STDOUT : openNew(file);
  try {
    writeAll(archive, rooms, format(archive), fd);
    if (file !== undefined) closeWhole(fd, file);
  } catch (error) {
    // Half an export would be taken for a whole one, and stand in the way of the next.
    if (file !== undefined) rmSync(file, { force: true });
    throw error;
  }
  archive.reader.close();
  return tellDamage(archive, tellHuman);
}

function writeAll(
  { reader, roster }: OpenArchive,
  rooms: readonly RoomId[],
  linesOf: ReturnType<Format>,
  fd: number,
): void {
  const out = new Lines(fd);
  for (const room of rooms) {
    for (const message of reader.earliestFirst({ rooms: [room], sinceMs: undefined })) {
      for (const line of linesOf(keptMessageEvent(message, roster, reader.me))) out.write(line);
    }
  }
  out.flush();
}

type Format = (archive: OpenArchive) => (message: KeptMessageEvent) => readonly string[];

function formatOf(flags: Flags): Format {
  const text = flags.text("format");
  switch (text) {
    case "md":
      return ({ roster }) => {
        const markdown = new Markdown(systemClock.now(), ({ id }) => roster.label(id));
        return (message) => markdown.linesOf(message);
      };
    case "jsonl":
      return () => (message) => [jsonSafe(keptLineOf(message, systemClock.now()))];
    case undefined:
      throw new Failure("Say how: --format md or --format jsonl", EXIT.usage);
    default:
      throw new Failure(
        `Cannot use --format ${JSON.stringify(shorten(text))}: it is md or jsonl`,
        EXIT.usage,
      );
  }
}

/** What is there already is somebody's. */
function openNew(file: string): number {
  try {
    return openSync(file, "wx", FILE_MODE);
  } catch (error) {
    throw new Failure(`Cannot make ${file}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}

function closeWhole(fd: number, file: string): void {
  try {
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    throw new Failure(`Cannot write ${file}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}
