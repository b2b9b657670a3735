import { addressOf, hostOf, portOf } from "../base/address.ts";
import type { Random } from "../base/random.ts";
import { shuffledPorts } from "./ports.ts";
import type { Tactic } from "./tactics.ts";
import { Volley } from "./volley.ts";
import type { Way } from "./way.ts";

/**
 * Hops after which what only opens one's own router dies: beyond one's own routers, a carrier's
 * among them, and short of the other's. One that let nobody in yet would give later packets from
 * the same place another port.
 */
export const OPENER_TTL = 4;

/** When probes to a few ports leave again, ms after the first: one may be lost, or be early. */
const PREDICTION_ROUNDS_MS: readonly number[] = [0, 150];
const MEETING_ROUNDS_MS: readonly number[] = [0, 100, 250, 500];

/**
 * Where a new socket calls, and is called: the first has few hops, that neither router hears of the
 * other before its own side has called.
 */
const FRESH_ROUNDS_MS: readonly number[] = [0, 40, 120, 300];

/** How long the other side searches for sockets of which there are few, or many. */
const FEW_SOCKETS = 4;
const FEW_SEARCHED_MS = 400;
const MANY_SEARCHED_MS = 5_000;

/** So long after the beginning of what is soon done the other side may still answer. */
const LINGER_MS = 2_000;

/** After the other side was heard, the handshake has so long before all begins anew. */
const ANSWERED_MS = 3_000;

export type PunchOutput =
  /** With the port that it is to be bound to, where that matters. */
  | { readonly kind: "open"; readonly socket: number; readonly port: number | undefined }
  | { readonly kind: "punch"; readonly way: Way; readonly ttl: number | undefined };

export interface Cost {
  readonly sockets: number;
  readonly packets: number;
}

export interface PunchOptions {
  /** Nothing is done before. */
  readonly beginAtMs: number;
  readonly random: Random;
  readonly tactic: Tactic;
  /** The socket that others know, and where the other side is seen from outside. */
  readonly known: Way;
  /** A SocketId that nobody has. */
  readonly takeSocket: () => number;
  /** The open socket that is bound to the `sourcePort` of the tactic, if there is one. */
  readonly source?: number | undefined;
}

/** One side's part in meeting a peer where a router gives one of them a port that none knows. */
export class Punch {
  readonly #tactic: Tactic;
  readonly #known: Way;
  readonly #takeSocket: () => number;
  readonly #startAtMs: number;
  #hasBegun = false;
  readonly #volley: Volley | undefined;
  /** Sockets of its own, each waiting to be opened or open; whoever drains it closes them. */
  readonly #opening = new Set<number>();
  readonly #open = new Set<number>();
  /** What probes of many ports leave from; undefined as long as it is not open. */
  #source: number | undefined;
  #outputs: PunchOutput[] = [];
  #round = 0;
  #isOver = false;
  #answeredByMs = -Infinity;

  constructor({ beginAtMs, random, tactic, known, takeSocket, source }: PunchOptions) {
    this.#tactic = tactic;
    this.#known = known;
    this.#takeSocket = takeSocket;
    this.#startAtMs = beginAtMs;
    this.#source = sourcePort(tactic) === undefined ? known.socket : source;
    if (tactic.kind === "search") {
      const ports = shuffledPorts(random, tactic.low, tactic.high);
      this.#volley = new Volley(beginAtMs, ports, tactic.probes);
    }
  }

