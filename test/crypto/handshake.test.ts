import { describe, expect, test } from "bun:test";
import { concatBytes, fromHex, toHex } from "../../lib/base/bytes.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { Handshake, type HandshakeOptions, type Pattern } from "../../lib/crypto/handshake.ts";
import { IK, IK_MESSAGE1_OVERHEAD, IK_MESSAGE2_OVERHEAD } from "../../lib/crypto/ik.ts";
import { type DhKeyPair, generateDhKeyPair } from "../../lib/crypto/primitives.ts";
import { NOISE_KEY_BYTES } from "../../lib/wire/keys.ts";
import { PATTERNS } from "../vectors/patterns.ts";
import { flipped, seeded } from "./seeded.ts";

const random = seeded(1);
const ANN = generateDhKeyPair(random);
const BOB = generateDhKeyPair(random);
const PROLOGUE = encodeUtf8("p2pchat/1 test");
const GREETING = encodeUtf8("a card of ann");
const ANSWER = encodeUtf8("a card of bob");

/** Order 1, 2, 4 and 8, and coordinates that are not reduced. */
const UNUSABLE_KEYS = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0900000000000000000000000000000000000000000000000000000000000080",
];

const COMMON = { pattern: IK, prologue: PROLOGUE, random };

function initiator(options: Partial<HandshakeOptions> = {}): Handshake {
  const known = { staticKey: ANN, remoteStatic: BOB.publicKey };
  return new Handshake({ ...COMMON, initiator: true, ...known, ...options });
}

function responder(options: Partial<HandshakeOptions> = {}): Handshake {
  return new Handshake({ ...COMMON, initiator: false, staticKey: BOB, ...options });
}

function finishedPair(): [Handshake, Handshake] {
  const [ann, bob] = [initiator(), responder()];
  bob.readMessage(ann.writeMessage(GREETING));
  ann.readMessage(bob.writeMessage(ANSWER));
  return [ann, bob];
}

describe("a handshake between two honest sides", () => {
  test("carries both payloads and tells each the other's keys", () => {
    const [ann, bob] = [initiator(), responder()];

    const greeting = bob.readMessage(ann.writeMessage(GREETING));
    const answer = ann.readMessage(bob.writeMessage(ANSWER));

    expect(greeting).toEqual(GREETING);
    expect(answer).toEqual(ANSWER);
    expect(bob.remoteStatic).toEqual(ANN.publicKey);
    expect(ann.remoteStatic).toEqual(BOB.publicKey);
    expect([ann.finished, bob.finished]).toEqual([true, true]);
  });

  test("takes as many bytes as its constants say", () => {
    const [ann, bob] = [initiator(), responder()];

    const message1 = ann.writeMessage(GREETING);
    bob.readMessage(message1);
    const message2 = bob.writeMessage(new Uint8Array(0));

    expect(message1.length).toBe(IK_MESSAGE1_OVERHEAD + GREETING.length);
    expect(message2.length).toBe(IK_MESSAGE2_OVERHEAD);
  });

  test("begins its first message with the ephemeral key that the responder is told", () => {
    const [ann, bob] = [initiator(), responder()];

    const message = ann.writeMessage(GREETING);
    bob.readMessage(message);

    expect(bob.remoteEphemeral).toEqual(message.slice(0, NOISE_KEY_BYTES));
  });

  test("leaves keys that fit the other side's and only those", () => {
    const [ann, bob] = finishedPair();
    const [annKeys, bobKeys] = [ann.split(), bob.split()];

    const toBob = annKeys.send.seal(7, GREETING);
    const toAnn = bobKeys.send.seal(7, ANSWER);

    expect(bobKeys.receive.open(7, toBob)).toEqual(GREETING);
    expect(annKeys.receive.open(7, toAnn)).toEqual(ANSWER);
    expect(annKeys.receive.open(7, toBob)).toBeUndefined();
    expect(annKeys.hash).toEqual(bobKeys.hash);
  });

  test("never comes to the same hash, messages or keys twice", () => {
    const seen = new Set<string>();

    for (let round = 0; round < 20; round++) {
      const [ann, bob] = [initiator(), responder()];
      const message1 = ann.writeMessage(GREETING);
      bob.readMessage(message1);
      const message2 = bob.writeMessage(ANSWER);
      ann.readMessage(message2);
      const { hash, send } = ann.split();
      const parts = [message1, message2, hash, send.seal(0, GREETING)];
      for (const part of parts) seen.add(toHex(part));
    }

    expect(seen.size).toBe(20 * 4);
  });
});

