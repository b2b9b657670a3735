import type { Saying, Timeline } from "./timeline.ts";

/**
 * Those of one's own that no node has answered for, and that the disk has all the same: the node
 * had kept them and was gone before it could say so. Such a one is known by its words, for nothing
 * else came back of it: it was kept no sooner than it was said, and is no other that stands here.
 * Whoever said the same twice, and of whom one is kept, finds one kept and one that is not.
 */
export function foundKept(timeline: Timeline, page: readonly Saying[]): ReadonlySet<string> {
  const found = new Set<string>();
  const { unkept } = timeline;
  for (const saying of page) {
    if (saying.fate === undefined || timeline.has(saying.id)) continue;
    const same = unkept.find((one) => !found.has(one.id) && isThe(one, saying));
    if (same !== undefined) found.add(same.id);
  }
  return found;
}

function isThe(said: Saying, { text, isAction, sentAtMs }: Saying): boolean {
  return said.text === text && said.isAction === isAction && said.sentAtMs <= sentAtMs;
}
