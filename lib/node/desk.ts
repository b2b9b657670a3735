import type { PeerId, RoomId } from "../base/ids.ts";
import { parseRoomName } from "../base/text.ts";
import type { Chat, Destination, SendFault } from "../chat/chat.ts";
import type { ChatEvent } from "../chat/events.ts";
import type { RegistrarEvent } from "../rendezvous/registrar.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import type { ListingEntry } from "../wire/rendezvous.ts";
import type { PeerCommand } from "./commands.ts";
import type { Endpoint } from "./endpoint.ts";
import {
  type ErrorCode,
  listedOf,
  type Member,
  type PeerEvent,
  type Req,
  roundedMs,
} from "./events.ts";
import { Gathering, type Saying } from "./gathering.ts";
import { Letters } from "./letters.ts";
import type { Roster } from "./roster.ts";
import type { Search } from "./search.ts";
import type { ServerLink } from "./serverlink.ts";
import { formatTarget, parseTarget, type PersonTarget, type Target } from "./target.ts";

type Command<Type extends PeerCommand["type"]> = Extract<PeerCommand, { type: Type }>;

type Outcome = Exclude<RegistrarEvent, { type: "registered" | "introduced" | "unknown" }>;

/** What a question to the server or to a peer was asked for. */
type Asked =
  | { readonly kind: "list" | "peer" | "punch"; readonly req: Req }
  | { readonly kind: "name"; readonly target: PersonTarget };

export interface DeskOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly search: Search;
  readonly endpoint: Endpoint;
  readonly report: (event: PeerEvent) => void;
  /** Reports how somebody is reached, or why not. */
  readonly explain: (now: number, peerId: PeerId, req: Req) => void;
}

const FAULTS: Readonly<Record<SendFault, readonly [ErrorCode, string]>> = {
  "too-long": ["USAGE", `The message is too long: at most ${TEXT_BYTES_MAX} bytes fit`],
  empty: ["USAGE", "The message is empty"],
  "not-a-member": ["NO_PEER", "You are not in this room: join it first"],
  "outbox-full": ["QUEUED", "Too many messages wait already: try again later"],
};

