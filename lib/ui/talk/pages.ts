import { keptPlace } from "../../contract/keptplace.ts";
import type { KeptMessageEvent } from "../../node/sayings.ts";
import type { Asking } from "./asking.ts";
import type { Conversation } from "./conversation.ts";
import { foundKept } from "./foundkept.ts";
import { kept } from "./sayings.ts";
import type { Stretch } from "./weave.ts";
import { isStored } from "./isstored.ts";
import type { Item, Timeline } from "./timeline.ts";

/** Of a message that somebody wanted to see. */
export const GONE = "that message is not kept any more";

/** Messages of a page. */
const PAGE = 100;

type Where = { readonly [Side in "before" | "after" | "around"]: string | null };

const NOWHERE: Where = { before: null, after: null, around: null };

/** Who shows what is brought. */
export interface PagesWatcher {
  readonly onKept: (messages: readonly KeptMessageEvent[]) => void;
  /** So many more items stand before those that were held; fewer where it is below 0. */
  readonly onShifted: (conversation: Conversation, by: number) => void;
  /** A message that was to be shown is kept no more. */
  readonly onGone: (conversation: Conversation, now: number) => void;
  /** The item that somebody looks at there, further up; undefined for the end. */
  readonly lookedAt: (conversation: Conversation) => string | undefined;
  /** The end of it is to be shown. */
  readonly onEnd: (conversation: Conversation) => void;
}

/** Brings what was said before from the disk, page by page, as it is looked at. */
export class Pages {
  readonly #asking: Asking;
  readonly #placeOf: (conversation: Conversation) => string;
  readonly #watcher: PagesWatcher;
  /** How often each was asked for; what another question has taken the place of is not heeded. */
  readonly #questions = new WeakMap<Conversation, number>();

  constructor(
    asking: Asking,
    placeOf: (conversation: Conversation) => string,
    watcher: PagesWatcher,
  ) {
    this.#asking = asking;
    this.#placeOf = placeOf;
    this.#watcher = watcher;
  }

  /** The end of it, where nothing was asked for yet. */
  open(conversation: Conversation, now: number): void {
    if (conversation.isOpened) return;
    conversation.isOpened = true;
    if (conversation.timeline.hasAfter) this.#renew(conversation, now);
    else if (conversation.timeline.hasBefore) this.#fetchBefore(conversation, null, now);
  }

  /** Whatever page of it is on its way is not wanted any more. */
  forget(conversation: Conversation): void {
    this.#questions.set(conversation, (this.#questions.get(conversation) ?? 0) + 1);
    // What would have come between is missing.
    if (conversation.isLoading) conversation.timeline.hasAfter = true;
    conversation.isLoading = false;
  }

  older(conversation: Conversation, now: number): void {
    const { timeline } = conversation;
    if (!timeline.hasBefore) return;
    const first = timeline.items.find(({ kind, id }) => kind === "saying" && isStored(id));
    this.#fetchBefore(conversation, first?.id ?? null, now);
  }

