import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Gap } from "../../lib/chat/chain.ts";
import type { RunsQuery } from "../../lib/chat/records.ts";
import type { Store } from "../../lib/io/store.ts";
import { BOB, CAROL, DEV, hash, heard, heardRun, LOBBY } from "./support/entries.ts";
import { closeAll, open } from "./support/opened.ts";
import { scratch } from "./support/scratch.ts";

const CHAIN = { room: LOBBY, author: BOB };

function gap(first: number, last: number): Gap {
  return {
    after: { seq: first - 1, hash: hash(first - 1), time: { wallMs: 5, tick: 65_535 } },
    to: last,
    hash: hash(last),
    before: { wallMs: 2 ** 48 - 1, tick: 3 },
  };
}

function checkpoint(seq: number, isHeld: boolean) {
  return { ...CHAIN, isHeld, seq, hash: hash(seq), signature: new Uint8Array(64).fill(seq) };
}

test("gaps, checkpoints and forks are there in the next run, as they were last", () => {
  const file = join(scratch(), "p2pchat.db");
  const fork = { room: DEV, author: CAROL };

  open(file).commit([
    { kind: "gaps", ...CHAIN, gaps: [gap(1, 9), gap(12, 20), gap(25, 2 ** 48 - 1)] },
    { kind: "gaps", room: DEV, author: BOB, gaps: [gap(1, 3)] },
    { kind: "gaps", ...CHAIN, gaps: [gap(1, 4), gap(25, 2 ** 48 - 1)] },
    { kind: "gaps", room: DEV, author: BOB, gaps: [] },
    { kind: "checkpoint", ...checkpoint(7, true) },
    { kind: "checkpoint", ...checkpoint(9, true) },
    { kind: "checkpoint", ...checkpoint(12, false) },
    { kind: "fork", ...fork },
    { kind: "fork", ...fork },
  ]);
  closeAll();
  const { gaps, checkpoints, forks } = open(file).restore().chat;

  expect(gaps).toEqual([{ ...CHAIN, gaps: [gap(1, 4), gap(25, 2 ** 48 - 1)] }]);
  expect(checkpoints).toEqual([checkpoint(12, false), checkpoint(9, true)]);
  expect(forks).toEqual([fork]);
});

function runs(store: Store, query: Partial<RunsQuery>): [first: number, last: number][] {
  const all = { ...CHAIN, from: 1, to: 100, limit: 100, bytesMax: 1e6 };
  const loaded = store.load({ kind: "runs", ...all, ...query });
  if (loaded.kind !== "runs") throw new Error("An answer of another kind");
  return loaded.rows.map(({ seq, entries }) => [seq, seq + entries - 1]);
}

test("a chain is read from the last run down, as far as was asked", () => {
  const store = open();
  store.commit([heardRun(1, 3), heard(4), heardRun(5, 9), heardRun(20, 21)]);
  store.commit([heard(1, { room: DEV })]);

  expect(runs(store, {})).toEqual([
    [20, 21],
    [5, 9],
    [4, 4],
    [1, 3],
  ]);
  expect(runs(store, { to: 6 })[0]).toEqual([5, 9]);
  expect(runs(store, { to: 19, from: 9 })).toEqual([[5, 9]]);
  expect(runs(store, { from: 10, to: 19 })).toEqual([]);
  expect(runs(store, { limit: 2 })).toHaveLength(2);
  expect(runs(store, { bytesMax: 1 })).toEqual([[20, 21]]);
});
