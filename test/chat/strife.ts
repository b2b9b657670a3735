import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { Prng } from "../sim/prng.ts";
import { Crowd, idOf, keyOf, Member, ROOMS, type Tamper } from "./crowd.ts";
import { signaturesOf } from "./signatures.ts";
import { liesOf } from "./traitor.ts";

const TEN_YEARS_MS = 315_576_000_000;
/** All that must be there after peace came is there within so long. */
const PEACE_MS = 60_000;

/** More than a peer is waited for, and than a disk that refused is left alone. */
const PATIENCE_MS = 75_000;

/** What came of one seed. */
export interface Strife {
  readonly people: number;
  readonly said: number;
  readonly troubles: readonly string[];
}

/**
 * Rooms of 2 to 50 people on machines whose clocks are wrong by years, that come late, go, die, are
 * parted and lose their sessions; in every other seed one of them is a traitor. Then there is
 * peace, without some of them, and everybody who is there must have the same.
 */
export function strife(seed: number): Strife {
  const prng = new Prng(seed, "strife");
  const crowd = new Crowd(prng);
  const count = sizeOf(seed, prng);
  const traitor = seed % 2 === 0 && count > 2 ? prng.below(count) : -1;
  for (let i = 0; i < count; i++) {
    const skewMs = prng.chance(0.5) ? 0 : Math.floor((2 * prng.unit() - 1) * TEN_YEARS_MS);
    const name = `${seed} ${i}`;
    crowd.add(new Member(name, skewMs, i === traitor ? tamperOf(prng, name, crowd) : undefined));
  }
  const said = live(crowd, prng, 200 + 12 * count);
  makePeace(crowd, prng);
  const troubles = divided(crowd);
  endTreason(crowd);
  return { people: count, said, troubles: [...troubles, ...judge(crowd)] };
}

function tamperOf(prng: Prng, name: string, { uttered }: Crowd): Tamper {
  const me = idOf(name);
  const { sign } = signaturesOf(me);
  const lies = liesOf(prng, { me, rooms: ROOMS.map(openRoom), sign, uttered });
  return (_from, to, message) => lies(to.id, message);
}

function sizeOf(seed: number, prng: Prng): number {
  if (seed % 100 === 0) return 50;
  return prng.chance(0.15) ? 9 + prng.below(12) : 2 + prng.below(7);
}

/** Whatever may happen, in an order that nobody would think of; how much was said. */
function live(crowd: Crowd, prng: Prng, steps: number): number {
  const { members } = crowd;
  let said = 0;
  let parts = 1;
  const anyone = (): Member => pick(prng, members);
  const partOf = (member: Member): number => members.indexOf(member) % parts;
  const room = (): string => pick(prng, ROOMS);
  for (const member of members) {
    if (prng.chance(0.7)) for (const name of ROOMS) member.chat?.join(crowd.at(member), name);
    crowd.drain(member);
  }
  for (let step = 0; step < steps; step++) {
    const [a, b] = [anyone(), anyone()];
    const dice = prng.below(100);
    if (dice < 22) {
      for (let i = prng.chance(0.05) ? 40 : 1; i > 0; i--) {
        said += 1;
        crowd.say(a, room(), `text ${said}`);
      }
    } else if (dice < 50) {
      if (partOf(a) === partOf(b)) crowd.connect(a, b);
    } else if (dice < 58) crowd.disconnect(a, b);
    else if (dice < 62) a.chat?.join(crowd.at(a), room());
    else if (dice < 63) crowd.leave(a, room());
    else if (dice < 66) {
      if (a.chat !== undefined) crowd.stop(a);
      else crowd.start(a);
    } else if (dice < 67 && a.chat !== undefined) crowd.quit(a);
    else if (dice < 69) a.store.refusing = prng.chance(0.4);
    else if (dice < 70) {
      parts = 1 + prng.below(3);
      for (const one of members) {
        for (const other of one.lines.keys()) {
          if (partOf(one) !== partOf(other)) crowd.disconnect(one, other);
        }
      }
    } else if (dice < 75) crowd.read(a);
    else if (dice < 82) {
      crowd.now += prng.below(4_000);
      crowd.timeouts();
    } else for (let i = prng.below(40); i > 0; i--) crowd.step();
    crowd.drain(a);
  }
  return said;
}

