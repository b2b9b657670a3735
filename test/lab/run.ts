/** `bun run lab`: the lab's tests, or with `matrix` the pair matrix. */
import { join } from "node:path";
import { matrix } from "./matrix.ts";

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === "matrix") return matrix(args);
  const tests = [
    join(import.meta.dir, "..", "run.ts"),
    "lab",
    ...(command ? [command] : []),
    ...args,
  ];
  const child = Bun.spawn([process.execPath, ...tests], {
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  return child.exited;
}

process.exitCode = await main(process.argv.slice(2));
