import { expect, test } from "bun:test";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import {
  announcementOf,
  asksForService,
  type DnsRecord,
  goodbyeOf,
  isAskedFor,
  knownAnswer,
  readAnnouncement,
  type Service,
  SERVICE_TYPE,
} from "../../lib/io/dnssd.ts";
import { encodeCard } from "../../lib/wire/card.ts";

const IDENTITY = identityFromSecret(new Uint8Array(64).fill(7));
const SERVICE = serviceOf("ann");
const LABEL = `p2pchat-${SERVICE.card.peerId.slice(0, 16)}`;
const INSTANCE = `${LABEL}.${SERVICE_TYPE}`;

test("an announcement leads from the type to the instance, its host and its address", () => {
  const records = announcementOf(SERVICE, "192.168.1.2");

  expect(records).toMatchObject([
    { type: "PTR", name: SERVICE_TYPE, ttl: 120, data: INSTANCE },
    { type: "SRV", name: INSTANCE, ttl: 120, data: { port: 4000, target: `${LABEL}.local` } },
    { type: "TXT", name: INSTANCE, ttl: 120 },
    { type: "A", name: `${LABEL}.local`, ttl: 120, data: "192.168.1.2" },
    { type: "PTR", name: "_services._dns-sd._udp.local", ttl: 120, data: SERVICE_TYPE },
  ]);
  expect(announcementOf(SERVICE, "fe80::1")[3]).toMatchObject({ type: "AAAA", data: "fe80::1" });
});

test("nothing but the card, its role and the version is told", () => {
  const card = encodeCard(SERVICE.card).toBase64({ alphabet: "base64url", omitPadding: true });

  expect(stringsOf(SERVICE)).toEqual(["v=1", "role=client", `card0=${card}`]);
});

test("what is announced is read again, whatever the length of the name", () => {
  for (const name of ["a", "x".repeat(32), "é".repeat(32), "𐐨".repeat(32)]) {
    const service = serviceOf(name);

    const strings = stringsOf(service);
    const read = readAnnouncement({ answers: announcementOf(service, "10.0.0.1") });

    expect(Math.max(...strings.map((string) => Buffer.byteLength(string)))).toBeLessThan(256);
    expect(read).toEqual({ ...service, ttlSeconds: 120 });
  }
});

test("a goodbye names the same with no time left, and not the type of service", () => {
  const records = goodbyeOf(SERVICE, "10.0.0.1");

  expect(readAnnouncement({ answers: records })).toEqual({ ...SERVICE, ttlSeconds: 0 });
  for (const record of records) expect(record).toMatchObject({ ttl: 0 });
  expect(records.some(({ name }) => name.startsWith("_services"))).toBe(false);
});

test("records may be additional ones, and names in any case", () => {
  const records = announcementOf(SERVICE, "10.0.0.1");
  for (const record of records) record.name = record.name.toUpperCase();

  expect(readAnnouncement({ answers: [], additionals: records })).toMatchObject({ port: 4000 });
});

const ASKED: readonly (readonly [string, boolean])[] = [
  [SERVICE_TYPE, true],
  ["_P2pChat._UDP.local", true],
  [INSTANCE, true],
  [`${LABEL}.local`, true],
  ["_services._dns-sd._udp.local", true],
  ["_http._tcp.local", false],
  ["local", false],
  ["", false],
  [`p2pchat-0000000000000000.${SERVICE_TYPE}`, false],
];

test.each(ASKED)("a question for %p is answered: %p", (name, isAnswered) => {
  expect(isAskedFor({ questions: [{ name, type: "SRV" }] }, SERVICE)).toBe(isAnswered);
});

