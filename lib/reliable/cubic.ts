import {
  type CongestionController,
  type InFlightPacket,
  initialWindowBytes,
  minimumWindowBytes,
  WINDOW_BYTES_MAX,
} from "./congestion.ts";
import { HyStart } from "./hystart.ts";
import { RecoveryPeriod } from "./recovery.ts";
import type { Rtt } from "./rtt.ts";

/** RFC 9438 §5: datagrams per second³. */
const C = 0.4;

/** RFC 9438 §4.6: what is left of the window after a loss. */
const BETA = 0.7;

/** RFC 9438 §4.3: datagrams a round trip by which a flow of Reno's grows that shrinks by β. */
const RENO_GROWTH = (3 * (1 - BETA)) / (1 + BETA);

/** RFC 9438 §4.2: a window grows by half in a round trip at most. */
const TARGET_MAX = 1.5;

/** One stretch of congestion avoidance: RFC 9438 §4.1.2's epoch. */
interface Epoch {
  /** W_max, the level at which the curve is flat. */
  readonly plateauBytes: number;
  /** K: how long after the epoch's begin the curve reaches it. */
  readonly plateauAtMs: number;
  /** Time that counts: not that in which nothing was in flight (§5.8). */
  ageMs: number;
  lastAckedAtMs: number;
  /** W_est: the window that Reno would have. */
  renoBytes: number;
}

interface Reduced {
  readonly windowBytes: number;
  readonly thresholdBytes: number;
  readonly plateauBytes: number;
  readonly reducedFromBytes: number;
  readonly epoch: Epoch | undefined;
}

/** CUBIC (RFC 9438) with HyStart++ (RFC 9406) for the first slow start. */
export class Cubic implements CongestionController {
  readonly #recovery = new RecoveryPeriod();
  readonly #hystart = new HyStart();
  #datagramBytes: number;
  #windowBytes: number;
  #thresholdBytes = Infinity;
  /** W_max of the next epoch, 0 where no loss has shown one. */
  #plateauBytes = 0;
  /** The window before the last reduction. */
  #reducedFromBytes = 0;
  #epoch: Epoch | undefined;
  /** As it all was before the last reduction. */
  #before: Reduced | undefined;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#windowBytes = initialWindowBytes(datagramBytes);
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get isInSlowStart(): boolean {
    if (this.#isUntried) return !this.#hystart.isConservative;
    return this.#windowBytes < this.#thresholdBytes;
  }

  onSent(_now: number, packetNumber: number): void {
    this.#recovery.onSent(packetNumber);
  }

  onAcked(now: number, packet: InFlightPacket, rtt: Rtt, isWindowUsed: boolean): void {
    if (!this.#recovery.mayGrow(packet.number, isWindowUsed)) return;
    if (this.#isUntried) {
      this.#hystart.onAcked(packet.number, now - packet.sentAtMs, this.#recovery.newestSent);
      this.#growBy(packet.bytes / this.#hystart.growthDivisor);
      if (this.#hystart.isOver) this.#thresholdBytes = this.#windowBytes;
    } else if (this.#windowBytes < this.#thresholdBytes) {
      this.#growBy(packet.bytes);
    } else {
      this.#epoch ??= this.#beginEpoch(now);
      this.#growBy(this.#growthOf(this.#epoch, now, packet, rtt.smoothedMs));
    }
  }

  onLost(_now: number, packet: InFlightPacket): void {
    if (!this.#recovery.onLost(packet.number)) return;
    this.#before = {
      windowBytes: this.#windowBytes,
      thresholdBytes: this.#thresholdBytes,
      plateauBytes: this.#plateauBytes,
      reducedFromBytes: this.#reducedFromBytes,
      epoch: this.#epoch,
    };
    // A window that did not get back to the last plateau leaves room for others: §4.7.
    const isLower = this.#windowBytes < this.#plateauBytes;
    this.#plateauBytes = this.#windowBytes * (isLower ? (1 + BETA) / 2 : 1);
    this.#reducedFromBytes = this.#windowBytes;
    const reducedBytes = this.#windowBytes * BETA;
    this.#windowBytes = Math.max(reducedBytes, minimumWindowBytes(this.#datagramBytes));
    this.#thresholdBytes = this.#windowBytes;
    this.#epoch = undefined;
  }

  onPersistentCongestion(): void {
    this.#windowBytes = minimumWindowBytes(this.#datagramBytes);
    // The next epoch has its plateau where slow start ends: §4.8.
    this.#plateauBytes = 0;
    this.#epoch = undefined;
    this.#before = undefined;
  }

  onSpuriousLoss(_now: number, packetNumber: number): void {
    if (!this.#recovery.onSpuriousLoss(packetNumber) || this.#before === undefined) return;
    this.#windowBytes = Math.max(this.#windowBytes, this.#before.windowBytes);
    this.#thresholdBytes = this.#before.thresholdBytes;
    this.#plateauBytes = this.#before.plateauBytes;
    this.#reducedFromBytes = this.#before.reducedFromBytes;
    this.#epoch = this.#before.epoch;
    this.#before = undefined;
  }

  onDatagramSize(bytes: number): void {
    if (bytes === this.#datagramBytes) return;
    this.#datagramBytes = bytes;
    const leastBytes = this.#isUntried ? initialWindowBytes(bytes) : minimumWindowBytes(bytes);
    this.#windowBytes = Math.max(this.#windowBytes, leastBytes);
    // The curve is one of datagrams: it goes on from here in steps of the new size.
    this.#epoch = undefined;
  }

  /** Before the first loss, or before HyStart++ has found the bottleneck without one. */
  get #isUntried(): boolean {
    return this.#thresholdBytes === Infinity;
  }

  #growBy(bytes: number): void {
    this.#windowBytes = Math.min(this.#windowBytes + bytes, WINDOW_BYTES_MAX);
  }

  #beginEpoch(now: number): Epoch {
    const plateauBytes = Math.max(this.#plateauBytes, this.#windowBytes);
    const climbDatagrams = (plateauBytes - this.#windowBytes) / this.#datagramBytes;
    return {
      plateauBytes,
      plateauAtMs: 1000 * Math.cbrt(climbDatagrams / C),
      ageMs: 0,
      lastAckedAtMs: now,
      renoBytes: this.#windowBytes,
    };
  }

  /** RFC 9438 §4.2 to §4.5. */
  #growthOf(epoch: Epoch, now: number, packet: InFlightPacket, roundTripMs: number): number {
    epoch.ageMs += now - Math.max(packet.sentAtMs, epoch.lastAckedAtMs);
    epoch.lastAckedAtMs = now;
    const windowBytes = this.#windowBytes;
    const share = packet.bytes / windowBytes;
    const renoGrowth = epoch.renoBytes < this.#reducedFromBytes ? RENO_GROWTH : 1;
    epoch.renoBytes += renoGrowth * this.#datagramBytes * share;
    if (this.#curveBytes(epoch, epoch.ageMs) < epoch.renoBytes) {
      return Math.max(0, epoch.renoBytes - windowBytes);
    }
    const targetBytes = this.#curveBytes(epoch, epoch.ageMs + roundTripMs);
    return Math.max(0, Math.min(targetBytes, TARGET_MAX * windowBytes) - windowBytes) * share;
  }

  /** W_cubic. */
  #curveBytes(epoch: Epoch, ageMs: number): number {
    const fromPlateauS = (ageMs - epoch.plateauAtMs) / 1000;
    return epoch.plateauBytes + C * fromPlateauS ** 3 * this.#datagramBytes;
  }
}
