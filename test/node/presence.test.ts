import { expect, test } from "bun:test";
import { decodePacket } from "../../lib/wire/packet.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, person } from "./people.ts";

const ANN = at("198.51.100.1");
const BOB = at("203.0.113.1");

const NOTHING = { connections: 0, routes: 0, indices: 0, attempts: 0, halfOpen: 0 };

function friends(purpose: "peer" | "server" = "peer") {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1), purpose });
  if (purpose === "peer") ann.call(bob);
  else ann.endpoint.meetServer(net.now, { name: "s", address: BOB, noiseKey: undefined });
  net.run(1_000);
  return { net, ann, bob };
}

test("a peer that answers nothing is given up 20 s after something was asked of it", () => {
  const { net, ann, bob } = friends();
  net.detach(BOB);
  ann.say(bob, "are you there?");

  net.run(19_900);
  expect(ann.connections).toHaveLength(1);
  net.run(200);

  expect(ann.connections).toEqual([]);
  expect(ann.events.at(-1)).toMatchObject({ kind: "closed", reason: "no answer" });
});

test("a peer that falls silent is missed although nobody says a word", () => {
  const { net, ann } = friends();
  net.detach(BOB);

  net.run(16_000 + 20_000 + 1_000);

  expect(ann.connections).toEqual([]);
});

test("a server that answers nothing is missed within 7 s", () => {
  const { net, ann, bob } = friends("server");
  net.detach(BOB);
  ann.say(bob, "list");

  net.run(7_100);

  expect(ann.count("closed")).toBe(1);
});

test("a server forgets a client that is silent for 45 s, and no sooner", () => {
  const { net, bob } = friends("server");
  net.detach(ANN);

  net.run(36_000);
  expect(bob.connections).toHaveLength(1);
  net.run(9_000);

  expect(bob.connections).toEqual([]);
});

test.each(["peer", "server"] as const)(
  "nobody is given up who is there: a %s, for a quiet hour",
  (purpose) => {
    const { net, ann, bob } = friends(purpose);

    net.run(3_500_000);

    expect([ann.count("closed"), bob.count("closed")]).toEqual([0, 0]);
  },
);

test("one lost packet in three of a quiet session does not end it", () => {
  const { net, ann, bob } = friends();
  net.fate = () => (net.prng.chance(1 / 3) ? [] : [10]);

  net.run(600_000);

  expect([ann.count("closed"), bob.count("closed")]).toEqual([0, 0]);
});

test("two who are quiet keep their mapping alive every 8 s", () => {
  const { net } = friends();
  const start = net.sent.length;

  net.run(80_000);

  const anns = net.sent.slice(start).filter(({ from }) => from === ANN);
  const times = anns.map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(8_000);
  expect(anns).toHaveLength(10);
});

test("a client that is quiet exchanges few and small datagrams with its server", () => {
  const net = new Net(1);
  host(net, BOB, nth(1));
  person(net, ANN, { identity: nth(0), name: "ann", server: BOB });
  net.run(10_000);

  for (let minute = 0; minute < 10; minute++) {
    const start = net.sent.length;
    net.run(60_000);
    const sent = net.sent.slice(start);
    expect(sent.length).toBeLessThanOrEqual(13);
    expect(sent.every(({ bytes }) => bytes.length <= 300)).toBe(true);
    expect(sent.every(({ bytes }) => decodePacket(bytes)?.kind === "transport")).toBe(true);
  }
});

test("when all is over nothing is left, whoever ended it", () => {
  const endings: ((both: ReturnType<typeof friends>) => void)[] = [
    ({ ann, bob }) => ann.endpoint.close(ann.connectionTo(bob), 0, "left"),
    ({ ann, bob }) => bob.endpoint.close(bob.connectionTo(ann), 0, "left"),
    ({ net }) => net.detach(BOB),
    ({ net, ann, bob }) => {
      net.fate = () => [];
      ann.call(bob, at("192.0.2.1"), at("192.0.2.2"));
      bob.call(ann, at("192.0.2.1"));
    },
    ({ net }) => {
      net.fate = ({ bytes }) => (decodePacket(bytes)?.kind === "transport" ? [10] : []);
      net.run(125_000);
      net.fate = () => [];
    },
  ];
  for (const end of endings) {
    const both = friends();
    end(both);
    both.net.run(100_000);

    expect(both.ann.endpoint.sizes).toEqual(NOTHING);
    expect(both.ann.pollTimeout()).toBe(Infinity);
  }
});

test("a thousand calls that nobody answers leave nothing behind", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const others = Array.from({ length: 7 }, (_, i) => {
    return new End(net, at(`203.0.113.${i + 1}`), { identity: nth(i + 1) });
  });
  net.fate = () => [];

  for (let i = 0; i < 150; i++) {
    for (const other of others) ann.call(other, at("192.0.2.1"));
    net.run(3_000);
    expect(ann.endpoint.sizes.attempts).toBeLessThanOrEqual(7);
  }
  net.run(16_000);

  expect(ann.count("unreachable")).toBe(7);
  expect(ann.endpoint.sizes).toEqual(NOTHING);
});

test.each([
  ["a router that forgets after 10 s", 3_500],
  ["one that keeps its mappings", 25_000],
])("behind %s a quiet session rests as long as that allows", (_, keepaliveMs) => {
  const { net, ann } = friends();

  ann.endpoint.setKeepalive(keepaliveMs);
  net.run(1_000);
  const start = net.sent.length;
  net.run(120_000);

  const own = net.sent.slice(start).filter(({ from }) => from === ANN);
  const gaps = own.slice(1).map(({ atMs }, i) => atMs - (own[i]?.atMs ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(keepaliveMs);
  expect(own.length).toBeLessThanOrEqual(2 * (120_000 / keepaliveMs) + 32);
});
