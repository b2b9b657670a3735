import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { RoomId } from "../../lib/base/ids.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import { compareTime } from "../../lib/chat/clock.ts";
import type { PageStart } from "../../lib/chat/history.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import { textOf } from "../../lib/chat/textof.ts";
import { AmendmentTable } from "../../lib/io/history/amendmenttable.ts";
import { ArchiveReader } from "../../lib/io/history/archivereader.ts";
import { Conversations } from "../../lib/io/history/conversations.ts";
import { History } from "../../lib/io/history/history.ts";
import { Quotes } from "../../lib/io/history/quotes.ts";
import { Needle } from "../../lib/io/history/words.ts";
import { Statements } from "../../lib/io/statements.ts";
import { Store } from "../../lib/io/store.ts";
import type { Entry, HybridTime } from "../../lib/wire/entry.ts";
import { type Cell, cellsOf } from "./support/cells.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DEV, LOBBY } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

/** Of what the columns hold, every so manieth bit, which is in every byte of it in turn. */
const BODY_STRIDE = 101;

const START_MS = 1_800_000_000_000;

/** By what pages begin: within what others say, and where several end at once. */
const PLACES = new Set(["boat cc at 31", "boat aa at 40"]);

/** More than there is. */
const ALL = 100;

/** Where a file says how often it was changed: what SQLite has read of it counts no longer. */
const CHANGES_AT = 24;

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Who says how much when, from the start on in ms: some lies across what others say meanwhile. */
const TALK = [
  { author: BOB, room: LOBBY, at: [10] },
  { author: CAROL, room: LOBBY, at: [20, 31, 90] },
  { author: BOB, room: LOBBY, at: [31, 40] },
  { author: CAROL, room: DEV, at: [35, 45] },
  { author: ANN, room: LOBBY, at: [40] },
  { author: ANN, room: LOBBY, at: [60, 90] },
  { author: BOB, room: LOBBY, at: [95] },
] as const;

/** One message, and the row that it is in. */
interface Spoken {
  readonly entry: Entry;
  readonly id: string;
  readonly text: string;
  readonly rowid: number;
}

/** What a reader makes of a damaged file: texts as it gives them, and how many it says are lost. */
interface Read {
  readonly texts: readonly string[];
  readonly damaged: number;
}

/** One reading of a file, and what of it is to be seen in which order where nothing is damaged. */
interface Reading {
  readonly name: string;
  readonly right: readonly Spoken[];
  /** "unknown" where there is no such message as it begins by. */
  readonly read: () => Read | "unknown";
  readonly place?: Spoken;
  /** Damaged rows that have something there are told, though what they have may be beyond. */
  readonly reach?: (time: HybridTime) => boolean;
  /** Damaged rows of other rooms may be told as well. */
  readonly isVague?: boolean;
  /** Something else than the rows leads to them: it is seen where one has another key. */
  readonly isKeyed?: boolean;
}

/** One bit of a row: of its key, of what kinds its columns are, or of what is in them. */
interface Bit {
  readonly at: number;
  readonly bit: number;
  readonly of: "key" | "header" | "body";
}

/** All that was said, in a file that nobody has open. */
function talked(isIndexed: boolean): { file: string; spoken: readonly Spoken[] } {
  const file = join(scratch(), "p2pchat.db");
  const store = Store.open(file, ANN);
  const chronicle = new Chronicle();
  let rowid = 1;
  const spoken = TALK.flatMap(({ author, room, at }) => {
    const texts = at.map((ms) => said(`boat ${author.slice(0, 2)} at ${ms}`, START_MS + ms));
    const written = chronicle.run(author, texts, room);
    store.commit([{ kind: "heard", ...written }]);
    const first = rowid;
    rowid += at.length;
    return entriesOf(written.run).map((entry) => {
      const id = messageId(room, author, entry.seq);
      return { entry, id, text: textOf(entry) ?? "", rowid: first };
    });
  });
  if (isIndexed) while (store.tend());
  store.close();
  const db = new Database(file);
  db.run("PRAGMA journal_mode = DELETE");
  db.close();
  return { file, spoken: spoken.toSorted((a, b) => compareEntries(a.entry, b.entry)) };
}

/** All bits of what is before the columns, and some of theirs. */
function* bitsOf({ key, header, body }: Cell): Generator<Bit> {
  for (let bit = 8 * key.from; bit < 8 * body.to;) {
    const at = Math.floor(bit / 8);
    const of = at < key.to ? "key" : at < header.to ? "header" : "body";
    yield { at, bit: bit % 8, of };
    bit += of === "body" ? BODY_STRIDE : 1;
  }
}

