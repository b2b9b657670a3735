import type { Address } from "../base/address.ts";
import { equalBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { isAuthentic } from "../crypto/card.ts";
import { CLOSE_CODES } from "../session/session.ts";
import { type Card, decodeCard } from "../wire/card.ts";
import { encodePacket, NONCE_BYTES, type Packet } from "../wire/packet.ts";
import type { Datagram, ServerHint } from "./machine.ts";

/** When the next hello follows; the last repeats. A fifth is chance, so that a crowd spreads. */
const HELLO_GAPS_MS = [250, 500, 1000, 2000, 4000];
const GAP_CHANCE = 0.2;

/** Where one server is asked for at once; each hello goes to all of them. */
const ADDRESSES_MAX = 4;

/**
 * A first hello after a loss waits up to this long: a restarted server meets no stampede. Twice as
 * long each time that it challenged and then did not answer: it has more callers than it can read.
 */
const RETURN_SPREAD_MS = 2_000;
const RETURN_SPREAD_MS_MAX = 16_000;

/** After a refusal the next hello waits so long, twice as long after each further one. */
const REFUSED_GAP_MS = 4_000;
const REFUSED_GAP_MS_MAX = 60_000;

export type ChallengeOutcome =
  | { readonly kind: "met"; readonly card: Card; readonly cookie: Uint8Array }
  | { readonly kind: "other-key" }
  | { readonly kind: "ignored" };

/** A server as it is known before it is met. */
export type ServerPlace = Omit<ServerHint, "kind">;

/** What a server has proved to be. */
export interface Pin {
  readonly name: string;
  readonly noiseKey: Uint8Array;
  /** The key was known beforehand. */
  readonly isGiven: boolean;
}

/**
 * Meeting a server of which only addresses are known: hello until challenged. PROTOCOL.md §3. The
 * handshake that follows is an `Attempt`.
 */
export class Greeting {
  readonly name: string;
  readonly addresses: readonly Address[];
  readonly #random: Random;
  /** Undefined until the first handshake pins it. */
  #noiseKey: Uint8Array | undefined;
  /** A handshake has proved the server to have the key. */
  #isProved = false;
  #nonce: Uint8Array;
  #tries = 0;
  #outcome: "lost" | "unanswered" | "refused" = "lost";
  /** How often in a row the last outcome came before. */
  #failures = 0;
  /** Another key was told of: once is enough. */
  #hasRefused = false;
  #isSuperseded = false;
  #nextAtMs: number;

  /** `before`: what was known, of use where it is the same server. */
  constructor(now: number, random: Random, server: ServerPlace, before?: Greeting) {
    this.name = server.name;
    const known = before?.name === server.name ? before : undefined;
    const all = new Set([server.address, ...(server.others ?? [])]);
    this.addresses = [...all].slice(0, ADDRESSES_MAX);
    this.#noiseKey = server.noiseKey ?? known?.noiseKey;
    this.#random = random;
    this.#nonce = random(NONCE_BYTES);
    this.#nextAtMs = now;
    if (known?.isSuperseded === true) this.#standDown();
  }

  get isPaused(): boolean {
    return this.#nextAtMs === Infinity;
  }

  /** Another client of this identity is with the server: it is left alone until `resume`. */
  get isSuperseded(): boolean {
    return this.#isSuperseded;
  }

  get noiseKey(): Uint8Array | undefined {
    return this.#noiseKey;
  }

  /** A handshake was completed: from now on the server must have this key. Told once. */
  pin(noiseKey: Uint8Array): Pin | undefined {
    if (this.#isProved) return undefined;
    const isGiven = this.#noiseKey !== undefined;
    this.#noiseKey = noiseKey;
    this.#isProved = true;
    return { name: this.name, noiseKey, isGiven };
  }

  /** The session is over, for this reason. */
  onClosed(now: number, code: number): void {
    if (code === CLOSE_CODES.superseded) this.#standDown();
    else if (this.isPaused) this.restart(now, code === CLOSE_CODES.refused ? "refused" : "lost");
  }

  /** Begins again: what became of the last round? */
  restart(now: number, outcome: "lost" | "unanswered" | "refused"): void {
    this.#tries = 0;
    this.#hasRefused = false;
    this.#nonce = this.#random(NONCE_BYTES);
    this.#failures = outcome === this.#outcome ? this.#failures + 1 : 0;
    this.#outcome = outcome;
    this.#nextAtMs = now + this.#pauseMs();
  }

  /** Asks again at once: the session is doubted, and goes on if the server still knows it. */
  resume(now: number): void {
    this.#isSuperseded = false;
    this.#tries = 0;
    this.#nonce = this.#random(NONCE_BYTES);
    this.#nextAtMs = now;
  }

  /** Stops asking: a handshake is under way, or a session open. */
  pause(): void {
    this.#nextAtMs = Infinity;
  }

  handleChallenge(packet: Extract<Packet, { kind: "challenge" }>): ChallengeOutcome {
    if (this.isPaused || !equalBytes(packet.nonce, this.#nonce)) return { kind: "ignored" };
    const card = decodeCard(packet.card);
    if (card === undefined || !isAuthentic(card)) return { kind: "ignored" };
    if (this.#noiseKey !== undefined && !equalBytes(this.#noiseKey, card.noiseKey)) {
      if (this.#hasRefused) return { kind: "ignored" };
      this.#hasRefused = true;
      return { kind: "other-key" };
    }
    this.pause();
    return { kind: "met", card, cookie: packet.cookie };
  }

  /** The hellos that are due now. */
  takeHellos(now: number): Omit<Datagram, "socket">[] {
    if (now < this.#nextAtMs) return [];
    const gap = HELLO_GAPS_MS[Math.min(this.#tries, HELLO_GAPS_MS.length - 1)] ?? Infinity;
    this.#tries++;
    this.#nextAtMs = now + gap * (1 - GAP_CHANCE * this.#chance());
    const bytes = encodePacket({ kind: "hello", nonce: this.#nonce });
    return this.addresses.map((to) => ({ to, bytes }));
  }

  pollTimeout(): number {
    return this.#nextAtMs;
  }

  #pauseMs(): number {
    const factor = 2 ** this.#failures;
    switch (this.#outcome) {
      case "lost":
        return this.#chance() * RETURN_SPREAD_MS;
      case "unanswered":
        return this.#chance() * Math.min(RETURN_SPREAD_MS * factor, RETURN_SPREAD_MS_MAX);
      case "refused": {
        const gapMs = Math.min(REFUSED_GAP_MS * factor, REFUSED_GAP_MS_MAX);
        return gapMs * (1 - GAP_CHANCE * this.#chance());
      }
      default:
        return this.#outcome satisfies never;
    }
  }

  #standDown(): void {
    this.#isSuperseded = true;
    this.pause();
  }

  /** Uniform in [0, 1). */
  #chance(): number {
    const [byte = 0] = this.#random(1);
    return byte / 256;
  }
}
