import type { PeerId, RoomId } from "../base/ids.ts";
import { parseRoomName } from "../base/text.ts";
import type { Chat } from "../chat/chat.ts";
import type {
  HistoryLoaded,
  HistoryQuery,
  PageStart,
  SearchLoaded,
  SearchQuery,
  WaitingLoaded,
  WaitingQuery,
} from "../chat/history.ts";
import { openRoom } from "../chat/rooms.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { PeerEvent, Req } from "./events.ts";
import { formatKeep, KEEP_RULE, parseKeep } from "./keep.ts";
import { keptMessageEvent } from "./keptmessages.ts";
import type { Loaded, Output } from "./machine.ts";
import type { WaitingMessageEvent } from "./outboxevents.ts";
import type { Pins } from "./pins.ts";
import type { Roster } from "./roster.ts";
import type { KeptMessageEvent } from "./sayings.ts";

/** Questions that wait for the disk, which answers one a turn. */
const ASKED_MAX = 64;

export interface ArchiveOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly addressees: Addressees;
  readonly pins: Pins;
  readonly report: (event: PeerEvent) => void;
}

interface Asked {
  readonly req: Req;
  /** As its answer names what was asked for. */
  readonly about: string;
  readonly query: HistoryQuery | SearchQuery | WaitingQuery;
}

/** Where it is asked what was said, and the disk answers. */
export class Archive {
  readonly #options: ArchiveOptions;
  readonly #waiting: Asked[] = [];
  #asked: Asked | undefined;
  #token = 0;

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  history(command: CommandOf<"history">): void {
    const { req, limit } = command;
    const { addressees } = this.#options;
    const from = startOf(command);
    const place = this.#placeOf(command);
    if (place === undefined) return;
    if (from === undefined) {
      addressees.fail(req, "USAGE", "A page is before, after or around a message: say one of them");
    } else {
      const query = { kind: "history", room: place.id, from, limit } as const;
      this.#ask({ req, about: place.name, query });
    }
  }

  search(command: CommandOf<"search">): void {
    const { req, text, limit } = command;
    const isAnywhere = command.room === null && command.with === null;
    const place = isAnywhere ? undefined : this.#placeOf(command);
    if (!isAnywhere && place === undefined) return;
    this.#ask({ req, about: text, query: { kind: "search", text, room: place?.id, limit } });
  }

  retain(command: CommandOf<"retain">): void {
    const { req } = command;
    const { pins, report, addressees } = this.#options;
    const keep = parseKeep(command.keep);
    if (keep === undefined) return addressees.fail(req, "USAGE", KEEP_RULE);
    const place = this.#placeOf(command);
    if (place === undefined) return;
    pins.keep([{ kind: "retention", room: place.id, keep }]);
    report({ type: "reply", req, command: "retain", room: place.name, keep: formatKeep(keep) });
  }

  outbox({ req, limit }: CommandOf<"outbox">): void {
    this.#ask({ req, about: "", query: { kind: "waiting", limit } });
  }

  pollLoad(): Output<never> | undefined {
    if (this.#asked !== undefined) return undefined;
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) return undefined;
    this.#token += 1;
    return { kind: "load", token: this.#token, query: this.#asked.query };
  }

  /** The answer to the last load. */
  handleLoaded(loaded: HistoryLoaded | SearchLoaded | WaitingLoaded): void {
    if (this.#asked === undefined) return;
    const { req, about } = this.#asked;
    this.#asked = undefined;
    const { addressees } = this.#options;
    switch (loaded.step) {
      case "page":
        return this.#tell(req, about, loaded);
      case "unknown":
        return addressees.fail(req, "NO_PEER", `Nothing with this id is kept of ${about}`);
      case "empty":
        return addressees.fail(req, "USAGE", "Say a word to search for");
      case "failed":
        return addressees.fail(req, "INTERNAL", loaded.reason);
      default:
        loaded satisfies never;
    }
  }

  #ask(asked: Asked): void {
    if (this.#waiting.length < ASKED_MAX) this.#waiting.push(asked);
    else {
      const text = "Too much of the history is asked for at once";
      this.#options.addressees.fail(asked.req, "USAGE", text);
    }
  }

  #tell(req: Req, about: string, loaded: Extract<Loaded, { step: "page" }>): void {
    const { me, report, roster } = this.#options;
    const messages = loaded.messages.map((message) => keptMessageEvent(message, roster, me));
    switch (loaded.kind) {
      case "history": {
        const { hasBefore, hasAfter, damaged } = loaded;
        const page = { room: about, messages, hasBefore, hasAfter, damaged };
        return report({ type: "reply", req, command: "history", ...page });
      }
      case "search": {
        const { hasMore, unsearched, damaged } = loaded;
        const finds = { text: about, messages, hasMore, unsearched, damaged };
        return report({ type: "reply", req, command: "search", ...finds });
      }
      case "waiting": {
        const waiting = { messages: messages.map((it) => this.#waitingOf(it)), more: loaded.more };
        return report({ type: "reply", req, command: "outbox", ...waiting });
      }
      default:
        loaded satisfies never;
    }
  }

  #waitingOf({ id, room, text, sentAtMs, states }: KeptMessageEvent): WaitingMessageEvent {
    const { chat, roster } = this.#options;
    const to = (states ?? []).filter(({ state }) => state === "queued").map(({ by }) => by);
    const holders = new Set(to.flatMap((who) => chat.holdersOf(id, who.id)));
    const heldBy = [...holders].map((holder) => roster.who(holder));
    return { id, room, text, sentAtMs, to, heldBy };
  }

  /** The room or conversation that is meant; says what is wrong where none is. */
  #placeOf({
    req,
    room,
    with: who,
  }: CommandOf<"history" | "search" | "retain">):
    { readonly id: RoomId; readonly name: string } | undefined {
    const { chat, roster, addressees } = this.#options;
    if (who !== null && room === null) {
      const peer = addressees.person(req, who, "A conversation is that with @name");
      return peer && { id: chat.directRoom(peer), name: `@${roster.label(peer)}` };
    }
    const name = room === null || who !== null ? undefined : parseRoomName(room);
    if (name !== undefined) return { id: addressees.room(name) ?? openRoom(name), name };
    addressees.fail(req, "USAGE", 'Say which: "room" is #name, or "with" is @name');
    return undefined;
  }
}

/** Undefined where more than one is said. */
function startOf({ before, after, around }: CommandOf<"history">): PageStart | undefined {
  const starts: PageStart[] = [];
  if (before !== null) starts.push({ step: "before", id: before });
  if (after !== null) starts.push({ step: "after", id: after });
  if (around !== null) starts.push({ step: "around", id: around });
  return starts.length > 1 ? undefined : (starts[0] ?? { step: "end" });
}
