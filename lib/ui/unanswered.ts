import type { Asked } from "../contract/asked.ts";
import type { PeerEvent } from "../node/events.ts";
import { answeredBy, isAnswered } from "./ending.ts";
import { quoted } from "./words.ts";

/** Commands whose answers are missed when the node goes; of more, the first are forgotten. */
const UNANSWERED_MAX = 4096;

type Failure = Extract<PeerEvent, { type: "error" }>;

/**
 * What a face has asked of a node in another process, and has no answer to yet: where that node
 * goes, whoever asked is told what nobody knows the end of.
 */
export class Unanswered {
  /** By its mark, what it was, in words. */
  readonly #asked = new Map<string, string>();

  /** It was asked of a node that was there. */
  handleCommand(asked: Asked): void {
    if (!isAnswered(asked) || !("req" in asked) || asked.req === null) return;
    this.#asked.set(asked.req, wordsOf(asked));
    const [first] = this.#asked.keys();
    if (first !== undefined && this.#asked.size > UNANSWERED_MAX) this.#asked.delete(first);
  }

  handleEvent(event: PeerEvent): void {
    const answered = answeredBy(event);
    if (answered !== undefined && answered !== null) this.#asked.delete(answered);
  }

  /** The node has gone, for the reason `why`: what is unanswered failed, as far as one can tell. */
  take(why: string): readonly Failure[] {
    const failures = [...this.#asked].map(([req, words]) => failure(req, why, words));
    this.#asked.clear();
    return failures;
  }
}

/** Of what is asked while no node is there, for the reason `why`; undefined where none answers. */
export function undone(asked: Asked, why: string): Failure | undefined {
  if (!isAnswered(asked) || !("req" in asked)) return undefined;
  return failure(asked.req, why, wordsOf(asked));
}

function failure(req: string | null, why: string, words: string): Failure {
  const text = words === "" ? why : `${why}: ${words}`;
  return { type: "error", req, code: "INTERNAL", text };
}

/** What was to be done; nothing of a message, which stands there itself, and of what it goes on. */
function wordsOf(asked: Asked): string {
  if (asked.type === "send" || asked.type === "history") return "";
  if (asked.type === "edit") return `your edit: ${quoted(asked.text)}`;
  if (asked.type === "delete") return "taking back a message";
  if (asked.type === "react") return `your reaction ${asked.emoji}`;
  const place = placeOf(asked);
  return place === "" ? asked.type : `${asked.type} ${place}`;
}

function placeOf(asked: Asked): string {
  if ("room" in asked && asked.room !== null) return asked.room;
  if ("to" in asked) return asked.to ?? "";
  return "with" in asked ? (asked.with ?? "") : "";
}
