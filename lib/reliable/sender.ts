import type { Writer } from "../base/bytes.ts";
import { type AckFrame, PING_BYTES, paddedPing, writeFrame } from "../wire/frames.ts";
import { TRANSPORT_OVERHEAD_BYTES } from "../wire/packet.ts";
import type { CongestionController } from "./congestion.ts";
import { LossDetector } from "./loss.ts";
import { PathMtu } from "./mtu.ts";
import type { Outgoing } from "./outgoing.ts";
import { Pacer } from "./pacer.ts";
import { Rtt } from "./rtt.ts";
import { type SentPacket, SentPackets, type StreamRange } from "./sent.ts";

/** RFC 9002 §6.2.4: two probes, so that a single loss does not cost the next timeout too. */
const PROBES_PER_TIMEOUT = 2;

/**
 * Backoff stops here, or at so many round trips. Two probes a second harm no path, and a chat whose
 * path comes back is alive again within this time; and no single answer that was seconds late makes
 * a session wait so long that the next losses end it.
 */
export const PROBE_INTERVAL_MS_MAX = 1000;
const PROBE_ROUND_TRIPS_MAX = 2;

/** RFC 9002 §7.6.1: nothing arrives for so many probe timeouts. */
const PERSISTENT_CONGESTION_THRESHOLD = 3;

/**
 * With fewer packets under way than this, the receiver would wait for more before it acknowledges:
 * it is asked for it when the window lets no more leave.
 */
const FEW_PACKETS = 16;

/**
 * Packets that may be in flight, however small: what is known of each takes 200 bytes. The largest
 * congestion window, 8 MiB, has 6990 of 1200 bytes.
 */
export const PACKETS_IN_FLIGHT_MAX = 2 ** 13;

const NO_RANGES: readonly StreamRange[] = [];

export interface SenderOptions {
  readonly now: number;
  /** No datagram is ever larger, whatever the path carries. */
  readonly datagramBytesMax: number;
  /** Made anew for each path, for datagrams of the size given. */
  readonly congestion: (datagramBytes: number) => CongestionController;
}

/** What a packet carries besides the streams' data. */
export interface PacketFacts {
  readonly number: number;
  /** Highest packet number that it acknowledges, −1 if none. */
  readonly acknowledges: number;
  /** The windows that it tells of, a bit for each. */
  readonly windows: number;
}

/** When packets leave, which of them are lost, and what is to be sent again: RFC 9002. */
export class Sender {
  readonly #outgoing: Outgoing;
  readonly #makeController: SenderOptions["congestion"];
  readonly #sent = new SentPackets();
  #rtt = new Rtt();
  /** These three are undefined after a rest, until they are needed again. */
  #loss: LossDetector | undefined;
  #controller: CongestionController | undefined;
  #pacer: Pacer | undefined;
  #mtu: PathMtu;
  #wantsPing = false;
  #probesDue = 0;
  #probeTimeouts = 0;
  #lastSentAtMs: number;
  #acknowledgedTo = -1;
  #acknowledgedSentAtMs = -Infinity;
  #ordinal = 0;
  #lostWindows = 0;
  /** When the pacer lets the next packet leave; Infinity where nothing waits for it. */
  #releaseAtMs = Infinity;
  /** Whether the window was what kept packets from leaving. */
  #isWindowUsed = false;
  /** A packet was as large as it may be: larger ones would be of use. */
  #isMtuUsed = false;

  constructor(outgoing: Outgoing, options: SenderOptions) {
    this.#outgoing = outgoing;
    this.#makeController = options.congestion;
    this.#mtu = new PathMtu(options.datagramBytesMax);
    this.#controller = options.congestion(this.#mtu.bytes);
    this.#lastSentAtMs = options.now;
  }

  get rtt(): Rtt {
    return this.#rtt;
  }

