import { idBytes, type RoomId } from "../../base/ids.ts";
import type { EntryName } from "../../wire/content.ts";
import type { Statements } from "../statements.ts";
import { KEPT_COLUMNS, type KeptEntry, keptEntriesOf, type KeptRow } from "./keptrun.ts";

/** The run that an entry would be in. */
const SELECT_RUN = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE room = ? AND author = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`;

/** An entry by its name; undefined where it is not held, or damaged. */
export function findEntry(
  statements: Statements,
  room: RoomId,
  { author, seq }: EntryName,
): KeptEntry | undefined {
  const [row] = statements.all<KeptRow>(SELECT_RUN, idBytes(room), idBytes(author), seq);
  const entries = row === undefined ? undefined : keptEntriesOf(row);
  return entries?.find((it) => it.seq === seq && it.author === author && it.room === room);
}
