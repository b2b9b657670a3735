import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signCard } from "../../lib/crypto/card.ts";
import { lastUsedProfile, readPeerbook } from "../../lib/io/doctor/peerbook.ts";
import { MEETINGS_MAX } from "../../lib/io/peopletable.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { encodeCard } from "../../lib/wire/card.ts";
import { encodeNatReport } from "../../lib/wire/nat.ts";
import { nth } from "../node/end.ts";
import { HOME_NAT } from "../support/homenat.ts";
import { scratch } from "./support/scratch.ts";

const ME = nth(0).peerId;
const BOB = nth(1);
const NOW = 1_800_000_000_000;

const MET: Extract<Write, { kind: "meeting" }> = {
  kind: "meeting",
  peer: BOB.peerId,
  name: "bob",
  wallMs: NOW,
  expected: "direct",
  outcome: "none",
  tookMs: 8000,
  technique: "call",
  mine: "open",
  theirs: "port-restricted",
};

function cardOfBob(): Write {
  const { signing, noise, peerId: peer } = BOB;
  const card = signCard({ signing, noiseKey: noise.publicKey, name: "bob", serial: 1 });
  return { kind: "card", peer, card: encodeCard(card), trust: "known", wallMs: NOW };
}

const NAT: Write = {
  kind: "nat",
  peer: BOB.peerId,
  nat: encodeNatReport(HOME_NAT),
  wallMs: NOW + 5,
};

test("what a client keeps of people is read while it runs, and after", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = Store.open(file, ME);
  store.commit([cardOfBob(), NAT, MET]);

  const live = readPeerbook(file);
  store.close();

  const who = { name: "bob", id: BOB.peerId };
  const { kind: _kind, peer: _peer, name: _name, ...kept } = MET;
  expect(live?.people).toMatchObject([
    { who, nat: { mapping: HOME_NAT.mapping }, natAtMs: NOW + 5 },
  ]);
  expect(live?.meetings).toEqual([{ who, ...kept }]);
  expect(readPeerbook(file)).toEqual(live);
});

test("of whom there is no card, no word of a router is kept, but the meeting is", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = Store.open(file, ME);
  store.commit([NAT, MET]);
  store.close();

  const book = readPeerbook(file);

  expect(book?.people).toEqual([]);
  expect(book?.meetings[0]?.who).toEqual({ name: "bob", id: BOB.peerId });
});

test("of many meetings the last are remembered", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = Store.open(file, ME);
  store.commit(Array.from({ length: MEETINGS_MAX + 5 }, (_, i) => ({ ...MET, tookMs: i })));
  store.close();

  const { meetings = [] } = readPeerbook(file) ?? {};

  expect(meetings).toHaveLength(MEETINGS_MAX);
  expect(meetings[0]?.tookMs).toBe(5);
});

test("what is none of ours, or of a newer version, is refused; none at all tells of nobody", () => {
  const directory = scratch();
  const [text, empty] = [join(directory, "text.db"), join(directory, "empty.db")];
  const [older, newer] = [join(directory, "older.db"), join(directory, "newer.db")];
  writeFileSync(text, "this is no database, however long it may be".repeat(100));
  new Database(empty, { create: true }).run("CREATE TABLE cards (peer BLOB)");
  new Database(older, { create: true }).run("PRAGMA user_version = 1");
  Store.open(newer, ME).close();
  new Database(newer).run("PRAGMA user_version = 999");

  expect(readPeerbook(join(directory, "nowhere.db"))).toBeUndefined();
  expect(() => readPeerbook(text)).toThrow("it is damaged or not ours");
  expect(() => readPeerbook(empty)).toThrow("there is nothing in it");
  expect(() => readPeerbook(older)).toThrow("an earlier p2pchat has written it");
  expect(() => readPeerbook(newer)).toThrow("a newer p2pchat has written it (schema 999,");
});

test("of several profiles the one is meant that was written last", () => {
  const directory = scratch();
  for (const [name, seconds] of [
    ["ann", 100],
    ["bob", 300],
    ["carol", 200],
  ] as const) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "p2pchat.db"), "");
    utimesSync(join(directory, name, "p2pchat.db"), seconds, seconds);
  }
  mkdirSync(join(directory, "empty"));

  expect(lastUsedProfile(directory)).toBe(join(directory, "bob"));
  expect(lastUsedProfile(join(directory, "empty"))).toBeUndefined();
  expect(lastUsedProfile(join(directory, "nowhere"))).toBeUndefined();
});
