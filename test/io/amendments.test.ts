import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { peerIdOf } from "../../lib/base/ids.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { REACTIONS_MAX, REACTIONS_PER_AUTHOR_MAX } from "../../lib/chat/quotes.ts";
import { CANCELLED } from "../../lib/chat/cancelled.ts";
import { Store } from "../../lib/io/store.ts";
import type { Loaded, Query } from "../../lib/node/machine.ts";
import { type Content, encodeContent } from "../../lib/wire/content.ts";
import { Chronicle } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, LOBBY } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** Ann's, with what these say by turns, a ms apart. */
function holding(...said: readonly (readonly [author: typeof ANN, content: Content])[]): Store {
  const store = Store.open(join(scratch(), "p2pchat.db"), ANN);
  stores.push(store);
  const chronicle = new Chronicle();
  const writes = said.map(([author, content], i) => {
    const time = { wallMs: 1000 + i, tick: 0 };
    const run = chronicle.run(author, [{ time, ...encodeContent(content) }]);
    return author === ANN
      ? Object.assign(run, { kind: "own" as const, recipients: [] })
      : Object.assign(run, { kind: "heard" as const });
  });
  expect(store.commit(writes)).toBe(true);
  return store;
}

function pageOf(store: Store, query: Partial<Query> = {}): Extract<Loaded, { step: "page" }> {
  const from = { step: "end" } as const;
  const history = { kind: "history", room: LOBBY, from, limit: 50 } as const;
  const loaded = store.load({ ...history, ...query } as Query);
  if (!("step" in loaded) || loaded.step !== "page") throw new Error("There is no page");
  return loaded;
}

const find = (store: Store, text: string) =>
  pageOf(store, { kind: "search", text, room: undefined, limit: 50 }).messages;

const text = (words: string): Content => ({ kind: "text", text: words });
const edit = (seq: number, words: string): Content => ({ kind: "edit", seq, text: words });
const react = (author: typeof ANN, seq: number, emoji: string, isOn = true): Content => {
  return { kind: "reaction", to: { author, seq }, emoji, isOn };
};

test("a page shows each message as it is by now, and none that was taken back", () => {
  const store = holding(
    [BOB, text("one")],
    [BOB, text("two")],
    [CAROL, { kind: "reply", to: { author: BOB, seq: 1 }, text: "to one" }],
    [BOB, edit(1, "first")],
    [BOB, edit(1, "uno")],
    [BOB, { kind: "delete", seq: 2 }],
    [BOB, edit(2, "two again")],
    [CAROL, react(BOB, 1, "👍")],
    [ANN, react(BOB, 1, "👍")],
    [ANN, react(BOB, 1, "👎")],
    [ANN, react(BOB, 1, "👎", false)],
    [CAROL, { kind: "reply", to: { author: BOB, seq: 2 }, text: "to two" }],
    [CAROL, { kind: "action", text: "waves" }],
    [CAROL, { kind: "topic", text: "numbers" }],
  );

  const { messages } = pageOf(store);

  expect(messages).toMatchObject([
    { text: "uno", isEdited: true, reactions: [{ emoji: "👍", by: [ANN, CAROL] }] },
    { text: "to one", isEdited: false, replyTo: { id: messageId(LOBBY, BOB, 1), text: "uno" } },
    { text: "to two", replyTo: { author: BOB, text: undefined }, reactions: [] },
    { text: "waves", isAction: true },
  ]);
});

const put = (author: typeof ANN, emoji: string, isOn = true) =>
  [author, react(BOB, 1, emoji, isOn)] as const;

test("of one author the last reactions to a message count, and that there are more is told", () => {
  const faces = Array.from({ length: REACTIONS_PER_AUTHOR_MAX + 1 }, (_, i) => `${i}`);
  const flood = faces.map((emoji) => put(ANN, emoji));
  const [few, many] = [flood.slice(1), flood].map((reactions) => {
    return pageOf(holding([BOB, text("one")], put(CAROL, "+1"), ...reactions)).messages[0];
  });

  const anns = faces.slice(1).map((emoji) => ({ emoji, by: [ANN] }));
  const reactions = [...anns, { emoji: "+1", by: [CAROL] }];
  expect(few).toMatchObject({ reactions, hasMoreReactions: false });
  expect(many).toMatchObject({ reactions, hasMoreReactions: true });
});

test("whoever takes reactions back and puts them again hides nobody else's", () => {
  const toggles = Array.from({ length: REACTIONS_MAX + 1 }, (_, i) => put(ANN, "-1", i % 2 === 1));
  const store = holding([BOB, text("one")], ...toggles, put(CAROL, "+1"));

  expect(pageOf(store).messages).toMatchObject([
    { reactions: [{ emoji: "+1", by: [CAROL] }], hasMoreReactions: true },
  ]);
});

