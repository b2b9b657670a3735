import type { PeerId } from "../base/ids.ts";
import type { Equivocation } from "../node/equivocations.ts";
import type {
  PeerEvent,
  PeerStateEvent,
  ReadyEvent,
  RoomSummary,
  StatusEvent,
  Who,
} from "../node/events.ts";
import type { HistoryEvent } from "../node/pastevents.ts";
import { parseTarget } from "../node/target.ts";
import type { Asked } from "./asked.ts";
import { People, type Person } from "./people.ts";
import { Recent } from "./recent.ts";
import { UnreadCounts } from "./unreadcounts.ts";

/** Own messages whose text is kept for their statuses; the oldest are forgotten first. */
export const SAID_MAX = 1000;

/** A message of one's own, as far as it has come. */
export interface Said {
  readonly room: string;
  readonly text: string;
  /** What it is where it is no message, or no plain one. */
  readonly what: "action" | "edit" | "deletion" | "reaction" | "reaction off" | "topic" | undefined;
  readonly state: StatusEvent["state"] | "asked";
  /** The id of the message that is to be changed, or has a reaction, as soon as that is kept. */
  readonly of?: string;
}

/** A part of a conversation, by its first and last message. */
export interface HistoryPage {
  /** `#room` or `@name`. */
  readonly room: string;
  readonly firstId: string;
  readonly lastId: string;
}

/** What the events of a client's node come to: the model that every human face draws. */
export class View {
  readonly #people: People;
  /** By `req` until the message has an id, then by that. */
  readonly #said = new Map<string, Said>();
  readonly recent: Recent;
  #rooms: readonly string[];
  #me: Who | undefined;
  #waiting: readonly string[] = [];
  readonly unread = new UnreadCounts();
  /** Names of the private rooms one is in. */
  readonly #private = new Set<string>();
  #page: HistoryPage | undefined;

  /** `rooms` are those that the node is in from the start; `me`: oneself, where that is known. */
  constructor(rooms: readonly string[], me?: Who) {
    this.#rooms = rooms;
    this.#me = me;
    this.#people = new People(me);
    this.recent = new Recent(this.#people.names, me);
  }

  handleCommand(command: Asked): void {
    if (!("req" in command) || command.req === null) return;
    const words = this.#wordsOf(command);
    if (words !== undefined) this.#keepSaid(reqKey(command.req), { ...words, state: "asked" });
    if (command.type === "send") this.recent.onAsked(command.req);
  }

  handleEvent(event: PeerEvent): void {
    switch (event.type) {
      case "ready":
        this.#begin(event);
        break;
      case "peer":
        this.#onPeer(event);
        break;
      case "trust":
        this.#people.learn(event.who, { trust: event.trust, isBlocked: event.isBlocked });
        this.#people.meetAll(event.held?.by ?? []);
        break;
      case "presence":
        this.#people.learn(event.who, { presence: event.state });
        break;
      case "message":
        this.#people.meet(event.from);
        this.recent.onMessage(event);
        this.unread.onMessage(event);
        break;
      case "edited":
        this.#people.meet(event.from);
        this.recent.onEdited(event.id, event.text);
        break;
      case "deleted":
        this.#people.meet(event.from);
        this.recent.onDeleted(event.id);
        break;
      case "reaction":
      case "topic":
        this.#people.meet(event.from);
        break;
      case "namesake":
      case "renamed":
      case "verify":
      case "typing":
        this.#people.meet(event.who);
        break;
      case "held":
        this.#people.meet(event.by);
        break;
      case "status":
        this.#handleStatus(event);
        break;
      case "reply":
        this.#handleReply(event);
        break;
      case "error":
        this.#takeAsked(event.req);
        break;
      case "bye":
        this.#people.meetAll(event.waiting.flatMap(({ who, heldBy }) => [who, ...heldBy]));
        break;
      case "unread":
        this.unread.onUnread(event);
        break;
      case "equivocation":
        this.#people.onEquivocated(event.who, [event.room]);
        break;
      case "server":
      case "nat":
      case "sync":
      case "disk":
      case "log":
        break;
      default:
        event satisfies never;
    }
  }

  get me(): Who | undefined {
    return this.#me;
  }

  /** Where plain text goes: the room entered last of those one is still in. */
  get room(): string | undefined {
    return this.#rooms.at(-1);
  }

  get rooms(): readonly string[] {
    return this.#rooms;
  }

  /** The messages that waited when that was last asked, in the order of the answer. */
  get waiting(): readonly string[] {
    return this.#waiting;
  }

  isPrivate(room: string): boolean {
    return this.#private.has(room);
  }

  /** The page of history that was shown last: what came before it, or after, can be asked for. */
  get page(): HistoryPage | undefined {
    return this.#page;
  }

  person(id: PeerId): Person | undefined {
    return this.#people.get(id);
  }

  said(id: string): Said | undefined {
    return this.#said.get(id);
  }

  /** Those of this `@name` or `@name~id`; everybody where `to` is a room. */
  peopleCalled(to: string): readonly Person[] {
    const { others } = this.#people;
    if (to.startsWith("#")) return others;
    const target = parseTarget(to);
    if (target?.kind !== "person") return [];
    const { name, prefix } = target;
    return others.filter(({ who }) => who.name === name && who.id.startsWith(prefix));
  }

  /**
   * The name that they have now, and where others bear it too, `~` and the digits that tell them
   * apart.
   */
  nameOf(who: Who): string {
    return this.#people.labelOf(who);
  }

  /** The same by a name that they had. */
  formerNameOf({ who, was }: Extract<PeerEvent, { type: "renamed" }>): string {
    return this.#people.names.label({ name: was, id: who.id });
  }

  #onPeer({ who, state, path, reason, trust, equivocated }: PeerStateEvent): void {
    const presence = state === "connected" ? undefined : ({ presence: "online" } as const);
    this.#people.learn(who, { state, path, reason, trust, ...presence });
    this.#people.onEquivocated(who, equivocated);
  }

