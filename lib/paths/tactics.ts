import type { NatReport } from "../wire/nat.ts";
import { nextPorts, PORT_MAX, PORT_MIN } from "./ports.ts";

/** What one side does besides calling on all candidates of the other. */
export type Tactic =
  /** Probes the ports that the other's router gives out next. See `unspoilt` for `from`. */
  | { readonly kind: "predict"; readonly ports: readonly number[]; readonly from?: number }
  /**
   * From so many sockets, each of which its own router gives another port, opens that router; where
   * the other side lets in what comes from there, it is reached as well. It is met where it was
   * seen, or at the port `towards`.
   */
  | {
      readonly kind: "spread";
      readonly sockets: number;
      readonly reaches: boolean;
      readonly towards?: number;
    }
  /**
   * Probes so many of the ports that the other's sockets may have been given, in any order. See
   * `unspoilt` for `from`.
   */
  | {
      readonly kind: "search";
      readonly low: number;
      readonly high: number;
      readonly probes: number;
      readonly from?: number;
    }
  /** From so many sockets probes the one port that one of the other's sockets will be given. */
  | { readonly kind: "meet"; readonly sockets: number; readonly port: number }
  /**
   * Calls from a socket that nobody has called yet: its own port is the one seen outside. It calls
   * where the other was seen, or at the port `towards`.
   */
  | { readonly kind: "fresh"; readonly port: number; readonly towards?: number }
  /** Probes the port from which the other calls so. */
  | { readonly kind: "aim"; readonly port: number };

/** How two nodes are to reach one another, as far as both know. */
export type Prospect =
  /** By calling: each is reached where it was seen, or answers where it is asked. */
  | { readonly kind: "direct" }
  | { readonly kind: "tactic"; readonly mine: Tactic | undefined }
  /** Nothing direct is worth the packets. */
  | { readonly kind: "infeasible"; readonly why: "both-hard" | "blocked" }
  | { readonly kind: "unknown" };

/** Probes of a prediction: what ten new mappings a second of others push it ahead is within. */
const PREDICTED_PORTS = 32;
const PREDICTED_NEAR = 8;

/** Sockets and probes that find one another 98 times in 100 among all ports. */
const SPREAD_SOCKETS = 256;
const SEARCH_PROBES = 2048;

/** Of a sequence the next few: one is hit although others' mappings come between. */
const SEQUENCE_SOCKETS = 4;

/** Where each socket may be given one of several addresses, and the other side knows one. */
const POOL_SOCKETS = 8;

/** Within a block: sockets for so many ports, each within 128 probes 98 times in 100. */
const BLOCK_PROBES = 128;
const BLOCK_SOCKETS: readonly (readonly [ports: number, sockets: number])[] = [
  [512, 16],
  [1024, 32],
  [2048, 64],
];

/**
 * Where nobody has seen yet whom the easy router lets in, calls alone have so long: most of those
 * who have just come are met by them, for a twentieth of the packets.
 */
export const HEAD_START_MS = 200;

/** Where two sequential allocators meet: one of so many sockets gets the port that far ahead. */
const MEETING_SOCKETS = 25;
const MEETING_OFFSET = 16;

/**
 * Both sides come to the same end, each with its own part. NAT behaviour: RFC 4787 §4 and §5. With
 * `isDoubted` a mapping that was seen from one address only may depend on it: calls were in vain.
 */
export function prospectOf(
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
  isDoubted = false,
): Prospect {
  if (mine?.isBlocked === true || theirs?.isBlocked === true) return infeasible("blocked");
  if (mine === undefined || theirs === undefined) return { kind: "unknown" };
  if (isUnsure(mine) || isUnsure(theirs)) return { kind: "unknown" };
  const iAmHard = isHard(mine) || (isDoubted && isDoubtful(mine));
  const theyAreHard = isHard(theirs) || (isDoubted && isDoubtful(theirs));
  if (!iAmHard && !theyAreHard) return { kind: "direct" };
  if (iAmHard && theyAreHard) return prospectOfHard(mine, theirs);
  const [hard, easy] = iAmHard ? [mine, theirs] : [theirs, mine];
  if (easy.filtering === "endpoint-independent") return { kind: "direct" };
  if (easy.filtering === "address-dependent") {
    if (hard.addresses !== "several") return { kind: "direct" };
    const reaching = { kind: "spread", sockets: POOL_SOCKETS, reaches: true } as const;
    return { kind: "tactic", mine: iAmHard ? reaching : undefined };
  }
  return { kind: "tactic", mine: iAmHard ? spreadOf(mine) : searchFor(theirs) };
}

/**
 * So much later than the calls a tactic of `prospectOf` begins, in ms. Both sides say the same.
 * A prediction does not wait: meanwhile others are given the ports that it expects.
 */
export function headStartMs(mine: NatReport | undefined, theirs: NatReport | undefined): number {
  if (mine === undefined || theirs === undefined || isHard(mine) === isHard(theirs)) return 0;
  const [hard, easy] = isHard(mine) ? [mine, theirs] : [theirs, mine];
  const { kind } = hard.allocation;
  const isPredicted = kind === "sequential" || kind === "preserving";
  return easy.filtering === "unknown" && !isPredicted ? HEAD_START_MS : 0;
}

function prospectOfHard(mine: NatReport, theirs: NatReport): Prospect {
  const isPooled = mine.addresses === "several" || theirs.addresses === "several";
  if (isPooled) return infeasible("both-hard");
  const port = meetingPort(theirs);
  if (port === undefined || meetingPort(mine) === undefined) return infeasible("both-hard");
  return { kind: "tactic", mine: { kind: "meet", sockets: MEETING_SOCKETS, port } };
}

