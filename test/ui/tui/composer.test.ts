import { expect, test } from "bun:test";
import { Composer, COMPOSED_CHARS_MAX, SENT_MAX } from "../../../lib/ui/tui/composer.ts";

function written(text: string, cursor = text.length): Composer {
  const composer = new Composer();
  composer.set(text, cursor);
  return composer;
}

test("the cursor moves by characters, whatever they are made of", () => {
  const composer = written("a👋🏽é");
  composer.left();
  composer.left();
  expect(composer.cursor).toBe(1);

  composer.eraseAfter();
  expect(composer.text).toBe("aé");
  composer.erase();
  expect(composer.text).toBe("é");
});

test("words and lines are taken away whole", () => {
  const composer = written("one two\nthree four ");
  composer.eraseWord();
  expect(composer.text).toBe("one two\nthree ");
  composer.eraseLine();
  expect(composer.text).toBe("one two\n");
});

test("up and down go through the lines, and past them through what was sent", () => {
  const composer = new Composer();
  for (const text of ["first", "second"]) {
    composer.insert(text);
    expect(composer.take()).toBe(text);
  }
  composer.insert("now\nhere");
  composer.up();
  expect(composer.cursor).toBe(3);
  composer.up();
  expect(composer.text).toBe("second");
  composer.up();
  expect(composer.text).toBe("first");
  composer.up();
  expect(composer.text).toBe("first");
  composer.down();
  composer.down();
  expect(composer.text).toBe("now\nhere");
});

test("a line break at the very start is a line of its own", () => {
  const composer = written("\nx", 1);
  composer.lineStart();
  expect(composer.cursor).toBe(1);
  composer.up();
  expect(composer.cursor).toBe(0);
  composer.eraseLine();
  expect(composer.text).toBe("\nx");
  composer.down();
  expect(composer.cursor).toBe(1);
});

test("rows are as wide as they may be, and the cursor is among them", () => {
  expect(written("hello world").rows(5)).toEqual({
    rows: ["hello", " worl", "d"],
    row: 2,
    column: 1,
  });
  expect(written("漢字漢", 2).rows(4)).toEqual({ rows: ["漢字", "漢"], row: 1, column: 0 });
  expect(written("ab\n").rows(10)).toEqual({ rows: ["ab", ""], row: 1, column: 0 });
  expect(written("full!").rows(5)).toEqual({ rows: ["full!", ""], row: 1, column: 0 });
});

test("more than a message holds is not taken, and the oldest of what was sent is forgotten", () => {
  const composer = written("x".repeat(COMPOSED_CHARS_MAX));
  expect(composer.insert("y")).toBe(false);
  expect(composer.text).toHaveLength(COMPOSED_CHARS_MAX);

  composer.set("");
  for (let i = 0; i <= SENT_MAX; i++) {
    composer.insert(`line ${i}`);
    composer.take();
  }
  for (let i = 0; i <= SENT_MAX; i++) composer.up();
  expect(composer.text).toBe("line 1");
});
