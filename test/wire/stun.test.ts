import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Address, formatAddress } from "../../lib/base/address.ts";
import { concatBytes, equalBytes, putU16, Reader, Writer } from "../../lib/base/bytes.ts";
import { crc32 } from "../../lib/base/crc32.ts";
import { firstDatagramBytes } from "../../lib/wire/packet.ts";
import {
  type BindingRequest,
  decodeStun,
  encodeStun,
  STUN_REQUEST_BYTES,
  type StunMessage,
  UNKNOWN_MAX,
} from "../../lib/wire/stun.ts";
import { isStun, STUN_BYTES_MAX, stunBytes } from "../../lib/wire/stunframe.ts";
import { seeded } from "../crypto/seeded.ts";
import { EXAMPLES } from "./examples.ts";
import { below, mutated } from "./mutations.ts";

/** Another run of these tests: SEED=7 bun test stun. */
const SEED = Number(process.env["SEED"] ?? 1);
const MUTATIONS = 5_000;

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ids = bytes(12);
const address: fc.Arbitrary<Address> = fc
  .record({ ip: fc.oneof(bytes(4), bytes(16)), port: fc.integer({ min: 1, max: 65_535 }) })
  .map(({ ip, port }) => formatAddress({ ip, port, zone: undefined }));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
/** Of credentials and TURN: never to be understood here. */
const unknown = fc.uniqueArray(fc.constantFrom(6, 0x0c, 0x0d, 0x14, 0x15, 0x24, 0x7fff));

const messages: fc.Arbitrary<StunMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("request" as const),
    transaction: ids,
    change: fc.record({ ip: fc.boolean(), port: fc.boolean() }),
    responsePort: maybe(fc.integer({ min: 1, max: 65_535 })),
    isPadded: fc.boolean(),
    unknown,
  }),
  fc.record({
    kind: fc.constant("response" as const),
    transaction: ids,
    mapped: address,
    origin: maybe(address),
    other: maybe(address),
    paddingBytes: maybe(fc.nat(200)),
  }),
  fc.record({
    kind: fc.constant("error" as const),
    transaction: ids,
    code: fc.integer({ min: 300, max: 699 }),
    reason: fc.string({ unit: "grapheme", maxLength: 20 }),
    unknown,
  }),
);

const REQUEST: BindingRequest = {
  kind: "request",
  transaction: Uint8Array.from({ length: 12 }, (_, i) => i),
  change: { ip: false, port: false },
  responsePort: undefined,
  isPadded: false,
  unknown: [],
};

/** A message of this type with these attributes as they stand, and no FINGERPRINT. */
function raw(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...attributes);
  const head = new Writer().u16(type).u16(body.length).u32(0x2112_a442).bytes(REQUEST.transaction);
  return concatBytes(head.finish(), body);
}

function attribute(type: number, value: readonly number[], length = value.length): Uint8Array {
  const gap = -value.length & 3;
  const head = new Writer().u16(type).u16(length);
  return head.bytes(Uint8Array.from(value)).zeros(gap).finish();
}

/** The same with a true length and FINGERPRINT: a false one is all that anybody would see. */
function fingerprinted(message: Uint8Array): Uint8Array {
  const whole = message.subarray(0, message.length & ~3);
  const bare = whole.length < 28 ? whole : whole.subarray(0, -8);
  const all = concatBytes(bare, new Uint8Array(8));
  if (bare.length < 20) return all;
  putU16(all, 2, all.length - 20);
  const print = (crc32(all.subarray(0, -8)) ^ 0x5354_554e) >>> 0;
  all.set(new Writer(8).u16(0x8028).u16(4).u32(print).finish(), bare.length);
  return all;
}