/** Some stay away; the others are in both rooms, and all of them have sessions and time. */
function makePeace(crowd: Crowd, prng: Prng): void {
  for (const member of crowd.members) {
    member.store.refusing = false;
    const isAway = prng.chance(0.2) && crowd.members.length > 3;
    if (isAway && member.chat !== undefined) crowd.quit(member);
    if (!isAway && member.chat === undefined) crowd.start(member);
    for (const name of ROOMS) member.chat?.join(crowd.at(member), name);
    crowd.drain(member);
  }
  for (const [i, a] of crowd.members.entries()) {
    for (const b of crowd.members.slice(i + 1)) crowd.connect(a, b);
  }
  crowd.pass(PEACE_MS);
}

/** Whom a traitor keeps waiting gives up in time. */
function endTreason(crowd: Crowd): void {
  const traitor = crowd.members.find(({ isHonest }) => !isHonest);
  if (traitor?.chat !== undefined) crowd.stop(traitor);
  crowd.pass(PATIENCE_MS);
}

/** What some have of an honest person's words and others have not. */
function divided(crowd: Crowd): string[] {
  const present = presentOf(crowd);
  const honest = crowd.members.filter(({ isHonest }) => isHonest);
  return ROOMS.map(openRoom).flatMap((room) => {
    return honest.flatMap(({ id }) => missing(crowd, present, room, id));
  });
}

function judge(crowd: Crowd): string[] {
  const troubles: string[] = [];
  const present = presentOf(crowd);
  const honest = crowd.members.filter(({ isHonest }) => isHonest);
  const ids = new Set(honest.map(({ id }) => id));
  for (const member of honest) troubles.push(...forgeries(crowd, member, ids), ...untold(member));
  for (const room of ROOMS.map(openRoom)) {
    troubles.push(...unnoticed(crowd, present, room));
    for (const member of present) troubles.push(...unsaid(member, room));
    for (const member of present) troubles.push(...unread(member, present, room));
  }
  for (const { id, store } of present) {
    const unanswered = present.filter((other) => store.waiting(other.id) > 0);
    troubles.push(...unanswered.map((other) => `${id} waits for ${other.id} to answer`));
  }
  return troubles;
}

function presentOf({ members }: Crowd): readonly Member[] {
  return members.filter(({ chat, isHonest }) => isHonest && chat !== undefined);
}

/** What somebody is said to have written, and has not. */
function forgeries(
  { made, uttered }: Crowd,
  { store }: Member,
  honest: ReadonlySet<PeerId>,
): string[] {
  const forged = store.entries().filter((entry) => {
    const hash = store.hashOf(entry);
    return honest.has(entry.author)
      ? made.get(keyOf(entry)) !== hash
      : hash === undefined || !uttered.has(hash);
  });
  return forged.map((entry) => `${keyOf(entry)} is not what its author wrote`);
}

/** What is on disk and was not told once. */
function untold({ id, store, told, chat }: Member): string[] {
  const others = store.entries().filter(({ author }) => author !== id);
  return others
    .filter((entry) => {
      const times = told.get(keyOf(entry)) ?? 0;
      // Who died before it was told is told in the next run.
      return times > 1 || (times === 0 && chat !== undefined);
    })
    .map((entry) => `${keyOf(entry)} was told ${told.get(keyOf(entry)) ?? 0} times`);
}

/**
 * What can be had of a chain: from the last that is signed and held by somebody who is here down to
 * what none of them has.
 */
