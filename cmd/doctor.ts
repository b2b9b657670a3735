import type { ArgsDef, CommandDef } from "citty";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isatty } from "node:tty";
import type { Address } from "../lib/base/address.ts";
import { jsonSafe } from "../lib/base/text.ts";
import {
  addressCheck,
  type Check,
  filteringCheck,
  type FamilyFacts,
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
} from "../lib/contract/checks.ts";
import {
  checkLine,
  gradeLine,
  meetingLine,
  natLine,
  predictionLine,
} from "../lib/contract/doctor.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { outgoingOf } from "../lib/contract/outgoing.ts";
import { systemClock } from "../lib/io/clock.ts";
import { findServer, parseServer, type NamedServer } from "../lib/io/config.ts";
import { Examinations } from "../lib/io/doctor/examine.ts";
import { readFirewall } from "../lib/io/doctor/firewall.ts";
import { tryMapping } from "../lib/io/doctor/mapping.ts";
import { tryMulticast } from "../lib/io/doctor/multicast.ts";
import { type Acquaintance, type Peerbook, readPeerbook } from "../lib/io/doctor/peerbook.ts";
import { Failure } from "../lib/io/failure.ts";
import { profilePaths } from "../lib/io/profile.ts";
import { systemRandom } from "../lib/io/random.ts";
import { resolveHost } from "../lib/io/resolve.ts";
import { Lines } from "../lib/io/stdio.ts";
import { parseTarget } from "../lib/node/target.ts";
import { bestForecast, forecastOf } from "../lib/paths/forecast.ts";
import { gradesOf } from "../lib/paths/grades.ts";
import { checkLines, historyLines, predictionLines } from "../lib/ui/doctorlines.ts";
import { type Flags, readFlags, shorten } from "./flags.ts";
import { dataDirectoryOf, PROFILE_ARGS } from "./profileflags.ts";

const args: ArgsDef = {
  server: {
    type: "string",
    valueHint: "HOST:PORT",
    description: "by whose eyes it looks, one of each family; else as a client finds its server",
  },
  ...PROFILE_ARGS,
  peer: { type: "string", valueHint: "NAME", description: "speaks of this one person alone" },
  history: { type: "boolean", description: "shows how well predictions did, and looks at nothing" },
  "no-portmap": { type: "boolean", description: "asks no router to open a port" },
  json: { type: "boolean", description: "one JSON object per line" },
};

export const command: CommandDef = {
  meta: { name: "doctor", description: "Look at the network: what works, and what to do" },
  args,
};

export const notes = `
It takes some four seconds and uses sockets of its own: a client may run meanwhile. Routers are
asked to open a port for a moment, to see whether they do.

EXIT CODES
  0 nothing failed   9 a check failed   2 wrong usage`;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("doctor", rawArgs, args);
  return new Doctor(flags).run();
}

/** For what takes longest; the whole is over within 5 s. */
const MAPPING_MS = 3_000;
const LOOKUP_MS = 1_500;

/** Of those met last; programs are told of all. */
const PEOPLE_SHOWN = 12;

/** One visit: everything is begun at once, and told in the order of the checks as it is known. */
class Doctor {
  readonly #flags: Flags;
  readonly #out = new Lines(1);
  readonly #isJson: boolean;
  readonly #hasColours: boolean;
  readonly #states: Check["state"][] = [];

  constructor(flags: Flags) {
    this.#flags = flags;
    this.#isJson = flags.has("json");
    this.#hasColours = isatty(1) && (process.env["NO_COLOR"] ?? "") === "";
  }

