import { expect, test } from "bun:test";
import { type Address, addressParts } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { CLOSE_CODES } from "../../lib/session/session.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, type Host, type Person, person, shownTo, statesOf } from "./people.ts";

const HOME = at("198.51.100.1");
const WORK = at("198.51.100.7");
const BOB = at("198.51.100.2");
const SERVER = at("203.0.113.1");
const ELSEWHERE = at("203.0.113.9");

/** Longer than any wait before a lost server is asked for again. */
const LONG_MS = 120_000;

const ANN = { identity: nth(0), name: "ann", server: SERVER };

function party(seed = 1) {
  const net = new Net(seed);
  const server = host(net, SERVER, nth(2));
  const ann = person(net, HOME, ANN);
  const bob = person(net, BOB, { identity: nth(1), name: "bob", server: SERVER });
  net.run(4_000);
  return { net, server, ann, bob };
}

function serverEvents({ events }: Person) {
  return events.filter((event) => event.type === "server");
}

function states(who: Person): string[] {
  return serverEvents(who).map(({ state }) => state);
}

/** Where the server has this identity. */
function placeOf(server: Host, id: string): Address | undefined {
  server.command({ type: "list", req: null });
  const reply = server.events.findLast((event) => event.type === "reply");
  if (reply?.command !== "list") return undefined;
  return reply.clients.find((client) => client.id === id)?.address;
}

function replies({ events }: Person): PeerEvent[] {
  return events.filter(({ type }) => type === "reply" || type === "error");
}

test("who is replaced by another client of its identity is told once, and stays away", () => {
  const { net, server, ann } = party();

  const twin = person(net, WORK, ANN);
  net.run(LONG_MS);

  const [replaced, ...others] = serverEvents(ann);
  expect(replaced).toMatchObject({ state: "replaced", address: SERVER, by: WORK });
  expect(replaced?.reason).toContain(`from ${WORK}`);
  expect([others, states(twin)]).toEqual([[], []]);
  expect(placeOf(server, ANN.identity.peerId)).toBe(WORK);
});

test("a client that was replaced registers again when it is told to, and the other is told", () => {
  const { net, server, ann } = party();
  const twin = person(net, WORK, ANN);
  net.run(LONG_MS);

  ann.command({ type: "register", req: "r" });
  net.run(LONG_MS);
  ann.command({ type: "register", req: "again" });

  expect(states(ann)).toEqual(["replaced", "connected"]);
  expect(serverEvents(twin)).toMatchObject([{ state: "replaced", by: HOME }]);
  expect(placeOf(server, ANN.identity.peerId)).toBe(HOME);
  expect(replies(ann)).toMatchObject([
    { req: "r", command: "register", isRegistered: false },
    { req: "again", command: "register", isRegistered: true },
  ]);
});

test("a word that is lost reaches the newer one instead, when the older has come back", () => {
  const { net, ann } = party();
  const twin = person(net, WORK, ANN);
  net.fate = ({ from, to }) => (from === SERVER && to === HOME && isFresh() ? [] : [10]);
  const isFresh = (): boolean => net.elapsedMs < 10_000;

  net.run(LONG_MS);

  expect(states(ann)).toEqual(["lost", "connected"]);
  expect(states(twin)).toEqual(["replaced"]);
});

test("who is met by another client of one's identity is told of and not called back", () => {
  const { net, ann, bob } = party();
  const twin = person(net, WORK, ANN);
  net.run(2 * LONG_MS);

  const gone = ann.events.findLast((event) => event.type === "peer");
  expect(gone?.reason).toContain("another client with your identity");
  bob.command({ type: "send", req: null, to: "@ann", text: "to one of you" });
  net.run(5_000);

  expect([shownTo(ann), shownTo(twin)]).toEqual([[], ["to one of you"]]);
  expect(statesOf(ann, nth(1))).toEqual(["connecting", "connected", "gone"]);
  expect(statesOf(twin, nth(1))).toEqual(["connecting", "connected"]);
  expect(statesOf(bob, nth(0)).filter((state) => state === "connected")).toHaveLength(2);
});

