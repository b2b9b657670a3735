import { expect, test } from "bun:test";
import { styleOf } from "../../lib/ui/style.ts";

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "false" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ TERM: "dumb" }, true, false],
  [{ TERM: "xterm-256color" }, false, false],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "" }, false, false],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ FORCE_COLOR: "false" }, true, false],
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "3", TERM: "dumb" }, true, true],
  [{ CI: "1" }, true, true],
])("with %j on a terminal, %p, there are colours: %p", (env, isTerminal, hasColours) => {
  expect(styleOf(env, isTerminal).hasColours).toBe(hasColours);
});

test.each([
  [{ LC_ALL: "C.UTF-8" }, true],
  [{ LC_CTYPE: "de_DE.utf8", LANG: "C" }, true],
  [{ LC_ALL: "C", LANG: "C.UTF-8" }, false],
  [{ LC_ALL: "", LANG: "en_GB.UTF-8" }, true],
  [{}, false],
])("the locale of %j has more than ASCII: %p", (env, isUnicode) => {
  expect(styleOf(env, true).isUnicode).toBe(isUnicode);
});

test.each([
  ["1", true],
  ["yes", true],
  ["0", false],
  ["", false],
  [undefined, false],
])("P2PCHAT_ACCESSIBLE=%p means %p", (value, isAccessible) => {
  expect(styleOf({ P2PCHAT_ACCESSIBLE: value }, true).isAccessible).toBe(isAccessible);
});
