import { type Address, addressScope, hostOf } from "../base/address.ts";
import type { ExaminationEvent } from "../node/examination.ts";
import { isHard } from "../paths/tactics.ts";
import { isNearby, letsIn, natSentence } from "../paths/natwords.ts";
import type { NatReport } from "../wire/nat.ts";

/** What the doctor looks at, in the order in which it tells. */
export type CheckName =
  | "udp"
  | "ipv4"
  | "ipv6"
  | "lan"
  | "firewall"
  | "portmap"
  | "mapping"
  | "filtering"
  | "hairpin"
  | "lifetime";

/** `skip`: it cannot be told, and the text says why. */
export type CheckState = "ok" | "warn" | "fail" | "skip";

export interface Check {
  readonly name: CheckName;
  readonly state: CheckState;
  /** The evidence. */
  readonly text: string;
  /** One thing to do, where something is wrong. */
  readonly fix: string | null;
}

/** Whether a server's machine answers at all: by TCP, on the port that it has for UDP. */
export type Knock = "answers" | "silent" | "untried";

/** What one family of addresses was found to be like. */
export interface FamilyFacts {
  readonly family: "IPv4" | "IPv6";
  /** This machine's own that lead beyond it, without ports. */
  readonly own: readonly string[];
  /** Undefined where no server of this family is known. */
  readonly examination: ExaminationEvent | undefined;
  readonly knock: Knock;
}

export interface LanFacts {
  /** Interfaces on which one's own multicast came back, and those on which it did not. */
  readonly heard: readonly string[];
  readonly deaf: readonly string[];
  readonly clients: number;
  readonly servers: readonly Address[];
}

export interface PortMapFacts {
  readonly routers: number;
  readonly granted: { readonly protocol: string; readonly address: Address } | undefined;
}

export interface FirewallFacts {
  /** What was looked at: nftables, iptables, ufw; `none`; undefined where nothing could be. */
  readonly by: string | undefined;
  /** Whether it drops what comes unasked. */
  readonly isClosed: boolean;
  /** Why nothing could be looked at. */
  readonly obstacle: string;
}

const NO_SERVER_FIX = "name one: p2pchat doctor --server HOST:PORT";

/** UDP is blocked on the way where the server's machine answers by TCP, and by UDP nothing. */
export function isBlocked({ examination, knock }: FamilyFacts): boolean {
  const isSilent = examination?.outcome.kind === "silent";
  return isSilent && examination.outcome.error === undefined && knock === "answers";
}

/** The report of a network through which no UDP gets, with nothing else known of it. */
export const BLOCKED_REPORT: NatReport = {
  mapping: "unknown",
  compared: { ports: false, addresses: false },
  filtering: "unknown",
  allocation: { kind: "unknown" },
  addresses: "unknown",
  isTranslated: undefined,
  poisons: undefined,
  hairpin: undefined,
  isBlocked: true,
  recentPorts: [],
  portsAgeMs: 0,
  crossTrafficPerSecond: 0,
};

/** Undefined where nothing is known, and where a server too near cannot tell. */
export function reportOf(facts: FamilyFacts): NatReport | undefined {
  if (isBlocked(facts)) return BLOCKED_REPORT;
  const outcome = facts.examination?.outcome;
  if (outcome?.kind !== "answered" || outcome.report === undefined) return undefined;
  return isNearby(outcome.report, outcome.mapped) ? undefined : outcome.report;
}

/** Why there is no report. */
function whyNoReport({ examination }: FamilyFacts): string {
  return examination?.outcome.kind === "answered"
    ? "the server is on this network: what the internet sees it cannot tell"
    : "not known without an answer by UDP";
}

