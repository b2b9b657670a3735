/** Measures p2pchat beside its references and holds it to its bars: `bun run bench --help`. */
import { parseArgs } from "node:util";
import { type Contest, CONTESTS } from "./contests.ts";
import { Lifetime } from "./lifetime.ts";
import { Profiles } from "./profiles.ts";
import { Programs } from "./programs.ts";
import { Records, resultsOf } from "./results.ts";
import { ROWS } from "./rows.ts";
import { objectsOf, tableOf } from "./table.ts";

const ROUNDS = 15;
const QUICK_ROUNDS = 3;

const USAGE = `usage: bun run bench [--only NAME,…] [--rounds N] [--quick] [--json]
                     [--earlier FILE]

Measures subjects and references in turn, each run in fresh processes, and prints medians with the
least and the greatest, ratios of medians, and whether the bars are met. One round goes before that
does not count.

  --only NAME,…  some of ${CONTESTS.map(({ name }) => name).join(", ")}
  --rounds N     how many rounds count (${ROUNDS})
  --quick        ${QUICK_ROUNDS} rounds, shorter ones, and none before
  --json         one JSON object: the figures, and every sample
  --earlier FILE a compiled p2pchat of an earlier commit, beside whose starts those of today are put
`;

interface Options {
  readonly contests: readonly Contest[];
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly earlier: string | undefined;
}

interface Outcome {
  readonly records: Records;
  readonly troubles: readonly string[];
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        earlier: { type: "string" },
      },
    });
    const names = values.only?.split(",");
    const rounds = Number(values.rounds ?? (values.quick ? QUICK_ROUNDS : ROUNDS));
    const isKnown = (name: string): boolean => CONTESTS.some((contest) => contest.name === name);
    if (!Number.isInteger(rounds) || rounds < 1 || names?.every(isKnown) === false)
      return undefined;
    const { earlier } = values;
    const contests = CONTESTS.filter(({ name, needsEarlier }) => {
      return names?.includes(name) ?? (needsEarlier !== true || earlier !== undefined);
    });
    return { contests, rounds, isQuick: values.quick, isJson: values.json, earlier };
  } catch {
    return undefined;
  }
}

/** One that fails is told of in the end, and does not keep the others from being measured. */
async function measure({ contests, rounds, isQuick, earlier }: Options): Promise<Outcome> {
  const records = new Records();
  const troubles: string[] = [];
  const lifetime = new Lifetime();
  const [programs, profiles] = [new Programs(lifetime, earlier), new Profiles(lifetime, isQuick)];
  const context = { isQuick, lifetime, programs, profiles };
  for (let round = isQuick ? 1 : 0; round <= rounds; round++) {
    for (const { name, contestants, roundsMax = Infinity } of contests) {
      if (round > roundsMax) continue;
      // Whoever follows the same one every time would always meet the same machine.
      const inTurn = Object.entries(contestants);
      if (round % 2 === 0) inTurn.reverse();
      for (const [contestant, run] of inTurn) {
        progress(`round ${round} of ${rounds}: ${name}, ${contestant}`);
        try {
          const samples = await run(context);
          if (round > 0) records.add(name, contestant, samples);
        } catch (error) {
          troubles.push(`${name}, ${contestant}: ${String(error)}`);
        }
      }
    }
  }
  progress("");
  return { records, troubles };
}

/** One line that replaces itself, for whoever waits at a terminal. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = optionsOf(args);
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { records, troubles } = await measure(options);
  const results = resultsOf(ROWS, records);
  if (options.isJson) {
    const figures = objectsOf(results);
    console.log(JSON.stringify({ rounds: options.rounds, figures, samples: records.all() }));
  } else {
    console.log(tableOf(results));
  }
  for (const trouble of troubles) process.stderr.write(`${trouble}\n`);
  return troubles.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
