import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  decodeUtf8,
  encodeUtf8,
  isBlank,
  jsonSafe,
  lineSafe,
  NAME_MAX,
  parseName,
  parseRoomName,
  screenSafe,
} from "../../lib/base/text.ts";

const FAMILY = "👨‍👩‍👧‍👦";
const SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿";

/** What strangers send to terminals, and what is left of it: on a screen, and on a line of it. */
const STRINGS: readonly (readonly [what: string, text: string, screen: string, line?: string])[] = [
  ["a colour", "\u001b[31mred\u001b[0m", "[31mred[0m"],
  ["a cleared screen", "\u001b[2J\u001b[H", "[2J[H"],
  ["a cursor that moves up", "\u001b[1A\u001b[2Kforged", "[1A[2Kforged"],
  ["a window title", "\u001b]0;owned\u0007", "]0;owned"],
  ["a clipboard", "\u001b]52;c;cm0gLXJm\u0007", "]52;c;cm0gLXJm"],
  ["a hyperlink", "\u001b]8;;http://a\u001b\\b\u001b]8;;\u001b\\", "]8;;http://a\\b]8;;\\"],
  ["a device control string", "\u001bP+q544e\u001b\\", "P+q544e\\"],
  ["an application command", "\u001b_Gf=100;AAAA\u001b\\", "_Gf=100;AAAA\\"],
  ["a privacy message", "\u001b^x\u001b\\", "^x\\"],
  ["a report of the cursor", "\u001b[6n", "[6n"],
  ["another character set", "\u001b(0\u000e", "(0"],
  ["a reset", "\u001bc", "c"],
  ["an alternate screen", "\u001b[?1049h", "[?1049h"],
  ["pasted brackets", "\u001b[201~rm -rf ~", "[201~rm -rf ~"],
  ["a C1 introducer", "\u009b31mred", "31mred"],
  ["a C1 operating system command", "\u009d0;owned\u009c", "0;owned"],
  ["a C1 device control string", "\u0090q\u009c", "q"],
  ["a C1 next line", "a\u0085b", "ab"],
  ["all of C1", String.fromCharCode(...Array.from({ length: 32 }, (_, i) => 0x80 + i)), ""],
  ["a return that overwrites", "ok\rforged", "okforged"],
  ["a backspace", "ann\b\b\bbob", "annbob"],
  ["a bell", "\u0007", ""],
  ["a zero byte", "a\u0000b", "ab"],
  ["a delete", "a\u007fb", "ab"],
  ["a vertical tab and a form feed", "a\u000b\u000cb", "ab"],
  ["lines and tabs", "a\n\tb", "a\n\tb", "a  b"],
  ["separators of lines", "a\u2028b\u2029c", "a\u2028b\u2029c", "a b c"],
  ["an override from right to left", "user\u202etxt.exe", "usertxt.exe"],
  ["embeddings", "\u202aa\u202bb\u202c\u202dc", "abc"],
  ["isolates", "\u2066a\u2067b\u2068c\u2069", "abc"],
  ["directional marks", "a\u200eb\u200fc\u061cd", "abcd"],
  ["a joiner between letters", "a\u200db", "ab"],
  ["joiners at the ends", `\u200d${FAMILY}\u200d`, FAMILY],
  ["a family", FAMILY, FAMILY],
  ["a skin tone and a joiner", "🏃🏽‍♀️", "🏃🏽‍♀️"],
  ["a flag of tags", SCOTLAND, SCOTLAND],
  ["a control inside an emoji", "👩\u202e‍💻", "👩‍💻"],
  ["combining marks", "e\u0301 नमस्ते", "e\u0301 नमस्ते"],
  ["half a surrogate pair", "a\ud800b\udc00", "a\ufffdb\ufffd"],
];

const anyText = fc.string({
  unit: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...Array.from("a\n\t\r\u001b\u0085\u200d\u202e\u2028👩💻🏽\ufe0f"),
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  ),
});

const FORBIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe("text for a screen", () => {
  test.each(STRINGS)("keeps what is harmless of %s", (_what, text, screen, line = screen) => {
    expect(screenSafe(text)).toBe(screen);
    expect(lineSafe(text)).toBe(line);
  });

  test.each(STRINGS)("has no control in it even where %s comes in two halves", (_what, text) => {
    for (let i = 0; i <= text.length; i++) {
      const shown = screenSafe(text.slice(0, i)) + screenSafe(text.slice(i));

      expect(shown).not.toMatch(FORBIDDEN);
    }
  });

  test("has nothing left to take out", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = screenSafe(text);

        expect(shown).not.toMatch(FORBIDDEN);
        expect(shown.isWellFormed()).toBeTrue();
        expect(screenSafe(shown)).toBe(shown);
        expect(lineSafe(text)).not.toMatch(/[\n\t\u2028\u2029]/);
      }),
    );
  });
});

