/** That real clients behind the routers of the core of the grid meet as theory has it. */
import { afterAll, beforeAll, expect } from "bun:test";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { pairsOf } from "./matrix.ts";
import { meet, type Initiator, type Meeting, type Outcome } from "./meeting.ts";
import { feasible, NAT_KINDS } from "./natkinds.ts";
import { classOf, isAsTheory, type Pair } from "./theory.ts";
import { Topology } from "./topology.ts";
import { sideBySide, type Turn } from "./turns.ts";

const DELAY_MS = 20;

const PATIENCE_MS = 12_000;

/** Until the last of them has had its turn. */
const TEST_MS = 180_000;

/** As many as two cores bear: most of a meeting's time is waiting. */
const AT_ONCE = 4;

/**
 * On a busy machine a datagram may be late as on no network, and a router that was called too early
 * takes a call for its own: a pair that missed tries again, when both have looked at their routers.
 */
const TRIES = 4;

/** These are told, because nobody is there who could carry their words. */
const ALONE = pairsOf("symmetric-random×carrier-symmetric,block-dependent×symmetric-random") ?? [];

interface Held extends Meeting {
  readonly hasMember: boolean;
  readonly outcome: PromiseWithResolvers<Outcome>;
}

const HELD: readonly Held[] = [
  ...(pairsOf("core") ?? []).map((pair, order) => held(pair, order, classOf(pair) === "carried")),
  ...ALONE.map((pair, order) => held(pair, order, false)),
];

const scratch = new Scratch();
let lab: Topology;
let meetings: Promise<unknown>;

/** Who begins alternates from pair to pair. */
function held([a, b]: Pair, order: number, hasMember: boolean): Held {
  const initiator: Initiator = order % 2 === 0 ? "a" : "b";
  return { a, b, initiator, hasMember, outcome: Promise.withResolvers<Outcome>() };
}

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build();
  await lab.setWays([{ delayMs: DELAY_MS }]);
  meetings = sideBySide(HELD, AT_ONCE, hold);
}, 20_000);

afterAll(async () => {
  await meetings;
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function hold(meeting: Held, turn: Turn): Promise<void> {
  const { a, b, hasMember, outcome } = meeting;
  const once = async (number: number): Promise<Outcome> => {
    const found = await meet(lab, meeting, {
      ...turn,
      scratch: scratch.join(`${HELD.indexOf(meeting)}-${number}`),
      patienceMs: PATIENCE_MS,
      hasMember,
      knowsRouters: number > 1,
      crossPerSecond: 0,
    });
    if (isAsTheory({ ...meeting, ...found }) || number === TRIES) return found;
    console.log(`${a} and ${b}, once more: ${found.path ?? "no"} path (${found.reason})`);
    return once(number + 1);
  };
  await once(1).then(outcome.resolve, outcome.reject);
}

for (const { a, b, hasMember, outcome } of HELD) {
  const isDirect = feasible(a, b) !== "infeasible";
  const way = isDirect ? "meet directly" : hasMember ? "are carried by a member" : "are told";

  labTest(`${a} and ${b} ${way}`, TEST_MS, async () => {
    const { path, reason } = await outcome.promise;

    if (!isDirect && !hasMember) {
      expect({ path, hasReason: reason !== undefined }).toEqual({
        path: undefined,
        hasReason: true,
      });
      return;
    }
    const isOnLan = a === b && NAT_KINDS[a].isShared;
    const wanted = isDirect ? (isOnLan ? "lan" : "direct") : "relay";
    expect({ path, reason }).toEqual({ path: wanted, reason: undefined });
  });
}