  /** Whether it goes on with this: one that began otherwise knew less, and is given up for it. */
  isBusyWith(now: number, tactic: Tactic): boolean {
    if (this.isSpent(now)) return false;
    const { sockets, packets } = costOf(tactic);
    const isLike = sockets === this.cost.sockets && packets === this.cost.packets;
    const isSame =
      tactic.kind === this.#tactic.kind &&
      sourcePort(tactic) === sourcePort(this.#tactic) &&
      towardsOf(tactic) === towardsOf(this.#tactic);
    return this.#isOver || (isLike && isSame);
  }

  /** Whether it has done all that it does: another may begin, with what is known then. */
  isSpent(now: number): boolean {
    if (this.#isOver) return now >= this.#answeredByMs;
    const { kind } = this.#tactic;
    if (kind === "search") return this.#volley?.isOver === true;
    if (kind === "spread") return now >= this.#startAtMs + lastsMs(this.#tactic);
    return this.#round >= this.#rounds.length;
  }

  /** When its sockets are of no use any more; Infinity for one that needs none. */
  get endAtMs(): number {
    if (this.#isOver) return this.#answeredByMs;
    const { sockets } = this.cost;
    return sockets === 0 ? Infinity : this.#startAtMs + Math.max(lastsMs(this.#tactic), LINGER_MS);
  }

  /** What it takes at the most. */
  get cost(): Cost {
    return costOf(this.#tactic);
  }

  /** False for one that is not its own. */
  handleOpened(socket: number): boolean {
    if (!this.#opening.delete(socket)) return false;
    this.#open.add(socket);
    this.#source ??= socket;
    if (this.#isOver) return true;
    if (this.#tactic.kind === "spread") {
      this.#punchPort(socket, this.#theirPort, this.#tactic.reaches ? undefined : OPENER_TTL);
    } else if (this.#tactic.kind === "meet" && this.#round > 0) {
      this.#punchPort(socket, this.#tactic.port);
    } else if (this.#tactic.kind === "fresh" && this.#round > 0) {
      this.#punchPort(socket, this.#theirPort, OPENER_TTL);
    }
    return true;
  }

  /** False for one that is not its own. */
  handleFailed(socket: number): boolean {
    if (!this.#opening.delete(socket)) return false;
    // Better from where the other does not expect it than not at all: its router may let it in.
    this.#source ??= this.#known.socket;
    return true;
  }

  /** The other side was heard: there is nothing more to look for. */
  handleHit(now: number): void {
    this.#isOver = true;
    this.#answeredByMs = now + ANSWERED_MS;
    this.#outputs = this.#outputs.filter(({ kind }) => kind !== "punch");
  }

  pollOutput(now: number): PunchOutput | undefined {
    if (this.#outputs.length === 0 && !this.#isOver) this.#play(now);
    return this.#outputs.shift();
  }

  pollTimeout(): number {
    if (this.#isOver) return Infinity;
    if (!this.#hasBegun) return this.#startAtMs;
    if (this.#source === undefined) return Infinity;
    if (this.#volley !== undefined) return this.#volley.pollTimeout();
    const atMs = this.#rounds[this.#round];
    return atMs === undefined ? Infinity : this.#startAtMs + atMs;
  }

  get #rounds(): readonly number[] {
    switch (this.#tactic.kind) {
      case "predict":
        return PREDICTION_ROUNDS_MS;
      case "meet":
        return MEETING_ROUNDS_MS;
      case "fresh":
      case "aim":
        return FRESH_ROUNDS_MS;
      case "search":
      case "spread":
        return [];
      default:
        return this.#tactic satisfies never;
    }
  }

  #play(now: number): void {
    if (now < this.#startAtMs) return;
    if (!this.#hasBegun) this.#begin();
    if (this.#source === undefined) return;
    const port = this.#volley?.pollPort(now);
    if (port !== undefined) this.#punchPort(this.#source, port);
    if (this.#volley !== undefined || now < this.pollTimeout()) return;
    this.#round += 1;
    this.#playRound(this.#source, this.#round === 1);
  }

  #playRound(source: number, isFirst: boolean): void {
    const firstTtl = isFirst ? OPENER_TTL : undefined;
    switch (this.#tactic.kind) {
      case "predict":
        for (const port of this.#tactic.ports) this.#punchPort(source, port);
        return;
      case "meet":
        for (const socket of this.#open) this.#punchPort(socket, this.#tactic.port);
        return;
      case "fresh":
        for (const socket of this.#open) this.#punchPort(socket, this.#theirPort, firstTtl);
        return;
      case "aim":
        return this.#punchPort(source, this.#tactic.port, firstTtl);
      case "search":
      case "spread":
        return;
      default:
        this.#tactic satisfies never;
    }
  }

  #begin(): void {
    this.#hasBegun = true;
    const isOpen = this.#source !== undefined && sourcePort(this.#tactic) !== undefined;
    if (isOpen) return;
    const port = this.#tactic.kind === "fresh" ? this.#tactic.port : sourcePort(this.#tactic);
    for (let left = this.cost.sockets; left > 0; left--) {
      const socket = this.#takeSocket();
      this.#opening.add(socket);
      this.#outputs.push({ kind: "open", socket, port });
    }
    // Where the other side was seen, the call itself opens the way.
    const towards = this.#tactic.kind === "spread" ? this.#tactic.towards : undefined;
    if (towards !== undefined) this.#punchPort(this.#known.socket, towards, OPENER_TTL);
  }

  /** Where the other side is met by those who do not search it. */
  get #theirPort(): number {
    return towardsOf(this.#tactic) ?? portOf(this.#known.remote);
  }

  #punchPort(socket: number, port: number, ttl?: number): void {
    const remote = addressOf(hostOf(this.#known.remote), port);
    if (remote !== undefined) this.#outputs.push({ kind: "punch", way: { socket, remote }, ttl });
  }
}

/** What a tactic takes at the most. */
export function costOf(tactic: Tactic): Cost {
  switch (tactic.kind) {
    case "predict": {
      const packets = PREDICTION_ROUNDS_MS.length * tactic.ports.length;
      return { sockets: tactic.from === undefined ? 0 : 1, packets };
    }
    case "spread":
      return {
        sockets: tactic.sockets,
        packets: tactic.sockets + (tactic.towards === undefined ? 0 : 1),
      };
    case "search":
      return { sockets: tactic.from === undefined ? 0 : 1, packets: tactic.probes };
    case "meet":
      return { sockets: tactic.sockets, packets: MEETING_ROUNDS_MS.length * tactic.sockets };
    case "fresh":
      // One of them once more, where the socket comes late.
      return { sockets: 1, packets: FRESH_ROUNDS_MS.length + 1 };
    case "aim":
      return { sockets: 0, packets: FRESH_ROUNDS_MS.length };
    default:
      return tactic satisfies never;
  }
}

/** Where probes leave from another socket than the known one: what that is bound to. */
export function sourcePort(tactic: Tactic): number | undefined {
  return tactic.kind === "predict" || tactic.kind === "search" ? tactic.from : undefined;
}

/** The port at which the other side is met, if it is not the known one. */
function towardsOf(tactic: Tactic): number | undefined {
  return tactic.kind === "spread" || tactic.kind === "fresh" ? tactic.towards : undefined;
}

/** How long one side searches for the other's sockets, or has sockets for it. */
export function lastsMs(tactic: Tactic): number {
  if (tactic.kind === "search") return MANY_SEARCHED_MS;
  if (tactic.kind !== "spread") return 0;
  return tactic.sockets <= FEW_SOCKETS ? FEW_SEARCHED_MS : MANY_SEARCHED_MS;
}
