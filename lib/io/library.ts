import { existsSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { makePrivateDirectory, replaceFile } from "./files.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface LibraryOptions {
  readonly env: Environment;
  /** Of the renderer, such as "0.4.5". */
  readonly version: string;
  /** The files within the program: each that is looked at counts as memory in use from then on. */
  readonly embedded: () => readonly Blob[];
}

/** What it is called within the program: the compiler puts a digest into its name. */
const EMBEDDED = /^(?:lib)?opentui-[0-9a-z]+\.(?:so|dylib|dll)$/;

/** What the renderer calls it, by the system. */
const FILE = "libopentui.so";
const FILES: { readonly [K in NodeJS.Platform]?: string } = {
  darwin: "libopentui.dylib",
  win32: "opentui.dll",
};

/** Where the renderer looks for it, as it is loaded. */
const ROOT_VARIABLE = "OTUI_ASSET_ROOT";

const VERSION_DIRECTORY = /^opentui-[\w.-]+$/;

/**
 * What draws the screen is a library within the program, and systems load files. Left alone, the
 * runtime puts it among the temporary files, and reads all 14 MB of it at each start to see that it
 * is there: in the cache it is known by its version. Returns where the renderer is to look for it,
 * by the names of its package and file; undefined where there is none, or it cannot be kept.
 */
export async function keepLibrary(options: LibraryOptions): Promise<string | undefined> {
  const cache = cacheDirectory(options.env);
  const name = `opentui-${options.version}`;
  const root = join(cache, name);
  const path = join(root, libraryPath());
  if (existsSync(path)) return root;
  const file = options.embedded().find((one) => EMBEDDED.test(nameOf(one)));
  if (file === undefined) return undefined;
  try {
    makePrivateDirectory(dirname(path));
    replaceFile(path, await file.bytes());
    for (const other of readdirSync(cache)) {
      const isOther = other !== name && VERSION_DIRECTORY.test(other);
      if (isOther) rmSync(join(cache, other), { recursive: true, force: true });
    }
    return root;
  } catch {
    // The runtime finds another place for it.
    return undefined;
  }
}

/**
 * What this loads finds the library there. Programs that are started later find the variable as it
 * was: it may be set for them.
 */
export async function loadFrom<Loaded>(
  root: string,
  env: Record<string, string | undefined>,
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  const before = env[ROOT_VARIABLE];
  env[ROOT_VARIABLE] = root;
  try {
    return await load();
  } finally {
    if (before === undefined) delete env[ROOT_VARIABLE];
    else env[ROOT_VARIABLE] = before;
  }
}

function nameOf(file: Blob): string {
  return "name" in file && typeof file.name === "string" ? file.name : "";
}

function cacheDirectory(env: Environment): string {
  const path = env["XDG_CACHE_HOME"] ?? "";
  // The specification has relative paths ignored.
  const base = isAbsolute(path) ? path : join(env["HOME"] || homedir(), ".cache");
  return join(base, "p2pchat");
}

/** As the renderer calls it on the system that this program was compiled for. */
function libraryPath(): string {
  const { platform, arch } = process;
  const isMusl = platform === "linux" && process.env["OPENTUI_LIBC"] === "musl";
  return join(
    "@opentui",
    `core-${platform}-${arch}${isMusl ? "-musl" : ""}`,
    FILES[platform] ?? FILE,
  );
}
