import { expect, test } from "bun:test";
import { keepOnly, lineOf, sourceFiles, type SourceFile } from "./support/source.ts";

const LINE_COLUMNS_MAX = 100;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 400;
const TEST_FILE_LINES_MAX = 600;

interface Rule {
  readonly what: string;
  readonly pattern: RegExp;
}

/** Looked for in code alone: neither comments nor strings count. */
const IN_CODE: readonly Rule[] = [
  { what: "any", pattern: /(?:[:<|&,=(]|\bas)\s*any\b(?!\s*[(:?=])|\bany\[\]/ },
  { what: "only", pattern: /\b(?:test|describe|it)\.only\b/ },
  {
    what: "default export",
    pattern: /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/,
  },
  {
    what: "enum",
    pattern: /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/m,
  },
  {
    what: "namespace",
    pattern: /^\s*(?:export\s+)?(?:declare\s+)?namespace\s+\w/m,
  },
  {
    what: "extends",
    pattern: /\bclass\s*\w*(?:<[^{]*>)?\s+extends\s+(?!\w*Error\b)/,
  },
  { what: "barrel", pattern: /^export\s*\*/m },
];

/** Looked for in code and comments. */
const IN_PROSE: readonly Rule[] = [
  { what: "left undone", pattern: /\b(?:TODO|FIXME|XXX)\b/ },
  {
    what: "check switched off",
    pattern: /@ts-(?:ignore|expect-error|nocheck)\b/,
  },
];

/** What is untidy in one file, each as "path:line: what". */
function untidy({ path, source }: SourceFile): string[] {
  const found: string[] = [];
  const note = (line: number, what: string): number => found.push(`${path}:${line}: ${what}`);

  const lines = source.split("\n");
  const linesMax = path.startsWith("test/") ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
  if (lines.length - 1 > linesMax) note(linesMax, `file of ${lines.length - 1} lines`);
  for (const [index, line] of lines.entries()) {
    if (line.length > LINE_COLUMNS_MAX) note(index + 1, `line of ${line.length} columns`);
  }

  const code = keepOnly(source, "code");
  for (const { line, count } of longFunctions(code)) note(line, `function of ${count} lines`);
  const prose = keepOnly(source, "code", "comment");
  for (const [text, rules] of [
    [code, IN_CODE],
    [prose, IN_PROSE],
  ] as const) {
    for (const { what, pattern } of rules) {
      const match = pattern.exec(text);
      if (match) note(lineOf(text, match.index + match[0].search(/\S/)), what);
    }
  }
  return found;
}

interface Brace {
  readonly at: number;
  readonly kind: "function" | "result type" | "other";
}

const CONTROL = /\b(?:if|for|while|switch|catch|with)\s*(?:await\s*)?$/;

/** Functions longer than the house allows; a `describe` groups tests and counts as none. */
function longFunctions(code: string): { line: number; count: number }[] {
  const found: { line: number; count: number }[] = [];
  const open: Brace[] = [];
  let closed: Brace | undefined;

  for (const { 0: char, index } of code.matchAll(/[{}]/g)) {
    if (char === "{") {
      open.push({ at: index, kind: kindOfBrace(code, index, closed) });
      continue;
    }
    closed = open.pop();
    if (closed?.kind !== "function") continue;

    const line = lineOf(code, closed.at);
    const count = lineOf(code, index) - line + 1;
    if (count > FUNCTION_LINES_MAX) found.push({ line, count });
  }
  return found;
}

function kindOfBrace(code: string, at: number, closed: Brace | undefined): Brace["kind"] {
  const before = code.slice(Math.max(0, at - 400), at).trimEnd();
  if (/\bdescribe(?:\.\w+)?\([^;]*=>$/.test(before)) return "other";
  if (before.endsWith("=>")) return "function";
  if (/\)\s*:$/.test(before)) return "result type";
  if (before.endsWith("}") && closed?.kind === "result type") return "function";

  const result = /\)\s*:[^;{}]*$/.exec(before);
  const head = result ? before.slice(0, result.index + 1) : before;
  if (!head.endsWith(")")) return "other";
  return CONTROL.test(head.slice(0, openingParenthesis(head))) ? "other" : "function";
}

/** The offset of the parenthesis that the last character closes. */
function openingParenthesis(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (text.charAt(at) === ")") depth += 1;
    if (text.charAt(at) === "(") depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

test("every file is as tidy as the house asks", () => {
  const files = sourceFiles("cmd", "lib", "test");

  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap(untidy)).toEqual([]);
});

const steps = (count: number): string => "  step();\n".repeat(count);

const flagged: readonly (readonly [what: string, where: string, source: string])[] = [
  ["line of 101 columns", "a comment", `// ${"x".repeat(98)}\n`],
  ["file of 401 lines", "a long file", "//\n".repeat(401)],
  ["function of 71 lines", "a function", `function f(): void {\n${steps(69)}}\n`],
  ["function of 71 lines", "an arrow function", `const f = (): void => {\n${steps(69)}};\n`],
  [
    "function of 71 lines",
    "a method",
    `class X {\n  async f(a: { b: 1 }): P<void> {\n${steps(69)}}}`,
  ],
  ["function of 71 lines", "a typed result", `function f(): { a: number } {\n${steps(69)}}\n`],
  ["function of 71 lines", "a test", `test("f", () => {\n${steps(69)}});\n`],
  ["any", "a parameter", "function f(x: any): void {}\n"],
  ["any", "an assertion", "const x = y as any;\n"],
  ["any", "a type argument", "type X = Map<string, any>;\n"],
  ["only", "a test", 'test.only("x", () => {});\n'],
  ["default export", "an export", "export default 1;\n"],
  ["enum", "a declaration", "export const enum Kind { a }\n"],
  ["extends", "a class", "class Cat extends Animal {}\n"],
  ["barrel", "an export", 'export * from "./x.ts";\n'],
  ["left undone", "a comment", "const x = 1; // TODO later\n"],
  ["left undone", "a docstring", "/** FIXME: x */\n"],
  ["check switched off", "a comment", "// @ts-expect-error\n"],
];

test.each(flagged)("%s is flagged in %s", (what, _where, source) => {
  const found = untidy({ path: "lib/base/a.ts", source });

  expect(found).toHaveLength(1);
  expect(found[0]).toEndWith(`: ${what}`);
});

const tidy: readonly (readonly [what: string, source: string])[] = [
  ["a line of 100 columns", `// ${"x".repeat(97)}\n`],
  ["a file of 400 lines", "//\n".repeat(400)],
  ["a function of 70 lines", `function f(): void {\n${steps(68)}}\n`],
  ["a long condition", `if (f(a)) {\n${steps(80)}}\n`],
  ["a long describe", `describe("x", () => {\n${steps(80)}});\n`],
  ["an error class", "class TooLate extends Error {}\nclass Refused extends DomainError {}\n"],
  ["the word any", "// takes any number of them\nexpect.any(String); const any = 1;\n"],
  ["a string", 'const text = "TODO: enum Kind, test.only(x) and export default";\n'],
  ["a bounded type", "function pick<T extends object>(x: T): T { return x; }\n"],
];

test.each(tidy)("%s is let through", (_what, source) => {
  expect(untidy({ path: "lib/base/a.ts", source })).toEqual([]);
});

test("a test file may have 600 lines, and no more", () => {
  const source = "//\n".repeat(600);

  expect(untidy({ path: "test/a.test.ts", source })).toEqual([]);
  expect(untidy({ path: "test/a.test.ts", source: `${source}//\n` })).toHaveLength(1);
});
