import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { PeerId } from "../../lib/base/ids.ts";
import { Store } from "../../lib/io/store.ts";
import { ANN, BOB, CAROL, LOBBY, own } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

function open(file: string): Store {
  const store = Store.open(file, ANN);
  stores.push(store);
  return store;
}

test("what may be on its way is known to be, across restarts", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  const second = Object.assign(own(2, [BOB]), { tried: [BOB] });
  store.commit([own(1, [BOB, CAROL]), second, own(3, [CAROL])]);
  const before = [1, 2, 3, 4].map((seq) => triedOf(store, seq));

  store.commit([{ kind: "tried", peer: CAROL }]);
  stores.pop()?.close();
  const again = open(file);
  const after = [1, 2, 3].map((seq) => triedOf(again, seq));
  again.commit([{ kind: "failure", room: LOBBY, seq: 1, by: BOB, reason: "cancelled" }]);

  // Who may have what is bound to it knows its hash.
  expect(before).toEqual([["bb 1", "cc 0"], ["bb 1"], ["cc 0"], undefined]);
  expect(after).toEqual([["bb 1", "cc 1"], ["bb 1"], ["cc 1"]]);
  expect(triedOf(again, 1)).toEqual(["cc 1"]);
});

test("only what is known to be on its way is read to be sent", () => {
  const store = open(join(scratch(), "p2pchat.db"));
  store.commit([own(1, [BOB, CAROL]), own(2, [BOB])]);
  const before = sentTo(store, BOB);

  store.commit([{ kind: "tried", peer: BOB }]);
  store.commit([own(3, [BOB])]);

  expect(before).toEqual([]);
  expect(sentTo(store, BOB)).toEqual([1, 2]);
  expect(sentTo(store, CAROL)).toEqual([]);
});

/** What of Ann's runs goes out to this one, by their first entry. */
function sentTo(store: Store, peer: PeerId): number[] {
  const loaded = store.load({ kind: "outbox", peer, after: 0, limit: 9 });
  if (loaded.kind !== "outbox") throw new Error("Another question is answered");
  return loaded.rows.map(({ run }) => run.seq);
}

/** For whom Ann's run with this entry waits, and whether it may be on its way. */
function triedOf(store: Store, seq: number): string[] | undefined {
  const loaded = store.load({ kind: "delivery", room: LOBBY, seq });
  if (loaded.kind !== "delivery") throw new Error("Another question is answered");
  return loaded.delivery?.waiting.map(({ peer, isTried }) => {
    return `${peer.slice(0, 2)} ${isTried ? 1 : 0}`;
  });
}
