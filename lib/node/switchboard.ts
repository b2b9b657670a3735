import type { PeerId } from "../base/ids.ts";
import type { ChatOutput } from "../chat/events.ts";
import type { RegistrarEvent } from "../rendezvous/registrar.ts";
import { CLOSE_CODES } from "../session/session.ts";
import { decodeAside } from "../wire/aside.ts";
import { ASIDE_CHANNEL, BULK_CHANNEL, CHAT_CHANNEL, RENDEZVOUS_CHANNEL } from "../wire/channels.ts";
import { decodeTyping } from "../wire/typing.ts";
import { type Connection, isToServer } from "./connection.ts";
import type { EndpointEvent } from "./endpoint.ts";
import { type Output, RELAY_SOCKET } from "./machine.ts";
import type { FellowsOutput } from "./fellows.ts";
import { LEAVING } from "./neighbours.ts";
import type { ServerLinkOutput } from "./serverlink.ts";
import type { Parts } from "./parts.ts";
import type { Visits } from "./visits.ts";

/** Tells each part of a client's node what another has said that concerns it. */
export class Switchboard {
  readonly #parts: Parts;
  readonly #visits: Visits;
  readonly #loads: Output<never>[] = [];
  #now: number;
  #readyAtMs: number;
  #isLeaving = false;
  #hasLeft = false;

  /** `readyAtMs`: when it is ready at the latest, whether a server has answered or not. */
  constructor(now: number, parts: Parts, visits: Visits, readyAtMs: number) {
    this.#now = now;
    this.#parts = parts;
    this.#visits = visits;
    this.#readyAtMs = readyAtMs;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Lets the parts talk until none has anything more to say. */
  settle(now: number): void {
    const { endpoint, server, chat, fellows, verifications, presence, desk } = this.#parts;
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
      const compared = verifications.pollOutput();
      if (compared !== undefined) {
        desk.onVerification(compared);
        continue;
      }
      const present = presence.pollOutput();
      if (present !== undefined) {
        desk.onPresence(present);
        continue;
      }
      const said = chat.pollOutput();
      if (said === undefined) break;
      this.#onChat(said);
    }
    desk.tellSuspects(now);
    this.#parts.authors.flush();
  }