test("who knows the answer for half its time or longer gets none", () => {
  const ask = (answers: DnsRecord[]) =>
    isAskedFor({ questions: [{ name: SERVICE_TYPE, type: "PTR" }], answers }, SERVICE);

  expect(ask([knownAnswer(SERVICE, 120)])).toBe(false);
  expect(ask([knownAnswer(SERVICE, 60)])).toBe(false);
  expect(ask([knownAnswer(SERVICE, 59)])).toBe(true);
  expect(ask([{ type: "PTR", name: SERVICE_TYPE, ttl: 120, data: "another" }])).toBe(true);
});

test("others who ask for the service are told from those who ask for anything else", () => {
  expect(asksForService({ questions: [{ name: SERVICE_TYPE, type: "PTR" }] })).toBe(true);
  expect(asksForService({ questions: [{ name: INSTANCE, type: "SRV" }] })).toBe(false);
  expect(asksForService({})).toBe(false);
});

const HOSTILE: Readonly<Record<string, (records: DnsRecord[]) => readonly DnsRecord[]>> = {
  "no records": () => [],
  "no text": (records) => records.filter(({ type }) => type !== "TXT"),
  "no server": (records) => records.filter(({ type }) => type !== "SRV"),
  "another's text": (records) => withRecord(records, "TXT", { name: `other.${SERVICE_TYPE}` }),
  "another service": (records) => withRecord(records, "SRV", { name: "ann._http._tcp.local" }),
  "port 0": (records) => withRecord(records, "SRV", { data: { port: 0, target: "x" } }),
  "no strings": (records) => withRecord(records, "TXT", { data: [] }),
  "strings without keys": (records) => withRecord(records, "TXT", { data: ["=", "", "=x", "v"] }),
  "another version": (records) => withStrings(records, (it) => it.replace("v=1", "v=2")),
  "no version": (records) => withStrings(records, (it) => it.replace("v=1", "w=1")),
  "another role": (records) => withStrings(records, (it) => it.replace("=client", "=admin")),
  "half a card": (records) => withStrings(records, (it) => it.slice(0, 60)),
  "more than a card": (records) => withStrings(records, (it) => `${it}AAAA`),
  "no base64": (records) => withStrings(records, (it) => it.replace("card0=", "card0=!")),
  "a second piece too many": (records) => {
    return withRecord(records, "TXT", { data: [...stringsOf(SERVICE), "card1=AAAA"] });
  },
  "so much that ours is not reached": (records) => {
    const filler: DnsRecord = { type: "A", name: "x.local", data: "10.0.0.1" };
    return [...Array.from({ length: 64 }, () => filler), ...records];
  },
};

test.each(Object.keys(HOSTILE))("%s: nothing is read", (name) => {
  const answers = [...(HOSTILE[name]?.(announcementOf(SERVICE, "10.0.0.1")) ?? [])];

  expect(readAnnouncement({ answers })).toBeUndefined();
});

test("of two strings with one key the first counts, and no time is longer than ours", () => {
  const records = announcementOf(SERVICE, "10.0.0.1");
  const twice = withRecord(records, "TXT", { data: [...stringsOf(SERVICE), "ROLE=server"] });
  const answers = withRecord(twice, "SRV", { ttl: 4_000_000_000 });

  expect(readAnnouncement({ answers })).toMatchObject({ role: "client", ttlSeconds: 120 });
});

function serviceOf(name: string): Service {
  const { signing, noise } = IDENTITY;
  const card = signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
  return { role: "client", card, port: 4000 };
}

function stringsOf(service: Service): string[] {
  const txt = announcementOf(service, "10.0.0.1").find(({ type }) => type === "TXT");
  return txt?.type === "TXT" ? [txt.data].flat().map(String) : [];
}

function withRecord(records: readonly DnsRecord[], type: string, changes: object): DnsRecord[] {
  return records.map((record) => (record.type === type ? { ...record, ...changes } : record));
}

/** The longest is the card's. */
function withStrings(
  records: readonly DnsRecord[],
  change: (string: string) => string,
): DnsRecord[] {
  return withRecord(records, "TXT", { data: stringsOf(SERVICE).map(change) });
}
