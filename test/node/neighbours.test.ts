import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { type Identity, identityFromSecret } from "../../lib/crypto/identity.ts";
import { FOLLOWED_SHARES } from "../../lib/paths/introductions.ts";
import type { Card } from "../../lib/wire/card.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { type Person, person, shownTo, statesOf } from "./people.ts";

const ANN = at("192.168.1.1:4000");
const BOB = at("192.168.1.2:4000");
const MINUTE_MS = 60_000;

test("two whom the local network announces to one another talk without any server", () => {
  const { net, ann, bob } = neighbours();
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  announce(net, bob, cardOf(nth(0), "ann"), ANN);
  net.run(100);

  ann.command({ type: "send", req: "1", to: "#lobby", text: "hello, lobby" });
  bob.command({ type: "send", req: "2", to: "@ann", text: "hello, ann" });
  net.run(100);

  expect(statesOf(ann, nth(1))).toEqual(["connecting", "connected"]);
  expect(shownTo(bob)).toEqual(["hello, lobby"]);
  expect(shownTo(ann)).toEqual(["hello, ann"]);
  const connected = ann.events.find((it) => it.type === "peer" && it.state === "connected");
  expect(connected).toMatchObject({ path: { kind: "lan", remote: BOB } });
});

test("it is enough that one of the two hears the other", () => {
  const { net, ann, bob } = neighbours();

  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(100);

  expect(statesOf(bob, nth(0)).at(-1)).toBe("connected");
});

test("who does not answer is called again, less and less often, for two minutes and a half", () => {
  const { net, ann } = neighbours();
  net.fate = () => [];

  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(150_000);
  const calls = net.sent.filter(({ to }) => to === BOB).length;
  net.run(10 * MINUTE_MS);

  expect(calls).toBeGreaterThan(30);
  expect(calls).toBeLessThanOrEqual(7 * 20);
  expect(net.sent.filter(({ to }) => to === BOB).length - calls).toBeLessThanOrEqual(20);
});

test("a way that opens late is found", () => {
  const { net, ann } = neighbours();
  net.fate = () => [];
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(MINUTE_MS);

  net.fate = () => [10];
  net.run(40_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

test("a lost neighbour is found again without a new announcement", () => {
  const { net, ann, bob } = neighbours();
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(100);
  net.fate = () => [];
  ann.command({ type: "send", req: "1", to: "@bob", text: "are you there?" });
  net.run(27_000);
  expect(statesOf(ann, nth(1))).toEqual(["connecting", "connected", "gone", "connecting"]);

  net.fate = () => [10];
  net.run(40_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
  expect(shownTo(bob)).toEqual(["are you there?"]);
});

test("a neighbour who left is not called, and is met when announced anew", () => {
  const { net, ann, bob } = neighbours();
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(100);
  bob.command({ type: "quit" });
  net.run(1_000);
  net.detach(BOB);
  const before = net.sent.length;
  net.run(MINUTE_MS);
  expect(net.sent.length).toBe(before);

  person(net, BOB, { identity: nth(1), name: "bob", server: undefined });
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(100);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

test("announcements of somebody who is connected nearby cost nothing", () => {
  const { net, ann } = neighbours();
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(1_000);
  const before = net.sent.length;

  for (let i = 0; i < 50; i += 1) announce(net, ann, cardOf(nth(1), "bob"), BOB);
  announce(net, ann, cardOf(nth(1), "bob"), at("192.168.1.77:4000"));
  net.run(100);

  expect(net.sent.length).toBe(before);
});

test("who is announced before the network is known is called when it is", () => {
  const { net, ann } = neighbours();
  const there = [{ name: "wlan0", ip: Uint8Array.of(192, 168, 1, 1), prefixBits: 24 }];
  ann.machine.handleNetwork(net.now, []);
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(1_000);
  expect(net.sent).toEqual([]);

  ann.machine.handleNetwork(net.now, there);
  net.run(100);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

test("who did not answer is called at once when this machine's addresses change", () => {
  const { net, ann } = neighbours();
  net.fate = () => [];
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(100_000);
  net.fate = () => [10];

  ann.machine.handleNetwork(net.now, [
    { name: "wlan0", ip: Uint8Array.of(192, 168, 1, 1), prefixBits: 25 },
  ]);
  net.run(100);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

const NOWHERE: readonly string[] = [
  "203.0.113.7:9",
  "192.168.2.7:9",
  "192.168.1.255:9",
  "192.168.1.0:9",
  "224.0.0.251:5353",
  "0.0.0.0:9",
  "127.0.0.1:9",
  "[fe80::1%eth0]:9",
  "[ff02::fb]:5353",
];

test.each(NOWHERE)("nobody is called at %s, which is on no network of this machine", (address) => {
  const { net, ann } = neighbours();

  announce(net, ann, cardOf(nth(1), "bob"), at(address));
  net.run(1_000);

  expect(net.sent).toEqual([]);
});

test("a card that its owner has not signed is nothing", () => {
  const { net, ann } = neighbours();
  const card = cardOf(nth(1), "bob");

  announce(net, ann, { ...card, name: "mallory" }, BOB);
  announce(net, ann, { ...card, serial: 7 }, BOB);
  net.run(1_000);

  expect(net.sent).toEqual([]);
  expect(statesOf(ann, nth(1))).toEqual([]);
});

test("one's own card on the network is no neighbour", () => {
  const { net, ann } = neighbours();

  announce(net, ann, cardOf(nth(0), "ann"), BOB);
  net.run(1_000);

  expect(net.sent).toEqual([]);
});

test("a replayed card leads nowhere but to a few handshakes that fail", () => {
  const { net, ann } = neighbours();
  const mallory = at("192.168.1.66:666");

  announce(net, ann, cardOf(nth(1), "bob"), mallory);
  announce(net, ann, cardOf(nth(1), "bob"), BOB);
  net.run(1_000);

  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

test("a flood of new identities causes 64 calls in a minute, and leaves introducers theirs", () => {
  const { net, ann } = neighbours();
  net.fate = () => [];

  for (let i = 0; i < 1500; i += 1) {
    const secret = new Uint8Array(64).map((_, place) => (i >> (8 * (place % 2))) + place);
    announce(net, ann, cardOf(identityFromSecret(secret), "bob"), at(`192.168.1.9:${1000 + i}`));
  }
  net.run(MINUTE_MS - 1_000);

  const called = new Set(net.sent.map(({ to }) => to));
  expect(called.size).toBe(128 - FOLLOWED_SHARES.server - FOLLOWED_SHARES.member);
});

/** Ann and Bob on one network, with nobody to introduce them. */
function neighbours(): { net: Net; ann: Person; bob: Person } {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: undefined });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: undefined });
  return { net, ann, bob };
}

function cardOf({ signing, noise }: Identity, name: string): Card {
  return signCard({ signing, noiseKey: noise.publicKey, name, serial: 1 });
}

function announce(net: Net, to: Person, card: Card, address: Address): void {
  to.machine.handleFound(net.now, { kind: "peer", card, address });
}
