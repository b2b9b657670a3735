import type { Address } from "../base/address.ts";
import { assert } from "../base/assert.ts";
import { NO_BYTES, Reader, Writer } from "../base/bytes.ts";
import { type PeerId, PEER_ID_BYTES, idBytes, peerIdOf } from "../base/ids.ts";
import { decodeUtf8, encodeUtf8, parseName } from "../base/text.ts";
import { readAddress, readAddresses, writeAddress, writeAddresses } from "./address.ts";
import { type Card, decodeCard, encodeCard } from "./card.ts";
import {
  LISTING_ENTRIES_MAX,
  MEETING_TOKEN_BYTES,
  NAT_REPORT_BYTES_MAX,
  OBSERVERS_MAX,
  OTHERS_MAX,
  TOPICS_MAX,
  TOPIC_BYTES,
} from "./limits.ts";
import { type ProbeCounts, readProbes, writeProbes } from "./probes.ts";

/** Client to server, on the rendezvous channel of their session. PROTOCOL.md §7. */
export type RendezvousRequest =
  | {
      readonly kind: "register";
      readonly candidates: readonly Address[];
      readonly topics: readonly Uint8Array[];
      /** What the client says of its NAT, as `encodeNatReport` writes it: not read on the way. */
      readonly nat?: Uint8Array;
    }
  /** Entries with numbers above `after`, or all from 0. */
  | { readonly kind: "list"; readonly request: number; readonly after: number }
  | { readonly kind: "peer"; readonly request: number; readonly number: number }
  | { readonly kind: "punch"; readonly request: number }
  /**
   * Clients of exactly this name; and an introduction to the one whose id begins with these
   * hexadecimal digits, where that is one alone.
   */
  | {
      readonly kind: "find";
      readonly request: number;
      readonly name: string;
      readonly prefix: string;
    }
  /** Asks for an introduction to this client, and says how attempts to meet it went. */
  | { readonly kind: "seek"; readonly peerId: PeerId; readonly probes?: ProbeCounts };

/** Server to client. */
export type RendezvousAnswer =
  | {
      readonly kind: "registered";
      readonly number: number;
      readonly observed: Address;
      /** Where the server answers STUN, at most OBSERVERS_MAX; none where it is an older one. */
      readonly observers: readonly Address[];
      /** Where the server is by the other family of addresses, at most OTHERS_MAX. */
      readonly others: readonly Address[];
      /** Where the server has seen this client by the other family. */
      readonly also?: Address;
    }
  /**
   * `next` is the `after` of the following page, 0 when this is the last. The pages of a `find`
   * need no asking: they follow one another.
   */
  | {
      readonly kind: "listing";
      readonly request: number;
      readonly entries: readonly ListingEntry[];
      readonly next: number;
    }
  | { readonly kind: "punched"; readonly request: number }
  | {
      readonly kind: "introduction";
      readonly number: number;
      readonly card: Card;
      readonly candidates: readonly Address[];
      /** As the other said it, only older. */
      readonly nat?: Uint8Array;
      /** What the two know each other's probes by; none where the server is an older one. */
      readonly token?: Uint8Array;
      /** Only with a token. */
      readonly occasion?: Occasion;
      /** As the other said it of its attempts to meet this client; only with an occasion. */
      readonly probes?: ProbeCounts;
    }
  /** The client sought is not registered. */
  | { readonly kind: "unknown"; readonly peerId: PeerId };

/** What both sides of an introduction are told alike, so that they do the same. */
export interface Occasion {
  /** How often the two were introduced before, one time after the other; 65 535 for all beyond. */
  readonly round: number;
  /** It is their turn to do what takes many mappings of their routers. */
  readonly isTurn: boolean;
  /** In so many ms it begins, 65 535 at most: one of them has just had another. */
  readonly waitMs: number;
  /** They are in one room, as far as who introduces them knows. */
  readonly sharesRoom: boolean;
}

export interface ListingEntry {
  readonly number: number;
  readonly peerId: PeerId;
  readonly name: string;
  readonly address: Address;
}

type Introduction = Extract<RendezvousAnswer, { kind: "introduction" }>;

/** None of it to all of it. */
const ID_PREFIX = /^[0-9a-f]{0,64}$/;

const REGISTER = 1;
const LIST = 2;
const PEER = 3;
const PUNCH = 4;
const FIND = 5;
const SEEK = 6;
const REGISTERED = 65;
const LISTING = 66;
const PUNCHED = 67;
const INTRODUCTION = 68;
const UNKNOWN = 69;

const IS_TURN = 1;
const SHARES_ROOM = 2;
const OCCASION_BYTES = 5;
const ROUND_MAX = 0xffff;
const WAIT_MS_MAX = 0xffff;

