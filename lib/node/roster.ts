import type { PeerId } from "../base/ids.ts";
import type { Card } from "../wire/card.ts";
import type { PeerStateEvent, Trust, Who } from "./events.ts";
import type { PersonTarget } from "./target.ts";

/** People one knows of in a run; of those out of touch, strangers are forgotten first. */
export const PEOPLE_MAX = 20_000;

/** Hexadecimal digits of an id that tell two people of one name apart, at the least. */
const PREFIX_DIGITS_MIN = 8;

export type PeerState = PeerStateEvent["state"];

export interface Person {
  readonly card: Card;
  readonly trust: Trust;
  /** As the server last said, null where none did. */
  readonly number: number | null;
  readonly state: PeerState | "known";
}

/** Everybody this client knows of: by id, for names are claims. */
export class Roster {
  readonly #people = new Map<PeerId, Person>();
  readonly #byName = new Map<string, Set<PeerId>>();
  /** Who can be forgotten: out of touch for longest first. */
  readonly #strangers = new Set<PeerId>();
  readonly #pinned = new Set<PeerId>();

  /** `pinned`: cards of earlier runs, those met longest ago first. */
  constructor(pinned: readonly Card[]) {
    for (const card of pinned.slice(-PEOPLE_MAX)) {
      this.#put({ card, trust: "known", number: null, state: "known" });
    }
  }

  get(peerId: PeerId): Person | undefined {
    return this.#people.get(peerId);
  }

  /** Keeps the card of the highest serial. */
  learn(card: Card): Person {
    const known = this.#people.get(card.peerId);
    if (known !== undefined && known.card.serial >= card.serial) return known;
    if (known !== undefined) return this.#put({ ...known, card });
    if (this.#people.size >= PEOPLE_MAX) this.#forgetOne();
    return this.#put({ card, trust: this.#firstTrust(card), number: null, state: "known" });
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
    const forgettable = person.trust === "known" ? this.#pinned : this.#strangers;
    if (isInTouch(person)) forgettable.delete(peerId);
    else forgettable.add(peerId);
    const namesakes = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, namesakes.add(peerId));
    return person;
  }

  /** Another identity under a name that is pinned to somebody is a reason to look twice. */
  #firstTrust(card: Card): Trust {
    for (const peerId of this.#byName.get(card.name) ?? []) {
      if (this.#people.get(peerId)?.trust === "known") return "changed";
    }
    return "new";
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
