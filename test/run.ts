/**
 * Runs every check and test there is and sums them up; the last line of the output is
 * "N passed, N failed, N skipped". Imports nothing that must be installed first.
 */
import { Glob, type Subprocess } from "bun";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { tallyOf, type Tally } from "./support/tally.ts";

/**
 * A part that takes longer than its budget is told so, and ended at four times the budget: a
 * machine may be slow, or busy. The budgets add up to twelve minutes on two cores.
 */
const PARTS: readonly Part[] = [
  {
    name: "types",
    budgetSeconds: 10,
    command: ["check", "--no-script"],
    // What runs in a browser knows of other things.
    alsoCommand: ["check", "--no-script", "--project=lib/ui/web"],
  },
  { name: "format", budgetSeconds: 5, command: ["fmt", "--check", "--no-script"] },
  { name: "lint", budgetSeconds: 15, command: bin("oxlint", "--deny-warnings", "--type-aware") },
  { name: "dead", budgetSeconds: 10, command: bin("knip-bun", "--no-progress") },
  { name: "unit", budgetSeconds: 60, tests: "the rest of test/", isBrief: true },
  { name: "io", budgetSeconds: 30, tests: "test/io" },
  { name: "vectors", budgetSeconds: 5, tests: "test/vectors" },
  { name: "sim", budgetSeconds: 170, tests: "test/sim", isBrief: true },
  { name: "build", budgetSeconds: 10, command: ["cmd/build.ts"] },
  { name: "e2e", budgetSeconds: 200, tests: "test/e2e", needs: "build" },
  {
    name: "lab",
    budgetSeconds: 195,
    tests: "test/lab",
    needs: "build",
    beside: ["pairs", "recalls", "members", "rooms", "why"].map((it) => `test/lab/${it}.test.ts`),
  },
];

const ENDED_AT_BUDGETS = 4;

/**
 * The compiler's last stage takes more than it saves where little runs for long: a quarter of all
 * time in the simulator. Programs that a test starts would inherit it.
 */
const BRIEF = { BUN_JSC_useFTLJIT: "0" };

/** Of one test that names no limit: it hangs, on whatever machine. */
const TEST_MS_MAX = 60_000;

interface Part {
  readonly name: string;
  readonly budgetSeconds: number;
  /** Arguments of Bun; the exit code counts as one test. */
  readonly command?: readonly string[];
  /** Beside it, and counted like it. */
  readonly alsoCommand?: readonly string[];
  /** A folder whose files run under `bun test`; its cases count. */
  readonly tests?: string;
  /**
   * Of its files, those that mostly wait: they run in a process of their own, meanwhile. Without
   * any, files go to as many processes as there are cores, each to the next that is free.
   */
  readonly beside?: readonly string[];
  /** All of it happens in Bun itself, and in no program that is to be as fast as it can. */
  readonly isBrief?: true;
  /** A part that must have passed in this run. */
  readonly needs?: string;
}

const USAGE = `usage: bun run test [PART…]

Runs all parts, or those named and what they need:
${PARTS.map((part) => `  ${part.name.padEnd(8)} ${about(part)}`).join("\n")}
`;

const ROOT = join(import.meta.dir, "..");

/** Of a failed part's output, this much of the end is shown. */
const OUTPUT_CHARS_MAX = 60_000;

/** Under Bun's own runtime, so that a machine without Node will do. */
function bin(...command: string[]): string[] {
  return ["run", "--bun", ...command];
}

function about(part: Part): string {
  const what = part.command?.filter((word) => word !== "run" && word !== "--bun").join(" ");
  return `${what ?? part.tests} (at most ${part.budgetSeconds} s)`;
}

/** The test files of a part: a folder's own, or for "unit" all that no other part claims. */
function filesOf(part: Part): string[] {
  const all = Array.from(new Glob("test/**/*.test.ts").scanSync({ cwd: ROOT })).toSorted();
  const claimed = PARTS.flatMap(({ name, tests }) =>
    name !== "unit" && tests !== undefined ? [`${tests}/`] : [],
  );
  const isClaimed = (file: string): boolean => claimed.some((folder) => file.startsWith(folder));
  return all.filter((file) =>
    part.name === "unit" ? !isClaimed(file) : file.startsWith(`${part.tests}/`),
  );
}

const running = new Set<Subprocess>();

/** Ends what a process has started, and nothing else: it runs in a group of its own. */
function endGroup({ pid }: Subprocess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}

interface Outcome extends Tally {
  readonly output: string;
}

/** All of a part, in as many processes as it has. */
async function run(part: Part, scratch: string): Promise<Outcome> {
  const outcomes = await Promise.all(
    commandsOf(part).map(async (command, index) =>
      runCommand(part, command, join(scratch, `${part.name}-${index}`)),
    ),
  );
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
    troubles: outcomes.flatMap(({ troubles }) => troubles),
    output: outcomes.map(({ output }) => output).join("\n"),
  };
}

