import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import type { RoomId } from "../lib/base/ids.ts";
import { jsonSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { keptLineOf } from "../lib/contract/outgoing.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Failure, wordsOf } from "../lib/io/failure.ts";
import { FILE_MODE } from "../lib/io/files.ts";
import type { OpenArchive } from "../lib/io/history/openarchive.ts";
import { Lines } from "../lib/io/stdio.ts";
import { keptMessageEvent } from "../lib/node/keptmessages.ts";
import type { KeptMessageEvent } from "../lib/node/sayings.ts";
import { Markdown } from "../lib/ui/markdown.ts";

/** Markdown, or a JSON object a line. */
export type ExportFormat = "md" | "jsonl";

export interface Export {
  readonly archive: OpenArchive;
  /** One after the other. */
  readonly rooms: readonly RoomId[];
  readonly format: ExportFormat;
}

/** Messages after which whatever else there is to do has its turn: some ms. */
const BATCH = 200;

/** Writes it all to a descriptor; returns how many messages that were. */
export async function writeExport({ archive, rooms, format }: Export, fd: number): Promise<number> {
  const { reader, roster } = archive;
  const linesOf = linesIn(format, archive);
  const out = new Lines(fd);
  let messages = 0;
  for (const room of rooms) {
    for (const message of reader.earliestFirst({ rooms: [room], sinceMs: undefined })) {
      for (const line of linesOf(keptMessageEvent(message, roster, reader.me))) out.write(line);
      messages += 1;
      if (messages % BATCH === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
  }
  out.flush();
  return messages;
}

/** The same to a new file, which is there whole or not at all. Throws a Failure. */
export async function exportToFile(what: Export, file: string): Promise<number> {
  const fd = openNew(file);
  try {
    const messages = await writeExport(what, fd);
    closeWhole(fd, file);
    return messages;
  } catch (error) {
    // Half an export would be taken for a whole one, and stand in the way of the next.
    rmSync(file, { force: true });
    throw error;
  }
}

function linesIn(
  format: ExportFormat,
  { roster }: OpenArchive,
): (message: KeptMessageEvent) => readonly string[] {
  switch (format) {
    case "md": {
      const markdown = new Markdown(systemClock.now(), ({ id }) => roster.label(id));
      return (message) => markdown.linesOf(message);
    }
    case "jsonl":
      return (message) => [jsonSafe(keptLineOf(message, systemClock.now()))];
    default:
      return format satisfies never;
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
