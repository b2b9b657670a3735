import type { HandshakeResult } from "../../lib/crypto/handshake.ts";
import { TransportKey } from "../../lib/crypto/transport.ts";
import { Epoch, type EpochOptions } from "../../lib/session/epoch.ts";
import { Session, type SessionEvent } from "../../lib/session/session.ts";
import { decodePacket, type Packet } from "../../lib/wire/packet.ts";

export const BYTES_MAX = 1200;
const HASH = new Uint8Array(32).fill(7);

/** What the two ends of one handshake have; `number` tells one handshake's keys from another's. */
export function keysOf(number: number): { ann: HandshakeResult; bob: HandshakeResult } {
  const key = (direction: number) =>
    new TransportKey(new Uint8Array(32).fill(2 * number + direction));
  const tagKey = new Uint8Array(32);
  const hash = new Uint8Array(32).fill(number);
  return {
    ann: { send: key(0), receive: key(1), tagKey, hash },
    bob: { send: key(1), receive: key(0), tagKey, hash },
  };
}

/** Ann puts Bob's index, 200 and on, before her packets, and Bob hers, 100 and on. */
export function epochsOf(number: number, now = 0): { ann: EpochOptions; bob: EpochOptions } {
  const keys = keysOf(number);
  const [annsIndex, bobsIndex] = [100 + number, 200 + number];
  return {
    ann: { now, number, localIndex: annsIndex, remoteIndex: bobsIndex, keys: keys.ann },
    bob: { now, number, localIndex: bobsIndex, remoteIndex: annsIndex, keys: keys.bob },
  };
}

export interface Pair {
  readonly ann: Session;
  readonly bob: Session;
}

export function pairOf(): Pair {
  const { ann, bob } = epochsOf(0);
  const options = { hash: HASH, rttMs: 20, datagramBytesMax: BYTES_MAX };
  const make = (epoch: EpochOptions) => new Session({ ...options, epoch });
  return { ann: make(ann), bob: make(bob) };
}

export type Transport = Extract<Packet, { kind: "transport" }>;

export function transport(bytes: Uint8Array | undefined): Transport {
  const packet = bytes && decodePacket(bytes);
  if (packet?.kind !== "transport") throw new Error("A session sends transport packets alone");
  return packet;
}

/** All that leaves now. */
export function poll(session: Session, now = 0): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let p = session.pollPacket(now); p; p = session.pollPacket(now)) {
    packets.push(p);
  }
  return packets;
}

/** Whether the session took it for the peer's. */
export function give(session: Session, bytes: Uint8Array | undefined, now = 0): boolean {
  const { receiver, counter, sealed } = transport(bytes);
  return session.receive(now, receiver, counter, sealed) !== undefined;
}

export function events(session: Session): SessionEvent[] {
  const found: SessionEvent[] = [];
  for (let e = session.pollEvent(); e !== undefined; e = session.pollEvent()) found.push(e);
  return found;
}

/** Carries everything both ways until neither says more. */
export function settle({ ann, bob }: Pair, now = 0): void {
  for (let round = 0; round < 10; round++) {
    for (const packet of poll(ann, now)) give(bob, packet, now);
    for (const packet of poll(bob, now)) give(ann, packet, now);
  }
}

/** For as long as `act` takes, every epoch says this of itself: to seal as much takes seconds. */
export function withEpochs<Result>(
  name: "sealed" | "isWornOut",
  value: unknown,
  act: () => Result,
): Result {
  const before = Object.getOwnPropertyDescriptor(Epoch.prototype, name) ?? {};
  Object.defineProperty(Epoch.prototype, name, { configurable: true, get: () => value });
  try {
    return act();
  } finally {
    Object.defineProperty(Epoch.prototype, name, before);
  }
}
