import type { CongestionController, InFlightPacket } from "../../lib/reliable/congestion.ts";
import { Rtt } from "../../lib/reliable/rtt.ts";
import { DATAGRAM_BYTES } from "./bottleneck.ts";

/** Drives a controller packet by packet, or a full window and round trip at a time. */
export class Rounds {
  now = 0;
  readonly rtt = new Rtt();
  readonly controller: CongestionController;
  #nextNumber = 0;

  constructor(controller: CongestionController) {
    this.controller = controller;
  }

  get windowDatagrams(): number {
    return this.controller.windowBytes / DATAGRAM_BYTES;
  }

  send(count: number): InFlightPacket[] {
    const packets: InFlightPacket[] = [];
    for (let i = 0; i < count; i++) {
      packets.push({ number: this.#nextNumber, sentAtMs: this.now, bytes: DATAGRAM_BYTES });
      this.controller.onSent(this.now, this.#nextNumber);
      this.#nextNumber += 1;
    }
    return packets;
  }

  ack(packets: readonly InFlightPacket[], isWindowUsed = true): void {
    for (const packet of packets) {
      this.rtt.onSample(this.now - packet.sentAtMs, 0);
      this.controller.onAcked(this.now, packet, this.rtt, isWindowUsed);
    }
  }

  lose(packets: readonly InFlightPacket[]): void {
    for (const packet of packets) this.controller.onLost(this.now, packet);
  }

  takeBack(packets: readonly InFlightPacket[]): void {
    for (const { number } of packets) this.controller.onSpuriousLoss(this.now, number);
  }

  /** Full windows, of which all arrives. */
  run(count: number, roundTripMs: number): void {
    for (let i = 0; i < count; i++) {
      const packets = this.send(Math.floor(this.windowDatagrams));
      this.now += roundTripMs;
      this.ack(packets);
    }
  }

  /** A single loss out of a full window, whose other packets arrive. */
  runWithLoss(roundTripMs: number): void {
    const [first, ...others] = this.send(Math.floor(this.windowDatagrams));
    this.now += roundTripMs;
    if (first !== undefined) this.lose([first]);
    this.ack(others);
  }
}
