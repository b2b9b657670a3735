import { expect, test } from "bun:test";
import { Gate, isInitiation } from "../../lib/node/gate.ts";
import { at } from "./net.ts";

const ANN = at("203.0.113.1");
const BOB = at("203.0.113.2");

/** How many of so many that come at one instant are read. */
function admitted(gate: Gate, now: number, count: number, from = ANN): number {
  return Array.from({ length: count }, () => gate.admit(now, from)).filter(Boolean).length;
}

/** Another network each, as somebody has who forges them. */
function forged(number: number) {
  return at(`10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`);
}

test("one source gets five at once and twenty a second, whatever port it comes from", () => {
  const gate = new Gate(0, "peer");

  expect(admitted(gate, 0, 100)).toBe(5);
  expect(admitted(gate, 0, 100, at("203.0.113.1:9"))).toBe(0);
  expect(admitted(gate, 0, 100, BOB)).toBe(5);
  expect(admitted(gate, 100, 100)).toBe(2);
});

test("a network of IPv6 is one source", () => {
  const gate = new Gate(0, "peer");

  expect(admitted(gate, 0, 100, at("[2001:db8:1:2::1]:9"))).toBe(5);
  expect(admitted(gate, 0, 100, at("[2001:db8:1:2:3::4]:9"))).toBe(0);
  expect(admitted(gate, 0, 100, at("[2001:db8:1:3::1]:9"))).toBe(5);
});

test("all sources together get a thousand a second", () => {
  const gate = new Gate(0, "peer");

  const atOnce = Array.from({ length: 5_000 }, (_, i) => gate.admit(0, forged(i))).filter(Boolean);

  expect(atOnce).toHaveLength(1_000);
});

test("who is expected is read although strangers have taken all that is theirs", () => {
  const gate = new Gate(0, "peer");
  for (let i = 0; i < 5_000; i++) gate.admit(0, forged(i));

  gate.expect(0, ANN);

  expect(admitted(gate, 0, 10, BOB)).toBe(0);
  expect(admitted(gate, 0, 10, at("203.0.113.1:5"))).toBe(10);
  expect(admitted(gate, 0, 1_000)).toBe(240);
});

test("who has not been heard of for three minutes is not expected any more", () => {
  const gate = new Gate(0, "peer");
  gate.expect(0, ANN);

  expect(admitted(gate, 179_000, 10)).toBe(10);
  expect(admitted(gate, 180_000, 10)).toBe(5);
});

test("one address gets no more than half of what a server can read", () => {
  const gate = new Gate(0, "server");

  expect(admitted(gate, 0, 5_000)).toBe(500);
  expect(admitted(gate, 0, 5_000, BOB)).toBe(500);
});

test("of those whom nobody has told of sixty are answered, then one a second", () => {
  const gate = new Gate(0, "peer");
  const answered = (now: number) =>
    Array.from({ length: 100 }, () => gate.admitStranger(now)).filter(Boolean).length;

  expect(answered(0)).toBe(60);
  expect(answered(1_000)).toBe(1);
});

test.each([
  [260, 9, true],
  [259, 9, false],
  [0, 9, false],
  [260, 0, false],
  [260, 255, false],
])("%d bytes that begin with a key of bytes %d: to be read %p", (length, byte, expected) => {
  const noise = new Uint8Array(length).fill(byte);

  expect(
    isInitiation({ kind: "initiation", purpose: "peer", challenge: noise, cookie: noise, noise }),
  ).toBe(expected);
});
