import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from "react";
import { COMPOSER_ID } from "../model/fulfil.ts";
import type { Panel } from "../model/panel.ts";

/** What the title of a panel is marked with. */
const TITLE = "h2";

/**
 * Brings the keys to a panel that somebody opens, and to its title again when what had them is
 * gone; whoever writes goes on writing. `opened`: what is, or whether anything is. What it returns
 * is to be told of every focus in the box.
 */
export function usePanelFocus(
  box: RefObject<HTMLElement | null>,
  opened: Panel | boolean,
): (event: FocusEvent) => void {
  const last = useRef<Element>(undefined);
  useLayoutEffect(() => {
    const { activeElement } = document;
    if (opened === false || activeElement?.id === COMPOSER_ID) return;
    if (box.current?.contains(activeElement) === false) focusTitle(box.current);
  }, [box, opened]);
  useLayoutEffect(() => {
    const isGone = last.current?.isConnected === false;
    if (isGone) last.current = undefined;
    if (isGone && document.activeElement === document.body) focusTitle(box.current);
  });
  return ({ target }) => {
    last.current = target;
  };
}

function focusTitle(box: HTMLElement | null): void {
  box?.querySelector<HTMLElement>(TITLE)?.focus();
}
