import type { CSSProperties } from "react";
import type { Who } from "../../../node/events.ts";
import { initialOf, looksOf } from "../model/looks.ts";

/** A custom property, which React's types know nothing of. */
export function hueStyle(id: string): CSSProperties {
  const style: Record<`--${string}`, number> = { "--hue": looksOf(id).hue };
  return style;
}

/** Whoever it is, at a glance; who it is stands beside it. */
export function Avatar({ who }: { readonly who: Who }) {
  const { shape } = looksOf(who.id);
  return (
    <span className={`avatar shape${shape}`} style={hueStyle(who.id)} aria-hidden="true">
      {initialOf(who.name)}
    </span>
  );
}