  #handleStatus({ req, id, room, state, by, was, isReworded }: StatusEvent): void {
    if (by !== null) this.#people.meet(by);
    if (isReworded === true) return this.#onReworded(id, req, room);
    const asked = this.#takeAsked(req);
    const said = asked ?? this.#said.get(was ?? id);
    if (said === undefined) return;
    this.#keepSaid(id, { ...said, room, state });
    if (asked === undefined || state !== "queued") return;
    const { what, text, of = "" } = said;
    if (what === "edit") this.recent.onEdited(of, text);
    else if (what === "deletion") this.recent.onDeleted(of);
    else if (what === undefined) this.recent.onOwn(id, room, text, false);
    else if (what === "action") this.recent.onOwn(id, room, text, true);
  }

  /** It is the same message, with other words. */
  #onReworded(id: string, req: string | null, room: string): void {
    const asked = this.#takeAsked(req);
    if (asked === undefined) return;
    const { text } = asked;
    const what = this.recent.get(id)?.isAction === true ? "action" : undefined;
    const known = this.#said.get(id) ?? { room, what, state: "queued" };
    this.#keepSaid(id, { ...known, text });
    this.recent.onEdited(id, text);
  }

  /** What was said in a command that is answered. */
  #takeAsked(req: string | null): Said | undefined {
    if (req === null) return undefined;
    const asked = this.#said.get(reqKey(req));
    this.#said.delete(reqKey(req));
    this.recent.onAnswered(req);
    return asked;
  }

  /** What a command says, and where. */
  #wordsOf(command: Asked): Omit<Said, "state"> | undefined {
    switch (command.type) {
      case "send": {
        const { to: room, text, action } = command;
        return { room, text, what: action === true ? "action" : undefined };
      }
      case "edit": {
        const { id: of, text } = command;
        return { room: this.recent.get(of)?.room ?? "", text, what: "edit", of };
      }
      case "delete": {
        const { room = "", text = "" } = this.recent.get(command.id) ?? {};
        return { room, text, what: "deletion", of: command.id };
      }
      case "react": {
        const { id: of, emoji, on } = command;
        const what = on ? "reaction" : "reaction off";
        return { room: this.recent.get(of)?.room ?? "", text: emoji, what, of };
      }
      case "topic": {
        const { room, topic } = command;
        return topic === null ? undefined : { room, text: topic, what: "topic" };
      }
      case "list":
      case "peer":
      case "punch":
      case "register":
      case "join":
      case "follow":
      case "new":
      case "invite":
      case "rooms":
      case "leave":
      case "who":
      case "why":
      case "whois":
      case "retry":
      case "verify":
      case "trust":
      case "block":
      case "unblock":
      case "history":
      case "presence":
      case "typing":
      case "search":
      case "outbox":
      case "cancel":
      case "read":
      case "unread":
      case "retain":
      case "pace":
      case "quit":
        return undefined;
      default:
        return command satisfies never;
    }
  }

  #handleReply(event: Extract<PeerEvent, { type: "reply" }>): void {
    switch (event.command) {
      case "join":
      case "new":
        this.#noteRoom({ isPrivate: true, ...event });
        this.#rooms = [...this.#rooms.filter((room) => room !== event.room), event.room];
        break;
      case "leave":
        this.#rooms = this.#rooms.filter((room) => room !== event.room);
        break;
      case "list":
        for (const one of event.clients) this.#meet(one);
        break;
      case "who":
        for (const one of event.members) this.#meet(one);
        break;
      case "peer":
        this.#meet(event.client);
        break;
      case "whois":
        this.#meet(event.member);
        break;
      case "why":
      case "retry":
      case "verify":
      case "trust":
      case "block":
      case "unblock":
        this.#people.meet(event.who);
        break;
      case "history":
      case "search":
        if (event.command === "history") this.#page = pageOf(event) ?? this.#page;
        for (const message of event.messages) {
          this.#people.meet(message.from);
          if (message.equivocated === true)
            this.#people.onEquivocated(message.from, [message.room]);
          this.recent.onKept(message);
        }
        break;
      case "topic":
        if (event.from !== null) this.#people.meet(event.from);
        break;
      case "outbox":
        this.#waiting = event.messages.map(({ id }) => id);
        this.#people.meetAll(event.messages.flatMap(({ to, heldBy }) => [...to, ...heldBy]));
        break;
      case "unread":
        for (const room of event.rooms) this.unread.onUnread(room);
        break;
      case "cancel":
        this.#takeAsked(event.req);
        break;
      case "read":
      case "retain":
      case "punch":
      case "register":
      case "invite":
      case "presence":
        break;
      case "rooms":
        for (const room of event.rooms) this.#noteRoom(room);
        break;
      default:
        event satisfies never;
    }
  }

  /** Somebody who is listed, with what is known of them. */
  #meet({ name, id, equivocated }: Who & Equivocation): void {
    this.#people.meet({ name, id });
    this.#people.onEquivocated({ name, id }, equivocated);
  }

  #begin({ me, rooms }: ReadyEvent): void {
    this.#me = me;
    this.recent.onReady(me);
    this.#people.onReady(me);
    for (const room of rooms) this.#noteRoom(room);
  }

  #noteRoom({ room, isPrivate }: Pick<RoomSummary, "room" | "isPrivate">): void {
    if (isPrivate) this.#private.add(room);
    else this.#private.delete(room);
  }

  #keepSaid(key: string, said: Said): void {
    this.#said.set(key, said);
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= SAID_MAX) return;
      this.#said.delete(oldest);
    }
  }
}

function pageOf({ room, messages }: HistoryEvent): HistoryPage | undefined {
  const [first, last] = [messages[0], messages.at(-1)];
  return first && last && { room, firstId: first.id, lastId: last.id };
}

/** Apart from the ids of messages, whatever either looks like. */
function reqKey(req: string): string {
  return `req ${req}`;
}
