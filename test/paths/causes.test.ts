import { expect, test } from "bun:test";
import { breaksOf, causeOf, type Facts } from "../../lib/paths/causes.ts";
import { prospectOf } from "../../lib/paths/tactics.ts";
import type { Allocation, NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT as HOME } from "../support/homenat.ts";

function hard(allocation: Allocation, rest: Partial<NatReport> = {}): NatReport {
  return { ...HOME, mapping: "address-and-port-dependent", allocation, ...rest };
}

const RANDOM = hard({ kind: "random" });
const SEQUENTIAL = hard({ kind: "sequential", step: 1 }, { recentPorts: [4000] });
const BLOCKED = { ...HOME, isBlocked: true };

function facts(
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
  rest: Partial<Facts> = {},
): Facts {
  const prospect = prospectOf(mine, theirs);
  const heard = { isHeard: false, hasReached: false };
  const others = { candidates: 2, lacks: undefined, punches: 0, ...heard };
  return { mine, theirs, prospect, ...others, ...rest };
}

test.each<[Facts, string, string]>([
  [facts(BLOCKED, HOME), "UDP does not get through your network", "use another network, or "],
  [facts(HOME, BLOCKED), "UDP does not get through their network", "have them use another"],
  [
    facts(HOME, HOME, { lacks: "IPv6" }),
    "they have IPv6 alone, and you have none",
    "use a network with IPv6, or ask somebody",
  ],
  [
    facts(HOME, HOME, { candidates: 0 }),
    "they announced no address that can be reached from here",
    "have them start again",
  ],
  [
    facts(RANDOM, RANDOM),
    "both routers give every connection another port, by chance: nothing direct can work, " +
      "and nobody who shares a room with both of you can carry it",
    "turn on port mapping (UPnP, NAT-PMP or PCP) in one of the two routers, or ask somebody",
  ],
  [facts(RANDOM, SEQUENTIAL), "both routers give every connection another port: no", "turn on"],
  [
    facts(RANDOM, { ...RANDOM, addresses: "several" }),
    "both routers give every connection another address or port: nothing",
    "turn on port mapping",
  ],
  [
    facts(RANDOM, HOME, { punches: 512 }),
    "your router gives every connection another port, and it was not met after 512 search packets",
    "turn on port mapping (UPnP, NAT-PMP or PCP) in your router",
  ],
  [
    facts(HOME, RANDOM, { punches: 2048 }),
    "their router gives every connection another port, and it was not met after 2048 search",
    "have them turn on port mapping",
  ],
  [
    facts(HOME, RANDOM),
    "their router gives every connection another port, which takes a search, and one is made at",
    "wait: theirs has its turn",
  ],
  [
    facts(SEQUENTIAL, SEQUENTIAL, { punches: 25 }),
    "both routers give every connection another port, and it was not met after 25 search packets",
    "turn on port mapping",
  ],
  [
    facts(HOME, HOME, { isHeard: true }),
    "their datagrams arrive here, and yours do not arrive there",
    "have them allow p2pchat's UDP in the firewall",
  ],
  [
    facts(HOME, HOME, { hasReached: true }),
    "your datagrams arrive there, and theirs do not arrive here",
    "allow p2pchat's UDP in the firewall of your machine",
  ],
  [
    facts(HOME, HOME),
    "nothing came back from any of the 2 addresses they are known at, though both routers",
    "have both sides run p2pchat doctor",
  ],
  [
    facts(undefined, HOME, { candidates: 1 }),
    "nothing came back from the one address they are known at, and what their router does is",
    "have both sides run p2pchat doctor",
  ],
])("what a failure is put down to: %#", (known, why, next) => {
  const cause = causeOf(known);

  expect(cause.why).toStartWith(why);
  expect(cause.next).toStartWith(next);
});

test("a firewall is not blamed for what two routers make impossible", () => {
  expect(causeOf(facts(RANDOM, RANDOM, { isHeard: true })).why).toStartWith("both routers");
});

test("where a new mapping is met by nobody, the breaks that its age makes are told", () => {
  const aged = { ...HOME, allocation: { kind: "random" } } as const;

  expect(breaksOf(61_400, aged, RANDOM)?.why).toStartWith(
    "your router gives this connection another port about every 61 s, and theirs shows",
  );
  expect(breaksOf(61_400, aged, RANDOM)?.next).toContain("port mapping");
});

test.each<[ageMs: number, mine: NatReport | undefined, theirs: NatReport | undefined]>([
  [Infinity, RANDOM, RANDOM],
  [60_000, undefined, RANDOM],
  [60_000, RANDOM, undefined],
  [60_000, RANDOM, HOME],
  [60_000, { ...RANDOM, isTranslated: false }, RANDOM],
  [60_000, { ...HOME, allocation: { kind: "preserving" } }, RANDOM],
])(
  "an age of %d ms is not told where something helps, or too little is known",
  (ageMs, mine, theirs) => {
    expect(breaksOf(ageMs, mine, theirs)).toBeUndefined();
  },
);
