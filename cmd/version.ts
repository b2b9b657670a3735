/** Put in by cmd/build.ts; absent when the sources run as they are. */
declare const VERSION: string | undefined;
declare const COMMIT: string | undefined;
declare const DATE: string | undefined;
declare const RENDERER: string | undefined;

/** The release, such as "0.1.0"; "dev" when run from sources. */
export const version: string = typeof VERSION === "string" ? VERSION : "dev";

/** The commit built from, "-dirty" appended if the tree held more; "unknown" outside git. */
export const commit: string = typeof COMMIT === "string" ? COMMIT : "unknown";

/** When what it was built from was last changed, such as "2026-11-30". */
export const date: string = typeof DATE === "string" ? DATE : "dev";

/** The release of what draws the full screen, such as "0.4.5"; "dev" when run from sources. */
export const renderer: string = typeof RENDERER === "string" ? RENDERER : "dev";

/** The line of `--version`, such as "p2pchat 0.1.0 (1a2b3c4, Bun 1.4.5)". */
export function versionLine(): string {
  return `p2pchat ${version} (${commit}, Bun ${Bun.version})`;
}
