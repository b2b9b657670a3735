import { expect, test } from "bun:test";
import { chainName, messageIdIn } from "../../lib/chat/messageid.ts";
import { openRoom } from "../../lib/chat/rooms.ts";
import { Moves, MOVES_MAX } from "../../lib/node/moves.ts";
import { nth } from "./end.ts";

const ME = nth(0).peerId;
const ROOM = openRoom("#lobby");
const CHAIN = chainName(ROOM, ME);
const move = (from: number, shift: number) => ({ room: ROOM, chain: CHAIN, from, shift });
const idOf = (seq: number): string => messageIdIn(CHAIN, seq);

test("an entry is found by each number that it had, and what was below none of them stays", () => {
  const moves = new Moves(ME);
  const [first, second] = [1, 2].map((seq) => moves.follow({ room: ROOM, author: ME, seq }));
  if (first === undefined || second === undefined) throw new Error("Two are followed");
  moves.onMoved(move(2, 3));
  const third = moves.follow({ room: ROOM, author: ME, seq: 2 });
  moves.onMoved(move(4, 10));

  expect(moves.now(first)).toMatchObject({ seq: 1 });
  expect(moves.now(second)).toMatchObject({ seq: 15 });
  expect(moves.now(third)).toMatchObject({ seq: 2 });
});

test("what others have said, and what was said elsewhere, has the numbers it had", () => {
  const moves = new Moves(ME);
  const theirs = moves.follow({ room: ROOM, author: nth(1).peerId, seq: 2 });
  const elsewhere = moves.follow({ room: openRoom("#dev"), author: ME, seq: 2 });
  moves.onMoved(move(1, 3));

  expect([moves.now(theirs), moves.now(elsewhere)]).toMatchObject([{ seq: 2 }, { seq: 2 }]);
});

test("who has not been told yet names a message as before, in every command", () => {
  const moves = new Moves(ME);
  const req = null;
  const history = { type: "history", req, room: "#lobby", with: null, limit: 1 } as const;
  const [was, now] = [idOf(2), idOf(5)];
  const send = { type: "send", req, to: "#lobby", text: "so" } as const;
  const nowhere = { before: null, after: null, around: null };
  moves.onMoved(move(1, 3));

  expect(moves.renamed({ type: "edit", req, id: was, text: "x" })).toMatchObject({ id: now });
  expect(moves.renamed({ type: "read", req, id: was })).toMatchObject({ id: now });
  expect(moves.renamed({ ...send, replyTo: was })).toEqual({ ...send, replyTo: now });
  expect(moves.renamed(send)).toEqual(send);
  expect(moves.renamed({ ...history, ...nowhere, around: was })).toEqual({
    ...history,
    ...nowhere,
    around: now,
  });
  expect(moves.renamed({ type: "rooms", req })).toEqual({ type: "rooms", req });
  expect(moves.renamed({ type: "delete", req, id: "no id" })).toMatchObject({ id: "no id" });
  moves.onTold();

  expect(moves.renamed({ type: "edit", req, id: was, text: "x" })).toMatchObject({ id: was });
});

test("what was named so long ago that it is forgotten is not taken for another", () => {
  const moves = new Moves(ME);
  const entry = moves.follow({ room: ROOM, author: ME, seq: 1 });
  for (let i = 0; i < MOVES_MAX; i++) moves.onMoved(move(1, 1));
  const known = moves.now(entry);
  moves.onMoved(move(1, 1));

  expect(known).toMatchObject({ seq: 1 + MOVES_MAX });
  expect(moves.now(entry)).toBeUndefined();
});
