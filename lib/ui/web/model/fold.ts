import { wordsPattern } from "./markedparts.ts";
import type { SaidPart } from "./saidparts.ts";

/** Lines that are shown of a message, whatever it has; of a longer one the rest is folded away. */
export const LINES_MAX = 40;

/** Lines that are shown of a longer one. */
export const FOLDED_LINES = 24;

/** Characters that take a line of their own in the widest place that a message is given. */
const LINE_CHARS = 74;

/** Where a long text is cut for as long as nobody wants to read all of it. */
export interface Fold {
  /** The rest begins with this character. */
  readonly at: number;
  /** How many lines it all has. */
  readonly lines: number;
  /** Whether it is so many at this width alone, as some of them go on in the next. */
  readonly isAbout: boolean;
}

/** Undefined of a text that is short enough to be shown whole. */
export function foldOf(text: string): Fold | undefined {
  if (text.length <= LINES_MAX) return undefined;
  let lines = 0;
  let at = 0;
  let isAbout = false;
  for (let from = 0; from <= text.length;) {
    const newline = text.indexOf("\n", from);
    const end = newline < 0 ? text.length : newline;
    const taken = linesFor(end - from);
    if (lines < FOLDED_LINES && lines + taken >= FOLDED_LINES) {
      at = cutAt(text, from + (FOLDED_LINES - lines) * LINE_CHARS, end);
    }
    isAbout ||= taken > 1;
    lines += taken;
    from = end + 1;
  }
  return lines <= LINES_MAX ? undefined : { at, lines, isAbout };
}

/** Whether the first that was searched for stands where nobody sees it. */
export function isFoldedAway(text: string, searched: string): boolean {
  const first = wordsPattern(searched)?.exec(text)?.index;
  const fold = foldOf(text);
  return first !== undefined && fold !== undefined && first >= fold.at;
}

/** What is shown of a message, and the rest of it: both in parts that are drawn as before. */
export function folded(
  parts: readonly SaidPart[],
  at: number,
): readonly [head: readonly SaidPart[], rest: readonly SaidPart[]] {
  const head: SaidPart[] = [];
  const rest: SaidPart[] = [];
  let from = 0;
  for (const part of parts) {
    const cut = at - from;
    from += lengthOf(part);
    if (cut >= lengthOf(part)) head.push(part);
    else if (cut <= 0) rest.push(part);
    else if (part.kind === "text" || part.kind === "link") {
      head.push({ ...part, text: part.text.slice(0, cut) });
      rest.push({ ...part, text: part.text.slice(cut) });
    } else head.push(part);
  }
  return [head, rest];
}

/** Such as "Show all 10,000 lines". */
export function unfoldWords({ lines, isAbout }: Fold): string {
  const count = lines.toLocaleString("en");
  return isAbout ? `Show all, about ${count} lines` : `Show all ${count} lines`;
}

function linesFor(characters: number): number {
  return Math.max(1, Math.ceil(characters / LINE_CHARS));
}

/** At a line's end, or within one: between two words where there are any, and in no character. */
function cutAt(text: string, wanted: number, end: number): number {
  if (wanted >= end) return end;
  const space = text.lastIndexOf(" ", wanted);
  if (space > wanted - LINE_CHARS) return space;
  const isWithin = /[\uDC00-\uDFFF]/.test(text.charAt(wanted));
  return isWithin ? wanted - 1 : wanted;
}

/** Of code the two signs around it are not in its text. */
function lengthOf({ kind, text }: SaidPart): number {
  return kind === "code" ? text.length + 2 : text.length;
}
