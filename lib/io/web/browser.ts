type Environment = Readonly<Record<string, string | undefined>>;

/** What shows a page to the person, as a command line that lacks the page. */
export type Opener = readonly [program: string, ...args: string[]];

/** Says which browser, before what the system has. */
const OWN_VARIABLE = "P2PCHAT_BROWSER";
/** The same for all programs: one or more command lines, with colons between them. */
const COMMON_VARIABLE = "BROWSER";

export interface OpenerOptions {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Where a program of this name is, or null. */
  readonly which: (program: string) => string | null;
}

/** Undefined where nobody would see a page, or nothing is known that shows one. */
export function findOpener({ env, platform, which }: OpenerOptions): Opener | undefined {
  const own = wordsOf(env[OWN_VARIABLE] ?? "");
  if (own !== undefined) return own;
  for (const line of (env[COMMON_VARIABLE] ?? "").split(":")) {
    const common = wordsOf(line);
    if (common !== undefined && which(common[0]) !== null) return common;
  }
  if (platform === "darwin") return ["open"];
  // `start` is the shell's own, which reads characters of paths as its signs.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  const isSeen = (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
  return isSeen && which("xdg-open") !== null ? ["xdg-open"] : undefined;
}

/**
 * Shows a file in the browser, which goes on when this program ends. False where it could not even
 * be started. Every process list shows the path: what it leads to is in the file.
 */
export function openInBrowser([program, ...args]: Opener, path: string): boolean {
  const hasPlace = args.some((arg) => arg.includes(PLACE));
  const all = hasPlace ? args.map((arg) => arg.replaceAll(PLACE, () => path)) : [...args, path];
  try {
    const child = Bun.spawn([program, ...all], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      // Whoever interrupts the chat in the terminal means it, not the browser.
      detached: true,
    });
    child.unref();
    return true;
  } catch {
    return false;
  }
}

/** Where in a command line the page goes; else it is the last. */
const PLACE = "%s";

function wordsOf(line: string): Opener | undefined {
  const [program, ...args] = line.split(/\s+/).filter((word) => word !== "");
  return program === undefined ? undefined : [program, ...args];
}
