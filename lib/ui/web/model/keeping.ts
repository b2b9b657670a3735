import { keptWords } from "../../historylines.ts";
import type { Conversation } from "../../talk/conversation.ts";
import type { PageModel } from "./pagemodel.ts";
import { ask } from "./question.ts";
import { request } from "./request.ts";

/** How much of a conversation may be kept, the most first, as the command has it. */
const KEEPS: readonly string[] = ["forever", "365d", "90d", "30d", "7d", "1d"];

type OnKept = (keep: string) => void;

/** What there is to choose from where `keep` is what is kept. */
export function keepsBeside(keep: string): readonly string[] {
  return KEEPS.includes(keep) ? KEEPS : [...KEEPS, keep];
}

/** Such as "Everything" or "The last 30 days". */
export function keepWords(keep: string): string {
  const words = keptWords(keep);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Finds out how much is kept; of what nothing is kept there is nothing to say. */
export function findKeep(model: PageModel, where: Conversation, onKept: OnKept): void {
  model.asking.ask(
    (req) => ({ type: "retain", req, ...partOf(model, where), keep: null }),
    (reply) => {
      if (reply.command === "retain") onKept(reply.keep);
    },
  );
}

/** Keeps so much from now on; where some of `before` may go with it the person is asked. */
export function changeKeep(
  model: PageModel,
  where: Conversation,
  { before, next, onKept }: { before: string; next: string; onKept: OnKept },
): void {
  const run = (here: PageModel): void => {
    request(
      here,
      (req) => ({ type: "retain", req, ...partOf(here, where), keep: next }),
      (reply) => {
        if (reply.command === "retain") onKept(reply.keep);
      },
    );
  };
  if (!isLess(next, before)) return run(model);
  ask(model, {
    title: `Keep ${keptWords(next)}?`,
    text: "What is older goes from this machine. The others keep what they have.",
    deed: "Keep no more",
    run,
  });
}

/** Of a number of messages nobody knows how old they are. */
function isLess(next: string, before: string): boolean {
  if (next === "forever") return false;
  return !KEEPS.includes(before) || KEEPS.indexOf(next) > KEEPS.indexOf(before);
}

function partOf({ conversations }: PageModel, where: Conversation) {
  const place = conversations.placeOf(where);
  return where.isRoom ? { room: place, with: null } : { room: null, with: place };
}
