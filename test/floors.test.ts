import { expect, test } from "bun:test";
import { posix } from "node:path";
import { keepOnly, lineOf, sourceFiles, type SourceFile } from "./support/source.ts";

/** A folder imports from folders on lower floors and from itself: never sideways, never up. */
const FLOORS: ReadonlyMap<string, number> = new Map([
  ["lib/base", 0],
  ["lib/wire", 1],
  ["lib/crypto", 2],
  ["lib/reliable", 3],
  ["lib/paths", 3],
  ["lib/rendezvous", 3],
  ["lib/chat", 3],
  ["lib/session", 4],
  ["lib/node", 5],
  ["lib/contract", 6],
  ["lib/io", 7],
  ["lib/ui", 7],
  ["cmd", 8],
]);

const HIGHEST_PURE_FLOOR = 6;
const CONTRACT_FLOOR = 6;

/** The one door to the platform's cryptography. */
const PRIMITIVES = "lib/crypto/primitives.ts";

/** What runs in a browser. */
const PAGE = "lib/ui/web/";

/** All that the page may take packages from. */
const PAGE_PACKAGES = new Set(["react", "react-dom", "react-dom/client", "qr"]);

/** Of which the page may import more than types; of the other floors it draws only the shapes. */
const PAGE_TAKES = /^lib\/(?:base|contract|ui(?!\/tui\/))\//;

/** What a browser has nothing of; looked for in code. */
const NOT_IN_BROWSERS = /(?<![.\w])(?:process|Bun|Buffer|require|__dirname)\b(?!\s*[:?])/;

/** What would make elements of a text. */
const MAKES_MARKUP =
  /\b(?:dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|srcdoc|document\.write)\b/;

/** Run on a fresh clone, before anything is installed. */
const BEFORE_INSTALL = new Set(["cmd/build.ts", "test/run.ts", "test/support/tally.ts"]);

/** What a sans-I/O floor may not touch; looked for where comments and strings are blanked. */
const IMPURE = [
  /(?<![.\w])(?:Date\.now|new Date\(\s*\)|performance\.)/,
  /(?<![.\w])(?:Math\.random|crypto\.(?:subtle|getRandomValues|randomUUID))/,
  /(?<![.\w])(?:randomBytes|randomInt|randomUUID|randomFill\w*|generateKeyPair\w*)\b/,
  /(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b/,
  /(?<![.\w])(?:process|console|Bun|globalThis)\b(?!\s*[:?])/,
  /(?<![.\w])(?:async|await|Promise)\b(?!\s*[:?])/,
  /^(?:export )?(?:let|var) /m,
];

/** What stands before the `from` of an import of types alone. */
const TYPES_ONLY = /\b(?:import|export)\s+type\s[^;]*$/;

const IMPORT = /\b(?:from|import)\s*\(?\s*"([^"]+)"/g;

