import { describe, expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { WITNESSES_MAX } from "../../lib/paths/evidence.ts";
import { LIFETIME_DATAGRAMS_MAX } from "../../lib/paths/lifetime.ts";
import { REFRESH_SOCKETS, SURVEY_DATAGRAMS_MAX } from "../../lib/paths/surveyround.ts";
import {
  REFRESHES_BURST,
  REFRESHES_PER_MINUTE,
  SURVEY_GAP_MS,
  SURVEY_MS,
  SURVEY_SAID_GAP_MS,
  type Survey,
} from "../../lib/paths/survey.ts";
import { encodeStun } from "../../lib/wire/stun.ts";
import type { NatBehaviour } from "../sim/nat.ts";
import { address, ONE_ADDRESS, START, SurveyWorld, type WorldOptions } from "./surveyworld.ts";

/** Another run of these tests: SEED=7 bun test surveylife. */
const SEED = Number(process.env["SEED"] ?? 1);

const HOME: Partial<NatBehaviour> = { filtering: "address-and-port-dependent" };
const SYMMETRIC: Partial<NatBehaviour> = {
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "random" },
};

function worldOf(options: Partial<WorldOptions>): SurveyWorld {
  return new SurveyWorld({ seed: SEED, nat: HOME, ...options }).begin();
}

/** Where the server sees the main socket. */
function mappedOf(world: SurveyWorld): Address {
  const server = world.observers[0] ?? world.mainLocal;
  return world.nat?.translateOut(world.now, world.mainLocal, server) ?? world.mainLocal;
}

const PEERS = [1, 2, 3].map((host) => address(`192.0.2.${host}`, 5000));
const ELSEWHERE = [1, 2, 3].map((port) => address("198.51.100.7", 6000 + port));

describe("a server of one address", () => {
  test("sees no dependence on addresses, and the report says so", () => {
    const world = worldOf({ observers: ONE_ADDRESS }).run(3000);

    expect(world.survey.report(world.now)).toMatchObject({
      mapping: "endpoint-independent",
      compared: { ports: true, addresses: false },
      filtering: "address-and-port-dependent",
      poisons: false,
    });
  });

  test("tells of whom a router lets in as little as it has seen", () => {
    const world = worldOf({ observers: ONE_ADDRESS, nat: {} }).run(3000);

    expect(world.survey.report(world.now)?.filtering).toBe("address-dependent");
  });

  test("and of one port leaves open what only a second one shows", () => {
    const world = worldOf({ observers: ONE_ADDRESS.slice(0, 1) }).run(3000);

    expect(world.survey.report(world.now)).toMatchObject({
      mapping: "unknown",
      filtering: "unknown",
      allocation: { kind: "preserving" },
      poisons: undefined,
      isTranslated: true,
    });
  });
});

describe("peers", () => {
  const told = (survey: Survey, now: number, seen: readonly (Address | undefined)[]) => {
    for (const [i, observed] of seen.entries()) {
      const peer = PEERS[i];
      if (peer !== undefined && observed !== undefined) survey.onObserved(now, peer, observed);
    }
  };

  test("who see what the server sees confirm it", () => {
    const world = worldOf({ observers: ONE_ADDRESS }).run(3000);

    told(world.survey, world.now, [mappedOf(world)]);

    expect(world.survey.report(world.now)).toMatchObject({
      mapping: "endpoint-independent",
      compared: { ports: true, addresses: true },
    });
  });

  test("who see something else are believed when they are two", () => {
    const world = worldOf({ observers: ONE_ADDRESS }).run(3000);

    told(world.survey, world.now, ELSEWHERE.slice(0, 1));
    const afterOne = world.survey.report(world.now);
    told(world.survey, world.now, ELSEWHERE.slice(0, 2));

    expect(afterOne?.mapping).toBe("endpoint-independent");
    expect(afterOne?.compared.addresses).toBe(false);
    expect(world.survey.report(world.now)?.mapping).toBe("address-dependent");
  });

  test("change nothing where the server has two addresses", () => {
    const world = worldOf({}).run(3000);
    const before = world.survey.report(world.now);

    told(world.survey, world.now, ELSEWHERE);

    expect(world.survey.report(world.now)).toEqual(before);
  });

  test("on the own network see another address, which means nothing", () => {
    const world = worldOf({ observers: ONE_ADDRESS }).run(3000);

    for (const host of [8, 9]) {
      const peer = address(`192.168.1.${host}`, 5000);
      world.survey.onObserved(world.now, peer, world.mainLocal);
    }

    expect(world.survey.report(world.now)?.compared.addresses).toBe(false);
  });

  test("are remembered as far as the limit goes, the latest", () => {
    const world = worldOf({ observers: ONE_ADDRESS }).run(3000);
    const mapped = mappedOf(world);

    world.survey.onObserved(world.now, address("192.0.2.1", 5000), mapped);
    for (let i = 0; i < WITNESSES_MAX; i++) {
      const near = address(`10.0.0.${i + 1}`, 5000);
      world.survey.onObserved(world.now, near, mapped);
    }

    expect(world.survey.report(world.now)?.compared.addresses).toBe(false);
  });
});

