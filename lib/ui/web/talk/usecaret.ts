import { type RefObject, useLayoutEffect, useRef } from "react";

/**
 * Brings whoever writes to a place in the text as soon as the text is drawn of which it is one: of
 * the keys that follow, none is to come before.
 */
export function useCaret(field: RefObject<HTMLTextAreaElement | null>): (to: number) => void {
  const wanted = useRef<number>(undefined);
  useLayoutEffect(() => {
    const { current: to } = wanted;
    if (to === undefined) return;
    wanted.current = undefined;
    field.current?.focus();
    field.current?.setSelectionRange(to, to);
  });
  return (to) => {
    wanted.current = to;
  };
}
