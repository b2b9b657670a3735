import type { Interface } from "../node/machine.ts";
import type { Clock } from "../base/clock.ts";
import { interfacesKey, readInterfaces } from "./interfaces.ts";

/** How often the machine's addresses are compared with those of before: 50 µs each time. */
const NETWORK_POLL_MS = 250;

/** By so much more a look is late after sleep: mappings have ended, and others have given us up. */
const SLEEP_MS = 10_000;

/** What is suspected is looked into at once, but not more often than this. */
const HINT_GAP_MS = 50;

export interface NetworkNews {
  /** Every address of every interface that is up. */
  readonly interfaces: readonly Interface[];
  /** The machine slept, or this process stood still, and nobody was heard meanwhile. */
  readonly hasSlept: boolean;
}

export type NetworkListener = (news: NetworkNews) => void;

export interface NetworkWatchOptions {
  readonly clock: Clock;
  readonly interfaces?: () => readonly Interface[];
  readonly pollMs?: number;
}

interface Subscription {
  readonly listener: NetworkListener;
  readonly everyMs: number;
  toldAtMs: number;
}

/** One look at the machine's addresses for all that need them; it looks while anybody listens. */
export class NetworkWatch {
  readonly #clock: Clock;
  readonly #read: () => readonly Interface[];
  readonly #pollMs: number;
  readonly #subscriptions = new Set<Subscription>();
  #interfaces: readonly Interface[] = [];
  #key: string | undefined;
  #checkedAtMs = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor({
    clock,
    interfaces = readInterfaces,
    pollMs = NETWORK_POLL_MS,
  }: NetworkWatchOptions) {
    this.#clock = clock;
    this.#read = interfaces;
    this.#pollMs = pollMs;
  }

  /** As of the last look; somebody must be listening. */
  get interfaces(): readonly Interface[] {
    return this.#interfaces;
  }

  /**
   * Tells of what changes from here on, and every `everyMs` if nothing does. Returns what ends it.
   */
  subscribe(listener: NetworkListener, everyMs = Infinity): () => void {
    if (this.#subscriptions.size === 0) this.#begin();
    const subscription = { listener, everyMs, toldAtMs: this.#clock.now() };
    this.#subscriptions.add(subscription);
    return () => {
      if (!this.#subscriptions.delete(subscription) || this.#subscriptions.size > 0) return;
      clearInterval(this.#timer);
      this.#checkedAtMs = Infinity;
    };
  }

  /** Whether the last look was so long ago that this process must have stood still. */
  isOverdue(now: number): boolean {
    return now > this.#checkedAtMs + this.#pollMs + SLEEP_MS;
  }

  /** Something looks as if addresses had changed. */
  hint(): void {
    if (this.#clock.now() >= this.#checkedAtMs + HINT_GAP_MS) this.check();
  }

  /** Looks now. */
  check(): void {
    const now = this.#clock.now();
    const hasSlept = this.isOverdue(now);
    this.#checkedAtMs = now;
    const hasChanged = this.#look();
    for (const subscription of this.#subscriptions) {
      const isDue = now >= subscription.toldAtMs + subscription.everyMs;
      if (!hasChanged && !hasSlept && !isDue) continue;
      subscription.toldAtMs = now;
      subscription.listener({ interfaces: this.#interfaces, hasSlept });
    }
  }

  #begin(): void {
    this.#checkedAtMs = this.#clock.now();
    this.#look();
    this.#timer = setInterval(() => this.check(), this.#pollMs);
  }

  /** Whether anything is not as it was. */
  #look(): boolean {
    const interfaces = this.#read();
    const key = interfacesKey(interfaces);
    if (key === this.#key) return false;
    this.#key = key;
    this.#interfaces = interfaces;
    return true;
  }
}
