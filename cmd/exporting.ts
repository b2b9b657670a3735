import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync } from "node:fs";
import type { RoomId } from "../lib/base/ids.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { systemClock } from "../lib/io/clock.ts";
import { codeOf, Failure, wordsOf } from "../lib/io/failure.ts";
import { FILE_MODE } from "../lib/io/files.ts";
import type { OpenArchive } from "../lib/io/history/openarchive.ts";
import { tellHuman } from "../lib/io/human.ts";
import { othersTurn } from "../lib/io/othersturn.ts";
import { Lines } from "../lib/io/stdio.ts";
import { keptMessageEvent } from "../lib/node/keptmessages.ts";
import { type ExportFormat, exportLines } from "../lib/ui/exportlines.ts";

export interface Export {
  readonly archive: OpenArchive;
  /** One after the other. */
  readonly rooms: readonly RoomId[];
  readonly format: ExportFormat;
}

/** Messages after which whatever else there is to do has its turn: some ms. */
const BATCH = 200;

/** What the name of a file ends with until it is whole: half of it would be taken for all. */
const PART = ".part";

/** Writes it all to a descriptor; returns how many messages that were. */
export async function writeExport({ archive, rooms, format }: Export, fd: number): Promise<number> {
  const { reader, roster } = archive;
  const linesOf = exportLines(
    format,
    () => systemClock.now(),
    ({ id }) => roster.label(id),
  );
  const out = new Lines(fd);
  let messages = 0;
  for (const room of rooms) {
    for (const message of reader.earliestFirst({ rooms: [room], sinceMs: undefined })) {
      for (const line of linesOf(keptMessageEvent(message, roster, reader.me))) out.write(line);
      messages += 1;
      if (messages % BATCH === 0) await othersTurn();
    }
  }
  out.flush();
  return messages;
}

/**
 * The same to a new file, which is there whole or not at all, whatever ends the program meanwhile.
 * Throws a Failure.
 */
export async function exportToFile(what: Export, file: string): Promise<number> {
  const part = `${file}${PART}`;
  const fd = openNew(file, part);
  const onExit = (): void => {
    rmSync(part, { force: true });
    tellHuman(`p2pchat: ${file} was not finished, and nothing of it is kept`);
  };
  process.on("exit", onExit);
  try {
    const messages = await writeExport(what, fd);
    closeWhole(fd, file);
    giveName(part, file);
    return messages;
  } finally {
    process.off("exit", onExit);
    rmSync(part, { force: true });
  }
}

function openNew(file: string, part: string): number {
  refuseTaken(file);
  try {
    return openSync(part, "wx", FILE_MODE);
  } catch (error) {
    const which = codeOf(error) === "EEXIST" ? part : file;
    throw new Failure(`Cannot make ${which}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}

/** What is there already is somebody's. */
function refuseTaken(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new Failure(`Cannot make ${file}: it is there already: name another file`, EXIT.failure);
}

function closeWhole(fd: number, file: string): void {
  try {
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    throw new Failure(`Cannot write ${file}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}

/** Gives what is whole its name. A link takes nobody's place, but not every file system has any. */
function giveName(part: string, file: string): void {
  try {
    linkSync(part, file);
  } catch {
    refuseTaken(file);
    renameWhole(part, file);
  }
}

function renameWhole(part: string, file: string): void {
  try {
    renameSync(part, file);
  } catch (error) {
    throw new Failure(`Cannot make ${file}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}
