import { expect, test } from "bun:test";
import { fromHex, NO_BYTES } from "../../lib/base/bytes.ts";
import {
  decodeNatPmpAnswer,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
} from "../../lib/wire/natpmp.ts";
import { seeded } from "../crypto/seeded.ts";

/** Epoch 0x12345678, 203.0.113.7. */
const ADDRESS = "0080 0000 12345678 cb007107";
/** Epoch 16, internal port 40000, external 41000, 7200 s. */
const MAPPING = "0081 0000 00000010 9c40 a028 00001c20";

test("a request for the external address is two zero bytes", () => {
  expect(encodeNatPmpAddressRequest()).toEqual(bytes("0000"));
});

test("a request for a mapping is RFC 6886's twelve bytes", () => {
  const mapping = { internalPort: 40_000, externalPort: 41_000, lifetimeS: 7200 };

  expect(encodeNatPmpMapRequest(mapping)).toEqual(bytes("0001 0000 9c40 a028 00001c20"));
});

test("an external address is read with the router's epoch", () => {
  expect(decodeNatPmpAnswer(bytes(ADDRESS))).toEqual({
    kind: "address",
    epochS: 0x12345678,
    ip: Uint8Array.of(203, 0, 113, 7),
  });
});

test("a mapping is read with what the router chose", () => {
  expect(decodeNatPmpAnswer(bytes(MAPPING))).toEqual({
    kind: "mapping",
    epochS: 16,
    mapping: { internalPort: 40_000, externalPort: 41_000, lifetimeS: 7200 },
  });
});

test("a refusal is read without what may be missing behind it", () => {
  expect(decodeNatPmpAnswer(bytes("00810002"))).toEqual({
    kind: "refused",
    question: "mapping",
    resultCode: 2,
  });
  expect(decodeNatPmpAnswer(bytes("00800003 00000010"))).toEqual({
    kind: "refused",
    question: "address",
    resultCode: 3,
  });
});

test("what ends early is no answer", () => {
  for (const whole of [bytes(ADDRESS), bytes(MAPPING)]) {
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeNatPmpAnswer(whole.subarray(0, length))).toBeUndefined();
    }
  }
});

test("another version, a question and another operation are no answers", () => {
  expect(decodeNatPmpAnswer(bytes("02" + ADDRESS.slice(2)))).toBeUndefined();
  expect(decodeNatPmpAnswer(bytes("0001" + MAPPING.slice(4)))).toBeUndefined();
  expect(decodeNatPmpAnswer(bytes("0082" + MAPPING.slice(4)))).toBeUndefined();
});

test("changed bytes are read without a throw, to an address of a known length", () => {
  const random = seeded(1);

  for (let i = 0; i < 5000; i += 1) {
    const changed = bytes(ADDRESS);
    const [at = 0, value = 0] = random(2);
    changed[at % changed.length] = value;
    const answer = decodeNatPmpAnswer(changed);
    expect(answer?.kind === "address" ? answer.ip.length : 4).toBe(4);
  }
});

function bytes(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(" ", "")) ?? NO_BYTES;
}
