import { describe, expect, test } from "bun:test";
import { type Address, addressOf } from "../../lib/base/address.ts";
import { portAllocation } from "../../lib/paths/allocation.ts";
import { mappingDependence, type MappingSample } from "../../lib/paths/dependence.ts";
import { Allocator, type PortAllocation } from "../sim/allocator.ts";
import { Prng } from "../sim/prng.ts";

/** Another run of these tests: SEED=7 bun test allocation. */
const SEED = Number(process.env["SEED"] ?? 1);
const RUNS = 300;

const MAIN = address("203.0.113.1", 3478);
const SECOND = address("203.0.113.1", 3479);
const ELSEWHERE = address("203.0.113.2", 3478);

interface Model {
  readonly allocation: PortAllocation;
  readonly crossPerSecond?: number;
  /** When each socket asks, in ms. */
  readonly asks?: readonly number[];
  readonly outerIps?: readonly string[];
  /** How often a question goes unheard on its way to the NAT, and comes 150 ms later. */
  readonly loss?: number;
}

/** As the survey asks: eleven sockets at once, four more as time goes by. */
const ASKS = [...Array<number>(11).fill(0), 200, 400, 600, 800];

/** What a survey behind such a NAT sees, one sample a socket. */
function samplesOf(seed: number, model: Model): MappingSample[] {
  const { allocation, crossPerSecond = 0, asks = ASKS, outerIps = ["192.0.2.1"], loss = 0 } = model;
  const prng = new Prng(seed, "samples");
  const allocator = new Allocator(allocation, crossPerSecond, prng);
  const taken = new Set<number>();
  const base = 10_000 + prng.below(40_000);
  const opened = asks.map((atMs, socket) => {
    const isLate = prng.chance(loss);
    return { socket, localPort: base + 17 * socket, atMs: isLate ? atMs + 150 : atMs, isLate };
  });
  return opened
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ socket, localPort, atMs, isLate }) => {
      const inner = address("192.168.1.5", localPort);
      const port = allocator.allocate(atMs, inner, (free) => !taken.has(free)) ?? 0;
      taken.add(port);
      const outer = outerIps[prng.below(outerIps.length)] ?? "";
      const mapped = address(outer, port);
      return { atMs, socket, localPort, destination: MAIN, mapped, isFresh: !isLate };
    });
}

function address(host: string, port: number): Address {
  const made = addressOf(host, port);
  if (made === undefined) throw new Error(`Cannot use ${host} and ${port}: not an address`);
  return made;
}

/** Runs a model with many seeds; what was found where it was not what was meant. */
function outcomes(model: Model, isRight: (found: ReturnType<typeof portAllocation>) => boolean) {
  const wrong: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    const seed = SEED * 1000 + run;
    const found = portAllocation(samplesOf(seed, model));
    if (!isRight(found)) wrong.push(`seed ${seed}: ${JSON.stringify(found)}`);
  }
  return wrong;
}

test("ports that are kept are told, even where some were taken", () => {
  const wrong = outcomes({ allocation: { kind: "preserving" } }, (found) => {
    return found.allocation.kind === "preserving" && found.addresses === "one";
  });

  expect(wrong).toEqual([]);
});

describe.each([1, -1, 2, -2, 4, 256])("a sequence by %d", (step) => {
  test.each([0, 10, 50])("is told with its step beside %d mappings a second", (crossPerSecond) => {
    const model = { allocation: { kind: "sequential", step }, crossPerSecond, loss: 0.2 } as const;
    const wrong = outcomes(model, ({ allocation }) => {
      return allocation.kind === "sequential" && allocation.step === step;
    });

    expect(wrong.length).toBeLessThanOrEqual(RUNS / 100);
  });
});

test("a sequence tells how many mappings others open, on the average", () => {
  for (const crossPerSecond of [0, 10, 50]) {
    let sum = 0;
    for (let run = 0; run < RUNS; run++) {
      const model = { allocation: { kind: "sequential", step: 1 }, crossPerSecond } as const;
      sum += portAllocation(samplesOf(SEED + run, model)).crossTrafficPerSecond;
    }
    expect(Math.abs(sum / RUNS - crossPerSecond)).toBeLessThanOrEqual(0.1 * crossPerSecond);
  }
});

