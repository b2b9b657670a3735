import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { type Gap, ORIGIN } from "../../lib/chat/chain.ts";
import { Tries } from "../../lib/chat/tries.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";

const BOB = peerIdOf(sha256(Uint8Array.of(1)));
const CEM = peerIdOf(sha256(Uint8Array.of(2)));

function gapTo(to: number): Gap {
  const hash = sha256(Uint8Array.of(to));
  return { after: ORIGIN, to, hash, before: { wallMs: Infinity, tick: 0 } };
}

test("what its author has broken is asked of nobody, however often it is looked at", () => {
  const tries = new Tries();
  tries.onBroken(5);

  tries.retain([gapTo(5)]);
  tries.onNews(BOB);
  tries.hope();

  expect([BOB, CEM].map((peer) => tries.mayHave(peer, gapTo(5)))).toEqual([false, false]);
});

test("of a gap that is there no more nothing is remembered, broken or not", () => {
  const tries = new Tries();
  tries.onBroken(5);
  tries.onMissing(BOB, 6);

  tries.retain([gapTo(7)]);

  expect(tries.mayHave(BOB, gapTo(5))).toBe(true);
  expect(tries.mayHave(BOB, gapTo(6))).toBe(true);
});
