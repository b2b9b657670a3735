import { parseAddress, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { concatBytes, Reader, toHex, Writer } from "../../lib/base/bytes.ts";
import { proofOf } from "../../lib/chat/privaterooms.ts";
import { tagged } from "../../lib/chat/proofs.ts";
import { directRoom, openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { signCheckpoint } from "../../lib/crypto/checkpoint.ts";
import { Handshake } from "../../lib/crypto/handshake.ts";
import { type Identity, identityFromSecret, runTag } from "../../lib/crypto/identity.ts";
import { IK } from "../../lib/crypto/ik.ts";
import { sha256, TAG_BYTES } from "../../lib/crypto/primitives.ts";
import { tagOf } from "../../lib/node/addressproof.ts";
import { topicOf } from "../../lib/rendezvous/topic.ts";
import type { Card } from "../../lib/wire/card.ts";
import type { Checkpoint, CheckpointFields } from "../../lib/wire/checkpoint.ts";
import { decodeContents, encodeContents } from "../../lib/wire/envelope.ts";
import { NO_AUTHOR } from "../../lib/wire/exchange.ts";
import { type ChatMessage, decodeChat, encodeChat } from "../../lib/wire/chat.ts";
import { decodeCard, encodeCard } from "../../lib/wire/card.ts";
import { type Content, decodeContent, encodeContent } from "../../lib/wire/content.ts";
import { decodeRun, encodeRun, ENTRY_TEXT, type Run } from "../../lib/wire/entry.ts";
import {
  decodeFrames,
  type Frame,
  padFrames,
  WHOLE_SESSION,
  writeFrame,
} from "../../lib/wire/frames.ts";
import {
  decodeHandshakePayload,
  encodeHandshakePayload,
  type HandshakePayload,
} from "../../lib/wire/handshake.ts";
import { TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { decodeNatReport, encodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import {
  decodePacket,
  encodePacket,
  type Packet,
  type Purpose,
  TRANSPORT_HEADER_BYTES,
} from "../../lib/wire/packet.ts";
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  type RendezvousAnswer,
  type RendezvousRequest,
} from "../../lib/wire/rendezvous.ts";
import { type AsideMessage, decodeAside, encodeAside } from "../../lib/wire/aside.ts";
import { decodeTyping, encodeTyping } from "../../lib/wire/typing.ts";
import { decodeRelay, encodeRelay, type RelayDatagram } from "../../lib/wire/relay.ts";
import {
  CHANGE_REQUEST,
  decodeStun,
  encodeStun,
  STUN_REQUEST_BYTES,
  type StunMessage,
} from "../../lib/wire/stun.ts";
import { encodeLone, type LoneEntry } from "../support/lonerun.ts";
import { HOME_NAT } from "../support/homenat.ts";
import { sealedFrom } from "./sealed.ts";

/** One worked example of the specification: what is said, and the bytes that say it. */
export interface Example {
  /** The information string of its block, `family kind` with a variant where there are several. */
  readonly title: string;
  readonly value: unknown;
  readonly bytes: Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

/** At least one example of every kind of a union: the compiler misses those that are missing. */
type EveryKind<Union extends { readonly kind: string }> = {
  readonly [Kind in Union["kind"]]: readonly [Of<Union, Kind>, ...Of<Union, Kind>[]];
};
type Of<Union, Kind> = Extract<Union, { readonly kind: Kind }>;

/** The text of PROTOCOL.md says which secrets these are. */
export const ANN = identityFromSecret(secret(0xa1, 0xa2));
export const BOB = identityFromSecret(secret(0xb1, 0xb2));
export const SERVER = identityFromSecret(secret(0x51, 0x52));

/** What a transport packet of the least size has room for. */
const PADDED_BYTES = TRANSPORT_BYTES_MIN - TRANSPORT_HEADER_BYTES - TAG_BYTES;

const SERIAL = 1_700_000_000_000;
export const ANN_CARD = cardOf(ANN, "ann");
export const BOB_CARD = cardOf(BOB, "böb");
const SERVER_CARD = cardOf(SERVER, "server");

const NONCE = numbered(16, 0);
const COOKIE = numbered(20, 0x40);
const ANNS_CHALLENGE = numbered(8, 0x30);
const BOBS_CHALLENGE = numbered(8, 0x38);
const LOBBY = openRoom("#lobby");
const ROOM = directRoom(ANN.peerId, BOB.peerId);
const DEV = privateRoom(numbered(32, 0xc0));
/** Of the initiator of a session. */
const PROOF = proofOf(DEV.proofKey, DEV.room, numbered(32, 0xe0), true);
const ANNS_V4 = address("192.0.2.1:3478");
const ANNS_V6 = address("[2001:db8::1]:3478");

const FIRST_ENTRY: LoneEntry = {
  room: LOBBY,
  author: ANN.peerId,
  seq: 1,
  previous: new Uint8Array(32),
  time: { wallMs: SERIAL, tick: 0 },
  type: ENTRY_TEXT,
  body: new TextEncoder().encode("hello"),
};
const SECOND_ENTRY: LoneEntry = {
  ...FIRST_ENTRY,
  seq: 2,
  previous: sha256(encodeLone(FIRST_ENTRY)),
  time: { wallMs: SERIAL, tick: 1 },
  body: new TextEncoder().encode("zoë 👋"),
};

/** What Ann has said in the lobby, signed. */
const CHECKPOINT: Checkpoint = checkpointOf({
  room: LOBBY,
  author: ANN.peerId,
  seq: 2,
  hash: sha256(encodeLone(SECOND_ENTRY)),
});

/** What Ann has said to Böb alone, and had others hold for him. */
const SEALED = sealedFrom(ANN, ANN_CARD, BOB, encodeLone({ ...FIRST_ENTRY, room: ROOM }));

const TWO_ENTRIES: Run = runOf(FIRST_ENTRY, SECOND_ENTRY);
const TAGGED: Run = tagged(runOf(FIRST_ENTRY), (bytes) => runTag(ANN, bytes));

const FIRST = { renewal: undefined, run: 0x1a2b3c4d };
const FIRST_PAYLOAD: HandshakePayload = { index: 0x0a0a0a0a, card: ANN_CARD, ...FIRST };
const RENEWAL = { renewal: { session: numbered(16, 0x80), epoch: 7 }, run: 0x2b3c4d5e };
const RENEWAL_PAYLOAD: HandshakePayload = { index: 0x0b0b0b0b, card: BOB_CARD, ...RENEWAL };

const toBob = handshakeOf("peer", BOB, BOB_CARD);
const toServer = handshakeOf("server", SERVER, SERVER_CARD);

const TOKEN = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7);

const PACKETS: EveryKind<Packet> = {
  hello: [{ kind: "hello", nonce: NONCE }],
  challenge: [{ kind: "challenge", nonce: NONCE, cookie: COOKIE, card: encodeCard(SERVER_CARD) }],
  initiation: [
    {
      kind: "initiation",
      purpose: "peer",
      challenge: ANNS_CHALLENGE,
      cookie: new Uint8Array(0),
      noise: toBob.message1,
    },
    {
      kind: "initiation",
      purpose: "server",
      challenge: ANNS_CHALLENGE,
      cookie: COOKIE,
      noise: toServer.message1,
    },
  ],
  response: [
    {
      kind: "response",
      receiver: 0x0a0a0a0a,
      echo: ANNS_CHALLENGE,
      challenge: BOBS_CHALLENGE,
      tag: toBob.tag,
      noise: toBob.message2,
    },
  ],
  transport: [
    { kind: "transport", receiver: 0x0b0b0b0b, counter: 0, sealed: toBob.ping },
    { kind: "transport", receiver: 0x0b0b0b0b, counter: 1, sealed: toBob.empty },
  ],
  punch: [{ kind: "punch", token: TOKEN, sender: "higher" }],
};

const FRAMES: EveryKind<Frame> = {
  ping: [{ kind: "ping" }],
  ack: [
    { kind: "ack", delayUs: 250, ranges: [{ first: 0, last: 2 }] },
    {
      kind: "ack",
      delayUs: 25_000,
      ranges: [
        { first: 4_194_304, last: 4_194_310 },
        { first: 4_194_301, last: 4_194_301 },
        { first: 90, last: 99 },
      ],
    },
  ],
  stream: [{ kind: "stream", channel: 1, offset: 16_384, data: Uint8Array.of(5, 6, 0, 0, 0, 9) }],
  window: [
    { kind: "window", scope: 2, limit: 786_432 },
    { kind: "window", scope: WHOLE_SESSION, limit: 1_310_720 },
  ],
  datagram: [{ kind: "datagram", data: Uint8Array.of(1, 2, 3) }],
  close: [{ kind: "close", code: 0, reason: "another server" }],
  "path-challenge": [{ kind: "path-challenge", data: numbered(8, 0x10) }],
  "path-response": [{ kind: "path-response", data: numbered(8, 0x10) }],
  word: [{ kind: "word", data: Uint8Array.of(6, 0, 0, 0, 9) }],
};

const RELAYS: EveryKind<RelayDatagram> = {
  carry: [{ kind: "carry", peer: BOB.peerId, data: Uint8Array.of(1, 2, 3) }],
  carried: [{ kind: "carried", peer: ANN.peerId, data: Uint8Array.of(1, 2, 3) }],
  uncarried: [
    { kind: "uncarried", peer: BOB.peerId, why: "never" },
    { kind: "uncarried", peer: BOB.peerId, why: "not-there" },
  ],
};

const ASIDES: EveryKind<AsideMessage> = {
  compare: [{ kind: "compare", commitment: numbered(32, 0x40) }],
  agree: [{ kind: "agree", nonce: numbered(16, 0x10) }],
  reveal: [{ kind: "reveal", nonce: numbered(16, 0x20) }],
  verdict: [{ kind: "verdict", isSame: true }],
  presence: [{ kind: "presence", state: "away" }],
  "who-are": [{ kind: "who-are", peers: [ANN.peerId, BOB.peerId] }],
  cards: [{ kind: "cards", cards: [encodeCard(ANN_CARD)] }],
};

const CARRIER_NAT: NatReport = {
  ...HOME_NAT,
  mapping: "address-and-port-dependent",
  allocation: { kind: "block", low: 20_000, high: 20_511 },
  recentPorts: [20_017, 20_410],
};
const SEQUENTIAL_NAT: NatReport = {
  ...HOME_NAT,
  mapping: "address-and-port-dependent",
  allocation: { kind: "sequential", step: -2 },
  addresses: "several",
  hairpin: true,
  recentPorts: [40_008, 40_006, 40_002],
  portsAgeMs: 12_300,
  crossTrafficPerSecond: 3,
};

const REQUESTS: EveryKind<RendezvousRequest> = {
  register: [
    {
      kind: "register",
      candidates: [ANNS_V4, ANNS_V6],
      topics: [topicOf(LOBBY, SERVER.noise.publicKey)],
    },
    { kind: "register", candidates: [ANNS_V4], topics: [], nat: encodeNatReport(HOME_NAT) },
  ],
  list: [{ kind: "list", request: 1, after: 0 }],
  peer: [{ kind: "peer", request: 2, number: 42 }],
  punch: [{ kind: "punch", request: 3 }],
  find: [
    { kind: "find", request: 4, name: "böb", prefix: "" },
    { kind: "find", request: 5, name: "böb", prefix: "4721b5b6" },
  ],
  seek: [
    { kind: "seek", peerId: BOB.peerId },
    {
      kind: "seek",
      peerId: BOB.peerId,
      probes: { calls: 66, punches: 2048, callsSeen: 3, punchesSeen: 0 },
    },
  ],
};

const ANSWERS: EveryKind<RendezvousAnswer> = {
  registered: [
    {
      kind: "registered",
      number: 42,
      observed: ANNS_V4,
      observers: [address("0.0.0.0:3478"), address("0.0.0.0:3479")],
      others: [],
    },
    {
      kind: "registered",
      number: 42,
      observed: ANNS_V4,
      observers: [address("0.0.0.0:3478")],
      others: [address("[2001:db8:5::1]:3478")],
      also: ANNS_V6,
    },
  ],
  listing: [
    {
      kind: "listing",
      request: 1,
      entries: [
        { number: 1, peerId: ANN.peerId, name: "ann", address: ANNS_V4 },
        { number: 2, peerId: BOB.peerId, name: "böb", address: ANNS_V6 },
      ],
      next: 2,
    },
  ],
  punched: [{ kind: "punched", request: 3 }],
  introduction: [
    { kind: "introduction", number: 42, card: ANN_CARD, candidates: [ANNS_V4, ANNS_V6] },
    {
      kind: "introduction",
      number: 42,
      card: ANN_CARD,
      candidates: [ANNS_V4],
      nat: encodeNatReport(SEQUENTIAL_NAT),
      token: numbered(8, 0x70),
      occasion: { round: 2, isTurn: false, sharesRoom: true, waitMs: 0 },
    },
    {
      kind: "introduction",
      number: 42,
      card: ANN_CARD,
      candidates: [ANNS_V4],
      token: numbered(8, 0x70),
      occasion: { round: 3, isTurn: true, sharesRoom: false, waitMs: 1500 },
      probes: { calls: 70, punches: 256, callsSeen: 0, punchesSeen: 12 },
    },
  ],
  unknown: [{ kind: "unknown", peerId: BOB.peerId }],
};

const STUNS: EveryKind<StunMessage> = {
  request: [
    {
      kind: "request",
      transaction: numbered(12, 0),
      change: { ip: false, port: true },
      responsePort: undefined,
      isPadded: false,
      unknown: [],
    },
  ],
  response: [
    {
      kind: "response",
      transaction: numbered(12, 0),
      mapped: ANNS_V4,
      origin: address("198.51.100.10:3479"),
      other: address("198.51.100.11:3479"),
      paddingBytes: undefined,
    },
  ],
  error: [
    {
      kind: "error",
      transaction: numbered(12, 0),
      code: 420,
      reason: "Unknown Attribute",
      unknown: [CHANGE_REQUEST],
    },
  ],
};

/** What an entry says, after its time: type, length, body. */
export function encodeSaying(content: Content): Uint8Array {
  const { type, body } = encodeContent(content);
  return new Writer().u8(type).u32(body.length).bytes(body).finish();
}

export function decodeSaying(bytes: Uint8Array): Content | undefined {
  const reader = new Reader(bytes);
  const type = reader.u8();
  const body = reader.bytes(reader.u32());
  return reader.ok && reader.remaining === 0 ? decodeContent({ type, body }) : undefined;
}

const CONTENTS: EveryKind<Content> = {
  text: [{ kind: "text", text: "hello" }],
  reply: [{ kind: "reply", to: { author: BOB.peerId, seq: 7 }, text: "so do I" }],
  action: [{ kind: "action", text: "waves" }],
  edit: [{ kind: "edit", seq: 2, text: "zoë 👋👋" }],
  delete: [{ kind: "delete", seq: 2 }],
  reaction: [
    { kind: "reaction", to: { author: BOB.peerId, seq: 7 }, isOn: true, emoji: "👍" },
    { kind: "reaction", to: { author: BOB.peerId, seq: 7 }, isOn: false, emoji: "👍" },
  ],
  topic: [
    { kind: "topic", text: "boats" },
    { kind: "topic", text: "" },
  ],
};

const HEAD = { room: LOBBY, seq: 2, hash: CHECKPOINT.hash, time: { wallMs: 9, tick: 1 } };

const CHATS: EveryKind<ChatMessage> = {
  rooms: [
    { kind: "rooms", rooms: [LOBBY], proofs: [] },
    { kind: "rooms", rooms: [LOBBY], proofs: [PROOF] },
  ],
  join: [{ kind: "join", room: LOBBY }],
  read: [{ kind: "read", marks: [{ room: LOBBY, seq: 2 }] }],
  leave: [{ kind: "leave", room: LOBBY }],
  entries: [{ kind: "entries", run: encodeLone(FIRST_ENTRY) }],
  receipt: [{ kind: "receipt", room: LOBBY, seqs: [1, 2, 300] }],
  refusal: [
    { kind: "refusal", room: LOBBY, seq: 3, reason: "storage" },
    { kind: "refusal", room: LOBBY, seq: 3, reason: "not-a-member" },
    { kind: "refusal", room: ROOM, seq: 300, reason: "invalid" },
  ],
  punch: [{ kind: "punch", token: 9 }],
  punched: [{ kind: "punched", token: 9 }],
  checkpoints: [{ kind: "checkpoints", room: LOBBY, checkpoints: [CHECKPOINT] }],
  digest: [{ kind: "digest", room: LOBBY, digest: numbered(32, 0xa0) }],
  tips: [
    {
      kind: "tips",
      room: LOBBY,
      after: NO_AUTHOR,
      isLast: true,
      tips: [{ author: ANN.peerId, seq: 2, hashPrefix: CHECKPOINT.hash.slice(0, 8), floor: 1 }],
    },
  ],
  want: [
    {
      kind: "want",
      room: LOBBY,
      author: ANN.peerId,
      from: 1,
      to: 2,
      hash: CHECKPOINT.hash,
    },
  ],
  runs: [
    {
      kind: "runs",
      room: LOBBY,
      author: ANN.peerId,
      to: 2,
      state: "done",
      runs: [encodeLone(SECOND_ENTRY), encodeLone(FIRST_ENTRY)],
    },
    { kind: "runs", room: LOBBY, author: ANN.peerId, to: 2, state: "missing", runs: [] },
  ],
  prove: [{ kind: "prove", proof: PROOF }],
  withdraw: [{ kind: "withdraw", proof: PROOF }],
  holder: [{ kind: "holder" }],
  hold: [{ kind: "hold", recipient: BOB.peerId, envelope: SEALED.envelope }],
  holding: [{ kind: "holding", id: SEALED.id }],
  unheld: [{ kind: "unheld", id: SEALED.id, reason: "full" }],
  kept: [{ kind: "kept", envelope: SEALED.envelope }],
  taken: [{ kind: "taken", id: SEALED.id, receipt: SEALED.receipt }],
  untaken: [{ kind: "untaken", id: SEALED.id, reason: "later" }],
  returned: [{ kind: "returned", id: SEALED.id, receipt: SEALED.receipt }],
  done: [{ kind: "done", id: SEALED.id }],
  heads: [{ kind: "heads", heads: [HEAD] }],
};

/** All of them. */
export const EXAMPLES: readonly Example[] = [
  ...[ANN_CARD, BOB_CARD, SERVER_CARD].map((value) => {
    const bytes = encodeCard(value);
    return { title: `card ${value.name}`, value, bytes, decode: decodeCard };
  }),
  ...examplesOf("packet", PACKETS, encodePacket, decodePacket),
  ...[FIRST_PAYLOAD, RENEWAL_PAYLOAD].map((value, i) => ({
    title: ["payload first", "payload renewal"][i] ?? "",
    value,
    bytes: encodeHandshakePayload(value),
    decode: decodeHandshakePayload,
  })),
  ...examplesOf("frame", FRAMES, encodeFrame, (bytes) => decodeFrames(bytes)?.[0]),
  ...examplesOf("relay", RELAYS, encodeRelay, decodeRelay),
  ...[HOME_NAT, CARRIER_NAT, SEQUENTIAL_NAT].map((value, i) => ({
    title: ["nat home", "nat carrier", "nat sequential"][i] ?? "",
    value,
    bytes: encodeNatReport(value),
    decode: decodeNatReport,
  })),
  ...examplesOf("request", REQUESTS, encodeRequest, decodeRequest),
  ...examplesOf("answer", ANSWERS, encodeAnswer, decodeAnswer),
  ...examplesOf("stun", STUNS, encodeFilled, decodeStun),
  ...[
    { room: undefined, isTyping: true },
    { room: LOBBY, isTyping: false },
  ].map((value, i) => ({
    title: ["typing direct", "typing room"][i] ?? "",
    value,
    bytes: encodeTyping(value),
    decode: decodeTyping,
  })),
  ...examplesOf("aside", ASIDES, encodeAside, decodeAside),
  ...examplesOf("saying", CONTENTS, encodeSaying, decodeSaying),
  ...examplesOf("chat", CHATS, encodeChat, decodeChat),
  {
    title: "envelope contents",
    value: SEALED.contents,
    bytes: encodeContents(SEALED.contents),
    decode: decodeContents,
  },
  ...[runOf(FIRST_ENTRY), runOf(SECOND_ENTRY), TWO_ENTRIES, TAGGED].map((value, i) => ({
    title: ["entries first", "entries second", "entries both", "entries tagged"][i] ?? "",
    value,
    bytes: encodeRun(value),
    decode: decodeRun,
  })),
];

function checkpointOf(fields: CheckpointFields): Checkpoint {
  return { ...fields, signature: signCheckpoint(ANN.signing, fields) };
}

function runOf(first: LoneEntry, ...others: readonly LoneEntry[]): Run {
  const { room, author, seq, previous } = first;
  const entries = [first, ...others].map(({ time, type, body }) => ({ time, type, body }));
  return { room, author, seq, previous, entries };
}

/** As a client of ours fills its requests up. */
function encodeFilled(message: StunMessage): Uint8Array {
  return encodeStun(message, message.kind === "request" ? STUN_REQUEST_BYTES : 0);
}

export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new Writer();
  writeFrame(writer, frame);
  return writer.finish();
}

/** The text of an example's block: its fields as JSON, bytes as `0x…`, and then its bytes. */
export function blockOf({ value, bytes }: Example): string {
  const json = JSON.stringify(value, shown, 2).replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, inner) => {
    return `[${String(inner).replace(/\s+/g, " ")}]`;
  });
  const rows = toHex(bytes).match(/.{1,64}/g) ?? [];
  return `${json}\n\n${rows.join("\n")}\n`;
}