  newer(conversation: Conversation, now: number): void {
    const { timeline } = conversation;
    if (!timeline.hasAfter) return;
    const last = timeline.items.findLast(({ kind, id }) => kind === "saying" && isStored(id));
    this.#fetch(conversation, { ...NOWHERE, after: last?.id ?? null }, now, (page) => {
      const before = timeline.shift;
      timeline.addAfter(page.messages, page.hasAfter);
      this.#watcher.onShifted(conversation, timeline.shift - before);
    });
  }

  /** The last page in the place of whatever is held. */
  toEnd(conversation: Conversation, now: number): void {
    const { timeline } = conversation;
    this.#watcher.onEnd(conversation);
    if (!timeline.hasAfter || conversation.isLoading) return;
    const show = (take: () => void): void => {
      const isCleared = timeline.clearedCount > 0;
      take();
      // Also what was not held when that was done.
      if (isCleared) timeline.clear();
      this.#watcher.onEnd(conversation);
    };
    this.#fetchAnew(conversation, null, now, show, () => void (timeline.hasAfter = true));
  }

  /** What was said before and after a message that is not held. */
  around(conversation: Conversation, id: string, now: number, then: () => void): void {
    const { timeline } = conversation;
    conversation.isOpened = true;
    const show = (page: Stretch): void => {
      timeline.replace(page.messages, page.hasBefore, page.hasAfter);
      then();
    };
    this.#jump(conversation, { ...NOWHERE, around: id }, now, show, () => {
      this.#watcher.onGone(conversation, now);
      if (timeline.hasAfter) return;
      conversation.isOpened = false;
      this.open(conversation, now);
    });
  }

  /**
   * What is held, as the disk has it by now: around what somebody looks at, who is there still, or
   * else the end. `gone`: a message around which nothing is kept any more.
   */
  #renew(conversation: Conversation, now: number, gone: string | null = null): void {
    const { timeline } = conversation;
    const lookedAt = (): string => this.#watcher.lookedAt(conversation) ?? "";
    const nearest = storedNear(timeline, lookedAt());
    const near = nearest === gone ? null : nearest;
    const show = (take: () => void, { messages, hasAfter }: Stretch): void => {
      const id = lookedAt();
      const next = storedNear(timeline, id);
      const isHere = next === near || next === gone || messages.some((one) => one.id === next);
      // Somebody has gone on meanwhile, to the end or to what this page does not have.
      if (next === null ? hasAfter : !isHere) return this.#renew(conversation, now, gone);
      const was = timeline.indexOf(id);
      take();
      const is = timeline.indexOf(id);
      if (is < 0) this.#watcher.onEnd(conversation);
      else this.#watcher.onShifted(conversation, is - was);
    };
    this.#fetchAnew(conversation, near, now, show, () => {
      if (near === null) timeline.hasAfter = true;
      else this.#renew(conversation, now, near);
    });
  }

  /** The messages around this one, or the last where it is null; whoever gets them takes them. */
  #fetchAnew(
    conversation: Conversation,
    around: string | null,
    now: number,
    then: (take: () => void, page: Stretch) => void,
    onRefused: () => void,
  ): void {
    const { timeline } = conversation;
    // What comes from now on is perhaps not in the answer any more: it is held beside it.
    timeline.hasAfter = false;
    const before = new Set(timeline.items.map(({ id }) => id));
    const show = ({ messages, hasBefore, hasAfter }: Stretch): void => {
      const found = new Set(messages.map(({ id }) => id));
      const came = timeline.items
        .filter((item) => item.kind === "saying")
        .filter(({ id }) => isStored(id) && !before.has(id) && !found.has(id));
      const all = hasAfter ? messages : [...messages, ...came];
      const take = (): void => timeline.replace(all, hasBefore, hasAfter);
      then(take, { messages: all, hasBefore, hasAfter });
    };
    this.#jump(conversation, { ...NOWHERE, around }, now, show, onRefused);
  }

  /**
   * `id`: null for the end, as where nothing was brought of the disk yet: there may be more after
   * what has come meanwhile, which was perhaps on its way for longer than that.
   */
  #fetchBefore(conversation: Conversation, id: string | null, now: number): void {
    const { timeline } = conversation;
    this.#fetch(conversation, { ...NOWHERE, before: id }, now, (page) => {
      const before = timeline.shift;
      timeline.addBefore(page.messages, page.hasBefore);
      this.#watcher.onShifted(conversation, timeline.shift - before);
    });
  }

  #fetch(
    conversation: Conversation,
    where: Where,
    now: number,
    then: (page: Stretch) => void,
  ): void {
    const onRefused = (): void => void (conversation.timeline.hasBefore = false);
    if (!conversation.isLoading) this.#jump(conversation, where, now, then, onRefused);
  }

  /** Also where a page is on its way, which is of a place that is left. */
  #jump(
    conversation: Conversation,
    where: Where,
    now: number,
    then: (page: Stretch) => void,
    onRefused: () => void,
  ): void {
    conversation.isLoading = true;
    const question = (this.#questions.get(conversation) ?? 0) + 1;
    this.#questions.set(conversation, question);
    const isLast = (): boolean => this.#questions.get(conversation) === question;
    const of = keptPlace(this.#placeOf(conversation));
    const end = (): void => void (conversation.isLoading = false);
    this.#asking.ask(
      (req) => ({ type: "history", req, ...of, ...where, limit: PAGE }),
      (answer) => {
        if (!isLast()) return;
        end();
        if (answer.command !== "history") return;
        this.#watcher.onKept(answer.messages);
        const { hasBefore, hasAfter } = answer;
        const messages = answer.messages.map((one) => kept(one, now));
        conversation.timeline.drop(foundKept(conversation.timeline, messages));
        then({ messages, hasBefore, hasAfter });
      },
      () => {
        if (!isLast()) return;
        end();
        onRefused();
      },
    );
  }
}

/** The message nearest to this item that the disk has, itself or above if there is one. */
function storedNear({ items }: Timeline, id: string): string | null {
  const at = items.findLastIndex((item) => item.id === id);
  if (at < 0) return null;
  const isOfDisk = (item: Item): boolean => item.kind === "saying" && isStored(item.id);
  const near = items.slice(0, at + 1).findLast(isOfDisk) ?? items.slice(at).find(isOfDisk);
  return near?.id ?? null;
}
