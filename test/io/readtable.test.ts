import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { PeerId } from "../../lib/base/ids.ts";
import type { KeptState } from "../../lib/chat/history.ts";
import { READS_TOLD_MAX } from "../../lib/chat/reading.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { encodeContent } from "../../lib/wire/content.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, LOBBY } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

function open(): Store {
  const store = Store.open(join(scratch(), "p2pchat.db"), ANN);
  stores.push(store);
  return store;
}

/** Ann's next run, for Bob and Carol: a text for each of these. */
function own(chronicle: Chronicle, ...contents: readonly ReturnType<typeof said>[]): Write {
  return { kind: "own", ...chronicle.run(ANN, contents), recipients: [BOB, CAROL] };
}

const receipt = (seq: number, by: PeerId): Write => {
  return { kind: "receipt", room: LOBBY, seq, by, wallMs: 1 };
};
const read = (seq: number, by: PeerId): Write => {
  return { kind: "read", room: LOBBY, seq, by, wallMs: 1 };
};

function readBy(store: Store, by: PeerId, after: number | undefined) {
  const loaded = store.load({ kind: "reads", room: LOBBY, by, after });
  if (loaded.kind !== "reads") throw new Error("Another question was answered");
  return [loaded.upTo, ...loaded.seqs];
}

/** What became of each message, as history tells it. */
function states(store: Store): (readonly KeptState[] | undefined)[] {
  const query = { kind: "history", room: LOBBY, from: { step: "end" }, limit: 500 } as const;
  const loaded = store.load(query);
  if (loaded.kind !== "history" || loaded.step !== "page") throw new Error("There is no page");
  return loaded.messages.map((message) => message.states);
}

function statesOf(store: Store, peer: PeerId): (string | undefined)[] {
  return states(store).map((some) => some?.find(({ by }) => by === peer)?.state);
}

test("what is receipted and read is read, message by message, in each run", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([
    own(chronicle, said("1", 1), said("2", 2), said("3", 3)),
    own(chronicle, said("4", 4)),
  ]);
  store.commit([receipt(1, BOB), receipt(4, BOB), receipt(1, CAROL), receipt(4, CAROL)]);

  store.commit([read(2, BOB), read(4, CAROL)]);

  expect(statesOf(store, BOB)).toEqual(["read", "read", "delivered", "delivered"]);
  expect(statesOf(store, CAROL)).toEqual(["read", "read", "read", "read"]);
  expect(readBy(store, BOB, 0)).toEqual([2, 1, 2]);
  expect(readBy(store, CAROL, 1)).toEqual([4, 2, 3, 4]);
  expect(readBy(store, CAROL, 4)).toEqual([4]);
  expect(readBy(store, CAROL, undefined)).toEqual([4]);
});

test("what still waits for the reader, and what comes after it, is not read", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([own(chronicle, said("1", 1)), own(chronicle, said("2", 2))]);
  store.commit([receipt(1, BOB)]);

  store.commit([read(2, BOB), read(2, CAROL)]);
  store.commit([receipt(2, BOB), receipt(1, CAROL)]);

  expect(statesOf(store, BOB)).toEqual(["read", "delivered"]);
  expect(statesOf(store, CAROL)).toEqual(["delivered", "queued"]);
});

test("less than was read before is no news, and what failed is not read", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([own(chronicle, said("1", 1)), own(chronicle, said("2", 2))]);
  store.commit([receipt(1, BOB), { kind: "failure", room: LOBBY, seq: 2, by: BOB, reason: "no" }]);

  store.commit([read(2, BOB)]);
  store.commit([read(1, BOB)]);

  expect(statesOf(store, BOB)).toEqual(["read", "failed"]);
  expect(readBy(store, BOB, 0)).toEqual([2, 1]);
});

test("what is no message is not told to be read", () => {
  const store = open();
  const chronicle = new Chronicle();
  const edit = encodeContent({ kind: "edit", seq: 1, text: "one" });
  store.commit([own(chronicle, said("1", 1), { ...edit, time: { wallMs: 2, tick: 0 } })]);
  store.commit([receipt(1, BOB), read(2, BOB)]);

  expect(readBy(store, BOB, 0)).toEqual([2, 1]);
});

test("of very much the last is told", () => {
  const store = open();
  const chronicle = new Chronicle();
  const count = READS_TOLD_MAX + 100;
  store.commit(Array.from({ length: count }, (_, i) => own(chronicle, said(`${i}`, i))));
  store.commit(Array.from({ length: count }, (_, i) => receipt(i + 1, BOB)));

  store.commit([read(count, BOB)]);

  const [upTo, first, ...others] = readBy(store, BOB, 0);
  expect([upTo, first, others.at(-1)]).toEqual([count, 101, count]);
  expect(others).toHaveLength(READS_TOLD_MAX - 1);
});
