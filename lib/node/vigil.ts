import { KEEPALIVE_MS } from "../paths/keepalive.ts";

/** After so long a silence the keepalive asks for an answer. */
const SILENCE_MS = 12_000;

/** A server keeps nothing alive: what comes to it after so long a silence is a keepalive. */
const REST_MS = KEEPALIVE_MS / 2;

/** A packet is doubted that is not acknowledged within so long, and two round trips. §6 */
const PATIENCE_MS = 100;

/** However near the other end: on a busy machine it may be as late as this. */
const PATIENCE_MS_MIN = 200;

/** Before anything was measured, RFC 9002 §6.2.2. */
const UNKNOWN_RTT_MS = 333;

/**
 * Who said so many things in such a rhythm, and then is silent for as long, is asked for a sign of
 * life: else a router that forgot us is noticed by nobody but them, and they cannot tell us.
 */
const LULL_MS = 1_000;
const LULL_WORDS = 5;

/** So long after this machine came to another network, what is not answered is owed to that. */
const UPROOTED_MS = 5_000;

/** How long an answer may be owed before the peer is gone: a server must be missed quickly. §5 */
const DEAD_MS = { peer: 20_000, server: 7_000 } as const;

/**
 * And how long it may be owed by a peer that is heard: one that hears us acknowledges within a
 * probe timeout, and for one that never does packets would be kept and repeated without end. §5
 */
const UNACKNOWLEDGED_MS = 60_000;

/** A server forgets a client that was silent for the longest keepalive, 25 s, and some probes. */
const CLIENT_IDLE_MS = 45_000;

/** What the other end is: of a server's connections, a client. */
export type Other = "peer" | "server" | "client";

/** What the watch is kept over. */
export interface Watched {
  /** When the oldest packet left that wants an acknowledgement; Infinity where none does. */
  readonly unacknowledgedSince: number;
  /** When the newest packet left that the other end has acknowledged. */
  readonly acknowledgedSentAtMs: number;
  readonly rttMs: number | undefined;
}

/** When the other end was heard, what it owes, and what is to be thought of it. All in ms. */
export class Vigil {
  readonly #other: Other;
  readonly #watched: Watched;
  #sentAtMs: number;
  #heardAtMs: number;
  /** Since when something was sent that wants an answer, and nothing was heard. */
  #awaitingSinceMs = Infinity;
  /** When the packet left for which the path is doubted, Infinity while it is not. */
  #doubtedSinceMs = Infinity;
  /** When another sign is asked for that the path carries again. */
  #checkAtMs = 0;
  /** When this machine came to another network, or woke, last. */
  #networkAtMs = -Infinity;
  #spokeAtMs = -Infinity;
  /** Things said, one soon after the other. */
  #words = 0;
  #lullAtMs = Infinity;

  constructor(now: number, other: Other, watched: Watched) {
    this.#other = other;
    this.#watched = watched;
    this.#sentAtMs = now;
    this.#heardAtMs = now;
  }

  /** What was sent is not acknowledged as it should be. */
  get isDoubtful(): boolean {
    return this.#doubtedSinceMs < Infinity;
  }

  onSent(now: number): void {
    this.#sentAtMs = now;
    if (this.#awaitingSinceMs < Infinity) return;
    if (this.#watched.unacknowledgedSince < Infinity) this.#awaitingSinceMs = now;
  }

  /** Whether a server's client has merely shown that it is there. */
  onHeard(now: number): boolean {
    this.#heardAtMs = now;
    this.#awaitingSinceMs = Infinity;
    return this.#other === "client" && now >= this.#sentAtMs + REST_MS;
  }

  /** Who is silent after one word may have no more to say; amid a conversation it is asked. */
  onSpoken(now: number): void {
    if (this.#other === "client") return;
    this.#words = now < this.#spokeAtMs + LULL_MS ? this.#words + 1 : 1;
    this.#spokeAtMs = now;
    if (this.#words >= LULL_WORDS) this.#lullAtMs = Math.min(this.#lullAtMs, now + LULL_MS);
  }

  /** What was owed is asked for anew. */
  onNetwork(now: number): void {
    this.#networkAtMs = now;
    if (this.#awaitingSinceMs < now) this.#awaitingSinceMs = now;
    this.#doubtedSinceMs = Infinity;
  }

  /** True once for each packet of which nothing was heard in time. */
  takeDoubt(now: number): boolean {
    if (now < this.#doubtAtMs) return false;
    this.#doubtedSinceMs = this.#owedSinceMs;
    this.#checkAtMs = now;
    return true;
  }

  /** Whether a doubt has proved wrong: the other end hears what is sent. */
  get isAnswered(): boolean {
    return this.#watched.acknowledgedSentAtMs >= this.#doubtedSinceMs;
  }

  /** Whether the trouble came with this machine's change of network. */
  isUprooted(now: number): boolean {
    return now < this.#networkAtMs + UPROOTED_MS;
  }

  /** Whether a doubted other end that was just heard is to be asked if it hears us as well. */
  takeCheck(now: number): boolean {
    if (now < this.#checkAtMs) return false;
    this.#checkAtMs = now + this.#patienceMs;
    return true;
  }

  trust(): void {
    this.#doubtedSinceMs = Infinity;
  }

  /** Whether a talk has stopped that went on until now. */
  takeLull(now: number): boolean {
    if (now < this.#lullAtMs) return false;
    const atMs = this.#heardAtMs + LULL_MS;
    this.#lullAtMs = now < atMs ? atMs : Infinity;
    return now >= atMs;
  }

  /** Whether a path that may rest for `restMs` is to be shown to be in use: and if, how. */
  takeKeepalive(now: number, restMs: number): "none" | "show" | "ask" {
    if (now < this.#keepaliveAtMs(restMs)) return "none";
    this.#sentAtMs = now;
    return now - this.#heardAtMs >= SILENCE_MS ? "ask" : "show";
  }

  isDead(now: number): boolean {
    return now >= this.#deadAtMs;
  }

  pollTimeout(restMs: number): number {
    return Math.min(this.#deadAtMs, this.#doubtAtMs, this.#lullAtMs, this.#keepaliveAtMs(restMs));
  }

  /** A server leaves it to its clients to be found again. */
  get #doubtAtMs(): number {
    if (this.isDoubtful || this.#other === "client") return Infinity;
    return this.#owedSinceMs + this.#patienceMs;
  }

  get #patienceMs(): number {
    const rttMs = this.#watched.rttMs ?? UNKNOWN_RTT_MS;
    return Math.max(PATIENCE_MS_MIN, 2 * rttMs + PATIENCE_MS);
  }

  /** Since when an acknowledgement is owed, in this network. */
  get #owedSinceMs(): number {
    return Math.max(this.#watched.unacknowledgedSince, this.#networkAtMs);
  }

  #keepaliveAtMs(restMs: number): number {
    return this.#other === "client" ? Infinity : this.#sentAtMs + restMs;
  }

  get #deadAtMs(): number {
    const owedUntilMs = this.#owedSinceMs + UNACKNOWLEDGED_MS;
    if (this.#other === "client") return Math.min(owedUntilMs, this.#heardAtMs + CLIENT_IDLE_MS);
    return Math.min(owedUntilMs, this.#awaitingSinceMs + DEAD_MS[this.#other]);
  }
}
