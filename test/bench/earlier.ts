import { join } from "node:path";
import type { Lifetime } from "./lifetime.ts";
import type { Programs } from "./programs.ts";
import { start } from "./starts.ts";
import type { Samples } from "./tasks.ts";

/** How p2pchat is started, by whoever has no use for what fills a terminal. */
export const STARTS = {
  help: () => ["--help"],
  server: (directory: string) => {
    return ["server", "--json", "--listen", "127.0.0.1:0", "--data-dir", directory];
  },
  json: (directory: string) => [...client(directory), "--json"],
  plain: (directory: string) => [...client(directory), "--plain"],
} as const satisfies Readonly<Record<string, (directory: string) => readonly string[]>>;

export type Start = keyof typeof STARTS;

/** How soon the first line comes, of this program or of the earlier one. */
export function startAs(
  how: Start,
  lifetime: Lifetime,
  programs: Programs,
  isEarlier: boolean,
): Promise<Samples> {
  const program = isEarlier ? programs.earlier() : programs.p2pchat();
  const directory = join(lifetime.directory, isEarlier ? `earlier-${how}` : `now-${how}`);
  return start(lifetime, [program, ...STARTS[how](directory)]);
}

function client(directory: string): readonly string[] {
  const alone = ["--no-lan", "--no-portmap", "--listen", "127.0.0.1:0"];
  return ["client", "--name", "starter", ...alone, "--data-dir", directory];
}
