import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";

const ANN = at("198.51.100.1");
const BOB = at("203.0.113.1");
const BOB6 = at("[2001:db8::b]:4000");
const BOB_NEAR = at("192.168.1.9:4000");

/** Two who have met at Bob's first address, of those that Ann was told. */
function friends(...others: readonly Address[]) {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1) });
  ann.call(bob, BOB, ...others);
  net.run(1_000);
  for (const address of others) net.attach(address, bob);
  return { net, ann, bob };
}

/** Nothing passes between Ann and these addresses any more. */
function cut(net: Net, ...addresses: readonly Address[]): void {
  net.fate = ({ from, to }) => (addresses.includes(from) || addresses.includes(to) ? [] : [10]);
}

test("a dead path is left within 2 s for another that was announced", () => {
  const { net, ann, bob } = friends(BOB6);
  cut(net, BOB);

  ann.say(bob, "are you there?");
  const isHeard = net.runUntil(() => bob.heard.length > 0, 2_000);

  expect(isHeard).toBe(true);
  expect(ann.connectionTo(bob).path.remote).toBe(BOB6);
  expect([ann.count("doubted"), ann.count("moved"), ann.count("trusted")]).toEqual([1, 1, 1]);
  expect([ann.count("closed"), bob.count("closed")]).toEqual([0, 0]);
});

test("and back again, when that one dies too", () => {
  const { net, ann, bob } = friends(BOB6);

  for (const [i, dead] of [BOB, BOB6, BOB, BOB6].entries()) {
    cut(net, dead);
    ann.say(bob, `${i}`);
    net.run(2_000);
    expect(ann.connectionTo(bob).path.remote).toBe(dead === BOB ? BOB6 : BOB);
  }

  expect(bob.heard).toEqual(["0", "1", "2", "3"]);
});

test("who loses the near path takes the far one, and returns to the near one", () => {
  const { net, ann, bob } = friends(BOB_NEAR);
  net.fate = () => [10];
  ann.call(bob, BOB_NEAR);
  net.run(2_000);
  expect(ann.connectionTo(bob).path.remote).toBe(BOB_NEAR);

  cut(net, BOB_NEAR);
  ann.say(bob, "hello");
  net.run(2_000);
  expect(ann.connectionTo(bob).path.remote).toBe(BOB);
  net.fate = () => [10];

  expect(net.runUntil(() => ann.connectionTo(bob).path.remote === BOB_NEAR, 31_000)).toBe(true);
  expect(bob.heard).toEqual(["hello"]);
});

test("with no other path the session waits, and tells once that it doubts and trusts again", () => {
  const { net, ann, bob } = friends();
  cut(net, BOB);
  ann.say(bob, "hello");

  net.run(10_000);
  expect([ann.count("doubted"), ann.count("trusted"), ann.count("closed")]).toEqual([1, 0, 0]);
  net.fate = () => [10];
  net.run(2_000);

  expect([ann.count("doubted"), ann.count("trusted")]).toEqual([1, 1]);
  expect(bob.heard).toEqual(["hello"]);
});

test("a packet lost now and then moves nothing", () => {
  const { net, ann, bob } = friends(BOB6);
  net.fate = () => (net.prng.chance(0.05) ? [] : [10]);

  for (let i = 0; i < 500; i++) {
    ann.say(bob, `${i}`);
    net.run(100);
  }

  expect(bob.heard).toHaveLength(500);
  expect(ann.count("moved")).toBeLessThanOrEqual(2);
});

test("addresses that nobody answers at cost no more than their introduction pays for", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1) });
  const victims = Array.from({ length: 7 }, (_, i) => at(`192.0.2.${i + 1}:53`));

  ann.call(bob, BOB, ...victims);
  net.run(1_000);
  for (let i = 0; i < 10; i++) {
    cut(net, BOB);
    ann.say(bob, `${i}`);
    net.run(10_000);
    net.fate = () => [10];
    net.run(5_000);
  }

  const toVictims = net.sent.filter(({ to }) => victims.includes(to));
  expect(bob.heard).toHaveLength(10);
  expect(toVictims.length).toBeWithin(8, 20 + 1);
  const challenges = toVictims.filter(({ bytes }) => bytes.length === TRANSPORT_BYTES_MIN);
  expect(challenges.length).toBeGreaterThan(0);
});

test("whoever listens notices by itself that a talk has broken off", () => {
  const { net, ann, bob } = friends();
  for (let i = 0; i < 20; i++) {
    ann.say(bob, `${i}`);
    net.run(100);
  }

  cut(net, BOB);
  net.run(2_000);

  expect(bob.count("doubted")).toBe(1);
});

test("who has come to another network shows itself on all known paths at once", () => {
  const { net, ann, bob } = friends(BOB6);
  cut(net, BOB);
  const start = net.sent.length;

  ann.endpoint.onNetwork(net.now);
  net.run(0);

  const to = net.sent.slice(start).map((sent) => sent.to);
  expect(new Set(to)).toEqual(new Set([BOB, BOB6]));
  net.run(1_000);
  expect(ann.connectionTo(bob).path.remote).toBe(BOB6);
});

test("what is not answered right after a change of network is put down to that", () => {
  const { net, ann } = friends();
  cut(net, BOB);

  ann.endpoint.onNetwork(net.now);
  net.run(500);

  expect(ann.events.find(({ kind }) => kind === "doubted")).toMatchObject({ isUprooted: true });
});

test("who wakes after a minute is not gone for what it was owed before", () => {
  const { net, ann, bob } = friends();
  cut(net, BOB);
  ann.say(bob, "good night");
  net.run(10);
  net.detach(ANN);
  net.run(15_000);

  net.attach(ANN, ann);
  ann.endpoint.onNetwork(net.now);
  net.fate = () => [10];
  net.run(6_000);

  expect(ann.count("closed")).toBe(0);
  expect(bob.heard).toEqual(["good night"]);
});

test("what is acknowledged after a minute's sleep does not make a doubt take as long", () => {
  const { net, ann, bob } = friends();
  net.fate = ({ from }) => (from === BOB ? [60_000] : [10]);
  ann.say(bob, "good night");
  net.run(20);
  net.detach(ANN);
  net.run(59_000);

  net.attach(ANN, ann);
  ann.endpoint.onNetwork(net.now);
  net.fate = () => [];
  net.run(1_500);

  expect(ann.connectionTo(bob).session.rttMs).toBeLessThan(1_000);
  expect(ann.count("doubted")).toBe(1);
});
