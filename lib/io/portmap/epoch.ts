/** Seconds by which clocks that run alike may differ. RFC 6887 §8.5 */
const SLACK_S = 2;

/** How much slower or faster than this machine's clock a router's may run. */
const DRIFT = 1 / 16;

/**
 * How long a router has been up, by its own word: where that does not go with the time since it
 * last said so, it has begun anew and its mappings are gone. RFC 6887 §8.5; RFC 6886 §3.6 has the
 * same with a wider margin.
 */
export class RouterEpoch {
  #last: { readonly atMs: number; readonly epochS: number } | undefined;

  /** True where the router has begun anew since the last answer. */
  handleEpoch(now: number, epochS: number): boolean {
    const last = this.#last;
    this.#last = { atMs: now, epochS };
    if (last === undefined) return false;
    const hereS = (now - last.atMs) / 1000;
    const thereS = epochS - last.epochS;
    if (thereS < -1) return true;
    return hereS + SLACK_S < thereS * (1 - DRIFT) || thereS + SLACK_S < hereS * (1 - DRIFT);
  }
}
