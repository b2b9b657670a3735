import type { Address } from "../base/address.ts";
import { Queue } from "../base/queue.ts";
import { pathKind } from "../paths/candidates.ts";
import { Admission } from "../rendezvous/admission.ts";
import { Directory } from "../rendezvous/directory.ts";
import { StunService } from "../rendezvous/stunservice.ts";
import { CLOSE_CODES } from "../session/session.ts";
import { RENDEZVOUS_CHANNEL } from "../wire/channels.ts";
import { decodeRequest, encodeAnswer, type RendezvousRequest } from "../wire/rendezvous.ts";
import { isStun } from "../wire/stunframe.ts";
import type { ServerCommand } from "./commands.ts";
import type { Connection } from "./connection.ts";
import { Endpoint, type EndpointEvent } from "./endpoint.ts";
import { listedOf, type LogEvent, type ServerEvent, type Who } from "./events.ts";
import type {
  Datagram,
  Hint,
  Interface,
  NodeMachine,
  Output,
  SendError,
  SocketId,
} from "./machine.ts";
import type { NodeOptions } from "./options.ts";

/**
 * Answers that a client has not acknowledged. Beyond, it is not asking but filling memory: its
 * further requests are ignored. A page of a list is 1100 bytes, and the next is asked for when it
 * is there.
 */
const ANSWERS_QUEUED_BYTES_MAX = 65_536;

export interface ServerOptions extends NodeOptions {
  /** Where each socket is bound, 0.0.0.0 or `::` for anywhere: what STUN is answered from. */
  readonly sockets?: readonly Address[];
  /** There to be lowered: see `CLIENTS_MAX`. */
  readonly clientsMax?: number | undefined;
}

/** Of every run its own: tokens need not outlive the attempts they are for. */
const MEETING_SECRET_BYTES = 32;

/** The server: tells clients of one another, and never hears a word of what they say. */
export class ServerNode implements NodeMachine<ServerEvent, ServerCommand> {
  readonly #endpoint: Endpoint;
  readonly #directory: Directory;
  readonly #stun: StunService;
  /** To STUN requests: at most one for each datagram of a turn. */
  readonly #answers = new Queue<Datagram>();
  readonly #who: Who;
  #interfaces: readonly Interface[] = [];
  #events: ServerEvent[] = [];
  #now: number;
  #step: "running" | "leaving" | "gone" = "running";

  constructor(options: ServerOptions) {
    const { now, random, identity, name, sockets = [] } = options;
    this.#directory = new Directory({ ...options, meetingSecret: random(MEETING_SECRET_BYTES) });
    this.#stun = new StunService(now, sockets);
    this.#now = now;
    this.#who = { name, id: identity.peerId };
    const admission = new Admission({ now, random });
    const kindOf = (remote: Address) => pathKind(this.#interfaces, remote);
    this.#endpoint = new Endpoint({
      ...options,
      purpose: "server",
      admission,
      kindOf,
      // One client too many is told so, by the directory.
      connectionsMax: Infinity,
      isStranger: () => false,
      hasWord: () => false,
    });
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    if (this.#step === "gone") return;
    if (isStun(bytes)) {
      const answer = this.#stun.handleDatagram(now, socket, from, bytes);
      if (answer !== undefined) this.#answers.push(answer);
      return;
    }
    this.#endpoint.handleDatagram(now, socket, from, bytes);
    this.#settle();
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.#endpoint.handleTimeout(now);
    this.#directory.handleTimeout(now);
    this.#settle();
  }

  handleSocket(now: number): void {
    this.#now = now;
  }

  /** Clients come and go by their own packets alone. */
  handleSendError(now: number, _socket: SocketId, to: Address, error: SendError): void {
    this.#now = now;
    if (error === "too-big") this.#endpoint.onTooBig(now, to);
    this.#log("trace", "send failed", { to, error });
  }

  handleNetwork(now: number, interfaces: readonly Interface[]): void {
    this.#now = now;
    this.#interfaces = interfaces;
    this.#directory.setIps(interfaces.map(({ ip }) => ip));
  }

  /** A server looks for nobody. */
  handleFound(now: number, _hint: Hint): void {
    this.#now = now;
  }

  /** A server stores nothing. */
  handleStored(now: number): void {
    this.#now = now;
  }

  handleLoaded(now: number): void {
    this.#now = now;
  }

