import { type KeyboardEvent, useLayoutEffect, useReducer, useRef } from "react";
import { flushSync } from "react-dom";
import type { Conversation } from "../../talk/conversation.ts";
import type { Item, Timeline } from "../../talk/timeline.ts";
import { type Anchor, anchorAt, END, isAtEnd, type Seen, topOf } from "../model/anchor.ts";
import { type Heights, type Offsets, stretchOf } from "../model/heights.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { guessedHeight } from "../model/rowguess.ts";
import { type Row, rowsOf } from "../model/rows.ts";
import type { Scroll } from "../model/scrolls.ts";
import { ListRow } from "./listrow.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { useSize } from "./usesize.ts";

/** Px above and below what is seen that are drawn as well. */
const MORE_PX = 900;

/** So near to what is held, in px, more is brought. */
const NEAR_PX = 3000;

/** Less is seen by nobody, and put right with the next picture. */
const OFF_PX = 1;

interface MessageListProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/**
 * What was said, of which only what is near to what is seen is drawn. What one looks at stays where
 * it is, whatever comes above or below, or turns out to be higher than was guessed.
 */
export function MessageList({ model, where }: MessageListProps) {
  const act = useAct();
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const { height, width } = useSize(box);
  const [, redraw] = useReducer((count: number) => count + 1, 0);

  const { timeline, unread } = where;
  const scroll = model.scrolls.of(where);
  const { heights } = scroll;
  const rows = rowsOf(shownOf(timeline, scroll.anchor), unread, pageClock.now());
  const offsets = heights.offsets(rows, (row) => guessedIn(model, row, width));
  const total = offsets.at(-1) ?? 0;
  const top = topOf(scroll.anchor, rows, offsets, height);
  const { first, end } = stretchOf(offsets, top, Math.max(height, 600), MORE_PX);

  // What was measured at another width is good for nothing.
  useLayoutEffect(() => heights.forget(), [heights, width]);
  useLayoutEffect(() => {
    const thought = offsets.slice(first, end + 1);
    if (measure(list.current, heights, thought) >= OFF_PX) redraw();
    else if (box.current !== null && height > 0) {
      const hasEnded = settle(box.current, where, scroll, { top, height, total });
      if (hasEnded) act((here, now) => here.look(now));
    }
  });

  const onScroll = (): void => {
    const { current } = box;
    if (current === null || !isScrolled(current, { top, height, width })) return;
    const seen = { top: current.scrollTop, height };
    const anchor = anchorAt(rows, offsets, seen, !timeline.hasAfter);
    const wanted = wantedAt(timeline, seen, total);
    const hasTurned = anchor.kind !== scroll.anchor.kind;
    scroll.anchor = anchor;
    // Of all else that scrolls by, the rest of the page need not know.
    if (wanted !== undefined || hasTurned) {
      act((_, now) => {
        if (wanted === "older" && !timeline.bringBack()) model.pages.older(where, now);
        if (wanted === "newer") model.pages.newer(where, now);
        model.look(now);
      });
    }
    // In the same frame that has scrolled: the next one may be late, and this would have a gap.
    flushSync(redraw);
  };

  return (
    <div
      ref={box}
      className="list"
      onScroll={onScroll}
      onKeyDown={moveAmong}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex: what scrolls needs the keys
      tabIndex={0}
      role="region"
      aria-label="Messages"
    >
      <ol
        ref={list}
        className={total < height ? "list-rows short" : "list-rows"}
        style={{ paddingTop: offsets[first] ?? 0, paddingBottom: total - (offsets[end] ?? total) }}
      >
        {rows.slice(first, end).map((row) => (
          <ListRow key={row.key} model={model} row={row} isChosen={isChosen(model, row)} />
        ))}
      </ol>
    </div>
  );
}

/** Not by a window of another size, of which is not known yet. */
function isScrolled(
  { scrollTop, clientHeight, clientWidth }: HTMLElement,
  thought: { readonly top: number; readonly height: number; readonly width: number },
): boolean {
  if (clientHeight !== thought.height || clientWidth !== thought.width) return false;
  return Math.abs(scrollTop - thought.top) >= 1;
}

/** Scrolls there. Whether that is the end, come to by another window or by a jump. */
function settle(
  box: HTMLElement,
  { timeline }: Conversation,
  scroll: Scroll,
  { top, height, total }: Seen & { readonly total: number },
): boolean {
  if (Math.abs(box.scrollTop - top) >= 1) box.scrollTop = top;
  const isKnown = scroll.anchor.kind === "end";
  if (isKnown || timeline.hasAfter || !isAtEnd({ top, height }, total)) return false;
  scroll.anchor = END;
  return true;
}

function guessedIn({ unfolded }: PageModel, row: Row, widthPx: number): number {
  return guessedHeight(row, widthPx, unfolded.has(row.key));
}

/** At the end of it what was cleared away is not shown. */
function shownOf({ items, clearedCount }: Timeline, { kind }: Anchor): readonly Item[] {
  return kind === "end" && clearedCount > 0 ? items.slice(clearedCount) : items;
}

/** What there is to be brought of what one comes near to. */
function wantedAt(
  { hasBefore, hasAfter, clearedCount }: Timeline,
  seen: { readonly top: number; readonly height: number },
  total: number,
): "older" | "newer" | undefined {
  if (seen.top < NEAR_PX && (hasBefore || clearedCount > 0)) return "older";
  return hasAfter && total - seen.top - seen.height < NEAR_PX ? "newer" : undefined;
}

function isChosen({ chosenMessage }: PageModel, { kind, key }: Row): boolean {
  return kind === "saying" && key === chosenMessage;
}

/** By how much, in px, the rows that are drawn are not as high as was thought. */
function measure(list: HTMLOListElement | null, heights: Heights, thought: Offsets): number {
  let offPx = 0;
  for (const [at, element] of [...(list?.children ?? [])].entries()) {
    const { key } = element instanceof HTMLElement ? element.dataset : {};
    if (key === undefined) continue;
    const { height } = element.getBoundingClientRect();
    offPx += heights.measure(key, height, (thought[at + 1] ?? 0) - (thought[at] ?? 0));
  }
  return offPx;
}

/** From one message to the next; from the list itself to the last. */
function moveAmong(event: KeyboardEvent<HTMLDivElement>): void {
  const { key, currentTarget, target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (key !== "ArrowUp" && key !== "ArrowDown") return;
  const all = [...currentTarget.querySelectorAll<HTMLElement>(".message")];
  const at = all.findIndex((one) => one === target);
  if (at < 0 && target !== currentTarget) return;
  const next = at < 0 ? all.at(-1) : all[at + (key === "ArrowUp" ? -1 : 1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
