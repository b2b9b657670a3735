import { describe, expect, test } from "bun:test";
import { formatAddress } from "../../lib/base/address.ts";
import { concatBytes, Writer } from "../../lib/base/bytes.ts";
import { roomIdOf } from "../../lib/base/ids.ts";
import { NAME_MAX } from "../../lib/base/text.ts";
import { CARD_BYTES_MAX } from "../../lib/wire/card.ts";
import { decodeChat, encodeChat } from "../../lib/wire/chat.ts";
import { decodeRun } from "../../lib/wire/entry.ts";
import { decodeFrames } from "../../lib/wire/frames.ts";
import { handshakePayloadBytesMax } from "../../lib/wire/handshake.ts";
import {
  ACK_RANGES_MAX,
  BODY_BYTES_MAX,
  CANDIDATES_MAX,
  CARRIED_BYTES_MAX,
  CLOSE_REASON_BYTES_MAX,
  DATAGRAM_BYTES_BASE,
  ENVELOPE_BYTES_MAX,
  HEADS_MAX,
  HELLO_BYTES,
  LISTING_BYTES_MAX,
  LISTING_ENTRIES_MAX,
  MESSAGE_BYTES_MAX,
  RECEIPT_SEQS_MAX,
  CHANNEL_WINDOW_BYTES,
  PROOF_BYTES,
  READ_MARKS_MAX,
  ROOMS_MAX,
  SESSION_WINDOW_BYTES,
  TOPIC_BYTES,
  TOPICS_MAX,
  TRANSPORT_BYTES_MIN,
  UNRELIABLE_BYTES_MAX,
} from "../../lib/wire/limits.ts";
import {
  decodePacket,
  encodePacket,
  INITIATION_HEADER_BYTES,
  TRANSPORT_HEADER_BYTES,
  TRANSPORT_OVERHEAD_BYTES,
} from "../../lib/wire/packet.ts";
import { encodeRelay } from "../../lib/wire/relay.ts";
import { decodeAnswer, decodeRequest, encodeRequest } from "../../lib/wire/rendezvous.ts";
import { ANN, encodeFrame } from "./examples.ts";
import { encodeLone, type LoneEntry } from "../support/lonerun.ts";

const TAG_BYTES = 16;
const ROOM = roomIdOf(new Uint8Array(32));
const IPV6 = formatAddress({ ip: new Uint8Array(16).fill(0x20), port: 1, zone: undefined });

const ENTRY: LoneEntry = {
  room: ROOM,
  author: ANN.peerId,
  seq: 1,
  previous: new Uint8Array(32),
  time: { wallMs: 1, tick: 0 },
  type: 1,
  body: new Uint8Array(BODY_BYTES_MAX),
};

