import { Agenda } from "./agenda.ts";
import { HEADER_BYTES, Link, type Conditions } from "./link.ts";
import { Prng } from "./prng.ts";

/** RFC 9438 §4.1.2, §4.6 and §4.3: the constants, in segments and seconds. */
const C = 0.4;
const BETA = 0.7;
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);

/** RFC 9002 §7.2: segments in the first round trip, and at least in any. */
const WINDOW_INITIAL = 10;
const WINDOW_MIN = 2;

/** An acknowledgement, or word of a loss: `sentAtMs` is of the datagram that it is about. */
interface Answer {
  readonly atMs: number;
  readonly order: number;
  readonly sentAtMs: number;
}

/**
 * How many bytes a sender gets across that no real one can match: its window is CUBIC's, RFC 9438,
 * it knows a loss the moment it happens, no acknowledgement is lost or late, and all of a datagram
 * is what was asked for. It is what real ones are measured by, and shares no code with them.
 */
export function idealBytes(conditions: Conditions, forMs: number, seed: number): number {
  const sender = new IdealSender(conditions, seed);
  sender.run(forMs);
  return sender.deliveredBytes;
}

class IdealSender {
  deliveredBytes = 0;
  readonly #conditions: Conditions;
  readonly #link = new Link();
  readonly #prng: Prng;
  readonly #answers = new Agenda<Answer>();
  readonly #segmentBytes: number;
  #order = 0;
  #inFlight = 0;
  #window = WINDOW_INITIAL;
  #threshold = Infinity;
  #windowMax = 0;
  #windowBefore = 0;
  /** What Reno would have: RFC 9438 §4.3. */
  #estimate = 0;
  #epochAtMs = 0;
  #roundTripMs: number;
  /** One reduction a round trip: RFC 9438 §4.6. */
  #nextReductionAtMs = 0;

  constructor(conditions: Conditions, seed: number) {
    this.#conditions = conditions;
    this.#prng = new Prng(seed, "ideal");
    this.#segmentBytes = conditions.mtuBytes - HEADER_BYTES;
    this.#roundTripMs = 2 * conditions.delayMs;
  }

  run(untilMs: number): void {
    let now = 0;
    while (now <= untilMs) {
      // Where the queue is full, no sender gets anything across before something has left it.
      while (this.#inFlight < Math.floor(this.#window) && this.#send(now));
      const answer = this.#answers.pop();
      if (answer === undefined) {
        now += this.#roundTripMs;
        continue;
      }
      now = answer.atMs;
      this.#inFlight -= 1;
      this.#roundTripMs = now - answer.sentAtMs;
      this.deliveredBytes += this.#segmentBytes;
      this.#grow(now);
    }
  }

  /** False where it is lost. */
  #send(now: number): boolean {
    const [arrivesAtMs] = this.#link.transit(now, this.#conditions, this.#segmentBytes, this.#prng);
    if (arrivesAtMs === undefined) {
      this.#reduce(now);
      return false;
    }
    this.#inFlight += 1;
    const atMs = arrivesAtMs + this.#conditions.delayMs;
    this.#answers.push({ atMs, order: this.#order++, sentAtMs: now });
    return true;
  }

  #reduce(now: number): void {
    if (now < this.#nextReductionAtMs) return;
    this.#nextReductionAtMs = now + this.#roundTripMs;
    const isShrinking = this.#window < this.#windowMax;
    // Fast convergence, RFC 9438 §4.7.
    this.#windowMax = isShrinking ? (this.#window * (1 + BETA)) / 2 : this.#window;
    this.#windowBefore = this.#window;
    this.#window = Math.max(BETA * this.#window, WINDOW_MIN);
    this.#threshold = this.#window;
    this.#estimate = this.#window;
    this.#epochAtMs = now;
  }

  #grow(now: number): void {
    if (this.#window < this.#threshold) {
      this.#window += 1;
      return;
    }
    const alpha = this.#estimate < this.#windowBefore ? ALPHA : 1;
    this.#estimate += alpha / this.#window;
    const elapsedMs = now - this.#epochAtMs;
    if (this.#cubic(elapsedMs) < this.#estimate) {
      this.#window = Math.max(this.#window, this.#estimate);
      return;
    }
    const wanted = this.#cubic(elapsedMs + this.#roundTripMs);
    const target = Math.min(Math.max(wanted, this.#window), 1.5 * this.#window);
    this.#window += (target - this.#window) / this.#window;
  }

  /** RFC 9438 §4.2. */
  #cubic(elapsedMs: number): number {
    const start = Math.min(this.#threshold, this.#windowMax);
    const plateauSeconds = Math.cbrt((this.#windowMax - start) / C);
    return C * (elapsedMs / 1000 - plateauSeconds) ** 3 + this.#windowMax;
  }
}
