import {
  type CongestionController,
  type InFlightPacket,
  initialWindowBytes,
  minimumWindowBytes,
  WINDOW_BYTES_MAX,
} from "./congestion.ts";
import { RecoveryPeriod } from "./recovery.ts";
import type { Rtt } from "./rtt.ts";

/** RFC 9002 §7.3.2. */
const REDUCTION = 1 / 2;

interface Reduced {
  readonly windowBytes: number;
  readonly thresholdBytes: number;
}

/** The controller of RFC 9002 §7: what any other must not do worse than. */
export class NewReno implements CongestionController {
  readonly #recovery = new RecoveryPeriod();
  #datagramBytes: number;
  #windowBytes: number;
  #thresholdBytes = Infinity;
  /** As it was before the last reduction. */
  #before: Reduced | undefined;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#windowBytes = initialWindowBytes(datagramBytes);
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get isInSlowStart(): boolean {
    return this.#windowBytes < this.#thresholdBytes;
  }

  onSent(_now: number, packetNumber: number): void {
    this.#recovery.onSent(packetNumber);
  }

  onAcked(_now: number, packet: InFlightPacket, _rtt: Rtt, isWindowUsed: boolean): void {
    if (!this.#recovery.mayGrow(packet.number, isWindowUsed)) return;
    const bytes = this.isInSlowStart
      ? packet.bytes
      : (this.#datagramBytes * packet.bytes) / this.#windowBytes;
    this.#windowBytes = Math.min(this.#windowBytes + bytes, WINDOW_BYTES_MAX);
  }

  onLost(_now: number, packet: InFlightPacket): void {
    if (!this.#recovery.onLost(packet.number)) return;
    this.#before = { windowBytes: this.#windowBytes, thresholdBytes: this.#thresholdBytes };
    const reducedBytes = this.#windowBytes * REDUCTION;
    this.#windowBytes = Math.max(reducedBytes, minimumWindowBytes(this.#datagramBytes));
    this.#thresholdBytes = this.#windowBytes;
  }

  onPersistentCongestion(): void {
    this.#windowBytes = minimumWindowBytes(this.#datagramBytes);
    this.#before = undefined;
  }

  onSpuriousLoss(_now: number, packetNumber: number): void {
    if (!this.#recovery.onSpuriousLoss(packetNumber) || this.#before === undefined) return;
    this.#windowBytes = Math.max(this.#windowBytes, this.#before.windowBytes);
    this.#thresholdBytes = this.#before.thresholdBytes;
    this.#before = undefined;
  }

  onDatagramSize(bytes: number): void {
    if (bytes === this.#datagramBytes) return;
    this.#datagramBytes = bytes;
    const isUntried = this.#thresholdBytes === Infinity;
    const leastBytes = isUntried ? initialWindowBytes(bytes) : minimumWindowBytes(bytes);
    this.#windowBytes = Math.max(this.#windowBytes, leastBytes);
  }
}
