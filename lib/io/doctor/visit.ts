import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "../../base/address.ts";
import type { Random } from "../../base/random.ts";
import {
  addressCheck,
  type Check,
  type FamilyFacts,
  filteringCheck,
  firewallCheck,
  hairpinCheck,
  lanCheck,
  lifetimeCheck,
  mappingCheck,
  noAddressCheck,
  type PortMapFacts,
  portMapCheck,
  reportOf,
  udpCheck,
} from "../../contract/checks.ts";
import type { VisitEvent } from "../../contract/doctor.ts";
import { bestForecast, forecastOf } from "../../paths/forecast.ts";
import type { NamedServer } from "../config.ts";
import { resolveHost } from "../resolve.ts";
import { Examinations } from "./examine.ts";
import { readFirewall } from "./firewall.ts";
import { tryMapping } from "./mapping.ts";
import { tryMulticast } from "./multicast.ts";
import type { Acquaintance } from "./peerbook.ts";

/** For what takes longest; the whole is over within 5 s. */
const MAPPING_MS = 3_000;
const LOOKUP_MS = 1_500;

export interface VisitOptions {
  /** By whose eyes it looks, one of each family; else those that the local network announces. */
  readonly named: readonly NamedServer[];
  /** Whether routers are asked to open a port for a moment. */
  readonly isMapped: boolean;
  /** Of whom it is said how they will probably be met. */
  readonly people: readonly Acquaintance[];
  readonly random: Random;
  /** Wall-clock time, in ms. */
  readonly now: () => number;
  readonly tell: (event: VisitEvent) => void;
}

/** Looks at the network: everything is begun at once, and told in its order as it is known. */
export async function visit(options: VisitOptions): Promise<void> {
  const { named, isMapped, random, tell } = options;
  const mapping = isMapped ? tryMapping(MAPPING_MS) : Promise.resolve(undefined);
  const lan = tryMulticast(random);
  const servers = named.length > 0 ? await resolveAll(named) : (await lan).servers;
  tell({ kind: "servers", servers });
  const examinations = await Examinations.open(servers);
  const { v4, v6 } = examinations;
  const check = (one: Check): void => tell({ kind: "check", check: one });
  const reached = await Promise.all([v4.reach, v6.reach]);
  check(reachCheck(reached, named));
  for (const facts of reached) check(addressCheck(facts));
  check(lanCheck(await lan));
  check(firewallCheck(readFirewall()));
  const families = await Promise.all([v4.whole, v6.whole]);
  const mapped = await mapping;
  for (const one of routerChecks(families, mapped)) check(one);
  for (const facts of families) {
    const report = reportOf(facts);
    if (report !== undefined) tell({ kind: "nat", family: facts.family, report });
  }
  examinations.close();
  tellPeople(options, families, mapped?.granted !== undefined);
}

function reachCheck(families: readonly FamilyFacts[], named: readonly NamedServer[]): Check {
  const [first] = named;
  const isNowhere = families.every(({ examination }) => examination === undefined);
  return first !== undefined && isNowhere ? noAddressCheck(first.name) : udpCheck(families);
}

function routerChecks(
  families: readonly FamilyFacts[],
  mapping: PortMapFacts | undefined,
): readonly Check[] {
  const asked = families.find(({ examination }) => examination !== undefined);
  const main = asked ?? families[0];
  if (main === undefined) return [];
  return [
    portMapCheck(mapping, main),
    mappingCheck(main),
    filteringCheck(main),
    hairpinCheck(main),
    lifetimeCheck(main),
  ];
}

function tellPeople(
  { people, now, tell }: VisitOptions,
  families: readonly FamilyFacts[],
  isMapped: boolean,
): void {
  const reports = families.map(reportOf);
  for (const { who, nat, natAtMs } of people) {
    const forecast = bestForecast(reports.map((mine) => forecastOf(mine, nat)));
    // A client has its port mapped as well, and is reached there by whoever gets UDP out.
    const expected = isMapped && nat?.isBlocked !== true ? "direct" : forecast;
    const ageMs = natAtMs === undefined ? null : now() - natAtMs;
    tell({ kind: "prediction", prediction: { who, expected, ageMs } });
  }
}

/** The first address of each; a name that leads nowhere has none. */
async function resolveAll(named: readonly NamedServer[]): Promise<readonly Address[]> {
  const late = sleep(LOOKUP_MS, [], { ref: false });
  const found = await Promise.all(
    named.map(async ({ host, port }) => {
      return Promise.race([resolveHost(host, port).catch(() => []), late]);
    }),
  );
  return found.flat();
}
