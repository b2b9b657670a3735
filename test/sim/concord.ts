import type { RoomId } from "../../lib/base/ids.ts";
import { messageId, parseMessageId } from "../../lib/chat/messageid.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import type { Client } from "./client.ts";
import type { RoomWatch } from "./roomwatch.ts";

/** By their names. */
export type Rooms = ReadonlyMap<string, RoomId>;

/** Whether those who are honest agree, once there is peace. */
export class Concord {
  readonly #rooms: Rooms;
  readonly #honest: readonly Client[];
  /** Those of them who are not away. */
  readonly #here: readonly Client[];

  constructor(rooms: Rooms, honest: readonly Client[], here: readonly Client[]) {
    this.#rooms = rooms;
    this.#honest = honest;
    this.#here = here;
  }

  /** What some who are here have of the rooms and others lack, or have in another order. */
  differences(): string[] {
    return [...this.#rooms].flatMap(([name, room]) => {
      const tops = this.#honest.map((author) => this.#reachable(room, author));
      const lacking = this.#here.flatMap((person) =>
        tops.flatMap(({ author, from, to }) => {
          let count = 0;
          const kept = Math.max(from, floorOf(person, author, room) + 1);
          for (let seq = kept; seq <= to; seq++) {
            if (!person.store.holds(room, author.peerId, seq)) count += 1;
          }
          const what = `${person.name} lacks ${count} of ${author.name}'s ${to} in ${name}`;
          return count > 0 ? [what] : [];
        }),
      );
      if (lacking.length > 0) return lacking;
      const common = tops.map(({ author, from, to }) => {
        const floors = this.#here.map((person) => floorOf(person, author, room));
        return { author, from: Math.max(from, ...floors.map((floor) => floor + 1)), to };
      });
      const orders = new Set(this.#here.map((person) => orderOf(person, room, common)));
      return orders.size > 1 ? [`${name} has ${orders.size} orders`] : [];
    });
  }

  /** What is on the disks of those who are here, and was not shown to them once. */
  misshown(watch: RoomWatch): string[] {
    const rooms = new Set(this.#rooms.values());
    return this.#here.flatMap(({ name, peerId, store }) => {
      const others = store.entries().filter((it) => it.author !== peerId && rooms.has(it.room));
      return others.flatMap(({ room, author, seq }) => {
        const id = messageId(room, author, seq);
        const times = watch.timesShown(name, id);
        const isRight = times === 1 || (times === 0 && watch.mayHide(name, author));
        return isRight ? [] : [`${name} was shown ${id} ${times} times`];
      });
    });
  }

  /** What was told to be read, and is not. */
  misread(): string[] {
    return this.#honest.flatMap((reader) => {
      return this.#honest.flatMap((author) => falselyRead(this.#rooms, author, reader));
    });
  }

  /**
   * What some who are here have read, and its author, who is here too, does not know: each tells
   * the other where they meet, which in a crowd not all do so soon.
   */
  unknown(haveAllMet: boolean): string[] {
    return this.#here.flatMap((reader) => {
      return this.#here.flatMap((author) => {
        const mayKnow = haveAllMet || author.isConnectedTo(reader);
        return mayKnow ? notKnown(this.#rooms, author, reader) : [];
      });
    });
  }

  /**
   * What everybody here can have of a chain: all that its author has made, if they are here; else
   * from the last that is signed down to what nobody here has.
   */
  #reachable(room: RoomId, author: Client): Reachable {
    const tips = this.#here.map(({ store }) => store.checkpoints.get(room + author.peerId)?.seq);
    const isHere = this.#here.includes(author);
    const to = isHere ? madeBy(author, room) : Math.max(0, ...tips.map((seq) => seq ?? 0));
    let from = to + 1;
    while (from > 1 && this.#here.some(({ store }) => store.holds(room, author.peerId, from - 1))) {
      from -= 1;
    }
    return { author, from, to };
  }
}

/** Of an author's chain. */
interface Reachable {
  readonly author: Client;
  readonly from: number;
  readonly to: number;
}

/** Up to where this person keeps nothing of what an author has said in a room. */
export function floorOf({ store }: Client, author: Client, room: RoomId): number {
  return store.floors.get(room + author.peerId)?.seq ?? 0;
}

/** What this author was told that this reader has read, and has not. */
function falselyRead(rooms: Rooms, author: Client, reader: Client): string[] {
  const read = author.events.filter((event) => {
    return event.type === "status" && event.state === "read" && event.by?.id === reader.peerId;
  });
  return read.flatMap((event) => {
    if (event.type !== "status") return [];
    const room = rooms.get(event.room);
    const seq = parseMessageId(event.id)?.seq ?? 0;
    if (room === undefined || reader.store.isRead(room, author.peerId, seq)) return [];
    // What is dropped is read no less for it.
    if (seq <= floorOf(reader, author, room)) return [];
    return [`${author.name} was told that ${reader.name} has read ${event.id}`];
  });
}

/** How far this reader has read, where this author knows of less. */
function notKnown(rooms: Rooms, author: Client, reader: Client): string[] {
  if (author === reader) return [];
  return [...rooms].flatMap(([name, room]) => {
    const { seq } = reader.store.markOf({ room, author: author.peerId });
    const known = author.store.reads.get(room + reader.peerId) ?? 0;
    const what = `${reader.name} has read ${author.name}'s ${seq} in ${name}, and`;
    return known >= seq ? [] : [`${what} ${known} is known`];
  });
}

function madeBy({ store, peerId }: Client, room: RoomId): number {
  return store.entries().filter((it) => it.room === room && it.author === peerId).length;
}

/** All that can be had of a room, as this person has it: each entry by the hash of its run. */
function orderOf({ store }: Client, room: RoomId, reachable: readonly Reachable[]): string {
  const ranges = new Map(reachable.map(({ author, from, to }) => [author.peerId, { from, to }]));
  const entries = store.entries().filter(({ room: its, author, seq }) => {
    const { from = 1, to = 0 } = ranges.get(author) ?? {};
    return its === room && seq >= from && seq <= to;
  });
  return entries
    .toSorted(compareEntries)
    .map((entry) => store.hashOf(entry))
    .join(" ");
}
