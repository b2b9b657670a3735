import { describe, expect, test } from "bun:test";
import { concatBytes, equalBytes, NO_BYTES, toHex, Writer } from "../../lib/base/bytes.ts";
import { CARD_BYTES_MAX, decodeCard, encodeCard } from "../../lib/wire/card.ts";
import { decodeChat, encodeChat } from "../../lib/wire/chat.ts";
import { decodeContents, encodeContents } from "../../lib/wire/envelope.ts";
import { decodeRun, encodeRun } from "../../lib/wire/entry.ts";
import { decodeFrames, type Frame, writeFrame } from "../../lib/wire/frames.ts";
import { decodeHandshakePayload, encodeHandshakePayload } from "../../lib/wire/handshake.ts";
import { decodePacket, encodePacket, firstDatagramBytes } from "../../lib/wire/packet.ts";
import { decodeAside, encodeAside } from "../../lib/wire/aside.ts";
import { decodeTyping, encodeTyping } from "../../lib/wire/typing.ts";
import { decodeRelay, encodeRelay } from "../../lib/wire/relay.ts";
import { decodeNatReport, encodeNatReport } from "../../lib/wire/nat.ts";
import { HELLO_BYTES } from "../../lib/wire/limits.ts";
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
} from "../../lib/wire/rendezvous.ts";
import { seeded } from "../crypto/seeded.ts";
import { decodeSaying, encodeSaying, EXAMPLES } from "./examples.ts";
import { below, measured, mutated } from "./mutations.ts";

/** Another run of these tests: SEED=7 bun test decoders. */
const SEED = Number(process.env["SEED"] ?? 1);
const RANDOM_INPUTS = 100_000;
const MUTATIONS = 10_000;

interface Decoder {
  readonly name: string;
  /** Undefined, or what encoding again makes of what was decoded. */
  readonly again: (bytes: Uint8Array) => Uint8Array | undefined;
  readonly valid: readonly Uint8Array[];
  /** By how much what was read may grow when it is written again. */
  readonly growth: number;
}

function decoder<Value>(
  name: string,
  decode: (bytes: Uint8Array) => Value | undefined,
  encode: (value: Value) => Uint8Array,
  growth = 0,
): Decoder {
  const valid = EXAMPLES.filter(({ title }) => title.startsWith(`${name} `));
  const again = (bytes: Uint8Array) => {
    const value = decode(bytes);
    return value === undefined ? undefined : encode(value);
  };
  return { name, again, valid: valid.map(({ bytes }) => bytes), growth };
}

function encodeFrames(frames: readonly Frame[]): Uint8Array {
  const writer = new Writer();
  for (const frame of frames) writeFrame(writer, frame);
  return writer.finish();
}

/** A hello is as long as it must be, and a name in NFC may be longer than it came: three times. */
const DECODERS: readonly Decoder[] = [
  decoder("packet", decodePacket, encodePacket),
  decoder("frame", decodeFrames, encodeFrames),
  decoder("request", decodeRequest, encodeRequest, 256),
  decoder("answer", decodeAnswer, encodeAnswer, 256),
  decoder("chat", decodeChat, encodeChat),
  decoder("card", decodeCard, encodeCard),
  decoder("envelope", decodeContents, encodeContents),
  decoder("entries", decodeRun, encodeRun),
  decoder("saying", decodeSaying, encodeSaying),
  decoder("nat", decodeNatReport, encodeNatReport),
  decoder("relay", decodeRelay, encodeRelay),
  decoder("aside", decodeAside, encodeAside),
  decoder("typing", decodeTyping, encodeTyping),
  decoder("payload", decodeHandshakePayload, encodeHandshakePayload),
];

/** Changed bytes and, of a packet, every second one with a true length after the change. */
function asSent(name: string, i: number, bytes: Uint8Array): Uint8Array {
  return name === "packet" && i % 2 === 0 ? measured(bytes) : bytes;
}

/** Fails with the bytes that show it: thrown at, grown, or not the same when read again. */
function expectSane({ name, again, growth }: Decoder, bytes: Uint8Array): boolean {
  const copy = bytes.slice();
  let once: Uint8Array | undefined;
  try {
    once = again(bytes);
    const twice = once === undefined ? undefined : again(once);
    const isStable = once === undefined || (twice !== undefined && equalBytes(once, twice));
    if (isStable && (once?.length ?? 0) <= bytes.length + growth && equalBytes(copy, bytes)) {
      return once !== undefined;
    }
  } catch (cause) {
    throw new Error(`Seed ${SEED}: ${name} threw at ${toHex(copy)}`, { cause });
  }
  throw new Error(`Seed ${SEED}: ${name} made ${toHex(once ?? copy)} of ${toHex(copy)}`);
}

const each = DECODERS.map((one) => [one.name, one] as const);

