import { assert } from "../../lib/base/assert.ts";
import type { Address } from "../../lib/base/address.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import type { Connection } from "../../lib/node/connection.ts";
import { Endpoint } from "../../lib/node/endpoint.ts";
import type { ServerEvent } from "../../lib/node/events.ts";
import { MAIN_SOCKET } from "../../lib/node/machine.ts";
import type { Datagram, Hint, NodeMachine, Output, SocketId } from "../../lib/node/machine.ts";
import type { NodeOptions } from "../../lib/node/options.ts";
import { Admission } from "../../lib/rendezvous/admission.ts";
import type { Purpose } from "../../lib/wire/packet.ts";
import { decodeStun, encodeStun } from "../../lib/wire/stun.ts";
import { isStun } from "../../lib/wire/stunframe.ts";

/** What a liar says within a session. */
export interface Saying {
  readonly channel: number;
  readonly message: Uint8Array;
}

/** What makes it say something. */
export interface Script {
  readonly purpose: Purpose;
  /** Undefined for one that says nothing of itself. */
  onOpened?(connection: Connection): readonly Saying[];
  onMessage?(connection: Connection, channel: number, message: Uint8Array): readonly Saying[];
  /** Whether what comes from there is read at all. */
  heeds?(from: Address): boolean;
  /** Where those who ask by STUN are said to be; where it is not given, nobody is answered. */
  mapped?(from: Address): Address;
}

export type LiarCommand =
  /** In the session with this one, or in all there are. */
  | { readonly type: "say"; readonly to: PeerId | undefined; readonly sayings: readonly Saying[] }
  /** Whatever it is, outside of any session. */
  | { readonly type: "send"; readonly to: Address; readonly bytes: Uint8Array };

/**
 * A node that proves its key and opens sessions as it should, and in them says what its script
 * wants: bounds must hold whatever that is.
 */
export class Liar implements NodeMachine<ServerEvent, LiarCommand> {
  readonly #endpoint: Endpoint;
  readonly #script: Script;
  readonly #datagrams: Datagram[] = [];
  #now: number;

  constructor(options: NodeOptions, script: Script) {
    const { now, random } = options;
    const { purpose } = script;
    this.#now = now;
    this.#script = script;
    this.#endpoint = new Endpoint({
      ...options,
      purpose,
      admission: purpose === "server" ? new Admission({ now, random }) : undefined,
      kindOf: () => "direct",
      connectionsMax: Infinity,
      isStranger: () => false,
      hasWord: () => false,
    });
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    if (this.#script.heeds?.(from) === false) return;
    if (isStun(bytes)) return this.#onStun(socket, from, bytes);
    this.#endpoint.handleDatagram(now, socket, from, bytes);
    this.#settle();
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.#endpoint.handleTimeout(now);
    this.#settle();
  }

  handleSocket(now: number): void {
    this.#now = now;
  }

  handleSendError(now: number): void {
    this.#now = now;
  }

  handleNetwork(now: number): void {
    this.#now = now;
  }

  handleFound(now: number, hint: Hint): void {
    this.#now = now;
    if (hint.kind === "server") this.#endpoint.meetServer(now, hint);
    this.#settle();
  }

  handleStored(now: number): void {
    this.#now = now;
  }

  handleLoaded(now: number): void {
    this.#now = now;
  }

  handleCommand(now: number, command: LiarCommand): void {
    this.#now = now;
    switch (command.type) {
      case "send":
        this.#datagrams.push({ socket: MAIN_SOCKET, to: command.to, bytes: command.bytes });
        return;
      case "say":
        for (const connection of this.#endpoint.connections()) {
          const isMeant = command.to === undefined || command.to === connection.card.peerId;
          if (isMeant) this.#say(connection, command.sayings);
        }
        return;
      default:
        command satisfies never;
    }
  }

  pollOutput(): Output<ServerEvent> | undefined {
    const datagram = this.#datagrams.shift() ?? this.#endpoint.pollDatagram(this.#now);
    if (datagram !== undefined) return { kind: "send", ...datagram };
    this.#settle();
    return this.#endpoint.sockets.pollChange();
  }

  pollTimeout(): number {
    return this.#endpoint.pollTimeout();
  }

  #onStun(socket: SocketId, from: Address, bytes: Uint8Array): void {
    const request = decodeStun(bytes);
    const mapped = this.#script.mapped?.(from);
    if (request?.kind !== "request" || mapped === undefined) return;
    const { transaction } = request;
    const told = { origin: undefined, other: undefined, paddingBytes: undefined };
    const answer = encodeStun({ kind: "response", transaction, mapped, ...told });
    this.#datagrams.push({ socket, to: from, bytes: answer });
  }

  #settle(): void {
    for (;;) {
      const event = this.#endpoint.pollEvent();
      if (event === undefined) return;
      if (event.kind === "opened") {
        this.#say(event.connection, this.#script.onOpened?.(event.connection) ?? []);
      }
      if (event.kind !== "messages") continue;
      const { connection, channel } = event;
      for (const message of event.messages) {
        this.#say(connection, this.#script.onMessage?.(connection, channel, message) ?? []);
      }
    }
  }

  #say({ card }: Connection, sayings: readonly Saying[]): void {
    for (const { channel, message } of sayings) {
      const isSent = this.#endpoint.send(card.peerId, channel, message);
      assert(isSent, "a lie has room in its session");
    }
  }
}
