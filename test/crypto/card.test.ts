import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { concatBytes, toHex, Writer } from "../../lib/base/bytes.ts";
import { idBytes, peerIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8, NAME_MAX, parseName } from "../../lib/base/text.ts";
import { isAuthentic, signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { sha256, sign } from "../../lib/crypto/primitives.ts";
import {
  type Card,
  CARD_BYTES_MAX,
  cardBody,
  decodeCard,
  encodeCard,
} from "../../lib/wire/card.ts";
import { flipped, seeded } from "./seeded.ts";

const ANN = identityFromSecret(seeded(3)(64));
const SERIAL = 1_700_000_000_000;

function cardOf(name: string, serial = SERIAL): Card {
  return signCard({ signing: ANN.signing, noiseKey: ANN.noise.publicKey, name, serial });
}

/** An authentic card over whatever its fields are, as a client of ill will might send. */
function forged(fields: Partial<Card>): Uint8Array {
  const all = { ...cardOf("ann"), ...fields };
  const message = concatBytes(encodeUtf8("p2pchat/1 card\0"), cardBody(all));
  return encodeCard({ ...all, signature: sign(ANN.signing, message) });
}

const names = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: NAME_MAX })
  .map(parseName)
  .filter((name) => name !== undefined);

describe("a card", () => {
  test("is the bytes that its layout says", () => {
    const card = cardOf("zoë");

    const expected = new Writer()
      .u8(1)
      .bytes(idBytes(ANN.peerId))
      .bytes(ANN.noise.publicKey)
      .u16(Math.floor(SERIAL / 2 ** 32))
      .u32(SERIAL % 2 ** 32)
      .u8(4)
      .bytes(Uint8Array.of(0x7a, 0x6f, 0xc3, 0xab))
      .bytes(card.signature)
      .finish();
    expect(toHex(encodeCard(card))).toBe(toHex(expected));
  });

  test("is the same byte for byte wherever it is made", () => {
    const digest = toHex(sha256(encodeCard(cardOf("ann"))));

    expect(digest).toBe("4771adb429f78d0452b4d59e9fdf1e8859de24f4e9de8f4d2f7c0786349b0a96");
  });

  test("comes back from its bytes as it was, and authentic", () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 2 ** 48 - 1 }), (name, serial) => {
        const card = cardOf(name, serial);
        const decoded = decodeCard(encodeCard(card));

        expect(decoded).toEqual(card);
        expect(decoded && isAuthentic(decoded)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("of the longest name is the longest card", () => {
    const card = cardOf("𝒜".repeat(NAME_MAX));

    expect(encodeCard(card).length).toBe(CARD_BYTES_MAX);
    expect(decodeCard(encodeCard(card))).toEqual(card);
  });

  test("keeps its own copy of the bytes it was decoded from", () => {
    const buffer = encodeCard(cardOf("ann"));
    const card = decodeCard(buffer);

    buffer.fill(0);

    expect(card).toEqual(cardOf("ann"));
  });
});

describe("a card that is not one", () => {
  test("is refused at every other length", () => {
    const bytes = encodeCard(cardOf("ann"));

    const decoded = Array.from(bytes, (_, length) => decodeCard(bytes.subarray(0, length)));

    expect(decoded.filter((card) => card !== undefined)).toEqual([]);
    expect(decodeCard(concatBytes(bytes, Uint8Array.of(0)))).toBeUndefined();
    expect(decodeCard(new Uint8Array(CARD_BYTES_MAX + 1))).toBeUndefined();
  });

  test("with any bit flipped is refused or not authentic", () => {
    const bytes = encodeCard(cardOf("ann"));

    const authentic = Array.from({ length: 8 * bytes.length }, (_, bit) => {
      const card = decodeCard(flipped(bytes, bit));
      return card !== undefined && isAuthentic(card);
    });

    expect(authentic).not.toContain(true);
  });

  test("never throws, whatever the bytes", () => {
    const almost = fc.tuple(fc.integer({ min: 0, max: 8 * 139 - 1 }), fc.uint8Array());
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), almost, (bytes, [bit, tail]) => {
        const whole = decodeCard(bytes);
        const altered = decodeCard(concatBytes(flipped(encodeCard(cardOf("ann")), bit), tail));
        for (const card of [whole, altered]) if (card) expect(isAuthentic(card)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test("of another version is refused", () => {
    const bytes = encodeCard(cardOf("ann"));
    bytes.set([2]);

    expect(decodeCard(bytes)).toBeUndefined();
  });

  test.each([
    ["empty", ""],
    ["with a space", "ann smith"],
    ["with a control", "ann\u0007"],
    ["that reads from right to left by a mark", "ann\u202e"],
    ["not in normal form C", "zoe\u0308"],
    ["of 33 characters", "a".repeat(NAME_MAX + 1)],
  ])("has a name %s", (_, name) => {
    expect(decodeCard(forged({ name }))).toBeUndefined();
  });

  test("has a name that is not UTF-8", () => {
    const bytes = encodeCard(cardOf("ann"));
    const at = bytes.length - 64 - 3;
    const altered = new Uint8Array(bytes);
    altered.set([0xff], at);

    expect(decodeCard(altered)).toBeUndefined();
  });

  test("has a Noise key that agrees on nothing or is written another way", () => {
    const lowOrder = new Uint8Array(32);
    const highBit = flipped(ANN.noise.publicKey, 255);
    const unreduced = new Uint8Array(32).fill(0xff);

    expect(decodeCard(forged({ noiseKey: lowOrder }))).toBeUndefined();
    expect(decodeCard(forged({ noiseKey: highBit }))).toBeUndefined();
    expect(decodeCard(forged({ noiseKey: unreduced }))).toBeUndefined();
  });

  test("has an identity that anybody can sign for", () => {
    const neutral = new Uint8Array(32);
    neutral.set([1]);

    expect(decodeCard(forged({ peerId: peerIdOf(neutral) }))).toBeUndefined();
  });
});

describe("a signature", () => {
  test("of another identity is not authentic", () => {
    const bob = identityFromSecret(seeded(4)(64));
    const card = cardOf("ann");

    expect(isAuthentic({ ...card, peerId: bob.peerId })).toBe(false);
    expect(isAuthentic({ ...card, name: "bob" })).toBe(false);
    expect(isAuthentic({ ...card, serial: SERIAL + 1 })).toBe(false);
    expect(isAuthentic({ ...card, noiseKey: bob.noise.publicKey })).toBe(false);
    expect(isAuthentic(card)).toBe(true);
  });

  test("over the body without its domain is not authentic", () => {
    const card = cardOf("ann");

    expect(isAuthentic({ ...card, signature: sign(ANN.signing, cardBody(card)) })).toBe(false);
  });
});
