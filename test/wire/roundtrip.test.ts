import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Address, formatAddress } from "../../lib/base/address.ts";
import { envelopeIdOf, peerIdOf, roomIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8, parseName } from "../../lib/base/text.ts";
import { encodeCard } from "../../lib/wire/card.ts";
import { type ChatMessage, decodeChat, encodeChat } from "../../lib/wire/chat.ts";
import { RECEIPT_SIGNATURE_BYTES } from "../../lib/wire/envelope.ts";
import { NO_AUTHOR } from "../../lib/wire/exchange.ts";
import { type Content, decodeContent, encodeContent } from "../../lib/wire/content.ts";
import { decodeRun, encodeRun, type Run } from "../../lib/wire/entry.ts";
import { type AckRange, decodeFrames, type Frame, padFrames } from "../../lib/wire/frames.ts";
import { streamFrameOverhead } from "../../lib/wire/frames.ts";
import {
  decodeHandshakePayload,
  encodeHandshakePayload,
  handshakePayloadBytesMax,
} from "../../lib/wire/handshake.ts";
import { decodePacket, encodePacket, type Packet } from "../../lib/wire/packet.ts";
import {
  type Occasion,
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  LISTING_HEADER_BYTES,
  type ListingEntry,
  listingEntryBytes,
  type RendezvousAnswer,
  type RendezvousRequest,
} from "../../lib/wire/rendezvous.ts";
import type { ProbeCounts } from "../../lib/wire/probes.ts";
import {
  MEETING_TOKEN_BYTES,
  ACK_RANGES_MAX,
  CHECKPOINTS_MAX,
  HASH_PREFIX_BYTES,
  CANDIDATES_MAX,
  LISTING_ENTRIES_MAX,
  NAT_REPORT_BYTES_MAX,
  OBSERVERS_MAX,
  OTHERS_MAX,
  PROOF_BYTES,
  RECEIPT_SEQS_MAX,
  RUN_ENTRIES_MAX,
  HEADS_MAX,
  ROOMS_MAX,
  TOPICS_MAX,
} from "../../lib/wire/limits.ts";
import { ANN_CARD, BOB_CARD, encodeFrame } from "./examples.ts";

const u8 = fc.nat(0xff);
const u32 = fc.nat(0xffff_ffff);
const u48 = fc.nat(2 ** 48 - 1);
const varint = fc.maxSafeNat();
const rest = fc.uint8Array({ maxLength: 300 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const peerId = bytes(32).map(peerIdOf);
const room = bytes(32).map(roomIdOf);
const card = fc.constantFrom(ANN_CARD, BOB_CARD);
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 32 })
  .map((text) => parseName(text) ?? "ann");
const address: fc.Arbitrary<Address> = fc
  .record({ ip: fc.oneof(bytes(4), bytes(16)), port: fc.integer({ min: 1, max: 65_535 }) })
  .map(({ ip, port }) => formatAddress({ ip, port, zone: undefined }));
const candidates = fc.array(address, { maxLength: CANDIDATES_MAX });
const nat = fc.uint8Array({ minLength: 1, maxLength: NAT_REPORT_BYTES_MAX });

/** A record whose kind is fixed. */
function of<Kind extends string, Fields>(
  kind: Kind,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
) {
  return fc.record(fields).map((value) => Object.assign({ kind }, value));
}

const packet: fc.Arbitrary<Packet> = fc.oneof(
  of("hello", { nonce: bytes(16) }),
  of("challenge", { nonce: bytes(16), cookie: bytes(20), card: rest }),
  of("initiation", {
    purpose: fc.constantFrom("peer" as const, "server" as const),
    challenge: bytes(8),
    cookie: fc.oneof(bytes(0), bytes(20)),
    noise: rest,
  }),
  of("response", {
    receiver: u32,
    echo: bytes(8),
    challenge: bytes(8),
    tag: bytes(8),
    noise: rest,
  }),
  of("transport", { receiver: u32, counter: u32, sealed: rest }),
);

