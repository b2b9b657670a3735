import type { Conversation } from "../../talk/conversation.ts";
import { isStored } from "../../talk/pages.ts";
import type { Item, Saying } from "../../talk/timeline.ts";
import type { PageModel } from "./pagemodel.ts";

const GONE = "p2pchat stopped before it answered";

/** A node may have kept it in its last moment, and then it is on the disk as well. */
const WORDS = `${GONE}: say again what stands here and not above`;

/**
 * What was said in the page and no node is known to have taken is on no disk: where the page begins
 * anew it goes on to that, and whoever said it is told.
 */
export function takeUnsaid(before: PageModel, after: PageModel, now: number): void {
  for (const one of before.conversations.all) {
    const unsaid = unsaidIn(one);
    if (unsaid.length === 0) continue;
    const { who, key } = one;
    const where = who === undefined ? after.conversations.at(key) : after.conversations.with(who);
    for (const saying of unsaid) where.timeline.add(withoutAnswer(saying));
    const isNew = unsaid.some(({ fate }) => fate?.state === "asked");
    if (isNew) after.note(now, WORDS, true, where);
  }
}

function unsaidIn({ isBuiltIn, timeline }: Conversation): readonly Saying[] {
  if (isBuiltIn) return [];
  return timeline.items.filter(isSaying).filter(({ id }) => !isStored(id));
}

function isSaying(item: Item): item is Saying {
  return item.kind === "saying";
}

function withoutAnswer(saying: Saying): Saying {
  const { fate } = saying;
  if (fate?.state !== "asked") return saying;
  const failed = [...fate.failed, { by: null, reason: GONE }];
  return { ...saying, fate: { ...fate, state: "failed", failed } };
}