test("on a local network without a server two of one identity do not take turns", () => {
  const net = new Net(1);
  const all = [HOME, WORK, BOB].map((address) => {
    const who = address === BOB ? { identity: nth(1), name: "bob" } : ANN;
    const one = person(net, address, { ...who, server: undefined });
    one.machine.handleNetwork(net.now, [
      { name: "eth0", ip: addressParts(address).ip, prefixBits: 24 },
    ]);
    return { address, one, card: new End(net, ELSEWHERE, who).endpoint.card };
  });
  net.detach(ELSEWHERE);
  const announce = (): void => {
    for (const { address, card } of all) {
      for (const { one } of all) one.machine.handleFound(net.now, { kind: "peer", card, address });
    }
    net.run(30_000);
  };
  for (let i = 0; i < 4; i++) announce();
  const [ann, twin, bob] = all.map(({ one }) => one);
  const counts = () => [ann, twin, bob].map((one) => one?.events.length);
  const before = counts();

  for (let i = 0; i < 10; i++) announce();

  expect(counts()).toEqual(before);
  const ends = [ann, twin].map((one) => one && statesOf(one, nth(1)).at(-1));
  expect(new Set(ends)).toEqual(new Set(["connected", "gone"]));
});

test("who has something to say calls whom another client has met, and takes them back", () => {
  const { net, ann, bob } = party();
  const twin = person(net, WORK, ANN);
  net.run(LONG_MS);

  ann.command({ type: "send", req: null, to: "@bob", text: "from here" });
  net.run(LONG_MS);

  expect(shownTo(bob)).toEqual(["from here"]);
  expect(statesOf(twin, nth(1)).at(-1)).toBe("gone");
});

test("nobody is told so who is the only one: moved, cut off, begun anew, or both at once", () => {
  for (const seed of [1, 2, 3]) {
    const { net, ann, bob } = party(seed);
    net.move(HOME, WORK);
    ann.machine.handleNetwork(net.now, []);
    net.run(LONG_MS);
    net.fate = ({ from, to }) => (from === WORK || to === WORK ? [] : [10]);
    net.run(LONG_MS);
    net.fate = () => [10, 400];
    net.run(LONG_MS);
    // The old process is gone without a word; the new one may have the same address, or another.
    net.detach(WORK);
    const anew = person(net, seed === 1 ? WORK : HOME, { ...ANN, store: ann.store });
    net.run(LONG_MS);
    host(net, SERVER, nth(2));
    net.run(LONG_MS);

    for (const who of [ann, anew, bob]) expect(states(who)).not.toContain("replaced");
    expect(states(anew).at(-1)).toBe("connected");
  }
});

test("loss and disorder never make one client two", () => {
  for (const seed of [1, 2]) {
    const { net, ann, bob } = party(seed);
    net.fate = () => {
      const isBad = Math.floor(net.elapsedMs / 20_000) % 2 === 1;
      const copies = net.prng.chance(isBad ? 0.97 : 0.3) ? 0 : net.prng.chance(0.2) ? 2 : 1;
      return Array.from({ length: copies }, () => 10 + net.prng.below(12_000));
    };

    net.run(2 * LONG_MS);
    net.fate = () => [10];
    net.run(LONG_MS);

    for (const who of [ann, bob])
      expect(new Set(states(who))).toEqual(new Set(["lost", "connected"]));
  }
});

test("without a server there is none to register with", () => {
  const net = new Net(1);
  const ann = person(net, HOME, { ...ANN, server: undefined });
  net.run(1_000);

  ann.command({ type: "register", req: "r" });

  expect(replies(ann)).toMatchObject([{ type: "error", req: "r", code: "NO_SERVER" }]);
});

test("another server is registered with, though one was left to another client", () => {
  const { net, ann } = party();
  person(net, WORK, ANN);
  net.run(LONG_MS);
  host(net, ELSEWHERE, nth(3));
  const hint = { kind: "server", noiseKey: undefined, address: ELSEWHERE } as const;

  ann.machine.handleFound(net.now, { ...hint, name: "srv", noiseKey: nth(3).noise.publicKey });
  net.run(LONG_MS);
  const before = states(ann);
  ann.machine.handleFound(net.now, { ...hint, name: "another" });
  net.run(LONG_MS);

  expect([before, states(ann)]).toEqual([["replaced"], ["replaced", "connected"]]);
});

test("a server that says so falsely has one client less, and no more can it do", () => {
  const net = new Net(1);
  const liar = new End(net, SERVER, { identity: nth(2), purpose: "server" });
  const ann = person(net, HOME, ANN);
  net.run(4_000);
  const [connection] = liar.connections;
  assert(connection !== undefined, "she has a session with it");
  const from = net.sent.length;

  liar.endpoint.close(connection, CLOSE_CODES.superseded, "\u001b[2Jgo away");
  net.run(LONG_MS);

  const [told, ...others] = serverEvents(ann);
  expect(others).toEqual([]);
  expect(told).toMatchObject({ state: "replaced", by: undefined });
  expect(told?.reason).not.toContain("go away");
  expect(net.sent.slice(from).filter((sent) => sent.from === HOME)).toEqual([]);
});
