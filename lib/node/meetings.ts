import { type Address, addressScope } from "../base/address.ts";
import { toHex } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import type { Ahead } from "../paths/probing.ts";
import { OPENER_TTL, Punch, type PunchOutput, sourcePort } from "../paths/punch.ts";
import { PunchBudget } from "../paths/punchbudget.ts";
import type { Tactic } from "../paths/tactics.ts";
import type { Card } from "../wire/card.ts";
import { encodePacket, type Packet, type Side } from "../wire/packet.ts";
import type { Attempt } from "./attempt.ts";
import { type Datagram, MAIN_SOCKET, type SocketId, type SocketState } from "./machine.ts";
import { sideOf } from "./side.ts";
import type { SideSockets } from "./sidesockets.ts";

/** What an introduction tells besides the candidates. */
export interface Meeting {
  readonly by: Introducer;
  readonly token: Uint8Array;
  /** What is worth doing besides calling. */
  readonly tactic: Tactic | undefined;
  /** Where the other side is seen from outside. */
  readonly seenAt: Address | undefined;
  /** The socket that the other side sees. */
  readonly socket: SocketId;
  /** Its router gives away the port of whoever calls before it has called. */
  readonly opensFirst: boolean;
  /** Somebody who is known, is sought by the person here, or is said to share a room. */
  readonly isTrusted: boolean;
  /** See `Occasion`; undefined where nobody says so. */
  readonly isTurn: boolean | undefined;
  readonly waitMs: number;
  /** So many ms later than the call it begins to punch. */
  readonly headStartMs: number;
  /** It is to lead to another path for a session whose own is well. */
  readonly isSuccession: boolean;
}

/**
 * What opens one's own router goes ahead of the call by so much: two introductions that are sent at
 * one time arrive within it, as far as chance delays go.
 */
const OPEN_FIRST_MS = 10;

/** Who introduces: each has a token of its own for the same two, and members are many. */
export type Introducer = "server" | "member";

/** More than the introductions by members that are followed of one peer while it is searched. */
const MEMBERS_TOKENS_MAX = 8;
const TOKENS_MAX: Readonly<Record<Introducer, number>> = { server: 1, member: MEMBERS_TOKENS_MAX };

/** What the other side's punches are known by, and one of this side's. */
export interface Tokens {
  /** Of one kind of introducer the oldest first. */
  readonly keys: readonly { readonly by: Introducer; readonly key: string }[];
  readonly bytes: Uint8Array;
}

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
    const { punch: before, meeting: known } = attempt;
    this.#punch(now, attempt, meeting);
    const goesOn = before !== undefined && attempt.punch === before && !before.isSpent(now);
    const bytes = encodePacket({
      kind: "punch",
      token: meeting.token,
      sender: this.#sideIn(attempt),
    });
    const keys = this.#learn(attempt, meeting);
    // The other side may have heard of the introduction by which it began alone.
    attempt.meeting = { keys, bytes: goesOn && known !== undefined ? known.bytes : bytes };
    if (!meeting.opensFirst) return [];
    const far = candidates.filter((address) => addressScope(address) === "public");
    for (const _ of far) attempt.trail.onPunch();
    if (far.length > 0) attempt.trail.note(now, "opened the way with few hops, ahead of the call");
    return far.map((to) => ({ socket: MAIN_SOCKET, to, bytes, ttl: OPENER_TTL }));
  }

  #punch(now: number, attempt: Attempt, meeting: Meeting): void {
    const { tactic, seenAt, isTrusted, isTurn, waitMs, headStartMs } = meeting;
    if (tactic === undefined || seenAt === undefined) return;
    const { punch } = attempt;
    if (punch?.isBusyWith(now, tactic) === true) return;
    const socketsHeld = this.#socketsHeld - (punch?.cost.sockets ?? 0);
    const wish = { tactic, socketsHeld, isTrusted, isTurn, waitMs, headStartMs };
    const beginAtMs = this.#budget.take(now, wish);
    if (beginAtMs === undefined) return;
    const { random, sockets } = this.#options;
    attempt.trail.onTactic(now, tactic);
    const known = { socket: meeting.socket, remote: seenAt };
    const takeSocket = (): SocketId => sockets.take();
    const port = sourcePort(tactic);
    const source = port === undefined ? undefined : sockets.boundTo(port);
    const next = new Punch({ beginAtMs, random, tactic, known, takeSocket, source });
    if (source !== undefined) sockets.claim(source, next);
    this.#endPunch(attempt);
    attempt.punch = next;
    this.#socketsHeld += next.cost.sockets;
  }

  /** The call that a punch of its other side belongs to; undefined for anybody else's. */
  of({ token, sender }: PunchPacket): Attempt | undefined {
    const attempt = this.#byToken.get(toHex(token));
    return attempt !== undefined && sender !== this.#sideIn(attempt) ? attempt : undefined;
  }

  /** The call has come to its end; a session of it claims the socket that it is on. */
  end(attempt: Attempt): void {
    for (const { key } of attempt.meeting?.keys ?? []) this.#forget(attempt, key);
    this.#endPunch(attempt);
  }

  /** Beyond the limit a token takes the place of the oldest of its kind, and of no other. */
  #learn(attempt: Attempt, { by, token }: Meeting): Tokens["keys"] {
    const key = toHex(token);
    const known = attempt.meeting?.keys.filter((it) => it.key !== key) ?? [];
    const alike = known.filter((it) => it.by === by);
    const gone = new Set(alike.slice(0, Math.max(0, alike.length + 1 - TOKENS_MAX[by])));
    for (const it of gone) this.#forget(attempt, it.key);
    this.#byToken.set(key, attempt);
    return [...known.filter((it) => !gone.has(it)), { by, key }];
  }

  #forget(attempt: Attempt, key: string): void {
    if (this.#byToken.get(key) === attempt) this.#byToken.delete(key);
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
    return sideOf(this.#options.ownCard, card);
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
