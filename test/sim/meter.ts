import { hostOf, type Address } from "../../lib/base/address.ts";
import type { HostStation, Tap } from "./network.ts";

export interface Sent {
  readonly atMs: number;
  readonly to: Address;
  readonly bytes: number;
}

export interface Volume {
  readonly datagrams: number;
  readonly bytes: number;
}

/** What some hosts have sent, to whom and when: held against the bounds of what they may. */
export class Meter implements Tap {
  readonly sent: Sent[] = [];
  readonly #origins: ReadonlySet<HostStation>;
  readonly #ignored: ReadonlySet<Address | undefined>;

  /** Counts nothing that goes to `ignored`. */
  constructor(origins: Iterable<HostStation>, ignored: Iterable<Address | undefined> = []) {
    this.#origins = new Set(origins);
    this.#ignored = new Set(ignored);
  }

  onSent(now: number, origin: HostStation, to: Address, bytes: Uint8Array): void {
    if (!this.#origins.has(origin) || this.#ignored.has(to)) return;
    this.sent.push({ atMs: now, to, bytes: bytes.length });
  }

  total(isCounted: (sent: Sent) => boolean = () => true): Volume {
    return sum(this.sent.filter(isCounted));
  }

  /** The most in any interval of so many ms, whoever it went to. */
  peak(intervalMs: number): Volume {
    return peakOf(this.sent, intervalMs);
  }

  /** The same for each endpoint that anything went to. */
  peaks(intervalMs: number): ReadonlyMap<Address, Volume> {
    const byTarget = Map.groupBy(this.sent, ({ to }) => to);
    return new Map(Array.from(byTarget, ([to, sent]) => [to, peakOf(sent, intervalMs)]));
  }

  /** The same for each IP address: what a host, or a router, must bear. */
  peaksByHost(intervalMs: number): ReadonlyMap<string, Volume> {
    const byHost = Map.groupBy(this.sent, ({ to }) => hostOf(to));
    return new Map(Array.from(byHost, ([host, sent]) => [host, peakOf(sent, intervalMs)]));
  }
}

/** Each of its two figures at its own worst; intervals are open at their end. */
function peakOf(sent: readonly Sent[], intervalMs: number): Volume {
  let first = 0;
  let bytes = 0;
  let most: Volume = { datagrams: 0, bytes: 0 };
  for (const [i, { atMs, bytes: more }] of sent.entries()) {
    bytes += more;
    for (let left = sent[first]; left !== undefined && left.atMs <= atMs - intervalMs;) {
      bytes -= left.bytes;
      first += 1;
      left = sent[first];
    }
    most = {
      datagrams: Math.max(most.datagrams, i + 1 - first),
      bytes: Math.max(most.bytes, bytes),
    };
  }
  return most;
}

function sum(sent: readonly Sent[]): Volume {
  return { datagrams: sent.length, bytes: sent.reduce((total, { bytes }) => total + bytes, 0) };
}
