import { expect, test } from "bun:test";
import { View } from "../../lib/contract/view.ts";
import { blockedLines, comparisonLines, trustLine, verifyLines } from "../../lib/ui/trustlines.ts";
import { ALICE, BOB, peerId, ready } from "../contract/events.ts";

const PICTURES = [
  { picture: "🐶", name: "Dog", number: 0 },
  { picture: "📌", name: "Pin", number: 63 },
];

test.each([
  ["changed", false, "/trust bob"],
  ["changed", false, "/block bob"],
  ["verified", false, "you have compared keys"],
  ["known", false, "you have not compared keys"],
  ["verified", true, "is blocked"],
] as const)("of somebody %s (blocked: %p) a person reads %j", (trust, isBlocked, words) => {
  expect(trustLine({ who: BOB, trust, isBlocked }, ({ name }) => name)).toContain(words);
});

test.each([
  [1, [ALICE], "1 thing you said that alice holds for them already"],
  [3, [ALICE, BOB], "3 things you said that alice and 1 more hold for them already"],
] as const)("blocking says what is out of one's hands: %p", (count, by, words) => {
  const blocked = { who: BOB, trust: "known", isBlocked: true, held: { count, by } } as const;

  expect(trustLine(blocked, ({ name }) => name)).toContain(`or comes from them, but for ${words}`);
});

test("a comparison says what to read, how to compare it, and what to type then", () => {
  const number = Array.from({ length: 12 }, (_, i) => String(10_000 + i)).join(" ");

  const lines = comparisonLines(
    {
      type: "reply",
      req: null,
      command: "verify",
      who: BOB,
      trust: "known",
      number,
      code: "",
      pictures: PICTURES,
    },
    "bob",
    undefined,
  );

  expect(lines[0]).toContain("by voice or in person, not in this chat");
  expect(lines.slice(1, 4).join(" ").split(/ +/).filter(Boolean)).toEqual(number.split(" "));
  expect(lines.slice(4, 6)).toEqual(["  🐶 Dog (0)", "  📌 Pin (63)"]);
  expect(lines.at(-1)).toContain("/verify bob match");
});

test("who can be filmed shows a code, until they are verified", () => {
  const reply = {
    type: "reply",
    req: null,
    command: "verify",
    who: BOB,
    number: "12345",
    code: "p2pchat-verify:a:b",
    pictures: null,
  } as const;
  const linesOn = (trust: "new" | "verified", columns: number): string[] => {
    return [...comparisonLines({ ...reply, trust }, "bob", { style: "ascii", columns })];
  };

  expect(linesOn("new", 200).filter((line) => /^[# ]{40,}$/.test(line)).length).toBeGreaterThan(20);
  expect(linesOn("new", 20).join("\n")).toContain("too narrow");
  expect(linesOn("verified", 200)).toHaveLength(3);
});

test.each([
  ["asked", null, "/verify bob"],
  ["compare", PICTURES, "Pin (63)"],
  ["match", null, "matches"],
  ["differs", null, "somebody may stand between you"],
  ["broken", null, "interfered with"],
] as const)("that a comparison is at %j is said in words", (state, pictures, words) => {
  const lines = verifyLines({ type: "verify", who: BOB, state, pictures }, "bob");

  expect(lines.join("\n")).toContain(words);
});

test("at the beginning it is said who is blocked, of many some", () => {
  const view = new View(["#lobby"]);
  const others = Array.from({ length: 9 }, (_, i) => ({ name: `x${i}`, id: peerId(`e${i}`) }));

  expect(blockedLines(view, ready())).toEqual([]);
  expect(blockedLines(view, { ...ready(), blocked: [BOB] })).toEqual(["* 1 blocked: bob"]);
  expect(blockedLines(view, { ...ready(), blocked: [BOB, ...others] })).toEqual([
    "* 10 blocked: bob, x0, x1, x2, x3, x4, x5, x6 and 2 more",
  ]);
});