  handleCommand(now: number, command: ServerCommand): void {
    this.#now = now;
    switch (command.type) {
      case "list": {
        const clients = this.#directory.list().map(listedOf);
        this.#events.push({ type: "reply", req: command.req, command: "list", clients });
        return;
      }
      case "peer":
        return this.#peer(command);
      case "punch": {
        const { req } = command;
        this.#events.push({ type: "reply", req, command: "punch", who: this.#who, rttMs: 0 });
        return;
      }
      case "quit":
        return this.#leave();
      default:
        return command satisfies never;
    }
  }

  pollOutput(): Output<ServerEvent> | undefined {
    const event = this.#events.shift();
    if (event !== undefined) return { kind: "event", event };
    const datagram = this.#answers.shift() ?? this.#endpoint.pollDatagram(this.#now);
    if (datagram !== undefined) return { kind: "send", ...datagram };
    this.#settle();
    const last = this.#events.shift() ?? this.#pollFarewell();
    return last === undefined ? undefined : { kind: "event", event: last };
  }

  pollTimeout(): number {
    if (this.#step === "gone") return Infinity;
    return Math.min(this.#endpoint.pollTimeout(), this.#directory.pollTimeout());
  }

  /** Lets endpoint and directory talk until neither has anything more to say. */
  #settle(): void {
    for (;;) {
      const event = this.#endpoint.pollEvent();
      if (event !== undefined) {
        this.#onEndpoint(event);
        continue;
      }
      const output = this.#directory.pollOutput();
      if (output === undefined) return;
      if (output.kind === "log") this.#log(output.level, output.message, output.fields);
      else this.#endpoint.send(output.to, RENDEZVOUS_CHANNEL, encodeAnswer(output.answer));
    }
  }

  #onEndpoint(event: EndpointEvent): void {
    switch (event.kind) {
      case "opened": {
        const { card, path } = event.connection;
        if (this.#directory.onOpened(this.#now, { card, observed: path.remote })) return;
        return this.#endpoint.close(event.connection, CLOSE_CODES.refused, "the server is full");
      }
      case "moved": {
        const { card, path } = event.connection;
        return this.#directory.onMoved(this.#now, card.peerId, path.remote);
      }
      case "seen":
        return this.#directory.onSeen(this.#now, event.connection.card.peerId, event.at);
      case "closed":
        if (event.code === CLOSE_CODES.replaced) return;
        return this.#directory.onClosed(this.#now, event.connection.card.peerId);
      case "messages":
        if (event.channel !== RENDEZVOUS_CHANNEL) return;
        for (const message of event.messages) {
          const request = decodeRequest(message);
          if (request !== undefined) this.#onRequest(event.connection, request);
        }
        return;
      case "strangers":
        return this.#log("debug", "strangers", { datagrams: event.datagrams });
      case "writable":
      case "datagram":
      case "answered":
      case "word":
      case "doubted":
      case "trusted":
      case "unreachable":
      case "pinned":
      case "other-key":
        return;
      default:
        return event satisfies never;
    }
  }

  /** A registration is heeded always: nobody says it twice, and its answer is short. */
  #onRequest({ card, session }: Connection, request: RendezvousRequest): void {
    const isBehind = session.queuedBytes(RENDEZVOUS_CHANNEL) > ANSWERS_QUEUED_BYTES_MAX;
    if (isBehind && request.kind !== "register") return;
    this.#directory.handleRequest(this.#now, card.peerId, request);
  }

  #peer({ req, number }: Extract<ServerCommand, { type: "peer" }>): void {
    const entry = this.#directory.entry(number);
    if (entry === undefined) {
      const text = `No client has the number ${number}`;
      this.#events.push({ type: "error", req, code: "NO_PEER", text });
      return;
    }
    this.#events.push({ type: "reply", req, command: "peer", client: listedOf(entry) });
  }

  #leave(): void {
    if (this.#step !== "running") return;
    this.#step = "leaving";
    for (const connection of this.#endpoint.connections()) {
      this.#endpoint.close(connection, CLOSE_CODES.done, "the server stops");
    }
  }

  #pollFarewell(): ServerEvent | undefined {
    if (this.#step !== "leaving") return undefined;
    this.#step = "gone";
    return { type: "bye" };
  }

  #log(level: LogEvent["level"], message: string, fields: LogEvent["fields"]): void {
    this.#events.push({ type: "log", level, message, fields });
  }
}
