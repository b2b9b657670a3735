import { type Entry, encodeRun, type Run } from "../../lib/wire/entry.ts";

/** An entry that is a run by itself. */
export type LoneEntry = Entry & Pick<Run, "previous">;

export function encodeLone({ room, author, seq, previous, ...content }: LoneEntry): Uint8Array {
  return encodeRun({ room, author, seq, previous, entries: [content] });
}