/** Gaps and lengths from 0 up, as ranges from the highest down. */
const ranges = fc
  .array(fc.tuple(fc.nat(10_000), fc.nat(10_000)), { minLength: 1, maxLength: ACK_RANGES_MAX })
  .map((pairs) => {
    const upwards: AckRange[] = [];
    let next = 0;
    for (const [gap, length] of pairs) {
      upwards.push({ first: next + gap, last: next + gap + length });
      next += gap + length + 2;
    }
    return upwards.toReversed();
  });

const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.constant({ kind: "ping" as const }),
  of("ack", { delayUs: varint, ranges }),
  of("stream", { channel: u8, offset: varint, data: rest }),
  of("window", { scope: u8, limit: varint }),
  of("datagram", { data: rest }),
  of("close", { code: u8, reason: fc.string({ unit: "grapheme", maxLength: 10 }) }),
  of("path-challenge", { data: bytes(8) }),
  of("path-response", { data: bytes(8) }),
  of("word", { data: rest }),
);

const count = fc.nat({ max: 0xffff });
const probes: fc.Arbitrary<ProbeCounts> = fc.record({
  calls: count,
  punches: count,
  callsSeen: count,
  punchesSeen: count,
});
const request: fc.Arbitrary<RendezvousRequest> = fc.oneof(
  of("register", { candidates, topics: fc.array(bytes(16), { maxLength: TOPICS_MAX }) }),
  of("register", { candidates, topics: fc.constant([]), nat }),
  of("list", { request: u32, after: u32 }),
  of("peer", { request: u32, number: u32 }),
  of("punch", { request: u32 }),
  of("find", { request: u32, name, prefix: fc.stringMatching(/^[0-9a-f]{0,64}$/) }),
  of("seek", { peerId }),
  of("seek", { peerId, probes }),
);

const listed: fc.Arbitrary<ListingEntry> = fc.record({ number: u32, peerId, name, address });
const token = fc.uint8Array({ minLength: MEETING_TOKEN_BYTES, maxLength: MEETING_TOKEN_BYTES });
const occasion: fc.Arbitrary<Occasion> = fc.record({
  round: fc.nat({ max: 0xffff }),
  isTurn: fc.boolean(),
  sharesRoom: fc.boolean(),
  waitMs: fc.nat({ max: 0xffff }),
});
const answer: fc.Arbitrary<RendezvousAnswer> = fc.oneof(
  of("registered", {
    number: u32,
    observed: address,
    observers: fc.array(address, { maxLength: OBSERVERS_MAX }),
    others: fc.array(address, { maxLength: OTHERS_MAX }),
  }),
  of("registered", {
    number: u32,
    observed: address,
    observers: fc.constant([]),
    others: fc.array(address, { maxLength: OTHERS_MAX }),
    also: address,
  }),
  of("listing", {
    request: u32,
    entries: fc.array(listed, { maxLength: LISTING_ENTRIES_MAX }),
    next: u32,
  }),
  of("punched", { request: u32 }),
  of("introduction", { number: u32, card, candidates }),
  of("introduction", { number: u32, card, candidates, nat }),
  of("introduction", { number: u32, card, candidates, nat, token, occasion }),
  of("introduction", { number: u32, card, candidates, token, occasion, probes }),
  of("unknown", { peerId }),
);

const A_ROOM = roomIdOf(new Uint8Array(32).fill(1));

const checkpoints: fc.Arbitrary<ChatMessage> = fc
  .array(fc.record({ author: peerId, seq: u48, hash: bytes(32), signature: bytes(64) }), {
    maxLength: CHECKPOINTS_MAX,
  })
  .map((some) => {
    const inRoom = some.map((fields) => Object.assign({ room: A_ROOM }, fields));
    return { kind: "checkpoints", room: A_ROOM, checkpoints: inRoom };
  });

