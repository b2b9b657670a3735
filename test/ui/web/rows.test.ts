import { expect, test } from "bun:test";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import { kept as sayingOf } from "../../../lib/ui/talk/sayings.ts";
import { rowsOf } from "../../../lib/ui/web/model/rows.ts";
import { ALICE, BOB, NOW } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";

const NOTHING_NEW = { firstId: undefined, upTo: null };

function rows(messages: readonly KeptMessageEvent[], line = NOTHING_NEW) {
  const items = messages.map((one) => sayingOf(one, NOW));
  return rowsOf(items, line, NOW).map((row) => {
    if (row.kind === "saying") return row.isFirst ? `${row.saying.from.name}:` : "-";
    return row.kind === "day" ? row.words : row.kind;
  });
}

test("what one person says in a row stands under one name", () => {
  const at = (minutes: number) => NOW - 3_600_000 + minutes * 60_000;
  const messages = [
    kept(1, "a", { from: BOB, sentAtMs: at(0) }),
    kept(2, "b", { from: BOB, sentAtMs: at(1) }),
    kept(3, "c", { from: ALICE, sentAtMs: at(2) }),
    kept(4, "d", { from: BOB, sentAtMs: at(3) }),
    kept(5, "e", { from: BOB, sentAtMs: at(20) }),
    kept(6, "waves", { from: BOB, sentAtMs: at(21), action: true }),
  ];
  expect(rows(messages)).toEqual(["today", "bob:", "-", "alice:", "bob:", "bob:", "bob:"]);
});

test("a new day has a line, and whoever goes on is named again", () => {
  const messages = [
    kept(1, "a", { from: BOB, sentAtMs: NOW - 24 * 3_600_000 }),
    kept(2, "b", { from: BOB, sentAtMs: NOW }),
  ];
  expect(rows(messages)).toEqual(["yesterday", "bob:", "today", "bob:"]);
});

test("the line above what is new stands once, before the first of it", () => {
  const messages = [1, 2, 3].map((n) => kept(n, `m${n}`, { from: BOB, sentAtMs: NOW - 1000 }));
  const isFirst = rowsOf(
    messages.map((one) => sayingOf(one, NOW)),
    { firstId: "kept 2", upTo: "kept 1" },
    NOW,
  );
  expect(isFirst.map(({ kind }) => kind)).toEqual(["day", "saying", "new", "saying", "saying"]);
});

test("no two rows have one key", () => {
  const messages = [1, 2, 3].map((n) => kept(n, `m${n}`, { from: BOB, sentAtMs: n * 86_400_000 }));
  const all = rowsOf(
    messages.map((one) => sayingOf(one, NOW)),
    { firstId: "kept 2", upTo: null },
    NOW,
  );
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
});
