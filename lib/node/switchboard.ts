import type { PeerId } from "../base/ids.ts";
import type { ChatOutput } from "../chat/events.ts";
import type { MeetingOutcome } from "../paths/grades.ts";
import type { RegistrarEvent } from "../rendezvous/registrar.ts";
import { CLOSE_CODES } from "../session/session.ts";
import { CHAT_CHANNEL, RENDEZVOUS_CHANNEL } from "../wire/channels.ts";
import { type Connection, isToServer } from "./connection.ts";
import { hereOf } from "./encounters.ts";
import type { EndpointEvent } from "./endpoint.ts";
import { MAIN_SOCKET, type Output, RELAY_SOCKET } from "./machine.ts";
import { recordMeeting } from "./meetingrecord.ts";
import type { FellowsOutput } from "./fellows.ts";
import { LEAVING } from "./neighbours.ts";
import type { ServerLinkOutput } from "./serverlink.ts";
import type { Parts } from "./parts.ts";
import type { Trail } from "./trails.ts";

/** Tells each part of a client's node what another has said that concerns it. */
export class Switchboard {
  readonly #parts: Parts;
  readonly #loads: Output<never>[] = [];
  #now: number;
  #readyAtMs: number;
  #isLeaving = false;

  /** `readyAtMs`: when it is ready at the latest, whether a server has answered or not. */
  constructor(now: number, parts: Parts, readyAtMs: number) {
    this.#now = now;
    this.#parts = parts;
    this.#readyAtMs = readyAtMs;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Lets the parts talk until none has anything more to say. */
  settle(now: number): void {
    const { endpoint, server, chat, fellows } = this.#parts;
    this.#now = now;
    for (;;) {
      const heard = endpoint.pollEvent();
      if (heard !== undefined) {
        this.#onEndpoint(heard);
        continue;
      }
      const asked = server.pollOutput(now);
      if (asked !== undefined) {
        this.#onServerLink(asked);
        continue;
      }
      const told = fellows.pollOutput();
      if (told !== undefined) {
        this.#onFellows(told);
        continue;
      }
      const said = chat.pollOutput();
      if (said === undefined) return;
      this.#onChat(said);
    }
  }

  /** Somebody is about to be met, or asked for again. */
  onMeeting(now: number, peerId: PeerId): void {
    const { reporter, desk, endpoint } = this.#parts;
    const trail = endpoint.trails.of(peerId);
    if (!reporter.onConnecting(peerId, trail.introduction?.expected)) return;
    trail.onMeeting(now);
    desk.onIntroduced(now, peerId);
  }

  /** Says goodbye to everybody. */
  leave(now: number): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const { desk, endpoint } = this.#parts;
    desk.onLeaving(now);
    for (const connection of endpoint.connections()) {
      endpoint.close(connection, CLOSE_CODES.done, LEAVING);
    }
  }

