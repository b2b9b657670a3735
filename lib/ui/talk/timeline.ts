import { compareEntries, type Place } from "../../chat/order.ts";
import type { StatusEvent, Who } from "../../node/events.ts";
import type { ReplyTo } from "../../node/sayings.ts";
import { isUnkept } from "./isstored.ts";
import { weave } from "./weave.ts";

/** Messages that are held of one conversation; others come from the disk as they are needed. */
export const HELD_MAX = 2000;

/** What became of a message of one's own. */
export interface Fate {
  readonly state: Exclude<StatusEvent["state"], "read"> | "asked";
  /** Who is to get it, as far as that is known; 0 where it is not. */
  readonly of: number;
  /** It was said in a room with nobody else in it: who comes later gets it with all the rest. */
  readonly isForNobody?: boolean;
  readonly delivered: readonly Who[];
  /** Those of them who have read it, and share that. */
  readonly read: readonly Who[];
  /** Who holds it, sealed, for whom it is meant for. */
  readonly held: readonly Who[];
  readonly failed: readonly { readonly by: Who | null; readonly reason: string }[];
}

/** Where nothing waits for anybody, a mark would stay for ever: it says this instead. */
export const FOR_NOBODY = "kept for whoever comes later";

/** Whether it was said to nobody who was there, and nobody has it of this client's own sending. */
export function waitsForNobody(fate: Fate | undefined): boolean {
  return fate?.state === "queued" && fate.isForNobody === true;
}

export interface Saying {
  readonly kind: "saying";
  readonly id: string;
  readonly from: Who;
  readonly text: string;
  readonly sentAtMs: number;
  /** Its place in the order of the conversation; undefined of one's own that is not kept yet. */
  readonly place: Place | undefined;
  readonly isAction: boolean;
  readonly isMention: boolean;
  readonly isEdited: boolean;
  readonly isLate: boolean;
  readonly isDeleted: boolean;
  readonly replyTo: ReplyTo | undefined;
  readonly reactions: readonly { readonly emoji: string; readonly by: readonly Who[] }[];
  /** There are others, which do not count. */
  readonly hasMoreReactions?: boolean;
  /** Of one's own. */
  readonly fate: Fate | undefined;
}

/** Something the program has to say, which nobody else sees and no disk keeps. */
export interface Note {
  readonly kind: "note";
  readonly id: string;
  readonly text: string;
  readonly sentAtMs: number;
  readonly isWarning: boolean;
}

export type Item = Saying | Note;

/** Where a message has come to stand; `from`: undefined of a new one. */
export interface Placing {
  readonly from: number | undefined;
  /** -1 where it is not held. */
  readonly to: number;
}

/** What is held of a conversation, in its order: a stretch of all that the disk has. */
export class Timeline {
  #items: Item[] = [];
  /** What stands at the end, and is on no disk, while that is not held. */
  #aside: readonly Item[] = [];
  #ids = new Set<string>();
  /** Whether the disk has more before the first, or after the last. */
  hasBefore = true;
  hasAfter = false;
  /** How many were put on at the beginning, less those taken off: what is counted there moves. */
  #shift = 0;
  #cleared = 0;

  get items(): readonly Item[] {
    return this.#items;
  }

  get shift(): number {
    return this.#shift;
  }

  /** So many from the first are not shown at the end of it: they were cleared away. */
  get clearedCount(): number {
    return this.#cleared;
  }

  clear(): void {
    this.#cleared = this.#items.length;
  }

  /** False where nothing was cleared away. */
  bringBack(): boolean {
    const wasCleared = this.#cleared > 0;
    this.#cleared = 0;
    return wasCleared;
  }

