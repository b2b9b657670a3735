import { expect, test } from "bun:test";
import type { Past } from "../../lib/contract/doctor.ts";
import { ageWords, checkLines, historyLines, predictionLines } from "../../lib/ui/doctorlines.ts";
import type { Who } from "../../lib/node/events.ts";
import { Namesakes } from "../../lib/node/namesakes.ts";
import { dateTime } from "../../lib/ui/words.ts";
import { ALICE, BOB, NOW } from "../contract/events.ts";

const BARE = { hasColours: false, isAccessible: false };
const ACCESSIBLE = { hasColours: true, isAccessible: true };

const NAMES = new Namesakes(10);
const nameOf = (who: Who): string => NAMES.label(who);
const PLAINLY = { ...BARE, nameOf };
const SPOKEN = { ...ACCESSIBLE, nameOf };

const WARNING = {
  name: "ipv6",
  state: "warn",
  text: "this machine has no IPv6 address that leads beyond its own network",
  fix: "turn IPv6 on in the router",
} as const;

test("a check takes a line, and more only where words are many or something is wrong", () => {
  const fine = { name: "udp", state: "ok", text: "answered", fix: null } as const;

  expect(checkLines(fine, BARE)).toEqual(["ok    UDP         answered"]);
  expect(checkLines(WARNING, BARE)).toEqual([
    "warn  IPv6        this machine has no IPv6 address that leads beyond its own",
    "                  network",
    "                  fix: turn IPv6 on in the router",
  ]);
});

test("colour lies on the word alone, and says nothing that the word does not", () => {
  const [plain] = checkLines(WARNING, BARE);
  const [coloured] = checkLines(WARNING, { ...BARE, hasColours: true });

  expect(coloured).toStartWith("\u001b[33mwarn");
  expect(Bun.stripANSI(coloured ?? "")).toBe(plain ?? "");
});

test("a prediction says how old it is, in no more than 80 columns", () => {
  const lines = predictionLines({ who: BOB, expected: "birthday", ageMs: 3 * 3_600_000 }, PLAINLY);

  expect(lines).toEqual([
    "bob               directly, by searching the ports of a router: about a second;",
    "                  they spoke of their router 3 h ago",
  ]);
  const long = { name: "a name that fills its column", id: BOB.id };
  const [name, words] = predictionLines({ who: long, expected: "direct", ageMs: null }, PLAINLY);
  expect([name, words]).toEqual([long.name, "                  directly, at once"]);
});

test.each([
  [20_000, "less than a minute"],
  [5 * 60_000, "5 min"],
  [3 * 3_600_000, "3 h"],
  [72 * 3_600_000, "3 days"],
])("%i ms are %s", (ms, words) => {
  expect(ageWords(ms)).toBe(words);
});

test("history counts what can be graded, and shows what came out otherwise", () => {
  const met = { who: BOB, wallMs: NOW, tookMs: 8000, technique: "call", mine: "", theirs: "open" };
  const past: Past[] = [
    { ...met, expected: "direct", outcome: "direct" },
    { ...met, expected: "direct", outcome: "lan" },
    { ...met, who: ALICE, expected: "direct", outcome: "none" },
    { ...met, expected: "relay", outcome: "none" },
    { ...met, expected: "unknown", outcome: "direct" },
  ];

  expect(historyLines(past, PLAINLY)).toEqual([
    "expected          came about",
    "direct            2 of 3, 67 %",
    "relay             1 of 1, 100 %",
    "",
    "the last that came out otherwise",
    `${dateTime(NOW)}  alice: expected direct, came nothing after 8.0 s (you unknown,`,
    "                  they open)",
  ]);
  expect(historyLines([], PLAINLY)[0]).toStartWith("No meeting was predicted yet");
});

test("who has a screen reader gets a line for each thing, whole and in words", () => {
  const { text, fix } = WARNING;
  const past: Past = {
    who: BOB,
    wallMs: NOW,
    tookMs: 8000,
    technique: "call",
    mine: "",
    theirs: "open",
    expected: "direct",
    outcome: "none",
  };

  expect(checkLines(WARNING, ACCESSIBLE)).toEqual([`warning: IPv6: ${text}; fix: ${fix}`]);
  expect(predictionLines({ who: BOB, expected: "birthday", ageMs: 60_000 }, SPOKEN)).toEqual([
    "bob: directly, by searching the ports of a router: about a second; " +
      "they spoke of their router 1 min ago",
  ]);
  expect(historyLines([past], SPOKEN)).toEqual([
    "expected direct: came about 0 of 1, 0 %",
    `${dateTime(NOW)}: bob: expected direct, came nothing after 8.0 s (you unknown, they open)`,
  ]);
});
