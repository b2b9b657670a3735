import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { Handshake } from "../../lib/crypto/handshake.ts";
import { IK } from "../../lib/crypto/ik.ts";
import { prologueFor } from "../../lib/node/attempt.ts";
import { encodeHandshakePayload } from "../../lib/wire/handshake.ts";
import { PATH_DATA_BYTES } from "../../lib/wire/frames.ts";
import {
  COOKIE_BYTES,
  decodePacket,
  encodePacket,
  INITIATION_HEADER_BYTES,
  type Packet,
} from "../../lib/wire/packet.ts";
import { measured } from "../wire/mutations.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";
import { host, person } from "./people.ts";

const CLIENT = at("198.51.100.1");
const SERVER = at("203.0.113.1");
const STRANGER = at("192.0.2.66");
const KINDS = [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x5f, 0x00, 0x10, 0x90, 0xff];

/** Sends this from there, and returns what goes back at once and later. */
function ask(net: Net, to: Address, from: Address, bytes: Uint8Array, laterMs = 0): Sent[] {
  const start = net.sent.length;
  net.deliver(to, from, bytes);
  net.run(laterMs);
  return net.sent.slice(start).filter((sent) => sent.to === from);
}

function total(sent: readonly { bytes: Uint8Array }[]): number {
  return sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** A server and a client that have talked, and everything that they said. */
function captured() {
  const net = new Net(1);
  const server = host(net, SERVER, nth(1));
  const client = person(net, CLIENT, { identity: nth(0), name: "ann", server: SERVER });
  const other = person(net, at("198.51.100.2"), { identity: nth(2), name: "bob", server: SERVER });
  net.run(3_000);
  client.command({ type: "send", req: null, to: "@bob", text: "hello" });
  net.run(3_000);
  return { net, server, client, other, sent: [...net.sent] };
}

test("nothing of any kind and size gets an answer larger than itself, or more than one", () => {
  const { net } = captured();
  const questions: Uint8Array[] = [];
  for (let size = 1; size <= 1500; size++) {
    for (const kind of KINDS) {
      const bytes = size % 3 === 0 ? new Uint8Array(size) : net.random(size);
      bytes[0] = kind;
      questions.push(measured(bytes));
    }
    // An initiation that is well formed, with a cookie that is made up, and without one.
    for (const cookie of [net.random(20), new Uint8Array(0)]) {
      const head = INITIATION_HEADER_BYTES + cookie.length;
      if (size < head) continue;
      const [noise, challenge] = [net.random(size - head), net.random(PATH_DATA_BYTES)];
      questions.push(
        encodePacket({ kind: "initiation", purpose: "server", challenge, cookie, noise }),
        encodePacket({ kind: "initiation", purpose: "peer", challenge, cookie, noise }),
      );
    }
  }

  let answered = 0;
  for (const to of [SERVER, CLIENT]) {
    for (const bytes of questions) {
      const answers = ask(net, to, STRANGER, bytes);
      answered += answers.length;
      if (answers.length > 1 || total(answers) > bytes.length) {
        throw new Error(`${bytes.length} bytes of ${bytes[0]} got ${total(answers)}`);
      }
    }
  }

  expect(answered).toBeGreaterThan(1_000);
});

test("what was said before, said again from elsewhere, gets no more than it brings", () => {
  const { net, sent } = captured();
  const said = sent.length;

  for (const { to, bytes } of sent) {
    const answers = ask(net, to, STRANGER, bytes);
    expect(answers.length).toBeLessThanOrEqual(1);
    expect(total(answers)).toBeLessThanOrEqual(bytes.length);
  }
  const late = net.sent.length;
  net.run(20_000);

  expect(late).toBeGreaterThan(said);
  expect(net.sent.slice(late).filter(({ to }) => to === STRANGER)).toEqual([]);
});

test.each([
  ["short", "a", "b".repeat(32)],
  ["long", "a".repeat(32), "b"],
  ["wide", "𝒜".repeat(32), "b"],
  ["equal", "ann", "bob"],
])("an initiation is no smaller than what it leads to, whose names are %s", (_, ours, theirs) => {
  for (const [first, second] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const net = new Net(1);
    net.fate = () => [];
    const ann = new End(net, CLIENT, { identity: nth(first), name: ours.normalize("NFC") });
    const bob = new End(net, SERVER, { identity: nth(second), name: theirs });

    ann.call(bob);
    bob.call(ann);
    net.flush();
    const calls = net.sent.filter(({ bytes }) => decodePacket(bytes)?.kind === "initiation");
    for (const { to, bytes } of calls) {
      const answers = ask(net, to, STRANGER, bytes);
      expect(answers).toHaveLength(1);
      expect(total(answers)).toBeLessThanOrEqual(bytes.length);
    }
  }
});

test("message 1 a thousand times has one answer a copy, all alike, and is one half-open", () => {
  const net = new Net(1);
  const ann = new End(net, CLIENT, { identity: nth(0) });
  const bob = new End(net, SERVER, { identity: nth(1) });
  net.fate = () => [];
  ann.call(bob);
  net.flush();
  const [call] = net.sent;

  const answers = Array.from({ length: 1_000 }, (_, i) => {
    const from = at(`192.0.2.${1 + (i % 200)}`);
    return ask(net, SERVER, from, call?.bytes ?? new Uint8Array());
  });

  expect(answers.every(({ length }) => length === 1)).toBe(true);
  const responses = answers.flat().map(({ bytes }) => decodePacket(bytes));
  const saidBy = (take: (packet: Extract<Packet, { kind: "response" }>) => Uint8Array) => {
    return new Set(responses.map((it) => it?.kind === "response" && take(it).toHex())).size;
  };
  expect(saidBy(({ noise }) => noise)).toBe(1);
  expect(saidBy(({ echo }) => echo)).toBe(1);
  // By which whoever receives at one address cannot speak for another.
  expect(saidBy(({ challenge }) => challenge)).toBe(200);
  expect(bob.endpoint.sizes.halfOpen).toBe(1);
  expect(bob.connections).toEqual([]);
  net.run(20_000);
  expect(bob.endpoint.sizes).toEqual({ ...bob.endpoint.sizes, halfOpen: 0, indices: 0 });
});

test("a copy that is smaller than the call was has no answer that is larger than itself", () => {
  const answered = { calls: 0, copies: 0 };
  for (let letters = 1; letters <= 32; letters++) {
    const net = new Net(1);
    const bob = new End(net, SERVER, { identity: nth(1), name: "𝒜".repeat(letters) });
    const ann = new End(net, CLIENT, { identity: nth(0) });
    // As short as any that is read, and then with less before it.
    const handshake = new Handshake({
      pattern: IK,
      initiator: true,
      prologue: prologueFor("peer"),
      random: net.random,
      staticKey: nth(0).noise,
      remoteStatic: bob.endpoint.card.noiseKey,
    });
    const payload = { index: 1, card: ann.endpoint.card, renewal: undefined };
    const noise = handshake.writeMessage(encodeHandshakePayload(payload, 260 - 96));
    const call = { kind: "initiation", purpose: "peer", challenge: net.random(8), noise } as const;
    const ways = [
      { of: "calls", cookie: net.random(COOKIE_BYTES) },
      { of: "copies", cookie: new Uint8Array() },
    ] as const;
    for (const { of, cookie } of ways) {
      const bytes = encodePacket({ ...call, cookie });
      const answers = ask(net, SERVER, STRANGER, bytes);
      expect(total(answers)).toBeLessThanOrEqual(bytes.length);
      answered[of] += answers.length;
    }
  }

  expect(answered.copies).toBeGreaterThan(0);
  expect(answered.calls).toBeGreaterThan(answered.copies);
});

test("a call without transport packets after it shows, stores and acknowledges nothing", () => {
  const net = new Net(1);
  const bob = person(net, SERVER, { identity: nth(1), name: "bob", server: undefined });
  // With Bob's own secrets and Ann's card an attacker can write a message 1 as if from Ann, but not
  // read the answer: to Bob it is like this, an Ann who falls silent.
  const ann = new End(net, CLIENT, { identity: nth(0), name: "ann" });
  const [card] = [bob.machine].map(() => new End(net, at("192.0.2.1"), { identity: nth(1) }));
  net.detach(at("192.0.2.1"));
  bob.command({ type: "send", req: "r", to: "#lobby", text: "to whoever is here" });
  net.run(5_000);
  const [events, commits] = [bob.events.length, bob.store.commits];
  net.fate = ({ to }) => (to === CLIENT ? [] : [10]);

  if (card !== undefined) ann.call(card, SERVER);
  net.run(30_000);

  const answers = net.sent.filter(({ from }) => from === SERVER);
  expect(answers.length).toBeGreaterThan(0);
  expect(answers.every(({ bytes }) => decodePacket(bytes)?.kind === "response")).toBe(true);
  expect(new Set(answers.map(({ bytes }) => bytes.toHex())).size).toBe(1);
  expect(answers.length).toBeLessThanOrEqual(net.sent.length - answers.length);
  expect(bob.events.slice(events).filter(({ type }) => type !== "log")).toEqual([]);
  expect(bob.store.commits).toBe(commits);
});