  /** The disk may have more after the last, and what is held may have been changed. */
  onNewNode(): void {
    this.hasBefore = true;
    this.hasAfter = this.#items.some(({ kind }) => kind === "saying");
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  indexOf(id: string): number {
    return this.#ids.has(id) ? this.#items.findLastIndex((item) => item.id === id) : -1;
  }

  get(id: string): Item | undefined {
    return this.#items[this.indexOf(id)];
  }

  /** One that was said just now, or long ago; returns its place, -1 where it is not held. */
  add(item: Item): number {
    if (this.#ids.has(item.id)) return this.indexOf(item.id);
    // What is shown ends before it: it comes from the disk with what is between.
    if (this.hasAfter && item.kind === "saying") return -1;
    const { at, isFirst } = this.#spotOf(item);
    if (isFirst && this.hasBefore && isOlder(item)) return -1;
    this.#insert(at, item);
    this.#ids.add(item.id);
    this.#dropOldest();
    return this.indexOf(item.id);
  }

  /** What stands here by a name of its own is of the disk, and comes by the name it has there. */
  drop(ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    this.#aside = this.#aside.filter(({ id }) => !ids.has(id));
    this.#cleared -= this.#items.slice(0, this.#cleared).filter(({ id }) => ids.has(id)).length;
    this.#items = this.#items.filter(({ id }) => !ids.has(id));
    for (const id of ids) this.#ids.delete(id);
  }

  /** A page that belongs before the first. */
  addBefore(page: readonly Saying[], hasBefore: boolean): void {
    const added = page.filter(({ id }) => !this.#ids.has(id));
    this.#items = inOrder([...added, ...this.#items]);
    for (const { id } of added) this.#ids.add(id);
    this.#shift += added.length;
    if (this.#cleared > 0) this.#cleared += added.length;
    this.hasBefore = hasBefore;
    while (this.#items.length > HELD_MAX) {
      this.#forget(this.#items.pop());
      this.hasAfter = true;
    }
  }

  /** A page that belongs after the last. */
  addAfter(page: readonly Saying[], hasAfter: boolean): void {
    const added = page.filter(({ id }) => !this.#ids.has(id));
    this.#items = inOrder([...this.#items, ...added]);
    for (const { id } of added) this.#ids.add(id);
    this.hasAfter = hasAfter;
    if (!hasAfter) {
      this.#items.push(...this.#aside);
      for (const { id } of this.#aside) this.#ids.add(id);
      this.#aside = [];
    }
    this.#dropOldest();
  }

  /** Those of one's own that failed and are on no disk, wherever one looks. */
  get unkept(): readonly Saying[] {
    return [...this.#aside, ...this.#items].filter(isUnkept);
  }

  /**
   * A page from elsewhere takes the place of all that is held of the disk. What is on no disk stays
   * where it stood, or is put aside until the end is held again; what was cleared away stays so.
   */
  replace(messages: readonly Saying[], hasBefore: boolean, hasAfter: boolean): void {
    const cleared = new Set(this.#items.slice(0, this.#cleared).map(({ id }) => id));
    const { items, aside } = weave(this.#items, this.#aside, {
      messages,
      hasBefore,
      hasAfter,
    });
    this.#aside = aside;
    this.#hold(inOrder(items));
    if (!hasAfter) this.#cleared = this.#items.findLastIndex(({ id }) => cleared.has(id)) + 1;
    this.hasBefore = hasBefore;
    this.hasAfter = hasAfter;
  }

  /** So many from the end of what is held; the others come from the disk when they are needed. */
  keepLast(count: number): void {
    const { length } = this.#items;
    if (length <= count) return;
    this.#hold(this.#items.filter((item, at) => at >= length - count || isUnkept(item)));
    this.hasBefore = true;
  }

  /** False where it is not held. */
  change(id: string, change: (saying: Saying) => Saying): boolean {
    const item = this.get(id);
    if (item?.kind !== "saying") return false;
    const changed = change(item);
    if (changed.id !== id) {
      this.#takeOut(changed.id);
      this.#ids.delete(id);
      this.#ids.add(changed.id);
    }
    this.#items[this.#items.indexOf(item)] = changed;
    if (changed.text !== item.text || changed.isDeleted !== item.isDeleted) {
      this.requote(changed.id, changed.isDeleted ? null : changed.text);
    }
    return true;
  }

  /**
   * One's own is kept, and has a place: it goes where that is, from where it was. Undefined where
   * it stays.
   */
  settle(id: string): Placing | undefined {
    const from = this.indexOf(id);
    const item = this.#items[from];
    if (item === undefined || isInOrder(this.#items)) return undefined;
    this.#items.splice(from, 1);
    if (from < this.#cleared) this.#cleared -= 1;
    const { at: to } = this.#spotOf(item);
    this.#insert(to, item);
    return from === to ? undefined : { from, to };
  }

  /** What answers this message, which need not be held itself, quotes it so; null: not any more. */
  requote(id: string, text: string | null): void {
    for (const [at, item] of this.#items.entries()) {
      if (item.kind === "note" || item.replyTo?.id !== id) continue;
      this.#items[at] = { ...item, replyTo: { ...item.replyTo, text } };
    }
  }

  /** One of one's own has another id, also where it is answered. */
  move(was: string, id: string): void {
    if (!this.#ids.has(was)) return;
    this.#takeOut(id);
    this.#items = this.#items.map((item) => movedItem(item, was, id));
    this.#ids.delete(was);
    this.#ids.add(id);
  }

  /** A page that came meanwhile has brought one by the id that it gets here only now. */
  #takeOut(id: string): void {
    if (!this.#ids.has(id)) return;
    if (this.indexOf(id) < this.#cleared) this.#cleared -= 1;
    this.#items = this.#items.filter((item) => item.id !== id);
    this.#ids.delete(id);
  }

  /**
   * Before the first that is later by the order of all, or is not kept yet; what has no place there
   * stays put. Whether none is held that is earlier.
   */
  #spotOf(item: Item): { readonly at: number; readonly isFirst: boolean } {
    const place = placeOf(item);
    let at = this.#items.length;
    if (place === undefined) return { at, isFirst: false };
    for (let i = at - 1; i >= 0; i--) {
      const other = this.#items[i];
      if (other === undefined) continue;
      const otherPlace = placeOf(other);
      if (otherPlace !== undefined && compareEntries(otherPlace, place) <= 0) {
        return { at, isFirst: false };
      }
      if (otherPlace !== undefined || isAsked(other)) at = i;
    }
    return { at, isFirst: true };
  }

  #insert(at: number, item: Item): void {
    this.#items.splice(at, 0, item);
    if (at < this.#cleared) this.#cleared += 1;
  }

  #hold(items: Item[]): void {
    this.#items = items;
    this.#ids = new Set(items.map(({ id }) => id));
    this.#cleared = 0;
  }

  #dropOldest(): void {
    while (this.#items.length > HELD_MAX) {
      this.#forget(this.#items.shift());
      this.#shift -= 1;
      this.#cleared = Math.max(0, this.#cleared - 1);
      this.hasBefore = true;
    }
  }

  #forget(item: Item | undefined): void {
    if (item !== undefined) this.#ids.delete(item.id);
  }
}

function movedItem(item: Item, was: string, id: string): Item {
  if (item.id === was) return { ...item, id };
  if (item.kind === "note" || item.replyTo?.id !== was) return item;
  return { ...item, replyTo: { ...item.replyTo, id } };
}

/**
 * By the order of all, which is theirs already most of the time. What has no place there stays
 * behind what it stands behind; what is not kept yet stands last.
 */
function inOrder(items: Item[]): Item[] {
  if (isInOrder(items)) return items;
  const first: Item[] = [];
  const stretches: { readonly place: Place; readonly items: Item[] }[] = [];
  for (const item of items.filter((one) => !isAsked(one))) {
    const place = placeOf(item);
    if (place !== undefined) stretches.push({ place, items: [item] });
    else (stretches.at(-1)?.items ?? first).push(item);
  }
  stretches.sort((a, b) => compareEntries(a.place, b.place));
  return [...first, ...stretches.flatMap((one) => one.items), ...items.filter(isAsked)];
}

function isInOrder(items: readonly Item[]): boolean {
  let last: Place | undefined;
  let hasAsked = false;
  for (const item of items) {
    const place = placeOf(item);
    if (isAsked(item)) hasAsked = true;
    if (place === undefined) continue;
    if (hasAsked || (last !== undefined && compareEntries(last, place) > 0)) return false;
    last = place;
  }
  return true;
}

function placeOf(item: Item): Place | undefined {
  return item.kind === "saying" ? item.place : undefined;
}

/** One's own, of which is not known yet whether it is kept. */
function isAsked(item: Item): boolean {
  return item.kind === "saying" && item.place === undefined && item.fate?.state === "asked";
}

function isOlder(item: Item): boolean {
  return item.kind === "saying" && item.isLate;
}
