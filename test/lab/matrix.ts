/** The pair matrix by command: real clients behind every two routers. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Scratch } from "../support/scratch.ts";
import { feasible, isHard, isKind, KIND_NAMES, type Kind } from "./natkinds.ts";
import { meet, type Initiator, type Meeting } from "./meeting.ts";
import { gridOf, rowOf, summaryOf, type Circumstances, type Run } from "./matrixtable.ts";
import { obstacle } from "./obstacle.ts";
import { Topology } from "./topology.ts";

const USAGE = `usage: bun run lab matrix [OPTION…]

  --pairs LIST      pairs of kinds, "*" for all kinds, such as open×*,aged×aged; or a word:
                    easy, technique, infeasible, core (each kind with open, port-restricted,
                    itself and symmetric-random) or all, which is the default
  --repeat N        meetings of each pair for each initiator; else 10 where a mapping is not
                    the same for everyone and the pair is feasible, and 3 for others
  --delay MS        how long a datagram takes through the core, each way (20); with 0 one
                    side's first datagram always comes too early
  --loss PERCENT    of the datagrams there (0)
  --cross FLOWS     that others behind each router open per second (0)
  --patience S      how long a message is waited for (10)
  --member          a third client, in the open, shares a room with both
  --json FILE       one line for each meeting is added to it; those in it are not held again
  --grid            at the end a table of all pairs in Markdown

kinds: ${KIND_NAMES.join(" ")}
`;

const INITIATORS: readonly Initiator[] = ["a", "b"];

/** Twice as many for a pair, because both begin. */
const REPEAT = 3;
const REPEAT_HARD = 10;

/** With these every other kind is tried in the ordinary run of the tests. */
const CORE_KINDS: ReadonlySet<Kind> = new Set(["open", "port-restricted", "symmetric-random"]);

export type Pair = readonly [a: Kind, b: Kind];

interface Plan {
  readonly pairs: readonly Pair[];
  readonly repeat: number | undefined;
  readonly patienceMs: number;
  readonly circumstances: Circumstances;
  readonly file: string | undefined;
  readonly hasGrid: boolean;
}

/** All unordered pairs in the order of the tables. */
const ALL_PAIRS: readonly Pair[] = KIND_NAMES.flatMap((a, index) =>
  KIND_NAMES.slice(index).map((b) => [a, b] as const),
);

/** Undefined if the words name no pairs. */
export function pairsOf(list: string): readonly Pair[] | undefined {
  const chosen = list.split(",").map((word) => {
    if (word === "all") return ALL_PAIRS;
    if (word === "core") return ALL_PAIRS.filter(isCore);
    if (word === "easy" || word === "technique" || word === "infeasible") {
      return ALL_PAIRS.filter(([a, b]) => feasible(a, b) === word);
    }
    const [a = "", b = "", ...rest] = word.split("×");
    const areKinds = [a, b].every((name) => name === "*" || isKind(name));
    return areKinds && rest.length === 0 ? ALL_PAIRS.filter((pair) => isNamed(pair, a, b)) : [];
  });
  if (chosen.some((pairs) => pairs.length === 0)) return undefined;
  return ALL_PAIRS.filter((pair) => chosen.some((pairs) => pairs.includes(pair)));
}

function isCore([a, b]: Pair): boolean {
  return a === b || CORE_KINDS.has(a) || CORE_KINDS.has(b);
}

function isNamed([a, b]: Pair, one: string, other: string): boolean {
  const fits = (kind: Kind, name: string): boolean => name === "*" || name === kind;
  return (fits(a, one) && fits(b, other)) || (fits(a, other) && fits(b, one));
}

