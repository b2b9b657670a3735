import type { PeerId } from "../../lib/base/ids.ts";
import type { Entry } from "../../lib/wire/entry.ts";
import type { Kept } from "./memoryentries.ts";

/** What others have said and no face has shown, in the order of its arrival. */
export class MemoryUnshown {
  readonly #all = new Set<Kept>();

  add(kept: Kept): void {
    this.#all.add(kept);
  }

  /** The next that others than `me` have said is shown: it is not told again after a restart. */
  showNext(me: PeerId): Entry {
    for (const kept of this.#all) {
      this.#all.delete(kept);
      const { entry, content, shown } = kept;
      if (shown || entry.author === me || content === undefined) continue;
      kept.shown = true;
      return entry;
    }
    throw new Error("Nothing is left to show");
  }
}
