import { isStored, isUnkept } from "./isstored.ts";
import type { Item, Saying } from "./timeline.ts";

/** Things on no disk that are put aside while the end is not held: the last so many of them. */
const ASIDE_MAX = 200;

/** A stretch of what the disk has, and whether it has more on either side. */
export interface Stretch {
  readonly messages: readonly Saying[];
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

export interface Woven {
  readonly items: Item[];
  /** What belongs after the last of them, and stands there once the end is held. */
  readonly aside: readonly Item[];
}

/**
 * Puts what is on no disk among what comes from there anew: below the message that it stood below,
 * or else by when it was said. A note of before all that is held goes with what it stood among; a
 * message that failed goes to the end instead, as nobody else has it.
 */
export function weave(held: readonly Item[], aside: readonly Item[], stretch: Stretch): Woven {
  const { messages, hasBefore, hasAfter } = stretch;
  const below = new Map<number, Item[]>();
  const atEnd: Item[] = [];
  const others = [...placed(held, messages), ...aside.map((item) => ({ item, at: undefined }))];
  for (const { item, at } of others) {
    const place = at ?? messages.findLastIndex(({ sentAtMs }) => sentAtMs <= item.sentAtMs);
    const isAfter = at === undefined && place === messages.length - 1;
    const isBefore = place < 0 && hasBefore && !isAfter;
    if (isAfter || (isBefore && isUnkept(item))) atEnd.push(item);
    else if (!isBefore) below.set(place, [...(below.get(place) ?? []), item]);
  }
  const items: Item[] = [...(below.get(-1) ?? [])];
  for (const [at, message] of messages.entries()) items.push(message, ...(below.get(at) ?? []));
  if (!hasAfter) return { items: [...items, ...atEnd], aside: [] };
  // What is only asked for has its answer by then, and comes from the disk.
  const isAside = (item: Item): boolean => item.kind === "note" || isUnkept(item);
  return { items, aside: atEnd.filter(isAside).slice(-ASIDE_MAX) };
}

interface Placed {
  readonly item: Item;
  /** The message that it stands below; undefined where that is none of these. */
  readonly at: number | undefined;
}

/** What is held and on no disk. */
function placed(held: readonly Item[], messages: readonly Saying[]): readonly Placed[] {
  const places = new Map(messages.map(({ id }, at) => [id, at]));
  const others: Placed[] = [];
  let at: number | undefined;
  for (const item of held) {
    if (isOfDisk(item)) at = places.get(item.id);
    else if (!places.has(item.id)) others.push({ item, at });
  }
  return others;
}

function isOfDisk({ kind, id }: Item): boolean {
  return kind === "saying" && isStored(id);
}
