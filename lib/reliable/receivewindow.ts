/** So much of a window is taken before the peer is told: earlier costs packets, later its time. */
const TOLD_SHARE = 1 / 4;

/** A share that was used up within so many round trips held the peer back: the window doubles. */
const GROWTH_ROUND_TRIPS = 2;

/**
 * Where round trips are shorter, the first window is all that a path of 200 Mbit/s holds: a larger
 * one would only fill queues, and everything behind them would wait.
 */
const GROWTH_RTT_MS_MIN = 10;

/**
 * How far the peer may send on one channel: RFC 9000 §4. The limit moves on as the receiver's user
 * takes what came, so that a user who takes nothing stops the peer.
 */
export class ReceiveWindow {
  readonly #bytesMax: number;
  #windowBytes: number;
  #taken = 0;
  #limit: number;
  #limitAtMs = -Infinity;
  #isDue = false;

  /** The peer knows the first size; the window never grows beyond `bytesMax`. */
  constructor(bytes: number, bytesMax: number) {
    this.#windowBytes = bytes;
    this.#bytesMax = bytesMax;
    this.#limit = bytes;
  }

  get bytes(): number {
    return this.#windowBytes;
  }

  /** One past the last byte that the peer may send. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the peer is to be told of the limit. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /**
   * The user took so many bytes. The limit moves when a quarter of the window is used up. `rttMs`
   * is the shortest round trip, because queues in the way must not make themselves longer.
   */
  onTaken(now: number, bytes: number, rttMs: number): void {
    this.#taken += bytes;
    if (this.#limit - this.#taken > (1 - TOLD_SHARE) * this.#windowBytes) return;
    const isFast = now - this.#limitAtMs < GROWTH_ROUND_TRIPS * rttMs;
    if (isFast && rttMs >= GROWTH_RTT_MS_MIN) {
      this.#windowBytes = Math.min(2 * this.#windowBytes, this.#bytesMax);
    }
    this.#limit = this.#taken + this.#windowBytes;
    this.#limitAtMs = now;
    this.#isDue = true;
  }

  /** The limit leaves in a packet. */
  onSent(): void {
    this.#isDue = false;
  }

  /** A packet with a limit was lost: the present one is told again. */
  onLost(): void {
    this.#isDue = true;
  }
}
