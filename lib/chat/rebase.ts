import type { PeerId } from "../base/ids.ts";
import { type Content, decodeContent, encodeContent } from "../wire/content.ts";
import { encodeRun, type HybridTime, type Run } from "../wire/entry.ts";
import { type Link, linkOf } from "./chain.ts";
import { compareTime, nextReading } from "./clock.ts";
import { movedSeq, type Shift } from "./messageid.ts";
import type { RunWrite } from "./records.ts";
import type { Words } from "./reword.ts";

/** How an author's entries move. */
export interface Move extends Shift {
  readonly author: PeerId;
}

/**
 * Runs of one author that nobody has, in their order, as they are where their chain turns out to go
 * on behind `onto`: all by as many seqs higher, with what they say of one another, and later.
 */
export function rebase(runs: readonly Run[], onto: Link): RunWrite[] {
  const [first] = runs;
  if (first === undefined) return [];
  const { author, seq: from } = first;
  const move = { author, from, shift: onto.seq + 1 - from };
  let { hash: previous, time: last } = onto;
  return runs.map((run) => {
    const entries = run.entries.map((entry) => {
      last = timeAfter(last, entry.time);
      return { time: last, ...renamed(entry, move) };
    });
    // It is signed as soon as it may be, and has no tag till then.
    const moved = { room: run.room, author, seq: run.seq + move.shift, previous, entries };
    const bytes = encodeRun(moved);
    previous = linkOf(moved, bytes).hash;
    return { run: moved, bytes, hash: previous };
  });
}

function timeAfter(last: HybridTime, time: HybridTime): HybridTime {
  return compareTime(time, last) > 0 ? time : nextReading(time.wallMs, last, last);
}

/** The same words: of entries that moved, they name the same as before. */
export function renamed(words: Words, move: Move): Words {
  const content = decodeContent(words);
  const { type, body } = content === undefined ? words : encodeContent(named(content, move));
  return { type, body };
}

function named(content: Content, move: Move): Content {
  switch (content.kind) {
    case "edit":
    case "delete":
      return { ...content, seq: movedSeq(content.seq, move) };
    case "reply":
    case "reaction": {
      const { to } = content;
      if (to.author !== move.author) return content;
      return { ...content, to: { author: to.author, seq: movedSeq(to.seq, move) } };
    }
    case "text":
    case "action":
    case "topic":
      return content;
    default:
      return content satisfies never;
  }
}
