import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { EMOJI } from "../../lib/crypto/emoji.ts";
import { commitmentTo, type Comparison, picturesOf } from "../../lib/crypto/shortauth.ts";
import { flipped, seeded } from "./seeded.ts";

const random = seeded(11);
const COMPARISON: Comparison = {
  initiator: peerIdOf(random(32)),
  responder: peerIdOf(random(32)),
  initiatorNonce: random(16),
  responderNonce: random(16),
};

test("seven pictures of the table are shown, each of 64 with a name of its own", () => {
  const pictures = picturesOf(COMPARISON);

  expect(pictures).toHaveLength(7);
  for (const picture of pictures) expect(EMOJI[picture]).toBeDefined();
  expect(new Set(EMOJI.map(([picture]) => picture)).size).toBe(64);
  expect(new Set(EMOJI.map(([, name]) => name)).size).toBe(64);
});

test("every nonce and either identity decides what is shown", () => {
  const { initiator, responder, initiatorNonce, responderNonce } = COMPARISON;
  const others: Comparison[] = [
    { ...COMPARISON, initiatorNonce: flipped(initiatorNonce, 3) },
    { ...COMPARISON, responderNonce: flipped(responderNonce, 127) },
    { ...COMPARISON, initiator: responder, responder: initiator },
    { ...COMPARISON, responder: peerIdOf(random(32)) },
  ];

  const shown = [COMPARISON, ...others].map((comparison) => picturesOf(comparison).join(" "));

  expect(new Set(shown).size).toBe(others.length + 1);
});

test("all pictures are shown about as often", () => {
  const counts = Array.from({ length: 64 }, () => 0);
  for (let i = 0; i < 4_000; i++) {
    for (const picture of picturesOf({ ...COMPARISON, responderNonce: random(16) })) {
      counts[picture] = (counts[picture] ?? 0) + 1;
    }
  }

  // 437.5 each; five standard deviations of 21.
  expect(Math.min(...counts)).toBeGreaterThan(332);
  expect(Math.max(...counts)).toBeLessThan(543);
});

test("a commitment tells one nonce from another", () => {
  const nonce = random(16);

  expect(commitmentTo(nonce)).toEqual(commitmentTo(nonce.slice()));
  for (let bit = 0; bit < 128; bit++) {
    expect(commitmentTo(flipped(nonce, bit))).not.toEqual(commitmentTo(nonce));
  }
});
