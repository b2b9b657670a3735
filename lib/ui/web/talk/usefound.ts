import { type RefObject, useLayoutEffect } from "react";
import { wordsPattern } from "../model/markedparts.ts";
import { type PageModel, POINTED_PX } from "../model/pagemodel.ts";
import { useAct } from "../parts/pagecontext.ts";

/** What the style sheet calls the words that are marked. */
const MARK = "found";

/** Words that are marked in one message. */
const MARKED_MAX = 200;

/**
 * Marks what was searched for in the message to which that has led, and brings the first of it into
 * view, however far down in a long message it is. `searched`: empty in every other message.
 */
export function useFound(message: RefObject<HTMLElement | null>, searched: string): void {
  const act = useAct();
  useLayoutEffect(() => {
    const { current } = message;
    const ranges = rangesIn(current, searched);
    const [first] = ranges;
    const key = current?.dataset["key"];
    if (current === null || key === undefined || first === undefined) return undefined;
    CSS.highlights.set(MARK, new Highlight(...ranges));
    const downPx = first.getBoundingClientRect().top - current.getBoundingClientRect().top;
    act((model) => bringDown(model, key, downPx));
    return () => void CSS.highlights.delete(MARK);
  }, [act, message, searched]);
}

/** Unless somebody has scrolled away from where the search has led. */
function bringDown({ current, scrolls }: PageModel, key: string, downPx: number): void {
  if (current === undefined || downPx < POINTED_PX) return;
  const scroll = scrolls.of(current);
  const { anchor } = scroll;
  if (anchor.kind !== "row" || anchor.key !== key || anchor.px !== -POINTED_PX) return;
  scroll.anchor = { kind: "row", key, px: downPx - POINTED_PX };
}

/** Where the words stand in what is drawn of the message. */
function rangesIn(message: HTMLElement | null, searched: string): readonly Range[] {
  const pattern = wordsPattern(searched);
  const said = message?.querySelector(".said") ?? undefined;
  if (pattern === undefined || said === undefined) return [];
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (const { 0: words, index } of (node.nodeValue ?? "").matchAll(pattern)) {
      if (ranges.length >= MARKED_MAX) return ranges;
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + words.length);
      ranges.push(range);
    }
  }
  return ranges;
}
