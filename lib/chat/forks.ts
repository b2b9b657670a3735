import type { PeerId, RoomId } from "../base/ids.ts";
import type { Journal } from "./journal.ts";
import type { Chain } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { Outputs } from "./outputs.ts";
import type { ChainName } from "./records.ts";

/** Authors of two histories: each is told once, to the faces, the disk and the room. */
export class Forks {
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #mates: Mates;

  /** Where each of them has written two. */
  readonly #rooms = new Map<PeerId, Set<RoomId>>();

  /** `known`: those of earlier runs. */
  constructor(
    known: readonly ChainName[],
    parts: { readonly journal: Journal; readonly outputs: Outputs; readonly mates: Mates },
  ) {
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#mates = parts.mates;
    for (const chain of known) this.#note(chain);
  }

  /** The rooms in which this one has told different people different things: for good. */
  roomsOf(author: PeerId): Iterable<RoomId> {
    return this.#rooms.get(author) ?? [];
  }

  /** What is signed of what is held here shows the other members whose history is another. */
  onForked(chain: Chain): void {
    if (chain.isForked) return;
    chain.isForked = true;
    const { room, author } = chain;
    this.#note(chain);
    this.#journal.note({ kind: "fork", room, author });
    this.#outputs.event({ kind: "equivocation", room, author });
    const { anchor, checkpoint } = chain;
    const checkpoints = [...new Set([anchor, checkpoint])].filter((it) => it !== undefined);
    if (checkpoints.length === 0) return;
    for (const mate of this.#mates.in(room)) {
      this.#outputs.sendBulk(mate.id, { kind: "checkpoints", room, checkpoints });
    }
  }

  #note({ room, author }: ChainName): void {
    const rooms = this.#rooms.get(author) ?? new Set();
    this.#rooms.set(author, rooms.add(room));
  }
}
