import { join } from "node:path";
import { NO_BROWSER, pageAddress } from "../support/pageaddress.ts";
import { BINARY, Program } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import type { Rig } from "./rig.ts";

/** A client whose face is a page, and where that is. */
export interface Paged {
  readonly program: Program;
  readonly url: string;
}

/** No browser is started: the address is told, and opened by who wants it. */
export async function startPage(rig: Rig, name: string): Promise<Paged> {
  return await pageBy(rig, [BINARY, ...client(rig, name)]);
}

/** The same from the sources, of which another page is made than the compiler makes. */
export async function startOtherPage(rig: Rig, name: string): Promise<Paged> {
  const entry = join(ROOT, "cmd", "p2pchat.ts");
  return await pageBy(rig, [process.execPath, entry, ...client(rig, name)]);
}

function client(rig: Rig, name: string): readonly string[] {
  const own = ["--no-lan", "--no-portmap", "--name", name, "--data-dir", rig.scratch.join(name)];
  return ["client", ...own, "--server", rig.address, "--web"];
}

/** One more address of the page of a client that runs. */
export async function attachPage(rig: Rig, name: string): Promise<string> {
  const own = ["--name", name, "--data-dir", rig.scratch.join(name)];
  const { url, program } = await pageBy(rig, [BINARY, "attach", ...own, "--web"]);
  if ((await program.exited) !== 0) throw new Error(`It ended otherwise: ${program.stderr}`);
  return url;
}

async function pageBy(rig: Rig, command: readonly string[]): Promise<Paged> {
  const options = { cwd: rig.scratch.path, env: NO_BROWSER };
  const program = rig.track(new Program([...command], options));
  return { program, url: await pageAddress(program) };
}