const tips: fc.Arbitrary<ChatMessage> = fc
  .uniqueArray(
    fc.record({ author: peerId, seq: u48, hashPrefix: bytes(HASH_PREFIX_BYTES), floor: u48 }),
    {
      selector: ({ author }) => author,
      maxLength: 300,
    },
  )
  .map((some) => {
    const rising = some
      .filter(({ author }) => author > NO_AUTHOR)
      .toSorted((a, b) => (a.author < b.author ? -1 : 1));
    return { kind: "tips", room: A_ROOM, after: NO_AUTHOR, isLast: some.length > 3, tips: rising };
  });

const envelopeId = bytes(32).map(envelopeIdOf);

const chat: fc.Arbitrary<ChatMessage> = fc.oneof(
  of("rooms", {
    rooms: fc.array(room, { maxLength: ROOMS_MAX / 2 }),
    proofs: fc.array(bytes(PROOF_BYTES), { maxLength: ROOMS_MAX / 2 }),
  }),
  of("join", { room }),
  of("leave", { room }),
  of("entries", { run: rest }),
  of("receipt", { room, seqs: fc.array(varint, { maxLength: RECEIPT_SEQS_MAX }) }),
  of("refusal", {
    room,
    seq: varint,
    reason: fc.constantFrom("storage" as const, "not-a-member" as const, "invalid" as const),
  }),
  of("punch", { token: u32 }),
  of("punched", { token: u32 }),
  of("prove", { proof: bytes(PROOF_BYTES) }),
  of("withdraw", { proof: bytes(PROOF_BYTES) }),
  of("heads", {
    heads: fc.array(
      fc.record({
        room,
        seq: u48,
        hash: bytes(32),
        time: fc.record({ wallMs: u48, tick: fc.nat(0xffff) }),
      }),
      { maxLength: HEADS_MAX },
    ),
  }),
  of("digest", { room, digest: bytes(32) }),
  checkpoints,
  tips,
  fc.tuple(u48, u48).map(([a, b]): ChatMessage => {
    const [from, to] = [Math.min(a, b) || 1, Math.max(a, b) || 1];
    return { kind: "want", room: A_ROOM, author: NO_AUTHOR, from, to, hash: new Uint8Array(32) };
  }),
  of("runs", {
    room,
    author: peerId,
    to: u48,
    state: fc.constantFrom("part", "page", "done", "missing", "coming"),
    runs: fc.array(rest, { maxLength: 100 }),
  }),
  fc.constant({ kind: "holder" }),
  of("hold", { recipient: peerId, envelope: rest }),
  of("holding", { id: envelopeId }),
  of("unheld", {
    id: envelopeId,
    reason: fc.constantFrom("storage", "full", "unwilling", "refused"),
  }),
  of("kept", { envelope: rest }),
  of("taken", { id: envelopeId, receipt: bytes(RECEIPT_SIGNATURE_BYTES) }),
  of("untaken", { id: envelopeId, reason: fc.constantFrom("later", "never") }),
  of("returned", { id: envelopeId, receipt: bytes(RECEIPT_SIGNATURE_BYTES) }),
  of("done", { id: envelopeId }),
);

const aSeq = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const words = fc.string({ unit: "binary", minLength: 1, maxLength: 50 });
const entryName = fc.record({ author: peerId, seq: aSeq });
const content: fc.Arbitrary<Content> = fc.oneof(
  of("text", { text: words }),
  of("reply", { to: entryName, text: words }),
  of("action", { text: words }),
  of("edit", { seq: aSeq, text: words }),
  of("delete", { seq: aSeq }),
  of("reaction", {
    to: entryName,
    isOn: fc.boolean(),
    emoji: fc.string({ unit: "binary", minLength: 1, maxLength: 16 }),
  }),
  of("topic", { text: fc.oneof(words, fc.constant("")) }),
);

const run: fc.Arbitrary<Run> = fc.record({
  room,
  author: peerId,
  seq: u48.map((seq) => Math.min(seq || 1, 2 ** 48 - RUN_ENTRIES_MAX)),
  previous: bytes(32),
  entries: fc.array(
    fc.record({
      time: fc.record({ wallMs: u48, tick: fc.nat(0xffff) }),
      type: u8,
      body: rest,
    }),
    { minLength: 1, maxLength: 20 },
  ),
  tag: fc.option(bytes(16), { nil: undefined }),
});

