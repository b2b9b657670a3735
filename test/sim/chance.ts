/**
 * A meeting by chance: of one side's sockets each is given another port, and the other side probes
 * some of the ports, none twice.
 */
export interface Chance {
  readonly sockets: number;
  readonly probes: number;
  /** Among which those of the sockets are, each as likely as any. */
  readonly ports: number;
  /** Hops on which an opener may be lost before its router has given out the port. */
  readonly openerHops: number;
  /** Hops on which a probe may be lost before it is at the socket that it hits. */
  readonly probeHops: number;
}

/** Turns that two have within the first minute, even where what begins them comes late. */
const TURNS_IN_MINUTE = 2;
const MINUTE_MS = 60_000;

/**
 * From one turn of two to their next: its wait, twice as long each time; and until they are
 * introduced again, and both have rested.
 */
const FIRST_GAP_MS = 29_000;
const GAP_MS_MAX = 232_000;
const INTRODUCED_MS = 19_000;

/** Of the thousands of meetings of a run none is likely to be so unlucky. */
const NEGLIGIBLE = 1e-7;

/**
 * That one attempt comes to nothing where every hop loses such a part. Of all ways to choose m of N
 * ports, C(N − K, m) of C(N, m) hit none of K: nearly (1 − m / N)^K.
 */
export function missOdds(chance: Chance, loss: number): number {
  const { sockets, probes, ports, openerHops, probeHops } = chance;
  const open = sockets * (1 - loss) ** openerHops;
  const arriving = probes * (1 - loss) ** probeHops;
  return (1 - arriving / ports) ** open;
}

/** That two have not met after the first minute. */
export function lateOdds(chance: Chance, loss: number): number {
  return missOdds(chance, loss) ** TURNS_IN_MINUTE;
}

/** How long two take at the most, in ms, but for what is negligible. */
export function patienceMs(chance: Chance, loss: number): number {
  let left = lateOdds(chance, loss);
  let patience = MINUTE_MS;
  for (let gapMs = FIRST_GAP_MS; left > NEGLIGIBLE; gapMs = Math.min(2 * gapMs, GAP_MS_MAX)) {
    patience += gapMs + INTRODUCED_MS;
    left *= missOdds(chance, loss);
  }
  return patience;
}

/** The odds that of so many tries, each with these odds, `count` or more come true. */
export function tailOdds(tries: number, odds: number, count: number): number {
  // In logarithms: the odds of none at all may be too small for a number.
  let logTerm = tries * Math.log1p(-odds);
  let below = 0;
  for (let i = 0; i < count; i++) {
    below += Math.exp(logTerm);
    logTerm += Math.log(((tries - i) / (i + 1)) * (odds / (1 - odds)));
  }
  return Math.max(0, 1 - below);
}
