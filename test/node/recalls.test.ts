import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { type PeerId, peerIdOf } from "../../lib/base/ids.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { Encounters, hereOf } from "../../lib/node/encounters.ts";
import { Recalls, RECALLED_MAX, RECALLS_PER_MINUTE } from "../../lib/node/recalls.ts";
import { Trails } from "../../lib/node/trails.ts";
import { RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import type { Card } from "../../lib/wire/card.ts";
import { encodeRequest } from "../../lib/wire/rendezvous.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, person, shownTo, statesOf } from "./people.ts";

const START = 1_767_225_600_000;
const MINUTE_MS = 60_000;
const SERVER = at("203.0.113.1");
const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const VICTIM = at("192.0.2.1:53");

/** A client that has met so many, and calls nobody but by `Recalls`. */
class Bench {
  readonly calls: { readonly atMs: number; readonly peer: PeerId; readonly to: Address }[] = [];
  readonly people: readonly PeerId[];
  readonly recalls: Recalls;
  readonly strangers = new Set<PeerId>();
  now = START;
  isRegistered = false;

  constructor(count: number) {
    this.people = Array.from({ length: count }, (_, i) => {
      return peerIdOf(Uint8Array.from({ length: 32 }, (__, byte) => (byte === 0 ? i : 7)));
    });
    const hosts = [{ ip: Uint8Array.of(192, 168, 1, 2), prefixBits: 24 }];
    const vantage = { hosts, observed: [], introducer: undefined };
    const encounters = new Encounters([]);
    const { place } = hereOf(vantage);
    for (const [i, peer] of this.people.entries()) {
      const remote = at(`203.0.113.2:${i + 1}`);
      encounters.learn(START, { peer, place, remote, technique: undefined });
    }
    const isRegistered = (): boolean => this.isRegistered;
    this.recalls = new Recalls({
      now: START,
      random: (length) => new Uint8Array(length).fill(128),
      encounters,
      roster: {
        get: (peerId) => {
          const isNewcomer = this.strangers.has(peerId);
          return { card: cardOf(peerId), isNewcomer, ...GONE };
        },
      },
      server: {
        vantage,
        get isRegistered() {
          return isRegistered();
        },
      },
      endpoint: {
        trails: new Trails(),
        connectionTo: () => undefined,
        connect: (atMs, { peerId: peer }, addresses) => {
          for (const to of addresses) this.calls.push({ atMs, peer, to });
          return false;
        },
      },
    });
  }

  run(ms: number): void {
    const untilMs = this.now + ms;
    for (let atMs = this.recalls.pollTimeout(); atMs <= untilMs;) {
      this.now = Math.max(this.now, atMs);
      this.recalls.handleTimeout(this.now);
      atMs = this.recalls.pollTimeout();
    }
    this.now = untilMs;
  }

  /** When it called, in s after the beginning. */
  get seconds(): number[] {
    return this.calls.map(({ atMs }) => Math.round((atMs - START) / 1000));
  }
}

const GONE = {
  trust: "known",
  number: null,
  state: "gone",
  isBlocked: false,
  lastSeenMs: undefined,
} as const;

function cardOf(peerId: PeerId): Card {
  const [key, signature] = [new Uint8Array(32), new Uint8Array(64)];
  return { peerId, noiseKey: key, name: "somebody", serial: 1, signature };
}

/** Who is missed once the server is missed as well. */
function missing(count: number): Bench {
  const bench = new Bench(count);
  bench.isRegistered = true;
  bench.recalls.onReady(START);
  bench.isRegistered = false;
  for (const peer of bench.people) bench.recalls.begin(START, peer);
  return bench;
}

test("who was lost is called at once, then ever more seldom, and in the end no more", () => {
  const bench = missing(1);

  bench.run(2 * MINUTE_MS);
  expect(bench.seconds).toEqual([0, 10, 25, 45, 65, 85, 105]);
  bench.run(58 * MINUTE_MS);
  const inAnHour = bench.calls.length;
  bench.run(24 * 60 * MINUTE_MS);

  expect(inAnHour).toBeLessThanOrEqual(3 + 30 + 50);
  expect(bench.calls).toHaveLength(inAnHour);
  expect(bench.recalls.pollTimeout()).toBe(Infinity);
  expect(new Set(bench.calls.map(({ to }) => to))).toEqual(new Set([at("203.0.113.2:1")]));
});

test("of many who are lost at once the last are called, and so often in all", () => {
  const bench = missing(100);

  bench.run(10 * MINUTE_MS);

  expect(new Set(bench.calls.map(({ peer }) => peer)).size).toBe(RECALLED_MAX);
  for (const [i, { atMs }] of bench.calls.entries()) {
    const later = bench.calls[i + RECALLS_PER_MINUTE + RECALLED_MAX];
    if (later !== undefined) expect(later.atMs - atMs).toBeGreaterThanOrEqual(MINUTE_MS);
  }
});

test("a server that can introduce who was lost is left to do so, not one that cannot", () => {
  const bench = missing(2);
  bench.isRegistered = true;
  bench.run(MINUTE_MS);
  expect(bench.calls).toEqual([]);

  for (const peer of bench.people.slice(1)) bench.recalls.onUnknown(peer);
  bench.run(MINUTE_MS);

  expect(new Set(bench.calls.map(({ peer }) => peer))).toEqual(new Set(bench.people.slice(1)));
});

test("who comes and goes all the time is not called all the time", () => {
  const bench = missing(1);
  for (let i = 0; i < 120; i++) {
    for (const peer of bench.people) {
      bench.recalls.end(peer);
      bench.recalls.begin(bench.now, peer);
    }
    bench.run(500);
  }

  expect(bench.calls.length).toBeWithin(3, 7);
});

test("strangers who are lost take no place of who is known, and leave theirs to them", () => {
  const bench = missing(100);
  const [first, second] = [bench.people.slice(-RECALLED_MAX), bench.people.slice(0, 40)];
  for (const peer of second) {
    bench.strangers.add(peer);
    bench.recalls.begin(START, peer);
  }
  bench.run(20_000);
  expect(new Set(bench.calls.map(({ peer }) => peer))).toEqual(new Set(first));

  const crowd = new Bench(2 * RECALLED_MAX);
  for (const peer of crowd.people.slice(0, RECALLED_MAX)) crowd.strangers.add(peer);
  crowd.recalls.onReady(START);
  for (const peer of crowd.people) crowd.recalls.begin(START, peer);
  crowd.run(20_000);
  expect(new Set(crowd.calls.map(({ peer }) => peer))).toEqual(
    new Set(crowd.people.slice(-RECALLED_MAX)),
  );
});

test("in another network all is tried anew", () => {
  const bench = missing(1);
  bench.run(30 * MINUTE_MS);
  const before = bench.calls.length;

  bench.recalls.onNetwork(bench.now);
  bench.run(20_000);

  expect(bench.calls.length - before).toBe(2);
});

test("who is known from earlier is called where no server is found, and not for long", () => {
  const bench = new Bench(100);
  bench.run(3_000);
  expect(bench.calls).toEqual([]);

  bench.recalls.onReady(bench.now);
  bench.run(60 * MINUTE_MS);

  // Those met last.
  const called = new Set(bench.calls.map(({ peer }) => peer));
  expect(called).toEqual(new Set(bench.people.slice(-RECALLED_MAX)));
  expect(bench.calls.length).toBeLessThanOrEqual(RECALLED_MAX * 12);
  expect(Math.max(...bench.seconds)).toBeLessThanOrEqual(3 + 600);
});

/** Ann and Bob have met; from then on there is no server. */
function friends() {
  const net = new Net(1);
  const server = host(net, SERVER, nth(7));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(5_000);
  net.detach(SERVER);
  return { net, server, ann, bob };
}

test("who begins without its server calls whom it knows, in silence, and only then", () => {
  const { net, ann } = friends();
  net.detach(ANN);
  net.detach(BOB);
  net.run(MINUTE_MS);
  const begun = net.now;
  const options = { identity: nth(0), name: "ann", server: SERVER, store: ann.store };
  const again = person(net, ANN, options);

  net.run(2 * MINUTE_MS);

  const calls = net.sent.filter(({ to, atMs }) => to === BOB && atMs >= begun);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.every(({ atMs }) => atMs >= begun + 3_000)).toBe(true);
  expect(statesOf(again, nth(1))).toEqual([]);
});

