import type { Lines, ShownMarks } from "../lib/io/stdio.ts";
import type { Face } from "../lib/ui/face.ts";

/**
 * Marks what others have said as shown, in the order in which it was told, once its line is
 * written. A face may gather lines first: what a kill finds gathered is told again in the next run,
 * with what came meanwhile.
 */
export class Marking {
  readonly #out: Pick<Lines, "markShown">;
  readonly #face: () => Pick<Face, "isWithholding" | "isGathering">;
  /** As of the last entry that was told, and how many of them are not marked. */
  #shown: ShownMarks | undefined;
  #count = 0;

  constructor(
    out: Pick<Lines, "markShown">,
    face: () => Pick<Face, "isWithholding" | "isGathering">,
  ) {
    this.#out = out;
    this.#face = face;
  }

  /** The face was told the next entry, or nothing is to be told of it. */
  onTold(shown: ShownMarks): void {
    if (this.#face().isWithholding === true) return;
    this.#shown = shown;
    this.#count += 1;
    this.settle();
  }

  /** The face may have written what it had gathered. */
  settle(): void {
    if (this.#shown === undefined || this.#face().isGathering === true) return;
    for (; this.#count > 0; this.#count--) this.#out.markShown(this.#shown);
  }
}
