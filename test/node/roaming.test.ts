import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { SHOWING_BYTES } from "../../lib/node/connection.ts";
import { TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";

const ANN = at("198.51.100.1");
const BOB = at("203.0.113.1");
const VICTIM = at("192.0.2.66");
const BESIDES = at("[2001:db8::1]:4000");
const DATA = new Uint8Array(8).fill(9);

function friends(purpose: "peer" | "server" = "peer") {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1), purpose });
  if (purpose === "peer") ann.call(bob);
  else ann.endpoint.meetServer(net.now, { name: "s", address: BOB, noiseKey: undefined });
  net.run(1_000);
  return { net, ann, bob };
}

const kindOf = ({ bytes }: Sent) => decodePacket(bytes)?.kind;

/** What went there after the first so many datagrams. */
function sentTo(net: Net, to: Address, start = 0): Sent[] {
  return net.sent.slice(start).filter((sent) => sent.to === to);
}

test.each([
  ["another port", at("198.51.100.1:4001")],
  ["another address", at("203.0.113.200:9")],
])("whoever speaks from %s is followed once it has answered there", (_, elsewhere) => {
  const { net, ann, bob } = friends();
  const start = net.sent.length;

  net.move(ANN, elsewhere);
  ann.say(bob, "I have moved");
  net.run(1_000);

  const [first, second] = sentTo(net, elsewhere, start);
  expect(first?.bytes).toHaveLength(TRANSPORT_BYTES_MIN);
  const answeredAtMs = net.sent.find(({ atMs, from, bytes }) => {
    return from === elsewhere && atMs > (first?.atMs ?? 0) && bytes.length === TRANSPORT_BYTES_MIN;
  })?.atMs;
  expect(second?.atMs).toBeGreaterThan(answeredAtMs ?? Infinity);
  expect(bob.connectionTo(ann).path.remote).toBe(elsewhere);
  expect(bob.count("moved")).toBe(1);
  expect(bob.heard).toEqual(["I have moved"]);
});

test.each(["peer", "server"] as const)(
  "a %s is not lost to a client that has nothing to say",
  (purpose) => {
    const { net, ann, bob } = friends(purpose);

    for (let i = 1; i <= 5; i++) {
      net.move(i === 1 ? ANN : at(`198.51.100.1:${4000 + i - 1}`), at(`198.51.100.1:${4000 + i}`));
      net.run(9_000);
      expect(bob.connectionTo(ann).path.remote).toBe(at(`198.51.100.1:${4000 + i}`));
    }

    expect([ann.count("closed"), bob.count("closed")]).toEqual([0, 0]);
  },
);

test("ten moves in the middle of talk lose and double nothing", () => {
  const { net, ann, bob } = friends();
  net.fate = () => (net.prng.chance(0.1) ? [] : [10 + 30 * net.prng.unit()]);
  const texts: string[] = [];
  let here = ANN;

  for (let i = 0; i < 500; i++) {
    if (i % 50 === 25) {
      const there = at(`198.51.100.${i % 100}:${5000 + i}`);
      net.move(here, there);
      here = there;
    }
    texts.push(`${i}`);
    ann.say(bob, `${i}`);
    bob.say(ann, `${i}`);
    net.run(50);
  }
  net.run(5_000);

  expect(ann.heard).toEqual(texts);
  expect(bob.heard).toEqual(texts);
  expect([ann.count("opened"), bob.count("opened")]).toEqual([1, 1]);
});

test("a packet sent again from elsewhere changes nothing and gets nothing", () => {
  const { net, ann, bob } = friends();
  ann.say(bob, "hello");
  net.run(1_000);

  for (const { to, bytes } of net.sent.slice()) net.deliver(to, VICTIM, bytes);
  net.run(10_000);

  const toVictim = sentTo(net, VICTIM);
  expect(toVictim.every((sent) => kindOf(sent) === "response")).toBe(true);
  expect(toVictim.length).toBe(net.sent.filter((sent) => kindOf(sent) === "initiation").length);
  expect([ann.count("moved"), bob.count("moved")]).toEqual([0, 0]);
});

test("a packet that overtakes itself from elsewhere gets a challenge and moves nothing", () => {
  const { net, ann, bob } = friends();
  let raced = 0;
  net.fate = ({ from, to, bytes }) => {
    if (from !== ANN || to !== BOB) return [10];
    net.deliver(BOB, VICTIM, bytes);
    raced += 1;
    return [10];
  };

  for (let i = 0; i < 100; i++) {
    ann.say(bob, `${i}`);
    bob.say(ann, `${i}`);
    net.run(100);
  }

  const toVictim = sentTo(net, VICTIM);
  expect(raced).toBeGreaterThanOrEqual(100);
  expect(toVictim.length).toBeGreaterThan(0);
  expect(toVictim.length).toBeLessThanOrEqual(raced);
  expect(toVictim.every(({ bytes }) => bytes.length === TRANSPORT_BYTES_MIN)).toBe(true);
  expect(bob.connectionTo(ann).path.remote).toBe(ANN);
  expect(ann.heard).toHaveLength(100);
  expect(bob.heard).toHaveLength(100);
});

