/** The pair matrix by command: real clients behind every two routers. */
import { appendFileSync, cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Scratch } from "../support/scratch.ts";
import { report } from "./matrixreport.ts";
import { accordOf, rowOf, summaryOf, type Circumstances, type Run } from "./matrixtable.ts";
import { meet, type Initiator, type Meeting } from "./meeting.ts";
import { feasible, isHard, isKind, KIND_NAMES, type Kind } from "./natkinds.ts";
import { obstacle } from "./obstacle.ts";
import { classOf, type Pair } from "./theory.ts";
import { Topology, type Way } from "./topology.ts";
import { sideBySide, type Turn } from "./turns.ts";

const USAGE = `usage: bun run lab matrix [OPTION…]

  --pairs LIST      pairs of kinds, "*" for all kinds, such as open×*,aged×aged; or a word:
                    easy, technique, infeasible, core (each kind with open, port-restricted,
                    itself and symmetric-random) or all, which is the default
  --repeat N        meetings of each pair for each initiator; else 10 where a mapping is not
                    the same for everyone and the pair is feasible, and 3 for others
  --at-once N       meetings side by side, behind different routers (4)
  --delay MS        how long a datagram takes through the core, each way (20); with 0 one
                    side's first datagram always comes too early
  --direct MS/MS    the same between the two, from the first and from the second, however
                    long their ways to all others are
  --loss PERCENT    of the datagrams there (0)
  --cross FLOWS     that others behind each router open per second (0)
  --patience S      how long a message is waited for (12)
  --member WHERE    a third client, in the open, shares a room with both: never, always, or
                    where it alone can connect them (needed), which is the default
  --json FILE       one line for each meeting is added to it; those in it are not held again
  --keep DIR        where what all three wrote down is put of a meeting that failed
  --write           puts what came of it into test/lab/MATRIX.md, and in short into README.md

kinds: ${KIND_NAMES.join(" ")}
`;

const INITIATORS: readonly Initiator[] = ["a", "b"];

/** Twice as many for a pair, because both begin. */
const REPEAT = 3;
const REPEAT_HARD = 10;

/** With these every other kind is tried in the ordinary run of the tests. */
const CORE_KINDS: ReadonlySet<Kind> = new Set(["open", "port-restricted", "symmetric-random"]);

const MEMBERS = ["never", "needed", "always"] as const;

interface Plan {
  readonly pairs: readonly Pair[];
  readonly repeat: number | undefined;
  readonly atOnce: number;
  readonly patienceMs: number;
  readonly circumstances: Circumstances;
  readonly member: (typeof MEMBERS)[number];
  readonly file: string | undefined;
  readonly keptIn: string | undefined;
  readonly isWritten: boolean;
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
        "at-once": { type: "string", default: "4" },
        delay: { type: "string", default: "20" },
        direct: { type: "string" },
        loss: { type: "string", default: "0" },
        cross: { type: "string", default: "0" },
        patience: { type: "string", default: "12" },
        member: { type: "string", default: "needed" },
        json: { type: "string" },
        keep: { type: "string" },
        write: { type: "boolean", default: false },
      },
    });
    const pairs = pairsOf(values.pairs);
    const member = MEMBERS.find((word) => word === values.member);
    const repeat = values.repeat === undefined ? undefined : Number(values.repeat);
    const atOnce = Number(values["at-once"]);
    const directMs = values.direct?.split("/").map(Number) ?? [];
    const circumstances = {
      delayMs: Number(values.delay),
      directMs,
      lossPercent: Number(values.loss),
      crossPerSecond: Number(values.cross),
    };
    const patienceMs = Number(values.patience) * 1000;
    const numbers = [...Object.values(circumstances).flat(), patienceMs, repeat ?? 1, atOnce - 1];
    const isDirect = directMs.length === 0 || directMs.length === 2;
    if (!isDirect || !numbers.every((number) => number >= 0)) return undefined;
    if (pairs === undefined || member === undefined) return undefined;
    const { json: file, keep: keptIn, write: isWritten } = values;
    return { pairs, repeat, atOnce, patienceMs, circumstances, member, file, keptIn, isWritten };
  } catch {
    return undefined;
  }
}

