/** Probes leave in ticks, that no timer is asked for more often. */
const TICK_MS = 5;

/**
 * In the first step one probe a tick, in the next two, at last five: from 200 to 1000 in a second.
 * Who hits soon, as half do within 300, spares the router the rest.
 */
const STEP_MS = 200;
const PROBES_PER_TICK_MAX = 5;

/** Between the halves: what is under way may arrive, and a small table empty itself a little. */
const PAUSE_MS = 600;

/**
 * Probes to one port of an address after another, ever faster, until one has hit or all are used
 * up. The first half hits 98 times in 100 where 256 ports of 64 512 are right.
 */
export class Volley {
  readonly #ports: Iterator<number, undefined>;
  readonly #count: number;
  readonly #startAtMs: number;
  #nextAtMs: number;
  #leftInTick = 0;
  #sent = 0;

  /** At most `count` probes from `startAtMs` on. */
  constructor(startAtMs: number, ports: Iterator<number, undefined>, count: number) {
    this.#startAtMs = startAtMs;
    this.#nextAtMs = startAtMs;
    this.#ports = ports;
    this.#count = count;
  }

  get sent(): number {
    return this.#sent;
  }

  get isOver(): boolean {
    return this.#nextAtMs === Infinity;
  }

  /** A port to probe now. What a late timer missed is not made up for. */
  pollPort(now: number): number | undefined {
    if (now < this.#nextAtMs) return undefined;
    const port = this.#sent < this.#count ? this.#ports.next().value : undefined;
    if (port === undefined) {
      this.#nextAtMs = Infinity;
      return undefined;
    }
    if (this.#leftInTick === 0) this.#leftInTick = this.#perTick(now);
    this.#leftInTick -= 1;
    this.#sent += 1;
    if (this.#sent === Math.ceil(this.#count / 2)) this.#pause(now, PAUSE_MS);
    else if (this.#leftInTick === 0) this.#pause(now, TICK_MS);
    return port;
  }

  pollTimeout(): number {
    return this.#nextAtMs;
  }

  #pause(now: number, ms: number): void {
    this.#leftInTick = 0;
    this.#nextAtMs = now + ms;
  }

  #perTick(now: number): number {
    return Math.min(PROBES_PER_TICK_MAX, 1 + Math.floor((now - this.#startAtMs) / STEP_MS));
  }
}
