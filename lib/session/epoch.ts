import type { HandshakeResult } from "../crypto/handshake.ts";
import { ReplayWindow } from "../crypto/replay.ts";
import type { TransportKey } from "../crypto/transport.ts";
import { KEY_PACKETS_MAX } from "../wire/limits.ts";
import { putTransportHeader, TRANSPORT_HEADER_BYTES } from "../wire/packet.ts";

/** The keys of one handshake and how much they were used. */
export class Epoch {
  /** 0 for a session's first keys. */
  readonly number: number;
  /** What the peer puts before its packets under these keys, and what it wants before ours. */
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly #send: TransportKey;
  readonly #receive: TransportKey;
  readonly #window = new ReplayWindow();
  #proof: Uint8Array | undefined;
  #counter: number;

  constructor(options: EpochOptions) {
    this.number = options.number;
    this.localIndex = options.localIndex;
    this.remoteIndex = options.remoteIndex;
    this.#send = options.keys.send;
    this.#receive = options.keys.receive;
    this.#counter = options.sealed ?? 0;
    this.#proof = options.proof;
  }

  /** How many packets were sealed; no more than `KEY_PACKETS_MAX` ever are. */
  get sealed(): number {
    return this.#counter;
  }

  /** What is to be returned with every packet, until the peer has shown that it has it. */
  get proof(): Uint8Array | undefined {
    return this.#proof;
  }

  onProved(): void {
    this.#proof = undefined;
  }

  get isWornOut(): boolean {
    return this.#counter >= KEY_PACKETS_MAX;
  }

  /** The packet number of a counter: the same space for all keys of a session, with gaps. */
  packetNumber(counter: number): number {
    return this.number * KEY_PACKETS_MAX + counter;
  }

  get nextPacketNumber(): number {
    return this.packetNumber(this.#counter);
  }

  /** A transport packet, in one buffer of its own. */
  seal(plaintext: Uint8Array): Uint8Array {
    const counter = this.#counter++;
    const datagram = this.#send.seal(counter, plaintext, TRANSPORT_HEADER_BYTES);
    putTransportHeader(datagram, this.remoteIndex, counter);
    return datagram;
  }

  /** Undefined for what is replayed, too old or not sealed by the peer under these keys. */
  open(counter: number, sealed: Uint8Array): Opened | undefined {
    if (!this.#window.check(counter)) return undefined;
    const plaintext = this.#receive.open(counter, sealed);
    if (plaintext === undefined) return undefined;
    return { plaintext, isHighest: this.#window.accept(counter) };
  }

  wipe(): void {
    this.#send.wipe();
    this.#receive.wipe();
  }
}

export interface EpochOptions {
  readonly now: number;
  readonly number: number;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly keys: HandshakeResult;
  /** Packets that the keys sealed before. */
  readonly sealed?: number;
  /** Of the initiator: the challenge of the response, by which it shows where it receives. */
  readonly proof?: Uint8Array | undefined;
}

export interface Opened {
  readonly plaintext: Uint8Array;
  /** No later packet came before it: where it came from is where the peer is. */
  readonly isHighest: boolean;
}
