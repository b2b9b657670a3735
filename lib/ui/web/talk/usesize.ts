import { type RefObject, useLayoutEffect, useState } from "react";

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** How large the inside of an element is, in px; nothing before it is there. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ height: 0, width: 0 });
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const read = (): void => {
      const { clientHeight: height, clientWidth: width } = current;
      setSize((known) => {
        return known.height === height && known.width === width ? known : { height, width };
      });
    };
    read();
    const watcher = new ResizeObserver(read);
    watcher.observe(current);
    return () => watcher.disconnect();
  }, [element]);
  return size;
}
