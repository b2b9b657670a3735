import { expect, test } from "bun:test";
import { type PeerId, peerIdOf } from "../../lib/base/ids.ts";
import {
  Encounters,
  ENCOUNTERS_MAX,
  hereOf,
  PLACES_PER_PERSON_MAX,
  REMOTES_MAX,
} from "../../lib/node/encounters.ts";
import { CANDIDATES_MAX } from "../../lib/wire/limits.ts";
import { nth } from "./end.ts";
import { at } from "./net.ts";

const START = 1_767_225_600_000;
const DAY_MS = 86_400_000;
const ANN = nth(0).peerId;
const BOB = nth(1).peerId;

const HOME = hereOf(vantage("192.0.2.1:7", [192, 168, 1, 2]));
const OFFICE = hereOf(vantage("192.0.2.9:7", [10, 0, 0, 5]));

function vantage(observed: string | undefined, ip: readonly number[]) {
  const hosts = [{ ip: Uint8Array.from(ip), prefixBits: 24 }];
  return { hosts, observed: observed === undefined ? [] : [at(observed)], introducer: undefined };
}

function met(peer: PeerId, remote: string, { place } = HOME, technique?: string) {
  return { peer, place, remote: at(remote), technique };
}

test("who was met is known again in the next run, where and how", () => {
  const write = new Encounters([]).learn(START, met(BOB, "203.0.113.4:5", HOME, "spread"));

  expect(write).toMatchObject({ kind: "encounter", peer: BOB, wallMs: START });
  const next = new Encounters(write === undefined ? [] : [write]);
  expect(next.remotes(START, BOB, HOME)).toEqual([at("203.0.113.4:5")]);
  expect(next.from(START, BOB, HOME)?.technique).toBe("spread");
  expect(next.from(START, BOB, OFFICE)).toBeUndefined();
  expect(next.remotes(START, ANN, HOME)).toEqual([]);
});

test("where it was met from here comes first, then the latest", () => {
  const encounters = new Encounters([]);
  encounters.learn(START, met(BOB, "203.0.113.1:1", HOME));
  encounters.learn(START + 1, met(BOB, "203.0.113.2:1", OFFICE));
  const elsewhere = hereOf(vantage("198.51.100.1:1", [172, 16, 0, 1]));
  const unseen = hereOf(vantage(undefined, [192, 168, 1, 2]));

  const [first, second] = [at("203.0.113.1:1"), at("203.0.113.2:1")];
  expect(encounters.remotes(START + 2, BOB, HOME)).toEqual([first, second]);
  expect(encounters.remotes(START + 2, BOB, elsewhere)).toEqual([second, first]);
  // Nobody has seen this node from outside yet, but it looks so from inside.
  expect(encounters.remotes(START + 2, BOB, unseen)).toEqual([first, second]);
});

test("what is private in another network is nobody's here", () => {
  const encounters = new Encounters([]);
  encounters.learn(START, met(BOB, "192.168.1.7:1", HOME));

  expect(encounters.remotes(START, BOB, HOME)).toEqual([at("192.168.1.7:1")]);
  expect(encounters.remotes(START, BOB, OFFICE)).toEqual([]);
});

test("after two weeks it is forgotten, unless it was met again", () => {
  const encounters = new Encounters([]);
  encounters.learn(START, met(ANN, "203.0.113.1:1"));
  encounters.learn(START, met(BOB, "203.0.113.2:1"));
  encounters.learn(START + 10 * DAY_MS, met(BOB, "203.0.113.2:1"));

  expect(encounters.people(START + 15 * DAY_MS)).toEqual([BOB]);
  expect(encounters.remotes(START + 15 * DAY_MS, ANN, HOME)).toEqual([]);
});

