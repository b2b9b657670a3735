import { expect, test } from "bun:test";
import { type Address, addressOf } from "../../lib/base/address.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import type { Announcement } from "../../lib/io/dnssd.ts";
import { ENTRIES_MAX, LanTable } from "../../lib/io/lantable.ts";

const OWN = announcementOf(0);
const BOB = announcementOf(1);
const HERE = at("192.168.1.2", 4000);

test("an announcement is told with its address, and its repetitions are not", () => {
  const table = tableOf();

  const told = table.hear(0, BOB, HERE);

  expect(told).toEqual({ role: "client", card: BOB.card, address: HERE });
  expect(table.hear(500, BOB, HERE)).toBeUndefined();
});

test("a second later it is told again: who lost touch needs to hear it", () => {
  const table = tableOf();
  table.hear(0, BOB, HERE);

  expect(table.hear(1_000, BOB, HERE)).toBeDefined();
});

test("another address or role of the same person is news", () => {
  const table = tableOf();
  table.hear(0, BOB, HERE);

  expect(table.hear(0, BOB, at("fe80::1%eth0", 4000))).toBeDefined();
  expect(table.hear(0, { ...BOB, role: "server" }, HERE)).toBeDefined();
});

test("oneself is never told of, however one is heard", () => {
  const table = tableOf();

  expect(table.hear(0, OWN, HERE)).toBeUndefined();
  expect(table.size).toBe(0);
});

test("a card that its owner has not signed is neither told nor kept, whoever is known", () => {
  const table = tableOf();
  const forged = { ...BOB, card: { ...BOB.card, name: "mallory" } };
  const resigned = { ...BOB, card: { ...BOB.card, signature: OWN.card.signature } };

  for (const it of [forged, resigned]) expect(table.hear(0, it, HERE)).toBeUndefined();
  expect(table.size).toBe(0);
  table.hear(0, BOB, HERE);
  for (const it of [forged, resigned]) expect(table.hear(2_000, it, HERE)).toBeUndefined();
});

test("who is known need not answer a question, until half of the time is over", () => {
  const table = tableOf();
  table.hear(0, BOB, HERE);
  table.hear(0, BOB, at("192.168.1.3", 4000));

  expect(table.knownAnswers(59_000)).toMatchObject([{ type: "PTR", ttl: 61 }]);
  expect(table.knownAnswers(60_000)).toEqual([]);
});

test("who says goodbye is forgotten, and news when announced again", () => {
  const table = tableOf();
  table.hear(0, BOB, HERE);

  expect(table.hear(100, { ...BOB, ttlSeconds: 0 }, HERE)).toBeUndefined();

  expect(table.knownAnswers(100)).toEqual([]);
  expect(table.hear(200, BOB, HERE)).toBeDefined();
});

test("a question names 16 who need not answer, the latest", () => {
  const table = tableOf();
  for (let i = 1; i <= 40; i += 1) table.hear(i, announcementOf(i), HERE);

  const known = table.knownAnswers(100);

  expect(known).toHaveLength(16);
  const label = `p2pchat-${announcementOf(40).card.peerId.slice(0, 16)}`;
  expect(JSON.stringify(known)).toContain(label);
});

test("at its limit it forgets who was heard longest ago", () => {
  const table = tableOf();
  table.hear(0, BOB, HERE);
  for (let i = 0; i < ENTRIES_MAX; i += 1) table.hear(1, BOB, at("10.0.0.1", 1 + i));

  expect(table.size).toBe(ENTRIES_MAX);
  expect(table.hear(2, BOB, HERE)).toBeDefined();
  expect(table.hear(2, BOB, at("10.0.0.1", ENTRIES_MAX))).toBeUndefined();
});

function tableOf(): LanTable {
  return new LanTable(OWN.card.peerId);
}

function announcementOf(number: number): Announcement {
  const { signing, noise } = identityFromSecret(new Uint8Array(64).fill(number + 1));
  const card = signCard({ signing, noiseKey: noise.publicKey, name: "bob", serial: 1 });
  return { role: "client", card, port: 4000, ttlSeconds: 120 };
}

function at(host: string, port: number): Address {
  const address = addressOf(host, port);
  if (address === undefined) throw new Error(`no address: ${host}`);
  return address;
}
