import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import type { KeptDraft } from "../../lib/contract/drafts.ts";
import { DraftFile } from "../../lib/io/draftfile.ts";
import { BOB } from "../contract/events.ts";
import { Scratch } from "../support/scratch.ts";

const DRAFTS: readonly KeptDraft[] = [
  { place: "#lobby", who: null, text: "half a\nthought", replyTo: null },
  { place: null, who: BOB, text: "to you", replyTo: "m1" },
];

function begin() {
  const scratch = new Scratch();
  const file = scratch.join("drafts.json");
  const complaints: string[] = [];
  const open = () => new DraftFile(file, { complain: (text) => void complaints.push(text) });
  return { file, complaints, open, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

test("what is kept is read again, by nobody else", () => {
  using place = begin();
  const { file, complaints, open } = place;
  const first = open();

  expect(first.read()).toEqual([]);
  first.keep(() => DRAFTS);
  first.flush();

  expect(open().read()).toEqual(DRAFTS);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(complaints).toEqual([]);
});

test.each(["", "[", '[{"place":1}]', "x".repeat(5 * 2 ** 20)])(
  "a file that is none is complained of and keeps nobody out",
  (content) => {
    using place = begin();
    const { file, complaints, open } = place;
    writeFileSync(file, content);

    expect(open().read()).toEqual([]);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(file);
  },
);

test("of more than a file holds, those begun last are kept", () => {
  using place = begin();
  const { file, open } = place;
  const many = Array.from({ length: 100 }, (_, i) => {
    return { place: `#r${i}`, who: null, text: "x".repeat(60_000), replyTo: null };
  });
  const drafts = open();

  drafts.keep(() => many);
  drafts.flush();

  const kept = open().read();
  expect(kept.at(-1)?.place).toBe("#r99");
  expect(kept.length).toBeGreaterThan(60);
  expect(kept.length).toBeLessThan(100);
  expect(readFileSync(file).length).toBeLessThan(2 ** 22);
});