test("news is written at once, or soon where it is much, and that nothing is new seldom", () => {
  const encounters = new Encounters([]);
  const learn = (atMs: number, remote: string) => encounters.learn(START + atMs, met(BOB, remote));

  expect(learn(0, "203.0.113.1:1")).toBeDefined();
  expect(learn(1_000, "203.0.113.1:2")).toBeUndefined();
  expect(encounters.remotes(START + 1_000, BOB, HOME)).toEqual([at("203.0.113.1:2")]);
  expect(learn(11_000, "203.0.113.1:2")?.remote).toBe(at("203.0.113.1:2"));
  expect(learn(60_000, "203.0.113.1:2")).toBeUndefined();
  expect(learn(2 * 3_600_000, "203.0.113.1:2")?.wallMs).toBe(START + 2 * 3_600_000);
});

test("of many people those met last are remembered, and of one person the latest networks", () => {
  const encounters = new Encounters([]);
  const others = Array.from({ length: ENCOUNTERS_MAX }, (_, i) => {
    return peerIdOf(Uint8Array.from({ length: 32 }, (__, byte) => (byte === 0 ? i % 256 : i >> 8)));
  });
  const people = [ANN, ...others];
  for (const [i, peer] of people.entries()) encounters.learn(START + i, met(peer, "203.0.113.1:1"));
  for (let i = 0; i <= PLACES_PER_PERSON_MAX; i++) {
    const there = { place: `place ${i}`, inside: "" };
    encounters.learn(START + DAY_MS, met(BOB, `203.0.113.2:${i + 1}`, there));
  }

  expect(encounters.people(START + DAY_MS)).toHaveLength(ENCOUNTERS_MAX);
  expect(encounters.people(START + DAY_MS)[0]).toBe(BOB);
  expect(encounters.people(START + DAY_MS)).not.toContain(ANN);
  expect(encounters.remotes(START + DAY_MS, BOB, HOME)).toHaveLength(PLACES_PER_PERSON_MAX);
});

test("how it came about stays as it was where nobody says how", () => {
  const encounters = new Encounters([]);
  encounters.learn(START, met(BOB, "203.0.113.1:1", HOME, "spread"));
  encounters.learn(START + 1, met(BOB, "203.0.113.1:2", HOME));

  expect(encounters.from(START + 2, BOB, HOME)?.technique).toBe("spread");
});

const AT_HOME = vantage("192.0.2.1:7", [192, 168, 1, 2]);

function order(remotes: readonly string[], announced: readonly string[]): string[] {
  const encounters = new Encounters([]);
  for (const [i, remote] of remotes.entries()) {
    const there = { place: `place ${i}`, inside: "" };
    encounters.learn(START + i, met(BOB, remote, there));
  }
  return [...encounters.order(START + 9, BOB, AT_HOME, announced.map(at))];
}

test("of the addresses of who is introduced those where it was met are called first", () => {
  const announced = ["203.0.113.1:1", "203.0.113.1:2", "203.0.113.1:3"];

  expect(order(["203.0.113.1:3"], announced)).toEqual([
    "203.0.113.1:3",
    "203.0.113.1:1",
    "203.0.113.1:2",
  ]);
  expect(order(["203.0.113.9:9"], announced)).toEqual(["203.0.113.9:9", ...announced]);
});

test("where it was met is called by the rules for what is announced", () => {
  const announced = ["203.0.113.1:1"];

  // Another family, another's network, a broadcast address, this machine itself.
  for (const remote of ["[2001:db8::1]:1", "10.0.0.1:1", "192.168.1.255:1", "127.0.0.1:1"]) {
    expect(order([remote], announced)).toEqual(announced);
  }
});

test("nothing that is announced is left out for where it was met, and few such are called", () => {
  const announced = Array.from({ length: CANDIDATES_MAX }, (_, i) => `203.0.113.1:${i + 1}`);
  const before = Array.from({ length: PLACES_PER_PERSON_MAX }, (_, i) => `203.0.113.2:${i + 1}`);

  expect(order(before, announced)).toEqual(announced);
  expect(order(before, announced.slice(1))).toHaveLength(CANDIDATES_MAX);
  expect(order(before, announced.slice(0, 1))).toHaveLength(1 + REMOTES_MAX);
});