/** In code without its strings, an import of a literal is `import(   )`. */
const UNREADABLE_IMPORT = /\bimport\s*\(\s*[^\s)]|\brequire\s*\(/;

function folderOf(path: string): string | undefined {
  return /^(?:lib\/[^/]+(?=\/)|cmd(?=\/))/.exec(path)?.[0];
}

function floorOf(path: string): number | undefined {
  return FLOORS.get(folderOf(path) ?? "");
}

/** What one file does that its floor forbids, each as "path:line: what". */
function violations({ path, source }: SourceFile): string[] {
  const floor = floorOf(path);
  if (floor === undefined && !path.startsWith("test/")) return [`${path}: stands on no floor`];

  const found = importViolations(path, floor, keepOnly(source, "code", "string"));
  if (floor !== undefined && floor <= HIGHEST_PURE_FLOOR) {
    const code = keepOnly(source, "code");
    for (const pattern of IMPURE) {
      const match = pattern.exec(code);
      if (match) found.push(`${path}:${lineOf(code, match.index)}: impure: ${match[0].trim()}`);
    }
  }
  if (path.startsWith(PAGE)) found.push(...pageViolations(path, source));
  return found;
}

function pageViolations(path: string, source: string): string[] {
  const code = keepOnly(source, "code");
  return [NOT_IN_BROWSERS, MAKES_MARKUP].flatMap((pattern) => {
    const match = pattern.exec(code);
    if (!match) return [];
    return [`${path}:${lineOf(code, match.index)}: not for the page: ${match[0]}`];
  });
}

function importViolations(path: string, floor: number | undefined, source: string): string[] {
  const found: string[] = [];
  const code = keepOnly(source, "code");
  const unreadable = UNREADABLE_IMPORT.exec(code);
  if (unreadable) {
    found.push(`${path}:${lineOf(code, unreadable.index)}: imports what only a run can tell`);
  }

  for (const match of keepOnly(source, "code", "string").matchAll(IMPORT)) {
    // A string may speak of imports; only the word in code is one.
    if (code.charAt(match.index) === " ") continue;

    const specifier = match[1] ?? "";
    const isOfTypes = TYPES_ONLY.test(code.slice(0, match.index));
    const trouble = specifier.startsWith(".")
      ? (relativeTrouble(path, floor, specifier) ?? pageTrouble(path, specifier, isOfTypes))
      : packageTrouble(path, floor, specifier);
    if (trouble !== undefined) {
      found.push(`${path}:${lineOf(code, match.index)}: imports ${specifier}: ${trouble}`);
    }
  }
  return found;
}

function relativeTrouble(
  path: string,
  floor: number | undefined,
  specifier: string,
): string | undefined {
  if (!/\.(?:tsx?|json|html|css)$/.test(specifier)) return "names no file ending";
  if (floor === undefined) return undefined;

  const target = posix.join(posix.dirname(path), specifier);
  if (folderOf(target) === folderOf(path)) return undefined;

  const below = floorOf(target);
  if (below === undefined) return "leaves the floors";
  if (below > floor) return `up, from floor ${floor} to ${below}`;
  if (below === floor) return `sideways, on floor ${floor}`;
  return undefined;
}

function pageTrouble(path: string, specifier: string, isOfTypes: boolean): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (!path.startsWith(PAGE) || isOfTypes || PAGE_TAKES.test(target)) return undefined;
  return "not in the page, but for its types";
}

function packageTrouble(
  path: string,
  floor: number | undefined,
  specifier: string,
): string | undefined {
  if (path.startsWith(PAGE)) {
    return PAGE_PACKAGES.has(specifier) ? undefined : "a package that the page has not";
  }
  const isPlatform = specifier === "bun" || /^(?:node|bun):/.test(specifier);
  if (BEFORE_INSTALL.has(path)) return isPlatform ? undefined : "not yet installed when this runs";
  if (path === PRIMITIVES && specifier === "node:crypto") return undefined;
  if (floor === undefined || floor > HIGHEST_PURE_FLOOR) return undefined;
  if (floor === CONTRACT_FLOOR && specifier === "valibot") return undefined;
  return "a package, on a floor that has none";
}

test("every file keeps to its floor, and floors 0 to 6 are free of I/O", () => {
  const files = sourceFiles("lib", "cmd", "test");

  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap(violations)).toEqual([]);
});