test("what this node opened is none of others, and where it has brought a sequence", () => {
  const ports = [9000, 9001, 9002, 9023, 9024];
  const times = [0, 0, 0, 1_000, 1_000];
  const samples = ports.map((port, i) => sampleOf({ socket: i, port, atMs: times[i] ?? 0 }));
  const openings = [
    { atMs: 0, count: 7 },
    { atMs: 500, count: 15 },
    { atMs: 1_000, count: 5 },
    { atMs: 1_200, count: 25 },
    { atMs: 1_300, count: 1 },
  ];

  const { allocation, crossTrafficPerSecond, recentPorts } = portAllocation(samples, openings);

  expect(allocation).toEqual({ kind: "sequential", step: 1 });
  // Of 24 ports in a second four were seen, and twenty were opened besides.
  expect(crossTrafficPerSecond).toBe(0);
  expect(recentPorts).toEqual([9002, 9023, 9024, 9024 + 26]);
});

test.each([1, -1])("where all gaps by %d were even, a later odd one tells", (step) => {
  const samples = [0, 2, 4, 8, 10, 14, 45, 88].map((gap, socket) => {
    const atMs = socket < 6 ? 100 * socket : 10_000 * socket;
    return sampleOf({ socket, port: 30_000 + step * gap, atMs });
  });

  const first = portAllocation(samples.slice(0, 6)).allocation;
  const later = portAllocation(samples).allocation;
  expect(first).toEqual({ kind: "sequential", step: 2 * step });
  expect(later).toEqual({ kind: "sequential", step });
});

test("a sequence is told from three ports in a row", () => {
  const asks = [0, 0, 0];
  const wrong = outcomes({ allocation: { kind: "sequential", step: 1 }, asks }, (found) => {
    const [a = 0, b = 0, c = 0] = found.recentPorts;
    return found.allocation.kind === "sequential" && b === a + 1 && c === b + 1;
  });

  expect(wrong).toEqual([]);
});

test("a sequence that begins again at its first port is still one", () => {
  const ports = [20_009, 20_010, 20_011, 20_000, 20_001, 20_002, 20_003, 20_004];
  const samples = ports.map((port, socket) => sampleOf({ socket, port }));

  expect(portAllocation(samples).allocation).toEqual({ kind: "sequential", step: 1 });
});

describe.each([256, 512, 1024, 2048])("a block of %d ports", (ports) => {
  test("is told, and covers most of where it is", () => {
    const wrong = outcomes({ allocation: { kind: "block", ports }, loss: 0.2 }, (found) => {
      const { allocation } = found;
      return allocation.kind === "block" && allocation.high - allocation.low < 1.5 * ports;
    });
    let covered = 0;
    for (let run = 0; run < RUNS; run++) {
      const samples = samplesOf(SEED + run, {
        allocation: { kind: "block", ports },
        asks: [...ASKS, ...Array<number>(100).fill(900)],
      });
      const found = portAllocation(samples.slice(0, ASKS.length)).allocation;
      if (found.kind !== "block") continue;
      covered += samples.slice(ASKS.length).filter(({ mapped }) => {
        const port = Number(mapped.split(":")[1]);
        return port >= found.low && port <= found.high;
      }).length;
    }

    expect(wrong.length).toBeLessThanOrEqual(RUNS / 100);
    expect(covered / (RUNS * 100)).toBeGreaterThan(0.93);
  });
});

test("ports by chance are told, from one address and from several", () => {
  for (const outerIps of [["192.0.2.1"], ["192.0.2.1", "192.0.2.2", "192.0.2.3"]]) {
    const wrong = outcomes({ allocation: { kind: "random" }, outerIps, loss: 0.2 }, (found) => {
      const addresses = outerIps.length === 1 ? "one" : "several";
      return found.allocation.kind === "random" && found.addresses === addresses;
    });

    expect(wrong).toEqual([]);
  }
});

describe.each([
  ["random", { kind: "random" }],
  ["block", { kind: "block", ports: 512 }],
] as const)("few samples of a %s", (kind, allocation) => {
  test.each([1, 2, 3, 4, 5, 6, 8, 12])("%d claim nothing that is not so", (count) => {
    const wrong = outcomes({ allocation, asks: Array<number>(count).fill(0) }, (found) => {
      return found.allocation.kind === kind || found.allocation.kind === "unknown";
    });

    expect(wrong.length).toBeLessThanOrEqual(RUNS / 50);
  });
});

test("one address is claimed only of many mappings", () => {
  const few = samplesOf(SEED, { allocation: { kind: "random" }, asks: Array<number>(7).fill(0) });
  const more = samplesOf(SEED, { allocation: { kind: "random" }, asks: Array<number>(8).fill(0) });

  expect(portAllocation(few).addresses).toBe("unknown");
  expect(portAllocation(more).addresses).toBe("one");
});

test("a sequence that was asked for at once is one, in whatever order its answers come", () => {
  const samples = samplesOf(SEED, { allocation: { kind: "sequential", step: -2 } });

  const shuffled = [
    ...samples.filter((_, i) => i % 3 > 0),
    ...samples.filter((_, i) => i % 3 === 0),
  ];

  expect(portAllocation(shuffled)).toEqual(portAllocation(samples));
  expect(portAllocation(shuffled).allocation).toEqual({ kind: "sequential", step: -2 });
});

