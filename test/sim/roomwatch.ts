import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import { decodeUtf8 } from "../../lib/base/text.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import { compareEntries, type Place } from "../../lib/chat/order.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { TrustEvent } from "../../lib/node/events.ts";
import type { MessageEvent } from "../../lib/node/sayings.ts";
import type { SyncEvent } from "../../lib/node/syncevents.ts";
import type { Write } from "../../lib/node/machine.ts";
import type { AnyEvent, Turning } from "./process.ts";
import type { Watcher } from "./world.ts";

/** What came from somebody before they were blocked is on disk soon after. */
const BLOCKED_MS = 1_000;

/** What is remembered of one person, whichever of their processes runs. */
interface Reader {
  /** How often each message was shown, by id. */
  readonly shown: Map<string, number>;
  /** In this run, the last place in each room, by its name, of what was shown. */
  readonly last: Map<string, Place>;
  /** The last place in each room of what is on disk. */
  readonly latest: Map<RoomId, Place>;
  /** In this run, the last that was said of each room's history, by its name. */
  readonly syncs: Map<string, SyncEvent>;
  /** Of whom they were told that they have two histories, by the room's name and the id. */
  readonly forks: Set<string>;
  /** In this run, since when whoever is blocked is, in ms of the world. */
  readonly blocked: Map<PeerId, number>;
  /** Who was blocked at any time. */
  readonly everBlocked: Set<PeerId>;
}

export interface RoomWatchOptions {
  /** By their names. */
  readonly rooms: ReadonlyMap<string, RoomId>;
  /** Who has two histories, if anybody. */
  readonly traitor: PeerId | undefined;
  /** The world's time, in ms. */
  readonly now: () => number;
}

/**
 * Watches what people are shown in some rooms: every entry once, those out of order marked as such,
 * and none before what its author had when it was said; that nobody who is honest is taken for a
 * traitor, and nothing is taken of who is blocked. Every text must be said once.
 */
export class RoomWatch implements Watcher {
  readonly troubles: string[] = [];
  readonly #options: RoomWatchOptions;
  readonly #readers = new Map<string, Reader>();
  /** What each text must come after. */
  readonly #floors = new Map<string, Place>();

  constructor(options: RoomWatchOptions) {
    this.#options = options;
  }

  /** How often this person was shown that message. */
  timesShown(name: string, id: string): number {
    return this.#reader(name).shown.get(id) ?? 0;
  }

  /** What was on its way to the disk when its author was blocked is kept and not shown. */
  mayHide(name: string, author: PeerId): boolean {
    return this.#reader(name).everBlocked.has(author);
  }

  /** The last that was said to this person, in this run, of this room's history. */
  lastSync(name: string, room: string): SyncEvent | undefined {
    return this.#reader(name).syncs.get(room);
  }

  /** Whether this person was told that somebody has two histories in a room. */
  knowsFork(name: string, room: string, author: PeerId): boolean {
    return this.#reader(name).forks.has(`${room} ${author}`);
  }

  onStarted(process: Turning): void {
    const { last, syncs, blocked } = this.#reader(process.name);
    for (const known of [last, syncs, blocked]) known.clear();
  }

  onCommand(process: Turning, command: unknown): void {
    if (!isSend(command)) return;
    const room = this.#options.rooms.get(command.to);
    const floor = room && this.#reader(process.name).latest.get(room);
    if (floor !== undefined) this.#floors.set(command.text, floor);
  }

  onCommitted(process: Turning, writes: readonly Write[], ok: boolean): void {
    if (!ok) return;
    const { latest, blocked } = this.#reader(process.name);
    for (const write of writes) {
      if (write.kind !== "own" && write.kind !== "heard") continue;
      const sinceMs = blocked.get(write.run.author) ?? Infinity;
      if (this.#options.now() > sinceMs + BLOCKED_MS) {
        this.troubles.push(`${process.name} takes what ${write.run.author} says, who is blocked`);
      }
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
    const { syncs, forks } = this.#reader(process.name);
    if (event.type === "message") this.#onMessage(process.name, event);
    if (event.type === "trust") this.#onTrust(process.name, event);
    if (event.type === "sync") syncs.set(event.room, event);
    // Nothing is said any more of a room that was left.
    if (event.type === "reply" && event.command === "leave") syncs.delete(event.room);
    if (event.type !== "equivocation") return;
    const { room, who } = event;
    forks.add(`${room} ${who.id}`);
    if (who.id === this.#options.traitor) return;
    this.troubles.push(`${process.name} takes ${who.name} for a traitor`);
  }

  #onTrust(name: string, { who, isBlocked }: TrustEvent): void {
    const { blocked, everBlocked } = this.#reader(name);
    if (isBlocked) everBlocked.add(who.id);
    if (!isBlocked) blocked.delete(who.id);
    else if (!blocked.has(who.id)) blocked.set(who.id, this.#options.now());
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
    const reader = known ?? newReader();
    this.#readers.set(name, reader);
    return reader;
  }
}

function newReader(): Reader {
  return {
    shown: new Map(),
    last: new Map(),
    latest: new Map(),
    syncs: new Map(),
    forks: new Set(),
    blocked: new Map(),
    everBlocked: new Set(),
  };
}

function isSend(command: unknown): command is Extract<PeerCommand, { type: "send" }> {
  return (
    typeof command === "object" && command !== null && "type" in command && command.type === "send"
  );
}
