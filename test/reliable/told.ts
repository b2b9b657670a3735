import type { CongestionController, InFlightPacket } from "../../lib/reliable/congestion.ts";

/** A window that stays as it is, and what a sender tells its controller, number by number. */
export class Told implements CongestionController {
  windowBytes = 1_000_000;
  isInSlowStart = false;
  datagramBytes: number;
  readonly sent: number[] = [];
  readonly acked: number[] = [];
  /** Of these, the ones that arrived while the window was what limited sending. */
  readonly ackedInUse: number[] = [];
  readonly lost: number[] = [];
  readonly spurious: number[] = [];
  persistentCount = 0;

  constructor(datagramBytes: number) {
    this.datagramBytes = datagramBytes;
  }

  onSent(_now: number, packetNumber: number): void {
    this.sent.push(packetNumber);
  }

  onAcked(_now: number, packet: InFlightPacket, _rtt: unknown, isWindowUsed: boolean): void {
    this.acked.push(packet.number);
    if (isWindowUsed) this.ackedInUse.push(packet.number);
  }

  onLost(_now: number, packet: InFlightPacket): void {
    this.lost.push(packet.number);
  }

  onPersistentCongestion(): void {
    this.persistentCount += 1;
  }

  onSpuriousLoss(_now: number, packetNumber: number): void {
    this.spurious.push(packetNumber);
  }

  onDatagramSize(bytes: number): void {
    this.datagramBytes = bytes;
  }
}
