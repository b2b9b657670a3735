import { Queue } from "../lib/base/queue.ts";
import type { ShownMarks } from "../lib/io/stdio.ts";
import type { HeardEvent } from "../lib/node/sayings.ts";

/** Of what is heard while nobody looks; of more, what came first is unread, and shown to nobody. */
const HELD_BYTES_MAX = 16 * 2 ** 20;

/** What an item costs beside its text. */
const ITEM_BYTES = 256;

/** What was said, or that all of an entry has been told. */
export type MissedItem =
  | { readonly kind: "heard"; readonly event: HeardEvent }
  | { readonly kind: "shown"; readonly shown: ShownMarks };

/** What was said while no face was there to be told: for the first that comes. */
export class Missed {
  #items = new Queue<MissedItem>();
  #bytes = 0;

  add(event: HeardEvent): void {
    this.#push({ kind: "heard", event });
  }

  onShown(shown: ShownMarks): void {
    this.#push({ kind: "shown", shown });
  }

  /** In its order; from then on nothing is held. */
  take(): Queue<MissedItem> {
    const items = this.#items;
    this.#items = new Queue();
    this.#bytes = 0;
    return items;
  }

  #push(item: MissedItem): void {
    this.#items.push(item);
    this.#bytes += bytesOf(item);
    while (this.#bytes > HELD_BYTES_MAX) {
      const first = this.#items.shift();
      if (first === undefined) return;
      this.#bytes -= bytesOf(first);
      if (first.kind === "shown") first.shown.one();
    }
  }
}

/** About; a character may take two. */
function bytesOf(item: MissedItem): number {
  const text = item.kind === "heard" && "text" in item.event ? item.event.text : "";
  return ITEM_BYTES + 2 * text.length;
}