  get congestion(): CongestionController {
    return (this.#controller ??= this.#makeController(this.#mtu.bytes));
  }

  get inFlightBytes(): number {
    return this.#sent.bytes;
  }

  /** How many bytes of frames one packet takes on this path. */
  get frameBytesMax(): number {
    return this.#mtu.bytes - TRANSPORT_OVERHEAD_BYTES;
  }

  get probeTimeouts(): number {
    return this.#probeTimeouts;
  }

  get unacknowledgedSinceMs(): number {
    return this.#sent.oldest?.sentAtMs ?? Infinity;
  }

  /** Highest packet number that the peer knows to be acknowledged, −1 before the first. */
  get acknowledgedTo(): number {
    return this.#acknowledgedTo;
  }

  /** When the newest packet left that the peer has acknowledged; −Infinity before the first. */
  get acknowledgedSentAtMs(): number {
    return this.#acknowledgedSentAtMs;
  }

  /** When `handleTimeout` or another packet is due. */
  get dueAtMs(): number {
    return Math.min(this.#releaseAtMs, this.#timeoutAtMs);
  }

  ping(): void {
    this.#wantsPing = true;
  }

  /** As if the timer had run out, which starts anew: what the peer may lack is sent again. */
  probe(now: number): void {
    if (this.#sent.isEmpty) this.#wantsPing = true;
    else this.#onProbeTimeout(now);
  }

  /** Whether there is something to send, `hasMore` included, and it may leave now. */
  isReady(now: number, hasMore: boolean): boolean {
    this.#releaseAtMs = Infinity;
    if (this.#probesDue > 0) return true;
    this.#isWindowUsed = false;
    if (!this.#wantsPing && !hasMore && !this.#outgoing.hasPending) return false;
    const bytes = this.#mtu.bytes;
    const packets = this.#sent.end - this.#sent.first;
    const isFull = packets >= PACKETS_IN_FLIGHT_MAX;
    const hasRoom = !isFull && this.#sent.bytes + bytes <= this.congestion.windowBytes;
    this.#isWindowUsed = !hasRoom;
    if (!hasRoom) return false;
    const { windowBytes, isInSlowStart } = this.congestion;
    this.#pacer ??= new Pacer();
    const releaseAtMs = this.#pacer.releaseAtMs(now, bytes, windowBytes, this.#rtt, isInSlowStart);
    if (releaseAtMs <= now) return true;
    this.#releaseAtMs = releaseAtMs;
    // What the pacer holds back is the window's doing.
    this.#isWindowUsed = true;
    return false;
  }

  /** Fills a packet that may hold frames already. */
  writeFrames(now: number, writer: Writer, bytesMax: number, facts: PacketFacts): void {
    // From the second timeout on the last probe is small: if only it arrives, size is the reason.
    const isSmall = this.#probesDue === 1 && this.#probeTimeouts > 1;
    if (this.#probesDue > 0 && !isSmall) {
      this.#repeatOldest(PROBES_PER_TIMEOUT - this.#probesDue);
    }
    const before = writer.length;
    const ranges = isSmall ? NO_RANGES : this.#outgoing.writeFrames(writer, bytesMax - PING_BYTES);
    this.#isMtuUsed ||= writer.length >= bytesMax - 2 * PING_BYTES;
    const isEmpty = writer.length === before && facts.windows === 0;
    const isAsked = this.#wantsPing || this.#probesDue > 0 || isEmpty;
    if (isAsked || (ranges.length > 0 && this.#isLast(writer.length))) {
      writeFrame(writer, { kind: "ping" });
    }
    // Also a second bare ping: where each way loses a third, one alone fails every second time.
    this.#probesDue = Math.max(0, this.#probesDue - 1);
    this.#wantsPing = false;
    this.#onSent(now, writer.length, facts, ranges, false);
  }

  /** A packet that tries out a size the path may carry, undefined when none is due. */
  pollMtuProbe(now: number, number: number): Uint8Array | undefined {
    const isUseful = this.#isMtuUsed && this.#rtt.isMeasured && this.#probesDue === 0;
    if (!isUseful || now < this.#mtu.probeDueAtMs) return undefined;
    if (this.#sent.bytes + this.#mtu.bytes > this.congestion.windowBytes) return undefined;
    const bytes = this.#mtu.pollProbe(now);
    if (bytes === undefined) return undefined;
    const frames = paddedPing(bytes - TRANSPORT_OVERHEAD_BYTES);
    const facts = { number, acknowledges: -1, windows: 0 };
    this.#onSent(now, frames.length, facts, NO_RANGES, true);
    return frames;
  }

  /** Packets that are not in flight are passed over: lost ones, mere acks, the caller's own. */
  handleAck(now: number, frame: AckFrame): void {
    const loss = (this.#loss ??= new LossDetector());
    for (const number of loss.takeSpurious(frame.ranges)) {
      this.congestion.onSpuriousLoss(now, number);
    }
    const acked = this.#sent.takeAcked(frame.ranges);
    const newest = acked.at(-1);
    if (newest === undefined) return;
    this.#acknowledgedSentAtMs = Math.max(this.#acknowledgedSentAtMs, newest.sentAtMs);
    const largest = frame.ranges[0]?.last ?? newest.number;
    const wasMeasured = this.#rtt.isMeasured;
    if (newest.number === largest) {
      this.#rtt.onSample(now - newest.sentAtMs, frame.delayUs / 1000);
    }
    for (const packet of acked) this.#onAcked(now, packet);
    this.#probeTimeouts = 0;
    this.#probesDue = 0;
    loss.onAcked(largest, newest.ordinal);
    this.#declareLost(now, loss, wasMeasured);
  }

  handleTimeout(now: number): void {
    if (now < this.#timeoutAtMs) return;
    if (this.#loss !== undefined && this.#loss.dueAtMs <= now) {
      this.#declareLost(now, this.#loss, true);
      return;
    }
    this.#onProbeTimeout(now);
  }

  /** The system refused a packet for its size, which only one that tries a size out can have. */
  onTooBig(now: number): void {
    for (const packet of this.#sent.takeMtuProbes()) {
      this.#mtu.onProbeLost(now, packet.bytes);
    }
  }

  /** No datagram of the path that is in use, or about to be, may be larger. */
  setDatagramBytesMax(bytes: number): void {
    if (bytes === this.#mtu.bytesMax) return;
    this.#mtu = new PathMtu(bytes);
    this.congestion.onDatagramSize(this.#mtu.bytes);
  }

  /** Nothing is known of the new path, and all that was under way on the old one is repeated. */
  onPathChanged(): void {
    this.#rtt = new Rtt();
    this.#mtu = new PathMtu(this.#mtu.bytesMax);
    this.#controller = this.#makeController(this.#mtu.bytes);
    this.#pacer = undefined;
    this.#isMtuUsed = false;
    this.#probeTimeouts = 0;
    this.#probesDue = 0;
    // A ping is not repeated where it was lost: what was acknowledged after it says as much.
    this.#wantsPing ||= !this.#sent.isEmpty;
    for (const packet of this.#sent.takeAll()) this.#repeat(packet);
    this.#loss?.onCleared();
  }

  /** Nothing is expected for a while, when what the path had room for is no guide. RFC 5681 §4.1 */
  rest(): void {
    if (!this.#sent.isEmpty) return;
    this.#controller = undefined;
    this.#pacer = undefined;
    if (this.#loss?.hasLearnt === true) this.#loss.onCleared();
    else this.#loss = undefined;
  }

  /** The windows, a bit for each, of which packets that are lost have told; asked once. */
  takeLostWindows(): number {
    const lost = this.#lostWindows;
    this.#lostWindows = 0;
    return lost;
  }

  /** RFC 9002 §6.2.4. */
  #onProbeTimeout(now: number): void {
    const oldest = this.#sent.oldest;
    const before = this.#mtu.bytes;
    // What was sent last repeated the oldest, or its like, and was not heard of either.
    const isJudged = oldest !== undefined && !oldest.isMtuProbe;
    if (isJudged) this.#mtu.onLost(now, oldest.bytes, this.#lastSentAtMs);
    if (this.#mtu.bytes !== before) this.congestion.onDatagramSize(this.#mtu.bytes);
    for (let place = this.#sent.first; place < this.#sent.end; place++) {
      this.#lostWindows |= this.#sent.at(place)?.windows ?? 0;
    }
    this.#probeTimeouts += 1;
    this.#probesDue = PROBES_PER_TIMEOUT;
  }

  get #timeoutAtMs(): number {
    const lossAtMs = this.#loss?.dueAtMs ?? Infinity;
    if (lossAtMs !== Infinity) return lossAtMs;
    if (this.#sent.isEmpty) return Infinity;
    const backedOffMs = this.#rtt.probeTimeoutMs * 2 ** this.#probeTimeouts;
    const longestMs = Math.max(PROBE_INTERVAL_MS_MAX, PROBE_ROUND_TRIPS_MAX * this.#rtt.smoothedMs);
    return this.#lastSentAtMs + Math.min(backedOffMs, longestMs);
  }

  /** Whether nothing follows a packet of these frames before something is acknowledged. */
  #isLast(frameBytes: number): boolean {
    if (!this.#outgoing.hasPending) return true;
    const inFlight = this.#sent.bytes + frameBytes + TRANSPORT_OVERHEAD_BYTES;
    if (inFlight + this.#mtu.bytes <= this.congestion.windowBytes) return false;
    return inFlight < FEW_PACKETS * this.#mtu.bytes;
  }

  #onSent(
    now: number,
    frameBytes: number,
    { number, acknowledges, windows }: PacketFacts,
    ranges: readonly StreamRange[],
    isMtuProbe: boolean,
  ): void {
    const bytes = frameBytes + TRANSPORT_OVERHEAD_BYTES;
    const ordinal = this.#ordinal++;
    this.#lastSentAtMs = now;
    this.#sent.add({
      number,
      ordinal,
      sentAtMs: now,
      bytes,
      ranges,
      acknowledges,
      windows,
      isMtuProbe,
    });
    this.congestion.onSent(now, number);
    this.#pacer?.onSent(now, bytes);
  }

  /** Queues again what a packet carries: the oldest with data the peer lacks, but for `skipped`. */
  #repeatOldest(skipped: number): void {
    let chosen: SentPacket | undefined;
    let left = skipped;
    for (let place = this.#sent.first; place < this.#sent.end; place++) {
      const packet = this.#sent.at(place);
      if (packet === undefined || !this.#isMissed(packet)) continue;
      chosen = packet;
      if (left === 0) break;
      left -= 1;
    }
    if (chosen !== undefined) this.#repeat(chosen);
  }

  #isMissed(packet: SentPacket): boolean {
    return packet.windows !== 0 || packet.ranges.some((range) => this.#outgoing.isMissed(range));
  }

  #onAcked(now: number, packet: SentPacket): void {
    this.#acknowledgedTo = Math.max(this.#acknowledgedTo, packet.acknowledges);
    this.congestion.onAcked(now, packet, this.#rtt, this.#isWindowUsed);
    for (const range of packet.ranges) this.#outgoing.onAcked(range);
    if (packet.isMtuProbe) {
      this.#mtu.onProbeAcked(now, packet.bytes);
      this.congestion.onDatagramSize(this.#mtu.bytes);
    } else {
      this.#mtu.onAcked(packet.bytes, packet.sentAtMs);
    }
  }

  /** `wasMeasured`: what is lost left after a round trip was known. */
  #declareLost(now: number, loss: LossDetector, wasMeasured: boolean): void {
    const before = this.#mtu.bytes;
    const lost = loss.takeLost(now, this.#sent, this.#rtt);
    for (const packet of lost) {
      this.#repeat(packet);
      if (packet.isMtuProbe) {
        this.#mtu.onProbeLost(now, packet.bytes);
      } else {
        this.#mtu.onLost(now, packet.bytes, packet.sentAtMs);
        this.congestion.onLost(now, packet);
      }
    }
    if (wasMeasured && this.#isPersistent(lost)) this.congestion.onPersistentCongestion(now);
    if (this.#mtu.bytes !== before) this.congestion.onDatagramSize(this.#mtu.bytes);
  }

  /** RFC 9002 §7.6.2: losses in a row, none acknowledged between, that span several timeouts. */
  #isPersistent(lost: readonly SentPacket[]): boolean {
    if (lost.length < 2) return false;
    const spanMs = PERSISTENT_CONGESTION_THRESHOLD * this.#rtt.probeTimeoutMs;
    let firstAtMs = Infinity;
    let lastOrdinal = -Infinity;
    for (const { ordinal, sentAtMs, isMtuProbe } of lost) {
      if (ordinal !== lastOrdinal + 1) firstAtMs = Infinity;
      lastOrdinal = ordinal;
      if (isMtuProbe) continue;
      firstAtMs = Math.min(firstAtMs, sentAtMs);
      if (sentAtMs - firstAtMs > spanMs) return true;
    }
    return false;
  }

  #repeat(packet: SentPacket): void {
    this.#lostWindows |= packet.windows;
    for (const range of packet.ranges) this.#outgoing.onLost(range);
  }
}
