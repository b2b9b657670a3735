import { expect, test } from "bun:test";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { CLOSE_CODES } from "../../lib/session/session.ts";
import { PATH_DATA_BYTES } from "../../lib/wire/frames.ts";
import { encodePacket } from "../../lib/wire/packet.ts";
import { encodeRequest, type RendezvousRequest } from "../../lib/wire/rendezvous.ts";
import { RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Person, person, statesOf } from "./people.ts";

const ANN = at("203.0.113.1");
const BOB = at("203.0.113.2");
const SERVER = at("198.51.100.9");

/** So many people of whom nobody has heard call this one, each from its own address. */
function crowd(net: Net, called: End["endpoint"]["card"], count: number, options = { wait: 0 }) {
  const strangers = Array.from({ length: count }, (_, i) => {
    const identity = identityFromSecret(net.random(64));
    const stranger = new End(net, at(`10.0.${i >> 8}.${i & 255}`), { identity, name: `x${i}` });
    stranger.endpoint.connect(net.now, called, [ANN]);
    net.run(options.wait);
    return stranger;
  });
  net.run(1_000);
  return strangers;
}

function toldOf({ events }: Person): string[] {
  return events
    .filter((event) => event.type === "server" || event.type === "error" || event.type === "ready")
    .map((event) => (event.type === "server" ? event.state : event.type));
}

function junk(net: Net, length: number): Uint8Array {
  const noise = net.random(length);
  if (length > 31) noise[31] = 1;
  const [challenge, cookie] = [new Uint8Array(PATH_DATA_BYTES), new Uint8Array()];
  return encodePacket({ kind: "initiation", purpose: "peer", challenge, cookie, noise });
}

test.each([
  ["three bytes shuts nobody out", 0, false],
  ["less than a key shuts nobody out", 31, false],
  ["less than a card shuts nobody out", 259, false],
  ["a true call's length shuts nobody out who is called too", 300, true],
])("a flood of forged calls of %s", (_, length, isCalled) => {
  const net = new Net(1);
  // Bob leads: it is his call that Ann must read.
  const ann = new End(net, ANN, { identity: nth(1) });
  const bob = new End(net, BOB, { identity: nth(0) });
  const handle = ann.handleDatagram.bind(ann);
  ann.handleDatagram = (now, socket, from, bytes) => {
    for (let i = 0; i < 1_500; i++) {
      const [a = 0, b = 0, c = 0] = net.random(3);
      handle(now, socket, at(`10.${a}.${b}.${c}`), junk(net, length));
    }
    handle(now, socket, from, bytes);
  };

  bob.call(ann);
  if (isCalled) ann.call(bob);
  net.run(1_000);

  expect(bob.connections).toHaveLength(1);
  expect(ann.connections).toHaveLength(1);
});

test("calls that are too many are counted as nobody's", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });

  for (let i = 0; i < 100; i++) ann.endpoint.handleDatagram(net.now, 0, BOB, junk(net, 300));
  net.run(2_000);

  expect(ann.events).toEqual([{ kind: "strangers", datagrams: 100 }]);
});

test("an endpoint with as many sessions as it may have answers and calls nobody else", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0), connectionsMax: 3 });
  const bob = new End(net, BOB, { identity: nth(1) });

  const first = crowd(net, ann.endpoint.card, 3);
  bob.call(ann);
  net.run(1_000);
  ann.call(bob);
  net.run(1_000);
  const before = [...first, bob].map(({ connections }) => connections.length);
  const [leaving] = first;
  leaving?.endpoint.close(leaving.connectionTo(ann), CLOSE_CODES.done, "left");
  bob.call(ann);
  net.run(1_000);

  expect(before).toEqual([1, 1, 1, 0]);
  expect(bob.connections).toHaveLength(1);
  expect(ann.connections).toHaveLength(3);
});

