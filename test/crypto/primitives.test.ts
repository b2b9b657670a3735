import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { concatBytes, fromHex, toHex } from "../../lib/base/bytes.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import {
  dh,
  dhKeyPair,
  equalSecret,
  generateDhKeyPair,
  hmacSha256,
  open,
  seal,
  sha256,
  sha512,
  sign,
  signingKeyPair,
  verify,
} from "../../lib/crypto/primitives.ts";
import { isIdentityKey, isNoiseKey } from "../../lib/wire/keys.ts";
import { flipped, seeded } from "./seeded.ts";

const EMPTY = new Uint8Array(0);
const random = seeded(6);

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? EMPTY;
}

describe("hashes", () => {
  test("are those of FIPS 180-4 for abc, in one part or in several", () => {
    const [whole, parts] = [encodeUtf8("abc"), [encodeUtf8("a"), EMPTY, encodeUtf8("bc")]];

    expect(toHex(sha256(whole))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(toHex(sha512(whole))).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
    expect(sha256(...parts)).toEqual(sha256(whole));
    expect(sha512(...parts)).toEqual(sha512(whole));
    expect(hmacSha256(whole, ...parts)).toEqual(hmacSha256(whole, whole));
  });

  test("come as plain bytes, whose slices are copies", () => {
    const hash = sha256(EMPTY);

    expect(hash.constructor).toBe(Uint8Array);
    expect(hash.slice(0, 4).buffer).not.toBe(hash.buffer);
  });
});

describe("X25519", () => {
  test("agrees on one secret from both sides and on another with anybody else", () => {
    const ann = generateDhKeyPair(random);
    const bob = generateDhKeyPair(random);
    const eve = generateDhKeyPair(random);

    const [here, there] = [dh(ann, bob.publicKey), dh(bob, ann.publicKey)];

    expect(here?.length).toBe(32);
    expect(there).toEqual(here);
    expect(dh(ann, eve.publicKey)).not.toEqual(here);
  });

  test("refuses keys of any other length and takes any 32 bytes without throwing", () => {
    const pair = generateDhKeyPair(random);

    for (const length of [0, 1, 31, 33, 64]) expect(dh(pair, random(length))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(dh(pair, key) !== undefined).toBe(isNoiseKey(key));
      }),
    );
  });

  test("has no use for a secret of another length", () => {
    expect(() => dhKeyPair(random(31))).toThrow("32 bytes");
    expect(() => signingKeyPair(random(33))).toThrow("32 bytes");
    expect(() => identityFromSecret(random(63))).toThrow("64 bytes");
  });
});

describe("Ed25519", () => {
  test("signs as in RFC 8032 §7.1, test 2", () => {
    const pair = signingKeyPair(
      bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    );

    const signature = sign(pair, Uint8Array.of(0x72));

    expect(toHex(pair.publicKey)).toBe(
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    );
    expect(toHex(signature)).toBe(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    expect(verify(pair.publicKey, Uint8Array.of(0x72), signature)).toBe(true);
    expect(verify(pair.publicKey, Uint8Array.of(0x73), signature)).toBe(false);
  });

  test("takes no signature with a flipped bit, another length, or a scalar not reduced", () => {
    const pair = signingKeyPair(random(32));
    const message = random(20);
    const signature = sign(pair, message);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const scalar = BigInt(`0x${toHex(signature.slice(32).toReversed())}`) + order;
    const raised = bytes(scalar.toString(16).padStart(64, "0")).toReversed();

    const taken = [
      ...Array.from({ length: 512 }, (_, bit) => flipped(signature, bit)),
      signature.subarray(0, 63),
      concatBytes(signature, Uint8Array.of(0)),
      EMPTY,
      concatBytes(signature.subarray(0, 32), raised),
    ].filter((altered) => verify(pair.publicKey, message, altered));

    expect(taken).toEqual([]);
  });

  test("takes any bytes for a key without throwing, and none that anybody can sign under", () => {
    const signature = concatBytes(Uint8Array.of(1), new Uint8Array(63));
    const neutral = concatBytes(Uint8Array.of(1), new Uint8Array(31));

    expect(verify(neutral, EMPTY, signature)).toBe(false);
    expect([neutral, flipped(neutral, 255)].map(isIdentityKey)).toEqual([false, false]);
    for (const length of [0, 31, 33]) expect(verify(random(length), EMPTY, signature)).toBe(false);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (key, any64) => {
          expect(verify(key, EMPTY, any64)).toBe(false);
        },
      ),
    );
  });

  test("makes keys that pass for identities, with either sign", () => {
    const keys = Array.from({ length: 16 }, () => signingKeyPair(random(32)).publicKey);

    expect(keys.every(isIdentityKey)).toBe(true);
    expect(new Set(keys.map((key) => (key.at(31) ?? 0) >> 7)).size).toBe(2);
  });
});

describe("AES-256-GCM", () => {
  test("opens only under the key, counter and data that sealed", () => {
    const [key, ad, text] = [random(32), random(8), random(100)];

    const sealed = seal(key, 9, ad, text);

    expect(open(key, 9, ad, sealed)).toEqual(text);
    expect(open(flipped(key, 0), 9, ad, sealed)).toBeUndefined();
    expect(open(key, 10, ad, sealed)).toBeUndefined();
    expect(open(key, 9, EMPTY, sealed)).toBeUndefined();
    expect(open(key, 9, flipped(ad, 63), sealed)).toBeUndefined();
  });

  test("never throws on what is to be opened", () => {
    const key = random(32);

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (sealed) => {
        expect(open(key, 0, EMPTY, sealed)).toBeUndefined();
      }),
    );
  });
});

test("secrets of different lengths are different, not an error", () => {
  const secret = random(16);

  expect(equalSecret(secret, new Uint8Array(secret))).toBe(true);
  expect(equalSecret(secret, flipped(secret, 127))).toBe(false);
  expect(equalSecret(secret, secret.subarray(0, 15))).toBe(false);
  expect(equalSecret(EMPTY, EMPTY)).toBe(true);
});

test("an identity is its secret's two halves and nothing else", () => {
  const secret = random(64);

  const identity = identityFromSecret(secret);
  const other = identityFromSecret(flipped(secret, 511 - 4));

  expect(identity.signing.publicKey).toEqual(signingKeyPair(secret.slice(0, 32)).publicKey);
  expect(identity.noise.publicKey).toEqual(dhKeyPair(secret.slice(32)).publicKey);
  expect(identity.peerId).toBe(other.peerId);
  expect(identity.noise.publicKey).not.toEqual(other.noise.publicKey);
});