test("of more people than count, everybody's last goes before anybody's last but one", () => {
  const people = Array.from({ length: REACTIONS_MAX }, (_, i) => {
    return peerIdOf(new Uint8Array(32).fill(1).with(0, i));
  });
  const all = people.flatMap((peer) => [put(peer, "early"), put(peer, "late")]);
  const [message] = pageOf(holding([BOB, text("one")], ...all)).messages;
  const crowd = [...people, CAROL].map((peer) => put(peer, "+1"));
  const [more] = pageOf(holding([BOB, text("two")], ...crowd)).messages;

  expect(message).toMatchObject({ reactions: [{ emoji: "late", by: people }] });
  expect(message?.hasMoreReactions).toBe(true);
  expect(more?.reactions[0]?.by).toHaveLength(REACTIONS_MAX);
  expect(more?.hasMoreReactions).toBe(true);
});

test("whoever amends what another has said changes nothing", () => {
  const store = holding(
    [BOB, text("bob's")],
    [CAROL, text("carol's")],
    [CAROL, edit(1, "forged")],
    [CAROL, text("more")],
    [BOB, edit(1, "bob's own")],
    [BOB, edit(2, "an edit of an edit")],
    [CAROL, { kind: "delete", seq: 2 }],
  );

  expect(pageOf(store).messages.map((message) => message.text)).toEqual([
    "bob's own",
    "forged",
    "more",
  ]);
});

test.each([true, false])("a search finds what is to be read by now, indexed: %p", (isIndexed) => {
  const store = holding(
    [BOB, text("apples on monday")],
    [BOB, edit(1, "pears on monday")],
    [BOB, edit(1, "plums on monday")],
    [CAROL, text("secret plums")],
    [CAROL, { kind: "delete", seq: 1 }],
    [CAROL, { kind: "topic", text: "plums" }],
  );
  if (isIndexed) while (store.tend());

  expect(find(store, "apples")).toEqual([]);
  expect(find(store, "pears")).toEqual([]);
  expect(find(store, "plums")).toMatchObject([
    { id: messageId(LOBBY, BOB, 1), text: "plums on monday", isEdited: true },
  ]);
  expect(find(store, "secret")).toEqual([]);
});

test("quotes say what is held, what is not, and only what is amended where that is asked", () => {
  const store = holding(
    [BOB, text("one")],
    [BOB, text("two")],
    [BOB, edit(2, "second")],
    [CAROL, react(BOB, 1, "👍")],
  );
  const names = [1, 2, 3, 9].map((seq) => ({ author: BOB, seq }));
  const query = { kind: "quotes", room: LOBBY, names } as const;

  expect(store.load({ ...query, isAmendedOnly: false })).toMatchObject({
    quotes: [
      { step: "said", text: "one", reactions: [{ emoji: "👍", by: [CAROL] }] },
      { step: "said", text: "second", editSeq: 3 },
      { step: "other" },
      { step: "unknown" },
    ],
  });
  expect(store.load({ ...query, names: names.slice(1, 3), isAmendedOnly: true })).toMatchObject({
    quotes: [{ step: "said", text: "second" }, undefined],
  });
});

test("a quote of one's own message says that it was taken back, and history shows it still", () => {
  const store = holding([ANN, text("one")], [ANN, text("two")], [BOB, text("three")]);
  const failure = { kind: "failure", by: BOB, room: LOBBY } as const;
  store.commit([
    { ...failure, seq: 1, reason: CANCELLED },
    { ...failure, seq: 2, reason: "out of space" },
  ]);
  const names = [ANN, ANN, BOB].map((author, i) => ({ author, seq: i === 1 ? 2 : 1 }));

  const loaded = store.load({ kind: "quotes", room: LOBBY, names, isAmendedOnly: false });

  expect(loaded).toMatchObject({
    quotes: [{ step: "cancelled" }, { step: "said" }, { step: "said" }],
  });
  expect(pageOf(store).messages.map((message) => message.text)).toEqual(["one", "two", "three"]);
});

test("the topic is the last in the order of the room, but none of the far future", () => {
  const store = holding(
    [BOB, { kind: "topic", text: "boats" }],
    [CAROL, { kind: "topic", text: "trains" }],
  );
  const topicUpTo = (upToMs: number) => {
    const loaded = store.load({ kind: "topics", rooms: [LOBBY], upToMs });
    return loaded.kind === "topics" ? loaded.topics : [];
  };

  expect(topicUpTo(2000)).toMatchObject([{ text: "trains", author: CAROL }]);
  expect(topicUpTo(1000)).toMatchObject([{ text: "boats", author: BOB }]);
  expect(topicUpTo(999)).toEqual([undefined]);
});
