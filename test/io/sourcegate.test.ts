import { expect, test } from "bun:test";
import { SourceGate } from "../../lib/io/sourcegate.ts";

const OURS = Buffer.from("\0\x08_p2pchat\x04_udp\x05local");
const SECOND_MS = 1_000;

test("what cannot concern us is never looked at", () => {
  const gate = new SourceGate(0);

  expect(gate.admits(0, "10.0.0.1", Buffer.from("\0\x08_airplay\x04_tcp\x05local"))).toBe(false);
  expect(gate.admits(0, "10.0.0.1", Buffer.from("\0\x09_services\x07_dns-sd"))).toBe(true);
  expect(gate.admits(0, "10.0.0.1", OURS)).toBe(true);
});

test("what no Ethernet carries whole is never looked at", () => {
  const gate = new SourceGate(0);

  expect(gate.admits(0, "10.0.0.1", Buffer.concat([OURS, Buffer.alloc(1472)]))).toBe(false);
});

test("a flood from one source takes 40 and then 10 a second, and stops nobody else", () => {
  const gate = new SourceGate(0);

  const taken = flood(gate, () => "10.0.0.1");

  expect(taken).toBe(40 + 10 * 10);
  expect(gate.admits(10 * SECOND_MS, "10.0.0.2", OURS)).toBe(true);
});

test("a flood from forged sources takes 400 and then 100 a second", () => {
  const gate = new SourceGate(0);

  const taken = flood(gate, (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);

  expect(taken).toBeGreaterThan(1_390);
  expect(taken).toBeLessThanOrEqual(1_400);
});

/** Ten seconds of 2000 datagrams each. */
function flood(gate: SourceGate, sourceOf: (i: number) => string): number {
  let taken = 0;
  for (let i = 0; i <= 20_000; i += 1) if (gate.admits(i / 2, sourceOf(i), OURS)) taken += 1;
  return taken;
}
