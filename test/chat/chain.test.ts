import { expect, test } from "bun:test";
import { type ChainState, linkOf, placeRun } from "../../lib/chat/chain.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { decodeRun } from "../../lib/wire/entry.ts";
import { idOf } from "./crowd.ts";
import { forge } from "./forge.ts";
import { START } from "./world.ts";

const CHAIN = { room: openRoom("#lobby"), author: idOf("ann") };
const NO_TIP = { tip: undefined, keepsGaps: true };

/** The author's clock was ahead when the first was said, and is not any more. */
const FIRST = forge({ ...CHAIN, time: { wallMs: START + 50, tick: 0 } });
const HELD: ChainState = { head: linkTo(FIRST.bytes).link, gaps: [] };

function linkTo(bytes: Uint8Array) {
  const run = decodeRun(bytes);
  if (run === undefined) throw new Error("It is a run");
  return { run, link: linkOf(run, bytes) };
}

test("what goes on from another history need not be later than what is held of this one", () => {
  const other = forge({ ...CHAIN, time: { wallMs: START + 1, tick: 0 } });
  const next = forge({ ...CHAIN, seq: 2, previous: other.hash });

  expect(placeRun(HELD, linkTo(next.bytes), NO_TIP).step).toBe("equivocation");
});

test("what goes on from what is held, and is no later, is out of order", () => {
  const next = forge({ ...CHAIN, seq: 2, previous: FIRST.hash });

  expect(placeRun(HELD, linkTo(next.bytes), NO_TIP).step).toBe("disorder");
});
