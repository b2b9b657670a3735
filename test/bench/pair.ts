import { join } from "node:path";
import { Program } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import type { SideOptions } from "./side.ts";
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
  const { address, card } = await far.line({ type: "ready" }, wait);
  await near.line({ type: "ready" }, wait);
  near.send({ type: "go", address, card });
  await near.line({ type: "warm" }, wait);
  far.send({ type: "mark" });
  await far.line({ type: "marked" }, wait);
  near.send({ type: "measure" });
  const done = await near.line({ type: "done" }, wait);
  far.send({ type: "report" });
  const used = await far.line({ type: "usage" }, wait);
  const samples = done["samples"] as Samples;
  const cpuS = Number(done["cpuS"]) + Number(used["cpuS"]);
  const { messages } = samples;
  return {
    ...samples,
    ...(messages === undefined ? {} : { cpuPerMillion: (cpuS / messages) * 1e6 }),
    cpuS,
    nearMiB: Number(done["peakRssMiB"]),
    farMiB: Number(used["peakRssMiB"]),
  };
}

function startSide({ subject, ...options }: PairOptions & { role: SideOptions["role"] }): Program {
  const python = subject === "original" ? PYTHON : null;
  const command = python === null ? [process.execPath, SIDE] : [python, ORIGINAL];
  const told = { ...options, subject: subject === "original" ? "plain" : subject };
  return new Program([...command, JSON.stringify(told)], { cwd: ROOT });
}
