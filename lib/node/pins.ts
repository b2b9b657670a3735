import { assert } from "../base/assert.ts";
import type { PeerId } from "../base/ids.ts";
import type { OnAnswered } from "../chat/journal.ts";
import type { RetentionWrite } from "../chat/retention.ts";
import { encodeCard } from "../wire/card.ts";
import type { EncounterWrite, NetworkWrite, TrustWrite, Write } from "./machine.ts";
import type { MeetingWrite } from "./meetingrecord.ts";
import type { Person } from "./roster.ts";

/** Cards known to be written; beyond, the one written first is written again when it is met. */
const PINS_MAX = 16_384;

/** So seldom it is written when somebody was here last: who comes and goes costs little. */
const SEEN_GAP_MS = 600_000;

/** Writes that wait for a disk that refuses, and as many decisions; of more, the oldest go. */
const WRITES_MAX = 1024;
const WRITE_RETRY_MS = 5_000;

/**
 * Whose keys go to disk: the cards of those who have talked to us, each once in a run, which also
 * says when they were last met, and again only where it has a higher serial; what servers have
 * proved; and what is learnt of how people are met. What a full disk refused is still wanted when
 * there is room again.
 */
export class Pins {
  /** Seen later than was written. */
  readonly #seen = new Map<
    PeerId,
    { readonly person: Pick<Person, "card" | "trust">; readonly atMs: number }
  >();
  readonly #written = new Map<PeerId, { readonly serial: number; readonly atMs: number }>();
  #writes: Write[] = [];
  /** Who waits to hear of those. */
  #asking: OnAnswered[] = [];
  /** What the disk has been asked for. */
  #stored:
    { readonly writes: readonly Write[]; readonly asking: readonly OnAnswered[] } | undefined;
  #writeAtMs = -Infinity;

  /** The owner of this card was met. */
  onMet(now: number, { card, trust }: Pick<Person, "card" | "trust">): void {
    const { peerId, serial } = card;
    if ((this.#written.get(peerId)?.serial ?? -1) >= serial) return;
    const [first] = this.#written.keys();
    if (first !== undefined && this.#written.size >= PINS_MAX) {
      this.#written.delete(first);
      this.#seen.delete(first);
    }
    this.#written.set(peerId, { serial, atMs: now });
    const wallMs = Math.floor(now);
    this.#writes.push({ kind: "card", peer: peerId, card: encodeCard(card), trust, wallMs });
  }

  /** Somebody who was never met has said what others passed on. */
  onNamed({ card, trust }: Pick<Person, "card" | "trust">): void {
    const { peerId: peer } = card;
    this.#writes.push({ kind: "card", peer, card: encodeCard(card), trust, wallMs: 0 });
  }

  /** The owner of this card, who was met, was here until now. */
  onSeen(now: number, person: Pick<Person, "card" | "trust">): void {
    const { peerId } = person.card;
    const written = this.#written.get(peerId);
    if (written === undefined) return;
    this.#seen.set(peerId, { person, atMs: now });
    if (now >= written.atMs + SEEN_GAP_MS) this.#writeSeen(peerId);
  }

  /** The run ends: what was not worth a write of its own is kept now. */
  onLeaving(): void {
    for (const peerId of this.#seen.keys()) this.#writeSeen(peerId);
    this.#writeAtMs = -Infinity;
  }

  /** What is learnt of people, and of one's own network. */
  keep(writes: readonly (MeetingWrite | NetworkWrite | EncounterWrite | TrustWrite)[]): void {
    this.#writes.push(...writes);
  }

  /** What a person decides: the disk is asked at once, as they wait for the answer, and again. */
  decide(writes: readonly (TrustWrite | RetentionWrite)[], onKept: OnAnswered): void {
    this.#writes.push(...writes);
    const isPending = this.#writes.length > 0 || this.#stored !== undefined;
    if (!isPending) return onKept(true);
    this.#asking.push(onKept);
    this.#writeAtMs = -Infinity;
  }

  onServerProved(pin: Omit<Extract<Write, { kind: "server" }>, "kind">): void {
    const { name, noiseKey, isGiven } = pin;
    this.#writes.push({ kind: "server", name, noiseKey, isGiven });
  }

  /** The disk has not answered yet. */
  get isStoring(): boolean {
    return this.#stored !== undefined;
  }

  /** The answer to `pollStore`. */
  handleStored(now: number, ok: boolean): void {
    assert(this.#stored !== undefined, "a store is answered once");
    const { writes, asking } = this.#stored;
    this.#stored = undefined;
    if (!ok) {
      this.#writes = bounded([...writes, ...this.#writes]);
      if (this.#asking.length === 0) this.#writeAtMs = now + WRITE_RETRY_MS;
    }
    for (const onKept of asking) onKept(ok);
  }

  /** One store at a time. */
  pollStore(now: number): readonly Write[] | undefined {
    if (now < this.pollTimeout()) return undefined;
    const writes = this.#writes;
    this.#stored = { writes, asking: this.#asking };
    this.#writes = [];
    this.#asking = [];
    return writes;
  }

  pollTimeout(): number {
    if (this.#stored !== undefined) return Infinity;
    const isWaiting = this.#writes.length + this.#asking.length > 0;
    return isWaiting ? this.#writeAtMs : Infinity;
  }

  #writeSeen(peerId: PeerId): void {
    const seen = this.#seen.get(peerId);
    this.#seen.delete(peerId);
    this.#written.delete(peerId);
    if (seen !== undefined) this.onMet(seen.atMs, seen.person);
  }
}

/** What is merely learnt pushes no decision out. */
function bounded(writes: readonly Write[]): Write[] {
  const decided = new Set(writes.filter(isDecided).slice(-WRITES_MAX));
  const learnt = new Set(writes.filter((write) => !isDecided(write)).slice(-WRITES_MAX));
  return writes.filter((write) => decided.has(write) || learnt.has(write));
}

function isDecided({ kind }: Write): boolean {
  return kind === "trust" || kind === "retention";
}
