import type { Program } from "./program.ts";
import { until } from "./until.ts";

/** Where standard error says that the page is. */
const ADDRESS = /The page is at (http:\S+)/g;

/** With it no browser is started: the address is told, and opened by who wants it. */
export const NO_BROWSER = { DISPLAY: "", WAYLAND_DISPLAY: "", BROWSER: "" } as const;

/** The last address of its page that a program has told; each lets one browser in. */
export async function pageAddress(program: Program): Promise<string> {
  const told = (): string | undefined => [...program.stderr.matchAll(ADDRESS)].at(-1)?.[1];
  await until(() => told() !== undefined, "the page's address");
  return told() ?? "";
}
