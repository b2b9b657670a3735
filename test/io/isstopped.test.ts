import { expect, test } from "bun:test";
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { isStopped } from "../../lib/io/isstopped.ts";
import { SKIPPED } from "../support/tally.ts";
import { until } from "../support/until.ts";
import { scratch } from "./support/scratch.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux tells it`;

test.skipIf(!isLinux)(`a process is stopped until it is told to go on${why}`, async () => {
  const file = join(scratch(), "a) T (b");
  copyFileSync("/bin/sleep", file);
  chmodSync(file, 0o700);
  const child = Bun.spawn([file, "600"]);
  try {
    expect(isStopped(child.pid)).toBe(false);

    child.kill("SIGSTOP");
    await until(() => isStopped(child.pid), "that it is stopped");

    child.kill("SIGCONT");
    await until(() => !isStopped(child.pid), "that it goes on");
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(isStopped(child.pid)).toBe(false);
});
