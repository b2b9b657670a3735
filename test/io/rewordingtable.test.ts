import { expect, test } from "bun:test";
import { join } from "node:path";
import type { RewordWrite } from "../../lib/chat/records.ts";
import type { Store } from "../../lib/io/store.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { encodeContent } from "../../lib/wire/content.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, LOBBY, outbox, outboxRows } from "./support/entries.ts";
import { closeAll, open } from "./support/opened.ts";
import { scratch } from "./support/scratch.ts";

let wallMs = 1000;

function own(chronicle: Chronicle, ...texts: readonly string[]) {
  const contents = texts.map((text) => said(text, (wallMs += 1)));
  return { kind: "own", ...chronicle.run(ANN, contents), recipients: [BOB] } as const;
}

function reword(seq: number, text: string): RewordWrite {
  return {
    kind: "reword",
    room: LOBBY,
    author: ANN,
    seq,
    ...encodeContent({ kind: "text", text }),
  };
}

function textsOf(store: Store): string[] {
  const loaded = store.load({ kind: "history", room: LOBBY, from: { step: "end" }, limit: 50 });
  if (loaded.kind !== "history" || loaded.step !== "page") throw new Error("There is no page");
  return loaded.messages.map(({ text }) => text);
}

function found(store: Store, text: string): string[] {
  const loaded = store.load({ kind: "search", text, room: undefined, limit: 9 });
  if (loaded.kind !== "search" || loaded.step !== "page") throw new Error("Nothing was looked for");
  return loaded.messages.map((message) => message.text).toSorted();
}

test("a row says something else where it is, and all behind it are bound to that", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  const chronicle = new Chronicle();
  const [first, second, third] = [
    own(chronicle, "a"),
    own(chronicle, "b", "c"),
    own(chronicle, "d"),
  ];
  store.commit([first, second, third]);

  expect(store.commit([reword(2, "other words")])).toBe(true);
  expect(store.commit([reword(2, "other words")])).toBe(true);
  closeAll();
  const after = open(file);

  const rows = outboxRows(after, BOB);
  expect(rows.map(({ position }) => position)).toEqual([1, 2, 4]);
  expect(textsOf(after)).toEqual(["a", "other words", "c", "d"]);
  const bound = rows.map(({ run }) => run.previous.toHex());
  const hashes = rows.map(({ bytes }) => sha256(bytes).toHex());
  expect(bound.slice(1)).toEqual(hashes.slice(0, -1));
  const [head] = after.restore().chat.heads;
  expect([head?.seq, head?.hash.toHex()]).toEqual([4, hashes.at(-1)]);
});

test("a search finds the words that are there, and not those that were, indexed or not", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([own(chronicle, "secret boat"), own(chronicle, "secret tree")]);
  while (store.tend());
  store.commit([own(chronicle, "secret house")]);

  store.commit([reword(1, "open sea"), reword(3, "open door")]);

  expect([found(store, "secret"), found(store, "open")]).toEqual([
    ["secret tree"],
    ["open door", "open sea"],
  ]);
  while (store.tend());
  expect([found(store, "secret"), found(store, "open")]).toEqual([
    ["secret tree"],
    ["open door", "open sea"],
  ]);
});

test("what may have gone out, or something after it, never says anything else", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([own(chronicle, "one"), own(chronicle, "last"), { kind: "tried", peer: BOB }]);
  expect(() => store.commit([reword(1, "two")])).toThrow("have gone out");
  store.commit([{ kind: "receipt", room: LOBBY, seq: 2, by: BOB, wallMs: 9 }]);
  store.commit([{ kind: "failure", room: LOBBY, seq: 1, by: BOB, reason: "cancelled" }]);
  expect(() => store.commit([reword(1, "two")])).toThrow("have gone out");

  expect(textsOf(store)).toEqual(["one", "last"]);
  expect(outbox(store, BOB)).toEqual([]);
});
