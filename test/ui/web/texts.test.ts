import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { emojiLike, OFTEN } from "../../../lib/ui/web/model/emojinames.ts";
import { parseEmoji } from "../../../lib/contract/emoji.ts";
import type { Who } from "../../../lib/node/events.ts";
import { fateLine, fateMark, fateNote } from "../../../lib/ui/web/model/fatewords.ts";
import { initialOf, looksOf } from "../../../lib/ui/web/model/looks.ts";
import { markedParts } from "../../../lib/ui/web/model/markedparts.ts";
import { isOnlyEmoji, saidParts } from "../../../lib/ui/web/model/saidparts.ts";
import { waitingWhy } from "../../../lib/ui/web/model/waitingwhy.ts";
import { ALICE, BOB, ME, peer, peerId } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

const CAROL = { name: "carol", id: peerId("ca201") };

function kinds(text: string): readonly string[] {
  return saidParts(text, ME).map((part) => `${part.kind} ${part.text}`);
}

describe("what was said", () => {
  test("addresses of the web are links, without what ends the sentence", () => {
    expect(kinds("see https://a.example/x?y=1, or (http://b.example/z).")).toEqual([
      "text see ",
      "link https://a.example/x?y=1",
      "text , or (",
      "link http://b.example/z",
      "text ).",
    ]);
    expect(kinds("https://en.example/wiki/A_(b) is")).toEqual([
      "link https://en.example/wiki/A_(b)",
      "text  is",
    ]);
  });

  test.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "<img src=x onerror=alert(1)>",
    "HTTPS:/one-slash",
    "http://",
  ])("%s is text", (text) => {
    expect(kinds(text)).toEqual([`text ${text}`]);
  });

  test("an invitation, a name and code are told apart", () => {
    expect(kinds("@me and @bob~b0b00000, `code` p2pchat://h:1/r/s#k")).toEqual([
      "mention @me",
      "text  and ",
      "mention @bob~b0b00000",
      "text , ",
      "code code",
      "text  ",
      "invitation p2pchat://h:1/r/s#k",
    ]);
    expect(saidParts("@ME.", ME)[0]).toMatchObject({ text: "@ME", isMe: true });
    expect(kinds("me@example.org")).toEqual(["text me@example.org"]);
  });

  test("nothing of a text is lost or said twice", () => {
    const piece = fc.constantFrom(
      "@me",
      "https://a.b/c.",
      "`x`",
      " ",
      "\n",
      "p2pchat://a/b",
      "#",
      "é",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (pieces) => {
        const text = pieces.join("");
        const back = saidParts(text, ME)
          .map((part) => (part.kind === "code" ? `\`${part.text}\`` : part.text))
          .join("");
        expect(back).toBe(text);
      }),
    );
  });

  test("a few emoji alone are drawn large", () => {
    expect(["👍", "👏🎉", "❤️ 🔥"].map(isOnlyEmoji)).toEqual([true, true, true]);
    expect(["ok 👍", "👍👍👍👍", "1", ""].map(isOnlyEmoji)).toEqual([false, false, false, false]);
  });
});

describe("finds", () => {
  test("what was searched for is marked where a word begins with it", () => {
    expect(markedParts("The theory, other", "the")).toEqual([
      { text: "The", isMarked: true },
      { text: " ", isMarked: false },
      { text: "the", isMarked: true },
      { text: "ory, other", isMarked: false },
    ]);
  });

  test("a find far into a text is shown with what stands before it", () => {
    const [first, second] = markedParts(`${"x".repeat(500)} needle`, "needle");
    expect(first?.text).toBe("…");
    expect(second?.text.length).toBeLessThanOrEqual(60);
    expect(markedParts("a text", "(*")).toEqual([{ text: "a text", isMarked: false }]);
  });
});

describe("emoji", () => {
  test("all that are offered are emoji that can be put to a message", () => {
    const named = emojiLike("", 1000).map(({ emoji }) => emoji);
    expect(named.length).toBeGreaterThan(100);
    expect([...named, ...OFTEN].filter((emoji) => parseEmoji(emoji) !== emoji)).toEqual([]);
  });

  test("those of which a name begins so come first, each once", () => {
    const found = emojiLike("hea", 10).map(({ emoji }) => emoji);
    expect(found[0]).toBe("😍");
    expect(found).toContain("❤️");
    expect(new Set(found).size).toBe(found.length);
  });
});

