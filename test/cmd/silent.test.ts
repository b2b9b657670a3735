import { expect, test } from "bun:test";
import { type Silent, silentWords, waitingWords } from "../../cmd/silent.ts";
import { isStopped } from "../../lib/io/isstopped.ts";
import { SKIPPED } from "../support/tally.ts";
import { until } from "../support/until.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux tells it`;

test.skipIf(!isLinux)(
  `of a node that does not answer is said why, and what to do${why}`,
  async () => {
    const child = Bun.spawn(["sleep", "600"]);
    const { pid } = child;
    const node: Silent = { kind: "silent", profile: "alice", pid };
    const name = `alice's node (process ${pid})`;
    try {
      expect(silentWords(node)).toBe(
        `${name} does not answer: it is busy, or waits for its disk; ` +
          `try again, or end it by kill -9 ${pid}, which loses nothing`,
      );
      expect(waitingWords(node)).toBe(`${name} has not answered yet; waiting for it`);

      child.kill("SIGSTOP");
      await until(() => isStopped(pid), "that it is stopped");

      expect(silentWords(node)).toBe(`${name} has been stopped: kill -CONT ${pid} lets it go on`);
      expect(waitingWords(node)).toBe(
        `${name} has been stopped: kill -CONT ${pid} lets it go on; waiting for it`,
      );
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  },
);

test("one of which nobody knows the process is to be tried again", () => {
  expect(silentWords({ kind: "silent", profile: "", pid: undefined })).toBe(
    "A node does not answer: it is busy, or waits for its disk; try again",
  );
});
