import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { type Acquaintance, PEOPLE_MAX, Roster } from "../../lib/node/roster.ts";
import type { Card } from "../../lib/wire/card.ts";

function card(n: number, called?: string, serial = 1): Card {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, n);
  const bytes = new Uint8Array(0);
  const name = called ?? `peer${n}`;
  return { peerId: peerIdOf(id), noiseKey: bytes, name, serial, signature: bytes };
}

const known = (from: number, count: number): Acquaintance[] =>
  Array.from({ length: count }, (_, i) => {
    return { card: card(from + i), trust: "known", isBlocked: false, lastSeenMs: 1 };
  });

function suspectsOf(roster: Roster): string[] {
  const suspects: string[] = [];
  for (let it = roster.pollSuspect(); it !== undefined; it = roster.pollSuspect())
    suspects.push(it);
  return suspects;
}

const trustIn = (roster: Roster, n: number): string | undefined => {
  return roster.get(card(n).peerId)?.trust;
};

test("who is met is known, and a namesake is changed, whether introduced before or after", () => {
  const roster = new Roster([]);
  roster.learn(card(1, "bob"));
  roster.learn(card(2, "bob"));
  expect([trustIn(roster, 1), trustIn(roster, 2)]).toEqual(["new", "new"]);

  expect(roster.onMet(card(2, "bob")).trust).toBe("known");
  roster.learn(card(3, "bob"));

  expect([1, 2, 3].map((n) => trustIn(roster, n))).toEqual(["changed", "known", "changed"]);
  expect(roster.onMet(card(1, "bob")).trust).toBe("changed");
  expect(suspectsOf(roster)).toEqual([card(1).peerId, card(3).peerId]);
  expect(roster.takeTurned()).toMatchObject([{ peer: card(1).peerId, trust: "changed" }]);
  expect(roster.takeTurned()).toEqual([]);
});

test("who is known and takes the name of another who is known is changed, and kept so", () => {
  const roster = new Roster([]);
  roster.onMet(card(1, "bob"));
  roster.onMet(card(2, "carol"));
  roster.onMet(card(3, "dave"));
  roster.judge(card(3).peerId, { trust: "verified" });

  roster.learn(card(2, "bob", 2));
  roster.learn(card(3, "bob", 2));

  expect([1, 2, 3].map((n) => trustIn(roster, n))).toEqual(["known", "changed", "verified"]);
  expect(suspectsOf(roster)).toEqual([card(2).peerId]);
  expect(roster.takeTurned()).toMatchObject([
    { peer: card(2).peerId, trust: "changed" },
    { peer: card(3).peerId, trust: "verified" },
  ]);
});

test("who comes under a name that reads as somebody's who is known is changed, too", () => {
  const roster = new Roster(known(1, 1));
  roster.onMet(card(2, "bob"));
  roster.learn(card(3, "bоb"));
  roster.learn(card(4, "Bob"));
  roster.learn(card(5, "carоl"));
  roster.onMet(card(6, "carol"));

  const told = Array.from({ length: 6 }, () => roster.pollNamesake()?.id ?? "nobody");

  expect([3, 4, 5].map((n) => trustIn(roster, n))).toEqual(["changed", "new", "changed"]);
  expect(suspectsOf(roster)).toEqual([card(3).peerId, card(5).peerId]);
  const ids = [2, 3, 4, 5, 6].map((n) => card(n).peerId);
  expect(told.toSorted()).toEqual([...ids, "nobody"]);
});

test("who takes another name is told of with the one they had, and oneself never is", () => {
  const roster = new Roster(known(1, 1));
  roster.addMe(card(9, "ann"));
  roster.learn(card(2, "carol"));

  roster.learn(card(1, "robert", 2));
  roster.learn(card(2, "carol", 2));
  roster.learn(card(9, "anna", 2));

  const who = { name: "robert", id: card(1).peerId };
  expect(roster.pollRenamed()).toEqual({ who, was: "peer1" });
  expect(roster.pollRenamed()).toBeUndefined();
});

test("who was never met and is called as somebody known is changed from the start", () => {
  const acquaintance = { isBlocked: false, lastSeenMs: undefined };
  const roster = new Roster([
    { ...acquaintance, card: card(1, "bob"), trust: "new" },
    { ...acquaintance, card: card(2, "bob"), trust: "known" },
  ]);
  roster.addMe(card(4, "ann"));
  roster.onMet(card(5, "ann"));

  expect([1, 2, 5].map((n) => trustIn(roster, n))).toEqual(["changed", "known", "known"]);
  expect(trustIn(roster, 4)).toBe("new");
  expect(suspectsOf(roster)).toEqual([card(1).peerId]);
});

test("who is trusted, or found to be another, decides over the name from then on", () => {
  const roster = new Roster([]);
  roster.learn(card(1, "bob"));
  roster.learn(card(2, "bob"));

  roster.judge(card(1).peerId, { trust: "known" });
  const afterTrust = trustIn(roster, 2);
  roster.judge(card(2).peerId, { trust: "known" });
  for (const n of [1, 2]) roster.judge(card(n).peerId, { trust: "changed" });

  expect(afterTrust).toBe("changed");
  expect(roster.onMet(card(3, "bob")).trust).toBe("known");
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
