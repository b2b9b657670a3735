import type { RoomId } from "../../lib/base/ids.ts";
import { decodeUtf8 } from "../../lib/base/text.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import { compareEntries, type Place } from "../../lib/chat/order.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { MessageEvent } from "../../lib/node/sayings.ts";
import type { Write } from "../../lib/node/machine.ts";
import type { AnyEvent, Turning } from "./process.ts";
import type { Watcher } from "./world.ts";

/** What is remembered of one person, whichever of their processes runs. */
interface Reader {
  /** How often each message was shown, by id. */
  readonly shown: Map<string, number>;
  /** In this run, the last place in each room, by its name, of what was shown. */
  readonly last: Map<string, Place>;
  /** The last place in each room of what is on disk. */
  readonly latest: Map<RoomId, Place>;
}

/**
 * Watches what people are shown in some rooms: every entry once, those out of order marked as such,
 * and none before what its author had when it was said. Every text must be said once.
 */
export class RoomWatch implements Watcher {
  readonly troubles: string[] = [];
  readonly #rooms: ReadonlyMap<string, RoomId>;
  readonly #readers = new Map<string, Reader>();
  /** What each text must come after. */
  readonly #floors = new Map<string, Place>();

  /** `rooms`: by their names. */
  constructor(rooms: ReadonlyMap<string, RoomId>) {
    this.#rooms = rooms;
  }

  /** How often this person was shown that message. */
  timesShown(name: string, id: string): number {
    return this.#reader(name).shown.get(id) ?? 0;
  }

  onStarted(process: Turning): void {
    this.#reader(process.name).last.clear();
  }

  onCommand(process: Turning, command: unknown): void {
    if (!isSend(command)) return;
    const room = this.#rooms.get(command.to);
    const floor = room && this.#reader(process.name).latest.get(room);
    if (floor !== undefined) this.#floors.set(command.text, floor);
  }

  onCommitted(process: Turning, writes: readonly Write[], ok: boolean): void {
    if (!ok) return;
    const { latest } = this.#reader(process.name);
    for (const write of writes) {
      if (write.kind !== "own" && write.kind !== "heard") continue;
      for (const entry of entriesOf(write.run)) {
        const text = decodeUtf8(entry.body) ?? "";
        const floor = write.kind === "own" ? this.#floors.get(text) : undefined;
        if (floor !== undefined && compareEntries(entry, floor) <= 0) {
          this.troubles.push(`"${text}" is before what its author had`);
        }
        const last = latest.get(entry.room);
        if (last === undefined || compareEntries(entry, last) > 0) latest.set(entry.room, entry);
      }
    }
  }

  onEvent(process: Turning, event: AnyEvent): void {
    if (event.type === "message") this.#onMessage(process.name, event);
    if (event.type === "equivocation") {
      this.troubles.push(`${process.name} takes ${event.who.name} for a traitor`);
    }
  }

  #onMessage(name: string, { id, room, from, sentAtMs, tick, seq, isLate }: MessageEvent): void {
    const { shown, last } = this.#reader(name);
    shown.set(id, (shown.get(id) ?? 0) + 1);
    const place: Place = { time: { wallMs: sentAtMs, tick }, author: from.id, seq };
    const before = last.get(room);
    const isAfter = before === undefined || compareEntries(place, before) > 0;
    if (isAfter) last.set(room, place);
    if (!isAfter && !isLate) this.troubles.push(`${name} is shown ${id} out of order, unmarked`);
  }

  #reader(name: string): Reader {
    const known = this.#readers.get(name);
    const reader = known ?? { shown: new Map(), last: new Map(), latest: new Map() };
    this.#readers.set(name, reader);
    return reader;
  }
}

function isSend(command: unknown): command is Extract<PeerCommand, { type: "send" }> {
  return (
    typeof command === "object" && command !== null && "type" in command && command.type === "send"
  );
}