export function encodeRequest(request: RendezvousRequest): Uint8Array {
  const writer = new Writer();
  switch (request.kind) {
    case "register":
      writeAddresses(writer.u8(REGISTER), request.candidates);
      assert(request.topics.length <= TOPICS_MAX, "no more topics are written than are read");
      writer.u8(request.topics.length);
      for (const topic of request.topics) writer.bytes(topic);
      writeNat(writer, request.nat);
      return writer.finish();
    case "list":
      return writer.u8(LIST).u32(request.request).u32(request.after).finish();
    case "peer":
      return writer.u8(PEER).u32(request.request).u32(request.number).finish();
    case "punch":
      return writer.u8(PUNCH).u32(request.request).finish();
    case "find":
      writer.u8(FIND).u32(request.request);
      writeText(writer, request.name);
      writeText(writer, request.prefix);
      return writer.finish();
    case "seek":
      writer.u8(SEEK).bytes(idBytes(request.peerId));
      if (request.probes !== undefined) writeProbes(writer, request.probes);
      return writer.finish();
    default:
      return request satisfies never;
  }
}

/** Undefined for unknown kinds and for bytes that are not the kind's. */
export function decodeRequest(bytes: Uint8Array): RendezvousRequest | undefined {
  const reader = new Reader(bytes);
  const request = readRequest(reader);
  return reader.ok ? request : undefined;
}

function readRequest(reader: Reader): RendezvousRequest | undefined {
  switch (reader.u8()) {
    case REGISTER: {
      const candidates = readAddresses(reader);
      const topics = readTopics(reader);
      if (candidates === undefined || topics === undefined) return undefined;
      return { kind: "register", candidates, topics, ...readNat(reader) };
    }
    case LIST:
      return { kind: "list", request: reader.u32(), after: reader.u32() };
    case PEER:
      return { kind: "peer", request: reader.u32(), number: reader.u32() };
    case PUNCH:
      return { kind: "punch", request: reader.u32() };
    case FIND: {
      const request = reader.u32();
      const name = readName(reader);
      const prefix = reader.remaining === 0 ? "" : readPrefix(reader);
      if (name === undefined || prefix === undefined) return undefined;
      return { kind: "find", request, name, prefix };
    }
    case SEEK: {
      const peerId = peerIdOf(reader.bytes(PEER_ID_BYTES));
      return { kind: "seek", peerId, ...readProbes(reader) };
    }
    default:
      return undefined;
  }
}

export function encodeAnswer(answer: RendezvousAnswer): Uint8Array {
  const writer = new Writer();
  switch (answer.kind) {
    case "registered":
      writeAddress(writer.u8(REGISTERED).u32(answer.number), answer.observed);
      writeAddresses(writer, answer.observers, OBSERVERS_MAX);
      writeAddresses(writer, answer.others, OTHERS_MAX);
      writeAddresses(writer, answer.also === undefined ? [] : [answer.also], 1);
      return writer.finish();
    case "listing":
      assert(answer.entries.length <= LISTING_ENTRIES_MAX, "a page is as short as it is read");
      writer.u8(LISTING).u32(answer.request).u32(answer.next).u8(answer.entries.length);
      for (const entry of answer.entries) writeEntry(writer, entry);
      return writer.finish();
    case "punched":
      return writer.u8(PUNCHED).u32(answer.request).finish();
    case "introduction": {
      const card = encodeCard(answer.card);
      writer.u8(INTRODUCTION).u32(answer.number).varint(card.length).bytes(card);
      writeAddresses(writer, answer.candidates);
      if (answer.token === undefined) writeNat(writer, answer.nat);
      else writeNat(writer, answer.nat ?? NO_BYTES).bytes(answer.token);
      assert(!answer.occasion || answer.token !== undefined, "an occasion has a token before it");
      if (answer.occasion !== undefined) writeOccasion(writer, answer.occasion);
      assert(
        !answer.probes || answer.occasion !== undefined,
        "probes have an occasion before them",
      );
      if (answer.probes !== undefined) writeProbes(writer, answer.probes);
      return writer.finish();
    }
    case "unknown":
      return writer.u8(UNKNOWN).bytes(idBytes(answer.peerId)).finish();
    default:
      return answer satisfies never;
  }
}

/** As `decodeRequest`. The signatures of cards are not verified yet. */
export function decodeAnswer(bytes: Uint8Array): RendezvousAnswer | undefined {
  const reader = new Reader(bytes);
  const answer = readAnswer(reader);
  return reader.ok ? answer : undefined;
}