describe("where UDP is blocked", () => {
  test("a survey says so when nothing else is heard either, within 3 s", () => {
    const world = worldOf({ nat: { udp: "dropped" } }).run(3000);

    expect(world.reports.map(({ report }) => report.isBlocked)).toEqual([true]);
  });

  test("a server that answers no STUN is not taken for it", () => {
    const world = worldOf({ nat: { udp: "dropped" } });
    world.survey.setOtherHeard(world.now, true);
    world.run(3000);
    const whileHeard = world.survey.report(world.now);

    world.survey.setOtherHeard(world.now, false);

    expect(whileHeard).toMatchObject({ isBlocked: false, mapping: "unknown" });
    expect(world.survey.report(world.now)?.isBlocked).toBe(true);
  });
});

describe("bounds hold", () => {
  test.each([50, 100, 150, 200, 300, 400])("and all is known %d ms from the server", (delayMs) => {
    for (const [nat, meant] of [
      [HOME, { filtering: "address-and-port-dependent", poisons: false, hairpin: false }],
      [SYMMETRIC, { filtering: "address-and-port-dependent", allocation: { kind: "random" } }],
    ] as const) {
      const world = worldOf({ nat, delayMs }).run(3000 + 4 * delayMs);

      expect(world.survey.report(world.now)).toMatchObject(meant);
      expect(world.survey.isSettled).toBe(true);
      expect(world.sent).toBeLessThanOrEqual(SURVEY_DATAGRAMS_MAX);
    }
  });

  test("and all is known on a machine that had no time to read the answers at first", () => {
    const world = worldOf({ nat: { ...HOME, unsolicited: "poison" } }).run(0);
    const asked = world.sent;

    world.sleep(1_100).survey.handleTimeout(world.now);
    world.run(0);
    const again = world.sent - asked;
    world.run(4000);

    // Each question once more, and one socket that was to come meanwhile.
    expect(again).toBeLessThanOrEqual(asked + 1);
    expect(world.survey.report(world.now)).toMatchObject({
      mapping: "endpoint-independent",
      poisons: true,
    });
    expect(world.sent).toBeLessThanOrEqual(SURVEY_DATAGRAMS_MAX);
  });

  test.each([0, 0.1, 0.5, 0.9, 1])("where %d of all datagrams are lost", (loss) => {
    const nats = [HOME, SYMMETRIC, { ...HOME, hairpin: true, expiryMs: 15_000 }];
    for (const [i, nat] of [...nats, ...nats, ...nats].entries()) {
      const world = worldOf({ seed: SEED + i, nat, loss }).run(150_000);

      expect(world.survey.isSettled).toBe(true);
      expect(world.sent).toBeLessThanOrEqual(80);
      expect(world.sent).toBeLessThanOrEqual(SURVEY_DATAGRAMS_MAX + LIFETIME_DATAGRAMS_MAX);
      expect(world.socketsMax).toBeLessThanOrEqual(24);
      expect(world.sockets.size).toBe(1);
      expect(world.answersTooLong).toBe(0);
    }
  });

  test("where no socket can be opened, and the mapping is known all the same", () => {
    const world = worldOf({ failsToOpen: true }).run(3000);

    expect(world.survey.report(world.now)).toMatchObject({
      mapping: "endpoint-independent",
      filtering: "unknown",
    });
    expect(world.survey.isSettled).toBe(true);
  });

  test("where the server says again and again that it sees another address", () => {
    const world = worldOf({}).run(3000);
    const before = world.sent;

    for (let i = 0; i < 300; i++) {
      const [server = world.mainLocal] = world.observers;
      world.survey.onObserved(world.now, server, ELSEWHERE[i % 3] ?? world.mainLocal);
      world.run(100);
    }

    expect(world.sent - before).toBeLessThanOrEqual(2 * SURVEY_DATAGRAMS_MAX);
  });
});

