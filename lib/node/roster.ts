import type { PeerId } from "../base/ids.ts";
import { drawnAs } from "../base/lookalikes.ts";
import { Queue } from "../base/queue.ts";
import { type Card, decodeCard, encodeCard } from "../wire/card.ts";
import type { PeerStateEvent, Trust, Who } from "./events.ts";
import type { TrustWrite } from "./machine.ts";
import type { KeptPerson } from "./machine.ts";
import { isBarred } from "./member.ts";
import { Namesakes } from "./namesakes.ts";
import type { PersonTarget } from "./target.ts";

/** People one knows of in a run; of those out of touch, strangers are forgotten first. */
export const PEOPLE_MAX = 20_000;

/** Names that were left in a run and are known; of more, the oldest are free. */
const FORMER_MAX = 1024;

/** Of those who come under one known name, so many are told of; the others are barred unsaid. */
const SUSPECTS_PER_NAME = 8;

export type PeerState = PeerStateEvent["state"];

export interface Person {
  readonly card: Card;
  readonly trust: Trust;
  /** The person here wants nothing of them. */
  readonly isBlocked: boolean;
  /** First heard of in this run, and not judged: of these anybody can be many. */
  readonly isNewcomer: boolean;
  /** When a session with them was last open, of this run or an earlier one. */
  readonly lastSeenMs: number | undefined;
  /** As the server last said, null where none did. */
  readonly number: number | null;
  readonly state: PeerState | "known";
}

/** Somebody of an earlier run. */
export type Acquaintance = Pick<Person, "card" | "trust" | "isBlocked" | "lastSeenMs">;

/**
 * Everybody this client knows of: by id, for names are claims. Who is met is known from then on,
 * and the name is theirs: others who come under it are `changed` until the person here decides. So
 * of those who are `new` none has the name of somebody who is known.
 */
export class Roster {
  readonly #people = new Map<PeerId, Person>();
  /** Of them and oneself. */
  readonly #names = new Namesakes(PEOPLE_MAX + 1);
  /** Who has a name together with somebody else, and is not told of yet. */
  readonly #namesakes = new Queue<PeerId>();
  /** Who has another name now, and which they had: not told of yet. */
  readonly #renamed = new Queue<{ readonly peer: PeerId; readonly was: string }>();
  /** Names that somebody known has left in this run, and who. */
  readonly #former = new Map<string, PeerId>();
  /** Who can be forgotten: out of touch for longest first. */
  readonly #strangers = new Set<PeerId>();
  readonly #pinned = new Set<PeerId>();
  /** Who came under the name of somebody known, and is not told of yet. */
  readonly #suspects: PeerId[] = [];
  readonly #suspectsTold = new Map<string, number>();
  /** What became of people who may be on disk, and is to be there too. */
  #turned: TrustWrite[] = [];
  #me: PeerId | undefined;

