import type { PeerId, RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type {
  HistoryLoaded,
  HistoryQuery,
  PageStart,
  PlaceLoaded,
  PlaceQuery,
  SearchLoaded,
  SearchQuery,
  WaitingLoaded,
  WaitingQuery,
} from "../chat/history.ts";
import type { Keep } from "../chat/retention.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import { decided } from "./diskevents.ts";
import type { PeerEvent, Req } from "./events.ts";
import { formatKeep, KEEP_RULE, parseKeep } from "./keep.ts";
import { keptMessageEvent } from "./keptmessages.ts";
import { ambiguousWords } from "./namesakes.ts";
import type { Loaded, Output } from "./machine.ts";
import type { WaitingMessageEvent } from "./outboxevents.ts";
import type { Pins } from "./pins.ts";
import type { Roster } from "./roster.ts";
import type { KeptMessageEvent } from "./sayings.ts";
import { formatKeptRoom, parseKeptRoom } from "./target.ts";

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
  readonly query: HistoryQuery | SearchQuery | WaitingQuery | PlaceQuery;
  /** Of a place: what is done where it is known, and may be asked next. */
  readonly onFound?: ((place: FoundPlace) => Asked | undefined) | undefined;
}

type FoundPlace = Pick<Extract<PlaceLoaded, { step: "found" }>, "room" | "keep"> & {
  readonly label: string;
};

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
    const from = startOf(command);
    if (from === undefined) {
      const text = "A page is the first, or before, after or around a message: say one of them";
      this.#options.addressees.fail(req, "USAGE", text);
      return;
    }
    const message = "id" in from ? from.id : undefined;
    this.#locate(command, message, ({ room, label }) => {
      return { req, about: label, query: { kind: "history", room, from, limit } };
    });
  }

  search(command: CommandOf<"search">): void {
    const { req, text, limit } = command;
    const search = (room: RoomId | undefined): Asked => {
      return { req, about: text, query: { kind: "search", text, room, limit } };
    };
    if (command.room === null && command.with === null) this.#ask(search(undefined));
    else this.#locate(command, undefined, ({ room }) => search(room));
  }

  retain(command: CommandOf<"retain">): void {
    const { req } = command;
    const { pins, report, addressees } = this.#options;
    const tell = (room: string, keep: Keep, isKept: boolean): undefined => {
      const about = { room, keep: formatKeep(keep), ...decided(isKept) };
      report({ type: "reply", req, command: "retain", ...about });
    };
    if (command.keep === null) {
      this.#read(command, ({ label, keep }) => tell(label, keep, true));
      return;
    }
    const keep = parseKeep(command.keep);
    if (keep === undefined) return addressees.fail(req, "USAGE", KEEP_RULE);
    this.#locate(command, undefined, ({ room, label }) => {
      pins.decide([{ kind: "retention", room, keep }], (isKept) => tell(label, keep, isKept));
      return undefined;
    });
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
  handleLoaded(loaded: HistoryLoaded | SearchLoaded | WaitingLoaded | PlaceLoaded): void {
    if (this.#asked === undefined) return;
    const { req, about, onFound } = this.#asked;
    this.#asked = undefined;
    const { addressees } = this.#options;
    switch (loaded.step) {
      case "page":
        return this.#tell(req, about, loaded);
      case "found":
        return this.#goOn(onFound?.({ ...loaded, label: loaded.label ?? about }));
      case "unknown": {
        const what = loaded.kind === "place" ? "Nothing" : "Nothing with this id";
        return addressees.fail(req, "NO_PEER", `${what} is kept of ${about}`);
      }
      case "ambiguous": {
        return addressees.fail(req, "AMBIGUOUS", ambiguousWords(about, loaded.labels));
      }
      case "empty":
        return addressees.fail(req, "USAGE", "Say a word to search for");
      case "failed":
        return addressees.fail(req, "INTERNAL", loaded.reason);
      default:
        loaded satisfies never;
    }
  }

  /** Before others, which have come later. */
  #goOn(next: Asked | undefined): void {
    if (next !== undefined) this.#waiting.unshift(next);
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

  /**
   * Does this with the room or conversation that is meant, once it is known; says what is wrong
   * where none is. Of what one is in no disk need be asked, unless it is by a message: that may
   * have been said in another room of the same name, which was left.
   */
  #locate(
    command: CommandOf<"history" | "search" | "retain">,
    message: string | undefined,
    onFound: (place: Pick<FoundPlace, "room" | "label">) => Asked | undefined,
  ): void {
    const place = this.#placeOf(command, message);
    if (place === undefined) return;
    const { query, label } = place;
    const isKnown = query.step === "room" || (query.prefix === "" && message === undefined);
    const room = query.step === "room" ? query.room : query.joined;
    if (!isKnown || room === undefined) {
      return this.#ask({ req: command.req, about: label, query, onFound });
    }
    const next = onFound({ room, label });
    if (next !== undefined) this.#ask(next);
  }

  /** The same, with what the disk knows of it. */
  #read(command: CommandOf<"retain">, onFound: (place: FoundPlace) => undefined): void {
    const place = this.#placeOf(command, undefined);
    if (place === undefined) return;
    const { query, label } = place;
    this.#ask({ req: command.req, about: label, query, onFound });
  }

  #placeOf(
    { req, room, with: who }: CommandOf<"history" | "search" | "retain">,
    message: string | undefined,
  ): { readonly query: PlaceQuery; readonly label: string } | undefined {
    const { chat, roster, addressees } = this.#options;
    if (who !== null && room === null) {
      const peer = addressees.person(req, who, "A conversation is that with @name");
      if (peer === undefined) return undefined;
      const query = { kind: "place", step: "room", room: chat.directRoom(peer) } as const;
      return { query, label: `@${roster.label(peer)}` };
    }
    const kept = room === null || who !== null ? undefined : parseKeptRoom(room);
    if (kept === undefined) {
      addressees.fail(req, "USAGE", 'Say which: "room" is #name, or "with" is @name');
      return undefined;
    }
    const joined = addressees.room(kept.name);
    const query = { kind: "place", step: "called", ...kept, joined, message } as const;
    return { query, label: formatKeptRoom(kept) };
  }
}

/** Undefined where more than one is said. */
function startOf(command: CommandOf<"history">): PageStart | undefined {
  const { before, after, around, beginning } = command;
  const starts: PageStart[] = [];
  if (beginning === true) starts.push({ step: "beginning" });
  if (before !== null) starts.push({ step: "before", id: before });
  if (after !== null) starts.push({ step: "after", id: after });
  if (around !== null) starts.push({ step: "around", id: around });
  return starts.length > 1 ? undefined : (starts[0] ?? { step: "end" });
}
