import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { type Acquaintance, PEOPLE_MAX, Roster } from "../../lib/node/roster.ts";
import type { Card } from "../../lib/wire/card.ts";

function card(n: number): Card {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, n);
  const bytes = new Uint8Array(0);
  const name = `peer${n}`;
  return { peerId: peerIdOf(id), noiseKey: bytes, name, serial: 1, signature: bytes };
}

const known = (from: number, count: number): Acquaintance[] =>
  Array.from({ length: count }, (_, i) => {
    return { card: card(from + i), trust: "known", isBlocked: false, lastSeenMs: 1 };
  });

test("of more pinned people than are kept, those met longest ago are forgotten", () => {
  const roster = new Roster(known(0, PEOPLE_MAX + 1));

  roster.learn(card(PEOPLE_MAX + 1));

  expect(roster.get(card(0).peerId)).toBeUndefined();
  expect(roster.get(card(1).peerId)).toBeUndefined();
  expect(roster.get(card(2).peerId)).toBeDefined();
});

test("strangers out of touch are forgotten before the pinned, and their names with them", () => {
  const roster = new Roster(known(0, PEOPLE_MAX - 2));
  roster.learn(card(PEOPLE_MAX));
  roster.setState(card(PEOPLE_MAX).peerId, "connected");
  roster.learn(card(PEOPLE_MAX + 1));

  roster.learn(card(PEOPLE_MAX + 2));

  expect(roster.get(card(PEOPLE_MAX).peerId)).toBeDefined();
  expect(roster.find({ kind: "person", name: `peer${PEOPLE_MAX + 1}`, prefix: "" })).toEqual([]);
  expect(roster.get(card(0).peerId)).toBeDefined();
});
