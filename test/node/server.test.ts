import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { encodeCard } from "../../lib/wire/card.ts";
import { decodePacket, encodePacket } from "../../lib/wire/packet.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, ofType, type Person, person, shownTo, statesOf } from "./people.ts";

const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const SERVER = at("203.0.113.1");
const ELSEWHERE = at("203.0.113.9");

function party(seed = 1) {
  const net = new Net(seed);
  const server = host(net, SERVER, nth(2));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER });
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(4_000);
  return { net, server, ann, bob };
}

function say(from: Person, text: string): void {
  from.command({ type: "send", req: null, to: "#lobby", text });
}

test("those who meet through a server talk, and go on when it is gone", () => {
  const { net, ann, bob } = party();
  say(ann, "hello");
  net.run(1_000);

  net.detach(SERVER);
  net.run(60_000);
  say(bob, "still here");
  net.run(1_000);

  expect(shownTo(bob)).toEqual(["hello"]);
  expect(shownTo(ann)).toEqual(["still here"]);
  expect(ofType(ann, "server").map(({ state }) => state)).toEqual(["lost"]);
  expect(statesOf(ann, nth(1))).toEqual(["connecting", "connected"]);
});

test("a server that starts anew has everybody back within 30 s", () => {
  const { net, ann, bob } = party();

  const anew = host(net, SERVER, nth(2));
  net.run(30_000);
  anew.command({ type: "list", req: null });

  const replies = anew.events.filter((event) => event.type === "reply");
  expect(replies).toMatchObject([{ clients: [{ number: 1 }, { number: 2 }] }]);
  for (const one of [ann, bob]) {
    expect(ofType(one, "server").map(({ state }) => state)).toEqual(["lost", "connected"]);
  }
  expect(statesOf(ann, nth(1))).toEqual(["connecting", "connected"]);
});

test("a server that says goodbye is looked for within seconds", () => {
  const { net, server, ann } = party();
  server.command({ type: "quit" });
  net.run(100);

  host(net, SERVER, nth(2));
  net.run(8_000);

  expect(ofType(ann, "server").map(({ state }) => state)).toEqual(["lost", "connected"]);
});

test("a peer that starts anew is found again, and what waits reaches it", () => {
  const { net, ann, bob } = party();
  say(ann, "before");
  net.run(1_000);

  net.detach(BOB);
  say(ann, "meanwhile");
  net.run(1_000);
  const anew = person(net, BOB, {
    identity: nth(1),
    name: "bob",
    server: SERVER,
    store: bob.store,
  });
  net.run(3_000);
  say(anew, "back");
  net.run(3_000);

  expect(shownTo(ann)).toEqual(["back"]);
  expect(shownTo(anew).filter((text) => text !== "before")).toEqual(["meanwhile"]);
  expect(statesOf(ann, nth(1)).at(-1)).toBe("connected");
});

test("the first key of a server is kept, and another one is refused", () => {
  const { net, ann } = party();
  expect(ann.store.serverKey("srv")).toEqual(nth(2).noise.publicKey);

  host(net, SERVER, nth(3));
  net.run(120_000);

  expect(ofType(ann, "server").map(({ state }) => state)).toEqual(["lost"]);
  expect(ofType(ann, "error").map(({ code }) => code)).toEqual(["UNTRUSTED"]);
  expect(ann.store.serverKey("srv")).toEqual(nth(2).noise.publicKey);
});

test("a server's key that was given beforehand must be its own", () => {
  for (const [key, states, errors] of [
    [nth(2).noise.publicKey, ["connected"], []],
    [nth(3).noise.publicKey, [], ["UNTRUSTED"]],
  ] as const) {
    const net = new Net(1);
    host(net, SERVER, nth(2));
    const ann = person(net, ANN, {
      identity: nth(0),
      name: "ann",
      server: SERVER,
      serverKey: key,
    });
    net.run(60_000);

    const ready = ofType(ann, "ready").filter(({ server }) => server !== null);
    expect(ready.map(() => "connected")).toEqual([...states]);
    expect(ofType(ann, "error").map(({ code }) => code)).toEqual([...errors]);
  }
});

