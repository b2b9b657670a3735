import type { QueryPacket, ResponsePacket } from "multicast-dns";
import { type Card, decodeCard, encodeCard } from "../wire/card.ts";

/** A resource record, as the codec takes and gives it. */
export type DnsRecord = NonNullable<ResponsePacket["answers"]>[number];

/** Of a message as it was received, what matters here. */
export type Query = Partial<Pick<QueryPacket, "questions" | "answers">>;
export type Response = Partial<Pick<ResponsePacket, "answers" | "additionals">>;

/** What is announced on a local network: RFC 6763, in the domain of RFC 6762. */
export interface Service {
  readonly role: "client" | "server";
  /** All that is revealed: names on the network derive from it, not from the machine's. */
  readonly card: Card;
  readonly port: number;
}

/** What somebody announces. The card's signature has not been verified. */
export interface Announcement extends Service {
  /** 0 says goodbye. */
  readonly ttlSeconds: number;
}

export const SERVICE_TYPE = "_p2pchat._udp.local";

/** RFC 6763 §9: who asks for this wants to know which types of service there are. */
const META_TYPE = "_services._dns-sd._udp.local";

/** For names that go away with their host, RFC 6762 §10. */
export const TTL_SECONDS = 120;

/** Who knows it for longer than half its time needs no answer, RFC 6762 §7.1. */
const KNOWN_SECONDS = TTL_SECONDS / 2;

/** Digits of a PeerId in names: that two on one network share them is 2^-64 for each pair. */
const NAME_DIGITS = 16;

/** A string of a TXT record is as long as one byte says: `card0=` and this. RFC 6763 §6.1 */
const PIECE_CHARS_MAX = 255 - "card0=".length;

/** Base64 of the longest card, 264 bytes: 352 characters. */
const PIECES_MAX = 2;

/** Questions, records and strings that are looked at; ours come first in what we send. */
const QUESTIONS_MAX = 32;
const RECORDS_MAX = 64;
const STRINGS_MAX = 16;

/**
 * Everything that a network is told, in one message: no reader need put it together. `ip` is the
 * address on that network, as the datagram's source tells anyway.
 */
export function announcementOf(service: Service, ip: string): DnsRecord[] {
  const ttl = TTL_SECONDS;
  return [
    ...recordsOf(service, ip, ttl),
    { type: "PTR", name: META_TYPE, ttl, data: SERVICE_TYPE },
  ];
}

/** That it is no longer there; the type of service may still be. RFC 6762 §10.1 */
export function goodbyeOf(service: Service, ip: string): DnsRecord[] {
  return recordsOf(service, ip, 0);
}

/** Whether to announce it: somebody asks, and does not know it already. */
export function isAskedFor({ questions = [], answers = [] }: Query, service: Service): boolean {
  const { instance, host } = namesOf(service);
  const asked = new Set(questions.slice(0, QUESTIONS_MAX).map(({ name }) => name.toLowerCase()));
  if (asked.has(instance) || asked.has(host) || asked.has(META_TYPE)) return true;
  if (!asked.has(SERVICE_TYPE)) return false;
  return !answers.slice(0, RECORDS_MAX).some((record) => {
    return record.type === "PTR" && isNamed(record.data, instance) && isFresh(record);
  });
}

/** Whether somebody looks for what we look for, so that we need not ask as well. */
export function asksForService({ questions = [] }: Query): boolean {
  return questions.slice(0, QUESTIONS_MAX).some(({ name }) => isNamed(name, SERVICE_TYPE));
}

/** What tells those who have been heard that they need not answer. */
export function knownAnswer(service: Service, ttl: number): DnsRecord {
  return { type: "PTR", name: SERVICE_TYPE, ttl, data: namesOf(service).instance };
}

/** Undefined unless one packet holds all of an announcement of this version. */
export function readAnnouncement(packet: Response): Announcement | undefined {
  const { answers = [], additionals = [] } = packet;
  const records = [...answers, ...additionals].slice(0, RECORDS_MAX);
  for (const srv of records) {
    if (srv.type !== "SRV" || !srv.name.toLowerCase().endsWith(`.${SERVICE_TYPE}`)) continue;
    const txt = records.find((record) => record.type === "TXT" && isNamed(record.name, srv.name));
    const { port } = srv.data;
    if (txt?.type !== "TXT" || port < 1) return undefined;
    const { v, role, card } = readStrings(txt.data);
    if (v !== "1" || (role !== "client" && role !== "server") || card === undefined) {
      return undefined;
    }
    return { role, card, port, ttlSeconds: Math.min(srv.ttl ?? 0, TTL_SECONDS) };
  }
  return undefined;
}

function recordsOf(service: Service, ip: string, ttl: number): DnsRecord[] {
  const { instance, host } = namesOf(service);
  const own = { ttl, flush: true } as const;
  return [
    { type: "PTR", name: SERVICE_TYPE, ttl, data: instance },
    { type: "SRV", name: instance, ...own, data: { port: service.port, target: host } },
    { type: "TXT", name: instance, ...own, data: stringsOf(service) },
    { type: ip.includes(":") ? "AAAA" : "A", name: host, ...own, data: ip },
  ];
}

function namesOf({ card }: Service): { readonly instance: string; readonly host: string } {
  const label = `p2pchat-${card.peerId.slice(0, NAME_DIGITS)}`;
  return { instance: `${label}.${SERVICE_TYPE}`, host: `${label}.local` };
}

function stringsOf({ role, card }: Service): string[] {
  const text = encodeCard(card).toBase64({ alphabet: "base64url", omitPadding: true });
  const pieces = Array.from({ length: PIECES_MAX }, (_, i) => {
    return text.slice(i * PIECE_CHARS_MAX, (i + 1) * PIECE_CHARS_MAX);
  });
  const written = pieces.filter((piece) => piece !== "").map((piece, i) => `card${i}=${piece}`);
  return ["v=1", `role=${role}`, ...written];
}

type Txt = Extract<DnsRecord, { type: "TXT" }>["data"];

/** RFC 6763 §6.4: keys are not case-sensitive, and of two of one name the first counts. */
function readStrings(data: Txt): {
  readonly v: string | undefined;
  readonly role: string | undefined;
  readonly card: Card | undefined;
} {
  const values = new Map<string, string>();
  for (const string of [data].flat().slice(0, STRINGS_MAX)) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(string.toString()) ?? [];
    const name = key?.toLowerCase();
    if (name !== undefined && value !== undefined && !values.has(name)) values.set(name, value);
  }
  const pieces = Array.from({ length: PIECES_MAX }, (_, i) => values.get(`card${i}`) ?? "");
  return { v: values.get("v"), role: values.get("role"), card: readCard(pieces.join("")) };
}

function readCard(text: string): Card | undefined {
  try {
    return decodeCard(Uint8Array.fromBase64(text, { alphabet: "base64url" }));
  } catch {
    return undefined;
  }
}

function isFresh({ ttl = 0 }: { readonly ttl?: number | undefined }): boolean {
  return ttl >= KNOWN_SECONDS;
}

/** Names of the DNS are not case-sensitive. */
function isNamed(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}