export function udpCheck(families: readonly FamilyFacts[]): Check {
  const asked = families.flatMap(({ examination }) => examination ?? []);
  const answers = asked.flatMap(({ server, outcome }) => {
    return outcome.kind === "answered" ? [`${server} in ${milliseconds(outcome.rttMs)}`] : [];
  });
  if (answers.length > 0) return ok("udp", `answered by ${answers.join(" and ")}`);
  const first = families.find(({ examination }) => examination !== undefined);
  if (first?.examination === undefined) {
    return check("udp", "skip", "no server is known that could answer", NO_SERVER_FIX);
  }
  const { server, outcome } = first.examination;
  const error = outcome.kind === "silent" ? outcome.error : undefined;
  if (error === "refused") {
    const text = `nothing listens at ${server}, as its machine says`;
    return check("udp", "fail", text, "look whether the server runs, and on which port");
  }
  if (error === "unreachable") {
    const text = `no way leads from this network to ${server}`;
    return check("udp", "fail", text, "look whether this machine is connected, and the address");
  }
  if (isBlocked(first)) {
    const text = `the machine at ${server} answers by TCP, and nothing comes back by UDP`;
    return check("udp", "fail", text, "have UDP let out of this network, or use another one");
  }
  const also = first.knock === "silent" ? "by UDP or TCP" : "by UDP";
  const text = `nothing comes back from ${server} ${also}: it is down, or this network blocks it`;
  return check("udp", "fail", text, "try another network; if that is no better, ask its owner");
}

/** The name of a server leads nowhere. */
export function noAddressCheck(server: string): Check {
  const text = `the name of ${server} leads to no address`;
  return check("udp", "fail", text, "look at its spelling, and whether names are resolved here");
}

export function addressCheck({ family, own, examination }: FamilyFacts): Check {
  const name = family === "IPv4" ? "ipv4" : "ipv6";
  const [first] = own;
  const outcome = examination?.outcome;
  if (first === undefined) {
    const text = `this machine has no ${family} address that leads beyond its own network`;
    if (family === "IPv4") return check(name, "warn", text, "connect it to a network");
    return check(name, "warn", text, "turn IPv6 on in the router, or ask the provider for it");
  }
  const more = own.length > 1 ? ` and ${own.length - 1} more` : "";
  const here = `${first}${more}`;
  if (examination === undefined) return check(name, "skip", `${here}; no server to try it by`);
  if (outcome?.kind !== "answered") {
    return check(name, "warn", `${here}; nothing comes back over it`, "see UDP");
  }
  const seen = hostOf(outcome.mapped);
  if (addressScope(outcome.mapped) === "loopback") {
    return check(name, "skip", `${here}; the server is on this very machine`);
  }
  if (own.includes(seen)) return ok(name, `${seen}, this machine's own`);
  return ok(name, `${here}; seen from outside as ${seen}`);
}

export function lanCheck({ heard, deaf, clients, servers }: LanFacts): Check {
  if (heard.length + deaf.length === 0) return check("lan", "skip", "no interface has multicast");
  if (heard.length === 0) {
    const text = `multicast does not come back on ${listed(deaf)}: others are not found there`;
    return check("lan", "fail", text, "allow UDP port 5353 in the firewall of this machine");
  }
  const found = [counted(clients, "client"), counted(servers.length, "server")].join(" and ");
  const text = `works on ${listed(heard)}; ${found} of p2pchat heard`;
  if (deaf.length === 0) return ok("lan", text);
  const fix = "allow UDP port 5353 in the firewall of this machine";
  return check("lan", "warn", `${text}; not on ${listed(deaf)}`, fix);
}

export function firewallCheck({ by, isClosed, obstacle }: FirewallFacts): Check {
  if (by === undefined) return check("firewall", "skip", obstacle);
  if (by === "none") return ok("firewall", "this machine has no rules: what comes gets in");
  if (!isClosed) return ok("firewall", `${by} lets in what comes unasked`);
  const text = `${by} drops what comes unasked; answers get in, and so do most calls`;
  const fix = "so that neighbours are found, allow UDP 5353 and --listen's port in it";
  return check("firewall", "warn", text, fix);
}

