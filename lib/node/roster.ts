import type { PeerId } from "../base/ids.ts";
import { type Card, decodeCard, encodeCard } from "../wire/card.ts";
import type { PeerStateEvent, Trust, Who } from "./events.ts";
import type { TrustWrite } from "./machine.ts";
import type { KeptPerson } from "./machine.ts";
import type { PersonTarget } from "./target.ts";

/** People one knows of in a run; of those out of touch, strangers are forgotten first. */
export const PEOPLE_MAX = 20_000;

/** Hexadecimal digits of an id that tell two people of one name apart, at the least. */
const PREFIX_DIGITS_MIN = 8;

/** Of those who come under one known name, so many are told of; the others are barred unsaid. */
const SUSPECTS_PER_NAME = 8;

export type PeerState = PeerStateEvent["state"];

export interface Person {
  readonly card: Card;
  readonly trust: Trust;
  /** The person here wants nothing of them. */
  readonly isBlocked: boolean;
  /** When a session with them was last open, of this run or an earlier one. */
  readonly lastSeenMs: number | undefined;
  /** As the server last said, null where none did. */
  readonly number: number | null;
  readonly state: PeerState | "known";
}

/** Somebody of an earlier run. */
export type Acquaintance = Pick<Person, "card" | "trust" | "isBlocked" | "lastSeenMs">;

/** Everybody this client knows of: by id, for names are claims. */
export class Roster {
  readonly #people = new Map<PeerId, Person>();
  readonly #byName = new Map<string, Set<PeerId>>();
  /** Who can be forgotten: out of touch for longest first. */
  readonly #strangers = new Set<PeerId>();
  readonly #pinned = new Set<PeerId>();
  /** Who came under the name of somebody known, and is not told of yet. */
  readonly #suspects: PeerId[] = [];
  readonly #suspectsTold = new Map<string, number>();

  /** `known`: those of earlier runs; if they are too many, the first are left out. */
  constructor(known: readonly Acquaintance[]) {
    for (const { card, trust, isBlocked, lastSeenMs } of known.slice(-PEOPLE_MAX)) {
      this.#put({ card, trust, isBlocked, lastSeenMs, number: null, state: "known" });
      if (trust === "changed" && !isBlocked) this.#suspect(card);
    }
  }

  /** Oneself is never forgotten, and vouches for no name. */
  addMe(card: Card): void {
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
    if (known !== undefined) return this.#put({ ...known, card });
    if (this.#people.size >= PEOPLE_MAX) this.#forgetOne();
    const trust = this.#firstTrust(card);
    if (trust === "changed") this.#suspect(card);
    return this.#put({ ...stranger(card), trust });
  }

  /** What the person here has decided of somebody: to be kept. */
  judge(
    now: number,
    peerId: PeerId,
    verdict: Partial<Pick<Person, "trust" | "isBlocked">>,
  ): TrustWrite | undefined {
    const person = this.#people.get(peerId);
    if (person === undefined) return undefined;
    const { trust, isBlocked, card } = this.#put({ ...person, ...verdict });
    const wallMs = Math.floor(now);
    return { kind: "trust", peer: peerId, card: encodeCard(card), trust, isBlocked, wallMs };
  }

  /** Whether nothing may be sent to them, before the person here has decided. */
  isBarred(peerId: PeerId): boolean {
    const person = this.#people.get(peerId);
    return person !== undefined && (person.isBlocked || person.trust === "changed");
  }

  isBlocked(peerId: PeerId): boolean {
    return this.#people.get(peerId)?.isBlocked === true;
  }

  /** The next who came under the name of somebody known. */
  pollSuspect(): PeerId | undefined {
    return this.#suspects.shift();
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
    const { name } = this.who(peerId);
    const namesakes = this.#byName.get(name);
    if (namesakes === undefined || namesakes.size < 2) return name;
    return `${name}~${shortestPrefix(peerId, namesakes)}`;
  }

  /** All who are meant by this; one is what one wants. */
  find(target: PersonTarget): PeerId[] {
    const found: PeerId[] = [];
    for (const peerId of this.#byName.get(target.name) ?? []) {
      if (peerId.startsWith(target.prefix)) found.push(peerId);
    }
    return found;
  }

  #put(person: Person): Person {
    const { peerId, name } = person.card;
    const before = this.#people.get(peerId);
    if (before !== undefined && before.card.name !== name) this.#unname(before);
    this.#people.set(peerId, person);
    const isStranger = person.trust === "new" || person.trust === "changed";
    const forgettable = isStranger && !person.isBlocked ? this.#strangers : this.#pinned;
    this.#strangers.delete(peerId);
    this.#pinned.delete(peerId);
    if (!isInTouch(person)) forgettable.add(peerId);
    const namesakes = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, namesakes.add(peerId));
    return person;
  }

  /** Another identity under a name that is pinned to somebody is a reason to look twice. */
  #firstTrust(card: Card): Trust {
    for (const peerId of this.#byName.get(card.name) ?? []) {
      const trust = this.#people.get(peerId)?.trust;
      if (trust === "known" || trust === "verified") return "changed";
    }
    return "new";
  }

  #suspect({ peerId, name }: Card): void {
    const told = this.#suspectsTold.get(name) ?? 0;
    if (told >= SUSPECTS_PER_NAME) return;
    this.#suspectsTold.set(name, told + 1);
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
    this.#unname(person);
  }

  #unname({ card: { peerId, name } }: Person): void {
    const namesakes = this.#byName.get(name);
    namesakes?.delete(peerId);
    if (namesakes?.size === 0) this.#byName.delete(name);
  }
}

function stranger(card: Card): Person {
  return {
    card,
    trust: "new",
    isBlocked: false,
    lastSeenMs: undefined,
    number: null,
    state: "known",
  };
}

function isInTouch({ state }: Person): boolean {
  return state === "connected" || state === "connecting";
}

function shortestPrefix(peerId: PeerId, among: ReadonlySet<PeerId>): string {
  for (let digits = PREFIX_DIGITS_MIN; digits < peerId.length; digits++) {
    const prefix = peerId.slice(0, digits);
    let count = 0;
    for (const other of among) if (other.startsWith(prefix)) count++;
    if (count < 2) return prefix;
  }
  return peerId;
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