test("a confirmation that overtakes itself from elsewhere leads nothing there", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1) });
  net.fate = (sent) => {
    if (kindOf(sent) === "transport" && sent.from === ANN) net.deliver(BOB, VICTIM, sent.bytes);
    return [10];
  };

  ann.call(bob);
  net.runUntil(() => bob.connections.length > 0, 1_000);
  for (let i = 0; i < 200; i++) bob.say(ann, "x".repeat(500));
  net.fate = () => [10];
  net.run(1_000);

  const toVictim = sentTo(net, VICTIM);
  expect(toVictim.length).toBeLessThanOrEqual(1);
  expect(toVictim.every(({ bytes }) => bytes.length === TRANSPORT_BYTES_MIN)).toBe(true);
  expect(bob.connectionTo(ann).path.remote).toBe(ANN);
  expect(ann.heard).toHaveLength(200);
});

test("an answer that overtakes itself from elsewhere leads nothing there", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1) });
  net.fate = (sent) => {
    if (kindOf(sent) === "response") net.deliver(ANN, VICTIM, sent.bytes);
    return [10];
  };

  ann.call(bob);
  net.run(1_000);

  expect(sentTo(net, VICTIM)).toEqual([]);
  expect(ann.connectionTo(bob).path.remote).toBe(BOB);
  expect(bob.connectionTo(ann).path.remote).toBe(ANN);
});

test("a peer that claims to be everywhere has no more sent about than it pays for", () => {
  const { net, ann, bob } = friends();
  const start = net.sent.length;
  const connection = ann.connectionTo(bob);
  let paid = 0;

  for (let i = 0; i < 1_000; i++) {
    const bytes = connection.session.sealProbe([]);
    if (bytes === undefined) continue;
    paid += bytes.length;
    net.deliver(BOB, at(`192.0.2.${i % 250}:${1000 + i}`), bytes);
    net.run(1);
  }

  const elsewhere = net.sent.slice(start).filter(({ from, to }) => from === BOB && to !== ANN);
  expect(elsewhere.length).toBeLessThanOrEqual(8);
  expect(elsewhere.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(paid);
});

test("a flood of challenges gets eight answers a second, each where it came from", () => {
  const { net, ann, bob } = friends();
  const start = net.sent.length;

  for (let i = 0; i < 3_000; i++) {
    const challenge = { kind: "path-challenge", data: DATA } as const;
    const bytes = ann.connectionTo(bob).session.sealProbe([challenge]);
    if (bytes !== undefined) net.deliver(BOB, VICTIM, bytes);
    net.run(1);
  }

  const answers = sentTo(net, VICTIM, start);
  expect(answers.length).toBeWithin(24, 8 + 24 + 16);
  expect(answers.every(({ bytes }) => bytes.length <= TRANSPORT_BYTES_MIN)).toBe(true);
  expect(bob.connectionTo(ann).path.remote).toBe(ANN);
});

test.each([TRANSPORT_BYTES_MIN, SHOWING_BYTES])(
  "a server sees a client that shows itself in %d bytes where it receives, and nowhere else",
  (size) => {
    const { net, ann, bob } = friends("server");
    const start = net.sent.length;
    const { session } = ann.connectionTo(bob);
    const show = (from: Address): Uint8Array[] => {
      const bytes = session.sealProbe([{ kind: "path-challenge", data: DATA }], size);
      const before = net.sent.length;
      net.deliver(BOB, from, bytes ?? new Uint8Array());
      return net.sent.slice(before).map((sent) => sent.bytes);
    };

    const [unheard = []] = [VICTIM].map(show);
    const [heard = new Uint8Array()] = show(BESIDES);
    expect(bob.count("seen")).toBe(0);
    // The client answers what it receives there, on the way that it came by.
    net.attach(BESIDES, ann);
    net.detach(ANN);
    net.deliver(BESIDES, BOB, heard);
    net.run(15);

    const isAsked = size === SHOWING_BYTES;
    const seen = bob.events.filter((event) => event.kind === "seen").map((event) => event.at);
    expect(seen).toEqual(isAsked ? [BESIDES] : []);
    expect(unheard.map(({ length }) => length)).toEqual([size]);
    expect(sentTo(net, VICTIM, start)).toHaveLength(1);
  },
);

test("to be introduced at a nearer address while connected moves the session there", () => {
  const { net, ann, bob } = friends();
  const near = at("192.168.1.9:4000");
  const { id } = ann.connectionTo(bob).session;
  net.attach(near, bob);
  net.fate = ({ from }) => (from === BOB ? [] : [10]);

  ann.call(bob, near);
  net.run(1_000);

  expect(ann.connectionTo(bob).path).toMatchObject({ remote: near, kind: "lan" });
  expect(ann.connectionTo(bob).session.id).toEqual(id);
});

test("a nearer path by which the answer comes as well is taken", () => {
  const net = new Net(1);
  const near = at("192.168.1.9:4000");
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1) });
  net.attach(near, bob);
  // What Bob answers leaves by where it was asked: the net knows him by two addresses.
  net.fate = ({ from, to }) => [to === near || from === near ? 40 : 10];

  ann.call(bob, near, BOB);
  net.run(300);

  expect(ann.connectionTo(bob).path).toMatchObject({ remote: near, kind: "lan" });
  expect(ann.count("moved")).toBe(1);

  net.detach(BOB);
  ann.say(bob, "hello");
  net.run(100);
  expect(bob.heard).toEqual(["hello"]);
});
