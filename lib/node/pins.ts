import type { PeerId } from "../base/ids.ts";
import { encodeCard } from "../wire/card.ts";
import type { EncounterWrite, NetworkWrite, TrustWrite, Write } from "./machine.ts";
import type { MeetingWrite } from "./meetingrecord.ts";
import type { Person } from "./roster.ts";

/** Cards known to be written; beyond, the one written first is written again when it is met. */
const PINS_MAX = 16_384;

/** Writes that wait for a disk that refuses; beyond, the oldest are given up. */
const WRITES_MAX = 1024;
const WRITE_RETRY_MS = 5_000;

/**
 * Whose keys go to disk: the cards of those who have talked to us, each once in a run, which also
 * says when they were last met, and again only where it has a higher serial; what servers have
 * proved; and what is learnt of how people are met. What a full disk refused is still wanted when
 * there is room again.
 */
export class Pins {
  readonly #serials = new Map<PeerId, number>();
  #writes: Write[] = [];
  /** Those that the disk has been asked for. */
  #stored: readonly Write[] = [];
  #writeAtMs = 0;

  /** The owner of this card was met. */
  onMet(now: number, { card, trust }: Pick<Person, "card" | "trust">): void {
    const { peerId, serial } = card;
    if ((this.#serials.get(peerId) ?? -1) >= serial) return;
    const [first] = this.#serials.keys();
    if (first !== undefined && this.#serials.size >= PINS_MAX) this.#serials.delete(first);
    this.#serials.set(peerId, serial);
    const wallMs = Math.floor(now);
    const pinned = trust === "changed" ? "changed" : "known";
    this.#writes.push({
      kind: "card",
      peer: peerId,
      card: encodeCard(card),
      trust: pinned,
      wallMs,
    });
  }

  /** What is learnt or decided of somebody, and of one's own network. */
  keep(writes: readonly (MeetingWrite | NetworkWrite | EncounterWrite | TrustWrite)[]): void {
    this.#writes.push(...writes);
  }

  onServerProved(pin: Omit<Extract<Write, { kind: "server" }>, "kind">): void {
    const { name, noiseKey, isGiven } = pin;
    this.#writes.push({ kind: "server", name, noiseKey, isGiven });
  }

  /** The answer to `pollStore`. */
  handleStored(now: number, ok: boolean): void {
    if (ok) return;
    this.#writes = [...this.#stored, ...this.#writes].slice(-WRITES_MAX);
    this.#writeAtMs = now + WRITE_RETRY_MS;
  }

  pollStore(now: number): readonly Write[] | undefined {
    if (now < this.pollTimeout()) return undefined;
    this.#stored = this.#writes;
    this.#writes = [];
    return this.#stored;
  }

  pollTimeout(): number {
    return this.#writes.length > 0 ? this.#writeAtMs : Infinity;
  }
}