/**
 * What else to do where calls came to nothing because a router took the way for its own: it was
 * called before it had called, and gives its node another port towards the caller from then on, and
 * to whoever is met next. A new port has no such past: each side whose router does so calls from
 * its own, and is called there.
 */
export function refireOf(
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
  ports: { readonly mine: number; readonly theirs: number },
): Tactic | undefined {
  const towards = spoilsWays(theirs) ? { towards: ports.theirs } : {};
  if (spoilsWays(mine)) return { kind: "fresh", port: ports.mine, ...towards };
  return spoilsWays(theirs) ? { kind: "aim", port: ports.theirs } : undefined;
}

/**
 * The same by a port that only these two know, where the easy router would take the known one for
 * its own: a call from the hard side's next port may come before that port was probed, and a Linux
 * router then shows the node behind it under another port to everybody whom that socket meets next.
 */
export function unspoilt(
  tactic: Tactic,
  mine: NatReport | undefined,
  theirs: NatReport | undefined,
  port: number,
): Tactic {
  switch (tactic.kind) {
    case "spread":
      return !tactic.reaches && spoilsWays(theirs) ? { ...tactic, towards: port } : tactic;
    case "predict":
      // Where the call itself is what is predicted, it goes to the known port.
      if (theirs?.allocation.kind === "preserving") return tactic;
      return spoilsWays(mine) ? { ...tactic, from: port } : tactic;
    case "search":
      return spoilsWays(mine) ? { ...tactic, from: port } : tactic;
    case "meet":
    case "fresh":
    case "aim":
      return tactic;
    default:
      return tactic satisfies never;
  }
}

/** Whether it takes ways for its own, and a new port has no such past. */
function spoilsWays(report: NatReport | undefined): boolean {
  return report?.poisons === true && report.allocation.kind === "preserving";
}

/** The hard side's part: it is met on one of its sockets. */
function spreadOf({ allocation }: NatReport): Tactic | undefined {
  switch (allocation.kind) {
    case "sequential":
      return spread(SEQUENCE_SOCKETS);
    case "preserving":
      // The call itself is what is predicted.
      return undefined;
    case "block":
      return spread(blockSockets(allocation.low, allocation.high));
    case "random":
      return spread(SPREAD_SOCKETS);
    case "unknown":
      return undefined;
    default:
      return allocation satisfies never;
  }
}

/** The easy side's part. */
function searchFor(hard: NatReport): Tactic | undefined {
  const { allocation } = hard;
  switch (allocation.kind) {
    case "sequential":
      return predictionOf(hard, allocation.step);
    case "preserving":
      return { kind: "predict", ports: hard.recentPorts.slice(-1) };
    case "block": {
      const { low, high } = allocation;
      const isWhole = blockSockets(low, high) === SPREAD_SOCKETS;
      return { kind: "search", low, high, probes: isWhole ? SEARCH_PROBES : BLOCK_PROBES };
    }
    case "random":
      return { kind: "search", low: PORT_MIN, high: PORT_MAX, probes: SEARCH_PROBES };
    case "unknown":
      return undefined;
    default:
      return allocation satisfies never;
  }
}

/** The nearest always, then around where others are likely to have brought it since. */
function predictionOf(hard: NatReport, step: number): Tactic | undefined {
  const last = hard.recentPorts.at(-1);
  if (last === undefined) return undefined;
  const near = nextPorts(last, step, PREDICTED_NEAR);
  const count = PREDICTED_PORTS - PREDICTED_NEAR;
  const passed = Math.max(PREDICTED_NEAR, openedByOthers(hard) - count / 2);
  const ahead = nextPorts(last + step * passed, step, count);
  return { kind: "predict", ports: [...near, ...ahead] };
}

function blockSockets(low: number, high: number): number {
  const fitting = BLOCK_SOCKETS.find(([ports]) => high - low < ports);
  return fitting === undefined ? SPREAD_SOCKETS : fitting[1];
}

function meetingPort(report: NatReport): number | undefined {
  const { allocation, recentPorts } = report;
  const last = recentPorts.at(-1);
  if (allocation.kind !== "sequential" || last === undefined) return undefined;
  return nextPorts(last, allocation.step, openedByOthers(report) + MEETING_OFFSET).at(-1);
}

/** Mappings that others are likely to have been given since. */
function openedByOthers({ crossTrafficPerSecond, portsAgeMs }: NatReport): number {
  const opened = Math.round((crossTrafficPerSecond * portsAgeMs) / 1000);
  return Math.min(opened, PORT_MAX - PORT_MIN);
}

/** A look at the network that is under way, or came to nothing: to guess would be to waste. */
function isUnsure(report: NatReport): boolean {
  return report.mapping === "unknown" || (isHard(report) && report.allocation.kind === "unknown");
}

/** Whether it gives what goes to a new destination a port that nobody outside can know. */
export function isHard({ mapping }: NatReport): boolean {
  return mapping === "address-dependent" || mapping === "address-and-port-dependent";
}

function spread(sockets: number): Tactic {
  return { kind: "spread", sockets, reaches: false };
}

/** Who keeps its ports keeps them towards everybody, as far as they are free. */
function isDoubtful({ compared, allocation, isTranslated }: NatReport): boolean {
  return !compared.addresses && isTranslated !== false && allocation.kind !== "preserving";
}

function infeasible(why: Extract<Prospect, { kind: "infeasible" }>["why"]): Prospect {
  return { kind: "infeasible", why };
}
