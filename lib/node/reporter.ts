import { type Address, parseAddress, viaParts } from "../base/address.ts";
import { toHex } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type {
  ChatEvent,
  EntriesHeard,
  MovedChange,
  StatusChange,
  SyncChange,
} from "../chat/events.ts";
import type { Cause } from "../paths/causes.ts";
import { type Forecast, forecastWords } from "../paths/forecastwords.ts";
import { isNearby, natSentence, natWord, nearbySentence } from "../paths/natwords.ts";
import type { NatReport } from "../wire/nat.ts";
import type { Connection } from "./connection.ts";
import { Echo } from "./echo.ts";
import { equivocationOf } from "./equivocations.ts";
import {
  type LogEvent,
  type PeerEvent,
  type PeerPath,
  type PeerStateEvent,
  roundedMs,
  type ServerStateEvent,
} from "./events.ts";
import { Hearing } from "./hearing.ts";
import type { Roster } from "./roster.ts";
import { saidPlaceOf } from "./saidplace.ts";
import type { ServerLink } from "./serverlink.ts";
import { Tellings } from "./tellings.ts";

export interface ReporterOptions {
  readonly me: PeerId;
  readonly roster: Roster;
  readonly chat: Chat;
  readonly server: ServerLink;
  /** Where the session with a peer goes, undefined where there is none. */
  readonly addressOf: (peerId: PeerId) => Address | undefined;
  /** As in `PeerOptions`. */
  readonly echoes: boolean;
}

/** Puts what happens in a client into words for its faces and its log; `ready` comes first. */
export class Reporter {
  readonly #me: PeerId;
  readonly #roster: Roster;
  readonly #chat: Chat;
  readonly #server: ServerLink;
  readonly #addressOf: (peerId: PeerId) => Address | undefined;
  readonly tellings: Tellings;
  readonly #hearing: Hearing;
  readonly #echo: Echo | undefined;
  /** What a server that refuses us was last told to say. */
  #refusal = "";
  /** What was last told of this node's own network. */
  #nat: { readonly word: string | null; readonly text: string } | undefined;

  constructor({ me, roster, chat, server, addressOf, echoes }: ReporterOptions) {
    this.#me = me;
    this.#roster = roster;
    this.#chat = chat;
    this.#server = server;
    this.#addressOf = addressOf;
    // Whatever names somebody comes after what tells them apart.
    this.tellings = new Tellings(() => {
      const who = roster.pollNamesake();
      if (who !== undefined) return { type: "namesake", who };
      const renamed = roster.pollRenamed();
      return renamed && { type: "renamed", ...renamed };
    });
    this.#hearing = new Hearing({ me, roster, tellings: this.tellings });
    this.#echo = echoes ? new Echo({ me, roster, tellings: this.tellings }) : undefined;
  }

  add(event: PeerEvent): void {
    this.tellings.add(event);
  }

  log(level: LogEvent["level"], message: string, fields: LogEvent["fields"]): void {
    this.add({ type: "log", level, message, fields });
  }

  onReady(): void {
    const { connection, who: its, observed, isRegistered } = this.#server;
    const server =
      connection !== undefined && its !== undefined && isRegistered
        ? { address: connection.path.remote, id: its.id, rttMs: rttOf(connection) }
        : null;
    const address = isRegistered ? (observed ?? null) : null;
    const me = this.#roster.who(this.#me);
    this.log("info", "ready", { id: me.id, server: server?.address ?? null, address });
    const rooms = [...this.#chat.rooms()].map(([id, room]) => {
      return { room, isPrivate: this.#chat.isPrivate(id) };
    });
    const nat = this.#nat?.word ?? null;
    const who = this.#roster.blocked().map((id) => this.#roster.who(id));
    const blocked = who.length === 0 ? {} : { blocked: who };
    this.tellings.onReady({ type: "ready", me, server, address, nat, rooms, ...blocked });
  }