  /** Says goodbye to everybody. */
  leave(now: number): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const { chat, desk } = this.#parts;
    desk.onLeaving(now);
    this.#visits.onLeaving(now);
    chat.quit(now);
    this.settle(now);
    this.#close(({ path }) => path.kind === "relay");
  }

  /** True once, when what goes through carriers has left: only then may they be left too. */
  leaveCarriers(): boolean {
    if (!this.#isLeaving || this.#hasLeft) return false;
    this.#hasLeft = true;
    this.#close(() => true);
    return true;
  }

  #close(isMeant: (connection: Connection) => boolean): void {
    const { endpoint } = this.#parts;
    for (const connection of endpoint.connections()) {
      if (isMeant(connection)) endpoint.close(connection, CLOSE_CODES.done, LEAVING);
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
    const { reporter, pins, chat, fellows, roster } = this.#parts;
    switch (event.kind) {
      case "opened":
        return this.#onOpened(event.connection);
      case "closed":
        return this.#onClosed(event.connection, event.code, event.reason);
      case "answered":
        return chat.onAnswered(event.peerId);
      case "word":
        if (roster.isBlocked(event.peerId)) return;
        return chat.handleWord(this.#now, event.peerId, event.data);
      case "messages":
        for (const it of event.messages) this.#onMessage(event.connection, event.channel, it);
        return;
      case "writable":
      case "seen":
        return;
      case "datagram":
        if (isToServer(event.connection)) return;
        return this.#onDatagram(event.connection, event.data);
      case "moved":
        if (!isToServer(event.connection)) {
          fellows.onMoved(this.#now, event.connection, event.from);
          this.#visits.onMoved(this.#now, event.connection);
        }
        return reporter.onMoved(event.connection);
      case "doubted":
        if (isToServer(event.connection)) return;
        return this.#visits.onDoubted(this.#now, event.connection, event.isUprooted);
      case "trusted":
        if (isToServer(event.connection)) return;
        return this.#visits.onTrusted(this.#now, event.connection);
      case "unreachable":
        return this.#visits.onUnreachable(this.#now, event.peerId, event.candidates);
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
    if (!isToServer(connection)) return this.#visits.onOpened(this.#now, connection);
    const { server, chat } = this.#parts;
    server.setRooms(this.#now, [...chat.rooms().keys()]);
    server.onOpened(this.#now, connection);
  }

  #onClosed(connection: Connection, code: number, reason: string): void {
    if (this.#isLeaving) return;
    if (!isToServer(connection)) return this.#visits.onClosed(this.#now, connection, code, reason);
    const { server, callers, reporter } = this.#parts;
    const isReplaced = code === CLOSE_CODES.superseded;
    server.onClosed(this.#now);
    callers.onServerLost();
    if (!isReplaced && code !== CLOSE_CODES.refused) {
      return reporter.onServerLost(connection, reason);
    }
    this.#becomeReady();
    if (isReplaced) return reporter.onReplaced(connection, reason);
    return reporter.onServerRefuses(connection, reason);
  }

  #onMessage(connection: Connection, channel: number, message: Uint8Array): void {
    const { chat, fellows, roster } = this.#parts;
    const isServer = isToServer(connection);
    // What a blocked one said comes after their session was closed, too.
    if (!isServer && roster.isBlocked(connection.card.peerId)) return;
    switch (channel) {
      case RENDEZVOUS_CHANNEL:
        if (isServer) return this.#onServerMessage(connection, message);
        return fellows.handleMessage(this.#now, connection, message);
      case CHAT_CHANNEL:
      case BULK_CHANNEL:
        if (!isServer) chat.handleMessage(this.#now, connection.card.peerId, message);
        return;
      case ASIDE_CHANNEL:
        if (!isServer) this.#onAside(connection.card.peerId, message);
        return;
      default:
    }
  }

  #onDatagram(connection: Connection, data: Uint8Array): void {
    const { fellows, presence, roster } = this.#parts;
    const { peerId } = connection.card;
    const typing = decodeTyping(data);
    if (typing === undefined) return fellows.handleDatagram(this.#now, connection, data);
    if (!roster.isBlocked(peerId)) presence.handleTyping(this.#now, peerId, typing);
  }

  #onAside(peerId: PeerId, bytes: Uint8Array): void {
    const { verifications, presence, authors } = this.#parts;
    const message = decodeAside(bytes);
    if (message === undefined) return;
    switch (message.kind) {
      case "presence":
        return presence.handleState(this.#now, peerId, message.state);
      case "who-are":
        return authors.handleQuestion(this.#now, peerId, message.peers);
      case "cards":
        return authors.handleCards(peerId, message.cards);
      case "compare":
      case "agree":
      case "reveal":
      case "verdict":
        return verifications.handleMessage(peerId, message);
      default:
        return message satisfies never;
    }
  }

  #onServerMessage(connection: Connection, message: Uint8Array): void {
    const { server } = this.#parts;
    const wasRegistered = server.isRegistered;
    server.handleMessage(this.#now, message);
    if (!wasRegistered && server.isRegistered) this.#onRegistered(connection);
  }

  #onFellows(output: FellowsOutput): void {
    const { endpoint, lookout, callers, reporter, successors } = this.#parts;
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
        successors.onRegistered(output.peerId, output.nat);
        return callers.onWhereabouts(this.#now, output.peerId, output.candidates, output.by);
      case "succession":
        return successors.follow(this.#now, output.connection, output.succession);
      case "carried":
        return endpoint.handleDatagram(this.#now, RELAY_SOCKET, output.from, output.bytes);
      case "log":
        return reporter.log("trace", `peer: ${output.message}`, output.fields);
      default:
        return output satisfies never;
    }
  }

  #onRegistered(connection: Connection): void {
    this.#parts.desk.onServer(this.#now);
    if (this.#readyAtMs === Infinity) this.#parts.reporter.onServerFound(connection);
    else this.#becomeReady();
  }

  /** The server was found, or there is no use in waiting for it. */
  #becomeReady(): void {
    if (this.#readyAtMs === Infinity) return;
    this.#readyAtMs = Infinity;
    this.#parts.reporter.onReady();
    this.#parts.recalls.onReady(this.#now);
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
        this.#parts.recalls.onUnknown(event.peerId);
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
    const { endpoint, desk, reporter, authors } = this.#parts;
    switch (output.kind) {
      case "send":
        // What goes in bulk is asked for again: for it, no session is to end.
        if (output.channel === BULK_CHANNEL) {
          endpoint.offer(output.peer, output.channel, output.message);
        } else endpoint.send(output.peer, output.channel, output.message);
        return;
      case "word":
        return endpoint.speak(output.peer, output.message);
      case "load":
        this.#loads.push(output);
        return;
      case "event":
        desk.onChatEvent(this.#now, output.event);
        reporter.onChatEvent(this.#now, output.event);
        if (output.event.kind === "heard") this.#visits.onHeard(output.event);
        if (output.event.kind === "met") this.#visits.onMet(this.#now, output.event.peer);
        if (output.event.kind === "author") {
          authors.onAuthor(this.#now, output.event.author, output.event.by);
        }
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
