import { assert } from "../../lib/base/assert.ts";
import { Program } from "../support/program.ts";
import type { Lifetime } from "./lifetime.ts";
import { wordAt } from "./prose.ts";
import { median } from "./statistics.ts";
import type { Samples } from "./tasks.ts";

/** Words that 400 000, 64 000, 7300, 740, 74 and 16 of a million messages have. */
const RANKS = [0, 10, 100, 1000, 10_000, 45_000];

/** Each is asked so often. */
const ROUNDS = 5;

/** As many as a screen shows. */
const LIMIT = 50;

const WAIT_MS = 30_000;

/** Words alone, two that are in one message, two side by side, a beginning, and none at all. */
const QUESTIONS: readonly string[] = [
  ...RANKS.map(wordAt),
  ...RANKS.slice(1).map((rank, i) => `${wordAt(RANKS[i] ?? 0)} ${wordAt(rank)}`),
  ...RANKS.slice(1).map((rank, i) => `${wordAt(RANKS[i] ?? 0)}-${wordAt(rank)}`),
  ...RANKS.map((rank) => `${wordAt(rank).slice(0, 3)}*`),
  "nowhere",
];

/**
 * What searching all that was said takes a client, in ms, from the question on its input to the
 * answer on its output: the median of many, and of the slowest question.
 */
export async function search(lifetime: Lifetime, command: readonly string[]): Promise<Samples> {
  await using client = new Program(command);
  const forget = lifetime.bind(() => client.kill());
  await client.line({ type: "ready" });
  const medians: number[] = [];
  const times: number[] = [];
  for (const text of QUESTIONS) {
    const own: number[] = [];
    for (let i = 0; i < ROUNDS; i++) own.push(await ask(client, text));
    medians.push(median(own));
    times.push(...own);
  }
  forget();
  return { ms: median(times), slowestMs: Math.max(...medians) };
}

async function ask(client: Program, text: string): Promise<number> {
  const since = client.lines.length;
  const startedAtMs = performance.now();
  client.send({ type: "search", req: text, text, limit: LIMIT });
  const answer = await client.line({ type: "reply", req: text }, { timeoutMs: WAIT_MS, since });
  const lastedMs = performance.now() - startedAtMs;
  assert(answer["unsearched"] === 0 && answer["damaged"] === 0, "all of it is searched");
  return lastedMs;
}
