import type { PeerId } from "../base/ids.ts";
import type { PeerEvent, PeerStateEvent, Trust, Who } from "../node/events.ts";
import { PEOPLE_MAX } from "../node/roster.ts";
import type { PresenceState } from "../wire/aside.ts";

/** Rooms of one person that are kept; what is told of more is forgotten. */
const EQUIVOCATED_MAX = 64;

interface Known {
  readonly who: Who;
  /** The last that was told of them, if anything was. */
  readonly peer: PeerStateEvent | undefined;
  readonly trust: Trust | undefined;
  readonly isBlocked: boolean;
  readonly presence: PresenceState;
  /** They want to compare keys, and were not answered yet. */
  readonly wantsComparison: boolean;
  /** It was told that others have such a name. */
  readonly isNamesake: boolean;
  /** Rooms in which they have told different people different things. */
  readonly equivocated: readonly string[];
}

/** The people of a backfill, as they are by now; who is only named now and then is none of them. */
export class BackfillPeople {
  readonly #people = new Map<PeerId, Known>();

  handleEvent(event: PeerEvent): void {
    if (event.type === "ready") {
      for (const who of event.blocked ?? []) this.#learn(who, { isBlocked: true });
    }
    if (event.type === "peer") this.#onPeer(event);
    if (event.type === "trust") {
      this.#learn(event.who, { trust: event.trust, isBlocked: event.isBlocked });
    }
    if (event.type === "presence") this.#learn(event.who, { presence: event.state });
    if (event.type === "verify") {
      this.#learn(event.who, { wantsComparison: event.state === "asked" });
    }
    if (event.type === "reply" && event.command === "verify") {
      this.#learn(event.who, { wantsComparison: false });
    }
    if (event.type === "namesake") this.#learn(event.who, { isNamesake: true });
    if (event.type === "renamed") this.#onRenamed(event.who);
    if (event.type === "equivocation") this.#onEquivocated(event.who, [event.room]);
  }

  blocked(): readonly Who[] {
    return [...this.#people.values()].filter(({ isBlocked }) => isBlocked).map(({ who }) => who);
  }

  /** Whoever has a name with others comes before anything that names them. */
  events(): readonly PeerEvent[] {
    const people = [...this.#people.values()];
    const namesakes = people.filter(({ isNamesake }) => isNamesake);
    return [
      ...namesakes.map(({ who }) => ({ type: "namesake", who }) as const),
      ...people.flatMap(eventsOf),
    ];
  }

  #onPeer(event: PeerStateEvent): void {
    const { who, trust, state, equivocated = [] } = event;
    const quiet = { presence: "online", wantsComparison: false } as const;
    this.#learn(who, { peer: event, trust, ...(state === "connected" ? {} : quiet) });
    this.#onEquivocated(who, equivocated);
  }

  /** If others have the new name, that has been told before. */
  #onRenamed(who: Who): void {
    const known = this.#people.get(who.id);
    if (known === undefined) return;
    this.#learn(who, { isNamesake: known.isNamesake && known.who.name === who.name });
  }

  #onEquivocated(who: Who, rooms: readonly string[]): void {
    const { equivocated } = this.#people.get(who.id) ?? unknown(who);
    const isNew = rooms.some((room) => !equivocated.includes(room));
    if (!isNew) return;
    const all = [...new Set([...equivocated, ...rooms])];
    this.#learn(who, { equivocated: all.slice(0, EQUIVOCATED_MAX) });
  }

  #learn(who: Who, about: Partial<Known>): void {
    const known = this.#people.get(who.id);
    if (known === undefined && this.#people.size >= PEOPLE_MAX) this.#forgetOne();
    this.#people.set(who.id, { ...(known ?? unknown(who)), ...about, who });
  }

  /** The first that was told of who is neither here nor blocked; the first of all where none is. */
  #forgetOne(): void {
    const [first] = this.#people.keys();
    const idle = this.#people.values().find(({ peer, isBlocked }) => {
      return peer?.state !== "connected" && !isBlocked;
    });
    const id = idle?.who.id ?? first;
    if (id !== undefined) this.#people.delete(id);
  }
}

function unknown(who: Who): Known {
  const nothing = { peer: undefined, trust: undefined, isBlocked: false, isNamesake: false };
  return { who, ...nothing, presence: "online", wantsComparison: false, equivocated: [] };
}

function eventsOf(known: Known): readonly PeerEvent[] {
  const { who, peer, trust, isBlocked, presence, wantsComparison, equivocated } = known;
  const rooms = equivocated.filter((room) => peer?.equivocated?.includes(room) !== true);
  const events: (PeerEvent | undefined)[] = [
    peer && { ...peer, who, trust: trust ?? peer.trust },
    // Of who is blocked `ready` has told that, and who is here says the rest with `peer`.
    trust === "changed" || (trust !== undefined && peer === undefined && !isBlocked)
      ? { type: "trust", who, trust, isBlocked }
      : undefined,
    presence === "online" ? undefined : { type: "presence", who, state: presence },
    wantsComparison ? { type: "verify", who, state: "asked", pictures: null } : undefined,
    ...rooms.map((room) => ({ type: "equivocation", room, who }) as const),
  ];
  return events.filter((event) => event !== undefined);
}