/** A card is shown by its fields: its bytes are an example of their own. */
function shown(this: unknown, key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return key === "bytes" ? undefined : `0x${toHex(value)}`;
  return value === undefined && key === "renewal" ? null : value;
}

function examplesOf<Union extends { readonly kind: string }>(
  family: string,
  byKind: Readonly<Record<string, readonly Union[]>>,
  encode: (value: Union) => Uint8Array,
  decode: (bytes: Uint8Array) => Union | undefined,
): Example[] {
  return Object.entries(byKind).flatMap(([kind, values]) => {
    return values.map((value, i) => {
      const title = i === 0 ? `${family} ${kind}` : `${family} ${kind} ${i + 1}`;
      return { title, value, bytes: encode(value), decode };
    });
  });
}

/** A whole handshake that Ann begins, and her first two packets: a ping, and one of no frames. */
function handshakeOf(purpose: Purpose, to: Identity, card: Card) {
  const prologue = new TextEncoder().encode(`p2pchat/1 ${purpose}`);
  const shared = { pattern: IK, prologue };
  const ann = new Handshake({
    ...shared,
    initiator: true,
    random: () => new Uint8Array(32).fill(0xa3),
    staticKey: ANN.noise,
    remoteStatic: to.noise.publicKey,
  });
  const other = new Handshake({
    ...shared,
    initiator: false,
    random: () => new Uint8Array(32).fill(0xb3),
    staticKey: to.noise,
  });
  const payload1 = encodeHandshakePayload(FIRST_PAYLOAD);
  const message1 = ann.writeMessage(payload1);
  assert(other.readMessage(message1) !== undefined, "the other reads what Ann wrote");
  const payload2 = { index: 0x0b0b0b0b, card, renewal: undefined };
  const message2 = other.writeMessage(encodeHandshakePayload(payload2));
  assert(ann.readMessage(message2) !== undefined, "Ann reads what the other wrote");
  const { send, tagKey } = ann.split();
  const tag = tagOf(tagKey, { echo: ANNS_CHALLENGE, challenge: BOBS_CHALLENGE });
  const proof = encodeFrame({ kind: "path-response", data: BOBS_CHALLENGE });
  const ping = send.seal(0, concatBytes(encodeFrame({ kind: "ping" }), proof));
  const empty = send.seal(1, padFrames(new Uint8Array(0), PADDED_BYTES));
  return { message1, message2, tag, ping, empty };
}

function cardOf({ signing, noise }: Identity, name: string): Card {
  return signCard({ signing, noiseKey: noise.publicKey, name, serial: SERIAL });
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined, "an example's address is one");
  return parsed;
}

/** 32 times the one byte, 32 times the other. */
function secret(signing: number, noise: number): Uint8Array {
  return new Uint8Array(64).fill(signing, 0, 32).fill(noise, 32);
}

/** As many bytes, each one more than the one before. */
function numbered(length: number, from: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i);
}
