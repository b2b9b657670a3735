import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
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

  // What goes out goes after all that was said before it.
  expect(before).toEqual([["bb 1", "cc 0"], ["bb 1"], ["cc 0"], undefined]);
  expect(after).toEqual([["bb 1", "cc 1"], ["bb 1"], ["cc 1"]]);
  expect(triedOf(again, 1)).toEqual(["cc 1"]);
});

test("what was said before something that has arrived may have gone out with it", () => {
  const store = open(join(scratch(), "p2pchat.db"));
  store.commit([own(1, [BOB]), own(2, [BOB]), own(3, [BOB])]);
  const before = [1, 2, 3].map((seq) => triedOf(store, seq));

  // The disk has refused to know that all were to go out, and what was answered first.
  store.commit([{ kind: "receipt", room: LOBBY, seq: 2, by: BOB, wallMs: 9 }]);

  expect(before).toEqual([["bb 0"], ["bb 0"], ["bb 0"]]);
  expect([1, 2, 3].map((seq) => triedOf(store, seq))).toEqual([["bb 1"], [], ["bb 0"]]);
});

/** For whom Ann's run with this entry waits, and whether it may be on its way. */
function triedOf(store: Store, seq: number): string[] | undefined {
  const loaded = store.load({ kind: "delivery", room: LOBBY, seq });
  if (loaded.kind !== "delivery") throw new Error("Another question is answered");
  return loaded.delivery?.waiting.map(({ peer, isTried }) => {
    return `${peer.slice(0, 2)} ${isTried ? 1 : 0}`;
  });
}
