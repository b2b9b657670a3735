import { DATAGRAM_BYTES_BASE, DATAGRAM_BYTES_MAX } from "../wire/limits.ts";

/** IPv6 40, UDP 8. What IPv4 would leave, 20 more bytes, is not worth a second table. */
const IP_UDP_BYTES = 48;

/** Where not even that arrives: what every IPv4 host takes, 576, less 28. */
const FLOOR_BYTES = 548;

/** Ethernet, jumbo frames, and the loopback interface with UDP's own maximum. */
const ETHERNET_BYTES = 1500 - IP_UDP_BYTES;
const PROBE_BYTES: readonly number[] = [
  DATAGRAM_BYTES_BASE,
  ETHERNET_BYTES,
  9000 - IP_UDP_BYTES,
  DATAGRAM_BYTES_MAX,
];

/** Tunnels cost Ethernet 8 to 100 bytes: a size between is searched, to within these. */
const SEARCH_GAP_BYTES = 16;

/** RFC 8899 §5.1.2: a size that fails so many times in a row is too large. */
const MAX_PROBES = 3;

/** RFC 8899 §5.1.1, PMTU_RAISE_TIMER and PROBE_TIMER. */
const RAISE_MS = 600_000;
const PROBE_TIMEOUT_MS = 15_000;

/** A black hole may have been an outage: larger sizes are tried again sooner than otherwise. */
const BLACK_HOLE_MS = 60_000;

/** Losses at as many times that nothing but their size explains: RFC 8899 §4.3. */
const BLACK_HOLE_LOSSES = 3;

type Search =
  | { readonly step: "due"; readonly bytes: number; readonly losses: number }
  | {
      readonly step: "asking";
      readonly bytes: number;
      readonly losses: number;
      readonly sentAtMs: number;
    }
  | { readonly step: "complete"; readonly raiseAtMs: number };

/**
 * Finds how large a datagram one path carries, RFC 8899, by probes whose loss costs no data. Sizes
 * are bytes of UDP payload. A probe leaves only when the caller asks for one, so that a session
 * that rests stays silent.
 */
export class PathMtu {
  readonly bytesMax: number;
  #bytes: number;
  /** Smallest size that this search found too large. */
  #failedBytes = Infinity;
  #search: Search;

  /** A suspicion of a black hole: so many losses, the smallest of this size. */
  #losses = 0;
  #lostBytesMin = Infinity;
  /** What left until then has been judged. */
  #judgedToMs = -Infinity;
  /** Small packets arrived since the last of these losses. */
  #hasHeard = false;

  /** Never probes beyond `bytesMax`. */
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.#bytes = Math.min(DATAGRAM_BYTES_BASE, bytesMax);
    this.#search = this.#next(0);
  }

  /** How large a packet may be now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When `pollProbe` has an answer at the earliest. No reason to wake a session that rests. */
  get probeDueAtMs(): number {
    switch (this.#search.step) {
      case "due":
        return -Infinity;
      case "asking":
        return this.#search.sentAtMs + PROBE_TIMEOUT_MS;
      case "complete":
        return this.#search.raiseAtMs;
      default:
        return this.#search satisfies never;
    }
  }

  /** Size of a probe to send now, undefined when none is due. Marks it as in flight. */
  pollProbe(now: number): number | undefined {
    if (now < this.probeDueAtMs) return undefined;
    if (this.#search.step === "asking") this.onProbeLost(now, this.#search.bytes);
    if (this.#search.step === "complete" && this.#search.raiseAtMs <= now) {
      this.#failedBytes = Infinity;
      this.#search = this.#next(now);
    }
    if (this.#search.step !== "due") return undefined;
    const { bytes, losses } = this.#search;
    this.#search = { step: "asking", bytes, losses, sentAtMs: now };
    return bytes;
  }

  onProbeAcked(now: number, bytes: number): void {
    if (this.#search.step === "complete" || this.#search.bytes !== bytes) return;
    this.#bytes = bytes;
    this.#forgetLosses();
    this.#search = this.#next(now);
  }

  /** Or the system refused to send it. */
  onProbeLost(now: number, bytes: number): void {
    if (this.#search.step !== "asking" || this.#search.bytes !== bytes) return;
    const losses = this.#search.losses + 1;
    if (losses < MAX_PROBES) {
      this.#search = { step: "due", bytes, losses };
      return;
    }
    this.#failedBytes = bytes;
    this.#search = this.#next(now);
  }

  /** An ordinary packet arrived. */
  onAcked(bytes: number, sentAtMs: number): void {
    if (bytes <= this.#fallbackBytes) {
      this.#hasHeard = true;
    } else if (this.#losses === 0) {
      this.#judgedToMs = Math.max(this.#judgedToMs, sentAtMs);
    } else if (bytes >= this.#lostBytesMin && sentAtMs >= this.#judgedToMs) {
      this.#forgetLosses();
      this.#judgedToMs = sentAtMs;
    }
  }

  /** An ordinary packet was lost, or was not acknowledged within a probe timeout. */
  onLost(now: number, bytes: number, sentAtMs: number): void {
    // One that left before, or with, a large packet that arrived was not lost by its size.
    if (bytes <= this.#fallbackBytes || sentAtMs <= this.#judgedToMs) return;
    // Nothing is lower than the floor: it takes more than silence, which may be an outage.
    if (this.#fallbackBytes === FLOOR_BYTES && !this.#hasHeard) return;
    this.#losses += 1;
    this.#lostBytesMin = Math.min(this.#lostBytesMin, bytes);
    this.#judgedToMs = sentAtMs;
    this.#hasHeard = false;
    if (this.#losses < BLACK_HOLE_LOSSES) return;
    this.#bytes = this.#fallbackBytes;
    this.#forgetLosses();
    this.#search = { step: "complete", raiseAtMs: now + BLACK_HOLE_MS };
  }

  /** What is left when packets of the present size vanish. */
  get #fallbackBytes(): number {
    return this.#bytes > DATAGRAM_BYTES_BASE
      ? DATAGRAM_BYTES_BASE
      : Math.min(this.#bytes, FLOOR_BYTES);
  }

  #forgetLosses(): void {
    this.#losses = 0;
    this.#lostBytesMin = Infinity;
    this.#hasHeard = false;
  }

  #next(now: number): Search {
    const bytes = this.#candidateBytes();
    if (bytes === undefined) return { step: "complete", raiseAtMs: now + RAISE_MS };
    return { step: "due", bytes, losses: 0 };
  }

  /** The next size of the table, or, below Ethernet's, the middle between good and bad. */
  #candidateBytes(): number | undefined {
    if (this.#failedBytes === Infinity) {
      if (this.#bytes >= this.bytesMax) return undefined;
      const larger = PROBE_BYTES.find((bytes) => bytes > this.#bytes);
      return larger === undefined ? undefined : Math.min(larger, this.bytesMax);
    }
    const isWorthIt = this.#bytes >= DATAGRAM_BYTES_BASE && this.#failedBytes <= ETHERNET_BYTES;
    if (!isWorthIt || this.#failedBytes - this.#bytes < SEARCH_GAP_BYTES) return undefined;
    return Math.floor((this.#bytes + this.#failedBytes) / 2);
  }
}