  async run(): Promise<number> {
    const book = readPeerbook(join(dataDirectoryOf(this.#flags), "p2pchat.db"));
    if (this.#flags.has("history")) return this.#tellHistory(book);
    const people = peopleMeant(book, this.#flags.text("peer"));
    const isMapped = !this.#flags.has("no-portmap");
    const mapping = isMapped ? tryMapping(MAPPING_MS) : Promise.resolve(undefined);
    const lan = tryMulticast(systemRandom);
    const named = this.#named();
    const servers = named.length > 0 ? await resolveAll(named) : (await lan).servers;
    this.#greet(servers);
    const examinations = await Examinations.open(servers);
    const { v4, v6 } = examinations;
    this.#tellReach(await Promise.all([v4.reach, v6.reach]), named);
    this.#tell(lanCheck(await lan));
    this.#tell(firewallCheck(readFirewall()));
    const families = await Promise.all([v4.whole, v6.whole]);
    const mapped = await mapping;
    this.#tellRouter(families, mapped);
    examinations.close();
    this.#tellPeople(families, people, mapped?.granted !== undefined);
    return this.#end();
  }

  /** Where a client would look, unless it is said. Throws a Failure for what is malformed. */
  #named(): readonly NamedServer[] {
    const options = this.#flags.texts("server");
    if (options.length > 0) return options.map((option) => parseServer(option, "--server"));
    const { configFile } = profilePaths({
      profile: this.#flags.text("profile") ?? "doctor",
      dataDirectory: this.#flags.text("data-dir"),
      env: process.env,
    });
    const sources = { option: undefined, env: process.env, workingDirectory: process.cwd() };
    const found = findServer({ ...sources, configFile });
    return found === null ? [] : [found];
  }

  #tellReach(families: readonly FamilyFacts[], named: readonly NamedServer[]): void {
    const [first] = named;
    const isNowhere = families.every(({ examination }) => examination === undefined);
    this.#tell(first !== undefined && isNowhere ? noAddressCheck(first.name) : udpCheck(families));
    for (const facts of families) this.#tell(addressCheck(facts));
  }

  #tellRouter(families: readonly FamilyFacts[], mapping: PortMapFacts | undefined): void {
    const asked = families.find(({ examination }) => examination !== undefined);
    const main = asked ?? families[0];
    if (main === undefined) return;
    this.#tell(portMapCheck(mapping, main));
    this.#tell(mappingCheck(main));
    this.#tell(filteringCheck(main));
    this.#tell(hairpinCheck(main));
    this.#tell(lifetimeCheck(main));
    for (const facts of this.#isJson ? families : []) {
      const report = reportOf(facts);
      if (report === undefined) continue;
      this.#write(jsonSafe(natLine(facts.family, report, systemClock.now())));
    }
  }

  #tellPeople(
    families: readonly FamilyFacts[],
    people: readonly Acquaintance[],
    isMapped: boolean,
  ): void {
    const reports = families.map(reportOf);
    const now = systemClock.now();
    const shown = this.#isJson ? people : people.slice(0, PEOPLE_SHOWN);
    if (shown.length > 0 && !this.#isJson)
      this.#write("\npeople            how they will probably be reached");
    for (const { who, nat, natAtMs } of shown) {
      const forecast = bestForecast(reports.map((mine) => forecastOf(mine, nat)));
      // A client has its port mapped as well, and is reached there by whoever gets UDP out.
      const expected = isMapped && nat?.isBlocked !== true ? "direct" : forecast;
      const prediction = { who, expected, ageMs: natAtMs === undefined ? null : now - natAtMs };
      if (this.#isJson) this.#write(jsonSafe(predictionLine(prediction, now)));
      else for (const line of predictionLines(prediction)) this.#write(line);
    }
    const more = people.length - shown.length;
    if (more > 0) this.#write(`and ${more} more: p2pchat doctor --json tells of all`);
  }

  #tellHistory(book: Peerbook | undefined): number {
    const meetings = book?.meetings ?? [];
    const now = systemClock.now();
    if (!this.#isJson) {
      for (const line of historyLines(meetings)) this.#write(line);
      return EXIT.done;
    }
    for (const grade of gradesOf(meetings)) this.#write(jsonSafe(gradeLine(grade, now)));
    for (const meeting of meetings) this.#write(jsonSafe(meetingLine(meeting)));
    this.#write(jsonSafe(outgoingOf({ type: "bye" }, now)));
    return EXIT.done;
  }

  #greet(servers: readonly Address[]): void {
    if (this.#isJson) return;
    const eyes = servers.length === 0 ? "without a server" : `as ${servers.join(", ")} sees it`;
    this.#write(`This network, ${eyes}\n`);
  }

  #tell(check: Check): void {
    this.#states.push(check.state);
    if (this.#isJson) return this.#write(jsonSafe(checkLine(check, systemClock.now())));
    for (const line of checkLines(check, this.#hasColours)) this.#write(line);
  }

  #end(): number {
    const count = (state: Check["state"]): number =>
      this.#states.filter((it) => it === state).length;
    const failed = count("fail");
    if (this.#isJson) this.#write(jsonSafe(outgoingOf({ type: "bye" }, systemClock.now())));
    else this.#write(`\n${summary(failed, count("warn"))}`);
    return failed > 0 ? EXIT.findings : EXIT.done;
  }

  /** At once: a person watches. */
  #write(text: string): void {
    this.#out.write(text);
    this.#out.flush();
  }
}

/** Everybody, or those of this name. Throws a Failure where nobody has it. */
function peopleMeant(
  book: Peerbook | undefined,
  typed: string | undefined,
): readonly Acquaintance[] {
  const people = book?.people ?? [];
  if (typed === undefined) return people;
  const target = parseTarget(typed.startsWith("@") ? typed : `@${typed}`);
  const meant = people.filter(({ who }) => {
    return (
      target?.kind === "person" && who.name === target.name && who.id.startsWith(target.prefix)
    );
  });
  if (meant.length > 0) return meant;
  throw new Failure(`This profile has met nobody called ${shorten(typed)}`, EXIT.noPeer);
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

function summary(failed: number, warned: number): string {
  const more = warned === 0 ? "" : `, ${warned} to know of`;
  if (failed > 0) return `${failed} failed${more}.`;
  return warned === 0 ? "All is well." : `Nothing failed${more}.`;
}
