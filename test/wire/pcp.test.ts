import { expect, test } from "bun:test";
import { fromHex, NO_BYTES, toHex } from "../../lib/base/bytes.ts";
import {
  decodePcpAnswer,
  encodePcpAnnounceRequest,
  encodePcpMapRequest,
} from "../../lib/wire/pcp.ts";
import { seeded } from "../crypto/seeded.ts";

const NONCE = "000102030405060708090a0b";
const V4_PREFIX = "00000000000000000000ffff";
const NONE = "00000000000000000000000000000000";
const V6 = "20010db8000000000000000000000007";

/** 7200 s, epoch 16. */
const ANSWER_HEAD = "0281 0000 00001c20 00000010" + NONE.slice(8);
/** UDP, internal port 40000, external 41000, 203.0.113.7. */
const MAPPED = ANSWER_HEAD + NONCE + "11000000 9c40 a028" + V4_PREFIX + "cb007107";

test("a request for a mapping over IPv4 is RFC 6887's sixty bytes", () => {
  const request = encodePcpMapRequest({
    nonce: bytes(NONCE),
    clientIp: Uint8Array.of(192, 168, 1, 10),
    internalPort: 40_000,
    externalPort: 41_000,
    lifetimeS: 7200,
  });

  expect(request).toEqual(
    bytes(
      "0201 0000 00001c20" +
        V4_PREFIX +
        "c0a8010a" +
        NONCE +
        "11000000 9c40 a028" +
        V4_PREFIX +
        "00000000",
    ),
  );
});

test("a request over IPv6 suggests no address", () => {
  const request = encodePcpMapRequest({
    nonce: bytes(NONCE),
    clientIp: bytes(V6),
    internalPort: 40_000,
    externalPort: 40_000,
    lifetimeS: 0,
  });

  expect(request).toEqual(bytes("0201 0000 00000000" + V6 + NONCE + "11000000 9c40 9c40 " + NONE));
});

test("an announcement is asked for in a header alone", () => {
  const request = encodePcpAnnounceRequest(Uint8Array.of(192, 168, 1, 10));

  expect(request).toEqual(bytes("0200 0000 00000000" + V4_PREFIX + "c0a8010a"));
});

test("a mapping is read with what the router chose", () => {
  expect(decodePcpAnswer(bytes(MAPPED))).toEqual({
    kind: "mapped",
    epochS: 16,
    nonce: bytes(NONCE),
    internalPort: 40_000,
    externalPort: 41_000,
    externalIp: Uint8Array.of(203, 0, 113, 7),
    lifetimeS: 7200,
  });
});

test("an external IPv6 address keeps its sixteen bytes", () => {
  const answer = decodePcpAnswer(bytes(MAPPED.slice(0, -32) + V6));

  expect(answer?.kind === "mapped" && toHex(answer.externalIp)).toBe(V6);
});

test("options behind a mapping are ignored", () => {
  expect(decodePcpAnswer(bytes(MAPPED + "02000000"))).toEqual(decodePcpAnswer(bytes(MAPPED)));
});

test("a refusal is read with and without its mapping", () => {
  const head = "0281 0008 0000001e 00000010 " + NONE.slice(8);
  const refused = { kind: "refused", resultCode: 8, lifetimeS: 30 } as const;

  expect(decodePcpAnswer(bytes(head))).toEqual({ ...refused, nonce: undefined });
  expect(decodePcpAnswer(bytes(head + NONCE))).toEqual({ ...refused, nonce: bytes(NONCE) });
});

test("an announcement tells the router's epoch", () => {
  const answer = decodePcpAnswer(bytes("0280" + ANSWER_HEAD.slice(4)));

  expect(answer).toEqual({ kind: "announced", epochS: 16 });
});

test("what ends early is no answer", () => {
  const whole = bytes(MAPPED);

  for (let length = 0; length < whole.length; length += 1) {
    expect(decodePcpAnswer(whole.subarray(0, length))).toBeUndefined();
  }
});

test("another version, a question, TCP and an overlong message are no answers", () => {
  const tcp = MAPPED.replace(`${NONCE}11`, `${NONCE}06`);

  expect(decodePcpAnswer(bytes("01" + MAPPED.slice(2)))).toBeUndefined();
  expect(decodePcpAnswer(bytes("0201" + MAPPED.slice(4)))).toBeUndefined();
  expect(decodePcpAnswer(bytes(tcp))).toBeUndefined();
  expect(decodePcpAnswer(bytes(MAPPED + "00".repeat(1044)))).toBeUndefined();
});

test("changed bytes are read without a throw, to an address of a known length", () => {
  const random = seeded(1);

  for (let i = 0; i < 5000; i += 1) {
    const changed = bytes(MAPPED);
    const [at = 0, value = 0] = random(2);
    changed[at % changed.length] = value;
    const answer = decodePcpAnswer(changed);
    expect([4, 16]).toContain(answer?.kind === "mapped" ? answer.externalIp.length : 4);
  }
});

function bytes(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(" ", "")) ?? NO_BYTES;
}
