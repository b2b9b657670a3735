import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { fromHex } from "../../lib/base/bytes.ts";
import * as limits from "../../lib/wire/limits.ts";
import { blockOf, EXAMPLES } from "./examples.ts";

/**
 * Holds PROTOCOL.md to the code and the code to PROTOCOL.md. `EXAMPLES=write bun test golden` fills
 * the example blocks of the document in anew; what they changed is then to be read and meant.
 */
const PROTOCOL = new URL("../../lib/wire/PROTOCOL.md", import.meta.url);
const ROOT = new URL("../../", import.meta.url);
const BLOCK = /^```example (.+)\n([^`]*)^```$/gm;

if (process.env["EXAMPLES"] === "write") {
  const filled = readFileSync(PROTOCOL, "utf8").replace(BLOCK, (block, title) => {
    const example = EXAMPLES.find((known) => known.title === title);
    return example === undefined ? block : `\`\`\`example ${title}\n${blockOf(example)}\`\`\``;
  });
  writeFileSync(PROTOCOL, filled);
}

const text = readFileSync(PROTOCOL, "utf8");
const blocks = new Map([...text.matchAll(BLOCK)].map(([, title = "", body = ""]) => [title, body]));

test("the document has every example once, and no others", () => {
  const titles = [...text.matchAll(BLOCK)].map(([, title = ""]) => title);

  expect(titles.toSorted()).toEqual(EXAMPLES.map(({ title }) => title).toSorted());
});

test.each(EXAMPLES.map((example) => [example.title, example] as const))(
  "%s is written as the document has it",
  (title, example) => {
    expect(blocks.get(title)).toBe(blockOf(example));
  },
);

test.each(EXAMPLES.map((example) => [example.title, example] as const))(
  "%s is read as the document has it",
  (title, { value, decode }) => {
    const [, hex = ""] = (blocks.get(title) ?? "").split("\n\n");

    expect(decode(fromHex(hex.replaceAll("\n", "")) ?? new Uint8Array(0))).toEqual(value);
  },
);

test.each(["packet", "frame", "request", "answer", "chat", "aside", "relay"])(
  "no kind of %s is decoded that has no example",
  (family) => {
    const examples = EXAMPLES.filter(({ title }) => title.startsWith(`${family} `));
    const kinds = new Set(examples.map(({ bytes }) => bytes[0]));
    const [decode] = examples.map((example) => example.decode);

    for (let kind = 0; kind < 256; kind++) {
      if (kinds.has(kind)) continue;
      for (const example of examples) {
        const bytes = example.bytes.slice();
        bytes[0] = kind;

        expect(decode?.(bytes)).toBeUndefined();
      }
    }
  },
);

/** `| NAME | value | file | reason |` */
const ROW = /^\| `([A-Z][A-Z0-9_]+)` +\| ([^|]*[^| ]) +\| `([a-z/.]+)` +\|/gm;

test("every number in the tables of the document is the one in the code", () => {
  const rows = [...text.matchAll(ROW)];
  const wrong: string[] = [];
  for (const [, name = "", value = "", path = ""] of rows) {
    const source = readFileSync(new URL(`lib/${path}`, ROOT), "utf8");
    const found = new RegExp(`\\b${name}(?:: [^=]+)? = ([^;]+);`).exec(source)?.[1] ?? "nothing";
    const code = found.replace(/ as const|_/g, "").replace(/\s+/g, " ");
    if (code !== value.replaceAll("_", ""))
      wrong.push(`${name} is ${code} in ${path}, not ${value}`);
  }

  expect(rows.length).toBeGreaterThan(40);
  expect(wrong).toEqual([]);
});

test("every limit of the wire is in the tables of the document", () => {
  const named = new Set([...text.matchAll(ROW)].map(([, name]) => name));

  expect(Object.keys(limits).filter((name) => !named.has(name))).toEqual([]);
});

test("every section that the code cites is there", () => {
  const sections = new Set([...text.matchAll(/^## (\d+)\. /gm)].map(([, number]) => number));

  expect([...sections]).toEqual(Array.from({ length: 11 }, (_, i) => String(i + 1)));
});

test("the secrets of the examples are what the document says", () => {
  for (const byte of ["a1", "a2", "a3", "b1", "b2", "b3", "51", "52"]) {
    expect(text).toContain(`32 × \`${byte}\``);
  }
});
