import { decodeUtf8 } from "../../lib/base/text.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { Prng } from "../sim/prng.ts";
import { Crowd, keyOf, Member, ROOMS } from "./crowd.ts";

/** All is signed, compared and passed on within so long. */
const PEACE_MS = 60_000;

interface Spoken {
  readonly text: string;
  /** Undefined for everybody. */
  readonly to: Member | undefined;
}

/**
 * People talk, and then disks of some are lost, or older copies put back. They say things while
 * they are alone, and the first they meet are those who have lost nothing. What went wrong: nobody
 * may see two histories, all must have the same, and no word be lost or doubled.
 */
export function losses(seed: number): readonly string[] {
  const prng = new Prng(seed, "losses");
  const crowd = new Crowd(prng);
  const spoken: Spoken[] = [];
  for (let i = 3 + prng.below(4); i > 0; i--) {
    const skewMs = prng.chance(0.7) ? 0 : Math.floor((2 * prng.unit() - 1) * 1e11);
    crowd.add(new Member(`${seed} ${i}`, skewMs));
  }
  const { members } = crowd;
  const keepers = members.slice(0, 1 + prng.below(members.length - 1));
  const victims = members.slice(keepers.length);
  joinAll(crowd);
  connectAll(crowd, members, members);
  talk(crowd, prng, members, spoken);
  crowd.pass(PEACE_MS);
  const copies = new Map(victims.map((member) => [member, member.store.copy()]));
  if (prng.chance(0.7)) talk(crowd, prng, members, spoken);
  crowd.pass(PEACE_MS);
  const before = spoken.splice(0).filter(({ to }) => to === undefined);
  for (const member of members) crowd.stop(member, member.disk.length);
  for (const member of victims) {
    const copy = prng.chance(0.5) ? copies.get(member) : undefined;
    crowd.lose(member, copy ?? new MemoryStore());
  }
  for (const member of members) crowd.start(member);
  joinAll(crowd);
  for (let i = prng.below(4); i > 0; i--) talk(crowd, prng, victims, spoken);
  connectAll(crowd, victims, keepers);
  talk(crowd, prng, members, spoken);
  crowd.pass(PEACE_MS);
  connectAll(crowd, members, members);
  talk(crowd, prng, members, spoken);
  crowd.pass(PEACE_MS);
  return [...judge(crowd, [...before, ...spoken]), ...waiting(crowd)];
}

function joinAll(crowd: Crowd): void {
  for (const member of crowd.members) {
    for (const name of ROOMS) member.chat?.join(crowd.at(member), name);
    crowd.drain(member);
  }
}

function connectAll(crowd: Crowd, some: readonly Member[], others: readonly Member[]): void {
  for (const a of some) for (const b of others) crowd.connect(a, b);
}

function talk(crowd: Crowd, prng: Prng, speakers: readonly Member[], spoken: Spoken[]): void {
  for (let i = prng.below(12); i > 0; i--) {
    const from = speakers[prng.below(speakers.length)];
    const to = crowd.members[prng.below(crowd.members.length)];
    if (from === undefined || to === undefined) return;
    const text = `text ${prng.below(2 ** 31)}`;
    if (prng.chance(0.6) || to === from) {
      const room = ROOMS[prng.below(ROOMS.length)] ?? ROOMS[0];
      crowd.say(from, room, text);
      spoken.push({ text, to: undefined });
    } else {
      crowd.whisper(from, to, text);
      spoken.push({ text, to });
    }
    for (let steps = prng.below(30); steps > 0; steps--) crowd.step();
    if (prng.chance(0.3)) {
      crowd.now += prng.below(3000);
      crowd.timeouts();
    }
  }
}

function judge({ members }: Crowd, spoken: readonly Spoken[]): string[] {
  const troubles: string[] = [];
  const hashes = new Map<string, string>();
  for (const [i, { store, forks }] of members.entries()) {
    if (forks.size > 0) troubles.push(`${i} sees two histories`);
    const times = new Map<string, number>();
    for (const entry of store.entries()) {
      const text = decodeUtf8(entry.body) ?? "";
      times.set(text, (times.get(text) ?? 0) + 1);
      const key = keyOf(entry);
      const hash = store.hashOf(entry) ?? "";
      if ((hashes.get(key) ?? hash) !== hash) troubles.push(`${key} is two`);
      hashes.set(key, hash);
    }
    for (const { text, to } of spoken) {
      const had = times.get(text) ?? 0;
      const isMeant = to === undefined || to === members[i];
      if (had > 1 || (isMeant && had === 0)) troubles.push(`${i} has ${had} times: ${text}`);
    }
  }
  return troubles;
}

function waiting({ members }: Crowd): string[] {
  return members.flatMap(({ store }, i) => {
    const others = members.filter(({ id }) => store.waiting(id) > 0);
    return others.map((other) => `${i} waits for ${members.indexOf(other)}`);
  });
}
