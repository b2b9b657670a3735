import type { Address } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { Chat } from "../chat/chat.ts";
import type { ChatOutput } from "../chat/events.ts";
import type { OutboxRow } from "../chat/records.ts";
import { pathKind } from "../paths/candidates.ts";
import type { RegistrarEvent } from "../rendezvous/registrar.ts";
import { CLOSE_CODES } from "../session/session.ts";
import { decodeCard } from "../wire/card.ts";
import { CHAT_CHANNEL, RENDEZVOUS_CHANNEL } from "../wire/channels.ts";
import { Callers } from "./callers.ts";
import type { PeerCommand } from "./commands.ts";
import type { Connection } from "./connection.ts";
import { Endpoint, type EndpointEvent, isToServer } from "./endpoint.ts";
import type { PeerEvent } from "./events.ts";
import { Desk } from "./desk.ts";
import {
  type Hint,
  type Interface,
  MAIN_SOCKET,
  type NodeMachine,
  type Output,
  type SendError,
  type SocketId,
  type SocketState,
} from "./machine.ts";
import type { PeerOptions } from "./options.ts";
import { Lookout } from "./lookout.ts";
import { LEAVING } from "./neighbours.ts";
import { Pins, PINS_TOKEN } from "./pins.ts";
import { Reporter } from "./reporter.ts";
import { Roster } from "./roster.ts";
import { ServerLink } from "./serverlink.ts";

/** A client says it is ready after so long even if no server has answered. */
const READY_MS = 3_000;

/** Sessions with peers and the server: twice as many as a room keeps members. */
const CONNECTIONS_MAX = 2048;

/**
 * A chat client: one endpoint, one registration, one person's conversations. It drains its parts
 * inside its own handlers and translates what they say for one another.
 */
export class PeerNode implements NodeMachine<PeerEvent, PeerCommand> {
  readonly #endpoint: Endpoint;
  readonly #server = new ServerLink();
  readonly #chat: Chat;
  readonly #roster: Roster;
  readonly #reporter: Reporter;
  readonly #desk: Desk;
  readonly #callers: Callers;
  readonly #lookout: Lookout | undefined;
  readonly #pins = new Pins();
  #outputs: Output<PeerEvent>[] = [];
  #now: number;
  #readyAtMs: number;
  #step: "running" | "leaving" | "gone" = "running";