test("packets come back as they were", () => {
  fc.assert(
    fc.property(packet, (one) => {
      expect(decodePacket(encodePacket(one))).toEqual(one);
    }),
  );
});

test("frames come back as they were, in their order, with padding or without", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.nat(200), (frames, bytesMin) => {
      const together = Uint8Array.from(frames.flatMap((one) => [...encodeFrame(one)]));
      const padded = padFrames(together, bytesMin);

      expect(padded.length).toBeGreaterThanOrEqual(bytesMin);
      expect(padded.length).toBeLessThanOrEqual(Math.max(together.length, bytesMin + 1));
      expect(decodeFrames(padded)).toEqual(frames);
    }),
  );
});

test("a stream frame costs what its overhead says", () => {
  fc.assert(
    fc.property(varint, fc.nat(70_000), (offset, size) => {
      const data = new Uint8Array(size);
      const encoded = encodeFrame({ kind: "stream", channel: 0, offset, data });

      expect(encoded.length).toBe(size + streamFrameOverhead(offset, size));
    }),
  );
});

test("requests come back as they were", () => {
  fc.assert(
    fc.property(request, (one) => {
      expect(decodeRequest(encodeRequest(one))).toEqual(one);
    }),
  );
});

test("answers come back as they were", () => {
  fc.assert(
    fc.property(answer, (one) => {
      expect(decodeAnswer(encodeAnswer(one))).toEqual(one);
    }),
  );
});

test("a listing is as long as its entries say", () => {
  fc.assert(
    fc.property(fc.array(listed, { maxLength: LISTING_ENTRIES_MAX }), (entries) => {
      const encoded = encodeAnswer({ kind: "listing", request: 1, entries, next: 0 });
      const size = entries.reduce((sum, one) => sum + listingEntryBytes(one), LISTING_HEADER_BYTES);

      expect(encoded.length).toBe(size);
    }),
  );
});

test("chat messages come back as they were", () => {
  fc.assert(
    fc.property(chat, (one) => {
      expect(decodeChat(encodeChat(one))).toEqual(one);
    }),
  );
});

test("what entries say comes back as it was", () => {
  fc.assert(
    fc.property(content, (one) => {
      expect(decodeContent(encodeContent(one))).toEqual(one);
    }),
  );
});

test("runs of entries come back as they were", () => {
  fc.assert(
    fc.property(run, (one) => {
      expect(decodeRun(encodeRun(one))).toEqual(one);
    }),
  );
});

test("handshake payloads come back as they were, however much padding follows", () => {
  const renewal = fc.option(fc.record({ session: bytes(16), epoch: u32 }), { nil: undefined });

  fc.assert(
    fc.property(u32, card, renewal, u32, fc.nat(500), (index, own, renews, life, bytesMin) => {
      const payload = { index, card: own, renewal: renews, ...(life > 0 && { run: life }) };
      const encoded = encodeHandshakePayload(payload, bytesMin);
      const sizeMax = Math.max(bytesMin, handshakePayloadBytesMax(encodeCard(own).length));

      expect(decodeHandshakePayload(encoded)).toEqual(payload);
      expect(encoded.length).toBeGreaterThanOrEqual(bytesMin);
      expect(encoded.length).toBeLessThanOrEqual(sizeMax);
    }),
  );
});

test("a name that comes in another form is read in NFC", () => {
  const decomposed = "zoë".normalize("NFD");

  const sent = encodeRequest({ kind: "find", request: 1, name: decomposed, prefix: "" });
  const decoded = decodeRequest(sent);

  expect(encodeUtf8(decomposed).length).toBe(5);
  expect(decoded).toEqual({ kind: "find", request: 1, name: "zoë", prefix: "" });
});
