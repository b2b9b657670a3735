import type { Address } from "../../../lib/base/address.ts";
import { assert } from "../../../lib/base/assert.ts";
import { Writer } from "../../../lib/base/bytes.ts";
import { signCard } from "../../../lib/crypto/card.ts";
import { Handshake, type HandshakeResult } from "../../../lib/crypto/handshake.ts";
import type { Identity } from "../../../lib/crypto/identity.ts";
import { IK } from "../../../lib/crypto/ik.ts";
import { prologueFor } from "../../../lib/node/attempt.ts";
import type { Datagram } from "../../../lib/node/machine.ts";
import type { Card } from "../../../lib/wire/card.ts";
import {
  decodeFrames,
  type Frame,
  isAckEliciting,
  PATH_DATA_BYTES,
  padFrames,
  writeFrame,
} from "../../../lib/wire/frames.ts";
import {
  decodeHandshakePayload,
  encodeHandshakePayload,
  handshakePayloadBytesMax,
  type Renewal,
  SESSION_ID_BYTES,
} from "../../../lib/wire/handshake.ts";
import { KEY_PACKETS_MAX, TRANSPORT_BYTES_MIN } from "../../../lib/wire/limits.ts";
import {
  decodePacket,
  encodePacket,
  type Packet,
  putTransportHeader,
  TRANSPORT_HEADER_BYTES,
  TRANSPORT_OVERHEAD_BYTES,
} from "../../../lib/wire/packet.ts";
import type { Driven, Net } from "../net.ts";

/** As with a card of the longest name: an initiation so long pays for any answer. */
const PAYLOAD_BYTES = handshakePayloadBytesMax(300);

/** What one handshake has left the attacker. */
export interface Keys {
  readonly epoch: number;
  /** What the victim puts before its packets, and what it wants before the attacker's. */
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly result: HandshakeResult;
  /** The victim's challenge. */
  readonly proof: Uint8Array;
}

/** A packet of the victim's, opened. */
export interface Heard {
  readonly number: number;
  readonly bytes: number;
  readonly frames: readonly Frame[];
}

export interface AttackerOptions {
  readonly net: Net;
  readonly address: Address;
  readonly identity: Identity;
  readonly victim: { readonly address: Address; readonly card: Card };
}

/**
 * A peer without a machine: it shakes hands as it should, and then seals whatever it is told to
 * under keys that the victim takes for good.
 */
export class Attacker implements Driven {
  readonly address: Address;
  readonly card: Card;
  /** Whether it acknowledges what it hears, as an honest peer does. */
  isAcking = false;
  heard: Heard[] = [];
  /** Bytes that reached the victim, by the address they seemed to come from. */
  readonly spent = new Map<Address, number>();
  /** The first session's id. */
  sessionId = new Uint8Array(0);
  readonly #options: AttackerOptions;
  readonly #keys: Keys[] = [];
  #counter = 0;
  #offsets: number[] = [];
  #responses: Extract<Packet, { kind: "response" }>[] = [];
  #index = 0;
  #owed: number[] = [];

  constructor(options: AttackerOptions) {
    const { signing, noise } = options.identity;
    this.#options = options;
    this.address = options.address;
    this.card = signCard({ signing, noiseKey: noise.publicKey, name: "eve", serial: 1 });
    options.net.attach(options.address, this);
  }

  handleDatagram(_now: number, _socket: number, _from: Address, bytes: Uint8Array): void {
    const packet = decodePacket(bytes.slice());
    if (packet?.kind === "response") this.#responses.push(packet);
    if (packet?.kind !== "transport") return;
    const keys = this.#keys.find(({ localIndex }) => localIndex === packet.receiver);
    const plaintext = keys?.result.receive.open(packet.counter, packet.sealed);
    const frames = plaintext && decodeFrames(plaintext.slice());
    if (keys === undefined || frames === undefined) return;
    const number = keys.epoch * KEY_PACKETS_MAX + packet.counter;
    this.heard.push({ number, bytes: bytes.length, frames });
    if (this.isAcking && frames.some(isAckEliciting)) this.#owed.push(number);
  }

  handleTimeout(): void {
    // It acts only when it is told to.
  }

  pollTimeout(): number {
    return Infinity;
  }

