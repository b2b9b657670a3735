import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Gap } from "../../lib/chat/chain.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import type { RebaseWrite } from "../../lib/chat/records.ts";
import type { Store } from "../../lib/io/store.ts";
import { type Content, encodeContent } from "../../lib/wire/content.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, hash, LOBBY, outbox, outboxRows } from "./support/entries.ts";
import { closeAll, open } from "./support/opened.ts";
import { scratch } from "./support/scratch.ts";

/** Behind seq 10, where what is below is missing. */
const ONTO = { seq: 10, hash: hash(10), time: { wallMs: 2000, tick: 5 } };
const ORIGIN = { seq: 0, hash: new Uint8Array(32), time: { wallMs: 0, tick: 0 } };
const GAP: Gap = {
  after: ORIGIN,
  to: 10,
  hash: hash(10),
  before: { wallMs: 2 ** 48 - 1, tick: 9 },
};

function behind(from: number | undefined, gaps: readonly Gap[] = [GAP]): RebaseWrite {
  return { kind: "rebase", room: LOBBY, author: ANN, from, onto: ONTO, gaps };
}

function saying(content: Content, wallMs: number) {
  return { ...encodeContent(content), time: { wallMs, tick: 0 } };
}

function pageOf(store: Store, room = LOBBY) {
  const loaded = store.load({ kind: "history", room, from: { step: "end" }, limit: 50 });
  if (loaded.kind !== "history" || loaded.step !== "page") throw new Error("There is no page");
  return loaded.messages;
}

test("own runs go behind others with all that waits, and what they say of one another", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  const chronicle = new Chronicle();
  const own = (contents: Parameters<Chronicle["run"]>[1], recipients = [BOB, CAROL]) => {
    return { kind: "own", ...chronicle.run(ANN, contents), recipients, tried: [CAROL] } as const;
  };
  store.commit([
    own([said("one", 1000), said("tow", 1001)]),
    own([saying({ kind: "edit", seq: 2, text: "two" }, 1002)]),
    own([said("late", 3000)], [BOB]),
    { kind: "receipt", room: LOBBY, seq: 3, by: BOB, wallMs: 9 },
    { kind: "failure", room: LOBBY, seq: 4, by: BOB, reason: "no longer in this room" },
  ]);
  while (store.tend());

  expect(store.commit([behind(1)])).toBe(true);
  while (store.tend());
  closeAll();
  const after = open(file);

  const { heads, gaps } = after.restore().chat;
  expect(heads).toMatchObject([{ room: LOBBY, author: ANN, seq: 14, time: { wallMs: 3000 } }]);
  expect(gaps).toEqual([{ room: LOBBY, author: ANN, gaps: [GAP] }]);
  expect([outbox(after, BOB), outbox(after, CAROL)]).toEqual([[11], [11, 13]]);
  const [first] = outboxRows(after, BOB);
  expect(first?.run.previous).toEqual(hash(10));
  expect(first?.run.entries.map(({ time }) => time)).toEqual([
    { wallMs: 2000, tick: 6 },
    { wallMs: 2000, tick: 7 },
  ]);
  const messages = pageOf(after).map(({ id, text, states }) => ({ id, text, states }));
  expect(messages).toMatchObject([
    { id: messageId(LOBBY, ANN, 11), text: "one" },
    { id: messageId(LOBBY, ANN, 12), text: "two" },
    { id: messageId(LOBBY, ANN, 14), text: "late", states: [{ state: "failed", by: BOB }] },
  ]);
  const found = after.load({ kind: "search", text: "late", room: LOBBY, limit: 9 });
  expect(found).toMatchObject({ messages: [{ id: messageId(LOBBY, ANN, 14) }] });
});

test("of a conversation of two what waits goes, and what does not stays", () => {
  const store = open();
  const chronicle = new Chronicle();
  const own = (text: string, wallMs: number) => {
    return { kind: "own", ...chronicle.run(ANN, [said(text, wallMs)]), recipients: [BOB] } as const;
  };
  store.commit([
    own("there", 1000),
    { kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 9 },
    own("waits", 1001),
    own("too", 1002),
  ]);

  store.commit([behind(undefined, [])]);

  expect(outbox(store, BOB)).toEqual([11, 12]);
  expect(pageOf(store).map(({ id }) => id)).toEqual(
    [1, 11, 12].map((seq) => messageId(LOBBY, ANN, seq)),
  );
});

test("what is read is so up to the same message, by its new number", () => {
  const store = open();
  const chronicle = new Chronicle();
  const unread = () => store.load({ kind: "unread", room: LOBBY });
  store.commit([
    { kind: "own", ...chronicle.run(ANN, [said("one", 1), said("two", 2)]), recipients: [] },
    { kind: "mark", room: LOBBY, author: ANN, seq: 2 },
  ]);
  const before = unread();

  store.commit([behind(1)]);

  expect(before).toMatchObject({ rooms: [{ count: 0, upTo: { author: ANN, seq: 2 } }] });
  expect(unread()).toMatchObject({ rooms: [{ count: 0, upTo: { author: ANN, seq: 12 } }] });
});

test("where nothing is to be moved, nothing changes", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([{ kind: "own", ...chronicle.run(ANN, [said("there", 1)]), recipients: [] }]);

  expect(store.commit([behind(undefined), behind(2)])).toBe(true);

  const { heads, gaps } = store.restore().chat;
  expect(heads).toMatchObject([{ seq: 1 }]);
  expect(gaps).toEqual([]);
});

test("one's own words that come back are nobody's news", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  const run = new Chronicle().run(ANN, [said("mine", 1)]);

  store.commit([{ kind: "heard", ...run }]);
  closeAll();
  const after = open(file);

  expect(after.restore().chat.unshown).toEqual([]);
  expect(pageOf(after)).toMatchObject([{ text: "mine", states: [] }]);
});