/** Where a client's commands are taken in and answered. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #letters = new Letters();
  readonly #gathering = new Gathering();
  readonly #asked = new Map<number, Asked>();
  /** Punches of peers, by their token and peer. */
  readonly #punches = new Map<string, Req>();
  /** To whom the last message went: the next goes there too, more often than not. */
  #last: { readonly to: string; readonly target: Target | undefined } | undefined;
  #lastToken = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  handleCommand(now: number, command: Exclude<PeerCommand, { type: "quit" }>): void {
    switch (command.type) {
      case "send":
        return this.#send(now, command);
      case "list":
        return this.#options.server.list(now, this.#ask({ kind: "list", req: command.req }));
      case "peer": {
        const token = this.#ask({ kind: "peer", req: command.req });
        return this.#options.server.peer(now, token, command.number);
      }
      case "punch":
        return this.#punch(now, command);
      case "join":
        return this.#join(now, command);
      case "leave":
        return this.#leave(now, command);
      case "who":
        return this.#who(command);
      case "why": {
        const peer = this.#meantBy(command.req, command.to, "Somebody is asked about as @name");
        if (peer !== undefined) this.#options.explain(now, peer, command.req);
        return;
      }
      default:
        return command satisfies never;
    }
  }

  handleTimeout(now: number): void {
    this.#search(now);
    this.#sayHeld(now);
    for (const { req, target } of this.#letters.takeExpired(now)) {
      const isServerThere = this.#options.server.connection !== undefined;
      if (isServerThere) this.#fail(req, "NO_PEER", `Nobody known here is ${formatTarget(target)}`);
      else this.#fail(req, "NO_SERVER", `No server to ask for ${target.name}`);
    }
  }

  pollTimeout(): number {
    return Math.min(this.#letters.pollTimeout(), this.#gathering.pollTimeout());
  }

  onIntroduced(now: number, peerId: PeerId): void {
    this.#gathering.onIntroduced(now, peerId);
  }

  /** A peer is met, gone, or out of reach for now. */
  onSettled(now: number, peerId: PeerId): void {
    this.#gathering.onSettled(peerId);
    this.#sayHeld(now);
  }

  /** Says now what would wait. */
  onLeaving(now: number): void {
    for (const saying of this.#gathering.takeAll()) this.#say(now, saying);
  }

  /** Somebody is not registered: looked for on only while something waits for them. */
  onUnknown(_now: number, peerId: PeerId): void {
    const { chat, server } = this.#options;
    if (!chat.hasWaiting(peerId)) server.unseek(peerId);
  }

  onOutcome(now: number, outcome: Outcome): void {
    const asked = this.#asked.get(outcome.token);
    this.#asked.delete(outcome.token);
    if (asked === undefined) return;
    if (asked.kind === "name") {
      if (outcome.type === "found") this.#onFound(now, asked.target, outcome.entries);
      return;
    }
    const { req } = asked;
    const { report, server } = this.#options;
    switch (outcome.type) {
      case "listed":
        return report({
          type: "reply",
          req,
          command: "list",
          clients: outcome.entries.map(listedOf),
        });
      case "found":
        for (const entry of outcome.entries) {
          report({ type: "reply", req, command: "peer", client: listedOf(entry) });
        }
        return;
      case "punched": {
        const { who } = server;
        const rttMs = roundedMs(outcome.rttMs);
        if (who !== undefined) report({ type: "reply", req, command: "punch", who, rttMs });
        return;
      }
      case "failed":
        return this.#onFailed(req, outcome.reason);
      default:
        return outcome satisfies never;
    }
  }

  onChatEvent(_now: number, event: ChatEvent): void {
    if (event.kind !== "punched" && event.kind !== "unpunched") return;
    const key = `${event.peer} ${event.token}`;
    const req = this.#punches.get(key);
    if (req === undefined) return;
    this.#punches.delete(key);
    const who = this.#options.roster.who(event.peer);
    if (event.kind === "unpunched") {
      this.#fail(req, "NO_PATH", `${who.name} went away before it answered`);
      return;
    }
    const rttMs = roundedMs(event.rttMs);
    this.#options.report({ type: "reply", req, command: "punch", who, rttMs });
  }

  #send(now: number, { req, to, text }: Command<"send">): void {
    if (this.#last?.to !== to) this.#last = { to, target: parseTarget(to) };
    const { target } = this.#last;
    if (target === undefined) {
      this.#fail(req, "USAGE", "A message goes to #room, @name or @name~id");
      return;
    }
    if (target.kind === "room") {
      const room = this.#roomOf(target.room);
      const saying = { room: target.room, text, req };
      if (room === undefined) this.#fail(req, "NO_PEER", `You are not in ${to}: join it first`);
      else if (!this.#gathering.hold(now, saying)) this.#say(now, saying);
      return;
    }
    const { me, roster } = this.#options;
    const known = roster.find(target);
    // A namesake is never meant by one's own name and id.
    if (known.length === 1 && known[0] === me) {
      this.#fail(req, "USAGE", `You are ${target.name} yourself`);
      return;
    }
    const isOpen = !this.#letters.isWaitingFor(target);
    const ids = isOpen ? known.filter((peerId) => peerId !== me) : [];
    if (ids.length > 0) this.#sendToOne(now, target, ids, text, req);
    else if (!this.#letters.add(now, { req, target, text })) {
      this.#fail(req, "QUEUED", "Too many names are being looked for: try again later");
    } else this.#search(now);
  }

  #say(now: number, { room: name, text, req }: Saying): void {
    const room = this.#roomOf(name);
    if (room === undefined) this.#fail(req, "NO_PEER", `You are no longer in ${name}`);
    else this.#deliver(now, { kind: "room", room }, text, req);
  }

  #sayHeld(now: number): void {
    for (let saying = this.#gathering.pollSaying(now); saying !== undefined;) {
      this.#say(now, saying);
      saying = this.#gathering.pollSaying(now);
    }
  }

  #sendToOne(
    now: number,
    target: PersonTarget,
    ids: readonly PeerId[],
    text: string,
    req: Req,
  ): void {
    const [peer] = ids;
    if (peer === undefined || ids.length > 1) {
      this.#fail(req, "AMBIGUOUS", ambiguityOf(target, ids));
      return;
    }
    this.#deliver(now, { kind: "direct", peer }, text, req);
    if (this.#options.endpoint.connectionTo(peer) === undefined) {
      this.#options.search.seek(now, peer);
    }
  }

  #deliver(now: number, to: Destination, text: string, req: Req): void {
    const result = this.#options.chat.send(now, to, text, req);
    if (!result.ok) this.#fail(req, ...FAULTS[result.reason]);
  }

  /** Asks the server for names that nobody here knows; an introduction may have come meanwhile. */
  #search(now: number): void {
    const { server } = this.#options;
    for (;;) {
      const target = this.#letters.pollSearch(now);
      if (target === undefined) return;
      const ids = this.#find(target);
      if (ids.length > 0) this.#open(now, target, ids);
      else if (server.connection !== undefined) {
        server.find(now, this.#ask({ kind: "name", target }), target);
      }
    }
  }

  /** The server's word for a name counts no more than a card that says otherwise. */
  #onFound(now: number, target: PersonTarget, entries: readonly ListingEntry[]): void {
    const { me, roster } = this.#options;
    const meant: PeerId[] = [];
    for (const { peerId } of entries) {
      const name = roster.get(peerId)?.card.name ?? target.name;
      const isMeant = name === target.name && peerId.startsWith(target.prefix);
      if (isMeant && peerId !== me) meant.push(peerId);
    }
    if (meant.length > 0) this.#open(now, target, meant);
  }

  #open(now: number, target: PersonTarget, ids: readonly PeerId[]): void {
    for (const { text, req } of this.#letters.take(target)) {
      this.#sendToOne(now, target, ids, text, req);
    }
  }

  #punch(now: number, { req, to }: Command<"punch">): void {
    const { server, chat, endpoint, roster } = this.#options;
    if (to === null) {
      server.punch(now, this.#ask({ kind: "punch", req }));
      return;
    }
    const peer = this.#meantBy(req, to, "A punch goes to @name or @name~id");
    if (peer === undefined) return;
    if (endpoint.connectionTo(peer) === undefined) {
      this.#fail(req, "NO_PATH", `${roster.label(peer)} is not connected`);
    } else this.#punches.set(`${peer} ${chat.punch(now, peer)}`, req);
  }

  /** The one person who is meant; says what is wrong where it is not just one. */
  #meantBy(req: Req, to: string, usage: string): PeerId | undefined {
    const target = parseTarget(to);
    if (target?.kind !== "person") {
      this.#fail(req, "USAGE", usage);
      return undefined;
    }
    const [peer, ...others] = this.#find(target);
    if (peer !== undefined && others.length === 0) return peer;
    if (peer === undefined) {
      this.#fail(req, "NO_PEER", `Nobody known here is ${formatTarget(target)}`);
    } else this.#fail(req, "AMBIGUOUS", ambiguityOf(target, [peer, ...others]));
    return undefined;
  }

  #join(now: number, { req, room: text }: Command<"join">): void {
    const { chat, server, report } = this.#options;
    const room = parseRoomName(text);
    if (room === undefined) {
      this.#fail(req, "USAGE", "A room is # and 1 to 32 letters, digits, - _ or .");
    } else if (chat.join(now, room) === undefined) {
      this.#fail(req, "USAGE", "You are in as many rooms as one can be: leave one first");
    } else {
      server.setRooms(now, [...chat.rooms().keys()]);
      if (server.connection !== undefined) this.#gathering.onJoined(now);
      report({ type: "reply", req, command: "join", room });
    }
  }

  #leave(now: number, { req, room: text }: Command<"leave">): void {
    const { chat, server, report } = this.#options;
    const room = parseRoomName(text) ?? text;
    if (!chat.leave(now, room)) this.#fail(req, "NO_PEER", `You are not in ${room}`);
    else {
      server.setRooms(now, [...chat.rooms().keys()]);
      report({ type: "reply", req, command: "leave", room });
    }
  }

  #who({ req, room: text }: Command<"who">): void {
    const { me, chat, roster, report } = this.#options;
    const room = this.#roomOf(text);
    if (room === undefined) {
      this.#fail(req, "NO_PEER", `You are not in ${text}`);
      return;
    }
    const members: Member[] = [{ ...roster.who(me), state: "me" }];
    for (const peerId of chat.members(room)) {
      const state = roster.get(peerId)?.state ?? "known";
      members.push({ ...roster.who(peerId), state: state === "known" ? "gone" : state });
    }
    report({ type: "reply", req, command: "who", room: parseRoomName(text) ?? text, members });
  }

  #roomOf(text: string): RoomId | undefined {
    const wanted = parseRoomName(text);
    for (const [room, name] of this.#options.chat.rooms()) if (name === wanted) return room;
    return undefined;
  }

  #find(target: PersonTarget): PeerId[] {
    const { me, roster } = this.#options;
    return roster.find(target).filter((peerId) => peerId !== me);
  }

  #ask(asked: Asked): number {
    const token = ++this.#lastToken;
    this.#asked.set(token, asked);
    return token;
  }

  #onFailed(req: Req, reason: "no-server" | "timeout" | "no-such-number"): void {
    switch (reason) {
      case "no-server":
        return this.#fail(req, "NO_SERVER", "No server is connected");
      case "timeout":
        return this.#fail(req, "NO_SERVER", "The server did not answer");
      case "no-such-number":
        return this.#fail(req, "NO_PEER", "No client has this number");
      default:
        return reason satisfies never;
    }
  }

  #fail(req: Req, code: ErrorCode, text: string): void {
    this.#options.report({ type: "error", req, code, text });
  }
}

function ambiguityOf(target: PersonTarget, ids: readonly PeerId[]): string {
  const all = ids.map((id) => `${target.name}~${id.slice(0, 8)}`).join(", ");
  return `${target.name} is ambiguous: say one of ${all}`;
}
