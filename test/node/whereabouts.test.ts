import { expect, test } from "bun:test";
import type { PeerId } from "../../lib/base/ids.ts";
import { type Address, parseIp, viaAddress } from "../../lib/base/address.ts";
import { Whereabouts } from "../../lib/node/whereabouts.ts";
import { at } from "./net.ts";

const BOB = "b".repeat(64) as PeerId;
const CAROL = "c".repeat(64) as PeerId;
const PUBLIC = at("203.0.113.2:4000");
const PRIVATE = at("192.168.7.2:4000");
const IPV6 = at("[2001:db8::2]:4000");
const SERVER = at("198.51.100.9:3478");

/** In no network of Bob's. */
const ABROAD = { hosts: [host("203.0.113.77", 32)], observed: [], introducer: undefined };
const AT_HOME = { ...ABROAD, hosts: [host("192.168.7.5", 24), host("2001:db8:1::5", 64)] };

test("what introducers and the peer itself say is put together, as far as it can be tried", () => {
  const whereabouts = new Whereabouts();
  whereabouts.note(BOB, "introducer", [PUBLIC, PRIVATE], SERVER);
  whereabouts.note(BOB, "peer", [PRIVATE, IPV6], PUBLIC);

  expect(whereabouts.candidates(ABROAD, BOB)).toEqual([PUBLIC]);
  expect(whereabouts.candidates(AT_HOME, BOB)).toEqual([PRIVATE, PUBLIC, IPV6]);
});

test("who says to be behind one's own router is believed where it is met there", () => {
  const here = { ...AT_HOME, observed: [at("198.51.100.7:4000")] };
  const [claimed, inside] = [at("198.51.100.7:999"), at("10.0.0.1:80")];
  const triedOf = (source: "introducer" | "peer", by: Address) => {
    const whereabouts = new Whereabouts();
    whereabouts.note(BOB, source, [claimed, inside], by);
    return whereabouts.candidates(here, BOB);
  };

  expect(triedOf("introducer", SERVER)).toEqual([inside, claimed]);
  expect(triedOf("peer", at("198.51.100.7:5000"))).toEqual([inside, claimed]);
  expect(triedOf("peer", PUBLIC)).toEqual([]);
  expect(triedOf("peer", viaAddress(CAROL, BOB))).toEqual([]);
});

test("each source's last word counts, and nothing once a peer is forgotten", () => {
  const whereabouts = new Whereabouts();
  whereabouts.note(BOB, "introducer", [at("203.0.113.2:1")], SERVER);
  whereabouts.note(BOB, "introducer", [PUBLIC], SERVER);

  expect(whereabouts.candidates(ABROAD, BOB)).toEqual([PUBLIC]);
  expect(whereabouts.isKnown(BOB, [PUBLIC])).toBe(true);
  expect(whereabouts.isKnown(BOB, [PUBLIC, PRIVATE])).toBe(false);
  whereabouts.forget(BOB);

  expect(whereabouts.candidates(ABROAD, BOB)).toEqual([]);
  expect(whereabouts.isKnown(BOB, [PUBLIC])).toBe(false);
});

test("of more peers than it remembers, the first is forgotten", () => {
  const whereabouts = new Whereabouts();
  const peers = Array.from({ length: 2049 }, (_, i) => `${i}`.padStart(64, "0") as PeerId);

  for (const peer of peers) whereabouts.note(peer, "introducer", [PUBLIC], SERVER);

  expect([...whereabouts.peers()]).toEqual(peers.slice(1));
});

function host(text: string, prefixBits: number) {
  return { ip: parseIp(text) ?? new Uint8Array(4), prefixBits };
}