test("a sequence is looked at once more when it matters, within the bounds", () => {
  const allocation = { kind: "sequential", step: 1 } as const;
  const world = worldOf({ nat: { ...SYMMETRIC, allocation } }).run(10_000);
  const [before = 0] = world.survey.report(world.now)?.recentPorts.slice(-1) ?? [];
  const sent = world.sent;

  for (let i = 0; i < 10; i++) world.survey.refresh(world.now);
  world.run(50);
  const report = world.survey.report(world.now);
  const reports = world.reports.length;
  for (let i = 0; i < 1000; i++) {
    world.survey.refresh(world.now);
    world.run(500);
  }
  const late = world.survey.report(world.now);

  expect(report?.recentPorts.at(-1)).toBeGreaterThan(before);
  expect(report?.portsAgeMs).toBeLessThanOrEqual(50);
  // For as long as somebody is about to be met, it does not age.
  expect(late?.portsAgeMs).toBeLessThanOrEqual(60_000 / REFRESHES_PER_MINUTE + 500);
  expect(world.reports.length).toBeGreaterThan(reports + REFRESHES_BURST);
  expect(world.sent).toBeGreaterThan(sent);
  const refreshes = REFRESHES_BURST + (500 / 60) * REFRESHES_PER_MINUTE + 1;
  expect(world.sent).toBeLessThanOrEqual(80 + REFRESH_SOCKETS * refreshes);
});

test("a sequence that this node moves on itself is told anew, without a datagram", () => {
  const allocation = { kind: "sequential", step: 2 } as const;
  const world = worldOf({
    nat: { ...HOME, mapping: "address-and-port-dependent", allocation },
  }).run(10_000);
  const [sent, told] = [world.sent, world.reports.length];
  const last = world.reports.at(-1)?.report.recentPorts.at(-1) ?? 0;

  expect(world.survey.countsOpenings).toBe(true);
  for (let i = 0; i < 30; i++) world.survey.onOpened(world.now);
  world.run(1_000);

  expect(world.sent).toBe(sent);
  expect(world.reports).toHaveLength(told + 1);
  expect(world.reports.at(-1)?.report.recentPorts.at(-1)).toBe(last + 2 * 30);
});

test("who keeps its ports, or gives any, need not know what this node opens", () => {
  for (const allocation of [{ kind: "preserving" }, { kind: "random" }] as const) {
    const world = worldOf({ nat: { ...HOME, allocation } }).run(10_000);

    expect(world.survey.countsOpenings).toBe(false);
  }
});

test("ports that are no sequence are not looked at again", () => {
  const world = worldOf({}).run(10_000);
  const sent = world.sent;

  world.survey.refresh(world.now);
  world.run(50);

  expect(world.sent).toBe(sent);
});

test("a firewall of IPv6 is surveyed like any other", () => {
  const observers = [
    address("2001:db8:1::1", 3478),
    address("2001:db8:1::1", 3479),
    address("2001:db8:1::2", 3478),
    address("2001:db8:1::2", 3479),
  ];
  const nat = { ...HOME, translation: "none" } as const;
  const world = worldOf({ observers, nat, host: "2001:db8:2::7" }).run(3000);

  expect(world.survey.report(world.now)).toMatchObject({
    mapping: "endpoint-independent",
    compared: { ports: true, addresses: true },
    filtering: "address-and-port-dependent",
    allocation: { kind: "preserving" },
    isTranslated: false,
  });
  expect(world.answersTooLong).toBe(0);
});

