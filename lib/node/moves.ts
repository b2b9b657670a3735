import type { PeerId, RoomId } from "../base/ids.ts";
import type { MovedChange } from "../chat/events.ts";
import { movedId, movedSeq } from "../chat/messageid.ts";
import type { EntryName } from "../wire/content.ts";
import type { PeerCommand } from "./commands.ts";

/** Renumberings that are remembered. What was named before the first of them is found no more. */
export const MOVES_MAX = 256;

/** An entry by the number that it had when there had been so many renumberings. */
export type Followed = EntryName & { readonly room: RoomId; readonly asOf: number };

type Move = Pick<MovedChange, "room" | "chain" | "from" | "shift">;

/** Finds one's own entries that were named before their chain was renumbered. */
export class Moves {
  readonly #me: PeerId;
  readonly #moves: Move[] = [];
  /** How many there have been, and of how many the faces have been told. */
  #count = 0;
  #told = 0;

  constructor(me: PeerId) {
    this.#me = me;
  }

  onMoved({ room, chain, from, shift }: Move): void {
    this.#moves.push({ room, chain, from, shift });
    this.#count += 1;
    if (this.#moves.length > MOVES_MAX) this.#moves.shift();
  }

  /** The faces are told of the next one. */
  onTold(): void {
    this.#told += 1;
  }

  /** By its number of now; it can be found again. */
  follow(entry: EntryName & { readonly room: RoomId }): Followed {
    return { ...entry, asOf: this.#count };
  }

  /** The same entry by its number of now. */
  now(entry: Followed): Followed | undefined {
    const moves = this.#since(entry.asOf);
    if (moves === undefined || entry.author !== this.#me) return moves && entry;
    const ofRoom = moves.filter(({ room }) => room === entry.room);
    const seq = ofRoom.reduce(movedSeq, entry.seq);
    return { ...entry, seq, asOf: this.#count };
  }

  /**
   * What a face asks, with the ids that messages have now: it names them as it was told last, and
   * what it is to be told may wait for the disk.
   */
  renamed<Command extends PeerCommand>(command: Command): Command {
    const untold = this.#since(this.#told) ?? [];
    return untold.length === 0 ? command : { ...command, ...idsOf(command, untold) };
  }

  /** Undefined where not all are remembered. */
  #since(asOf: number): readonly Move[] | undefined {
    const forgotten = this.#count - this.#moves.length;
    return asOf < forgotten ? undefined : this.#moves.slice(asOf - forgotten);
  }
}

/** What of a command names messages, by their ids after these. */
function idsOf(command: PeerCommand, moves: readonly Move[]) {
  const moved = (id: string): string => moves.reduce(movedId, id);
  if ("id" in command) return { id: moved(command.id) };
  if (command.type === "send") {
    return command.replyTo === undefined ? {} : { replyTo: moved(command.replyTo) };
  }
  if (command.type !== "history") return {};
  const { before, after, around } = command;
  return {
    before: before === null ? null : moved(before),
    after: after === null ? null : moved(after),
    around: around === null ? null : moved(around),
  };
}
