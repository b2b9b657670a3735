import { afterAll, beforeAll, expect } from "bun:test";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { pairsOf, type Pair } from "./matrix.ts";
import { meet, type Outcome } from "./meeting.ts";
import { feasible, NAT_KINDS } from "./natkinds.ts";
import { Topology } from "./topology.ts";

const DELAY_MS = 20;

const PATIENCE_MS = 5000;

/** Until the last of them has had its turn. */
const TEST_MS = 120_000;

/** As many as two cores bear; each has a server of its own, at a port of its own. */
const AT_ONCE = 3;
const FIRST_PORT = 4000;
const PORTS_APART = 10;

/** Not met each time: on a busy machine one side is late, and the other's datagram too early. */
const UNMET: ReadonlySet<string> = new Set(["port-restricted×poisoning", "poisoning×poisoning"]);

const PAIRS = (pairsOf("core") ?? []).filter(
  ([a, b]) => feasible(a, b) === "easy" && !UNMET.has(`${a}×${b}`),
);

const scratch = new Scratch();
const outcomes = new Map(PAIRS.map((pair) => [pair, Promise.withResolvers<Outcome>()]));
let lab: Topology;
let meetings: Promise<unknown>;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build();
  await lab.setWays([{ delayMs: DELAY_MS }]);
  const waiting = [...PAIRS];
  const busy = new Set<string>();
  const turns = Array.from({ length: AT_ONCE }, async (_, turn) => takeTurns(turn, waiting, busy));
  meetings = Promise.all(turns);
}, 20_000);

afterAll(async () => {
  await meetings;
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

/** Holds meetings one after another, of kinds that nobody else is busy with. */
async function takeTurns(turn: number, waiting: Pair[], busy: Set<string>): Promise<void> {
  while (waiting.length > 0) {
    const at = waiting.findIndex((pair) => !pair.some((kind) => busy.has(kind)));
    const [pair] = at < 0 ? [] : waiting.splice(at, 1);
    if (pair === undefined) {
      await Bun.sleep(20);
      continue;
    }
    for (const kind of pair) busy.add(kind);
    await hold(pair, FIRST_PORT + PORTS_APART * turn);
    for (const kind of pair) busy.delete(kind);
  }
}

/** Who begins alternates from pair to pair. */
async function hold(pair: Pair, port: number): Promise<void> {
  const [a, b] = pair;
  const order = PAIRS.indexOf(pair);
  const initiator = order % 2 === 0 ? "a" : "b";
  const outcome = meet(
    lab,
    { a, b, initiator },
    {
      scratch: scratch.join(`${order}`),
      patienceMs: PATIENCE_MS,
      hasMember: false,
      crossPerSecond: 0,
      port,
    },
  );
  const { resolve, reject } = outcomes.get(pair) ?? Promise.withResolvers<Outcome>();
  await outcome.then(resolve, reject);
}

for (const [[a, b], { promise }] of outcomes) {
  labTest(`${a} and ${b} meet directly`, TEST_MS, async () => {
    const { path, reason } = await promise;

    const isOnLan = a === b && NAT_KINDS[a].isShared;
    expect({ path, reason }).toEqual({ path: isOnLan ? "lan" : "direct", reason: undefined });
  });
}