describe("JSON for a pipe", () => {
  test.each(STRINGS)("carries %s whole and without a control", (_what, text) => {
    const json = jsonSafe({ text });

    expect(json).not.toMatch(FORBIDDEN);
    expect(json).not.toMatch(/[\n\t\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual({ text });
  });

  test("carries any text whole, on one line", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = jsonSafe([text, { [text]: text }]);

        expect(json).not.toMatch(FORBIDDEN);
        expect(JSON.parse(json)).toEqual([text, { [text]: text }]);
      }),
    );
  });

  test("escapes in the form that everybody reads", () => {
    expect(jsonSafe("\u001b\u007f\u009b\u202e\u2028")).toBe(
      String.raw`"\u001b\u007f\u009b\u202e\u2028"`,
    );
  });
});

describe("a name", () => {
  test.each(
    [
      ["a", "ann", "Ann_2", "a-b.c", ".", "-", "zoë", "日本語", "Ελλάδα", "Дмитрий", "नमस्ते"],
      ["ﷺ", "١٢", "a\u0327", "x".repeat(NAME_MAX), "𝒳".repeat(NAME_MAX)],
    ].flat(),
  )("may be %s", (text) => {
    expect(parseName(text)).toBe(text.normalize("NFC"));
  });

  test.each(
    [
      ["", " ", "a b", "a\tb", "a\n", "@ann", "#ann", "a/b", "a\\b", "a~1", "a:b", "a'b", "<b>"],
      ["x".repeat(NAME_MAX + 1), "é".normalize("NFD").repeat(NAME_MAX + 1)],
      ["a\u0000", "a\u001b[0m", "a\u007f", "a\u0085", "a\u009b"],
      ["a\u202eb", "a\u200eb", "a\u061cb", "a\u2066b"],
      ["a\u200bb", "a\u200cb", "a\u200db", "a\u2060b", "\ufeffa", "a\u00adb", "a\u180eb"],
      ["\u3164", "\uffa0", "\u115f", "\u1160", "a\u034fb", "a\ufe0f", "a\u{e0101}", "a\u17b4"],
      ["\u0301a", "\u0301", "\u20dd", "a\u2028b", "a\u3000b", "a\u00a0b"],
      ["😀", "a\u{e0067}", "€", "½", "a\ud800", "\udc00a", "\u{f0000}"],
    ].flat(),
  )("may not be %j", (text) => {
    expect(parseName(text)).toBeUndefined();
  });

  test("has one spelling, and it is short in UTF-8 too", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        const name = parseName(text);
        if (name === undefined) return;

        expect(parseName(name)).toBe(name);
        expect(parseName(name.normalize("NFD"))).toBe(name);
        expect(encodeUtf8(name).length).toBeLessThanOrEqual(4 * NAME_MAX);
        expect(lineSafe(name)).toBe(name);
      }),
    );
  });

  test("is counted after it was composed", () => {
    const text = "é".normalize("NFD").repeat(NAME_MAX);

    expect(parseName(text)).toBe("é".repeat(NAME_MAX));
  });

  test("of a room follows a #", () => {
    expect(parseRoomName("#dev")).toBe("#dev");
    expect(parseRoomName(`#${"é".normalize("NFD")}`)).toBe("#é");
    for (const text of ["", "#", "dev", "##dev", "#a b", " #dev", "@dev"]) {
      expect(parseRoomName(text)).toBeUndefined();
    }
  });
});

describe("UTF-8", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });

  test("keeps a byte order mark", () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  test.each([
    ["an overlong zero", [0xc0, 0x80]],
    ["an overlong slash", [0xe0, 0x80, 0xaf]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
    ["more than Unicode has", [0xf4, 0x90, 0x80, 0x80]],
    ["a lone continuation", [0x80]],
    ["a cut character", [0xe2, 0x82]],
    ["no lead byte at all", [0xff]],
  ])("is not %s", (_what, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("that is too long ends with a whole character", () => {
    expect(decodeUtf8(encodeUtf8("aé", 2))).toBe("a");
    expect(decodeUtf8(encodeUtf8("aé", 3))).toBe("aé");
    expect(decodeUtf8(encodeUtf8("👩👩", 7))).toBe("👩");
    expect(encodeUtf8("abc", 0)).toHaveLength(0);
  });
});

describe("a text", () => {
  test.each([
    "",
    " \t\n",
    "\u0007",
    "\u202e",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u00ad\u3000",
    "\u3164",
  ])("of which nothing can be seen is blank: %j", (text) => expect(isBlank(text)).toBeTrue());

  test.each(["a", " .", "\u202eé", "👍", "1\ufe0f\u20e3", FAMILY, "\ud800"])(
    "of which something can be seen is not: %j",
    (text) => expect(isBlank(text)).toBeFalse(),
  );
});