  /** Half of it is kept back: it would be told twice. */
  onNat(report: NatReport, isSettled: boolean): void {
    const { mapping, filtering, allocation, poisons } = report;
    const fields = { mapping, filtering, allocation: allocation.kind, poisons: `${poisons}` };
    this.log("debug", "nat", fields);
    if (isNearby(report, this.#server.observed)) return this.#tellNat(null, nearbySentence());
    const word = natWord(report);
    if (isSettled && word !== undefined) this.#tellNat(word, natSentence(report));
  }

  /** Nothing came back from the server that was named: what may be the matter. */
  onSilence(sentence: string): void {
    this.log("warn", "silence", { sentence });
    this.#tellNat(null, sentence);
  }

  onServerFound(connection: Connection): void {
    this.#refusal = "";
    this.#onServer(connection, "connected", {});
  }

  onServerLost(connection: Connection, reason: string): void {
    this.#onServer(connection, "lost", { reason });
  }

  /** `said`: where the other client is, if it is an address. */
  onReplaced(connection: Connection, said: string): void {
    const by = parseAddress(said);
    this.#onServer(connection, "replaced", { by, reason: replacedWords(by) });
  }

  /** Told once, however often it is asked again. */
  onServerRefuses(connection: Connection, reason: string): void {
    const address = connection.path.remote;
    const { name, peerId: id } = connection.card;
    this.log("warn", "server refuses", { server: name, address, id, reason });
    const text = `The server at ${address} refuses: ${reason}; asked again from time to time`;
    if (text === this.#refusal) return;
    this.#refusal = text;
    this.add({ type: "error", req: null, code: "REFUSED", text });
  }

  onOtherKey(name: string, address: Address): void {
    this.log("warn", "server refused", { server: name, address, reason: "other key" });
    this.add({
      type: "error",
      req: null,
      code: "UNTRUSTED",
      text:
        `The server ${name} has another key than before: if its owner says so, ` +
        `give the new one once, as --server ${name}#KEY`,
    });
  }

  /** True if that is news. What is out of the ordinary is said beforehand. */
  onConnecting(peerId: PeerId, expected: Forecast | undefined): boolean {
    const state = this.#roster.get(peerId)?.state;
    if (state === "connecting" || state === "unreachable") return false;
    this.log("info", "introduced", this.#fields(peerId));
    const isOdd = expected === "prediction" || expected === "birthday" || expected === "relay";
    const reason = isOdd ? `expected ${forecastWords(expected)}` : null;
    this.#onPeer(peerId, "connecting", null, reason);
    return true;
  }

  /** A session whose peer has said which rooms it is in. */
  onConnected(connection: Connection): void {
    const { peerId } = connection.card;
    const path = this.pathOf(connection);
    this.log("info", "connected", {
      ...this.#fields(peerId),
      path: path.kind,
      remote: path.remote,
      rttMs: path.rttMs,
      session: toHex(connection.session.id),
    });
    this.#onPeer(peerId, "connected", path, null);
  }

  onMoved(connection: Connection): void {
    const { card, purpose } = connection;
    const isMet = this.#roster.get(card.peerId)?.state === "connected";
    if (purpose === "peer" && isMet) this.onConnected(connection);
  }

  onUnreachable(peerId: PeerId, { why, next }: Cause): void {
    if (this.#roster.get(peerId)?.state === "unreachable") return;
    this.log("warn", "unreachable", { ...this.#fields(peerId), why });
    this.#onPeer(peerId, "unreachable", null, `${why}; ${next}`);
  }

  onGone(connection: Connection, reason: string): void {
    const { peerId } = connection.card;
    this.log("info", "lost", { ...this.#fields(peerId), reason });
    this.#onPeer(peerId, "gone", null, reason);
  }

  onChatEvent(now: number, event: ChatEvent): void {
    switch (event.kind) {
      case "heard":
        return this.#onHeard(now, event);
      case "said": {
        const room = this.#nameOf(event.run.room, event.to ?? this.#me);
        return this.#echo?.onSaid(now, event, room);
      }
      case "reworded":
        return this.#echo?.onReworded(event, this.#nameOf(event.room, event.to));
      case "status":
        return this.#onStatus(event);
      case "moved":
        return this.#onRenumbered(event);
      case "member": {
        const { room, peer, joined } = event;
        const fields = { ...this.#fields(peer), room: this.#nameOf(room, peer) };
        return this.log("info", joined ? "joined" : "left", fields);
      }
      case "entrusted":
        return this.#onEntrusted(event);
      case "envelope": {
        const fields = { ...this.#fields(event.peer), envelope: event.id };
        const isOdd = event.what === "false" || event.what === "unsigned";
        return this.log(isOdd ? "warn" : "info", `envelope ${event.what}`, fields);
      }
      case "sync":
        return this.#onSync(event);
      case "equivocation":
        return this.#onEquivocation(event.room, event.author);
      case "untrue":
        return this.log("warn", "untrue history", {
          ...this.#fields(event.peer),
          room: this.#nameOf(event.room, event.peer),
        });
      case "refused": {
        const { peer, room, seq, reason, fault } = event;
        const fields = { id: peer, room: this.#nameOf(room, peer), seq, reason, fault };
        return this.log("warn", "entry refused", fields);
      }
      case "held":
        return this.log("warn", "their disk refuses", { id: event.peer });
      case "unstored":
        // The store has said why, once.
        return this.log("debug", "our disk refuses", { writes: event.writes });
      case "members-full":
        return this.log("warn", "room full", { id: event.peer });
      case "author":
      case "met":
      case "withdrawn":
      case "unread":
      case "unmarked":
      case "punched":
      case "unpunched":
        return;
      default:
        return event satisfies never;
    }
  }

  pathOf(connection: Connection): PeerPath {
    const { kind, remote: place } = connection.path;
    const carrier = viaParts(place)?.carrier;
    const via = carrier === undefined ? null : this.#roster.who(carrier);
    const remote = carrier === undefined ? place : this.#addressOf(carrier);
    // A path may outlive its carrier's session, or direct path, for a moment.
    const local = remote === undefined ? null : this.#server.localAddress(remote);
    return { kind, via, local, remote: remote ?? place, rttMs: rttOf(connection) };
  }

  #tellNat(word: string | null, text: string): void {
    if (text === this.#nat?.text) return;
    this.#nat = { word, text };
    this.add({ type: "nat", nat: word, text });
  }

  #onServer(
    connection: Connection,
    state: ServerStateEvent["state"],
    { reason, by }: Partial<Pick<ServerStateEvent, "reason" | "by">>,
  ): void {
    const address = connection.path.remote;
    const id = connection.card.peerId;
    const level = state === "replaced" ? "warn" : "info";
    this.log(level, `server ${state}`, { address, id, reason: by ?? reason ?? null });
    const measured = state === "connected" ? { rttMs: rttOf(connection) } : {};
    this.add({ type: "server", state, address, id, reason, by, ...measured });
  }

  #onPeer(
    peerId: PeerId,
    state: PeerStateEvent["state"],
    path: PeerPath | null,
    reason: string | null,
  ): void {
    this.#roster.setState(peerId, state);
    const { trust = "new", number = null } = this.#roster.get(peerId) ?? {};
    const who = this.#roster.who(peerId);
    const known = { who, trust, ...equivocationOf(peerId, { chat: this.#chat }) };
    this.add({ type: "peer", number, state, path, reason, ...known });
  }

  /** What a blocked one has written, and others pass on, is kept and not shown. */
  #onHeard(now: number, heard: EntriesHeard): void {
    const { room: roomId, author, entries } = heard;
    if (this.#roster.isBlocked(author)) {
      for (const _ of entries) this.tellings.addHeard(undefined);
      return;
    }
    const room = this.#nameOf(roomId, author);
    this.#hearing.onHeard(now, heard, room);
    const bytes = entries.reduce((sum, { entry }) => sum + entry.body.length, 0);
    const sentAtMs = entries[0]?.entry.time.wallMs ?? null;
    this.#logMessages("received", entries, { from: author, room, bytes, sentAtMs });
  }

  #onSync({ room: roomId, state, missing, received }: SyncChange): void {
    const room = this.#nameOf(roomId, this.#me);
    this.log("info", "history", { room, state, missing, received });
    this.add({ type: "sync", room, state, missing, received });
  }

  #onEquivocation(roomId: RoomId, author: PeerId): void {
    const who = this.#roster.who(author);
    const room = this.#nameOf(roomId, author);
    this.log("warn", "equivocation", { peer: who.name, id: who.id, room });
    this.add({ type: "equivocation", room, who });
  }

  #onStatus(event: StatusChange): void {
    const { messages, bytes, room: roomId, to, state, by: byId, reason } = event;
    const by = byId === null ? null : this.#roster.who(byId);
    const room = this.#nameOf(roomId, to ?? byId ?? this.#me);
    for (const { id, req, place, ...more } of messages) {
      const placed = place === undefined ? {} : { place: saidPlaceOf(place) };
      this.add({ type: "status", req, id, room, state, by, reason, ...more, ...placed });
    }
    const fields = { room, peer: byId ?? to ?? null, bytes, reason };
    const said = messages.filter(({ isReworded }) => isReworded !== true);
    if (said.length > 0) this.#logMessages(state, said, fields);
    else this.#logMessages("reworded", messages, fields);
  }

  #onRenumbered({ room: roomId, to, messages }: MovedChange): void {
    const room = this.#nameOf(roomId, to ?? this.#me);
    const status = { type: "status", room, state: "queued", by: null, reason: null } as const;
    for (const message of messages) this.add({ ...status, ...message });
    const was = messages[0]?.was ?? null;
    this.#logMessages("renumbered", messages, { was, room, peer: to ?? null });
  }

  #onEntrusted({ room, to, messages, by }: Extract<ChatEvent, { kind: "entrusted" }>): void {
    const who = this.#roster.who(by);
    for (const { id, req } of messages) {
      this.add({ type: "held", req, id, room: this.#nameOf(room, to), by: who });
    }
    this.#logMessages("held", messages, { peer: to, by });
  }

  /** One line for as many as went one way together: it names the first and counts them. */
  #logMessages(
    what: string,
    messages: readonly { readonly id: string }[],
    fields: LogEvent["fields"],
  ): void {
    const id = messages[0]?.id ?? null;
    const count = messages.length > 1 ? { messages: messages.length } : {};
    this.log("info", `message ${what}`, { id, ...count, ...fields });
  }

  #fields(peerId: PeerId): LogEvent["fields"] {
    const { name, id } = this.#roster.who(peerId);
    return { peer: name, id };
  }

  /** `#name` for a room of ours, `@name` for what is between us and that peer. */
  #nameOf(room: RoomId, peer: PeerId): string {
    const name = this.#chat.rooms().get(room);
    if (name !== undefined) return name;
    return this.#chat.directRoom(peer) === room ? `@${this.#roster.label(peer)}` : "#?";
  }
}

/** One entry of a chain may be said once: what others were told under its number stays so. */
function replacedWords(by: Address | undefined): string {
  return (
    `another client with your identity has registered ${by === undefined ? "" : `from ${by} `}` +
    "in place of this one, which does not register again by itself. Do not write in both: " +
    "two histories under one key are never one again, and others are warned of you. " +
    "End one of the two; /register makes this one the registered one. " +
    "If the other is not yours, somebody has a copy of your key"
  );
}

function rttOf(connection: Connection): number {
  return roundedMs(connection.session.rttMs ?? 0);
}
