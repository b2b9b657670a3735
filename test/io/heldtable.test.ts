import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { type EnvelopeId, envelopeIdOf } from "../../lib/base/ids.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { ANN, BOB, CAROL, DAVE, LOBBY, own } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

function open(file: string, me = ANN): Store {
  const store = Store.open(file, me);
  stores.push(store);
  return store;
}

const RECEIPT = new Uint8Array(64).fill(7);
const bytes = (i: number): Uint8Array => new Uint8Array(100 + i).fill(i);
const idOf = (i: number): EnvelopeId => envelopeIdOf(sha256(bytes(i)));

function hold(i: number): Write {
  const people = { sender: BOB, recipient: CAROL };
  const [id, envelope] = [idOf(i), bytes(i)];
  return { kind: "hold", id, ...people, size: envelope.length, wallMs: 10 + i, envelope };
}

function entrusted(i: number, ...seqs: readonly number[]): Write {
  const runs = seqs.map((seq) => ({ seq, entries: 1 }));
  const people = { holder: DAVE, recipient: BOB };
  return { kind: "entrusted", id: idOf(i), ...people, room: LOBBY, runs, wallMs: 5 };
}

function envelopeIn(store: Store, i: number): Uint8Array | undefined {
  const loaded = store.load({ kind: "held", id: idOf(i) });
  return loaded.kind === "held" ? loaded.envelope : undefined;
}

test("what is held is there after a restart, in its order, until it is forgotten", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  store.commit([hold(3), hold(1), hold(2), hold(1)]);
  store.commit([{ kind: "passed", id: idOf(1), receipt: RECEIPT }]);
  store.commit([{ kind: "unhold", id: idOf(2) }]);
  store.commit([hold(4), hold(5)]);
  store.commit([{ kind: "lost", id: idOf(4), reason: "refused" }]);
  store.commit([{ kind: "lost", id: idOf(5), reason: "storage" }]);
  stores.pop()?.close();

  const again = open(file);

  const people = { sender: BOB, recipient: CAROL };
  const [waits, lost] = [{ receipt: undefined }, { size: 0, receipt: undefined }];
  expect(again.restore().chat.held).toEqual([
    { id: idOf(3), ...people, size: 103, wallMs: 13, ...waits },
    { id: idOf(1), ...people, size: 0, wallMs: 11, receipt: RECEIPT },
    { id: idOf(4), ...people, wallMs: 14, ...lost, lost: "refused" },
    { id: idOf(5), ...people, wallMs: 15, ...lost, lost: "storage" },
  ]);
  expect(envelopeIn(again, 3)).toEqual(bytes(3));
  expect(envelopeIn(again, 1)).toBeUndefined();
  expect(envelopeIn(again, 2)).toBeUndefined();
  expect(envelopeIn(again, 4)).toBeUndefined();
});

test("an envelope that the disk has damaged is not given out", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  store.commit([hold(1)]);
  const db = new Database(file);
  db.run("UPDATE held SET envelope = x'0102'");
  db.close();

  expect(envelopeIn(store, 1)).toBeUndefined();
});

test("what others hold of one's own is known until it waits no more", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  store.commit([own(1, [BOB, CAROL]), own(2, [BOB]), own(3, [BOB])]);
  store.commit([entrusted(1, 1, 2), entrusted(2, 3), entrusted(2, 3), entrusted(3, 3)]);
  const before = store.restore().chat.entrusted;

  store.commit([{ kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 1 }]);
  store.commit([{ kind: "failure", room: LOBBY, seq: 3, by: BOB, reason: "cancelled" }]);
  stores.pop()?.close();
  const again = open(file);
  const after = again.restore().chat.entrusted;
  again.commit([{ kind: "unentrusted", id: idOf(1) }]);

  const people = { holder: DAVE, recipient: BOB, room: LOBBY, wallMs: 5 };
  const named = (...seqs: readonly number[]) => seqs.map((seq) => ({ seq, entries: 1 }));
  expect(before.toSorted((a, b) => a.runs.length - b.runs.length)).toHaveLength(3);
  expect(before).toContainEqual({ id: idOf(1), ...people, runs: named(1, 2) });
  expect(after).toEqual([{ id: idOf(1), ...people, runs: named(2) }]);
  expect(again.restore().chat.entrusted).toEqual([]);
});

test("what waits no more is entrusted to nobody, and what waits in one room is found", () => {
  const store = open(join(scratch(), "p2pchat.db"));
  store.commit([own(1, [BOB])]);
  store.commit([{ kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 1 }, entrusted(1, 1, 9)]);

  expect(store.restore().chat.entrusted).toEqual([]);
  expect(store.commit([own(2, [BOB]), { kind: "tried", peer: BOB }])).toBe(true);
  const rows = (room: typeof LOBBY) => {
    const loaded = store.load({ kind: "outbox", peer: BOB, room, after: 0, limit: 9 });
    return loaded.kind === "outbox" ? loaded.rows.map(({ run }) => run.seq) : [];
  };
  expect(rows(LOBBY)).toEqual([2]);
  expect(rows(idLike())).toEqual([]);
});

/** A room of which nothing waits. */
function idLike(): typeof LOBBY {
  return LOBBY.replaceAll("1", "2") as typeof LOBBY;
}