test("a thousand challenges with another key are told of once", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const other = new End(net, ELSEWHERE, { identity: nth(3), purpose: "server" });
  net.fate = () => [];
  const noiseKey = nth(2).noise.publicKey;
  ann.endpoint.meetServer(net.now, { name: "s", address: SERVER, noiseKey });
  net.flush();
  const hello = decodePacket(net.sent[0]?.bytes ?? new Uint8Array());
  if (hello?.kind !== "hello") throw new Error("A client greets first");

  for (let i = 0; i < 1_000; i++) {
    const { nonce } = hello;
    const card = encodeCard(other.endpoint.card);
    net.deliver(
      ANN,
      SERVER,
      encodePacket({ kind: "challenge", nonce, cookie: net.random(20), card }),
    );
  }

  expect(ann.count("other-key")).toBe(1);
  expect(ann.endpoint.sizes.attempts).toBe(0);
});

test("a server that refuses every cookie is not asked for ever", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const server = new End(net, SERVER, { identity: nth(2), purpose: "server" });
  ann.endpoint.meetServer(net.now, { name: "s", address: SERVER, noiseKey: undefined });
  // The address changes with every datagram: no cookie ever holds.
  net.fate = ({ from, to, bytes }) => {
    if (from !== ANN) return [10];
    const start = net.sent.length;
    net.deliver(to, at(`192.0.2.${1 + (start % 250)}:${1000 + start}`), bytes);
    for (const answer of net.sent.slice(start)) net.deliver(ANN, SERVER, answer.bytes);
    return [];
  };

  net.run(10_000);

  expect(server.connections).toEqual([]);
  const calls = net.sent.filter(({ bytes }) => decodePacket(bytes)?.kind === "initiation");
  expect(calls.length).toBeLessThanOrEqual(20 + 3);
});

test("whoever meets another server leaves the first, and is met at once", () => {
  const { net, server, ann } = party();
  host(net, ELSEWHERE, nth(4));

  ann.machine.handleFound(net.now, {
    kind: "server",
    name: "other",
    address: ELSEWHERE,
    noiseKey: undefined,
  });
  net.run(200);
  server.command({ type: "list", req: null });

  expect(ann.store.serverKey("other")).toEqual(nth(4).noise.publicKey);
  expect(ann.store.serverKey("srv")).toEqual(nth(2).noise.publicKey);
  const listed = server.events.findLast((event) => event.type === "reply");
  expect(listed).toMatchObject({ clients: [{ id: nth(1).peerId }] });
});

test("a name that leads elsewhere keeps its pin, and the server there is refused", () => {
  const { net, ann } = party();
  host(net, ELSEWHERE, nth(4));
  net.detach(SERVER);
  net.run(30_000);

  const hint = { kind: "server", name: "srv", address: ELSEWHERE, noiseKey: undefined } as const;
  ann.machine.handleFound(net.now, hint);
  net.run(5_000);

  expect(ann.store.serverKey("srv")).toEqual(nth(2).noise.publicKey);
  expect(ofType(ann, "error").map(({ code }) => code)).toEqual(["UNTRUSTED"]);
  expect(ofType(ann, "server").map(({ state }) => state)).toEqual(["lost"]);
});

test("a key that the person gives takes the pin's place once the server has proved it", () => {
  const { net, ann } = party();
  const noiseKey = nth(4).noise.publicKey;
  const hint = { kind: "server", name: "srv", address: ELSEWHERE, noiseKey } as const;
  ann.machine.handleFound(net.now, hint);
  net.run(1_000);
  const early = ann.store.serverKey("srv");

  host(net, ELSEWHERE, nth(4));
  net.run(10_000);

  expect(early).toEqual(nth(2).noise.publicKey);
  expect(ann.store.serverKey("srv")).toEqual(noiseKey);
});

