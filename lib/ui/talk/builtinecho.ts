import { parsePeerId } from "../../base/ids.ts";
import { assert } from "../../base/assert.ts";
import type { Who } from "../../node/events.ts";
import { BUILT_IN } from "./conversation.ts";
import type { FirstSteps } from "./firststeps.ts";
import type { Talk } from "./talk.ts";
import type { Fate, Saying } from "./timeline.ts";

/** When what is said to it has left, has arrived and is answered, in ms: slow enough to be seen. */
const STAGES_MS = [400, 900, 1600] as const;

/** What waits for an answer; what is said beyond that gets none. */
const UNANSWERED_MAX = 100;

interface Heard {
  readonly id: string;
  readonly text: string;
  readonly isAction: boolean;
  readonly atMs: number;
  /** Of the stages, how many it has been through. */
  stage: number;
}

/** What becomes of something that was said to it. */
export type EchoStep = Pick<Heard, "id" | "text" | "isAction"> & {
  readonly kind: "sent" | "delivered" | "answered";
};

/**
 * A partner that says again what is said to it, and with which marks are seen to work. It is a part
 * of the screen: no node knows of it, nothing said to it is kept or leaves the program.
 */
export class BuiltInEcho {
  #heard: Heard[] = [];

  hear(now: number, said: Pick<Heard, "id" | "text" | "isAction">): void {
    if (this.#heard.length < UNANSWERED_MAX) this.#heard.push({ ...said, atMs: now, stage: 0 });
  }

  pollTimeout(): number {
    return Math.min(Infinity, ...this.#heard.map(dueAt));
  }

  /** What has come about by now, in its order. */
  poll(now: number): readonly EchoStep[] {
    const steps: EchoStep[] = [];
    for (const heard of this.#heard) {
      while (dueAt(heard) <= now) {
        const kind = (["sent", "delivered", "answered"] as const)[heard.stage] ?? "answered";
        steps.push({ kind, id: heard.id, text: heard.text, isAction: heard.isAction });
        heard.stage += 1;
      }
    }
    this.#heard = this.#heard.filter(({ stage }) => stage < STAGES_MS.length);
    return steps;
  }
}

function dueAt({ atMs, stage }: Heard): number {
  return atMs + (STAGES_MS[stage] ?? Infinity);
}

/** Who shows it. */
type EchoFace = Pick<Talk, "conversations" | "isSeen"> & {
  readonly echo: BuiltInEcho;
  readonly steps: FirstSteps;
};

/** Shows what has become of what was said to it. */
export function showEcho(model: EchoFace, now: number): void {
  const where = model.conversations.at(BUILT_IN);
  for (const { kind, id, text, isAction } of model.echo.poll(now)) {
    where.timeline.change(id, (saying) => ({ ...saying, fate: fateAfter(kind, saying.fate) }));
    if (kind === "delivered") model.steps.onArrived();
    if (kind !== "answered") continue;
    const answer = answerOf(id, text, isAction, now);
    where.timeline.add(answer);
    where.unread.onMessage(answer, { isSeen: model.isSeen(where), isMissed: false });
  }
}

/** What stands beside a message of one's own, for how far that has come. */
export interface EchoSigns {
  readonly queued: string;
  readonly sent: string;
  readonly delivered: string;
  readonly read: string;
}

/** What it is, and what the marks mean. */
export function echoWords({ queued, sent, delivered, read }: EchoSigns): string {
  const marks = `${queued} waits here, ${sent} has left, ${delivered} is there, ${read} is read`;
  return `echo is a part of this program: what you say to it goes nowhere. Its marks: ${marks}.`;
}

const ID = parsePeerId("0".repeat(64));
assert(ID !== undefined, "sixty-four zeros are an id");

/** Nobody: the id is no key. */
const ECHO: Who = { name: "echo", id: ID };

function fateAfter(kind: EchoStep["kind"], fate: Fate | undefined): Fate {
  const before = fate ?? { of: 1, delivered: [], read: [], held: [], failed: [] };
  if (kind === "sent") return { ...before, state: "sent" };
  const read = kind === "answered" ? [ECHO] : [];
  return { ...before, state: "delivered", delivered: [ECHO], read };
}

function answerOf(id: string, text: string, isAction: boolean, now: number): Saying {
  return {
    kind: "saying",
    id: `echo of ${id}`,
    from: ECHO,
    text,
    sentAtMs: now,
    place: undefined,
    isAction,
    isMention: false,
    isEdited: false,
    isLate: false,
    isDeleted: false,
    replyTo: undefined,
    reactions: [],
    fate: undefined,
  };
}