test("what is encoded is decoded to the same, padded or not", () => {
  fc.assert(
    fc.property(messages, fc.constantFrom(0, 28, 100, 124), (value, bytesMin) => {
      const encoded = encodeStun(value, bytesMin);

      expect(encoded.length).toBeGreaterThanOrEqual(Math.min(bytesMin, 24) - 4);
      expect(encoded.length % 4).toBe(0);
      expect(isStun(encoded)).toBe(true);
      expect(stunBytes(encoded)).toBe(encoded.length);
      expect(decodeStun(encoded)).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

test("a request is filled up to what every response fits into", () => {
  const ipv6 = formatAddress({ ip: new Uint8Array(16).fill(0x20), port: 9, zone: undefined });
  const { transaction } = REQUEST;
  const largest = encodeStun({
    kind: "response",
    transaction,
    mapped: ipv6,
    origin: ipv6,
    other: ipv6,
    paddingBytes: undefined,
  });

  expect(largest).toHaveLength(STUN_REQUEST_BYTES);
  for (const change of [REQUEST.change, { ip: true, port: true }]) {
    for (const responsePort of [undefined, 4000]) {
      const request = encodeStun({ ...REQUEST, change, responsePort }, STUN_REQUEST_BYTES);
      expect(request).toHaveLength(STUN_REQUEST_BYTES);
    }
  }
});

test("a message cut off anywhere is none", () => {
  for (const value of fc.sample(messages, { seed: SEED, numRuns: 20 })) {
    const encoded = encodeStun(value, 100);
    for (let length = 0; length < encoded.length; length++) {
      expect(decodeStun(encoded.subarray(0, length))).toBeUndefined();
    }
  }
});

test("with one bit changed it is none, unless that hides FINGERPRINT", () => {
  for (const value of fc.sample(messages, { seed: SEED, numRuns: 20 })) {
    const encoded = encodeStun(value);
    const hiding = hidingPlaces(encoded);
    for (let bit = 0; bit < 8 * encoded.length; bit++) {
      if (hiding.has(bit >> 3)) continue;
      const changed = encoded.slice();
      changed.set([(encoded[bit >> 3] ?? 0) ^ (1 << (bit & 7))], bit >> 3);
      expect(decodeStun(changed)).toBeUndefined();
    }
  }
});

/** The lengths of attributes, which may come to reach over FINGERPRINT, and its own type. */
function hidingPlaces(encoded: Uint8Array): Set<number> {
  const places = new Set([encoded.length - 8, encoded.length - 7]);
  const reader = new Reader(encoded, 20);
  while (reader.remaining > 0) {
    reader.u16();
    const at = encoded.length - reader.remaining;
    places.add(at).add(at + 1);
    const length = reader.u16();
    reader.bytes(length + (-length & 3));
  }
  return places;
}

test("changed bytes under a right FINGERPRINT never throw, and what is read is read again", () => {
  const random = seeded(SEED);
  const valid = fc.sample(messages, { seed: SEED, numRuns: 100 }).map((value) => encodeStun(value));
  let read = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const start = valid[below(random, valid.length)] ?? new Uint8Array(0);
    const changed = fingerprinted(mutated(random, start));
    const copy = changed.slice();
    const once = decodeStun(changed);
    expect(equalBytes(copy, changed)).toBe(true);
    if (once === undefined) continue;
    read++;
    const again = encodeStun(once);
    expect(decodeStun(again)).toEqual(once);
  }

  expect(read).toBeGreaterThan(MUTATIONS / 10);
  expect(read).toBeLessThan(MUTATIONS);
});

describe("a length that lies:", () => {
  test.each([
    ["an attribute's", raw(1, attribute(0x8022, [1, 2, 3, 4], 5))],
    ["the greatest", raw(1, attribute(0x8022, [], 0xffff))],
    ["half an attribute", raw(1, Uint8Array.of(0x80, 0x22))],
    ["a missing gap", raw(1, Uint8Array.of(0x80, 0x22, 0, 1, 7))],
  ])("%s", (_what, message) => {
    expect(isStun(message)).toBe(true);
    expect(decodeStun(message)).toBeUndefined();
  });

  test("the message's", () => {
    const request = encodeStun(REQUEST);
    for (const length of [0, 4, 12, 16, 0xffff]) {
      const message = request.slice();
      putU16(message, 2, length);
      expect(decodeStun(message)).toBeUndefined();
    }
  });

  test("makes no memory", () => {
    const message = raw(1, attribute(0x0026, [], 0xfffc));
    Bun.gc(true);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) expect(decodeStun(message)).toBeUndefined();

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });
});

describe("of attributes", () => {
  const mapped = attribute(0x0020, [0, 1, 0x21, 0x13, 0x21, 0x12, 0xa4, 0x43]);

  test("those that may be ignored are", () => {
    const message = decodeStun(raw(0x0101, attribute(0x8022, [0x61]), mapped));

    expect(message).toMatchObject({ kind: "response", mapped: "0.0.0.1:1" });
  });

  test("the first of a type counts", () => {
    const other = attribute(0x0020, [0, 1, 0x21, 0x14, 0x21, 0x12, 0xa4, 0x44]);

    expect(decodeStun(raw(0x0101, mapped, other))).toMatchObject({ mapped: "0.0.0.1:1" });
  });

  test("nothing after a proof of integrity counts, nor anything after FINGERPRINT", () => {
    const integrity = attribute(
      0x0008,
      Array.from({ length: 20 }, () => 1),
    );
    const request = encodeStun(REQUEST);

    expect(decodeStun(raw(0x0101, integrity, mapped))).toBeUndefined();
    expect(decodeStun(raw(0x0101, mapped, integrity))).toMatchObject({ kind: "response" });
    expect(decodeStun(raw(1, request.subarray(20), attribute(0x8022, [])))).toBeUndefined();
  });

  test("one that must be understood and is not spoils a response and is told of a request", () => {
    const nonce = attribute(0x0015, [1, 2, 3, 4]);

    expect(decodeStun(raw(0x0101, mapped, nonce))).toBeUndefined();
    expect(decodeStun(raw(1, nonce))).toMatchObject({ kind: "request", unknown: [0x0015] });
  });

  test("no more than UNKNOWN_MAX are told", () => {
    const many = Array.from({ length: 100 }, (_, i) => attribute(0x4000 + i, []));

    const message = decodeStun(raw(1, ...many));

    expect(message?.kind === "request" && message.unknown.length).toBe(UNKNOWN_MAX);
  });

  test.each([
    ["an unknown family", [0, 3, 0, 9, 1, 2, 3, 4]],
    ["port 0", [0, 1, 0, 0, 1, 2, 3, 4]],
    ["too few bytes", [0, 2, 0, 9, 1, 2, 3, 4]],
    ["too many", [0, 1, 0, 9, 1, 2, 3, 4, 5]],
    ["none", []],
  ])("an address with %s is none", (_what, value) => {
    expect(decodeStun(raw(0x0101, attribute(0x0001, value)))).toBeUndefined();
  });

  test("an old server's MAPPED-ADDRESS is enough", () => {
    const message = decodeStun(raw(0x0101, attribute(0x0001, [0, 1, 0, 9, 192, 0, 2, 1])));

    expect(message).toMatchObject({ kind: "response", mapped: "192.0.2.1:9" });
  });

  test.each([[[0, 0, 2, 99]], [[0, 0, 7, 0]], [[0, 0, 4, 100]], [[0, 0, 4]], [[]]])(
    "an error of %p is none",
    (value) => {
      expect(decodeStun(raw(0x0111, attribute(0x0009, value)))).toBeUndefined();
    },
  );
});

test.each([
  ["another method", raw(0x0003)],
  ["an indication", raw(0x0011)],
  ["a request without the magic cookie", concatBytes(Uint8Array.of(0, 1), new Uint8Array(18))],
  ["a response port of 0", raw(1, attribute(0x0027, [0, 0]))],
  ["a change request of two bytes", raw(1, attribute(0x0003, [0, 6]))],
  [
    "one that is too long",
    raw(1, attribute(0x8022, Array.from({ length: STUN_BYTES_MAX }, Number))),
  ],
])("%s is not read", (_what, message) => {
  expect(decodeStun(message)).toBeUndefined();
});

test("no packet of ours is taken for STUN, nor STUN for one of ours", () => {
  const packets = EXAMPLES.filter(({ title }) => title.startsWith("packet "));
  const request = encodeStun(REQUEST, STUN_REQUEST_BYTES);

  expect(packets.length).toBeGreaterThan(4);
  for (const packet of packets) {
    const masked = packet.bytes.slice();
    masked.set([0x21, 0x12, 0xa4, 0x42], 4);
    expect(isStun(masked)).toBe(false);
    expect(packet.decode(request)).toBeUndefined();
  }
});

test("STUN messages in one piece come apart where the first one ends", () => {
  const request = encodeStun(REQUEST, STUN_REQUEST_BYTES);
  const hello = EXAMPLES.find(({ title }) => title === "packet hello")?.bytes ?? request;

  expect(firstDatagramBytes(concatBytes(request, request, request))).toBe(STUN_REQUEST_BYTES);
  expect(firstDatagramBytes(concatBytes(request, hello.subarray(0, 60)))).toBe(STUN_REQUEST_BYTES);
  expect(firstDatagramBytes(request)).toBe(STUN_REQUEST_BYTES);
  expect(firstDatagramBytes(request.subarray(0, -4))).toBeUndefined();
});