describe("limits agree:", () => {
  test("a challenge is never larger than a hello", () => {
    const nonce = new Uint8Array(16);
    const cookie = new Uint8Array(20);
    const card = new Uint8Array(CARD_BYTES_MAX);

    const challenge = encodePacket({ kind: "challenge", nonce, cookie, card });

    expect(challenge.length).toBe(305);
    expect(encodePacket({ kind: "hello", nonce })).toHaveLength(HELLO_BYTES);
    expect(challenge.length).toBeLessThanOrEqual(HELLO_BYTES);
  });

  test("a path challenge is no larger than the least packet", () => {
    const challenge = encodeFrame({ kind: "path-challenge", data: new Uint8Array(8) });

    expect(TRANSPORT_HEADER_BYTES + challenge.length + TAG_BYTES).toBe(TRANSPORT_BYTES_MIN);
  });

  test("the largest registration and the largest page fit one datagram", () => {
    const register = encodeRequest({
      kind: "register",
      candidates: Array.from({ length: CANDIDATES_MAX }, () => IPV6),
      topics: Array.from({ length: TOPICS_MAX }, () => new Uint8Array(TOPIC_BYTES)),
    });
    const headers = TRANSPORT_HEADER_BYTES + TAG_BYTES + 16;

    expect(register.length + headers).toBeLessThanOrEqual(DATAGRAM_BYTES_BASE);
    expect(LISTING_BYTES_MAX + headers).toBeLessThanOrEqual(DATAGRAM_BYTES_BASE);
    expect((LISTING_BYTES_MAX - 10) / 45).toBeGreaterThanOrEqual(LISTING_ENTRIES_MAX);
  });

  test("the longest text fits a message, and a message the window", () => {
    const message = encodeChat({ kind: "entries", run: encodeLone(ENTRY) });

    expect(message.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    expect(3 * MESSAGE_BYTES_MAX).toBeLessThanOrEqual(CHANNEL_WINDOW_BYTES);
  });

  test("a full channel leaves half of the session's window to the others", () => {
    expect(2 * CHANNEL_WINDOW_BYTES).toBeLessThanOrEqual(SESSION_WINDOW_BYTES);
  });

  test("the longest datagram fits the first packet of a path beside an acknowledgement", () => {
    const datagram = encodeFrame({ kind: "datagram", data: new Uint8Array(UNRELIABLE_BYTES_MAX) });

    expect(datagram.length + TRANSPORT_OVERHEAD_BYTES + 64).toBeLessThan(DATAGRAM_BYTES_BASE);
  });

  test("the longest call can be carried", () => {
    const noise = 32 + (32 + TAG_BYTES) + handshakePayloadBytesMax(CARD_BYTES_MAX) + TAG_BYTES;

    expect(INITIATION_HEADER_BYTES + noise).toBeLessThanOrEqual(CARRIED_BYTES_MAX);
  });

  test("what is carried fits a session's smallest packets beside an acknowledgement", () => {
    const data = encodeRelay({
      kind: "carry",
      peer: ANN.peerId,
      data: new Uint8Array(CARRIED_BYTES_MAX),
    });

    expect(encodeFrame({ kind: "datagram", data }).length + TRANSPORT_OVERHEAD_BYTES + 15).toBe(
      548,
    );
  });

  test("every room has a topic", () => {
    expect(ROOMS_MAX).toBeLessThanOrEqual(TOPICS_MAX);
  });

  test("a card has room for the longest name", () => {
    expect(CARD_BYTES_MAX).toBe(1 + 32 + 32 + 6 + 1 + 4 * NAME_MAX + 64);
  });
});

describe("one more than the limit is refused:", () => {
  const v4 = Uint8Array.of(4, 192, 0, 2, 1, 0, 9);
  const rowOf = (bytes: Uint8Array, count: number) => {
    return concatBytes(...Array.from({ length: count }, () => bytes));
  };

  test.each([CANDIDATES_MAX, CANDIDATES_MAX + 1])("%d candidates", (count) => {
    const bytes = concatBytes(Uint8Array.of(1, count), rowOf(v4, count), Uint8Array.of(0));

    expect(decodeRequest(bytes) !== undefined).toBe(count === CANDIDATES_MAX);
  });

  test.each([TOPICS_MAX, TOPICS_MAX + 1])("%d topics", (count) => {
    const bytes = concatBytes(Uint8Array.of(1, 0, count), new Uint8Array(count * TOPIC_BYTES));

    expect(decodeRequest(bytes) !== undefined).toBe(count === TOPICS_MAX);
  });

  test.each([LISTING_ENTRIES_MAX, LISTING_ENTRIES_MAX + 1])("%d entries of a listing", (count) => {
    const entry = concatBytes(new Uint8Array(36), Uint8Array.of(1, 0x61), v4);
    const head = new Writer().u8(66).u32(1).u32(0).u8(count).finish();

    const decoded = decodeAnswer(concatBytes(head, rowOf(entry, count)));

    expect(decoded !== undefined).toBe(count === LISTING_ENTRIES_MAX);
  });

  test.each([RECEIPT_SEQS_MAX, RECEIPT_SEQS_MAX + 1])("%d seqs of a receipt", (count) => {
    const head = new Writer().u8(4).zeros(32).varint(count).finish();

    const decoded = decodeChat(concatBytes(head, new Uint8Array(count)));

    expect(decoded !== undefined).toBe(count === RECEIPT_SEQS_MAX);
  });

  test.each([ROOMS_MAX, ROOMS_MAX + 1])("%d rooms", (count) => {
    const decoded = decodeChat(
      concatBytes(Uint8Array.of(8, count), new Uint8Array(32 * count + 1)),
    );

    expect(decoded !== undefined).toBe(count === ROOMS_MAX);
  });

  test.each([READ_MARKS_MAX, READ_MARKS_MAX + 1])("%d rooms that are read", (count) => {
    const mark = new Uint8Array(38).fill(1);

    const decoded = decodeChat(concatBytes(Uint8Array.of(11, count), rowOf(mark, count)));

    expect(decoded !== undefined).toBe(count === READ_MARKS_MAX);
  });

  test("nothing is read of a seq that nobody has", () => {
    expect(decodeChat(concatBytes(Uint8Array.of(11, 1), new Uint8Array(38)))).toBeUndefined();
  });

  test.each([HEADS_MAX, HEADS_MAX + 1])("%d heads", (count) => {
    const heads = new Uint8Array((32 + 6 + 32 + 8) * count);

    const decoded = decodeChat(concatBytes(Uint8Array.of(12, count), heads));

    expect(decoded !== undefined).toBe(count === HEADS_MAX);
  });

  test.each([ROOMS_MAX - 1, ROOMS_MAX])("%d private rooms and an open one", (count) => {
    const rooms = concatBytes(Uint8Array.of(8, 1), new Uint8Array(32));
    const proofs = concatBytes(Uint8Array.of(count), new Uint8Array(32 * count));

    const decoded = decodeChat(concatBytes(rooms, proofs));

    expect(decoded !== undefined).toBe(count < ROOMS_MAX);
  });

  test.each([ACK_RANGES_MAX, ACK_RANGES_MAX + 1])("%d ranges of an ack", (count) => {
    const others = new Uint8Array(2 * (count - 1));
    const body = new Writer()
      .varint(0)
      .varint(1000)
      .varint(count - 1)
      .varint(0)
      .bytes(others);
    const frame = new Writer().u8(2).varint(body.length).bytes(body.finish()).finish();

    expect(decodeFrames(frame)?.length === 1).toBe(count === ACK_RANGES_MAX);
  });

  test.each([BODY_BYTES_MAX, BODY_BYTES_MAX + 1])("a body of %d bytes", (length) => {
    const bytes = encodeLone({ ...ENTRY, body: new Uint8Array(length) });

    expect(decodeRun(bytes) !== undefined).toBe(length === BODY_BYTES_MAX);
  });

  test.each([ENVELOPE_BYTES_MAX, ENVELOPE_BYTES_MAX + 1])("an envelope of %d bytes", (length) => {
    const sealed = new Writer().varint(length).zeros(length).finish();
    const hold = concatBytes(Uint8Array.of(25), new Uint8Array(32), sealed);

    expect(decodeChat(hold) !== undefined).toBe(length === ENVELOPE_BYTES_MAX);
    expect(decodeChat(concatBytes(Uint8Array.of(28), sealed)) !== undefined).toBe(
      length === ENVELOPE_BYTES_MAX,
    );
  });

  test("an entry has a seq of its own", () => {
    expect(decodeRun(encodeLone({ ...ENTRY, seq: 0 }))).toBeUndefined();
  });
});

describe("an encoder asserts what no decoder would take:", () => {
  test("too many candidates", () => {
    const candidates = Array.from({ length: CANDIDATES_MAX + 1 }, () => IPV6);

    expect(() => encodeRequest({ kind: "register", candidates, topics: [] })).toThrow("addresses");
  });

  test("too many topics", () => {
    const topics = Array.from({ length: TOPICS_MAX + 1 }, () => new Uint8Array(TOPIC_BYTES));

    expect(() => encodeRequest({ kind: "register", candidates: [], topics })).toThrow("topics");
  });

  test("too many seqs", () => {
    const seqs = Array.from({ length: RECEIPT_SEQS_MAX + 1 }, () => 1);

    expect(() => encodeChat({ kind: "receipt", room: ROOM, seqs })).toThrow("receipt");
  });

  test("too many rooms", () => {
    const rooms = Array.from({ length: ROOMS_MAX + 1 }, () => ROOM);

    expect(() => encodeChat({ kind: "rooms", rooms, proofs: [] })).toThrow("rooms");
  });

  test("too many rooms that are read", () => {
    const marks = Array.from({ length: READ_MARKS_MAX + 1 }, () => ({ room: ROOM, seq: 1 }));

    expect(() => encodeChat({ kind: "read", marks })).toThrow("rooms");
  });

  test("as many rooms, and a private one", () => {
    const rooms = Array.from({ length: ROOMS_MAX }, () => ROOM);
    const proofs = [new Uint8Array(PROOF_BYTES)];

    expect(() => encodeChat({ kind: "rooms", rooms, proofs })).toThrow("rooms");
  });
});

describe("a close's reason", () => {
  test("that is too long ends with a whole character", () => {
    const reason = "a" + "é".repeat(CLOSE_REASON_BYTES_MAX);

    const [frame] = decodeFrames(encodeFrame({ kind: "close", code: 1, reason })) ?? [];

    expect(frame).toEqual({ kind: "close", code: 1, reason: "a" + "é".repeat(63) });
  });

  test.each([
    ["longer than it may be", new Uint8Array(CLOSE_REASON_BYTES_MAX + 1).fill(0x61)],
    ["not UTF-8", Uint8Array.of(0xff)],
  ])("that is %s counts as empty", (_what, reason) => {
    const body = concatBytes(Uint8Array.of(1, reason.length), reason);
    const frame = new Writer().u8(5).varint(body.length).bytes(body).finish();

    expect(decodeFrames(frame)).toEqual([{ kind: "close", code: 1, reason: "" }]);
  });
});

describe("a length that nothing follows", () => {
  const huge = new Writer().varint(Number.MAX_SAFE_INTEGER).finish();
  const claims = [
    [
      "a challenge's card",
      decodePacket,
      concatBytes(Uint8Array.of(0x51), new Uint8Array(36), huge),
    ],
    ["a receipt's seqs", decodeChat, concatBytes(Uint8Array.of(4), new Uint8Array(32), huge)],
    ["an introduction's card", decodeAnswer, concatBytes(Uint8Array.of(68, 0, 0, 0, 1), huge)],
    ["a frame's body", decodeFrames, concatBytes(Uint8Array.of(3), huge)],
    ["an unknown frame's body", decodeFrames, concatBytes(Uint8Array.of(0x77), huge)],
    [
      "an entry's body",
      decodeRun,
      concatBytes(Uint8Array.of(1), new Uint8Array(111), Uint8Array.of(255, 255, 255, 255)),
    ],
  ] as const;

  test.each(claims)("makes no memory of %s", (_what, decode, bytes) => {
    Bun.gc(true);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) expect(decode(bytes)).toBeUndefined();

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });
});
