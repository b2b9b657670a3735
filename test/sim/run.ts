/** Long runs of the simulator by command; the last line sums up, and every trouble has its seed. */
import { parseArgs } from "node:util";
import { share, type Plan, type Tally } from "./share.ts";

const USAGE = `usage: bun run sim [--introductions N] [--seeds N] [--transfers N] [--chat N]
                   [--rooms N] [--first N]

  --introductions N  how many introductions at 10 % loss (50000)
  --seeds N          how many worlds in turmoil, and sessions in squalls (1000)
  --transfers N      how often each of the QUIC interop runner's cases (10)
  --chat N           how many rooms in strife, whose log must be one after a minute of peace (1000)
  --rooms N          how many upheavals of whole nodes that share rooms, whose logs must be one a
                     minute after all is healed (200)
  --first N          the first seed (1)
`;

function planOf(args: readonly string[]): Plan | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        introductions: { type: "string", default: "50000" },
        seeds: { type: "string", default: "1000" },
        transfers: { type: "string", default: "10" },
        chat: { type: "string", default: "1000" },
        rooms: { type: "string", default: "200" },
        first: { type: "string", default: "1" },
      },
    });
    const plan = {
      introductions: Number(values.introductions),
      seeds: Number(values.seeds),
      transfers: Number(values.transfers),
      chat: Number(values.chat),
      rooms: Number(values.rooms),
      first: Number(values.first),
    };
    return Object.values(plan).every((n) => Number.isInteger(n) && n >= 0) ? plan : undefined;
  } catch {
    return undefined;
  }
}

function summaryOf(tally: Tally): string {
  const times = Object.values(tally.pairs).flatMap(({ timesMs }) => timesMs);
  const within = (part: number): number => quantile(times, part);
  const megabytes = Math.round(tally.hauledBytes / 1e6);
  const pairs = Object.values(tally.pairs);
  const agreeing = pairs.filter(({ disagreements }) => disagreements === 0);
  const byChance = pairs.filter(({ lateOdds }) => lateOdds !== undefined);
  const sum = (of: (pair: (typeof pairs)[number]) => number): number => {
    return byChance.reduce((total, pair) => total + of(pair), 0);
  };
  const tries = sum(({ attempts }) => attempts);
  const late = sum((pair) => pair.late);
  const lateMax = sum(({ attempts, lateOdds = 0 }) => attempts * lateOdds).toFixed(1);
  return [
    `${tally.connected} of ${tally.introductions} introductions connected`,
    `${tally.dueConnected} of ${tally.due} that must`,
    `${agreeing.length} of ${pairs.length} pairs as the oracle has them`,
    `${late} of ${tries} by chance took more than a minute, at most ${lateMax} expected`,
    `half within ${within(0.5)} ms, 99 % within ${within(0.99)} ms, all within ${within(1)} ms`,
    `${tally.turmoils} turmoils with ${tally.said} messages`,
    `${tally.squalls} squalls with ${megabytes} MB`,
    `${tally.keys} keys without a nonce used twice`,
    `${tally.transfers} transfers`,
    `${tally.strifes} strifes with ${tally.argued} messages`,
    `${tally.upheavals} upheavals with ${tally.shared} messages, ` +
      `${tally.exposed} of ${tally.betrayals} traitors exposed, ` +
      `all one within ${quantile(tally.settledMs, 1)} ms`,
    `${tally.troubles.length} troubles`,
  ].join("; ");
}

/** One line for each pair of kinds, whoever of both came first. */
function* gridOf({ pairs }: Tally): Iterable<string> {
  const width = Math.max(0, ...Object.keys(pairs).map(({ length }) => length));
  const columns = (cells: readonly (string | number)[]): string => {
    return cells.map((cell) => String(cell).padStart(9)).join(" ");
  };
  const head = ["tried", "met", "half ms", "99 % ms", "sent", "wrong"];
  yield `${"pair".padEnd(width)} ${"theory".padEnd(14)} ${columns(head)}`;
  for (const [what, pair] of Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { expected, attempts, timesMs, datagrams, disagreements } = pair;
    const times =
      timesMs.length > 0 ? [0.5, 0.99].map((part) => quantile(timesMs, part)) : ["", ""];
    const cells = [attempts, timesMs.length, ...times, quantile(datagrams, 0.5), disagreements];
    yield `${what.padEnd(width)} ${expected.padEnd(14)} ${columns(cells)}`;
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
}

async function main(args: readonly string[]): Promise<number> {
  const plan = planOf(args);
  if (plan === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const tally = await share(plan, true);
  if (plan.introductions > 0) for (const line of gridOf(tally)) console.log(line);
  for (const trouble of tally.troubles) console.log(trouble);
  console.log(summaryOf(tally));
  return tally.troubles.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