describe("altered messages", () => {
  test("every flipped bit of message 1 is refused, and the true one is still taken", () => {
    const [ann, bob] = [initiator(), responder()];
    const message = ann.writeMessage(GREETING);

    const taken = bitsOf(message).filter((bit) => bob.readMessage(flipped(message, bit)));

    expect(taken).toEqual([]);
    expect(bob.remoteStatic).toBeUndefined();
    expect(bob.remoteEphemeral).toBeUndefined();
    expect(bob.readMessage(message)).toEqual(GREETING);
    expect(ann.readMessage(bob.writeMessage(ANSWER))).toEqual(ANSWER);
    expect(ann.split().hash).toEqual(bob.split().hash);
  });

  test("every flipped bit of message 2 is refused, and the true one is still taken", () => {
    const [ann, bob] = [initiator(), responder()];
    bob.readMessage(ann.writeMessage(GREETING));
    const message = bob.writeMessage(ANSWER);

    const taken = bitsOf(message).filter((bit) => ann.readMessage(flipped(message, bit)));

    expect(taken).toEqual([]);
    expect(ann.finished).toBe(false);
    expect(ann.readMessage(message)).toEqual(ANSWER);
    expect(ann.split().hash).toEqual(bob.split().hash);
  });

  test("messages of every other length are refused", () => {
    const [ann, bob] = [initiator(), responder()];
    const message1 = ann.writeMessage(GREETING);

    expect(otherLengths(message1).filter((bytes) => bob.readMessage(bytes))).toEqual([]);
    expect(bob.readMessage(message1)).toEqual(GREETING);
    const message2 = bob.writeMessage(ANSWER);
    expect(otherLengths(message2).filter((bytes) => ann.readMessage(bytes))).toEqual([]);
    expect(ann.readMessage(message2)).toEqual(ANSWER);
  });

  test("changing the bytes after they were read changes nothing", () => {
    const [ann, bob] = [initiator(), responder()];
    const buffer = ann.writeMessage(GREETING);

    const payload = bob.readMessage(buffer);
    buffer.fill(0);

    expect(payload).toEqual(GREETING);
    expect(ann.readMessage(bob.writeMessage(ANSWER))).toEqual(ANSWER);
  });
});

