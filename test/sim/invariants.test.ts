import { expect, test } from "bun:test";
import { type Address, addressOf, addressParts, formatAddress } from "../../lib/base/address.ts";
import { peerIdOf, roomIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import type { PeerStateEvent, StatusEvent } from "../../lib/node/events.ts";
import type { MessageEvent } from "../../lib/node/sayings.ts";
import { encodeRun } from "../../lib/wire/entry.ts";
import type { Write } from "../../lib/node/machine.ts";
import { PATH_DATA_BYTES } from "../../lib/wire/frames.ts";
import { DATAGRAM_BYTES_MAX } from "../../lib/wire/limits.ts";
import { encodePacket } from "../../lib/wire/packet.ts";
import { encodeStun } from "../../lib/wire/stun.ts";
import { agreeOnSafetyNumber, Invariants } from "./invariants.ts";
import { Network, type HostStation } from "./network.ts";
import type { Turning } from "./process.ts";

const ROOM = roomIdOf(new Uint8Array(32));
const NETWORK = new Network(1, () => {});
const ANN = { name: "ann", id: peerIdOf(new Uint8Array(32).fill(1)) };
const BOB = { name: "bob", id: peerIdOf(new Uint8Array(32).fill(2)) };
const ann = processOf("ann");
const bob = processOf("bob");
const server = processOf("server");
const ADDRESS = addressOf("11.0.9.1", 9) ?? ("" as Address);

test("what is on the disk before it is shown and acknowledged, once and in order, is well", () => {
  const seen = company();

  for (const seq of [1, 2]) {
    say(seen, `text ${seq}`);
    seen.onEvent(ann, status({ id: idOf(seq), state: "queued" }));
    seen.onCommitted(bob, [heard(seq)], true);
    seen.onEvent(bob, message({ seq }));
    seen.onEvent(ann, status({ id: idOf(seq), state: "delivered", by: BOB }));
  }

  expect(seen.verdict()).toEqual([]);
});

test("I1: a delivered without the text on the other's disk is found", () => {
  const seen = company();
  say(seen, "text 1");
  seen.onCommitted(bob, [heard(1)], false);

  seen.onEvent(ann, status({ id: idOf(1), state: "delivered", by: BOB }));

  expectOne(seen, "I1");
});

test("I1: a message shown before it is on the disk is found", () => {
  const seen = company();
  say(seen, "text 1");

  seen.onEvent(bob, message({ seq: 1 }));

  expectOne(seen, "I1");
});

test("I2: a message shown twice is found, even by two lives of a process", () => {
  const seen = company();
  say(seen, "text 1");
  seen.onCommitted(bob, [heard(1)], true);

  seen.onEvent(bob, message({ seq: 1 }));
  seen.onStarted(bob);
  seen.onEvent(bob, message({ seq: 1 }));

  expect(seen.verdict()[0]).toStartWith("I2");
});

test("I3: a message shown after a later one of its author is found", () => {
  const seen = company();
  for (const seq of [1, 2]) say(seen, `text ${seq}`);
  seen.onCommitted(bob, [heard(1), heard(2)], true);

  seen.onEvent(bob, message({ seq: 2 }));
  seen.onEvent(bob, message({ seq: 1 }));

  expectOne(seen, "I3");
});

test("I3: a message that was missed and is marked as late is well", () => {
  const seen = company();
  for (const seq of [1, 2, 3]) say(seen, `text ${seq}`);
  seen.onCommitted(bob, [heard(1), heard(2), heard(3)], true);

  seen.onEvent(bob, message({ seq: 2 }));
  seen.onEvent(bob, { ...message({ seq: 1 }), isLate: true });
  expect(seen.violations).toEqual([]);
  seen.onEvent(bob, message({ seq: 2 }));

  expect(seen.violations.map((what) => what.slice(0, 2))).toEqual(["I2", "I3"]);
});

test("I4: a message shown as another's is found", () => {
  const seen = company();
  say(seen, "text 1");
  seen.onCommitted(bob, [heard(1)], true);

  seen.onEvent(bob, { ...message({ seq: 1 }), from: BOB });

  expectOne(seen, "I4");
});

test("I5: a message that goes to a changed key is found", () => {
  const seen = company();
  say(seen, "text 1");

  seen.onEvent(ann, { ...peerState(BOB), trust: "changed" });
  seen.onEvent(ann, status({ id: idOf(1), state: "sent", by: BOB }));

  expectOne(seen, "I5");
});

test("I6: a counter used twice under one key is found, a key of its own is not", () => {
  const seen = company();

  for (const key of ["key 1", "key 2"]) for (const counter of [0, 1]) seen.onSealed(key, counter);
  expect(seen.verdict()).toEqual([]);
  seen.onSealed("key 1", 1);

  expectOne(seen, "I6");
});

test("I7: a server may answer a stranger with no more bytes and datagrams than it had", () => {
  const seen = company();

  seen.onArrived(0, server.host, ADDRESS, new Uint8Array(100));
  seen.onSent(0, server.host, ADDRESS, new Uint8Array(100));
  expect(seen.verdict()).toEqual([]);
  seen.onArrived(0, server.host, ADDRESS, new Uint8Array(200));
  seen.onSent(0, server.host, ADDRESS, new Uint8Array(50));
  seen.onSent(0, server.host, ADDRESS, new Uint8Array(50));

  expectOne(seen, "I7");
});

test("I7: STUN may be answered at another port, with no more bytes than its host asked", () => {
  const seen = company();
  const question = encodeStun({
    kind: "request",
    transaction: new Uint8Array(12),
    change: { ip: false, port: false },
    responsePort: 4242,
    isPadded: false,
    unknown: [],
  });
  const elsewhere = formatAddress({ ...addressParts(ADDRESS), port: 4242 });

  seen.onArrived(0, server.host, ADDRESS, question);
  seen.onSent(0, server.host, elsewhere, question);
  expect(seen.verdict()).toEqual([]);
  seen.onSent(0, server.host, elsewhere, question);

  expectOne(seen, "I7");
});

test("I6: two handshake messages under one ephemeral key are found, the same twice is not", () => {
  const seen = company();
  const initiation = (end: number): Uint8Array => {
    const noise = new Uint8Array(100).fill(1);
    noise[99] = end;
    const cookie = new Uint8Array(0);
    const challenge = new Uint8Array(PATH_DATA_BYTES);
    return encodePacket({ kind: "initiation", purpose: "peer", challenge, cookie, noise });
  };

  for (let i = 0; i < 2; i++) seen.onSent(0, ann.host, ADDRESS, initiation(1));
  expect(seen.verdict()).toEqual([]);
  seen.onSent(0, ann.host, ADDRESS, initiation(2));

  expectOne(seen, "I6");
});

test("I7: an echoed cookie ends the account, a made-up one does not", () => {
  for (const isEchoed of [true, false]) {
    const seen = company();
    const cookie = new Uint8Array(20).fill(7);
    const nonce = new Uint8Array(16);
    const challenge = new Uint8Array(PATH_DATA_BYTES);
    const initiation = { kind: "initiation", purpose: "server", challenge, noise: nonce } as const;

    seen.onArrived(0, server.host, ADDRESS, new Uint8Array(500));
    const card = new Uint8Array(10);
    seen.onSent(0, server.host, ADDRESS, encodePacket({ kind: "challenge", nonce, cookie, card }));
    const echo = isEchoed ? cookie : new Uint8Array(20);
    seen.onArrived(0, server.host, ADDRESS, encodePacket({ ...initiation, cookie: echo }));
    seen.onSent(0, server.host, ADDRESS, new Uint8Array(1200));

    expect(seen.verdict().map((what) => what.slice(0, 2))).toEqual(isEchoed ? [] : ["I7"]);
  }
});

test("I7: an address is proven by the same session's packets, wherever those come from", () => {
  for (const receiver of [7, 8]) {
    const seen = company();
    const packet = {
      kind: "transport",
      receiver: 7,
      counter: 1,
      sealed: new Uint8Array(26),
    } as const;
    const elsewhere = formatAddress({ ...addressParts(ADDRESS), port: 4242 });

    seen.onArrived(0, server.host, ADDRESS, encodePacket(packet));
    seen.onSent(0, server.host, ADDRESS, encodePacket(packet));
    seen.onArrived(0, server.host, elsewhere, encodePacket({ ...packet, receiver }));
    seen.onSent(0, server.host, ADDRESS, new Uint8Array(1200));

    expect(seen.verdict().map((what) => what.slice(0, 2))).toEqual(receiver === 7 ? [] : ["I7"]);
  }
});

test("I8: a datagram larger than every path is found", () => {
  const seen = company();

  seen.onSent(0, ann.host, ADDRESS, new Uint8Array(DATAGRAM_BYTES_MAX + 1));

  expectOne(seen, "I8");
});

test("I9: an error in the log is found", () => {
  const seen = company();

  seen.onEvent(ann, { type: "log", level: "error", message: "out of numbers", fields: {} });

  expectOne(seen, "I9");
});

test("I10: two who are connected in different sessions, or with a stranger, are found", () => {
  const seen = company();
  const connect = (process: Turning, who: typeof ANN, session: string): void => {
    const fields = { id: who.id, session };
    seen.onEvent(process, { type: "log", level: "info", message: "connected", fields });
    seen.onEvent(process, peerState(who));
  };

  connect(ann, BOB, "s1");
  connect(bob, ANN, "s1");
  expect(seen.verdict()).toEqual([]);
  connect(bob, ANN, "s2");
  expect(seen.verdict().every((what) => what.startsWith("I10"))).toBe(true);
  expect(seen.verdict()).not.toEqual([]);

  const other = company();
  other.onEvent(ann, peerState({ name: "eve", id: peerIdOf(new Uint8Array(32)) }));
  expectOne(other, "I10");
});

test("I10: both sides read out the same digits", () => {
  const [a, b] = [1, 2].map((fill) => identityFromSecret(new Uint8Array(64).fill(fill)).peerId);

  expect(a !== undefined && b !== undefined && agreeOnSafetyNumber(a, b)).toBe(true);
});

function company(): Invariants {
  const seen = new Invariants();
  seen.addClient("ann", ANN.id);
  seen.addClient("bob", BOB.id);
  seen.addServer(server.host);
  return seen;
}

function expectOne(seen: Invariants, which: string): void {
  expect(seen.verdict().map((what) => what.split(":")[0])).toEqual([which]);
}

function processOf(name: string): Turning & { readonly host: HostStation } {
  return { name, host: NETWORK.host(name), handleWake: () => {}, turn: () => {} };
}

function say(seen: Invariants, text: string): void {
  seen.onCommand(ann, { type: "send", req: text, to: "@bob", text });
}

function idOf(seq: number): string {
  return messageId(ROOM, ANN.id, seq);
}

function heard(seq: number): Write {
  const zeros = new Uint8Array(32);
  const content = { time: { wallMs: 0, tick: 0 }, type: 1, body: encodeUtf8(`text ${seq}`) };
  const run = { room: ROOM, author: ANN.id, seq, previous: zeros, entries: [content] };
  return { kind: "heard", run, bytes: encodeRun(run), hash: zeros };
}

function message({ seq }: { seq: number }): MessageEvent {
  return {
    type: "message",
    id: idOf(seq),
    room: "@ann",
    from: ANN,
    text: `text ${seq}`,
    sentAtMs: 0,
    tick: 0,
    seq,
    isLate: false,
  };
}

function status(what: Partial<StatusEvent>): StatusEvent {
  const nothing = { type: "status", req: null, room: "@bob", by: null, reason: null } as const;
  return { ...nothing, id: idOf(1), state: "queued", ...what };
}

function peerState(who: typeof ANN): PeerStateEvent {
  const nothing = { number: 1, path: null, reason: null } as const;
  return { type: "peer", who, state: "connected", trust: "new", ...nothing };
}