test("the recent ports are the newest of new mappings", () => {
  const samples = [7, 3, 5, 1].map((at) => sampleOf({ socket: at, port: 4000 + at, atMs: at }));
  const stale = sampleOf({ socket: 9, port: 4009, atMs: 9, isFresh: false });

  const found = portAllocation([...samples, stale]);

  expect(found.recentPorts).toEqual([4001, 4003, 4005, 4007]);
  expect(found.newestAtMs).toBe(7);
});

describe("the mapping of one socket", () => {
  test.each([
    ["nothing", [], "unknown", false, false],
    ["one place", [[MAIN, 1]], "unknown", false, false],
    [
      "one place again and again",
      [
        [MAIN, 1],
        [MAIN, 1],
      ],
      "unknown",
      false,
      false,
    ],
    [
      "two ports alike",
      [
        [MAIN, 1],
        [SECOND, 1],
      ],
      "endpoint-independent",
      true,
      false,
    ],
    [
      "two addresses alike",
      [
        [MAIN, 1],
        [ELSEWHERE, 1],
      ],
      "endpoint-independent",
      false,
      true,
    ],
    [
      "two addresses unlike",
      [
        [MAIN, 1],
        [ELSEWHERE, 2],
      ],
      "address-dependent",
      false,
      true,
    ],
    [
      "ports alike, addresses not",
      [
        [MAIN, 1],
        [SECOND, 1],
        [ELSEWHERE, 2],
      ],
      "address-dependent",
      true,
      true,
    ],
    [
      "all unlike",
      [
        [MAIN, 1],
        [SECOND, 2],
        [ELSEWHERE, 3],
      ],
      "address-and-port-dependent",
      true,
      true,
    ],
  ] as const)("is judged by %s", (_what, seen, mapping, ports, addresses) => {
    const samples = seen.map(([destination, port], atMs) => {
      return sampleOf({ destination, port: 4000 + port, atMs });
    });

    expect(mappingDependence(samples, 0)).toEqual({ mapping, compared: { ports, addresses } });
  });

  test("is not compared with that of another", () => {
    const samples = [
      sampleOf({ socket: 0, destination: MAIN, port: 4001 }),
      sampleOf({ socket: 1, destination: SECOND, port: 4002 }),
    ];

    expect(mappingDependence(samples, 0).mapping).toBe("unknown");
  });

  test("is judged by a socket that nobody has called, where that was compared", () => {
    const spoilt = [
      sampleOf({ socket: 0, destination: MAIN, port: 4001 }),
      sampleOf({ socket: 0, destination: SECOND, port: 4009 }),
      sampleOf({ socket: 0, destination: ELSEWHERE, port: 4009 }),
    ];
    const other = [
      sampleOf({ socket: 1, destination: MAIN, port: 4002 }),
      sampleOf({ socket: 1, destination: SECOND, port: 4002 }),
    ];
    const elsewhere = sampleOf({ socket: 1, destination: ELSEWHERE, port: 4002 });
    const mappingOf = (samples: readonly MappingSample[]): string =>
      mappingDependence(samples, 0).mapping;

    expect(mappingOf(spoilt)).toBe("address-and-port-dependent");
    expect(mappingOf([...spoilt, ...other])).toBe("endpoint-independent");
    expect(mappingOf([...spoilt, ...other, elsewhere])).toBe("endpoint-independent");
    expect(mappingOf([...spoilt, ...other.slice(0, 1), elsewhere])).toBe("endpoint-independent");
    expect(mappingOf([...spoilt, ...other.slice(1)])).toBe("address-and-port-dependent");
  });

  test("is not compared with what it was before it changed", () => {
    const samples = [
      sampleOf({ destination: MAIN, port: 4001, atMs: 0 }),
      sampleOf({ destination: SECOND, port: 4001, atMs: 0 }),
      sampleOf({ destination: MAIN, port: 4002, atMs: 5 }),
      sampleOf({ destination: ELSEWHERE, port: 4002, atMs: 5 }),
    ];

    expect(mappingDependence(samples, 0).mapping).toBe("endpoint-independent");
  });
});

interface Sampled {
  readonly socket?: number;
  readonly destination?: Address;
  readonly port: number;
  readonly atMs?: number;
  readonly isFresh?: boolean;
}

function sampleOf({ socket = 0, destination = MAIN, port, atMs = 0, isFresh = true }: Sampled) {
  const mapped = address("192.0.2.1", port);
  return { atMs, socket, localPort: 999, destination, mapped, isFresh };
}
