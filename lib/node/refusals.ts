import type { PeerId } from "../base/ids.ts";
import type { Uncarried } from "../wire/relay.ts";

/** Who could not be reached by a carrier may be soon; twice as long each time that it is not. */
const NOT_THERE_MS = 1_000;
const NOT_THERE_MS_MAX = 60_000;

/** Peers of one carrier; beyond, the one refused longest ago may be asked for again. */
export const REFUSED_MAX = 512;

interface Refused {
  readonly untilMs: number;
  readonly gapMs: number;
}

/** Which carriers have said that they do not carry, and to whom, for as long as it may hold. */
export class Refusals {
  readonly #never = new Set<PeerId>();
  readonly #byCarrier = new Map<PeerId, Map<PeerId, Refused>>();

  /** Until when it holds. */
  add(now: number, carrier: PeerId, peer: PeerId, why: Uncarried): number {
    if (why === "never") {
      this.#never.add(carrier);
      return Infinity;
    }
    const refused = this.#byCarrier.get(carrier) ?? new Map<PeerId, Refused>();
    this.#byCarrier.set(carrier, refused);
    const before = refused.get(peer);
    // Several answers to what was asked at one time are one.
    if (before !== undefined && now < before.untilMs) return before.untilMs;
    const gapMs = Math.min(2 * (before?.gapMs ?? NOT_THERE_MS / 2), NOT_THERE_MS_MAX);
    const untilMs = now + gapMs;
    refused.delete(peer);
    const [first] = refused.keys();
    if (first !== undefined && refused.size >= REFUSED_MAX) refused.delete(first);
    refused.set(peer, { untilMs, gapMs });
    return untilMs;
  }

  has(now: number, carrier: PeerId, peer: PeerId): boolean {
    if (this.#never.has(carrier)) return true;
    const untilMs = this.#byCarrier.get(carrier)?.get(peer)?.untilMs;
    return untilMs !== undefined && now < untilMs;
  }

  /** The session with the carrier is over: another one may say something else. */
  forget(carrier: PeerId): void {
    this.#never.delete(carrier);
    this.#byCarrier.delete(carrier);
  }
}