test("handshakes that end at one time are no more than there is room for", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0), connectionsMax: 5 });

  crowd(net, ann.endpoint.card, 40);

  expect(ann.connections).toHaveLength(5);
  expect(ann.endpoint.sizes.halfOpen).toBeGreaterThan(0);
});

test("of people nobody has told of some are answered, and then one a second", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0), isAlone: true });

  crowd(net, ann.endpoint.card, 100);
  const soon = ann.connections.length;
  net.run(10_000);

  expect(soon).toBeWithin(55, 65);
  expect(ann.connections.length).toBeLessThan(75);
});

test("strangers who say nothing leave nothing on the disk", () => {
  const net = new Net(1);
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: undefined });
  const { card } = new End(new Net(2), ANN, { identity: nth(0), name: "ann" }).endpoint;

  crowd(net, card, 5, { wait: 20 });

  expect(ann.events.filter((event) => event.type === "peer")).toHaveLength(5);
  expect(ann.store.restoreAll().people).toEqual([]);
});

test("whoever was met is on the disk once, however often it comes back", () => {
  const net = new Net(1);
  host(net, SERVER, nth(2));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  let cards = 0;
  const commit = ann.store.commit.bind(ann.store);
  ann.store.commit = (writes) => {
    cards += writes.filter(({ kind }) => kind === "card").length;
    return commit(writes);
  };

  for (let run = 0; run < 3; run++) {
    const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
    net.run(5_000);
    bob.command({ type: "quit" });
    net.run(1_000);
  }

  expect(statesOf(ann, nth(1)).filter((state) => state === "connected")).toHaveLength(3);
  expect(cards).toBe(1);
  expect(ann.store.restoreAll().people).toHaveLength(1);
});

test("a client of a full server is told why, once, and let in when there is room", () => {
  const net = new Net(1);
  host(net, SERVER, nth(2), { clientsMax: 1 });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(1_000);

  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  net.run(120_000);
  const whenFull = toldOf(ann);
  const error = ann.events.find((event) => event.type === "error");
  const asked = net.sent.filter(({ from, bytes }) => from === ANN && bytes[0] === 0x50);
  bob.command({ type: "quit" });
  net.run(61_000);

  expect(whenFull).toEqual(["ready", "error"]);
  expect(error?.code).toBe("REFUSED");
  expect(error?.text).toContain("the server is full");
  // At 0, then about 4, 8, 16, 32 and 60 s after one another.
  expect(asked.length).toBeWithin(5, 8);
  expect(toldOf(ann)).toEqual(["ready", "error", "connected"]);
});

test("a server ignores the questions of who does not take its answers", () => {
  const net = new Net(1);
  const server = host(net, SERVER, nth(2));
  for (const [n, letter] of ["\u{10400}", "\u{10401}", "\u{10402}"].entries()) {
    const name = letter.repeat(32);
    person(net, at(`198.51.100.${n + 1}`), { identity: nth(3 + n), name, server: SERVER });
  }
  const ann = new End(net, ANN, { identity: nth(0) });
  ann.endpoint.meetServer(net.now, { name: "srv", address: SERVER, noiseKey: undefined });
  net.run(3_000);
  const ask = (request: RendezvousRequest) =>
    ann.endpoint.send(nth(2).peerId, RENDEZVOUS_CHANNEL, encodeRequest(request));
  const answered = () =>
    server.events.filter((event) => event.type === "log" && event.message === "list").length;

  ask({ kind: "register", candidates: [], topics: [] });
  net.fate = ({ to, bytes }) => (to === ANN && bytes.length > 200 ? [] : [10]);
  for (let request = 0; request < 512; request++) ask({ kind: "list", request, after: 0 });
  net.run(5_000);
  const whileBehind = answered();
  net.fate = () => [10];
  net.run(5_000);
  ask({ kind: "list", request: 1_000, after: 0 });
  net.run(1_000);

  // Each answer is 3 entries of 172 bytes or so.
  expect(whileBehind).toBeWithin(100, 150);
  expect(answered()).toBe(whileBehind + 1);
});