/** The meetings that the file tells of, under the same circumstances. */
function heldBefore(plan: Plan): Run[] {
  const { file, circumstances } = plan;
  if (file === undefined || !existsSync(file)) return [];
  const runs = readFileSync(file, "utf8").split("\n").filter(Boolean).map(parseRun);
  return runs.filter((run) => {
    const { delayMs, directMs, lossPercent, crossPerSecond } = run;
    const its: Circumstances = { delayMs, directMs, lossPercent, crossPerSecond };
    const isSame = JSON.stringify(its) === JSON.stringify(circumstances);
    return isSame && run.hasMember === hasMember([run.a, run.b], plan);
  });
}

function hasMember(pair: Pair, { member }: Plan): boolean {
  return member === "always" || (member === "needed" && classOf(pair) === "carried");
}

function parseRun(line: string): Run {
  const run: unknown = JSON.parse(line);
  if (!isRun(run)) throw new Error(`Cannot read a meeting: ${line}`);
  return run;
}

function isRun(value: unknown): value is Run {
  return typeof value === "object" && value !== null && "a" in value && "datagrams" in value;
}

/** What is still to be held of all pairs: each once before any is held again. */
function missing(plan: Plan, held: readonly Run[]): Meeting[] {
  const all = plan.pairs.flatMap(([a, b]) => {
    const isWorthwhile = (isHard(a) || isHard(b)) && feasible(a, b) !== "infeasible";
    const times = plan.repeat ?? (isWorthwhile ? REPEAT_HARD : REPEAT);
    return INITIATORS.flatMap((initiator) => {
      const done = held.filter((run) => run.a === a && run.b === b && run.initiator === initiator);
      return Array.from({ length: Math.max(0, times - done.length) }, (_, order) => ({
        order: done.length + order,
        meeting: { a, b, initiator },
      }));
    });
  });
  return all.toSorted((one, other) => one.order - other.order).map(({ meeting }) => meeting);
}

/** The ways of those who meet just now, by their turns. */
class Ways {
  readonly #lab: Topology;
  readonly #circumstances: Circumstances;
  readonly #own = new Map<number, readonly Way[]>();

  constructor(lab: Topology, circumstances: Circumstances) {
    this.#lab = lab;
    this.#circumstances = circumstances;
  }

  /** Where the two have ways of their own, these are there. */
  async set({ number, places: [one, other] }: Turn): Promise<void> {
    const { directMs, lossPercent } = this.#circumstances;
    const [out, back] = directMs;
    if (out === undefined || back === undefined) return;
    this.#own.set(number, [
      { from: one, to: other, delayMs: out, lossPercent },
      { from: other, to: one, delayMs: back, lossPercent },
    ]);
    await this.setAll();
  }

  async setAll(): Promise<void> {
    const { delayMs, lossPercent } = this.#circumstances;
    const all = [...Array.from(this.#own.values()).flat(), { delayMs, lossPercent }];
    await this.#lab.setWays(all.some((way) => way.delayMs > 0 || lossPercent > 0) ? all : []);
  }
}

/** Whether all pairs fared as theory has it. */
async function holdAll(plan: Plan): Promise<boolean> {
  const held = heldBefore(plan);
  const meetings = missing(plan, held);
  await using lab = await Topology.build();
  const ways = new Ways(lab, plan.circumstances);
  await ways.setAll();

  const { patienceMs, circumstances, file } = plan;
  const { crossPerSecond } = circumstances;
  const unfinished = Map.groupBy(meetings, ({ a, b }) => `${a}×${b}`);
  await sideBySide(meetings, plan.atOnce, async (meeting, turn) => {
    using scratch = new Scratch();
    const pair: Pair = [meeting.a, meeting.b];
    const shared = { hasMember: hasMember(pair, plan), crossPerSecond };
    await ways.set(turn);
    const outcome = await meet(lab, meeting, {
      ...turn,
      ...shared,
      scratch: scratch.path,
      patienceMs,
      knowsRouters: false,
    });
    const done: Run = { ...meeting, ...outcome, ...circumstances, ...shared };
    if (plan.keptIn !== undefined && outcome.path === undefined) {
      cpSync(scratch.path, join(plan.keptIn, `${pair.join("-")}-${held.length}`), {
        recursive: true,
      });
    }
    held.push(done);
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(done)}\n`);
    const left = unfinished.get(pair.join("×"));
    left?.pop();
    if (left?.length === 0) console.log(rowOf(summaryOf(pair, held)));
  });

  const summaries = plan.pairs.map((pair) => summaryOf(pair, held));
  if (plan.isWritten) await report(summaries, circumstances);
  const { isAll, text } = accordOf(summaries);
  console.log(text);
  return isAll;
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