  constructor(options: PeerOptions) {
    const { now, identity, restored, rooms } = options;
    const me = identity.peerId;
    this.#now = now;
    this.#readyAtMs = options.awaitsServer ? now + READY_MS : now;
    this.#endpoint = new Endpoint({
      ...options,
      purpose: "peer",
      admission: undefined,
      kindOf: (remote) => pathKind(this.#server.vantage.hosts, remote),
      connectionsMax: CONNECTIONS_MAX,
      isStranger: (peerId) => this.#roster.get(peerId) === undefined,
    });
    this.#roster = new Roster(restored.cards.map(decodeCard).filter((card) => card !== undefined));
    this.#roster.learn(this.#endpoint.card);
    // Oneself is not to be forgotten.
    this.#roster.setState(me, "connected");
    this.#chat = new Chat({ me, restored: restored.chat });
    this.#reporter = new Reporter(me, this.#roster, this.#chat, this.#server);
    const takeSocket = () => this.#endpoint.takeSocket();
    if (options.surveys) this.#lookout = new Lookout({ random: options.random, takeSocket });
    this.#callers = new Callers({
      endpoint: this.#endpoint,
      roster: this.#roster,
      server: this.#server,
      onMeeting: (at, peerId) => this.#onMeeting(at, peerId),
      log: (message, fields) => this.#reporter.log("debug", message, fields),
    });
    this.#desk = new Desk({
      me,
      chat: this.#chat,
      roster: this.#roster,
      server: this.#server,
      endpoint: this.#endpoint,
      report: (event) => this.#reporter.add(event),
    });
    if (!rooms.includes("#lobby")) this.#chat.leave(now, "#lobby");
    for (const room of rooms) this.#chat.join(now, room);
    for (const { peer } of restored.chat.waiting) this.#server.seek(now, peer);
    this.#settle();
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    if (this.#step === "gone") return;
    const isSeen = this.#lookout?.handleDatagram(now, socket, from, bytes) === true;
    if (!isSeen) this.#endpoint.handleDatagram(now, socket, from, bytes);
    this.#settle();
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.#endpoint.handleTimeout(now);
    this.#server.handleTimeout(now);
    this.#chat.handleTimeout(now);
    this.#desk.handleTimeout(now);
    this.#callers.handleTimeout(now);
    this.#lookout?.handleTimeout(now);
    if (now >= this.#readyAtMs) this.#becomeReady();
    this.#settle();
  }

  handleSocket(now: number, socket: SocketId, state: SocketState): void {
    this.#now = now;
    if (socket !== MAIN_SOCKET) {
      const isSeen = this.#lookout?.handleSocket(now, socket, state) === true;
      if (!isSeen) this.#endpoint.handleSocket(now, socket, state);
    } else if (state.step === "opened") {
      this.#server.setPort(now, state.port);
      this.#lookout?.setPort(now, state.port);
    }
    this.#settle();
  }

  /** An ICMP error is a hint that anybody can forge: timers decide. RFC 9000 §21.10 */
  handleSendError(now: number, _socket: SocketId, to: Address, error: SendError): void {
    this.#now = now;
    if (error === "too-big") this.#endpoint.onTooBig(now, to);
    this.#reporter.log("trace", "send failed", { to, error });
  }

  handleNetwork(now: number, interfaces: readonly Interface[]): void {
    this.#now = now;
    this.#server.setHosts(now, interfaces);
    this.#callers.onNetwork(now);
    this.#lookout?.setHosts(now, interfaces);
    this.#endpoint.pingAll();
    this.#settle();
  }

  handleFound(now: number, hint: Hint): void {
    this.#now = now;
    if (hint.kind === "server") this.#endpoint.meetServer(now, hint);
    else if (hint.kind === "peer") this.#callers.onAnnounced(now, hint);
    else this.#server.onMapping(now, hint);
    this.#settle();
  }

  handleStored(now: number, token: number, ok: boolean): void {
    this.#now = now;
    if (token === PINS_TOKEN) this.#pins.handleStored(now, ok);
    else this.#chat.handleStored(now, token, ok);
    this.#settle();
  }

  handleLoaded(now: number, token: number, rows: readonly OutboxRow[]): void {
    this.#now = now;
    this.#chat.handleLoaded(now, token, rows);
    this.#settle();
  }

  handleCommand(now: number, command: PeerCommand): void {
    this.#now = now;
    if (command.type === "quit") this.#leave();
    else this.#desk.handleCommand(now, command);
    this.#settle();
  }

  pollOutput(): Output<PeerEvent> | undefined {
    const output = this.#pollOwn();
    if (output !== undefined) return output;
    const datagram = this.#endpoint.pollDatagram(this.#now);
    if (datagram !== undefined) return { kind: "send", ...datagram };
    const other = this.#endpoint.pollSocketChange() ?? this.#pollLookout();
    if (other !== undefined) return other;
    this.#settle();
    return this.#pollOwn() ?? this.#pollFarewell();
  }

  pollTimeout(): number {
    if (this.#step === "gone") return Infinity;
    return Math.min(
      this.#readyAtMs,
      this.#pins.pollTimeout(),
      this.#callers.pollTimeout(),
      this.#lookout?.pollTimeout() ?? Infinity,
      this.#endpoint.pollTimeout(),
      this.#server.pollTimeout(),
      this.#chat.pollTimeout(),
      this.#desk.pollTimeout(),
    );
  }

  /** What it sends and opens; what it has found out goes to whom it is of use. */
  #pollLookout(): Output<PeerEvent> | undefined {
    for (;;) {
      const output = this.#lookout?.pollOutput();
      if (output?.kind !== "report") return output;
      const { mapping, filtering, allocation, poisons } = output.report;
      const fields = { mapping, filtering, allocation: allocation.kind, poisons: `${poisons}` };
      this.#reporter.log("debug", "nat", fields);
      this.#callers.setNat(output.report);
      this.#server.setNat(this.#now, output.report);
    }
  }

  /** Stores and loads, then events. */
  #pollOwn(): Output<PeerEvent> | undefined {
    const output =
      this.#pins.pollStore(this.#now) ?? this.#outputs.shift() ?? this.#chat.pollStore();
    if (output !== undefined) return output;
    const event = this.#reporter.poll();
    return event === undefined ? undefined : { kind: "event", event };
  }

  #pollFarewell(): Output<PeerEvent> | undefined {
    if (this.#step !== "leaving") return undefined;
    this.#step = "gone";
    return { kind: "event", event: { type: "bye" } };
  }

  /** Lets the parts talk until none has anything more to say. */
  #settle(): void {
    for (;;) {
      const heard = this.#endpoint.pollEvent();
      if (heard !== undefined) {
        this.#onEndpoint(heard);
        continue;
      }
      const asked = this.#server.pollOutput();
      if (asked !== undefined) {
        if (asked.kind === "event") this.#onRegistrar(asked.event);
        else this.#sendToServer(asked.message);
        continue;
      }
      const said = this.#chat.pollOutput();
      if (said === undefined) return;
      this.#onChat(said);
    }
  }

  #onEndpoint(event: EndpointEvent): void {
    switch (event.kind) {
      case "opened":
        return this.#onOpened(event.connection);
      case "closed":
        return this.#onClosed(event.connection, event.code, event.reason);
      case "messages":
        for (const it of event.messages) this.#onMessage(event.connection, event.channel, it);
        return;
      case "writable":
      case "datagram":
        return;
      case "moved":
        return this.#reporter.onMoved(event.connection);
      case "unreachable":
        this.#desk.onSettled(this.#now, event.peerId);
        return this.#reporter.onUnreachable(event.peerId, event.candidates);
      case "pinned":
        return this.#pins.onServerProved(event);
      case "other-key":
        this.#becomeReady();
        return this.#reporter.onOtherKey(event.name, event.address);
      case "strangers":
        return this.#reporter.log("debug", "strangers", { datagrams: event.datagrams });
      default:
        return event satisfies never;
    }
  }

  #onOpened(connection: Connection): void {
    if (isToServer(connection)) {
      this.#server.setRooms(this.#now, [...this.#chat.rooms().keys()]);
      this.#server.onOpened(this.#now, connection);
      return;
    }
    const { card } = connection;
    this.#callers.onOpened(card);
    this.#server.unseek(card.peerId);
    this.#onMeeting(this.#now, card.peerId);
    this.#chat.onPeerOpen(this.#now, card.peerId);
  }

  #onMeeting(now: number, peerId: PeerId): void {
    if (this.#reporter.onConnecting(peerId)) this.#desk.onIntroduced(now, peerId);
  }

  #onMet(peerId: PeerId): void {
    this.#desk.onSettled(this.#now, peerId);
    const connection = this.#endpoint.connectionTo(peerId);
    if (connection === undefined) return;
    this.#pins.onMet(this.#now, this.#roster.learn(connection.card).card);
    this.#reporter.onConnected(connection);
  }

  #onClosed(connection: Connection, code: number, reason: string): void {
    if (this.#step !== "running") return;
    if (isToServer(connection)) {
      this.#server.onClosed(this.#now);
      if (code !== CLOSE_CODES.refused) return this.#reporter.onServerLost(connection, reason);
      this.#becomeReady();
      return this.#reporter.onServerRefuses(connection, reason);
    }
    const { peerId } = connection.card;
    this.#chat.onPeerClosed(this.#now, peerId);
    if (code === CLOSE_CODES.replaced) return;
    this.#desk.onSettled(this.#now, peerId);
    this.#reporter.onGone(connection, reason);
    this.#callers.onClosed(this.#now, peerId, reason);
    if (reason !== LEAVING || this.#chat.hasWaiting(peerId)) this.#server.seek(this.#now, peerId);
  }

  #onMessage(connection: Connection, channel: number, message: Uint8Array): void {
    const isServer = isToServer(connection);
    if (isServer && channel === RENDEZVOUS_CHANNEL) {
      const wasRegistered = this.#server.isRegistered;
      this.#server.handleMessage(this.#now, message);
      if (!wasRegistered && this.#server.isRegistered) this.#onRegistered(connection);
      return;
    }
    if (isServer || channel !== CHAT_CHANNEL) return;
    this.#chat.handleMessage(this.#now, connection.card.peerId, message);
  }

  #onRegistered(connection: Connection): void {
    if (this.#readyAtMs === Infinity) this.#reporter.onServerFound(connection);
    else this.#becomeReady();
  }

  /** The server was found, or there is no use in waiting for it. */
  #becomeReady(): void {
    if (this.#readyAtMs === Infinity) return;
    this.#readyAtMs = Infinity;
    this.#reporter.onReady();
  }

  #onRegistrar(event: RegistrarEvent): void {
    switch (event.type) {
      case "registered": {
        const at = this.#server.connection?.path.remote;
        if (at !== undefined)
          this.#lookout?.onRegistered(this.#now, at, event.observed, event.observers);
        return;
      }
      case "introduced":
        this.#lookout?.refresh(this.#now);
        return this.#callers.onIntroduced(this.#now, event);
      case "unknown":
        return this.#desk.onUnknown(this.#now, event.peerId);
      case "listed":
      case "found":
      case "punched":
      case "failed":
        return this.#desk.onOutcome(this.#now, event);
      default:
        return event satisfies never;
    }
  }

  #onChat(output: ChatOutput): void {
    switch (output.kind) {
      case "send":
        this.#endpoint.send(output.peer, CHAT_CHANNEL, output.message);
        return;
      case "load":
        this.#outputs.push(output);
        return;
      case "event":
        this.#desk.onChatEvent(this.#now, output.event);
        this.#reporter.onChatEvent(output.event);
        if (output.event.kind === "met") this.#onMet(output.event.peer);
        return;
      default:
        return output satisfies never;
    }
  }

  #sendToServer(message: Uint8Array): void {
    const { who } = this.#server;
    if (who !== undefined) this.#endpoint.send(who.id, RENDEZVOUS_CHANNEL, message);
  }

  #leave(): void {
    if (this.#step !== "running") return;
    this.#step = "leaving";
    this.#desk.onLeaving(this.#now);
    for (const connection of this.#endpoint.connections()) {
      this.#endpoint.close(connection, CLOSE_CODES.done, LEAVING);
    }
  }
}
