import type { Address } from "../../lib/base/address.ts";
import { toHex } from "../../lib/base/bytes.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/text.ts";
import { Endpoint } from "../../lib/node/endpoint.ts";
import type { NodeMachine, Output, SocketId } from "../../lib/node/machine.ts";
import type { NodeOptions } from "../../lib/node/options.ts";
import type { Card } from "../../lib/wire/card.ts";
import { BULK_CHANNEL, CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import type { Ledger } from "./ledger.ts";

export type CourierCommand =
  | { readonly type: "call"; readonly card: Card; readonly candidates: readonly Address[] }
  | { readonly type: "say"; readonly text: string }
  /** Carry so many bytes, as fast as the session takes them. */
  | { readonly type: "haul"; readonly bytes: number };

const LOAD_BYTES = 16_384;

/**
 * A machine that has one peer, talks to it on the chat channel and hauls bulk beside: all that the
 * simulator's transfers know of `Endpoint`.
 */
export class Courier implements NodeMachine<never, CourierCommand> {
  readonly endpoint: Endpoint;
  readonly ledger: Ledger;
  readonly #block: Uint8Array;
  #peer: PeerId | undefined;
  #unsaid: Uint8Array[] = [];
  #bytesToHaul = 0;
  #loads = 0;
  /** Channels that take nothing until they are told to be writable. */
  readonly #full = new Set<number>();
  #now: number;

  constructor(options: NodeOptions, ledger: Ledger) {
    this.#now = options.now;
    this.ledger = ledger;
    this.#block = options.random(LOAD_BYTES);
    this.endpoint = new Endpoint({
      ...options,
      purpose: "peer",
      admission: undefined,
      kindOf: () => "direct",
      connectionsMax: Infinity,
      isStranger: () => false,
      hasWord: () => false,
    });
  }

  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): void {
    this.#now = now;
    this.endpoint.handleDatagram(now, socket, from, bytes);
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.endpoint.handleTimeout(now);
  }

  handleSocket(): void {}

  handleSendError(): void {}

  handleNetwork(now: number): void {
    this.#now = now;
    this.endpoint.onNetwork(now);
  }

  handleFound(): void {}

  handleStored(): void {}

  handleLoaded(): void {}

  handleCommand(now: number, command: CourierCommand): void {
    this.#now = now;
    switch (command.type) {
      case "call":
        this.endpoint.connect(now, command.card, command.candidates);
        break;
      case "say":
        this.ledger.said.push(command.text);
        this.#unsaid.push(encodeUtf8(command.text));
        break;
      case "haul":
        this.#bytesToHaul += command.bytes;
        break;
      default:
        command satisfies never;
    }
  }

  pollOutput(): Output<never> | undefined {
    do {
      this.#pump();
      const datagram = this.endpoint.pollDatagram(this.#now);
      if (datagram !== undefined) return { kind: "send", ...datagram };
    } while (this.#drainEvents());
    return undefined;
  }

  pollTimeout(): number {
    return this.endpoint.pollTimeout();
  }

  /** Whether there were any. */
  #drainEvents(): boolean {
    const { endpoint, ledger } = this;
    let isAny = false;
    for (let event = endpoint.pollEvent(); event; event = endpoint.pollEvent()) {
      isAny = true;
      switch (event.kind) {
        case "opened":
          this.#peer = event.connection.card.peerId;
          this.#full.clear();
          ledger.sessions.push(toHex(event.connection.session.id));
          break;
        case "messages":
          for (const message of event.messages) this.#hear(event.channel, message);
          break;
        case "writable":
          this.#full.delete(event.channel);
          break;
        case "moved":
          ledger.moves += 1;
          break;
        case "closed":
          ledger.ends.push(event.reason);
          break;
        case "answered":
        case "word":
        case "doubted":
        case "trusted":
        case "unreachable":
        case "seen":
        case "pinned":
        case "other-key":
        case "strangers":
        case "datagram":
          break;
        default:
          event satisfies never;
      }
    }
    return isAny;
  }

  #hear(channel: number, message: Uint8Array): void {
    if (channel === BULK_CHANNEL) this.ledger.onHeard(message);
    else this.ledger.heard.push(decodeUtf8(message) ?? "not text");
  }

  #pump(): void {
    for (let next = this.#unsaid[0]; next !== undefined; next = this.#unsaid[0]) {
      if (!this.#send(CHAT_CHANNEL, next)) break;
      this.#unsaid.shift();
    }
    while (this.#bytesToHaul > 0) {
      const load = this.#block.subarray(0, Math.min(LOAD_BYTES, this.#bytesToHaul));
      // No two neighbours are alike, so that the hash tells their order.
      load[0] = this.#loads;
      if (!this.#send(BULK_CHANNEL, load)) return;
      this.ledger.onSent(load);
      this.#loads += 1;
      this.#bytesToHaul -= load.length;
    }
  }

  /** False where there is no session, or no room until the session says so. */
  #send(channel: number, message: Uint8Array): boolean {
    if (this.#peer === undefined || this.#full.has(channel)) return false;
    if (this.endpoint.offer(this.#peer, channel, message)) return true;
    this.#full.add(channel);
    return false;
  }
}
