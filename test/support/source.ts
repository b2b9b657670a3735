import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a stretch of source is; a template's `${…}` is code again. */
type Kind = "code" | "comment" | "string" | "regex";

interface Stretch {
  readonly kind: Kind;
  readonly text: string;
}

export interface SourceFile {
  /** Relative to the repository, such as "lib/base/bytes.ts". */
  readonly path: string;
  readonly source: string;
}

export const ROOT = join(import.meta.dir, "..", "..");

/** Every TypeScript file under the given folders, in a fixed order. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  const paths = folders.flatMap((folder) =>
    Array.from(new Glob(`${folder}/**/*.{ts,tsx}`).scanSync({ cwd: ROOT })),
  );
  paths.sort();
  return paths.map((path) => ({
    path,
    source: readFileSync(join(ROOT, path), "utf8"),
  }));
}

/** The source with every stretch of other kinds turned to spaces; lines and columns stay. */
export function keepOnly(source: string, ...kinds: Kind[]): string {
  return stretches(source)
    .map(({ kind, text }) => (kinds.includes(kind) ? text : text.replace(/[^\n]/g, " ")))
    .join("");
}

/** The 1-based line on which an offset stands. */
export function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}

/** After these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|await|yield))\s*$/;

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const QUOTED = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/y;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/[\\\n])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y;

/** Cuts a source into stretches whose texts, joined, are the source again. */
function stretches(source: string): Stretch[] {
  const found: Stretch[] = [];
  // For every open `${`, how many braces are open inside it.
  const openBraces: number[] = [];
  let code = "";
  let at = 0;

  const take = (kind: Kind, text: string): void => {
    if (code !== "") found.push({ kind: "code", text: code });
    code = "";
    found.push({ kind, text });
    at += text.length;
  };
  const takeTemplate = (opener: string): void => {
    const text = opener + (matchAt(TEMPLATE_TEXT, source, at + 1) ?? source.slice(at + 1));
    if (text.endsWith("${")) openBraces.push(0);
    take("string", text);
  };

  while (at < source.length) {
    const char = source.charAt(at);
    const quoted = matchAt(QUOTED, source, at);
    const comment = char === "/" ? matchAt(COMMENT, source, at) : undefined;
    const regex = char === "/" && BEFORE_REGEX.test(code) ? matchAt(REGEX, source, at) : undefined;

    if (comment !== undefined) take("comment", comment);
    else if (quoted !== undefined) take("string", quoted);
    else if (regex !== undefined) take("regex", regex);
    else if (char === "`") takeTemplate(char);
    else if (char === "}" && openBraces.at(-1) === 0) {
      openBraces.pop();
      takeTemplate(char);
    } else {
      const inner = openBraces.length - 1;
      if (inner >= 0 && char === "{") openBraces[inner] = (openBraces[inner] ?? 0) + 1;
      if (inner >= 0 && char === "}") openBraces[inner] = (openBraces[inner] ?? 0) - 1;
      code += char;
      at += 1;
    }
  }
  if (code !== "") found.push({ kind: "code", text: code });
  return found;
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
