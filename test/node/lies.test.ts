import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { RENDEZVOUS_CHANNEL } from "../../lib/wire/channels.ts";
import type { Card } from "../../lib/wire/card.ts";
import { encodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import { decodePacket } from "../../lib/wire/packet.ts";
import { encodeAnswer, type RendezvousAnswer } from "../../lib/wire/rendezvous.ts";
import { Prng } from "../sim/prng.ts";
import { HOME_NAT } from "../support/homenat.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";
import { type Person, person, statesOf } from "./people.ts";

const ANN = at("198.51.100.1");
const BOB = at("198.51.100.2");
const SERVER = at("203.0.113.1");
const VICTIMS = Array.from({ length: 8 }, (_, i) => at(`192.0.2.${i + 1}:53`));

/** Whose router must be called by nobody before it has called. */
const POISONING: NatReport = { ...HOME_NAT, poisons: true };

type Introduction = Extract<RendezvousAnswer, { kind: "introduction" }>;

/** Ann and Bob at a server that says what the test wants. */
class Stage {
  readonly net: Net;
  readonly server: End;
  readonly ann: Person;
  readonly bob: End;

  constructor(serverAt: Address = SERVER) {
    this.net = new Net(1);
    this.server = new End(this.net, serverAt, { identity: nth(2), purpose: "server" });
    this.ann = person(this.net, ANN, { identity: nth(0), name: "ann", server: serverAt });
    this.bob = new End(this.net, BOB, { identity: nth(1), name: "bob" });
    this.net.run(5_000);
  }

  introduce(
    card: Card,
    candidates: readonly Address[],
    more: Partial<Pick<Introduction, "token" | "nat" | "occasion">> = {},
  ): void {
    const answer = encodeAnswer({ kind: "introduction", number: 7, card, candidates, ...more });
    this.server.endpoint.send(nth(0).peerId, RENDEZVOUS_CHANNEL, answer);
    this.net.flush();
  }

  /** What Ann has sent to anybody but the server. */
  get astray(): Sent[] {
    return this.net.sent.filter(({ from, to }) => from === ANN && to !== this.server.address);
  }
}

test.each([
  ["broadcast", "255.255.255.255:4000"],
  ["the broadcast of the own network", "198.51.100.255:4000"],
  ["multicast", "224.0.0.1:4000"],
  ["IPv6 multicast", "[ff02::1]:4000"],
  ["loopback", "127.0.0.1:80"],
  ["IPv6 loopback", "[::1]:80"],
  ["a private address", "192.168.1.1:80"],
  ["a link-local address", "169.254.169.254:80"],
  ["no address", "0.0.0.0:4000"],
])("an introduction to %s sends nothing", (_, address) => {
  const stage = new Stage();

  stage.introduce(stage.bob.endpoint.card, [at(address)]);
  stage.net.run(20_000);

  expect(stage.astray).toEqual([]);
  expect(statesOf(stage.ann, nth(1))).toEqual(["connecting", "unreachable"]);
});

test("an introduction causes sixteen datagrams, and four more where somebody shows himself", () => {
  const stage = new Stage();
  const [first = VICTIMS[0]] = VICTIMS;
  const twice = [...VICTIMS.slice(0, 4), ...VICTIMS.slice(0, 4)];

  for (const candidates of [VICTIMS, twice, first === undefined ? [] : [first]]) {
    const start = stage.astray.length;
    stage.introduce(stage.bob.endpoint.card, candidates);
    const round = stage.astray.slice(start);
    stage.net.run(60_000);
    const sent = stage.astray.slice(start);

    expect(new Set(round.map(({ to }) => to)).size).toBe(round.length);
    expect(sent).toHaveLength(16);
    expect(sent.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(6_000);
  }
});

test("what opens one's own router ahead of the call is of the twenty", () => {
  const stage = new Stage();
  const token = new Uint8Array(8).fill(7);
  const start = stage.astray.length;

  stage.introduce(stage.bob.endpoint.card, VICTIMS, { token, nat: encodeNatReport(POISONING) });
  stage.net.run(60_000);

  const sent = stage.astray.slice(start);
  expect(sent.filter(({ bytes }) => decodePacket(bytes)?.kind === "punch")).toHaveLength(8);
  expect(sent).toHaveLength(16);
  expect(sent.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(6_000);
});

test.each([
  [false, 1],
  [true, 2],
])("right after another introduction one that is a turn, %p, is followed", (isTurn, followed) => {
  const stage = new Stage();
  const token = new Uint8Array(8).fill(7);
  const tell = (round: number, its: boolean): void => {
    const occasion = { round, isTurn: its, sharesRoom: false, waitMs: 0 };
    stage.introduce(stage.bob.endpoint.card, VICTIMS, { token, occasion });
    stage.net.run(100);
  };

  tell(0, false);
  tell(1, isTurn);

  const met = stage.ann.events.filter((it) => it.type === "log" && it.message === "meeting");
  expect(met).toHaveLength(followed);
});

test("one peer introduced again and again is called five times, then six a minute", () => {
  const stage = new Stage();

  for (let i = 0; i < 1_200; i++) {
    stage.introduce(stage.bob.endpoint.card, VICTIMS);
    stage.net.run(100);
  }

  // Two minutes: 5 + 12 introductions of 20 datagrams.
  expect(stage.astray.length).toBeWithin(200, 17 * 20 + 1);
});

test("thousands of people invented cause no more than 128 introductions a minute", () => {
  const stage = new Stage();
  const prng = new Prng(1, "crowd");
  const start = stage.net.now;
  stage.net.fate = ({ from, to }) => (from === ANN && to !== SERVER ? [] : [10]);

  for (let i = 0; i < 1_000; i++) {
    const { signing, noise } = identityFromSecret(prng.bytes(64));
    const card = signCard({ signing, noiseKey: noise.publicKey, name: "x", serial: 1 });
    stage.introduce(card, VICTIMS);
    stage.net.run(55);
  }

  const sent = stage.astray.filter(({ atMs }) => atMs < start + 60_000);
  expect(sent.length).toBeWithin(128, 128 * 20 + 1);
  const bytes = sent.reduce((sum, datagram) => sum + datagram.bytes.length, 0);
  expect(bytes).toBeLessThanOrEqual(128 * 6_000);
});

test("a card that its owner did not sign, and one's own, are passed over", () => {
  const stage = new Stage();
  const { card } = stage.bob.endpoint;
  const altered = [
    { ...card, name: "mallory" },
    { ...card, serial: card.serial + 1 },
    { ...card, noiseKey: nth(3).noise.publicKey },
    { ...card, peerId: nth(3).peerId },
    { ...card, signature: card.signature.toReversed() },
    signCard({
      signing: nth(0).signing,
      noiseKey: nth(0).noise.publicKey,
      name: "ann",
      serial: 1,
    }),
    stage.server.endpoint.card,
  ];

  for (const one of altered) stage.introduce(one, VICTIMS);
  stage.net.run(20_000);

  expect(stage.astray).toEqual([]);
  expect(stage.ann.events.filter(({ type }) => type === "peer" || type === "error")).toEqual([]);
});

test("who has an introduced card's Noise key but not its identity is not its owner", () => {
  const stage = new Stage();
  // Mallory's card claims Bob's Noise key: the handshake is with Bob, who is not Mallory.
  const { signing } = nth(3);
  const noiseKey = nth(1).noise.publicKey;
  const claim = signCard({ signing, noiseKey, name: "bob", serial: 9 });

  stage.introduce(claim, [BOB]);
  stage.net.run(20_000);

  expect(statesOf(stage.ann, nth(3))).toEqual(["connecting", "unreachable"]);
  expect(statesOf(stage.ann, nth(1))).toEqual([]);
});

test("a true introduction among lies still connects", () => {
  const stage = new Stage();
  for (let i = 0; i < 5; i++) stage.introduce(stage.server.endpoint.card, VICTIMS);

  stage.introduce(stage.bob.endpoint.card, [...VICTIMS.slice(0, 7), BOB]);
  stage.net.run(1_000);

  expect(stage.bob.count("opened")).toBe(1);
  expect(stage.bob.connections).toHaveLength(1);
});

test("loopback is tried where the server itself was reached over loopback", () => {
  const stage = new Stage(at("127.0.0.1:3478"));
  const here = at("127.0.0.1:5000");

  stage.introduce(stage.bob.endpoint.card, [here]);
  stage.net.run(20);

  expect(stage.astray.map(({ to }) => to)).toEqual([here]);
});

test("a server's word for a name is not taken where a card says otherwise", () => {
  const { net, server, ann, bob } = new Stage();
  const lie = (request: number, name: string): void => {
    const entry = { number: 7, peerId: nth(1).peerId, name, address: BOB };
    const answer = encodeAnswer({ kind: "listing", request, entries: [entry], next: 0 });
    server.endpoint.send(nth(0).peerId, RENDEZVOUS_CHANNEL, answer);
    net.run(100);
  };
  const introduction = { kind: "introduction", number: 7, candidates: [] } as const;
  server.endpoint.send(
    nth(0).peerId,
    RENDEZVOUS_CHANNEL,
    encodeAnswer({ ...introduction, card: bob.endpoint.card }),
  );
  net.run(100);

  ann.command({ type: "send", req: "r1", to: "@carol", text: "between us" });
  net.run(100);
  for (let request = 0; request < 10; request++) lie(request, "carol");
  net.run(5_000);

  const said = ann.events.filter((event) => event.type === "status" || event.type === "error");
  expect(said).toMatchObject([{ type: "error", req: "r1", code: "NO_PEER" }]);
});