  turn(): Datagram[] {
    if (this.#owed.length === 0) return [];
    const frames = [ackOf(...this.#owed)];
    this.#owed = [];
    return [{ socket: 0, to: this.#options.victim.address, bytes: this.seal(frames) }];
  }

  get keys(): Keys {
    const keys = this.#keys.at(-1);
    assert(keys !== undefined, "the attacker has shaken hands");
    return keys;
  }

  /** The packet number of what is sealed next. */
  get nextNumber(): number {
    return this.keys.epoch * KEY_PACKETS_MAX + this.#counter;
  }

  /** All frames of one kind that were heard. */
  framesOf<Kind extends Frame["kind"]>(kind: Kind): Extract<Frame, { kind: Kind }>[] {
    const all = this.heard.flatMap(({ frames }) => frames);
    return all.filter((frame): frame is Extract<Frame, { kind: Kind }> => frame.kind === kind);
  }

  /** A handshake to its end, and the ping that confirms it. False where it is not answered. */
  meet(renewal?: Renewal): boolean {
    const keys = this.shakeHands(renewal);
    if (keys === undefined) return false;
    this.#keys.push(keys);
    this.#counter = 0;
    if (keys.epoch === 0) {
      this.sessionId = keys.result.hash.slice(0, SESSION_ID_BYTES);
      this.#offsets = [];
    }
    this.send([{ kind: "ping" }, { kind: "path-response", data: keys.proof }]);
    return true;
  }

  /** A handshake that nothing confirms; undefined where it is not answered. */
  shakeHands(renewal?: Renewal, card = this.card): Keys | undefined {
    const { handshake, initiation, localIndex } = this.#begin(card, renewal);
    this.#responses = [];
    this.deliver(initiation);
    this.#options.net.run(20);
    const [response] = this.#responses;
    const answer = response && handshake.readMessage(response.noise);
    const accepted = answer && decodeHandshakePayload(answer);
    if (response === undefined || accepted === undefined) return undefined;
    const [epoch, { challenge: proof }] = [accepted.renewal?.epoch ?? 0, response];
    return { epoch, localIndex, remoteIndex: accepted.index, result: handshake.split(), proof };
  }

  /** So many calls at once, of which it does not read the answers. */
  callInVain(count: number): void {
    for (let i = 0; i < count; i++) this.deliver(this.#begin(this.card, undefined).initiation);
  }

  #begin(card: Card, renewal: Renewal | undefined) {
    const { net, identity, victim } = this.#options;
    const localIndex = ++this.#index;
    const handshake = new Handshake({
      pattern: IK,
      initiator: true,
      prologue: prologueFor("peer"),
      random: net.random,
      staticKey: identity.noise,
      remoteStatic: victim.card.noiseKey,
    });
    const payload = encodeHandshakePayload({ index: localIndex, card, renewal }, PAYLOAD_BYTES);
    const noise = handshake.writeMessage(payload);
    const initiation = encodePacket({
      kind: "initiation",
      purpose: "peer",
      challenge: new Uint8Array(PATH_DATA_BYTES),
      cookie: new Uint8Array(0),
      noise,
    });
    return { handshake, initiation, localIndex };
  }

  /** A sealed packet, under the next counter unless told otherwise; none may be used twice. */
  seal(frames: readonly Frame[] | Uint8Array, options: SealOptions = {}): Uint8Array {
    const { counter = this.#counter, keys = this.keys, isPadded = true } = options;
    if (keys === this.keys) this.#counter = counter + 1;
    const plaintext = frames instanceof Uint8Array ? frames : bytesOf(frames);
    const least = isPadded ? TRANSPORT_BYTES_MIN - TRANSPORT_OVERHEAD_BYTES : 0;
    const padded = padFrames(plaintext, least);
    const datagram = keys.result.send.seal(counter, padded, TRANSPORT_HEADER_BYTES);
    putTransportHeader(datagram, keys.remoteIndex, counter);
    return datagram;
  }

  /** Seals and delivers at once. */
  send(frames: readonly Frame[] | Uint8Array, options: SealOptions = {}): void {
    this.deliver(this.seal(frames, options), options.from);
  }

  deliver(bytes: Uint8Array, from: Address = this.address): void {
    this.spent.set(from, (this.spent.get(from) ?? 0) + bytes.length);
    this.#options.net.deliver(this.#options.victim.address, from, bytes);
  }

  /** What comes next on a channel's stream: messages, each after its length, or other bytes. */
  streamOf(channel: number, data: Uint8Array): Frame {
    const offset = this.#offsets[channel] ?? 0;
    this.#offsets[channel] = offset + data.length;
    return { kind: "stream", channel, offset, data };
  }

  /** As an honest peer would say it. */
  say(channel: number, message: Uint8Array): void {
    this.send([this.streamOf(channel, sized(message))]);
  }
}

export interface SealOptions {
  readonly counter?: number;
  readonly keys?: Keys;
  readonly from?: Address;
  readonly isPadded?: boolean;
}

/** A message after its length. */
export function sized(message: Uint8Array): Uint8Array {
  return new Writer().varint(message.length).bytes(message).finish();
}

export function bytesOf(frames: readonly Frame[]): Uint8Array {
  const writer = new Writer();
  for (const frame of frames) writeFrame(writer, frame);
  return writer.finish();
}

/** A frame as no writer makes it. */
export function rawFrame(kind: number, body: Uint8Array, length = body.length): Uint8Array {
  return new Writer().u8(kind).varint(length).bytes(body).finish();
}

export function ackOf(...numbers: readonly number[]): Frame {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers.toSorted((a, b) => b - a)) {
    const lowest = ranges.at(-1);
    if (lowest !== undefined && number >= lowest.first - 1) lowest.first = number;
    else ranges.push({ first: number, last: number });
  }
  return { kind: "ack", delayUs: 0, ranges: ranges.slice(0, 32) };
}

export function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const writer = new Writer(bytes.length * times);
  for (let i = 0; i < times; i++) writer.bytes(bytes);
  return writer.finish();
}