function planOf(args: readonly string[]): Plan | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        pairs: { type: "string", default: "all" },
        repeat: { type: "string" },
        delay: { type: "string", default: "20" },
        loss: { type: "string", default: "0" },
        cross: { type: "string", default: "0" },
        patience: { type: "string", default: "10" },
        member: { type: "boolean", default: false },
        json: { type: "string" },
        grid: { type: "boolean", default: false },
      },
    });
    const pairs = pairsOf(values.pairs);
    const repeat = values.repeat === undefined ? undefined : Number(values.repeat);
    const circumstances = {
      delayMs: Number(values.delay),
      lossPercent: Number(values.loss),
      crossPerSecond: Number(values.cross),
      hasMember: values.member,
    };
    const patienceMs = Number(values.patience) * 1000;
    const numbers = [...Object.values(circumstances), patienceMs, repeat ?? 1].map(Number);
    if (pairs === undefined || !numbers.every((number) => number >= 0)) return undefined;
    const { json: file, grid: hasGrid } = values;
    return { pairs, repeat, patienceMs, circumstances, file, hasGrid };
  } catch {
    return undefined;
  }
}

/** The meetings that the file tells of, under the same circumstances. */
function heldBefore({ file, circumstances }: Plan): Run[] {
  if (file === undefined || !existsSync(file)) return [];
  const runs = readFileSync(file, "utf8").split("\n").filter(Boolean).map(parseRun);
  return runs.filter(
    (run) =>
      run.delayMs === circumstances.delayMs &&
      run.lossPercent === circumstances.lossPercent &&
      run.crossPerSecond === circumstances.crossPerSecond &&
      run.hasMember === circumstances.hasMember,
  );
}

function parseRun(line: string): Run {
  const run: unknown = JSON.parse(line);
  if (!isRun(run)) throw new Error(`Cannot read a meeting: ${line}`);
  return run;
}

function isRun(value: unknown): value is Run {
  return typeof value === "object" && value !== null && "a" in value && "datagrams" in value;
}

/** What is still to be held of a pair: initiators in turn. */
function missing([a, b]: Pair, { repeat }: Plan, held: readonly Run[]): Meeting[] {
  const isWorthwhile = (isHard(a) || isHard(b)) && feasible(a, b) !== "infeasible";
  const times = repeat ?? (isWorthwhile ? REPEAT_HARD : REPEAT);
  const meetings = INITIATORS.flatMap((initiator) => {
    const done = held.filter((run) => run.a === a && run.b === b && run.initiator === initiator);
    return Array.from({ length: Math.max(0, times - done.length) }, (_, index) => ({
      order: index,
      meeting: { a, b, initiator },
    }));
  });
  return meetings.toSorted((one, other) => one.order - other.order).map(({ meeting }) => meeting);
}

async function hold(lab: Topology, meeting: Meeting, plan: Plan): Promise<Run> {
  using scratch = new Scratch();
  const { patienceMs, circumstances } = plan;
  const options = { ...circumstances, scratch: scratch.path, patienceMs };
  return { ...meeting, ...(await meet(lab, meeting, options)), ...circumstances };
}

/** Whether every pair that theory allows connected directly, each time. */
async function holdAll(plan: Plan): Promise<boolean> {
  const held = heldBefore(plan);
  await using lab = await Topology.build();
  const { delayMs, lossPercent } = plan.circumstances;
  await lab.setWays(delayMs > 0 || lossPercent > 0 ? [{ delayMs, lossPercent }] : []);

  for (const pair of plan.pairs) {
    for (const meeting of missing(pair, plan, held)) {
      const done = await hold(lab, meeting, plan);
      held.push(done);
      if (plan.file !== undefined) appendFileSync(plan.file, `${JSON.stringify(done)}\n`);
    }
    console.log(rowOf(summaryOf(pair, held)));
  }

  const summaries = plan.pairs.map((pair) => summaryOf(pair, held));
  if (plan.hasGrid) console.log(`\n${gridOf(summaries)}`);
  const fallen = summaries.filter(({ a, b, runs, direct }) => {
    return feasible(a, b) !== "infeasible" && direct < runs;
  });
  console.log(`${summaries.length - fallen.length} of ${summaries.length} pairs as theory has it`);
  return fallen.length === 0;
}

export async function matrix(args: readonly string[]): Promise<number> {
  const plan = planOf(args);
  if (plan === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const reason = await obstacle();
  if (reason !== undefined) {
    process.stderr.write(`Cannot build the lab: it ${reason}\n`);
    return 1;
  }
  return (await holdAll(plan)) ? 0 : 1;
}
