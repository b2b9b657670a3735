import { lineSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import { type Fate, FOR_NOBODY, waitsForNobody } from "../../talk/timeline.ts";
import { MARKS } from "./marks.ts";

export interface FateMarkWords {
  /** A few characters beside the message. */
  readonly sign: string;
  /** The same in words. */
  readonly words: string;
  readonly kind: "waiting" | "sent" | "delivered" | "read" | "failed";
}

/** How far a message of one's own has come. */
export function fateMark(fate: Fate): FateMarkWords {
  const { state, of, delivered, read } = fate;
  switch (state) {
    case "asked":
      return { sign: "…", words: "being kept", kind: "waiting" };
    case "queued":
      if (waitsForNobody(fate)) return { sign: "", words: FOR_NOBODY, kind: "waiting" };
      return { sign: `${MARKS.queued} waits`, words: "waits here", kind: "waiting" };
    case "sent":
      return { sign: MARKS.sent, words: "sent", kind: "sent" };
    case "failed": {
      const why = refusal(fate);
      const words = why === undefined ? "failed" : `failed: ${why}`;
      return { sign: MARKS.failed, words, kind: "failed" };
    }
    case "delivered":
      return deliveredMark(Math.max(of, delivered.length), delivered.length, read.length);
    default:
      return state satisfies never;
  }
}

/** Why there is no such message at all, where that is so. */
function refusal({ failed }: Fate): string | undefined {
  const refused = failed.find(({ by }) => by === null);
  return refused && lineSafe(refused.reason);
}

function deliveredMark(of: number, delivered: number, read: number): FateMarkWords {
  const isRead = read > 0 && read >= of;
  const count = of > 1 ? ` ${delivered}/${of}` : "";
  const has = of > 1 ? `delivered to ${delivered} of ${of}` : "delivered";
  const sign = `${delivered >= of ? MARKS.delivered : MARKS.sent}${count}`;
  if (isRead) return { sign, words: of > 1 ? `read by all ${of}` : "read", kind: "read" };
  const words = read > 0 ? `${has}, read by ${read}` : has;
  return { sign, words, kind: delivered >= of ? "delivered" : "sent" };
}

export interface FateRow {
  readonly title: string;
  readonly people: readonly { readonly who: Who; readonly why: string }[];
}

/** Where a message of one's own was said. */
export interface SaidTo {
  /** Who else is there by now; nobody where the name is nobody's that was ever met. */
  readonly others: readonly Who[];
  readonly isRoom: boolean;
  /** Why somebody of them does not have it yet. */
  readonly why: (who: Who) => string;
}

/** Who has it, and who has not: everybody once, by the best that is known. */
export function fateRows(fate: Fate, { others, why }: SaidTo): readonly FateRow[] {
  const { of, delivered, read, held, failed } = fate;
  const fault = refusal(fate);
  if (fault !== undefined) return [{ title: `Failed: ${fault}`, people: [] }];
  const has = (all: readonly Who[], { id }: Who): boolean => all.some((one) => one.id === id);
  const plain = (who: Who) => ({ who, why: "" });
  const refused = failed.flatMap(({ by, reason }) => {
    return by === null ? [] : [{ who: by, why: lineSafe(reason) }];
  });
  const isFailed = fate.state === "failed";
  const waiting = isFailed ? 0 : Math.max(0, of - delivered.length - refused.length);
  const rows: readonly FateRow[] = [
    { title: "Read by", people: read.map(plain) },
    { title: "Delivered to", people: delivered.filter((who) => !has(read, who)).map(plain) },
    { title: "Failed for", people: refused },
    { title: "Held for who is away by", people: held.map(plain) },
  ];
  const shown = rows.filter(({ people }) => people.length > 0);
  if (waiting === 0) return shown;
  const known = [...delivered, ...refused.map(({ who }) => who)];
  const missing = others.filter((who) => !has(known, who));
  // Whoever came or went since makes another number of them: then nobody can say who it is.
  if (missing.length === waiting) {
    return [
      ...shown,
      { title: "Waits for", people: missing.map((who) => ({ who, why: why(who) })) },
    ];
  }
  const title = waiting === 1 ? "Waits for one more" : `Waits for ${waiting} more`;
  return [...shown, { title, people: [] }];
}

/** Why nobody has it, where that is no matter of this or that person; empty where it is. */
export function fateNote(fate: Fate, { others, isRoom }: SaidTo): string {
  const { state, delivered } = fate;
  if (delivered.length > 0 || refusal(fate) !== undefined) return "";
  if (state === "asked") return "It goes to nobody before it is kept on this machine.";
  if (waitsForNobody(fate)) {
    return "Nobody else was in the room: whoever comes later gets it with all the rest.";
  }
  if (!isRoom && others.length === 0) {
    return "Nobody of this name was ever met here: it waits until they are.";
  }
  return "";
}

/** The same on one line. */
export function fateLine(fate: Fate, to: SaidTo): string {
  const told = fateRows(fate, to).map(({ title, people }) => {
    const names = people.map(({ who, why }) => {
      const name = lineSafe(who.name);
      return why === "" ? name : `${name} (${why})`;
    });
    return names.length === 0 ? title : `${title} ${names.join(", ")}`;
  });
  const note = fateNote(fate, to);
  return [...told, ...(note === "" ? [] : [note])].join("; ");
}