/** Arguments of Bun; none where a part has no files yet. */
function commandsOf(part: Part): (readonly string[])[] {
  const { command, alsoCommand, beside } = part;
  if (command !== undefined) return alsoCommand === undefined ? [command] : [command, alsoCommand];
  const files = filesOf(part);
  const others = files.filter((file) => beside?.includes(file) !== true);
  // What the compiler has learnt of the nodes serves all files of a process.
  const processes = [`--parallel=${beside ? 1 : availableParallelism()}`, "--no-isolate"];
  const bun = ["test", `--timeout=${TEST_MS_MAX}`, ...processes];
  return [others, beside ?? []]
    .filter((group) => group.length > 0)
    .map((group) => bun.concat(group.map((file) => `./${file}`)));
}

/** What it writes goes to files whose names begin with `base`. */
async function runCommand(part: Part, command: readonly string[], base: string): Promise<Outcome> {
  const junitFile = `${base}.xml`;
  const areTests = part.tests !== undefined;
  const reporter = ["--reporter=junit", `--reporter-outfile=${junitFile}`];
  const args = areTests ? [...command, ...reporter] : command;
  const { exitCode, output, isEnded } = await spawn(part, args, `${base}.out`);

  const isGood = exitCode === 0;
  const tally: Tally = areTests
    ? tallyOf(existsSync(junitFile) ? readFileSync(junitFile, "utf8") : "", output, exitCode)
    : { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: [], troubles: [] };
  const troubles = isEnded
    ? ["ended: it took four times its budget", ...tally.troubles]
    : tally.troubles;
  return { ...tally, troubles, output };
}

interface Spawned {
  readonly exitCode: number;
  readonly output: string;
  readonly isEnded: boolean;
}

/** To a file rather than a pipe: a grandchild that holds the pipe open cannot hang the run. */
async function spawn(part: Part, args: readonly string[], outputFile: string): Promise<Spawned> {
  const out = openSync(outputFile, "a");
  const child = Bun.spawn([process.execPath, ...args], {
    cwd: ROOT,
    detached: true,
    stdin: "ignore",
    stdout: out,
    stderr: out,
    env: { ...process.env, NO_COLOR: "1", ...(part.isBrief === true ? BRIEF : {}) },
  });
  running.add(child);
  let isEnded = false;
  const deadline = setTimeout(
    () => {
      isEnded = true;
      endGroup(child, "SIGKILL");
    },
    part.budgetSeconds * ENDED_AT_BUDGETS * 1000,
  );

  const exitCode = await child.exited;
  clearTimeout(deadline);
  endGroup(child, "SIGKILL");
  running.delete(child);
  closeSync(out);
  return { exitCode, output: readFileSync(outputFile, "utf8"), isEnded };
}

/** The end of a failed part's output, without what went well. */
function worthReading(output: string): string {
  const lines = output.split("\n").filter((line) => !line.startsWith("(pass) "));
  return lines.join("\n").slice(-OUTPUT_CHARS_MAX).trimEnd();
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs one part and tells about it. */
async function report(
  part: Part,
  failedParts: ReadonlySet<string>,
  scratch: string,
): Promise<Counts> {
  console.log(`▸ ${part.name}: ${about(part)}`);
  if (part.needs !== undefined && failedParts.has(part.needs)) {
    console.log(`  not run: ${part.needs} failed\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }

  const startedAtMs = performance.now();
  const outcome = await run(part, scratch);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const isLate = seconds > part.budgetSeconds;
  const { failed } = outcome;

  if (failed > 0) console.log(worthReading(outcome.output));
  for (const trouble of outcome.troubles) console.log(`  ${trouble}`);
  if (isLate) console.log(`  over its budget of ${part.budgetSeconds} s`);
  for (const reason of new Set(outcome.skipped)) {
    const count = outcome.skipped.filter((other) => other === reason).length;
    console.log(`  ${count} skipped: ${reason}`);
  }
  const skipped = outcome.skipped.length;
  console.log(
    `  ${outcome.passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(1)} s\n`,
  );
  return { passed: outcome.passed, failed, skipped };
}

/** The parts asked for, with what they need, in the order of the table. */
function chosen(names: readonly string[]): readonly Part[] {
  if (names.length === 0) return PARTS;

  const wanted = new Set(names);
  for (const { name, needs } of PARTS) {
    if (wanted.has(name) && needs !== undefined) wanted.add(needs);
  }
  return PARTS.filter(({ name }) => wanted.has(name));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = args.find((arg) => !PARTS.some(({ name }) => name === arg));
  if (unknown !== undefined) {
    process.stderr.write(`No such part: ${unknown}\n\n${USAGE}`);
    return 2;
  }

  const scratch = mkdtempSync(join(tmpdir(), "p2pchat-test-"));
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      for (const child of running) endGroup(child, "SIGKILL");
      process.exit(code);
    });
  }

  const startedAtMs = performance.now();
  const failedParts = new Set<string>();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const part of chosen(args)) {
    const { passed, failed, skipped } = await report(part, failedParts, scratch);
    if (failed > 0) failedParts.add(part.name);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }

  console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(0)} s in all`);
  if (failedParts.size > 0) console.log(`Failed: ${[...failedParts].join(", ")}`);
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return sum.failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
