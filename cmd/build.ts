/**
 * Compiles cmd/p2pchat.ts to dist/p2pchat, one file that needs nothing beside it.
 * Runs on a fresh clone, so it imports nothing that must be installed first.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const ENTRY = "cmd/p2pchat.ts";
const OUTFILE = "dist/p2pchat";

/** The short commit, "-dirty" appended if tracked files differ from it, "unknown" outside git. */
function commitOfTree(): string {
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit === undefined || commit === "") return "unknown";

  const changes = git("status", "--porcelain", "--untracked-files=no");
  return changes === "" ? commit : `${commit}-dirty`;
}

/** The day of that commit, as in "2026-11-30"; outside git the day of the build. */
function dateOfTree(): string {
  const date = git("show", "--no-patch", "--format=%cs", "HEAD") ?? "";
  return date === "" ? new Date().toISOString().slice(0, "2026-11-30".length) : date;
}

function git(...args: string[]): string | undefined {
  try {
    const run = Bun.spawnSync(["git", ...args], {
      cwd: ROOT,
      stderr: "ignore",
    });
    return run.success ? run.stdout.toString().trim() : undefined;
  } catch {
    // No git on this machine: a source archive is built like any other.
    return undefined;
  }
}

/** What stands in package.json under these names, one within the other. */
function packageSays(...names: readonly string[]): string {
  let found: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of names) {
    found = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
  }
  if (typeof found !== "string") throw new Error(`Cannot find ${names.join(", ")} in package.json`);
  return found;
}

interface Build {
  readonly version: string;
  readonly commit: string;
  /** When the sources were last changed, as the manual says. */
  readonly date: string;
  readonly entry: string;
  readonly outfile: string;
  /** Another system, such as `bun-linux-arm64-musl`; this one where it is not said. */
  readonly target?: string;
}

/**
 * The two `--no-compile-autoload` flags are a matter of safety: without them the program would read
 * `.env` and run the preloads of `bunfig.toml` of whatever directory it is started in.
 */
export function compilerArgs(program: Build): string[] {
  const { version, commit, date, entry, outfile, target } = program;
  return [
    "build",
    "--compile",
    "--production",
    "--minify",
    "--bytecode",
    "--format=esm",
    "--splitting",
    "--sourcemap",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--define",
    `VERSION=${JSON.stringify(version)}`,
    "--define",
    `COMMIT=${JSON.stringify(commit)}`,
    "--define",
    `DATE=${JSON.stringify(date)}`,
    "--define",
    `RENDERER=${JSON.stringify(packageSays("dependencies", "@opentui/core"))}`,
    // Of the terminal's native parts only that of the target is there to be taken in.
    "--define",
    `process.env.OPENTUI_LIBC=${JSON.stringify(libcOf(target))}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    entry,
    "--outfile",
    outfile,
  ];
}

/** Which C library programs of a Linux use; elsewhere nobody asks. */
function libcOf(target: string | undefined): "glibc" | "musl" {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  const isMusl =
    target === undefined ? existsSync(`/lib/ld-musl-${arch}.so.1`) : target.endsWith("-musl");
  return isMusl ? "musl" : "glibc";
}

/** The source map is inside the program; the copies beside it serve nobody. */
function removeMaps(): void {
  const folder = join(ROOT, "dist");
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".map")) rmSync(join(folder, name));
  }
}

function build(): number {
  const startedAtMs = performance.now();
  const version = packageSays("version");
  const commit = commitOfTree();
  const program = { version, commit, date: dateOfTree(), entry: ENTRY, outfile: OUTFILE };
  mkdirSync(join(ROOT, "dist"), { recursive: true });

  const compiler = Bun.spawnSync([process.execPath, ...compilerArgs(program)], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  if (!compiler.success) {
    process.stderr.write(compiler.stdout);
    process.stderr.write(compiler.stderr);
    return 1;
  }
  removeMaps();

  if (!process.argv.includes("--quiet")) {
    const megabytes = (statSync(join(ROOT, OUTFILE)).size / 1e6).toFixed(1);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(`${OUTFILE} ${version} (${commit}), ${megabytes} MB, built in ${seconds} s`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = build();