function missing(crowd: Crowd, present: readonly Member[], room: RoomId, author: PeerId): string[] {
  const tips = present.map(({ store }) => store.anchors.get(room + author)?.seq ?? 0);
  const isHere = present.some(({ id }) => id === author);
  const found: string[] = [];
  for (let seq = Math.max(0, ...tips); seq > 0; seq--) {
    const holders = present.filter(({ store }) => store.holds(room, author, seq));
    if (holders.length === 0) break;
    if (holders.length < present.length) {
      const lacking = present.filter((member) => !holders.includes(member));
      found.push(`${lacking.length} of ${present.length} lack ${keyOf({ room, author, seq })}`);
    }
  }
  const own = crowd.members.find(({ id }) => id === author)?.store;
  // Of checkpoints that a disk refused only the program knows.
  if (own === undefined || !isHere || own.refusals > 0) return found;
  const made = own.entries().filter((it) => it.room === room && it.author === author);
  // Alone, nobody signs.
  const isSigned = present.length === 1 || made.length === Math.max(0, ...tips);
  return isSigned ? found : [...found, `${room} ${author} is not signed to its end`];
}

/**
 * Two histories of one author, of which nobody has noticed that they differ, although both reach as
 * far as it has signed: who signs what nobody can have makes known that something is missing, and
 * does so too by going on behind that.
 */
export function unnoticed(
  crowd: Crowd,
  present: readonly Member[],
  room: RoomId,
): readonly string[] {
  const traitor = crowd.members.find(({ isHonest }) => !isHonest)?.id;
  if (traitor === undefined) return [];
  const knows = (member: Member): boolean => member.forks.has(`${room} ${traitor}`);
  const found: string[] = [];
  for (const [i, a] of present.entries()) {
    for (const b of present.slice(i + 1)) {
      const tip = Math.min(tipOf(a, room, traitor), tipOf(b, room, traitor));
      for (let seq = tip; seq > 0; seq--) {
        const name = { room, author: traitor, seq };
        if (!present.some(({ store }) => store.holds(room, traitor, seq))) break;
        const [one, other] = [a.store.hashOf(name), b.store.hashOf(name)];
        if (one === undefined || other === undefined || one === other) continue;
        if (!knows(a) && !knows(b)) found.push(`nobody sees that ${keyOf(name)} is two`);
      }
    }
  }
  return found;
}

/** The last that is signed, where it is held. */
function tipOf({ store }: Member, room: RoomId, author: PeerId): number {
  const seq = store.checkpoints.get(room + author)?.seq ?? 0;
  return store.holds(room, author, seq) ? seq : 0;
}

/** Gaps that are there and were not told, or were told and are not there. */
function unsaid({ id, store, sync, lines }: Member, room: RoomId): string[] {
  const { heads, gaps, checkpoints } = store.restore();
  let count = 0;
  for (const chain of gaps.filter((it) => it.room === room)) {
    for (const { after, to } of chain.gaps) count += to - after.seq;
  }
  for (const { author, seq } of checkpoints.filter((it) => it.room === room)) {
    const head = heads.find((it) => it.room === room && it.author === author)?.seq ?? 0;
    if (author !== id) count += Math.max(0, seq - head);
  }
  const said = sync.get(room);
  // Of checkpoints that a disk refused only the program knows.
  if (lines.size === 0 || store.refusals > 0) return [];
  if (count === 0) {
    const isOver = said === undefined || said.state === "complete";
    return isOver ? [] : [`nothing is missing, and ${said.state} is told`];
  }
  const isTold = said?.state === "incomplete" && said.missing === count;
  return isTold ? [] : [`${count} are missing, and ${said?.state} ${said?.missing} is told`];
}

/** What others have read of somebody's words, and they do not know. */
function unread({ id, store }: Member, present: readonly Member[], room: RoomId): string[] {
  return present.flatMap((reader) => {
    if (reader.id === id) return [];
    const { seq } = reader.store.markOf({ room, author: id });
    const known = store.reads.get(room + reader.id) ?? 0;
    const what = `${reader.id} has read ${room} ${id} up to ${seq}, and ${known} is known`;
    return known >= seq ? [] : [what];
  });
}

function pick<Item>(prng: Prng, items: readonly Item[]): Item {
  const item = items[prng.below(items.length)];
  if (item === undefined) throw new Error("Nothing to choose from");
  return item;
}