  /** `known`: those of earlier runs; if they are too many, the first are left out. */
  constructor(known: readonly Acquaintance[]) {
    for (const { card, trust, isBlocked, lastSeenMs } of known.slice(-PEOPLE_MAX)) {
      const isNewcomer = trust === "new";
      this.#put({ ...stranger(card), trust, isBlocked, lastSeenMs, isNewcomer });
      if (trust === "changed" && !isBlocked) this.#suspect(card);
    }
    for (const person of this.#people.values()) this.#doubtNamesakes(person);
  }

  /** Oneself is never forgotten, and vouches for no name. */
  addMe(card: Card): void {
    this.#me = card.peerId;
    this.#put({ ...stranger(card), state: "connected" });
  }

  get(peerId: PeerId): Person | undefined {
    return this.#people.get(peerId);
  }

  ids(): Iterable<PeerId> {
    return this.#people.keys();
  }

  /** Keeps the card of the highest serial. */
  learn(card: Card): Person {
    const known = this.#people.get(card.peerId);
    if (known !== undefined && known.card.serial >= card.serial) return known;
    if (known !== undefined) return this.#renew(known, card);
    if (this.#people.size >= PEOPLE_MAX) this.#forgetOne();
    const trust = this.#isTaken(card) ? "changed" : "new";
    if (trust === "changed") this.#suspect(card);
    return this.#put({ ...stranger(card), trust });
  }

  /** The owner of this card is here, and has proved the key: to be kept as it is returned. */
  onMet(card: Card): Person {
    const person = this.learn(card);
    if (person.trust !== "new") return person;
    const met = this.#put({ ...person, trust: "known" });
    this.#doubtNamesakes(met);
    return met;
  }

  /** What the person here has decided of somebody: to be kept. */
  judge(
    peerId: PeerId,
    verdict: Partial<Pick<Person, "trust" | "isBlocked">>,
  ): TrustWrite | undefined {
    const person = this.#people.get(peerId);
    if (person === undefined) return undefined;
    const judged = this.#put({ ...person, ...verdict, isNewcomer: false });
    this.#doubtNamesakes(judged);
    return trustWrite(judged);
  }

  /** Whether nothing may be sent to them, before the person here has decided. */
  isBarred(peerId: PeerId): boolean {
    const person = this.#people.get(peerId);
    return person !== undefined && isBarred(person);
  }

  /** All of whom nothing is taken. */
  blocked(): PeerId[] {
    return [...this.#people].flatMap(([peerId, { isBlocked }]) => (isBlocked ? [peerId] : []));
  }

  isBlocked(peerId: PeerId): boolean {
    return this.#people.get(peerId)?.isBlocked === true;
  }

  /** The next who has turned out not to be the only one of that name. */
  pollNamesake(): Who | undefined {
    const next = this.#namesakes.shift();
    return next === undefined ? undefined : this.who(next);
  }

  /** The next who has taken another name. */
  pollRenamed(): { readonly who: Who; readonly was: string } | undefined {
    const next = this.#renamed.shift();
    return next && { who: this.who(next.peer), was: next.was };
  }

  /** The next who came under the name of somebody known. */
  pollSuspect(): PeerId | undefined {
    return this.#suspects.shift();
  }

  /** Those of whom something else is to be thought, or another name, by what others showed. */
  takeTurned(): readonly TrustWrite[] {
    const turned = this.#turned;
    this.#turned = [];
    return turned;
  }

  onSeen(now: number, person: Person): Person {
    return this.#put({ ...person, lastSeenMs: Math.floor(now) });
  }

  setNumber(peerId: PeerId, number: number): void {
    const person = this.#people.get(peerId);
    if (person !== undefined) this.#put({ ...person, number });
  }

  setState(peerId: PeerId, state: PeerState): void {
    const person = this.#people.get(peerId);
    if (person !== undefined) this.#put({ ...person, state });
  }

  who(peerId: PeerId): Who {
    return { name: this.#people.get(peerId)?.card.name ?? peerId.slice(0, 8), id: peerId };
  }

  /** The name, with as much of the id as it takes to be one person's. */
  label(peerId: PeerId): string {
    return this.#names.label(this.who(peerId));
  }

  /** All who are meant by this; one is what one wants. */
  find(target: PersonTarget): PeerId[] {
    return this.#names.find(target);
  }

  /** Who is known, was called so in this run, and is not any more. */
  formerly({ name, prefix }: PersonTarget): PeerId | undefined {
    const peerId = this.#former.get(name);
    return peerId?.startsWith(prefix) === true ? peerId : undefined;
  }

  #keepFormer({ peerId, name }: Card): void {
    this.#former.set(name, peerId);
    const [oldest] = this.#former.keys();
    if (oldest !== undefined && this.#former.size > FORMER_MAX) this.#former.delete(oldest);
  }

  #put(person: Person): Person {
    const { peerId, name } = person.card;
    this.#people.set(peerId, person);
    const isStranger = person.isNewcomer || person.trust === "changed";
    const forgettable = isStranger && !person.isBlocked ? this.#strangers : this.#pinned;
    this.#strangers.delete(peerId);
    this.#pinned.delete(peerId);
    if (!isInTouch(person)) forgettable.add(peerId);
    if (this.#names.note({ name, id: peerId })) this.#onShared(peerId, name);
    return person;
  }

  /** Whoever is not verified, and takes the name of somebody known, is to be looked at twice. */
  #renew(known: Person, card: Card): Person {
    const renewed = this.#put({ ...known, card });
    if (card.name === known.card.name || card.peerId === this.#me) return renewed;
    this.#renamed.push({ peer: card.peerId, was: known.card.name });
    if (isPinned(known)) this.#keepFormer(known.card);
    const isDoubtful = known.trust === "new" || known.trust === "known";
    if (isDoubtful && this.#isTaken(card)) return this.#doubt(renewed);
    // The name that they have left is free, in the next run as well.
    if (isPinned(renewed)) this.#turned.push(trustWrite(renewed));
    this.#doubtNamesakes(renewed);
    return renewed;
  }

  /** Whether the name is somebody else's, who is known. */
  #isTaken({ peerId, name }: Card): boolean {
    for (const other of this.#drawnAs(name)) {
      const person = this.#people.get(other);
      if (other !== peerId && person !== undefined && isPinned(person)) return true;
    }
    return false;
  }

  /** Whoever was never met, and is called as this one is: if this one is known, they are not. */
  #doubtNamesakes(known: Person): void {
    if (!isPinned(known)) return;
    for (const other of this.#drawnAs(known.card.name)) {
      const person = this.#people.get(other);
      if (person?.trust === "new" && other !== this.#me) this.#doubt(person);
    }
  }

  /** Those whose name reads as this one does, in whatever letters. */
  #drawnAs(name: string): readonly PeerId[] {
    const drawn = drawnAs(name);
    return [...this.#names.alike(name)].filter((id) => drawnAs(this.who(id).name) === drawn);
  }

  #doubt(person: Person): Person {
    const doubted = this.#put({ ...person, trust: "changed" });
    this.#turned.push(trustWrite(doubted));
    if (!person.isBlocked) this.#suspect(person.card);
    return doubted;
  }

  #suspect({ peerId, name }: Card): void {
    const drawn = drawnAs(name);
    const told = this.#suspectsTold.get(drawn) ?? 0;
    if (told >= SUSPECTS_PER_NAME) return;
    this.#suspectsTold.set(drawn, told + 1);
    this.#suspects.push(peerId);
  }

  #forgetOne(): void {
    const [longest = this.#pinned.values().next().value] = this.#strangers;
    const person = longest && this.#people.get(longest);
    if (person === undefined) return;
    const { peerId } = person.card;
    this.#people.delete(peerId);
    this.#strangers.delete(peerId);
    this.#pinned.delete(peerId);
    this.#names.forget(peerId);
  }

  /** The first of them is told of with the second. */
  #onShared(peerId: PeerId, name: string): void {
    const all = this.#names.alike(name);
    for (const one of all.size === 2 ? all : [peerId]) this.#namesakes.push(one);
  }
}

function stranger(card: Card): Person {
  return {
    card,
    trust: "new",
    isBlocked: false,
    isNewcomer: true,
    lastSeenMs: undefined,
    number: null,
    state: "known",
  };
}

/** Of who was met in this run, the disk knows when already. */
function trustWrite({ card, trust, isBlocked, lastSeenMs: wallMs = 0 }: Person): TrustWrite {
  return { kind: "trust", peer: card.peerId, card: encodeCard(card), trust, isBlocked, wallMs };
}

/** Whether this is the key that goes with the name, as far as is known here. */
export function isPinned({ trust }: Pick<Person, "trust">): boolean {
  return trust === "known" || trust === "verified";
}

function isInTouch({ state }: Person): boolean {
  return state === "connected" || state === "connecting";
}

/** As they come from the disk. */
export function acquaintancesOf(people: readonly KeptPerson[]): Acquaintance[] {
  return people.flatMap(({ card: bytes, lastSeenMs, ...rest }) => {
    const card = decodeCard(bytes);
    // Who is known by what others passed on was never seen.
    const seenMs = lastSeenMs === 0 ? undefined : lastSeenMs;
    return card === undefined ? [] : [{ card, ...rest, lastSeenMs: seenMs }];
  });
}