/** Flips each of them alone, as the only one, and visits what is left. */
function flipEach(file: string, visit: (cell: Cell, bit: Bit) => void): void {
  const bytes = readFileSync(file);
  const cells = cellsOf(file, "runs");
  expect(cells).toHaveLength(TALK.length);
  const fd = openSync(file, "r+");
  let changes = bytes.readUInt32BE(CHANGES_AT);
  const write = (at: number, byte: number): void => {
    writeSync(fd, new Uint8Array([byte]), 0, 1, at);
    changes += 1;
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, changes);
    writeSync(fd, counter, 0, counter.length, CHANGES_AT);
  };
  for (const cell of cells) {
    for (const flip of bitsOf(cell)) {
      const byte = bytes.readUInt8(flip.at);
      write(flip.at, byte ^ (1 << flip.bit));
      visit(cell, flip);
      write(flip.at, byte);
    }
  }
  closeSync(fd);
}

/** Every reading of a file with each bit flipped: exact, or told as lost, or refused in words. */
function judgeEach(
  { file, spoken }: ReturnType<typeof talked>,
  readings: readonly Reading[],
): void {
  for (const { right, read } of readings) {
    expect(read()).toEqual({ texts: right.map(({ text }) => text), damaged: 0 });
  }
  const outcomes = { whole: 0, less: 0, refused: 0 };
  const lastRow = Math.max(...spoken.map(({ rowid }) => rowid));
  flipEach(file, (cell, { at, bit, of }) => {
    const ofRow = spoken.filter(({ rowid }) => rowid === cell.rowid);
    // How many the last row has nothing else says, nor how many one has that is not alone.
    const isLone = ofRow.length === 1 && cell.rowid !== lastRow;
    const isCounted = of === "body" || isLone;
    for (const reading of readings) {
      const read = readOrRefusal(reading);
      const trouble = troubleOf(reading, read, { ofRow, of, isCounted });
      if (trouble !== undefined) {
        const where = `row ${cell.rowid}, byte ${at - cell.key.from}, bit ${bit}`;
        throw new Error(`${reading.name}: ${where}: ${trouble}: ${JSON.stringify(read)}`);
      }
      const outcome = typeof read === "string" ? "refused" : read.damaged > 0 ? "less" : "whole";
      outcomes[outcome] += 1;
    }
  });
  expect(outcomes.less).toBeGreaterThan(0);
  expect(outcomes.whole).toBeGreaterThan(0);
}

/** "corrupt" where SQLite itself sees that the file is damaged, and says so. */
function readOrRefusal({ read }: Reading): Read | "unknown" | "corrupt" {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const words = error instanceof Error ? error.message : "";
    const isTold = code.startsWith("SQLITE_CORRUPT") || words.includes("it is damaged or not ours");
    if (!isTold) throw error;
    return "corrupt";
  }
}

/** What is wrong with what was read of a file in which one bit of a row was flipped. */
function troubleOf(
  { right, place, reach = () => true, isVague = false, isKeyed = true }: Reading,
  read: ReturnType<typeof readOrRefusal>,
  { ofRow, of, isCounted }: { ofRow: readonly Spoken[]; of: Bit["of"]; isCounted: boolean },
): string | undefined {
  if (read === "corrupt") return of === "body" ? "all is refused" : undefined;
  if (read === "unknown") {
    const isKnown = of !== "key" && (place === undefined || !ofRow.includes(place));
    return isKnown ? "what is whole is not known" : undefined;
  }
  const { texts, damaged } = read;
  const shown = right.filter(({ text }) => texts.includes(text));
  if (shown.map(({ text }) => text).join() !== texts.join()) return "wrong, or out of order";
  const missing = right.filter(({ text }) => !texts.includes(text));
  if (of === "key") {
    // It may stand in another's place then.
    return missing.length > 0 && damaged === 0 && isKeyed ? "missing without a word" : undefined;
  }
  if (missing.some((one) => !ofRow.includes(one))) return "what is whole is missing";
  if (missing.length > 0 && damaged === 0) return "missing without a word";
  if (damaged === 0) return undefined;
  const isThere = ofRow.some(({ entry }) => {
    return (isVague || entry.room === right[0]?.entry.room) && reach(entry.time);
  });
  if (!isThere) return "nothing of that is damaged";
  if (shown.some((one) => ofRow.includes(one))) return "both shown and lost";
  const isRight = isCounted ? damaged === ofRow.length : damaged >= 1;
  return isRight ? undefined : "not as many as are lost";
}