test("an answer of the server that one has left pins nothing and opens nothing", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const first = new End(net, SERVER, { identity: nth(2), purpose: "server" });
  const second = new End(net, ELSEWHERE, { identity: nth(3), purpose: "server" });
  ann.endpoint.meetServer(net.now, { name: "first", address: SERVER, noiseKey: undefined });
  net.run(25);

  ann.endpoint.meetServer(net.now, { name: "second", address: ELSEWHERE, noiseKey: undefined });
  net.run(20_000);

  const pinned = ann.events.filter((event) => event.kind === "pinned");
  expect(pinned).toMatchObject([{ name: "second", noiseKey: nth(3).noise.publicKey }]);
  expect(first.connections).toEqual([]);
  expect(second.connections).toHaveLength(1);
});

test("a call to a server that was lost goes out again under the cookie it has", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const server = new End(net, SERVER, { identity: nth(2), purpose: "server" });
  const kinds = () => net.sent.map(({ bytes }) => decodePacket(bytes)?.kind);
  net.fate = () => (kinds().filter((kind) => kind === "initiation").length === 1 ? [] : [10]);

  ann.endpoint.meetServer(net.now, { name: "s", address: SERVER, noiseKey: undefined });
  net.run(1_000);

  expect(server.connections).toHaveLength(1);
  expect(kinds().filter((kind) => kind === "challenge")).toHaveLength(1);
});

test("a server that was introduced as a peer is met as a server all the same", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const server = new End(net, SERVER, { identity: nth(2), purpose: "server" });

  ann.call(server);
  ann.endpoint.meetServer(net.now, { name: "s", address: SERVER, noiseKey: undefined });
  net.run(20_000);

  expect(ann.connectionTo(server).purpose).toBe("server");
  expect(ann.count("unreachable")).toBe(0);
  expect(ann.endpoint.sizes).toMatchObject({ indices: 1, attempts: 0 });
});

test("two nodes fed with one another's every word fall silent", () => {
  const makers = [
    (net: Net, address: typeof ANN) => host(net, address, nth(4)),
    (net: Net, address: typeof ANN) => host(net, address, nth(5)),
    (net: Net, address: typeof ANN) =>
      person(net, address, { identity: nth(6), name: "eve", server: undefined }),
  ];
  const { net: world } = party();
  const words = new Set(world.sent.map(({ bytes }) => toHex(bytes)));
  const samples: Uint8Array[] = [...words].map((hex) => Uint8Array.fromHex(hex));
  samples.push(encodeUtf8("hello"), new Uint8Array(1200));

  for (const makeFirst of makers) {
    for (const makeSecond of makers) {
      const net = new Net(1);
      makeFirst(net, SERVER);
      makeSecond(net, ELSEWHERE);
      net.run(5_000);
      expect(net.sent).toEqual([]);

      for (const bytes of samples) net.deliver(SERVER, ELSEWHERE, bytes);
      net.run(60_000);

      // A challenge or a response each at the most, which nobody answers.
      expect(net.sent.length).toBeLessThanOrEqual(samples.length);
      expect(net.sent.every(({ from }) => from === SERVER)).toBe(true);
    }
  }
});

test("a server of several addresses is met where it answers first", () => {
  const net = new Net(1);
  const server = host(net, SERVER, nth(1));
  const slow = at("203.0.113.77");
  net.attach(slow, server);
  net.fate = ({ to }) => (to === slow ? [200] : [10]);
  const nobody = at("203.0.113.99");
  const [ann, bob] = [
    new End(net, ANN, { identity: nth(0) }),
    new End(net, BOB, { identity: nth(2) }),
  ];

  const hint = { name: "srv", address: nobody, others: [slow, SERVER], noiseKey: undefined };
  ann.endpoint.meetServer(net.now, hint);
  net.run(100);
  const asked = new Set(net.sent.filter(({ from }) => from === ANN).map(({ to }) => to));
  expect([...ann.connections].map(({ path }) => path.remote)).toEqual([SERVER]);
  expect(asked).toEqual(new Set([nobody, slow, SERVER]));

  bob.endpoint.meetServer(net.now, { ...hint, others: [slow] });
  net.run(2_000);
  expect([...bob.connections].map(({ path }) => path.remote)).toEqual([slow]);
});
