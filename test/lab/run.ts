/** `bun run lab`: the lab's tests, or with `matrix` the pair matrix of a program built anew. */
import { join } from "node:path";
import { matrix } from "./matrix.ts";

const USAGE = `usage: bun run lab              holds the lab's tests, as bun run test lab does
       bun run lab matrix ...   holds meetings behind each pair of routers, and prints what came
                                of them; bun run lab matrix --help lists its options

Both need root, ip and nft; some tests also avahi, coturn and miniupnpd (test/setup.sh).
`;

const ROOT = join(import.meta.dir, "..", "..");

/** Runs a file of the project's to its end. */
async function bun(...args: readonly string[]): Promise<number> {
  const stdio = ["inherit", "inherit", "inherit"] as const;
  return Bun.spawn([process.execPath, ...args], { cwd: ROOT, stdio: [...stdio] }).exited;
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === "--help" || command === "-h") {
    process.stdout.write(USAGE);
    return 0;
  }
  if (command !== "matrix") {
    return bun("test/run.ts", "lab", ...(command === undefined ? [] : [command]), ...args);
  }
  const isBuilt = (await bun("cmd/build.ts", "--quiet")) === 0;
  return isBuilt ? matrix(args) : 1;
}

process.exitCode = await main(process.argv.slice(2));
