import { boundaryAfter, boundaryBefore, cellSafe, cellWidth, chopCells } from "./cells.ts";

/** Lines that were sent and can be had again; the oldest are forgotten first. */
export const SENT_MAX = 200;

/** Of what is pasted or typed, in UTF-16 units: a message has at most 64 KiB. */
export const COMPOSED_CHARS_MAX = 65_536;

export interface ComposerRows {
  readonly rows: readonly string[];
  /** Where the cursor stands among them. */
  readonly row: number;
  readonly column: number;
}

/** The text that is being written, with its cursor, and what was sent before. */
export class Composer {
  #text = "";
  #cursor = 0;
  #sent: readonly string[] = [];
  /** Which of `#sent` is shown; past its end: what is being written. */
  #at = 0;
  #unsent = "";
  /** What was laid out last: of a long text little changes at a time. */
  #laid: { readonly columns: number; readonly rows: ReadonlyMap<string, readonly string[]> } = {
    columns: 0,
    rows: new Map(),
  };

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  set(text: string, cursor = text.length): void {
    this.#text = text;
    this.#cursor = cursor;
    this.#at = this.#sent.length;
  }

  /** Puts a text where the cursor is; false where it would be too much. */
  insert(text: string): boolean {
    return this.replace(this.#cursor, this.#cursor, text);
  }

  replace(from: number, to: number, text: string): boolean {
    if (this.#text.length - (to - from) + text.length > COMPOSED_CHARS_MAX) return false;
    this.#text = this.#text.slice(0, from) + text + this.#text.slice(to);
    this.#cursor = from + text.length;
    return true;
  }

  /** Empties it, and keeps what it held to be had again. */
  take(): string {
    const text = this.#text;
    if (text.trim() !== "" && this.#sent.at(-1) !== text) {
      this.#sent = [...this.#sent, text].slice(-SENT_MAX);
    }
    this.set("");
    return text;
  }

  left(): void {
    this.#cursor = this.#before();
  }

  right(): void {
    this.#cursor = boundaryAfter(this.#text, this.#cursor);
  }

  wordLeft(): void {
    this.#cursor = this.#wordStart();
  }

  wordRight(): void {
    const [word = ""] = /^\s*\S*/u.exec(this.#text.slice(this.#cursor)) ?? [];
    this.#cursor += word.length;
  }

  lineStart(): void {
    this.#cursor = this.#lineStart();
  }

  lineEnd(): void {
    this.#cursor = this.#lineEnd();
  }

  erase(): void {
    this.replace(this.#before(), this.#cursor, "");
  }

  eraseAfter(): void {
    const from = this.#cursor;
    this.right();
    this.replace(from, this.#cursor, "");
  }

  eraseWord(): void {
    this.replace(this.#wordStart(), this.#cursor, "");
  }

  eraseLine(): void {
    this.replace(this.#lineStart(), this.#cursor, "");
  }

  up(): void {
    const start = this.#lineStart();
    if (start === 0) return this.#recall(this.#at - 1);
    const above = lineStartAt(this.#text, start - 1);
    this.#cursor = Math.min(above + this.#cursor - start, start - 1);
    this.#toBoundary();
  }

  down(): void {
    const end = this.#lineEnd();
    if (end === this.#text.length) return this.#recall(this.#at + 1);
    const column = this.#cursor - this.#lineStart();
    const below = this.#text.indexOf("\n", end + 1);
    this.#cursor = Math.min(end + 1 + column, below < 0 ? this.#text.length : below);
    this.#toBoundary();
  }

  /** As it is shown in so many columns; a cursor past the last has a row of its own. */
  rows(columns: number): ComposerRows {
    const rows: string[] = [];
    const laid: Map<string, readonly string[]> = new Map();
    let place = { row: 0, column: 0 };
    let start = 0;
    for (const line of this.#text.split("\n")) {
      const pieces = piecesOf(line, columns);
      for (const [i, piece] of pieces.entries()) {
        const first = rows.length;
        const known = this.#laid.columns === columns ? this.#laid.rows.get(piece) : undefined;
        const own = laid.get(piece) ?? known ?? chopCells(cellSafe(piece), columns);
        laid.set(piece, own);
        rows.push(...own);
        const at = this.#cursor - start;
        const isLast = i === pieces.length - 1;
        if (at >= 0 && (at < piece.length || (isLast && at === piece.length))) {
          place = placeIn(piece.slice(0, at), columns, first);
          if (isLast && place.row === rows.length) rows.push("");
        }
        start += piece.length;
      }
      start += 1;
    }
    this.#laid = { columns, rows: laid };
    return { rows, ...place };
  }

  #recall(at: number): void {
    if (at < 0 || at > this.#sent.length || at === this.#at) return;
    if (this.#at === this.#sent.length) this.#unsent = this.#text;
    const text = this.#sent[at] ?? this.#unsent;
    this.#text = text;
    this.#cursor = text.length;
    this.#at = at;
  }

  #before(): number {
    return boundaryBefore(this.#text, this.#cursor);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && SPACE.test(this.#text.charAt(at - 1))) at -= 1;
    while (at > 0 && !SPACE.test(this.#text.charAt(at - 1))) at -= 1;
    return at;
  }

  #lineStart(): number {
    return lineStartAt(this.#text, this.#cursor);
  }

  #lineEnd(): number {
    const at = this.#text.indexOf("\n", this.#cursor);
    return at < 0 ? this.#text.length : at;
  }

  #toBoundary(): void {
    this.#cursor = boundaryBefore(this.#text, this.#cursor + 1);
  }
}

const SPACE = /\s/;

/** Lines are laid out in pieces of about this many characters: a change is one of few. */
const PIECE_CHARS = 1024;

/** Each of whole rows, where its characters are all of one width. */
function piecesOf(line: string, columns: number): readonly string[] {
  const most = columns * Math.ceil(PIECE_CHARS / columns);
  const pieces: string[] = [];
  let from = 0;
  while (line.length - from > most) {
    const to = boundaryBefore(line, from + most + 1);
    pieces.push(line.slice(from, to));
    from = to;
  }
  return [...pieces, line.slice(from)];
}

/** Where the cursor stands that this is before, in rows of which the first has this number. */
function placeIn(before: string, columns: number, first: number) {
  const rows = chopCells(cellSafe(before), columns);
  const column = cellWidth(rows.at(-1) ?? "");
  const row = first + rows.length - 1;
  return column >= columns ? { row: row + 1, column: 0 } : { row, column };
}

/** Of the line in which `at` is; a search from before the beginning would find what is there. */
function lineStartAt(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}