test("who begins where its server is calls nobody whom that does not introduce", () => {
  const { net, server, ann } = friends();
  net.detach(ANN);
  net.detach(BOB);
  net.run(MINUTE_MS);
  net.attach(SERVER, server);
  const begun = net.now;
  person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, store: ann.store });

  net.run(2 * MINUTE_MS);

  expect(net.sent.filter(({ to, atMs }) => to === BOB && atMs >= begun)).toEqual([]);
});

test("who left is not called", () => {
  const { net, bob } = friends();
  bob.command({ type: "quit" });
  net.run(1_000);
  net.detach(BOB);
  const leftAtMs = net.now;

  net.run(10 * MINUTE_MS);

  expect(net.sent.filter(({ to, atMs }) => to === BOB && atMs > leftAtMs)).toEqual([]);
});

test("what waits for somebody is said once the two meet where they were", () => {
  const { net, ann, bob } = friends();
  net.fate = () => [];
  ann.command({ type: "send", req: "1", to: "@bob", text: "are you there?" });
  net.run(2 * MINUTE_MS);
  expect(statesOf(ann, nth(1)).at(-1)).toBe("gone");

  net.fate = () => [10];
  net.run(30_000);

  expect(shownTo(bob)).toEqual(["are you there?"]);
});

test("a peer has itself called where a session with it was, whatever it says", () => {
  const net = new Net(1);
  person(net, ANN, { identity: nth(0), name: "ann", server: undefined });
  const bob = new End(net, BOB, { identity: nth(1), name: "bob" });
  const { peerId, signing, noise } = nth(0);
  const card = signCard({ signing, noiseKey: noise.publicKey, name: "ann", serial: 1 });
  bob.endpoint.connect(net.now, card, [ANN]);
  net.run(1_000);
  const request = { kind: "register", candidates: [VICTIM, BOB], topics: [] } as const;
  bob.endpoint.send(peerId, RENDEZVOUS_CHANNEL, encodeRequest(request));
  net.run(1_000);
  net.detach(BOB);

  net.run(60 * MINUTE_MS);

  const closedAtMs = START + MINUTE_MS;
  const later = net.sent.filter(({ from, atMs }) => from === ANN && atMs > closedAtMs);
  expect(later.length).toBeGreaterThan(0);
  expect(new Set(later.map(({ to }) => to))).toEqual(new Set([BOB]));
});