/** `mapping`: undefined where routers were not to be asked. */
export function portMapCheck(mapping: PortMapFacts | undefined, facts: FamilyFacts): Check {
  if (mapping === undefined) return check("portmap", "skip", "routers were not asked");
  const { routers, granted } = mapping;
  const report = reportOf(facts);
  if (granted !== undefined) {
    return ok("portmap", `the router opened ${granted.address} by ${granted.protocol}`);
  }
  if (report?.isTranslated === false) return ok("portmap", "not needed: the address is public");
  const text =
    routers === 0
      ? "no router of this machine's own is known"
      : "the router does not answer PCP, NAT-PMP or UPnP";
  if (report === undefined || report.isBlocked) return check("portmap", "skip", text);
  if (!isHard(report)) return ok("portmap", `${text}; calls reach this one without`);
  return check("portmap", "warn", text, "turn on UPnP, NAT-PMP or PCP in the router");
}

export function mappingCheck(facts: FamilyFacts): Check {
  const report = reportOf(facts);
  if (report === undefined || report.isBlocked || report.mapping === "unknown") {
    return check("mapping", "skip", whyNoReport(facts));
  }
  const text = natSentence(report);
  if (!isHard(report)) return ok("mapping", text);
  return check("mapping", "warn", text, "let the router map a port, or use IPv6: see above");
}

export function filteringCheck(facts: FamilyFacts): Check {
  const report = reportOf(facts);
  if (report?.poisons === true) {
    const text = "who was turned away is given another port: first calls may have to be repeated";
    return check("filtering", "warn", text, "let the router map a port: see above");
  }
  const filtering = report === undefined ? "unknown" : letsIn(report);
  switch (filtering) {
    case "endpoint-independent":
      return ok("filtering", "whoever knows the address gets in");
    case "address-dependent":
      return ok("filtering", "only machines that were sent something before get in");
    case "some":
      return ok("filtering", "machines that were sent something get in, and perhaps others");
    case "address-and-port-dependent":
      return ok("filtering", "only answers get in, as with most routers");
    case "unknown":
      return report === undefined || report.isBlocked
        ? check("filtering", "skip", whyNoReport(facts))
        : check("filtering", "skip", "needs a server with a second port that answers");
    default:
      return filtering satisfies never;
  }
}

export function hairpinCheck(facts: FamilyFacts): Check {
  const report = reportOf(facts);
  if (report?.isTranslated === false) return ok("hairpin", "not needed: the address is public");
  if (report?.hairpin === undefined) {
    return check("hairpin", "skip", whyNoReport(facts));
  }
  if (report.hairpin) return ok("hairpin", "two behind this router can meet by its outer address");
  return ok("hairpin", "none: two behind this router meet by their inner addresses alone");
}

export function lifetimeCheck({ examination }: FamilyFacts): Check {
  const outcome = examination?.outcome;
  const { atLeastMs, belowMs } =
    outcome?.kind === "answered" ? outcome.lifetime : { atLeastMs: 0, belowMs: Infinity };
  if (outcome?.kind === "answered" && outcome.report?.addresses === "several") {
    return check("lifetime", "skip", "not to be told where each mapping has another address");
  }
  if (belowMs < Infinity) {
    const text = `a mapping was gone after ${belowMs / 1000} s of silence`;
    return check("lifetime", "fail", text, "raise the UDP timeout in the router to 30 s or more");
  }
  if (atLeastMs === 0) return check("lifetime", "skip", "no mapping could be left alone and tried");
  const text = `a mapping outlives ${atLeastMs / 1000} s of silence; a client measures further`;
  return ok("lifetime", text);
}

/** Without ports and zones, those that somebody beyond this machine can answer to. */
export function outwardHosts(
  family: FamilyFacts["family"],
  addresses: readonly Address[],
): readonly string[] {
  const wanted = addresses.filter((address) => {
    const isOfFamily = address.startsWith("[") === (family === "IPv6");
    const scope = addressScope(address);
    return isOfFamily && (scope === "public" || (scope === "private" && family === "IPv4"));
  });
  return [...new Set(wanted.map(hostOf))];
}

function ok(name: CheckName, text: string): Check {
  return { name, state: "ok", text, fix: null };
}

function check(name: CheckName, state: CheckState, text: string, fix: string | null = null): Check {
  return { name, state, text, fix };
}

function counted(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].join(", ");
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}
