import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";

/** Where a row of a table is in its file; from is within, to is not. */
export interface Cell {
  readonly rowid: number;
  /** How long it is, and its rowid. */
  readonly key: { readonly from: number; readonly to: number };
  /** Of what kinds its columns are. */
  readonly header: { readonly from: number; readonly to: number };
  /** What its columns hold. */
  readonly body: { readonly from: number; readonly to: number };
}

const PAGE_BYTES = 4096;
const LEAF_HEADER_BYTES = 8;
const VARINT_BYTES_MAX = 9;

/**
 * Every row of a table, none of which is too long for its page, in a file that no log stands
 * beside. https://sqlite.org/fileformat2.html §1.6, §2.1
 */
export function cellsOf(file: string, table: string): Cell[] {
  const db = new Database(file, { readonly: true });
  const leaves = db
    .query<{ pageno: number }, [string]>(
      "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path",
    )
    .all(table);
  db.close();
  const view = new DataView(new Uint8Array(readFileSync(file)).buffer);
  return leaves.flatMap(({ pageno }) => {
    const page = (pageno - 1) * PAGE_BYTES;
    const count = view.getUint16(page + 3);
    return Array.from({ length: count }, (_, i) => {
      return cellAt(view, page + view.getUint16(page + LEAF_HEADER_BYTES + 2 * i));
    });
  });
}

function cellAt(view: DataView, from: number): Cell {
  const length = varintAt(view, from);
  const rowid = varintAt(view, length.end);
  const header = varintAt(view, rowid.end);
  const to = rowid.end + header.value;
  return {
    rowid: rowid.value,
    key: { from, to: rowid.end },
    header: { from: rowid.end, to },
    body: { from: to, to: rowid.end + length.value },
  };
}

/** Seven bits of each byte, the highest first; of those written here none has all nine. */
function varintAt(view: DataView, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = from; at < from + VARINT_BYTES_MAX; at++) {
    const byte = view.getUint8(at);
    value = value * 128 + (byte & 127);
    if (byte < 128) return { value, end: at + 1 };
  }
  throw new Error("A varint is shorter than this");
}
