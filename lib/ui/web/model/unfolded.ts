import type { PageModel } from "./pagemodel.ts";

/** Long messages that are shown whole at once; of more, the first is folded again. */
const UNFOLDED_MAX = 20;

/** Px above a message that what can be done with it takes. */
const TOOLS_PX = 16;

/** The long messages that somebody wants to read all of. */
export class Unfolded {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  set(id: string, isWhole: boolean): void {
    this.#ids.delete(id);
    if (!isWhole) return;
    this.#ids.add(id);
    const [first] = this.#ids;
    if (this.#ids.size > UNFOLDED_MAX && first !== undefined) this.#ids.delete(first);
  }

  /** A message has another id. */
  onMoved(was: string, id: string): void {
    if (this.#ids.delete(was)) this.#ids.add(id);
  }
}

/**
 * Shows all of a long message, or its beginning alone. Its top stays where it is, so many px above
 * what is seen; what was far down in it would be nowhere, and so its top comes into view.
 */
export function unfold(model: PageModel, id: string, isWhole: boolean, abovePx: number): void {
  const { current } = model;
  if (current === undefined) return;
  model.unfolded.set(id, isWhole);
  const px = isWhole ? abovePx : Math.min(abovePx, -TOOLS_PX);
  model.scrolls.of(current).anchor = { kind: "row", key: id, px };
}
