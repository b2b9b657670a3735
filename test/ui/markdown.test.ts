import { expect, test } from "bun:test";
import type { KeptMessageEvent } from "../../lib/node/sayings.ts";
import { Markdown } from "../../lib/ui/markdown.ts";
import { ALICE } from "../contract/events.ts";

const NOW = new Date(2026, 10, 30, 12, 5).getTime();

const at = (day: number, text: string, room = "#dev"): KeptMessageEvent => {
  const sentAtMs = new Date(2026, 10, day, 14, 2).getTime();
  return { id: `${day}`, room, from: ALICE, text, sentAtMs, tick: 0, seq: 1, states: null };
};

test("whatever ends a line in some reader ends one in all, and begins no markup there", () => {
  const markdown = new Markdown(NOW, ({ name }) => name);

  const lines = markdown.linesOf(at(28, "one\u2028- two\u20291. three"));

  expect(lines.at(-1)).toBe(String.raw`- 14:02 **alice**: one\
  \- two\
  1\. three`);
});

test("rooms and days are headings, and each message an item in which nothing is markup", () => {
  const markdown = new Markdown(NOW, ({ name }) => name);
  const messages = [
    at(28, "hi <b>all</b> & *you*"),
    at(28, "two\n- lines\n1. or 3"),
    at(29, "1. a [link](x) \u001b[2J"),
    at(29, "# us", "@bob"),
  ];

  const lines = messages.flatMap((message) => markdown.linesOf(message));

  expect(lines.join("\n")).toBe(
    String.raw`# \#dev

## 2026-11-28

- 14:02 **alice**: hi \<b\>all\</b\> \& \*you\*
- 14:02 **alice**: two\
  \- lines\
  1\. or 3

## 2026-11-29

- 14:02 **alice**: 1. a \[link\](x) \[2J

# @bob

## 2026-11-29

- 14:02 **alice**: \# us`,
  );
});

test("what was cancelled, or has failed, does not look as if it was said", () => {
  const markdown = new Markdown(NOW, ({ name }) => name);
  const failed = (reason: string) => [{ state: "failed" as const, by: ALICE, reason }];

  const lines = [failed("cancelled"), failed("refused as invalid")].flatMap((states) => {
    return markdown.linesOf({ ...at(28, "hi", "@bob"), states });
  });

  expect(lines.slice(-2)).toEqual([
    "- 14:02 **alice** (cancelled): hi",
    "- 14:02 **alice** (failed for alice): hi",
  ]);
});

test("where there are more reactions than count, that is said", () => {
  const markdown = new Markdown(NOW, ({ name }) => name);
  const reactions = [{ emoji: "👍", by: [ALICE] }];
  const [few, many] = [{}, { moreReactions: true } as const].map((more) => {
    return markdown.linesOf({ ...at(28, "hi"), reactions, ...more }).at(-1);
  });

  expect(few).toBe("- 14:02 **alice**: hi (👍 alice)");
  expect(many).toBe("- 14:02 **alice**: hi (👍 alice; and more)");
});

test("nobody's clock dates anything into the future", () => {
  const markdown = new Markdown(NOW, ({ name }) => name);

  const lines = markdown.linesOf({ ...at(28, "hi"), sentAtMs: 2 ** 48 - 1 });

  expect(lines).toContain("## 2026-11-30");
  expect(lines.at(-1)).toBe("- 12:05 **alice**: hi");
});