function inRoom(spoken: readonly Spoken[], room: RoomId): readonly Spoken[] {
  return spoken.filter(({ entry }) => entry.room === room);
}

/** As `history` and `export` read. */
function archiveReadings({ file, spoken }: ReturnType<typeof talked>): readonly Reading[] {
  const reader = opened(file);
  const sinceMs = START_MS + 32;
  const reach = ({ wallMs }: HybridTime) => wallMs >= sinceMs;
  return [
    ...[LOBBY, DEV].flatMap((room) => {
      const right = inRoom(spoken, room);
      const wanted = { rooms: [room], sinceMs: undefined };
      const down = counted(reader, () => reader.last(wanted, ALL, undefined));
      const up = counted(reader, () => reader.earliestFirst(wanted));
      return [
        { name: "after", right, read: up },
        { name: "before", right, read: down },
      ];
    }),
    {
      name: "since",
      right: inRoom(spoken, LOBBY).filter(({ entry }) => reach(entry.time)),
      read: counted(reader, () => reader.earliestFirst({ rooms: [LOBBY], sinceMs })),
      reach,
    },
  ];
}

/** By words that every message has, in all rooms and in one. */
function searches(
  { file, spoken }: ReturnType<typeof talked>,
  isIndexed: boolean,
): readonly Reading[] {
  const reader = opened(file);
  const needle = new Needle("boat");
  const found = (rooms: readonly RoomId[]) => {
    return counted(reader, () => reader.last({ rooms, sinceMs: undefined }, ALL, needle));
  };
  const how = { isVague: true, isKeyed: isIndexed };
  return [
    { name: "search", right: spoken, read: found([LOBBY, DEV]), ...how },
    { name: "in a room", right: inRoom(spoken, LOBBY), read: found([LOBBY]), ...how },
  ];
}

function opened(file: string): ArchiveReader {
  const reader = ArchiveReader.open(file, ANN);
  open.push(reader);
  return reader;
}

function counted(reader: ArchiveReader, read: () => Iterable<{ text: string }>): () => Read {
  return () => {
    const before = reader.damaged;
    const texts = [...read()].map(({ text }) => text);
    return { texts, damaged: reader.damaged - before };
  };
}

/** As a face turns pages, from the end and from some messages, whatever lies across them. */
function pageReadings({ file, spoken }: ReturnType<typeof talked>): readonly Reading[] {
  const db = new Database(file, { readonly: true, strict: true });
  open.push(db);
  const statements = new Statements(db);
  const conversations = new Conversations(statements, ANN);
  const quotes = new Quotes(statements, new AmendmentTable(statements));
  const history = new History(ANN, { statements, conversations, quotes });
  const paged = (from: PageStart) => (): Read | "unknown" => {
    const loaded = history.load({ kind: "history", room: LOBBY, from, limit: 2 * ALL });
    if (loaded.step !== "page") return "unknown";
    return { texts: loaded.messages.map(({ text }) => text), damaged: loaded.damaged };
  };
  const right = inRoom(spoken, LOBBY);
  const fromPlaces = right.flatMap((place, i): Reading[] => {
    const { id, entry } = place;
    if (!PLACES.has(place.text)) return [];
    const [below, above] = [right.slice(0, i), right.slice(i + 1)];
    const isBelow = (time: HybridTime) => compareTime(time, entry.time) <= 0;
    const isAbove = (time: HybridTime) => compareTime(time, entry.time) >= 0;
    const read = (step: "before" | "after" | "around") => paged({ step, id });
    return [
      { name: `before ${i}`, right: below, read: read("before"), reach: isBelow, place },
      { name: `after ${i}`, right: above, read: read("after"), reach: isAbove, place },
      { name: `around ${i}`, right, read: read("around"), place },
    ];
  });
  return [{ name: "end", right, read: paged({ step: "end" }) }, ...fromPlaces];
}

test("of a row with a flipped bit each message is read exactly or told as damaged", () => {
  const talk = talked(true);
  judgeEach(talk, archiveReadings(talk));
});

test("a page says what is damaged of it, whichever bit was flipped and wherever it begins", () => {
  const talk = talked(true);
  judgeEach(talk, pageReadings(talk));
});

test.each([true, false])("a search finds or tells all, whichever bit: indexed %p", (isIndexed) => {
  const talk = talked(isIndexed);
  judgeEach(talk, searches(talk, isIndexed));
});
