import { BINARY, Program } from "../support/program.ts";
import { until } from "../support/until.ts";
import type { Rig } from "./rig.ts";

/** Where standard error says that the page is. */
const ADDRESS = /The page is at (http:\S+)/g;

/** A client whose face is a page, and where that is. */
export interface Paged {
  readonly program: Program;
  readonly url: string;
}

/** No browser is started: the address is told, and opened by who wants it. */
export async function startPage(rig: Rig, name: string): Promise<Paged> {
  const own = ["--no-lan", "--no-portmap", "--name", name, "--data-dir", rig.scratch.join(name)];
  return await pageBy(rig, "client", ...own, "--server", rig.address, "--web");
}

/** One more address of the page of a client that runs. */
export async function attachPage(rig: Rig, name: string): Promise<string> {
  const { url, program } = await pageBy(
    rig,
    "attach",
    "--name",
    name,
    "--data-dir",
    rig.scratch.join(name),
    "--web",
  );
  if ((await program.exited) !== 0) throw new Error(`It ended otherwise: ${program.stderr}`);
  return url;
}

async function pageBy(rig: Rig, ...args: readonly string[]): Promise<Paged> {
  const env = { DISPLAY: "", WAYLAND_DISPLAY: "", BROWSER: "" };
  const program = rig.track(new Program([BINARY, ...args], { cwd: rig.scratch.path, env }));
  const url = (): string | undefined => [...program.stderr.matchAll(ADDRESS)].at(-1)?.[1];
  await until(() => url() !== undefined, "the page's address");
  return { program, url: url() ?? "" };
}
