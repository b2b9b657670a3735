import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import type { Client } from "./client.ts";
import type { Rooms } from "./concord.ts";
import type { RoomWatch } from "./roomwatch.ts";

export interface TreasonOptions {
  readonly rooms: Rooms;
  readonly traitor: Client;
  readonly honest: readonly Client[];
  /** Those of them who are not away. */
  readonly here: readonly Client[];
  /** What the traitor has said in its own name, by the hash. */
  readonly uttered: ReadonlySet<string>;
  readonly watch: RoomWatch;
}

/** What came of the lies of one among them, once it is gone and whom it kept waiting gave up. */
export function treasonOf(options: TreasonOptions): string[] {
  const { rooms, honest, here } = options;
  const troubles = honest.flatMap((person) => forgeries(options, person));
  for (const [name, room] of rooms) {
    troubles.push(...unnoticed(options, name, room));
    troubles.push(...here.flatMap((person) => unsaid(options, person, name, room)));
  }
  return troubles;
}

/** What somebody is said to have written, and has not. */
function forgeries({ traitor, honest, uttered }: TreasonOptions, person: Client): string[] {
  const authors = new Map([traitor, ...honest].map((author) => [author.peerId, author]));
  const forged = person.store.entries().filter((entry) => {
    const hash = person.store.hashOf(entry);
    const author = authors.get(entry.author);
    const isMade = hash !== undefined && author?.store.hashOf(entry) === hash;
    return !isMade && !(author === traitor && hash !== undefined && uttered.has(hash));
  });
  return forged.map(({ author, seq }) => {
    return `${person.name} has what ${authors.get(author)?.name} has not written as ${seq}`;
  });
}

/**
 * Two histories of the traitor, of which nobody was told that they differ, although both reach as
 * far as it has signed: who signs what nobody can have makes known that something is missing.
 */
function unnoticed({ traitor, here, watch }: TreasonOptions, name: string, room: RoomId): string[] {
  const { peerId } = traitor;
  const knows = (person: Client): boolean => watch.knowsFork(person.name, name, peerId);
  const found: string[] = [];
  for (const [i, a] of here.entries()) {
    for (const b of here.slice(i + 1)) {
      const tip = Math.min(tipOf(a, room, peerId), tipOf(b, room, peerId));
      for (let seq = tip; seq > 0; seq--) {
        const [one, other] = [a, b].map(({ store }) => store.hashOf({ room, author: peerId, seq }));
        if (!here.some(({ store }) => store.holds(room, peerId, seq))) break;
        if (one === undefined || other === undefined || one === other) continue;
        if (knows(a) || knows(b)) continue;
        found.push(`neither ${a.name} nor ${b.name} sees that ${seq} in ${name} is two`);
      }
    }
  }
  return found;
}

/** The last that is signed, where it is held. */
function tipOf({ store }: Client, room: RoomId, author: PeerId): number {
  const seq = store.checkpoints.get(room + author)?.seq ?? 0;
  return store.holds(room, author, seq) ? seq : 0;
}

/** Gaps that are there and were not told, or were told and are not there. */
function unsaid(
  { here, watch }: TreasonOptions,
  person: Client,
  name: string,
  room: RoomId,
): string[] {
  const { store, disk } = person;
  // Of checkpoints that a disk refused only the program knows; and alone, nobody is asked.
  const isAlone = !here.some((other) => person.isConnectedTo(other));
  if (isAlone || disk.failures > 0) return [];
  const count = missingIn(person, room);
  const said = watch.lastSync(person.name, name);
  const [state, missing] = [said?.state ?? "complete", said?.missing ?? 0];
  const isTold = count === 0 ? state === "complete" : state === "incomplete" && missing === count;
  const lacks = `${person.name} lacks ${count} in ${name} of ${store.entries().length} in all`;
  return isTold ? [] : [`${lacks}, and ${state} ${missing} is told`];
}

function missingIn({ store, peerId }: Client, room: RoomId): number {
  const { heads, gaps, checkpoints } = store.restore();
  let count = 0;
  for (const chain of gaps.filter((it) => it.room === room)) {
    for (const { after, to } of chain.gaps) count += to - after.seq;
  }
  for (const { author, seq } of checkpoints.filter((it) => it.room === room)) {
    const head = heads.find((it) => it.room === room && it.author === author)?.seq ?? 0;
    if (author !== peerId) count += Math.max(0, seq - head);
  }
  return count;
}
