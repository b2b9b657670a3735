import { expect, test } from "bun:test";
import { chainName, messageIdIn, parseMessageId } from "../../lib/chat/messageid.ts";
import type { Quote } from "../../lib/chat/quotes.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { Moves } from "../../lib/node/moves.ts";
import { type End, Originals } from "../../lib/node/originals.ts";
import { Tellings } from "../../lib/node/tellings.ts";
import { nth } from "./end.ts";

const ME = nth(0).peerId;
const ROOM = openRoom("#lobby");
const CHAIN = chainName(ROOM, ME);
const SAID: Quote = { step: "said", text: "one", editSeq: undefined, reactions: [] };

/** All that is held is one's own, in one room. */
function stage() {
  const tellings = new Tellings(() => undefined);
  const moves = new Moves(ME);
  const named = (id: string) => ({ room: ROOM, author: ME, seq: parseMessageId(id)?.seq ?? 0 });
  const chat = { named, isCancelling: () => false };
  const originals = new Originals({ chat, tellings, moves });
  const told: [end: End | undefined, seq: number][] = [];
  const ask = (seq: number): void => {
    const original = originals.named(messageIdIn(CHAIN, seq));
    if (original === undefined) throw new Error("All is held");
    originals.ask(original, (_now, end, { seq: now }) => told.push([end, now]));
  };
  /** The seq that the disk is asked for; it is answered with this. */
  const answer = (quote: Quote): number | undefined => {
    const load = tellings.pollLoad();
    if (load?.kind !== "load" || load.query.kind !== "quotes") return undefined;
    tellings.handleLoaded(0, load.token, { kind: "quotes", quotes: [quote] });
    return load.query.names[0]?.seq;
  };
  return { tellings, moves, told, ask, answer };
}

test("what gets another number while the disk is asked is asked for by that one", () => {
  const { moves, told, ask, answer } = stage();
  ask(2);
  moves.onMoved({ room: ROOM, chain: CHAIN, from: 1, shift: 3 });

  // It is another's by the time that the disk looks.
  const first = answer({ step: "deleted" });
  const before = [...told];
  const second = answer(SAID);

  expect([first, second]).toEqual([2, 5]);
  expect(before).toEqual([]);
  expect(told).toEqual([[undefined, 5]]);
});

test("what moved elsewhere, or below it, asks for nothing twice", () => {
  const { moves, told, ask, answer } = stage();
  ask(2);
  moves.onMoved({ room: openRoom("#dev"), chain: "", from: 1, shift: 3 });
  moves.onMoved({ room: ROOM, chain: CHAIN, from: 3, shift: 3 });

  expect(answer({ step: "deleted" })).toBe(2);
  expect(answer(SAID)).toBeUndefined();
  expect(told).toEqual([["deleted", 2]]);
});

test("a place is passed when what was told before it is, and not while that waits", () => {
  const { tellings, ask, answer } = stage();
  let passed = 0;
  tellings.pass(() => (passed += 1));
  tellings.poll();
  const beforeReady = passed;
  tellings.onReady({ type: "disk", state: "working" });
  while (tellings.poll() !== undefined);
  ask(1);
  tellings.pass(() => (passed += 1));
  tellings.poll();
  const waiting = passed;
  answer(SAID);
  tellings.poll();

  expect([beforeReady, waiting, passed]).toEqual([0, 1, 2]);
});