  handleTimeout(now: number): void {
    if (now >= this.#readyAtMs) this.#becomeReady();
  }

  pollTimeout(): number {
    return this.#readyAtMs;
  }

  pollLoad(): Output<never> | undefined {
    return this.#loads.shift();
  }

  #onEndpoint(event: EndpointEvent): void {
    const { reporter, pins, chat, fellows } = this.#parts;
    switch (event.kind) {
      case "opened":
        return this.#onOpened(event.connection);
      case "closed":
        return this.#onClosed(event.connection, event.code, event.reason);
      case "answered":
        return chat.onAnswered(event.peerId);
      case "word":
        return chat.handleWord(this.#now, event.peerId, event.data);
      case "messages":
        for (const it of event.messages) this.#onMessage(event.connection, event.channel, it);
        return;
      case "writable":
      case "seen":
        return;
      case "datagram":
        if (isToServer(event.connection)) return;
        return fellows.handleDatagram(this.#now, event.connection, event.data);
      case "moved":
        if (!isToServer(event.connection)) {
          fellows.onMoved(this.#now, event.connection, event.from);
          this.#remember(event.connection);
        }
        return reporter.onMoved(event.connection);
      case "doubted":
        return this.#onDoubted(event.connection, event.isUprooted);
      case "trusted":
        return this.#parts.search.unseek(event.connection.card.peerId);
      case "unreachable":
        return this.#onUnreachable(event.peerId, event.candidates);
      case "pinned":
        return pins.onServerProved(event);
      case "other-key":
        this.#becomeReady();
        return reporter.onOtherKey(event.name, event.address);
      case "strangers":
        return reporter.log("debug", "strangers", { datagrams: event.datagrams });
      default:
        return event satisfies never;
    }
  }

  #onOpened(connection: Connection): void {
    const { server, chat, callers, search, fellows } = this.#parts;
    if (isToServer(connection)) {
      server.setRooms(this.#now, [...chat.rooms().keys()]);
      server.onOpened(this.#now, connection);
      return;
    }
    const { card } = connection;
    callers.onOpened(connection);
    search.unseek(card.peerId);
    fellows.onOpened(this.#now, connection);
    this.onMeeting(this.#now, card.peerId);
    const { session, isInitiator } = connection;
    chat.onPeerOpen(this.#now, card.peerId, { hash: session.hash, isInitiator });
  }

  /** To be introduced again shows both where the other is now; the session goes on meanwhile. */
  #onDoubted(connection: Connection, isUprooted: boolean): void {
    if (isToServer(connection)) return;
    const { server, search, endpoint, fellows } = this.#parts;
    const { peerId } = connection.card;
    fellows.onDoubted(this.#now, connection);
    // Most doubts are a lost packet's, and are over before the first step of the ladder.
    search.restart(this.#now, peerId, !isUprooted);
    // By then it is to know where this client is.
    endpoint.ping(server.connection);
  }

  #onMet(peerId: PeerId): void {
    const { desk, endpoint, pins, roster, reporter, fellows } = this.#parts;
    desk.onSettled(this.#now, peerId);
    fellows.onMet(this.#now);
    const connection = endpoint.connectionTo(peerId);
    if (connection === undefined) return;
    pins.onMet(this.#now, roster.learn(connection.card).card);
    const trail = endpoint.trails.of(peerId);
    this.#remember(connection, techniqueOf(connection, trail));
    trail.onConnected(this.#now, pathNote(connection));
    this.#endMeeting(peerId, connection.path.kind);
    reporter.onConnected(connection);
  }

  /** Where a peer is met; who is carried may be anywhere. */
  #remember({ card, path }: Connection, technique?: string): void {
    if (path.kind === "relay") return;
    const { server, encounters, pins } = this.#parts;
    const { place } = hereOf(server.vantage);
    const met = { peer: card.peerId, place, remote: path.remote, technique };
    const write = encounters.learn(this.#now, met);
    if (write !== undefined) pins.keep([write]);
  }

  #endMeeting(peerId: PeerId, outcome: MeetingOutcome): void {
    const { endpoint, callers, pins, roster } = this.#parts;
    const trail = endpoint.trails.get(peerId);
    pins.keep(recordMeeting(this.#now, roster.who(peerId), trail, outcome, callers.nat));
  }

  #onUnreachable(peerId: PeerId, candidates: number): void {
    const { desk, callers, reporter } = this.#parts;
    desk.onSettled(this.#now, peerId);
    this.#endMeeting(peerId, "none");
    reporter.onUnreachable(peerId, callers.causeOf(peerId, candidates));
  }

  #onClosed(connection: Connection, code: number, reason: string): void {
    if (this.#isLeaving) return;
    const { server, chat, desk, reporter, callers, endpoint, search, fellows } = this.#parts;
    if (isToServer(connection)) {
      server.onClosed(this.#now);
      if (code !== CLOSE_CODES.refused) return reporter.onServerLost(connection, reason);
      this.#becomeReady();
      return reporter.onServerRefuses(connection, reason);
    }
    const { peerId } = connection.card;
    chat.onPeerClosed(this.#now, peerId);
    if (code === CLOSE_CODES.replaced) return;
    this.#remember(connection);
    fellows.onClosed(this.#now, connection);
    desk.onSettled(this.#now, peerId);
    endpoint.trails.of(peerId).onGone(this.#now, reason);
    reporter.onGone(connection, reason);
    callers.onClosed(this.#now, peerId, reason);
    const isMissed = reason !== LEAVING || chat.hasWaiting(peerId);
    if (isMissed) search.restart(this.#now, peerId);
    else search.unseek(peerId);
  }

  #onMessage(connection: Connection, channel: number, message: Uint8Array): void {
    const { chat, fellows } = this.#parts;
    const isServer = isToServer(connection);
    switch (channel) {
      case RENDEZVOUS_CHANNEL:
        if (isServer) return this.#onServerMessage(connection, message);
        return fellows.handleMessage(this.#now, connection, message);
      case CHAT_CHANNEL:
        if (!isServer) chat.handleMessage(this.#now, connection.card.peerId, message);
        return;
      default:
    }
  }

  #onServerMessage(connection: Connection, message: Uint8Array): void {
    const { server } = this.#parts;
    const wasRegistered = server.isRegistered;
    server.handleMessage(this.#now, message);
    if (!wasRegistered && server.isRegistered) this.#onRegistered(connection);
  }

  #onFellows(output: FellowsOutput): void {
    const { endpoint, lookout, callers, reporter } = this.#parts;
    switch (output.kind) {
      case "request":
        endpoint.send(output.to, RENDEZVOUS_CHANNEL, output.message);
        return;
      case "observed":
        return lookout?.onWitness(this.#now, output.by, output.observed);
      case "introduced":
        lookout?.refresh(this.#now);
        return callers.onIntroduced(this.#now, output.introduced, output.by);
      case "whereabouts":
        return callers.onWhereabouts(this.#now, output.peerId, output.candidates, output.by);
      case "carried":
        return endpoint.handleDatagram(this.#now, RELAY_SOCKET, output.from, output.bytes);
      case "log":
        return reporter.log("trace", `peer: ${output.message}`, output.fields);
      default:
        return output satisfies never;
    }
  }

  #onRegistered(connection: Connection): void {
    if (this.#readyAtMs === Infinity) this.#parts.reporter.onServerFound(connection);
    else this.#becomeReady();
  }

  /** The server was found, or there is no use in waiting for it. */
  #becomeReady(): void {
    if (this.#readyAtMs === Infinity) return;
    this.#readyAtMs = Infinity;
    this.#parts.reporter.onReady();
  }

  #onRegistrar(event: RegistrarEvent): void {
    const { server, lookout, callers, desk } = this.#parts;
    switch (event.type) {
      case "registered": {
        const at = server.connection?.path.remote;
        if (at !== undefined) lookout?.onRegistered(this.#now, at, event.observed, event.observers);
        return;
      }
      case "introduced":
        lookout?.refresh(this.#now);
        return callers.onIntroduced(this.#now, event);
      case "unknown":
        return desk.onUnknown(this.#now, event.peerId);
      case "listed":
      case "found":
      case "punched":
      case "failed":
        return desk.onOutcome(this.#now, event);
      default:
        return event satisfies never;
    }
  }

  #onChat(output: ChatOutput): void {
    const { endpoint, desk, reporter } = this.#parts;
    switch (output.kind) {
      case "send":
        endpoint.send(output.peer, CHAT_CHANNEL, output.message);
        return;
      case "word":
        return endpoint.speak(output.peer, output.message);
      case "load":
        this.#loads.push(output);
        return;
      case "event":
        desk.onChatEvent(this.#now, output.event);
        reporter.onChatEvent(output.event);
        if (output.event.kind === "met") this.#onMet(output.event.peer);
        return;
      default:
        return output satisfies never;
    }
  }

  #onServerLink(output: ServerLinkOutput): void {
    const { server, endpoint } = this.#parts;
    switch (output.kind) {
      case "event":
        return this.#onRegistrar(output.event);
      case "request":
        return this.#sendToServer(output.message);
      case "show":
        if (server.connection !== undefined) endpoint.show(server.connection, output.to);
        return;
      case "ask":
        return endpoint.ping(server.connection);
      case "remapped":
        return endpoint.onNetwork(this.#now);
      default:
        return output satisfies never;
    }
  }

  #sendToServer(message: Uint8Array): void {
    const { server, endpoint } = this.#parts;
    if (server.who !== undefined) endpoint.send(server.who.id, RENDEZVOUS_CHANNEL, message);
  }
}

/** What was done besides calling, where no call would have found this way. */
function techniqueOf({ path }: Connection, { tactic, introduction }: Trail): string {
  const isCalled = path.socket === MAIN_SOCKET && path.remote === introduction?.seenAt;
  return path.kind === "lan" || isCalled ? "call" : (tactic ?? "call");
}

function pathNote({ path }: Connection): string {
  if (path.kind === "relay") return "through a member who carries";
  return `${path.kind === "lan" ? "over the local network" : "directly"} at ${path.remote}`;
}
