import { NO_BROWSER, pageAddress } from "../support/pageaddress.ts";
import { BINARY, Program } from "../support/program.ts";
import type { Rig } from "./rig.ts";

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
  const options = { cwd: rig.scratch.path, env: NO_BROWSER };
  const program = rig.track(new Program([BINARY, ...args], options));
  return { program, url: await pageAddress(program) };
}
