import { expect, test } from "bun:test";
import { parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { type Path, PathSet } from "../../lib/paths/pathset.ts";
import { TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { seeded } from "../crypto/seeded.ts";

const SIZE = TRANSPORT_BYTES_MIN;
const HERE = path("192.0.2.1:4000");
const THERE = path("192.0.2.2:4000");
const NEAR = { ...path("192.168.1.9:4000"), kind: "lan" } as const;

function begin(first: Path = HERE): PathSet {
  return new PathSet(seeded(1), first);
}

test("a peer that is heard elsewhere is followed once it has answered from there", () => {
  const paths = begin();

  paths.onHeard(0, THERE, SIZE);
  const probe = paths.pollProbe(0);

  expect(probe?.path).toEqual(THERE);
  expect(paths.current).toEqual(HERE);
  expect(paths.onResponse(50, probe?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(THERE);
  expect(paths.pollTimeout()).toBe(Infinity);
});

test("what is heard on the current path is nothing new", () => {
  const paths = begin();

  paths.onHeard(0, HERE, SIZE);

  expect(paths.pollProbe(0)).toBeUndefined();
});

test("an answer counts once, in time, and only with the data of the challenge", () => {
  const paths = begin();
  paths.onHeard(0, THERE, SIZE);
  const data = paths.pollProbe(0)?.data ?? new Uint8Array();

  expect(paths.onResponse(10, data.toReversed())).toBe(false);
  expect(paths.onResponse(10, new Uint8Array(8))).toBe(false);
  expect(paths.onResponse(10, data)).toBe(true);
  expect(paths.onResponse(10, data)).toBe(false);

  const late = begin();
  late.onHeard(0, THERE, SIZE);
  expect(late.onResponse(3_000, late.pollProbe(0)?.data ?? data)).toBe(false);
  expect(late.current).toEqual(HERE);
});

test("a path gets a challenge for each packet from it at most, and five a second", () => {
  const paths = begin();
  paths.onHeard(0, THERE, SIZE);

  expect(count(paths, 0)).toBe(1);
  expect(count(paths, 2_999)).toBe(0);

  for (let i = 0; i < 100; i++) paths.onHeard(2_999, THERE, SIZE);
  expect(count(paths, 2_999)).toBe(1);
  expect(count(paths, 3_000)).toBe(0);

  for (let i = 0; i < 100; i++) paths.onHeard(3_000, THERE, SIZE);
  let challenges = 0;
  for (let now = 3_000; now < 4_000; now++) challenges += count(paths, now);
  expect(challenges).toBe(5);
});

test("a packet smaller than a challenge leads to none", () => {
  const paths = begin();

  paths.onHeard(0, THERE, SIZE - 1);
  paths.onAlternative(0, NEAR, SIZE - 1);

  expect(count(paths, 0)).toBe(0);
});

test("a copy by a better path is tried, by an equal one not", () => {
  const paths = begin();

  paths.onAlternative(0, THERE, SIZE);
  expect(paths.pollProbe(0)).toBeUndefined();

  paths.onAlternative(0, NEAR, SIZE);
  const probe = paths.pollProbe(0);
  expect(paths.onResponse(1, probe?.data ?? new Uint8Array())).toBe(true);
  expect(paths.current).toEqual(NEAR);

  paths.onAlternative(2, THERE, SIZE);
  expect(paths.pollProbe(2)).toBeUndefined();
});

test("an improvement that is none any more when it is proved is left alone", () => {
  const paths = begin();
  const other = { ...NEAR, remote: path("192.168.1.10:4000").remote };
  paths.onAlternative(0, NEAR, SIZE);
  paths.onAlternative(0, other, SIZE);
  const first = paths.pollProbe(0)?.data ?? new Uint8Array();
  const second = paths.pollProbe(0)?.data ?? new Uint8Array();

  expect(paths.onResponse(1, second)).toBe(true);
  expect(paths.onResponse(1, first)).toBe(false);
  expect(paths.current).toEqual(other);
});

test("four paths are tried at a time, and others when their time is over", () => {
  const paths = begin();
  const elsewhere = Array.from({ length: 100 }, (_, i) => path(`192.0.2.${i + 10}:4000`));

  for (const one of elsewhere) paths.onHeard(0, one, SIZE);
  expect(count(paths, 0)).toBe(4);
  expect(paths.pollTimeout()).toBe(3_000);

  expect(count(paths, 3_000)).toBe(0);
  expect(paths.pollTimeout()).toBe(Infinity);
  for (const one of elsewhere.toReversed()) paths.onHeard(3_000, one, SIZE);
  expect(paths.pollProbe(3_000)?.path).toEqual(elsewhere.at(-1));
});

function count(paths: PathSet, now: number): number {
  let challenges = 0;
  while (paths.pollProbe(now) !== undefined) challenges++;
  return challenges;
}

function path(text: string): Path {
  const remote = parseAddress(text);
  assert(remote !== undefined, "a test's addresses are addresses");
  return { socket: 0, remote, kind: "direct" };
}