const flagged: readonly (readonly [path: string, source: string, what: string])[] = [
  ["lib/base/a.ts", 'import { x } from "../wire/x.ts";', "up"],
  ["lib/base/a.ts", 'import type { X } from "../wire/x.ts";', "up"],
  ["lib/base/a.ts", 'import {\n  type X,\n} from "../wire/x.ts";', "up"],
  ["lib/node/a.ts", 'export { x } from "../io/x.ts";', "up"],
  ["lib/wire/a.ts", 'import "../crypto/x.ts";', "up"],
  ["lib/io/a.ts", 'const x = await import("../../cmd/x.ts");', "up"],
  ["lib/chat/a.ts", 'import { x } from "../paths/x.ts";', "sideways"],
  ["lib/io/a.ts", 'import { x } from "../ui/x.ts";', "sideways"],
  ["lib/ui/a.ts", 'import { x } from "../io/x.ts";', "sideways"],
  ["lib/io/a.ts", 'import { x } from "../../test/support/x.ts";', "leaves the floors"],
  ["lib/stray.ts", "export const x = 1;", "stands on no floor"],
  ["lib/shared/a.ts", "export const x = 1;", "stands on no floor"],
  ["lib/base/a.ts", 'import { x } from "./x";', "no file ending"],
  ["cmd/a.ts", "const x = await import(name);", "only a run can tell"],
  ["lib/crypto/noise.ts", 'import { hash } from "node:crypto";', "a package"],
  ["lib/crypto/primitives.ts", 'import { readFileSync } from "node:fs";', "a package"],
  ["lib/node/a.ts", 'import * as v from "valibot";', "a package"],
  ["lib/contract/a.ts", 'import { dlopen } from "bun:ffi";', "a package"],
  ["cmd/build.ts", 'import { defineCommand } from "citty";', "not yet installed"],
  ["lib/wire/a.ts", "const at = Date.now();", "impure: Date.now"],
  ["lib/wire/a.ts", "const at = new Date();", "impure: new Date("],
  ["lib/wire/a.ts", "const x = Math.random();", "impure: Math.random"],
  ["lib/crypto/primitives.ts", "const key = randomBytes(32);", "impure: randomBytes"],
  ["lib/paths/a.ts", "setTimeout(() => x, 5);", "impure: setTimeout"],
  ["lib/chat/a.ts", 'console.log("x");', "impure: console"],
  ["lib/contract/a.ts", "const x = Bun.stringWidth(text);", "impure: Bun"],
  ["lib/session/a.ts", "const x = `${process.pid}`;", "impure: process"],
  ["lib/node/a.ts", "async function x() {}", "impure: async"],
  ["lib/base/a.ts", "export let count = 0;", "impure: export let"],
  ["lib/ui/web/a.tsx", 'import { x } from "../tui/x.ts";', "not in the page"],
  ["lib/ui/web/a.tsx", 'import { x } from "../../node/x.ts";', "not in the page"],
  ["lib/ui/web/a.tsx", 'import { x } from "../../io/x.ts";', "sideways"],
  ["lib/ui/web/a.tsx", 'import { readFileSync } from "node:fs";', "a package"],
  ["lib/ui/web/a.tsx", 'import * as v from "valibot";', "a package"],
  ["lib/ui/web/a.ts", "const x = Bun.version;", "not for the page: Bun"],
  ["lib/ui/web/a.ts", "element.innerHTML = text;", "not for the page: innerHTML"],
  ["lib/ui/web/a.tsx", "<p dangerouslySetInnerHTML={x} />;", "dangerouslySetInnerHTML"],
];

test.each(flagged)("in %s the line %j is flagged", (path, source, what) => {
  const found = violations({ path, source });

  expect(found).toHaveLength(1);
  expect(found[0]).toContain(what);
});

const allowed: readonly (readonly [path: string, source: string])[] = [
  ["lib/wire/a.ts", 'import { x } from "../base/x.ts";\nimport { y } from "./y.ts";'],
  ["lib/crypto/primitives.ts", 'import { hash } from "node:crypto";'],
  ["lib/contract/a.ts", 'import * as v from "valibot";'],
  ["lib/base/a.ts", '// import "../io/x.ts", then await Date.now()\nconst x = "// process.";'],
  ["lib/base/a.ts", '/** Asks: from "who are you?" */\nconst quote = /["\'`]/; const y = 1;'],
  ["lib/node/a.ts", "const at = new Date(now).toISOString(); this.process(event);"],
  ["lib/base/a.ts", "function f() {\n  let count = 0;\n  return count / 2 / 1;\n}"],
  ["cmd/a.ts", 'const text = "import x from \\"../y\\", or import(x)";'],
  ["lib/ui/web/a.tsx", 'import type { X } from "../../node/x.ts";\nfetch("/x");'],
  ["lib/ui/web/a.tsx", 'import { createRoot } from "react-dom/client";'],
  ["lib/ui/web/a.tsx", 'import { x } from "../../contract/x.ts";'],
  ["cmd/a.ts", 'const { x } = await import("../lib/ui/x.ts"); Date.now();'],
];

test.each(allowed)("in %s the line %j is let through", (path, source) => {
  expect(violations({ path, source })).toEqual([]);
});
