import { type Address, addressScope } from "../base/address.ts";
import { compareBytes, toHex } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import type { Ahead } from "../paths/probing.ts";
import { OPENER_TTL, Punch, type PunchOutput } from "../paths/punch.ts";
import { PunchBudget } from "../paths/punchbudget.ts";
import type { Tactic } from "../paths/tactics.ts";
import type { Card } from "../wire/card.ts";
import { encodePacket, type Packet, type Side } from "../wire/packet.ts";
import type { Attempt } from "./attempt.ts";
import { type Datagram, MAIN_SOCKET, type SocketId, type SocketState } from "./machine.ts";
import type { SideSockets } from "./sidesockets.ts";

/** What an introduction tells besides the candidates. */
export interface Meeting {
  readonly token: Uint8Array;
  /** What is worth doing besides calling. */
  readonly tactic: Tactic | undefined;
  /** Where the other side is seen from outside. */
  readonly seenAt: Address | undefined;
  /** Its router gives away the port of whoever calls before it has called. */
  readonly opensFirst: boolean;
  /** Somebody who is known, is sought by the person here, or is said to share a room. */
  readonly isTrusted: boolean;
  /** See `Occasion`; undefined where nobody says so. */
  readonly isTurn: boolean | undefined;
}

/**
 * What opens one's own router goes ahead of the call by so much: two introductions that are sent at
 * one time arrive within it, as far as chance delays go.
 */
const OPEN_FIRST_MS = 15;

export type PunchPacket = Extract<Packet, { kind: "punch" }>;

export interface MeetingsOptions {
  readonly now: number;
  readonly random: Random;
  readonly ownCard: Card;
  readonly sockets: SideSockets;
}

/** What the calls that are under way do besides: they punch, and know the other side's punches. */
export class Meetings {
  readonly #options: MeetingsOptions;
  readonly #budget: PunchBudget;
  readonly #byToken = new Map<string, Attempt>();
  /** By those that are under way. */
  #socketsHeld = 0;

  constructor(options: MeetingsOptions) {
    this.#options = options;
    this.#budget = new PunchBudget(options.now);
  }

  /**
   * The call goes to who was introduced so; what is under way is not begun anew. Returns what goes
   * ahead of it.
   */
  begin(
    now: number,
    attempt: Attempt,
    meeting: Meeting | undefined,
    candidates: readonly Address[],
  ): Datagram[] {
    if (meeting === undefined) return [];
    const { token, opensFirst } = meeting;
    this.#forgetToken(attempt);
    const key = toHex(token);
    const bytes = encodePacket({ kind: "punch", token, sender: this.#sideIn(attempt) });
    attempt.meeting = { key, bytes };
    this.#byToken.set(key, attempt);
    this.#punch(now, attempt, meeting);
    if (!opensFirst) return [];
    const far = candidates.filter((address) => addressScope(address) === "public");
    for (const _ of far) attempt.trail.onPunch();
    if (far.length > 0) attempt.trail.note(now, "opened the way with few hops, ahead of the call");
    return far.map((to) => ({ socket: MAIN_SOCKET, to, bytes, ttl: OPENER_TTL }));
  }

  #punch(now: number, attempt: Attempt, { tactic, seenAt, isTrusted, isTurn }: Meeting): void {
    if (tactic === undefined || seenAt === undefined) return;
    const { punch } = attempt;
    if (punch?.isBusyWith(now, tactic) === true) return;
    const socketsHeld = this.#socketsHeld - (punch?.cost.sockets ?? 0);
    const beginAtMs = this.#budget.take(now, { tactic, socketsHeld, isTrusted, isTurn });
    if (beginAtMs === undefined) return;
    this.#endPunch(attempt);
    const { random, sockets } = this.#options;
    attempt.trail.onTactic(now, tactic);
    const known = { socket: MAIN_SOCKET, remote: seenAt };
    const takeSocket = (): SocketId => sockets.take();
    attempt.punch = new Punch({ beginAtMs, random, tactic, known, takeSocket });
    this.#socketsHeld += attempt.punch.cost.sockets;
  }

  /** The call that a punch of its other side belongs to; undefined for anybody else's. */
  of({ token, sender }: PunchPacket): Attempt | undefined {
    const attempt = this.#byToken.get(toHex(token));
    return attempt !== undefined && sender !== this.#sideIn(attempt) ? attempt : undefined;
  }

  /** The call has come to its end; a session of it claims the socket that it is on. */
  end(attempt: Attempt): void {
    this.#forgetToken(attempt);
    this.#endPunch(attempt);
  }

  #forgetToken(attempt: Attempt): void {
    const key = attempt.meeting?.key;
    if (key !== undefined && this.#byToken.get(key) === attempt) this.#byToken.delete(key);
  }

  #endPunch(attempt: Attempt): void {
    if (attempt.punch === undefined) return;
    this.#options.sockets.releaseAll(attempt.punch);
    this.#socketsHeld -= attempt.punch.cost.sockets;
    attempt.punch = undefined;
  }

  /** Whether the socket is of one of these calls. */
  handleSocket(
    attempts: Iterable<Attempt>,
    socket: SocketId,
    state: SocketState,
  ): Attempt | undefined {
    for (const attempt of attempts) {
      const { punch } = attempt;
      if (state.step === "opened" && punch?.handleOpened(socket) === true) return attempt;
      if (state.step === "failed" && punch?.handleFailed(socket) === true) return attempt;
    }
    return undefined;
  }

  /** What this call punches now. */
  takePunches(now: number, attempt: Attempt): Datagram[] {
    const { punch, meeting, trail } = attempt;
    const punches: Datagram[] = [];
    if (punch === undefined || meeting === undefined) return punches;
    for (let output = punch.pollOutput(now); output !== undefined;) {
      if (output.kind === "punch") {
        trail.onPunch();
        punches.push(datagramOf(output, meeting.bytes));
      } else this.#options.sockets.open(output.socket, punch, output.port);
      output = punch.pollOutput(now);
    }
    if (now >= punch.endAtMs) this.#endPunch(attempt);
    return punches;
  }

  #sideIn({ card }: Attempt): Side {
    return compareBytes(this.#options.ownCard.noiseKey, card.noiseKey) < 0 ? "lower" : "higher";
  }
}

/** Of what goes ahead of a call, to the introduction that pays for both. */
export function costOf(ahead: readonly Datagram[]): Ahead {
  const bytes = ahead.reduce((sum, datagram) => sum + datagram.bytes.length, 0);
  const waitMs = ahead.length > 0 ? OPEN_FIRST_MS : 0;
  return { datagrams: ahead.length, bytes, waitMs };
}

function datagramOf(
  { way, ttl }: Extract<PunchOutput, { kind: "punch" }>,
  bytes: Uint8Array,
): Datagram {
  const hops = ttl === undefined ? {} : { ttl };
  return { socket: way.socket, to: way.remote, bytes, ...hops };
}