describe("marks", () => {
  const none = { delivered: [], read: [], held: [], failed: [] };

  test("how far a message has come is told by a sign and in words", () => {
    const marks = [
      fateMark({ state: "asked", of: 1, ...none }),
      fateMark({ state: "queued", of: 1, ...none }),
      fateMark({ state: "sent", of: 2, ...none }),
      fateMark({ state: "delivered", of: 2, ...none, delivered: [BOB] }),
      fateMark({ state: "delivered", of: 2, ...none, delivered: [BOB, ALICE] }),
      fateMark({ state: "delivered", of: 1, ...none, delivered: [BOB], read: [BOB] }),
    ];
    expect(marks.map(({ sign, words }) => `${sign} ${words}`)).toEqual([
      "… being kept",
      "○ waits waits here",
      "✓ sent",
      "✓ 1/2 delivered to 1 of 2",
      "✓✓ 2/2 delivered to 2 of 2",
      "✓✓ read",
    ]);
  });

  test("of what never came to be it is told why, and nobody is waited for", () => {
    const failed = [{ by: null, reason: "the node has gone" }];
    const fate = { ...none, state: "failed", of: 1, failed } as const;
    expect(fateMark(fate)).toMatchObject({ kind: "failed", words: "failed: the node has gone" });
    expect(fateLine(fate, { others: [BOB], isRoom: false, why: () => "" })).toBe(
      "Failed: the node has gone",
    );
  });

  test("everybody is told of once, and how many are waited for", () => {
    const fate = {
      ...none,
      state: "delivered",
      of: 3,
      delivered: [BOB, ALICE],
      read: [BOB],
    } as const;
    const to = (...others: readonly Who[]) => ({ others, isRoom: true, why: () => "away" });
    expect(fateLine(fate, to())).toBe("Read by bob; Delivered to alice; Waits for one more");
    expect(fateLine(fate, to(ALICE, BOB, CAROL))).toEndWith("Waits for carol (away)");
    expect(fateLine({ ...fate, of: 4 }, to(ALICE, BOB, CAROL))).toEndWith("Waits for 2 more");
  });

  test("where nobody has a message it is said why", () => {
    const room = { others: [BOB], isRoom: true, why: () => "being tried" };
    const unmet = { others: [], isRoom: false, why: () => "" };
    const waits = { ...none, state: "queued", of: 1 } as const;
    expect(fateNote({ ...waits, of: 0, isForNobody: true }, room)).toStartWith("Nobody else was");
    expect(fateLine(waits, room)).toBe("Waits for bob (being tried)");
    expect(fateNote(waits, unmet)).toStartWith("Nobody of this name was ever met");
    expect(fateNote({ ...waits, state: "asked" }, room)).toContain("kept on this machine");

    const by = { by: null, reason: "Nobody is called so" };
    const failed = { ...waits, state: "failed", failed: [by] } as const;
    expect(fateLine(failed, unmet)).toBe("Failed: Nobody is called so");
    expect(fateNote({ ...waits, state: "delivered", delivered: [BOB] }, room)).toBe("");
  });

  test("of everybody it is said why they have nothing yet", () => {
    const stage = PageStage.ready();
    const why = (): string => waitingWhy(stage.model, BOB, stage.now);
    expect(why()).toBe("not met yet");
    const whys = (["connected", "connecting", "gone"] as const).map((state) => {
      stage.tell(peer(BOB, state));
      return why();
    });
    expect(whys).toEqual(["on its way", "being tried", "away"]);
    stage.tell(peer(BOB, "unreachable", "both are behind such routers"));
    expect(why()).toBe("not reached: both are behind such routers");
    const trust = { type: "trust", who: BOB } as const;
    stage.tell({ ...trust, trust: "changed", isBlocked: false });
    expect(why()).toBe("until you say that it is them");
    stage.tell({ ...trust, trust: "changed", isBlocked: true });
    expect(why()).toBe("blocked by you");
  });
});

test("people look as their ids have it, whatever they are called", () => {
  expect(looksOf(BOB.id)).toEqual(looksOf(BOB.id));
  expect(looksOf(BOB.id)).not.toEqual(looksOf(ALICE.id));
  expect(looksOf("no id")).toEqual({ hue: 0, shape: 0 });
  expect(["bob", "émile", "🦊fox", "\u202ex"].map(initialOf)).toEqual(["B", "É", "🦊", "X"]);
});
