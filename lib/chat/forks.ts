import type { Journal } from "./journal.ts";
import type { Chain } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { Outputs } from "./outputs.ts";

/** Authors of two histories: each is told once, to the faces, the disk and the room. */
export class Forks {
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #mates: Mates;

  constructor(journal: Journal, outputs: Outputs, mates: Mates) {
    this.#journal = journal;
    this.#outputs = outputs;
    this.#mates = mates;
  }

  /** What is signed of what is held here shows the other members whose history is another. */
  onForked(chain: Chain): void {
    if (chain.isForked) return;
    chain.isForked = true;
    const { room, author } = chain;
    this.#journal.note({ kind: "fork", room, author });
    this.#outputs.event({ kind: "equivocation", room, author });
    const { anchor, checkpoint } = chain;
    const checkpoints = [...new Set([anchor, checkpoint])].filter((it) => it !== undefined);
    if (checkpoints.length === 0) return;
    for (const mate of this.#mates.in(room)) {
      this.#outputs.sendBulk(mate.id, { kind: "checkpoints", room, checkpoints });
    }
  }
}
