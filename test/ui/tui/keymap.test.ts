import { expect, test } from "bun:test";
import { KeyMap, parseKeys } from "../../../lib/ui/tui/keymap.ts";
import { KEY_TABLE } from "../../../lib/ui/tui/keytable.ts";
import { keyOf } from "./stage.ts";

function mapOf(file: Readonly<Record<string, unknown>>): KeyMap {
  const parsed = parseKeys(file);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

test("every action has a key, and none has another's", () => {
  expect(KEY_TABLE.every(({ keys }) => keys.length > 0)).toBe(true);
  expect(parseKeys({})).toBeInstanceOf(KeyMap);
});

test("a key means what the focus says, or what it means anywhere", () => {
  const keys = new KeyMap();

  expect(keys.meaning(keyOf("r"), "people", undefined)).toMatchObject({ action: "person-retry" });
  expect(keys.meaning(keyOf("r"), "messages", undefined)).toMatchObject({
    action: "message-answer",
  });
  expect(keys.meaning(keyOf("r"), "write", undefined)).toEqual({ kind: "none" });
  expect(keys.meaning(keyOf("ctrl+k"), "page", undefined)).toMatchObject({ action: "jump" });
});

test("where one does not write, letters are keys", () => {
  const keys = new KeyMap();

  for (const place of ["people", "messages", "page"] as const) {
    expect(keys.meaning(keyOf("?"), place, undefined)).toMatchObject({ action: "choosing-help" });
    const action = place === "page" ? "page-command" : "choosing-find";
    expect(keys.meaning(keyOf("/"), place, undefined)).toMatchObject({ action });
  }
  for (const place of ["write", "list"] as const) {
    expect(keys.meaning(keyOf("?"), place, undefined)).toEqual({ kind: "none" });
  }
});

test("two keys are pressed one after the other", () => {
  const keys = new KeyMap();

  expect(keys.meaning(keyOf("ctrl+x"), "write", undefined)).toEqual({
    kind: "first",
    chord: "ctrl+x",
  });
  expect(keys.meaning(keyOf("e"), "write", "ctrl+x")).toMatchObject({ action: "editor" });
  expect(keys.meaning(keyOf("q"), "write", "ctrl+x")).toEqual({ kind: "none" });
});

test("a file gives an action other keys, several, or none", () => {
  const keys = mapOf({ jump: "Ctrl+G", unread: ["alt+a", "alt+n"], people: "none" });

  expect(keys.meaning(keyOf("ctrl+g"), "write", undefined)).toMatchObject({ action: "jump" });
  expect(keys.meaning(keyOf("ctrl+k"), "write", undefined)).toEqual({ kind: "none" });
  expect(keys.meaning(keyOf("alt+n"), "write", undefined)).toMatchObject({ action: "unread" });
  expect(keys.meaning(keyOf("ctrl+b"), "write", undefined)).toEqual({ kind: "none" });
});

test.each([
  [{ jumb: "ctrl+g" }, "no action is called jumb"],
  [{ jump: 7 }, 'jump must be a key, a list of keys, or "none"'],
  [{ jump: "ctrl+enter" }, "jump: no key is called ctrl+enter"],
  [{ jump: "ctrl+s" }, "jump: ctrl+s stops the terminal"],
  [{ jump: "a b c" }, "jump: a b c is more than two keys"],
  [{ jump: "ctrl+p" }, "ctrl+p is both jump and palette"],
])("%j is told to be wrong", (file, fault) => {
  expect(parseKeys(file)).toBe(fault);
});
