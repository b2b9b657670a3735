import { expect, test } from "bun:test";
import { idBytes, peerIdOf } from "../../lib/base/ids.ts";
import { halfOf, joined, safetyNumber } from "../../lib/crypto/safetynumber.ts";
import { flipped, seeded } from "./seeded.ts";

const random = seeded(5);
const ANN = { peerId: peerIdOf(random(32)) };
const BOB = { peerId: peerIdOf(random(32)) };

test("a safety number is sixty digits in twelve groups", () => {
  expect(safetyNumber(ANN, BOB)).toMatch(/^\d{5}(?: \d{5}){11}$/);
});

test("a safety number is the same on both sides", () => {
  expect(safetyNumber(ANN, BOB)).toBe(safetyNumber(BOB, ANN));
});

test("a safety number does not change from one version of the program to the next", () => {
  const golden = "15586 14225 48959 68051 93180 37598 18247 92186 59773 09934 96118 31861";

  expect(safetyNumber(ANN, BOB)).toBe(golden);
});

test("each party has thirty digits of its own, whoever the other is", () => {
  const eve = { peerId: peerIdOf(random(32)) };

  const [withBob, withEve] = [halves(safetyNumber(ANN, BOB)), halves(safetyNumber(ANN, eve))];

  expect(withBob.filter((half) => withEve.includes(half)).length).toBe(1);
});

test("any bit of an identity changes its digits", () => {
  const own = halves(safetyNumber(ANN, BOB));
  const bob = halfOf(BOB.peerId);

  for (let bit = 0; bit < 256; bit++) {
    const peerId = peerIdOf(flipped(idBytes(ANN.peerId), bit));
    const kept = halves(joined(halfOf(peerId), bob)).filter((half) => own.includes(half));
    expect(kept).toHaveLength(1);
  }
});

test("a thousand pairs agree, each on a number of its own", () => {
  // Of 46 people each two: 1035 pairs.
  const ids = Array.from({ length: 46 }, () => peerIdOf(random(32)));
  const people = ids.map((peerId) => ({ peerId, half: halfOf(peerId) }));
  const numbers = new Set<string>();
  for (const [i, one] of people.entries()) {
    for (const other of people.slice(i + 1)) {
      const number = joined(one.half, other.half);
      expect(joined(other.half, one.half)).toBe(number);
      numbers.add(number);
    }
    const next = people[i + 1] ?? one;
    expect(safetyNumber(one, next)).toBe(joined(next.half, one.half));
  }

  expect(numbers.size).toBe(1035);
});

function halves(number: string): string[] {
  return [number.slice(0, 35), number.slice(36)];
}
