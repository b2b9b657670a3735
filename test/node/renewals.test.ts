import { expect, test } from "bun:test";
import { agree, follows } from "../../lib/node/renewals.ts";
import { OLD_KEY_MS, REKEY_MS, REKEY_PACKETS, SERVER_REKEY_MS } from "../../lib/wire/limits.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { withEpochs } from "../session/pair.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";

const ANN = at("198.51.100.1");
const BOB = at("203.0.113.1");
const ID = new Uint8Array(16).fill(1);
const OTHER = new Uint8Array(16).fill(2);

const kindOf = ({ bytes }: Sent) => decodePacket(bytes)?.kind;

/** Ann called Bob, and they are connected. Whoever `leads` has the lower key. */
function friends(leads: "ann" | "bob" = "ann", seed = 1) {
  const net = new Net(seed);
  const ann = new End(net, ANN, { identity: nth(leads === "ann" ? 0 : 1) });
  const bob = new End(net, BOB, { identity: nth(leads === "ann" ? 1 : 0) });
  ann.call(bob);
  net.run(1_000);
  const epochs = () => [ann.connectionTo(bob).session.epoch, bob.connectionTo(ann).session.epoch];
  return { net, ann, bob, epochs };
}

test.each([
  ["the next epoch", ID, 5, true],
  ["the one after", ID, 6, true],
  ["a leap", ID, 7, false],
  ["the epoch in use", ID, 4, false],
  ["one before", ID, 3, false],
  ["another session", OTHER, 5, false],
  ["the largest there is", ID, 2 ** 32 - 1, false],
])("keys follow those of a session or do not: %s", (_, session, epoch, expected) => {
  expect(follows({ id: ID, epoch: 4 }, { session, epoch })).toBe(expected);
  expect(follows(undefined, { session, epoch })).toBe(false);
});

test.each([
  ["the next epoch", ID, 5, { session: ID, epoch: 5 }],
  ["one that is ahead", ID, 6, { session: ID, epoch: 6 }],
  ["one that is behind", ID, 4, { session: ID, epoch: 5 }],
  ["one far ahead", ID, 7, "stale"],
  ["one far behind", ID, 3, "stale"],
  ["another session", OTHER, 5, undefined],
])("asked for %s a responder agrees, or not, or begins anew", (_, session, epoch, expected) => {
  const agreed: unknown = agree({ id: ID, epoch: 4 }, { session, epoch });

  expect(agreed).toEqual(expected);
  expect(agree(undefined, { session, epoch })).toBeUndefined();
  expect(agree({ id: ID, epoch: 4 }, undefined)).toBeUndefined();
});

test.each(["ann", "bob"] as const)(
  "keys are renewed every two minutes, where %s leads",
  (leads) => {
    const { net, ann, bob, epochs } = friends(leads);
    const { id } = ann.connectionTo(bob).session;

    net.run(REKEY_MS - 2_000);
    expect(epochs()).toEqual([0, 0]);
    net.run(2_000);
    expect(epochs()).toEqual([1, 1]);
    net.run(8 * REKEY_MS + 10_000);

    expect(epochs()).toEqual([9, 9]);
    expect(ann.connectionTo(bob).session.id).toEqual(id);
    expect([ann.count("opened"), bob.count("opened")]).toEqual([1, 1]);
    net.run(OLD_KEY_MS);
    for (const { endpoint } of [ann, bob]) {
      expect(endpoint.sizes).toEqual({
        connections: 1,
        routes: 1,
        indices: 1,
        attempts: 0,
        halfOpen: 0,
      });
    }
  },
);

test("keys that sealed 2^20 packets are renewed at once", () => {
  const { net, ann, bob, epochs } = friends();

  withEpochs("sealed", REKEY_PACKETS, () => {
    ann.say(bob, "one more");
    net.run(5);
  });
  net.run(100);

  expect(epochs()).toEqual([1, 1]);
});

test("a server's session is renewed by the client, every hour", () => {
  const net = new Net(1);
  const client = new End(net, ANN, { identity: nth(0) });
  const server = new End(net, BOB, { identity: nth(1), purpose: "server" });
  client.endpoint.meetServer(net.now, { name: "server", address: BOB, noiseKey: undefined });

  net.run(SERVER_REKEY_MS - 1_000);
  expect(client.connectionTo(server).session.epoch).toBe(0);
  net.run(2_000);

  expect(client.connectionTo(server).session.epoch).toBe(1);
  expect(server.connectionTo(client).session.epoch).toBe(1);
  expect(server.count("opened")).toBe(1);
});

