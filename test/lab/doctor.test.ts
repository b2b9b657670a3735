import { afterAll, beforeAll, describe, expect } from "bun:test";
import { fromHex } from "../../lib/base/bytes.ts";
import { bestForecast, forecastOf } from "../../lib/paths/forecast.ts";
import type { Forecast } from "../../lib/paths/forecastwords.ts";
import { decodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { hasLab, labTest } from "./labtest.ts";
import { feasible, type Feasibility, type Kind, KIND_NAMES, NAT_KINDS } from "./natkinds.ts";
import { clientPlace, siteOf } from "./plan.ts";
import { Served, SERVED_PORT } from "./served.ts";
import { Topology } from "./topology.ts";

const { v4: SERVER_4, v6: SERVER_6 } = siteOf("server");

/** What the router is called in one word: of IPv4, and of IPv6. */
const WORDS: Readonly<Record<Kind, readonly [v4: string | undefined, v6: string | undefined]>> = {
  open: ["open", "open"],
  "full-cone": ["full-cone", undefined],
  "address-restricted": ["address-restricted", undefined],
  "port-restricted": ["port-restricted", undefined],
  poisoning: ["poisoning", undefined],
  rejecting: ["port-restricted", undefined],
  "symmetric-random": ["symmetric-random", undefined],
  "symmetric-sequential": ["symmetric-sequential", undefined],
  "block-independent": ["port-restricted", undefined],
  "block-dependent": ["symmetric-block", undefined],
  "address-dependent": ["symmetric-block", undefined],
  "carrier-restricted": ["port-restricted", undefined],
  "carrier-symmetric": ["symmetric-random", undefined],
  "symmetric-at-home": ["symmetric-random", undefined],
  "paired-pool": ["port-restricted", undefined],
  "arbitrary-pool": ["symmetric-random", undefined],
  hairpin: ["full-cone", undefined],
  "no-hairpin": ["port-restricted", undefined],
  firewall6: [undefined, "firewall"],
  "dual-stack": ["symmetric-random", "firewall"],
  "udp-blocked": ["blocked", undefined],
  "short-lived": ["port-restricted", undefined],
  aged: ["port-restricted", undefined],
};

const FEASIBLE: Readonly<Record<Forecast, Feasibility | undefined>> = {
  direct: "easy",
  prediction: "technique",
  birthday: "technique",
  relay: "infeasible",
  unknown: undefined,
};

interface Visit {
  readonly lines: readonly Json[];
  readonly exitCode: number;
}

const visits = new Map<Kind, Visit>();
let lab: Topology;
let served: Served;

/** So many begin at a time: where a machine has no time to read an answer, none has come. */
const BEGINNING_AT_ONCE = 2;

/** Most of a visit is to wait for what does not come: all but their beginnings are at once. */
beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(...KIND_NAMES.map((kind) => clientPlace(kind, 1)));
  served = await Served.start(lab);
  const kinds = KIND_NAMES.values();
  const ends: Promise<unknown>[] = [];
  const begin = async (): Promise<void> => {
    for (const kind of kinds) {
      const program = visitor(kind);
      ends.push(end(kind, program));
      await program.line({ type: "check" });
    }
  };
  await Promise.all(Array.from({ length: BEGINNING_AT_ONCE }, begin));
  await Promise.all(ends);
}, 60_000);

afterAll(async () => {
  if (!hasLab) return;
  await served[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

describe.each(KIND_NAMES)("a doctor behind %s", (kind) => {
  labTest("names the router", 1000, async () => {
    const words = ["IPv4", "IPv6"].map((family) => wordOf(kind, family));

    expect(words).toEqual([...WORDS[kind]]);
  });

  labTest("says by its exit code whether something failed", 1000, async () => {
    const { lines, exitCode } = visitOf(kind);
    const failed = lines.filter(({ state }) => state === "fail").map(({ name }) => name);

    expect(failed).toEqual(kind === "udp-blocked" ? ["udp"] : []);
    expect(exitCode).toBe(kind === "udp-blocked" ? 9 : 0);
    expect(lines.filter(({ type }) => type === "check")).toHaveLength(10);
  });
});

labTest("where UDP is blocked, TCP tells that the server is there", 1000, async () => {
  const udp = visitOf("udp-blocked").lines.find(({ name }) => name === "udp");

  expect(udp?.["text"]).toContain("answers by TCP, and nothing comes back by UDP");
});

labTest("what is predicted of every pair is what theory has", 1000, async () => {
  const wrong = KIND_NAMES.flatMap((a) => KIND_NAMES.map((b) => [a, b] as const)).flatMap(
    ([a, b]) => {
      const forecast = predicted(a, b);
      const theory = feasible(a, b);
      return FEASIBLE[forecast] === theory ? [] : [`${a} × ${b}: ${forecast}, not ${theory}`];
    },
  );

  expect(wrong).toEqual([]);
});

function visitor(kind: Kind): Program {
  const { v4, v6 } = siteOf(clientPlace(kind, 1));
  const asked = [
    ...(v4 === undefined ? [] : ["--server", `${SERVER_4}:${SERVED_PORT}`]),
    ...(v6 === undefined ? [] : ["--server", `[${SERVER_6}]:${SERVED_PORT}`]),
  ];
  const command = [BINARY, "doctor", "--json", "--data-dir", served.dataDir(kind), ...asked];
  return new Program(command, { within: lab.within(clientPlace(kind, 1)) });
}

async function end(kind: Kind, program: Program): Promise<void> {
  await using visit = program;
  const exitCode = await visit.exited;
  visits.set(kind, { lines: visit.lines, exitCode });
}

function visitOf(kind: Kind): Visit {
  const found = visits.get(kind);
  if (found === undefined) throw new Error(`No doctor was behind ${kind}`);
  return found;
}

function wordOf(kind: Kind, family: string): unknown {
  return visitOf(kind).lines.find((it) => it["type"] === "nat" && it["family"] === family)?.["nat"];
}

function reportOf(kind: Kind, family: string): NatReport | undefined {
  const nats = visitOf(kind).lines.filter((line) => line["type"] === "nat");
  const hex = nats.find((line) => line["family"] === family)?.["report"];
  const bytes = typeof hex === "string" ? fromHex(hex) : undefined;
  return bytes && decodeNatReport(bytes);
}

/** Of each family that both have; of none, where they have none together. */
function predicted(a: Kind, b: Kind): Forecast {
  if (a === b && NAT_KINDS[a].isShared) return "direct";
  const forecasts = ["IPv4", "IPv6"].flatMap((family) => {
    const [one, other] = [reportOf(a, family), reportOf(b, family)];
    return one === undefined || other === undefined ? [] : [forecastOf(one, other)];
  });
  return forecasts.length === 0 ? "relay" : bestForecast(forecasts);
}
