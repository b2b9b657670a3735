import { expect, test } from "bun:test";
import { concatBytes, equalBytes, toHex } from "../../lib/base/bytes.ts";
import {
  dh,
  dhKeyPair,
  equalSecret,
  hkdf,
  hkdf2,
  hmacSha256,
  open,
  openWithNonce,
  seal,
  sealWithNonce,
} from "../../lib/crypto/primitives.ts";
import aesgcm from "./aesgcm.json";
import { hex } from "./hex.ts";
import hkdfData from "./hkdf.json";
import hmac from "./hmac.json";
import x25519 from "./x25519.json";

/** A case of a vector file: its fields by name. */
type Case = Readonly<Record<string, string>>;

function cases(file: { readonly fields: string; readonly cases: readonly string[] }): Case[] {
  const names = file.fields.split(" ");
  return file.cases.map((line) => {
    const values = line.split(" ");
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
  });
}

/** The cases for which a rule does not hold, by number. */
function failing(of: readonly Case[], holds: (one: Case) => boolean): (string | undefined)[] {
  return of.filter((one) => !holds(one)).map((one) => one["tcId"]);
}

const FIELD_PRIME = 2n ** 255n - 19n;

function isCanonical(publicKey: Uint8Array): boolean {
  return BigInt(`0x${toHex(publicKey.toReversed())}`) < FIELD_PRIME;
}

test("X25519 agrees on the shared secret, or refuses what is of low order or not canonical", () => {
  const all = cases(x25519);
  let refused = 0;

  const wrong = failing(all, (one) => {
    const publicKey = hex(one["public"]);
    const shared = hex(one["shared"]);
    const secret = dh(dhKeyPair(hex(one["private"])), publicKey);
    if (isCanonical(publicKey) && shared.some((byte) => byte !== 0)) {
      return secret !== undefined && equalBytes(secret, shared);
    }
    refused++;
    return secret === undefined;
  });

  expect(wrong).toEqual([]);
  expect(all.length).toBe(518);
  expect(refused).toBeGreaterThanOrEqual(31);
});

test("AES-256-GCM seals valid cases to the byte and opens no other", () => {
  const all = cases(aesgcm);

  const wrong = failing(all, (one) => {
    const [key, nonce, ad] = [hex(one["key"]), hex(one["iv"]), hex(one["aad"])];
    const message = hex(one["msg"]);
    const sealed = concatBytes(hex(one["ct"]), hex(one["tag"]));
    const opened = openWithNonce(key, nonce, ad, sealed);
    if (one["result"] === "invalid") return opened === undefined;
    const same = equalBytes(sealWithNonce(key, nonce, ad, message), sealed);
    return same && opened !== undefined && equalBytes(opened, message);
  });

  expect(wrong).toEqual([]);
  expect(all.length).toBe(66);
});

test("a counter is a nonce of four zero bytes and 64 bits, most significant first", () => {
  const key = hex("00".repeat(32));
  const [ad, message] = [hex("0102"), hex("030405")];
  const counters: readonly [number, string][] = [
    [0, "000000000000000000000000"],
    [1, "000000000000000000000001"],
    [0x0102_0304_0506, "000000000000010203040506"],
    [Number.MAX_SAFE_INTEGER, "00000000001fffffffffffff"],
  ];

  const sealed = counters.map(([counter]) => toHex(seal(key, counter, ad, message)));
  const expected = counters.map(([, nonce]) => toHex(sealWithNonce(key, hex(nonce), ad, message)));
  const opened = counters.map(([counter], index) => open(key, counter, ad, hex(expected[index])));

  expect(sealed).toEqual(expected);
  expect(opened).toEqual(counters.map(() => message));
});

test("HKDF-SHA256 gives the output of every valid case and throws where none exists", () => {
  const all = cases(hkdfData);

  const wrong = failing(all, (one) => {
    const derive = (): Uint8Array =>
      hkdf(hex(one["salt"]), hex(one["ikm"]), hex(one["info"]), Number(one["size"]));
    if (one["result"] === "valid") return equalBytes(derive(), hex(one["okm"]));
    expect(derive).toThrow();
    return true;
  });

  expect(wrong).toEqual([]);
  expect(all.length).toBe(86);
});

test("Noise's HKDF is the standard's two first blocks with an empty info", () => {
  const usable = cases(hkdfData).filter((one) => one["info"] === "-" && Number(one["size"]) === 64);

  const wrong = failing(usable, (one) => {
    const outputs = hkdf2(hex(one["salt"]), hex(one["ikm"]));
    return equalBytes(concatBytes(...outputs), hex(one["okm"]));
  });

  expect(wrong).toEqual([]);
  expect(usable.length).toBeGreaterThan(0);
});

test("HMAC-SHA256 gives the tag of every valid case and of no invalid one", () => {
  const all = cases(hmac);

  const wrong = failing(all, (one) => {
    const tag = hex(one["tag"]);
    const computed = hmacSha256(hex(one["key"]), hex(one["msg"])).subarray(0, tag.length);
    return equalSecret(computed, tag) === (one["result"] === "valid");
  });

  expect(wrong).toEqual([]);
  expect(all.length).toBe(174);
});
