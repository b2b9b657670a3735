import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { foldOf, folded, isFoldedAway, unfoldWords } from "../../../lib/ui/web/model/fold.ts";
import { guessedHeight } from "../../../lib/ui/web/model/rowguess.ts";
import { saidParts } from "../../../lib/ui/web/model/saidparts.ts";
import { unfold } from "../../../lib/ui/web/model/unfolded.ts";
import { BOB, ME, message, status } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}`).join("\n");
}

/** What is shown of a text as long as nobody unfolds it. */
function shown(text: string): string {
  const fold = foldOf(text);
  return fold === undefined ? text : text.slice(0, fold.at);
}

test("of many lines the first are shown, and it is told how many there are", () => {
  const fold = foldOf(lines(10_000));
  expect(fold && unfoldWords(fold)).toBe("Show all 10,000 lines");
  expect(shown(lines(10_000))).toBe(lines(24));
  expect(shown("\n".repeat(9999))).toBe("\n".repeat(23));
});

test("what is short enough is shown whole, and so is what is hardly longer", () => {
  expect(foldOf("")).toBeUndefined();
  expect(foldOf(lines(40))).toBeUndefined();
  expect(foldOf("word ".repeat(500))).toBeUndefined();
  expect(foldOf(lines(41))).toMatchObject({ lines: 41 });
});

test("one line that goes on and on is cut between two words", () => {
  const text = "word ".repeat(2000);
  const fold = foldOf(text);
  expect(fold && unfoldWords(fold)).toBe("Show all, about 136 lines");
  expect(shown(text).length).toBeWithin(23 * 74, 24 * 74 + 1);
  expect(shown(text)).toEndWith("word");
});

test("no character is cut in two", () => {
  expect(shown("😀".repeat(3000))).toMatch(/^(?:😀)+$/u);
  expect(shown(`x${"😀".repeat(3000)}`)).toMatch(/^x(?:😀)+$/u);
});

test("a link that is cut leads to the same place from both sides", () => {
  const link = `https://example.org/${"a".repeat(5000)}`;
  const fold = foldOf(link);
  const [head, rest] = folded(saidParts(link, ME), fold?.at ?? 0);
  expect([...head, ...rest].map((part) => part.kind === "link" && part.href)).toEqual([link, link]);
  expect([...head, ...rest].map(({ text }) => text).join("")).toBe(link);
});

test("head and rest together are all that was said", () => {
  const words = fc.constantFrom("word ", "\n", "`code` ", "@bob ", "https://a.example/b ", "é😀");
  fc.assert(
    fc.property(fc.array(words, { minLength: 40, maxLength: 3000 }), (all) => {
      const text = all.join("");
      const parts = saidParts(text, ME);
      const [head, rest] = folded(parts, foldOf(text)?.at ?? Infinity);
      const said = (some: typeof parts): string => some.map((part) => part.text).join("");
      expect(said([...head, ...rest])).toBe(said(parts));
    }),
  );
});

test("a search that finds what is folded away unfolds it, and no other does", () => {
  expect(isFoldedAway(lines(100), "LINE 99")).toBe(false);
  expect(isFoldedAway(`${lines(100)} needle`, "needle")).toBe(true);

  const stage = PageStage.ready();
  stage.tell(message(BOB, "#lobby", `${lines(100)} needle`));
  const { current, unfolded } = stage.model;
  if (current === undefined) throw new Error("no room");
  const [{ id } = { id: "" }] = current.timeline.items;
  stage.model.reveal(current, id, stage.now, "line");
  expect(unfolded.has(id)).toBe(false);
  stage.model.reveal(current, id, stage.now, "needle");
  expect(unfolded.has(id)).toBe(true);
  expect(stage.model.searched).toBe("needle");
});

test("the top of what is unfolded stays; of what is folded it comes into view", () => {
  const stage = PageStage.ready();
  stage.send(lines(100));
  const { current, scrolls, unfolded } = stage.model;
  if (current === undefined) throw new Error("no room");
  const { req } = stage.last("send");
  unfold(stage.model, `req ${req}`, true, 30);
  expect(scrolls.of(current).anchor).toMatchObject({ key: `req ${req}`, px: 30 });

  stage.tell(status("queued", { req, id: "m1", room: "#lobby" }));
  unfold(stage.model, "m1", true, -20);
  unfold(stage.model, "m1", false, 1500);
  expect(scrolls.of(current).anchor).toEqual({ kind: "row", key: "m1", px: -16 });
  expect(unfolded.has("m1")).toBe(false);
});

test("of many long messages that were unfolded, the first is folded again", () => {
  const { model } = PageStage.ready();
  for (let i = 0; i < 21; i += 1) unfold(model, `m${i}`, true, 0);
  expect([0, 1, 20].map((i) => model.unfolded.has(`m${i}`))).toEqual([false, true, true]);
});

test("a long message is guessed as high as what is shown of it", () => {
  const stage = PageStage.ready();
  stage.tell(message(BOB, "#lobby", lines(150)));
  const [saying] = stage.model.current?.timeline.items ?? [];
  if (saying?.kind !== "saying") throw new Error("nothing was said");
  const row = { kind: "saying", key: saying.id, saying, isFirst: true } as const;
  expect(guessedHeight(row, 1280, false)).toBeLessThan(700);
  expect(guessedHeight(row, 1280, true)).toBeGreaterThan(3000);
});

test("what is told for the ear is not the whole of a long message", () => {
  const stage = PageStage.ready();
  stage.tell(message(BOB, "#lobby", lines(1000)));
  expect(stage.model.spoken[0]?.text.length).toBeLessThan(700);
});
