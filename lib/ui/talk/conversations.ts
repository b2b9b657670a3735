import type { View } from "../../contract/view.ts";
import type { Who } from "../../node/events.ts";
import { Conversation } from "./conversation.ts";

/** Direct conversations that are listed; of more, the oldest that nothing waits in are left out. */
export const DIRECT_MAX = 200;

/** Every conversation one is in: rooms as they were entered, then people as they came. */
export class Conversations {
  readonly #view: View;
  #rooms: Conversation[] = [];
  #direct: Conversation[] = [];
  #current: Conversation | undefined;
  /** The one before. */
  #previous: Conversation | undefined;

  constructor(view: View, rooms: readonly string[]) {
    this.#view = view;
    this.#rooms = rooms.map((room) => new Conversation(room));
    this.#current = this.#rooms.at(-1);
  }

  get all(): readonly Conversation[] {
    return [...this.#rooms, ...this.#direct];
  }

  get rooms(): readonly Conversation[] {
    return this.#rooms;
  }

  get direct(): readonly Conversation[] {
    return this.#direct;
  }

  get current(): Conversation | undefined {
    return this.#current;
  }

  /** Where what is written there goes. */
  placeOf(conversation: Conversation): string {
    const { key, who } = conversation;
    return who === undefined ? key : `@${this.#view.nameOf(who)}`;
  }

  /** The same of the one of this key, where it is there. */
  placeAt(key: string): string | undefined {
    const known = this.find(key);
    return known && this.placeOf(known);
  }

  enter(conversation: Conversation): void {
    if (conversation === this.#current) return;
    this.#current?.unread.onLeft();
    this.#previous = this.#current;
    this.#current = conversation;
  }

  /** One that is not there yet is made. */
  room(room: string): Conversation {
    const known = this.#rooms.find(({ key }) => key === room);
    if (known !== undefined) return known;
    const made = new Conversation(room);
    this.#rooms.push(made);
    return made;
  }

  /** Returns where one goes on from here. */
  leave(room: string): Conversation | undefined {
    this.#rooms = this.#rooms.filter(({ key }) => key !== room);
    if (this.#current?.key !== room) return this.#current;
    const next = this.#rooms.at(-1) ?? this.#direct.at(-1);
    if (next === undefined) this.#current = undefined;
    return next;
  }

  /** Nothing has come of it. Returns where one goes on from here. */
  drop(conversation: Conversation): Conversation | undefined {
    this.#direct = this.#direct.filter((one) => one !== conversation);
    if (this.#current !== conversation) return this.#current;
    return this.all.find((one) => one === this.#previous) ?? this.all.at(0);
  }

  with(who: Who): Conversation {
    const known = this.#direct.find(({ key }) => key === keyOf(who));
    if (known !== undefined) {
      known.who = who;
      return known;
    }
    // Of several people of that name nobody can say who was meant.
    const isOnly = this.#view.nameOf(who) === who.name;
    const unmet = this.#direct.find((one) => isOnly && one.key === `@${who.name}`);
    const made = new Conversation(keyOf(who), who);
    if (unmet === undefined) this.#direct.push(made);
    else this.#take(unmet, made);
    this.#forgetOldest();
    return made;
  }

  /**
   * Whoever is called so from now on is not them: also what waits for them under the name that they
   * had goes on to them. Where one talks with them, if anywhere.
   */
  onRenamed(who: Who, was: string): Conversation | undefined {
    const known = this.#direct.find(({ key }) => key === keyOf(who));
    if (known !== undefined) return this.with(who);
    const unmet = this.#direct.find(({ key }) => key === `@${was}`);
    const isAnothers = this.#view.peopleCalled(`@${was}`).length > 0;
    if (unmet === undefined || isAnothers) return undefined;
    const made = new Conversation(keyOf(who), who);
    this.#take(unmet, made);
    return made;
  }

  /** By what a person typed, or an event calls it: `#room`, `@name` or `@name~id`. */
  at(place: string): Conversation {
    if (place.startsWith("#")) return this.room(place);
    const [only, ...others] = this.#view.peopleCalled(place);
    if (only !== undefined && others.length === 0) return this.with(only.who);
    const known = this.find(place);
    if (known !== undefined) return known;
    const made = new Conversation(place);
    this.#direct.push(made);
    this.#forgetOldest();
    return made;
  }

  /** Where messages wait; none of a room that one is not in, where nothing can be said. */
  waitingAt(place: string): Conversation | undefined {
    return place.startsWith("#") ? this.find(place) : this.at(place);
  }

  /** The same, where it is there. */
  find(place: string): Conversation | undefined {
    return this.all.find((one) => one.key === place || this.placeOf(one) === place);
  }

  /** Where this message is. */
  holding(id: string): Conversation | undefined {
    return this.all.find(({ timeline }) => timeline.has(id));
  }

  /** Somebody who was written to before they were met is met. */
  #take(unmet: Conversation, made: Conversation): void {
    for (const item of unmet.timeline.items) made.timeline.add(item);
    made.draft = unmet.draft;
    this.#direct = this.#direct.map((one) => (one === unmet ? made : one));
    if (this.#current === unmet) this.#current = made;
  }

  #forgetOldest(): void {
    if (this.#direct.length <= DIRECT_MAX) return;
    const oldest = this.#direct.find((one) => {
      return one !== this.#current && one.unread.count === 0 && one.waiting === 0;
    });
    this.#direct = this.#direct.filter((one) => one !== oldest);
  }
}

function keyOf(who: Who): string {
  return `@${who.id}`;
}
