import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SKIPPED } from "./tally.ts";
import { until } from "./until.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux tells who has which environment`;

/** Starts a program that goes on in a session of its own, says which and where, and waits. */
const CODE = `
import { Program } from ${JSON.stringify(join(import.meta.dir, "program.ts"))};
const program = new Program(["sh", "-c", "setsid sleep 1000 & echo $!"]);
const [pid] = await program.text(/[0-9]+/);
console.log(pid, program.runtime);
await new Promise(() => undefined);
`;

test.skipIf(!isLinux)(
  `what a test process has started ends with it, however that ends${why}`,
  async () => {
    const child = Bun.spawn([process.execPath, "-e", CODE], { stdout: "pipe" });
    const { value } = await child.stdout.getReader().read();
    const [pid = "", folder = ""] = new TextDecoder().decode(value).trim().split(" ");
    expect(isRunning(pid)).toBe(true);

    child.kill("SIGKILL");

    await until(() => !isRunning(pid) && !existsSync(folder), "all is gone");
  },
);

function isRunning(pid: string): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
