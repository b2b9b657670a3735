import { join } from "node:path";
import { Program } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import type { SideOptions } from "./sideoptions.ts";
import type { Samples } from "./tasks.ts";

const SIDE = join(ROOT, "test", "bench", "side.ts");
const ORIGINAL = join(ROOT, "test", "bench", "original.py");

/** No measurement takes nearly so long. */
const WAIT_MS = 120_000;

/** The original design is Python's where there is Python, and plain Bun otherwise. */
const PYTHON = Bun.which("python3");

export interface PairOptions extends Omit<SideOptions, "role" | "subject"> {
  readonly subject: SideOptions["subject"] | "original";
}

/**
 * Two fresh processes, one measurement between them. What both used is added to the samples: CPU
 * seconds of the two together after the warming up, and the peak of each one's memory.
 */
export async function runPair(options: PairOptions): Promise<Samples> {
  await using far = startSide({ ...options, role: "far" });
  await using near = startSide({ ...options, role: "near" });
  const wait = { timeoutMs: WAIT_MS };
  const ready = await far.line({ type: "ready" }, wait);
  far.send({ ...(await near.line({ type: "ready" }, wait)), type: "near" });
  near.send({ ...ready, type: "go" });
  await near.line({ type: "warm" }, wait);
  far.send({ type: "mark" });
  await far.line({ type: "marked" }, wait);
  near.send({ type: "measure" });
  const done = await near.line({ type: "done" }, wait);
  far.send({ type: "report" });
  const used = await far.line({ type: "usage" }, wait);
  return sum(done["samples"] as Samples, done, used);
}

type Told = Readonly<Record<string, unknown>>;

function sum(samples: Samples, near: Told, far: Told): Samples {
  const cpuS = Number(near["cpuS"]) + Number(far["cpuS"]);
  const { messages, sessions } = samples;
  const grown = { heap: Number(far["grownHeapBytes"]), rss: Number(far["grownRssBytes"]) };
  return {
    ...samples,
    cpuS,
    nearMiB: Number(near["peakRssMiB"]),
    farMiB: Number(far["peakRssMiB"]),
    ...(messages === undefined ? {} : { cpuPerMillion: (cpuS / messages) * 1e6 }),
    ...(sessions === undefined
      ? {}
      : { heapKiB: grown.heap / sessions / 1024, rssKiB: grown.rss / sessions / 1024 }),
    ...(Number.isNaN(grown.heap) ? {} : { farGrownKiB: grown.heap / 1024 }),
  };
}

function startSide({ subject, ...options }: PairOptions & { role: SideOptions["role"] }): Program {
  const python = subject === "original" ? PYTHON : null;
  const command = python === null ? [process.execPath, SIDE] : [python, ORIGINAL];
  const told = { ...options, subject: subject === "original" ? "plain" : subject };
  return new Program([...command, JSON.stringify(told)], { cwd: ROOT });
}