function readAnswer(reader: Reader): RendezvousAnswer | undefined {
  switch (reader.u8()) {
    case REGISTERED: {
      const number = reader.u32();
      const observed = readAddress(reader);
      const observers = readFurther(reader, OBSERVERS_MAX);
      const others = readFurther(reader, OTHERS_MAX);
      const [also] = readFurther(reader, 1);
      if (observed === undefined) return undefined;
      const known = { kind: "registered", number, observed, observers, others } as const;
      return also === undefined ? known : { ...known, also };
    }
    case LISTING:
      return readListing(reader);
    case PUNCHED:
      return { kind: "punched", request: reader.u32() };
    case INTRODUCTION: {
      const number = reader.u32();
      const card = decodeCard(reader.bytes(reader.varint()));
      const candidates = readAddresses(reader);
      if (card === undefined || candidates === undefined) return undefined;
      const nat = readNat(reader);
      return { kind: "introduction", number, card, candidates, ...nat, ...readMeeting(reader) };
    }
    case UNKNOWN:
      return { kind: "unknown", peerId: peerIdOf(reader.bytes(PEER_ID_BYTES)) };
    default:
      return undefined;
  }
}

/** A list that older servers leave out. */
function readFurther(reader: Reader, max: number): readonly Address[] {
  const addresses = reader.remaining === 0 ? [] : readAddresses(reader, max);
  // Read beyond the end, so that the whole is refused.
  if (addresses === undefined) reader.bytes(reader.remaining + 1);
  return addresses ?? [];
}

function readListing(reader: Reader): RendezvousAnswer | undefined {
  const request = reader.u32();
  const next = reader.u32();
  const count = reader.u8();
  if (count > LISTING_ENTRIES_MAX) return undefined;
  const entries: ListingEntry[] = [];
  for (let i = 0; i < count; i++) {
    const number = reader.u32();
    const peerId = peerIdOf(reader.bytes(PEER_ID_BYTES));
    const name = readName(reader);
    const address = readAddress(reader);
    if (name === undefined || address === undefined) return undefined;
    entries.push({ number, peerId, name, address });
  }
  return { kind: "listing", request, entries, next };
}

/** Kind, request, next, number of entries. */
export const LISTING_HEADER_BYTES = 10;

/** How many bytes of a listing this entry takes. */
export function listingEntryBytes(entry: ListingEntry): number {
  const writer = new Writer();
  writeEntry(writer, entry);
  return writer.length;
}

function writeEntry(writer: Writer, entry: ListingEntry): void {
  writer.u32(entry.number).bytes(idBytes(entry.peerId));
  writeText(writer, entry.name);
  writeAddress(writer, entry.address);
}

function readTopics(reader: Reader): Uint8Array[] | undefined {
  const count = reader.u8();
  if (count > TOPICS_MAX) return undefined;
  return Array.from({ length: count }, () => reader.bytes(TOPIC_BYTES));
}

/** Empty for none that other fields follow. */
function writeNat(writer: Writer, nat: Uint8Array | undefined): Writer {
  if (nat === undefined) return writer;
  assert(nat.length <= NAT_REPORT_BYTES_MAX, "a report is as short as it is read");
  return writer.u8(nat.length).bytes(nat);
}

/** Each perhaps not there. */
function readMeeting(reader: Reader): Pick<Introduction, "token" | "occasion" | "probes"> {
  if (reader.remaining < MEETING_TOKEN_BYTES) return {};
  const token = reader.bytes(MEETING_TOKEN_BYTES);
  if (reader.remaining < OCCASION_BYTES) return { token };
  return { token, occasion: readOccasion(reader), ...readProbes(reader) };
}

function writeOccasion(writer: Writer, occasion: Occasion): void {
  const { round, isTurn, sharesRoom, waitMs } = occasion;
  writer
    .u16(Math.min(round, ROUND_MAX))
    .u8((isTurn ? IS_TURN : 0) | (sharesRoom ? SHARES_ROOM : 0))
    .u16(Math.min(Math.ceil(waitMs), WAIT_MS_MAX));
}

function readOccasion(reader: Reader): Occasion {
  const round = reader.u16();
  const flags = reader.u8();
  const [isTurn, sharesRoom] = [(flags & IS_TURN) !== 0, (flags & SHARES_ROOM) !== 0];
  return { round, isTurn, sharesRoom, waitMs: reader.u16() };
}

/** Perhaps not there, or of length 0. */
function readNat(reader: Reader): { nat?: Uint8Array } {
  const length = reader.remaining === 0 ? 0 : reader.u8();
  return length === 0 || length > NAT_REPORT_BYTES_MAX ? {} : { nat: reader.bytes(length) };
}

function writeText(writer: Writer, text: string): void {
  const bytes = encodeUtf8(text);
  writer.u8(bytes.length).bytes(bytes);
}

function readPrefix(reader: Reader): string | undefined {
  const text = decodeUtf8(reader.bytes(reader.u8()));
  return text !== undefined && ID_PREFIX.test(text) ? text : undefined;
}

function readName(reader: Reader): string | undefined {
  const text = decodeUtf8(reader.bytes(reader.u8()));
  return text === undefined ? undefined : parseName(text);
}