describe("messages from elsewhere", () => {
  test("a side that expects another prologue refuses message 1", () => {
    const message = initiator({ prologue: encodeUtf8("p2pchat/2 test") }).writeMessage(GREETING);

    expect(responder().readMessage(message)).toBeUndefined();
  });

  test("a message 1 for another responder is refused", () => {
    const remoteStatic = generateDhKeyPair(random).publicKey;
    const message = initiator({ remoteStatic }).writeMessage(GREETING);

    expect(responder().readMessage(message)).toBeUndefined();
  });

  test("a side that claims another's static key is refused", () => {
    const mallory = generateDhKeyPair(random);
    const staticKey: DhKeyPair = { ...mallory, publicKey: ANN.publicKey };
    const message = initiator({ staticKey }).writeMessage(GREETING);

    expect(responder().readMessage(message)).toBeUndefined();
  });

  test("a message 2 of another handshake of the same two is refused", () => {
    const [ann, earlier, bob] = [initiator(), initiator(), responder()];
    ann.writeMessage(GREETING);
    bob.readMessage(earlier.writeMessage(GREETING));

    expect(ann.readMessage(bob.writeMessage(ANSWER))).toBeUndefined();
  });

  test("a side that got its own message back refuses it", () => {
    const ann = initiator();
    const message = ann.writeMessage(GREETING);

    expect(ann.readMessage(message)).toBeUndefined();
    expect(responder({ staticKey: ANN }).readMessage(message)).toBeUndefined();
  });

  test("a message that is not due is refused", () => {
    const [ann, bob] = [initiator(), responder()];
    const message1 = ann.writeMessage(GREETING);
    bob.readMessage(message1);

    expect(bob.readMessage(message1)).toBeUndefined();
    const message2 = bob.writeMessage(ANSWER);
    ann.readMessage(message2);
    expect(ann.readMessage(message2)).toBeUndefined();
    expect(bob.readMessage(message1)).toBeUndefined();
  });

  test("unusable ephemeral keys are refused in both messages", () => {
    const [ann, bob] = [initiator(), responder()];
    const message1 = ann.writeMessage(GREETING);
    const first = UNUSABLE_KEYS.map((key) => bob.readMessage(withEphemeral(message1, key)));
    bob.readMessage(message1);
    const message2 = bob.writeMessage(ANSWER);
    const second = UNUSABLE_KEYS.map((key) => ann.readMessage(withEphemeral(message2, key)));

    expect(first).toEqual(UNUSABLE_KEYS.map(() => undefined));
    expect(second).toEqual(UNUSABLE_KEYS.map(() => undefined));
    expect(ann.readMessage(message2)).toEqual(ANSWER);
  });

  test("unusable static keys are refused even where the message is otherwise right", () => {
    const bob = responder();

    const read = UNUSABLE_KEYS.map((key) => {
      const staticKey: DhKeyPair = { ...ANN, publicKey: keyOf(key) };
      return bob.readMessage(initiator({ staticKey }).writeMessage(GREETING));
    });

    expect(read).toEqual(UNUSABLE_KEYS.map(() => undefined));
  });

  test("unusable keys in the clear are refused before they are agreed on", () => {
    const pattern = patternCalled("IX");
    const bob = responder({ pattern });
    const message = initiator({ pattern }).writeMessage(GREETING);

    const read = UNUSABLE_KEYS.flatMap((key) => [
      bob.readMessage(withEphemeral(message, key)),
      bob.readMessage(withStatic(message, key)),
    ]);

    expect(read.filter((payload) => payload !== undefined)).toEqual([]);
    expect(bob.readMessage(message)).toEqual(GREETING);
  });
});

describe("our own mistakes", () => {
  test("writing out of turn or past the end stops the program", () => {
    const [ann, bob] = [initiator(), responder()];

    expect(() => bob.writeMessage(ANSWER)).toThrow("turn to write");
    const message = ann.writeMessage(GREETING);
    expect(() => ann.writeMessage(GREETING)).toThrow("turn to write");
    bob.readMessage(message);
    bob.writeMessage(ANSWER);
    expect(() => bob.writeMessage(ANSWER)).toThrow("turn to write");
  });

  test("splitting before the end stops the program", () => {
    const ann = initiator();

    expect(() => ann.split()).toThrow("finished handshake");
  });

  test("beginning without a key that the pattern needs stops the program", () => {
    expect(() => new Handshake({ ...COMMON, initiator: true })).toThrow("known");
    expect(() => new Handshake({ ...COMMON, initiator: false })).toThrow("known");
    expect(() => initiator({ remoteStatic: new Uint8Array(32) })).toThrow("usable");
  });
});

function bitsOf(message: Uint8Array): number[] {
  return Array.from({ length: 8 * message.length }, (_, bit) => bit);
}

/** Every shorter message, and a longer one. */
function otherLengths(message: Uint8Array): Uint8Array[] {
  const shorter = Array.from(message, (_, length) => message.subarray(0, length));
  return [...shorter, concatBytes(message, new Uint8Array(1))];
}

function withEphemeral(message: Uint8Array, key: string): Uint8Array {
  return concatBytes(keyOf(key), message.subarray(NOISE_KEY_BYTES));
}

/** For a pattern whose static key follows the ephemeral one in the clear. */
function withStatic(message: Uint8Array, key: string): Uint8Array {
  const [before, after] = [NOISE_KEY_BYTES, 2 * NOISE_KEY_BYTES];
  return concatBytes(message.subarray(0, before), keyOf(key), message.subarray(after));
}

function patternCalled(name: string): Pattern {
  const found = PATTERNS.find(({ protocol }) => protocol.startsWith(`Noise_${name}_`));
  if (found === undefined) throw new Error(`No pattern called ${name}`);
  return found;
}

function keyOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}