test("the one that was called renews when the caller's calls are all lost", () => {
  const { net, epochs } = friends();
  net.fate = (sent) => (kindOf(sent) === "initiation" && sent.from === ANN ? [] : [10]);

  net.run(REKEY_MS + 16_000);

  expect(epochs()).toEqual([1, 1]);
});

test("lost answers are asked for again, and nothing else is", () => {
  const { net, epochs } = friends();
  let losses = 5;
  net.fate = (sent) => (kindOf(sent) === "response" && losses-- > 0 ? [] : [10]);
  const start = net.sent.length;

  net.run(REKEY_MS + 3_000);

  expect(epochs()).toEqual([1, 1]);
  const calls = net.sent.slice(start).filter((sent) => kindOf(sent) === "initiation");
  expect(new Set(calls.map(({ bytes }) => bytes.toHex())).size).toBe(1);
  expect(calls.length).toBeLessThanOrEqual(7);
});

test("a renewal that comes to nothing leaves the session and tells nobody", () => {
  const { net, ann, bob, epochs } = friends();
  net.fate = (sent) => (kindOf(sent) === "transport" ? [10] : []);

  net.run(3 * REKEY_MS);

  expect(epochs()).toEqual([0, 0]);
  expect([ann.count("unreachable"), bob.count("unreachable")]).toEqual([0, 0]);
  expect(ann.say(bob, "still here")).toBe(true);
  net.run(100);
  expect(bob.heard).toEqual(["still here"]);
});

test("in ten minutes of talk over a bad path no message is lost, doubled or overtaken", () => {
  const { net, ann, bob, epochs } = friends("bob");
  net.fate = () => {
    if (net.prng.chance(0.2)) return [];
    const delay = () => 10 + 80 * net.prng.unit();
    return net.prng.chance(0.05) ? [delay(), delay()] : [delay()];
  };
  const texts: string[] = [];

  for (let i = 0; net.elapsedMs < 600_000; i++) {
    texts.push(`${i}`);
    ann.say(bob, `${i}`);
    bob.say(ann, `${i}`);
    net.run(500);
  }
  net.fate = () => [10];
  net.run(5_000);

  expect(ann.heard).toEqual(texts);
  expect(bob.heard).toEqual(texts);
  expect(epochs()[0]).toBe(epochs()[1] ?? -1);
  expect(epochs()[0]).toBeWithin(4, 8);
  expect([ann.count("opened"), bob.count("opened")]).toEqual([1, 1]);
});

test("keys renewed in the middle of a flood cost it nothing", () => {
  const { net, ann, bob, epochs } = friends();
  const texts = Array.from({ length: 2_000 }, (_, i) => `${i} ${"x".repeat(500)}`);
  net.run(REKEY_MS - 1_100);

  const left = [...texts];
  while (left.length > 0) {
    while (left[0] !== undefined && ann.say(bob, left[0])) left.shift();
    net.run(10);
  }
  net.run(1_000);

  expect(epochs()).toEqual([1, 1]);
  expect(bob.heard).toEqual(texts);
});

test("keys for a session that has ended meanwhile come to nothing", () => {
  const { net, ann, bob } = friends();
  const held: Sent[] = [];
  net.fate = (sent) => {
    if (kindOf(sent) === "response") held.push(sent);
    return kindOf(sent) === "response" ? [] : [10];
  };
  net.run(REKEY_MS - 500);
  expect(held.length).toBeGreaterThan(0);

  net.fate = () => [];
  bob.endpoint.close(bob.connectionTo(ann), 0, "left");
  net.flush();
  net.fate = () => [10];
  const [response] = held;
  if (response !== undefined) net.deliver(ANN, BOB, response.bytes);
  net.run(1_000);

  expect(ann.connectionTo(bob).session.epoch).toBe(1);
  expect(bob.connections).toEqual([]);
  net.run(60_000);
  expect(ann.connections).toEqual([]);
});

test("a session that ends takes its renewal with it", () => {
  const { net, ann, bob } = friends();
  net.fate = (sent) => (kindOf(sent) === "initiation" ? [] : [10]);
  net.run(REKEY_MS - 500);
  expect(ann.endpoint.sizes.attempts).toBe(1);

  ann.endpoint.close(ann.connectionTo(bob), 0, "left");
  net.run(100);

  const nothing = { connections: 0, routes: 0, indices: 0, attempts: 0, halfOpen: 0 };
  expect(ann.endpoint.sizes).toEqual(nothing);
  expect(bob.endpoint.sizes).toEqual(nothing);
});
