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
import type { EditedEvent, KeptMessageEvent, MessageEvent } from "../node/sayings.ts";
import type { Asked } from "./asked.ts";
import { OwnWords, type Said } from "./ownwords.ts";
import { People, type Person } from "./people.ts";
import { Recent } from "./recent.ts";
import { UnreadCounts } from "./unreadcounts.ts";

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
  readonly recent: Recent;
  readonly #own: OwnWords;
  /** As in `IntentContext`. */
  readonly profileFlag: string | undefined;
  #rooms: readonly string[];
  #me: Who | undefined;
  #waiting: readonly string[] = [];
  readonly unread = new UnreadCounts();
  /** Names of the private rooms one is in. */
  readonly #private = new Set<string>();
  #page: HistoryPage | undefined;
  #isBegun = false;

  /** `rooms` are those that the node is in from the start; `me`: oneself, where that is known. */
  constructor(rooms: readonly string[], me?: Who, profileFlag?: string) {
    this.#rooms = rooms;
    this.#me = me;
    this.profileFlag = profileFlag;
    this.#people = new People(me);
    this.recent = new Recent(this.#people.names, me);
    this.#own = new OwnWords(this.recent);
  }

  handleCommand(command: Asked): void {
    this.#own.handleCommand(command);
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
        this.#onMessage(event);
        break;
      case "edited":
        this.#onEdited(event);
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
      case "typing":
        this.#people.meet(event.who);
        break;
      case "verify":
        this.#people.learn(event.who, { wantsComparison: event.state === "asked" });
        break;
      case "held":
        this.#people.meet(event.by);
        break;
      case "status":
        this.#onStatus(event);
        break;
      case "reply":
        this.#handleReply(event);
        break;
      case "error":
        this.#own.takeAsked(event.req);
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
      case "draft":
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
    return this.#own.get(id);
  }

  /** The same of what is not answered yet. */
  asked(req: string | null): Said | undefined {
    return this.#own.asked(req);
  }

  /** Those of this `@name` or `@name~id`; everybody where `to` is a room. */
  peopleCalled(to: string): readonly Person[] {
    return this.#people.called(to);
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

  #onMessage(event: MessageEvent): void {
    if (event.from.id === this.#me?.id) return this.#own.onElsewhere(event);
    this.#people.meet(event.from);
    this.recent.onMessage(event);
    this.unread.onMessage(event);
  }

  #onEdited(event: EditedEvent): void {
    this.#people.meet(event.from);
    this.recent.onEdited(event.id, event.text);
    if (event.isReworded === true) this.#own.onRewordedElsewhere(event);
  }

  #onPeer({ who, state, path, reason, trust, equivocated }: PeerStateEvent): void {
    const isThere = state === "connected";
    const quiet = isThere ? {} : ({ presence: "online", wantsComparison: false } as const);
    this.#people.learn(who, { state, path, reason, trust, ...quiet });
    this.#people.onEquivocated(who, equivocated);
  }

  #onStatus(event: StatusEvent): void {
    const { by, was, id, room } = event;
    if (by !== null) this.#people.meet(by);
    this.#own.handleStatus(event);
    if (was === undefined) return;
    const idNow = (known: string): string => (known === was ? id : known);
    this.unread.onMoved(room, was, id);
    this.#waiting = this.#waiting.map(idNow);
    if (this.#page === undefined) return;
    const { firstId, lastId } = this.#page;
    this.#page = { ...this.#page, firstId: idNow(firstId), lastId: idNow(lastId) };
  }

  #handleReply(event: Extract<PeerEvent, { type: "reply" }>): void {
    switch (event.command) {
      case "join":
      case "new":
        this.#noteRoom({ isPrivate: true, ...event });
        this.#enter(event.room, event.req === null);
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
      case "trust":
      case "block":
      case "unblock":
        this.#people.meet(event.who);
        break;
      case "verify":
        this.#people.learn(event.who, { wantsComparison: false });
        break;
      case "history":
      case "search":
        if (event.command === "history") this.#page = pageOf(event) ?? this.#page;
        this.#onKept(event.messages);
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
        this.#own.takeAsked(event.req);
        break;
      case "read":
      case "retain":
      case "punch":
      case "register":
      case "invite":
      case "presence":
      case "node":
      case "doctor":
      case "web":
        break;
      case "rooms":
        for (const room of event.rooms) this.#noteRoom(room);
        break;
      default:
        event satisfies never;
    }
  }

  #onKept(messages: readonly KeptMessageEvent[]): void {
    for (const message of messages) {
      const { from, room, equivocated } = message;
      this.#people.meet(from);
      if (equivocated === true) this.#people.onEquivocated(from, [room]);
      this.recent.onKept(message);
    }
  }

  /** Somebody who is listed, with what is known of them. */
  #meet({ name, id, equivocated }: Who & Equivocation): void {
    this.#people.meet({ name, id });
    this.#people.onEquivocated({ name, id }, equivocated);
  }

  #begin({ me, rooms, blocked = [] }: ReadyEvent): void {
    if (this.#isBegun) this.#onNewNode(rooms.map(({ room }) => room));
    this.#isBegun = true;
    this.#me = me;
    this.recent.onReady(me);
    this.#people.onReady(me);
    for (const who of blocked) this.#people.learn(who, { isBlocked: true });
    for (const room of rooms) this.#noteRoom(room);
    // Those of an earlier run come before those that were asked for in this one.
    const earlier = rooms.map(({ room }) => room).filter((room) => !this.#rooms.includes(room));
    this.#rooms = [...earlier, ...this.#rooms];
  }

  /** The node of before was killed, and this face has come to the one after it. */
  #onNewNode(rooms: readonly string[]): void {
    this.#people.onNewNode();
    this.#rooms = this.#rooms.filter((room) => rooms.includes(room));
  }

  /** What another face of the node enters does not change where one talks in this one. */
  #enter(room: string, isElsewhere: boolean): void {
    const others = this.#rooms.filter((other) => other !== room);
    if (!isElsewhere) this.#rooms = [...others, room];
    else if (!this.#rooms.includes(room)) this.#rooms = [room, ...others];
  }

  #noteRoom({ room, isPrivate }: Pick<RoomSummary, "room" | "isPrivate">): void {
    if (isPrivate) this.#private.add(room);
    else this.#private.delete(room);
  }
}

function pageOf({ room, messages }: HistoryEvent): HistoryPage | undefined {
  const [first, last] = [messages[0], messages.at(-1)];
  return first && last && { room, firstId: first.id, lastId: last.id };
}
