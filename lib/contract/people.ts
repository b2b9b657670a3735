import type { PeerId } from "../base/ids.ts";
import type { PeerStateEvent, Trust, Who } from "../node/events.ts";
import { Namesakes } from "../node/namesakes.ts";
import { PEOPLE_MAX as NAMED_MAX } from "../node/roster.ts";
import { parseTarget } from "../node/target.ts";
import type { PresenceState } from "../wire/aside.ts";

/** People whose names are known; the oldest that are not connected are forgotten first. */
export const PEOPLE_MAX = 4096;

export interface Person {
  readonly who: Who;
  readonly state: PeerStateEvent["state"] | undefined;
  readonly path: PeerStateEvent["path"];
  readonly reason: string | null;
  /** Undefined as long as nobody has said. */
  readonly trust: Trust | undefined;
  readonly isBlocked: boolean;
  /** They want to compare keys, and were not answered yet. */
  readonly wantsComparison: boolean;
  /** Whether they are at hand, as they say; of who is connected. */
  readonly presence: PresenceState;
  /** Rooms in which they have told different people different things. */
  readonly equivocated: readonly string[];
}

/** Everybody that was ever named, and how each is called by now: who is away has a name as well. */
export class People {
  readonly #people = new Map<PeerId, Person>();
  readonly names = new Namesakes(NAMED_MAX);
  #me: PeerId | undefined;

  /** `me`: oneself, where that is known. */
  constructor(me?: Who) {
    this.#me = me?.id;
  }

  onReady(me: Who): void {
    this.#me = me.id;
    this.meet(me);
  }

  /** The node is another: whom this one has met is told anew. */
  onNewNode(): void {
    const unmet = { state: undefined, path: null, reason: null, isBlocked: false } as const;
    const quiet = { presence: "online", wantsComparison: false } as const;
    for (const { who } of this.others) this.learn(who, { ...unmet, ...quiet });
  }

  get(id: PeerId): Person | undefined {
    return this.#people.get(id);
  }

  get others(): readonly Person[] {
    return [...this.#people.values()].filter(({ who }) => who.id !== this.#me);
  }

  /** Those of this `@name` or `@name~id`; everybody where `to` is a room. */
  called(to: string): readonly Person[] {
    const { others } = this;
    if (to.startsWith("#")) return others;
    const target = parseTarget(to);
    if (target?.kind !== "person") return [];
    const { name, prefix } = target;
    return others.filter(({ who }) => who.name === name && who.id.startsWith(prefix));
  }

  learn(who: Who, about: Partial<Person>): void {
    this.#keep({ ...(this.#people.get(who.id) ?? unknown(who)), ...about, who });
  }

  /** They have told different people different things there, which nothing takes back. */
  onEquivocated(who: Who, rooms: readonly string[] = []): void {
    const { equivocated } = this.#people.get(who.id) ?? unknown(who);
    const isNew = rooms.some((room) => !equivocated.includes(room));
    if (isNew) this.learn(who, { equivocated: [...new Set([...equivocated, ...rooms])] });
  }

  meet(who: Who): void {
    this.names.note(who);
    const known = this.#people.get(who.id);
    if (known?.who.name === who.name) return;
    this.#keep({ ...(known ?? unknown(who)), who });
  }

  meetAll(people: readonly Who[]): void {
    for (const who of people) this.meet(who);
  }

  /** What they are called now, whatever they were when it was told. */
  labelOf({ name, id }: Who): string {
    return this.names.label({ name: this.names.nameOf(id) ?? name, id });
  }

  #keep(person: Person): void {
    this.names.note(person.who);
    const isNew = !this.#people.has(person.who.id);
    if (isNew && this.#people.size >= PEOPLE_MAX) this.#forgetSomebody();
    this.#people.set(person.who.id, person);
  }

  #forgetSomebody(): void {
    for (const [id, { state }] of this.#people) {
      if (state === "connected" || id === this.#me) continue;
      this.#people.delete(id);
      return;
    }
  }
}

function unknown(who: Who): Person {
  const nothing = { state: undefined, path: null, reason: null, trust: undefined };
  const quiet = { presence: "online", wantsComparison: false } as const;
  return { who, ...nothing, isBlocked: false, ...quiet, equivocated: [] };
}