describe("the lifetime of a mapping", () => {
  test.each([
    [15_000, 10_000, 20_000],
    [30_500, 30_000, 60_000],
    [100_000, 60_000, 120_000],
    [300_000, 120_000, Infinity],
    [9000, 0, 10_000],
  ])("of %d ms is found between %d and %d", (expiryMs, atLeastMs, belowMs) => {
    const nat = { ...HOME, expiryMs, unansweredMs: expiryMs, refresh: "outward" } as const;
    for (const loss of [0, 0.1]) {
      const world = worldOf({ nat, loss }).run(150_000);

      expect(world.survey.lifetime).toEqual({ atLeastMs, belowMs });
      expect(world.reports.at(-1)?.lifetime).toEqual({ atLeastMs, belowMs });
    }
  });

  test("is not judged after sleep", () => {
    const world = worldOf({}).run(5000).sleep(200_000).run(150_000);

    expect(world.survey.lifetime).toEqual({ atLeastMs: 0, belowMs: Infinity });
    expect(world.sockets.size).toBe(1);
  });

  test("is not judged by a server that has fallen silent", () => {
    const world = worldOf({}).run(5000);
    world.silence();

    world.run(150_000);

    expect(world.survey.lifetime).toEqual({ atLeastMs: 0, belowMs: Infinity });
  });
});

describe("a survey is made anew", () => {
  test("when the addresses of this machine change, and tells nothing of the old place", () => {
    const world = worldOf({}).run(10_000);
    const before = world.reports.length;

    world.nat = undefined;
    world.survey.setLocal(world.now, [address("198.51.100.7", 40_001)]);
    world.run(1);
    const atOnce = world.survey.report(world.now);
    world.run(3000);

    expect(atOnce).toBeUndefined();
    expect(world.reports.length).toBeGreaterThan(before);
  });

  test("not when only addresses of the other family change", () => {
    const world = worldOf({}).run(10_000);
    const before = world.sent;

    world.survey.setLocal(world.now, [world.mainLocal, address("2001:db8::9", 40_000)]);
    world.run(9000);

    expect(world.sent).toBeLessThanOrEqual(before + 3);
    expect(world.survey.report(world.now)?.mapping).toBe("endpoint-independent");
  });

  test("when the server sees this node elsewhere", () => {
    const world = worldOf({}).run(SURVEY_SAID_GAP_MS);
    const before = world.sent;
    world.nat?.rebind();

    const [server = world.mainLocal] = world.observers;
    world.survey.onObserved(world.now, server, mappedOf(world));
    world.run(3000);

    expect(world.sent).toBeGreaterThan(before + 20);
    expect(world.survey.report(world.now)?.mapping).toBe("endpoint-independent");
  });

  test("after its time, and what was known holds meanwhile", () => {
    const world = worldOf({}).run(200_000);
    const reports = world.reports.length;
    const before = world.sent;

    world.run(SURVEY_MS - 200_000 + 10);
    const meanwhile = world.survey.report(world.now);
    world.run(5000);

    expect(world.sent).toBeGreaterThan(before + 20);
    expect(meanwhile).toMatchObject({ filtering: "address-and-port-dependent", poisons: false });
    expect(world.reports.length).toBe(reports);
  });

  test("not sooner than the gap after the one before", () => {
    const world = worldOf({}).run(1000);
    const before = world.sent;

    world.survey.setLocal(world.now, [address("192.168.1.5", 40_001)]);
    world.run(SURVEY_GAP_MS - 1100);
    const soon = world.sent;
    world.run(200);

    expect(soon - before).toBeLessThan(15);
    expect(world.sent).toBeGreaterThan(soon + 10);
  });
});

test("only answers to its own questions count", () => {
  const world = worldOf({}).run(1);
  const [server = world.mainLocal] = world.observers;
  const forged = encodeStun({
    kind: "response",
    transaction: new Uint8Array(12),
    mapped: ELSEWHERE[0] ?? server,
    origin: undefined,
    other: undefined,
    paddingBytes: undefined,
  });

  expect(world.survey.handleDatagram(world.now, 0, server, forged)).toBe(false);
  expect(world.survey.handleDatagram(world.now, 0, server, Uint8Array.of(1, 2, 3))).toBe(false);
  expect(world.survey.handleSocket(world.now, 9999, { step: "opened", port: 1 })).toBe(false);
});

test("nothing is asked before a server is known", () => {
  const world = new SurveyWorld({ seed: SEED, nat: HOME });
  world.survey.setLocal(START, [world.mainLocal]);
  world.run(10_000);

  expect(world.sent).toBe(0);
  expect(world.survey.report(world.now)).toBeUndefined();
});
