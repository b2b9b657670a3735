import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { Handshake } from "../../lib/crypto/handshake.ts";
import { IK } from "../../lib/crypto/ik.ts";
import { generateDhKeyPair, TAG_BYTES } from "../../lib/crypto/primitives.ts";
import { type SealObserver, TransportKey } from "../../lib/crypto/transport.ts";
import { KEY_PACKETS_MAX } from "../../lib/wire/limits.ts";
import { flipped, seeded } from "./seeded.ts";

const EMPTY = new Uint8Array(0);
const TEXT = encodeUtf8("hello");
const random = seeded(2);

/** The two ends of one direction. */
function ends(observe?: SealObserver): [TransportKey, TransportKey] {
  const key = random(32);
  return [new TransportKey(new Uint8Array(key), observe), new TransportKey(key)];
}

test("a sealed packet opens under its own counter alone", () => {
  const [ann, bob] = ends();

  const sealed = ann.seal(5, TEXT);

  expect(sealed.length).toBe(TEXT.length + TAG_BYTES);
  expect(bob.open(5, sealed)).toEqual(TEXT);
  expect(bob.open(4, sealed)).toBeUndefined();
  expect(bob.open(6, sealed)).toBeUndefined();
});

test("every flipped bit and every other length of a packet is refused", () => {
  const [ann, bob] = ends();
  const sealed = ann.seal(0, TEXT);

  const taken = [
    ...Array.from({ length: 8 * sealed.length }, (_, bit) => flipped(sealed, bit)),
    ...Array.from(sealed, (_, length) => sealed.subarray(0, length)),
    Uint8Array.of(...sealed, 0),
  ].filter((bytes) => bob.open(0, bytes) !== undefined);

  expect(taken).toEqual([]);
  expect(bob.open(0, sealed)).toEqual(TEXT);
});

test("an empty packet is a tag, and opens", () => {
  const [ann, bob] = ends();

  const sealed = ann.seal(0, EMPTY);

  expect(sealed.length).toBe(TAG_BYTES);
  expect(bob.open(0, sealed)).toEqual(EMPTY);
});

test("sealing a counter again, or a lower one, stops the program", () => {
  const [ann] = ends();
  ann.seal(3, TEXT);

  expect(() => ann.seal(3, TEXT)).toThrow("once");
  expect(() => ann.seal(2, TEXT)).toThrow("once");
  expect(() => ann.seal(Number.NaN, TEXT)).toThrow("once");
  expect(() => ann.seal(3.5, TEXT)).toThrow("exact");
});

test("a worn-out key neither seals nor opens", () => {
  const [ann, bob] = ends();

  const last = ann.seal(KEY_PACKETS_MAX - 1, TEXT);

  expect(bob.open(KEY_PACKETS_MAX - 1, last)).toEqual(TEXT);
  expect(() => ann.seal(KEY_PACKETS_MAX, TEXT)).toThrow("worn out");
  expect(bob.open(KEY_PACKETS_MAX, last)).toBeUndefined();
});

test("counters that no packet can have are refused", () => {
  const [ann, bob] = ends();
  const sealed = ann.seal(0, TEXT);

  const opened = [-1, 0.5, Number.NaN, 2 ** 53, Infinity].map((count) => bob.open(count, sealed));

  expect(opened).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("a wiped key opens nothing more, and its bytes are gone", () => {
  const key = random(32);
  const ann = new TransportKey(new Uint8Array(key));
  const bob = new TransportKey(key);
  const sealed = ann.seal(0, TEXT);

  bob.wipe();
  ann.wipe();

  expect(key).toEqual(new Uint8Array(32));
  expect(bob.open(0, sealed)).toBeUndefined();
  expect(() => ann.seal(1, TEXT)).toThrow("wiped");
});

test("an observer sees every nonce of both directions, and none twice over many sessions", () => {
  const [annStatic, bobStatic] = [generateDhKeyPair(random), generateDhKeyPair(random)];
  const seen: string[] = [];
  const observe: SealObserver = (keyId, counter) => seen.push(`${keyId} ${counter}`);

  for (let session = 0; session < 20; session++) {
    const common = { pattern: IK, prologue: EMPTY, random };
    const remoteStatic = bobStatic.publicKey;
    const ann = new Handshake({ ...common, initiator: true, staticKey: annStatic, remoteStatic });
    const bob = new Handshake({ ...common, initiator: false, staticKey: bobStatic });
    bob.readMessage(ann.writeMessage(TEXT));
    ann.readMessage(bob.writeMessage(TEXT));
    const keys = [ann.split(observe).send, bob.split(observe).send];
    for (const key of keys) for (let counter = 0; counter < 10; counter++) key.seal(counter, TEXT);
  }

  expect(seen.length).toBe(20 * 2 * 10);
  expect(new Set(seen).size).toBe(seen.length);
});

test("an observer knows a key again, whichever object holds it", () => {
  const key = random(32);
  const seen: string[] = [];
  const observe: SealObserver = (keyId, counter) => seen.push(`${keyId} ${counter}`);

  new TransportKey(new Uint8Array(key), observe).seal(0, TEXT);
  new TransportKey(new Uint8Array(key), observe).seal(0, TEXT);

  expect(seen.length).toBe(2);
  expect(new Set(seen).size).toBe(1);
  expect(seen.join()).not.toContain(toHex(key));
});