describe.each(each)("a decoder of %s", (name, one) => {
  test("refuses every truncation, or reads what is still whole", () => {
    for (const valid of one.valid) {
      for (let length = 0; length < valid.length; length++) {
        expectSane(one, asSent(name, 0, valid.slice(0, length)));
        expectSane(one, valid.subarray(0, length));
      }
    }

    expect(one.valid.length).toBeGreaterThan(0);
  });

  test("survives any bytes", () => {
    const random = seeded(SEED);
    const pool = random(1 << 16);
    const kinds = one.valid.map((valid) => valid[0] ?? 0);
    for (let i = 0; i < RANDOM_INPUTS; i++) {
      const at = (i * 7919) % (pool.length - 400);
      const bytes = pool.slice(at, at + ((i * 31) % 400));
      const kind = kinds[i % (2 * kinds.length)];
      if (kind !== undefined) bytes.set([kind].slice(0, bytes.length));
      expectSane(one, asSent(name, i, bytes));
    }
  });

  test("survives valid bytes that were changed, and reads some of them", () => {
    const random = buffered(SEED + name.length);
    let read = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const valid = one.valid[below(random, one.valid.length)] ?? new Uint8Array(0);
      if (expectSane(one, asSent(name, i, mutated(random, valid)))) read++;
    }

    expect(read).toBeGreaterThan(MUTATIONS / 100);
    expect(read).toBeLessThan(MUTATIONS);
  });
});

/** A stream of the seed's bytes: one hash for many small requests. */
function buffered(seed: number): (length: number) => Uint8Array {
  const random = seeded(seed);
  let pool = random(1 << 16);
  let at = 0;
  return (length) => {
    if (at + length > pool.length) {
      pool = random(1 << 16);
      at = 0;
    }
    at += length;
    return pool.slice(at - length, at);
  };
}

/** What may follow the last field, by the specification. */
const TAIL = Uint8Array.of(0xff, 0, 1, 2, 3);

describe("bytes after the last field", () => {
  test.each(
    EXAMPLES.filter(({ title }) =>
      /^(?:packet (?:hello|challenge)|request|answer|payload|envelope)/.test(title),
    )
      .concat(EXAMPLES.filter(({ title }) => /^chat (?!entries)/.test(title)))
      .map((example) => [example.title, example] as const),
  )("are ignored in %s", (title, { bytes, decode, value }) => {
    const longer = concatBytes(bytes, TAIL);

    expect(decode(title.startsWith("packet") ? measured(longer) : longer)).toEqual(value);
  });

  test.each(
    EXAMPLES.filter(({ title }) => /^(?:card|entries|saying) /.test(title)).map(
      (example) => [example.title, example] as const,
    ),
  )("make %s another thing and are refused", (_title, { bytes, decode }) => {
    for (let length = 1; length <= TAIL.length; length++) {
      expect(decode(concatBytes(bytes, TAIL.subarray(0, length)))).toBeUndefined();
    }
  });

  test.each(["ping", "ack", "ack 2", "window", "close", "path-challenge", "path-response"])(
    "are ignored in the body of a %s",
    (kind) => {
      const example = EXAMPLES.find(({ title }) => title === `frame ${kind}`);
      const [first = 0, length = 0, ...body] = example?.bytes ?? [];

      const longer = Uint8Array.from([first, length + TAIL.length, ...body, ...TAIL]);
      const frames: unknown = decodeFrames(longer);

      expect(frames).toEqual([example?.value]);
    },
  );
});

test.each(
  EXAMPLES.filter(({ title }) => title.startsWith("packet ")).map(
    (one) => [one.title, one] as const,
  ),
)("a %s of another length than it says is refused", (_title, { bytes, decode }) => {
  expect(decode(concatBytes(bytes, TAIL))).toBeUndefined();
  expect(decode(bytes.subarray(0, -1))).toBeUndefined();
});

test("datagrams in one piece come apart where the first one ends", () => {
  const bytes = EXAMPLES.find(({ title }) => title === "packet hello")?.bytes ?? NO_BYTES;

  expect(firstDatagramBytes(concatBytes(bytes, bytes, bytes.subarray(0, 100)))).toBe(HELLO_BYTES);
  expect(firstDatagramBytes(bytes)).toBe(HELLO_BYTES);
  expect(firstDatagramBytes(bytes.subarray(0, -1))).toBeUndefined();
  expect(firstDatagramBytes(Uint8Array.of(0x54, 0, 2, 0))).toBeUndefined();
  expect(firstDatagramBytes(Uint8Array.of(0x54, 0))).toBeUndefined();
});

test("a card is as long as CARD_BYTES_MAX at the most", () => {
  const random = seeded(SEED);

  expect(decodeCard(random(CARD_BYTES_MAX + 1))).toBeUndefined();
  expect(CARD_BYTES_MAX).toBe(264);
});
