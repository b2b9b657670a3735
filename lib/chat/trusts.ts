import { Deadlines } from "../base/deadlines.ts";
import type { EnvelopeId, PeerId, RoomId } from "../base/ids.ts";
import { HELD_MS } from "./holder.ts";
import type { RunName } from "./recipient.ts";
import type { Entrusted } from "./records.ts";

/** Own runs in one envelope that somebody holds, or is asked to. */
export interface Trust {
  readonly id: EnvelopeId;
  readonly holder: PeerId;
  readonly recipient: PeerId;
  readonly room: RoomId;
  /** By their seqs, those that are not settled. */
  readonly runs: Map<number, RunName>;
  readonly wallMs: number;
  /** Who has brought the receipt that is on its way to the disk. */
  returnedBy?: PeerId;
}

/** What others hold of one's own, for whom, and how far each of them was given everything. */
export class Trusts {
  readonly #byId = new Map<EnvelopeId, Trust>();
  readonly #byRecipient = new Map<PeerId, Set<Trust>>();
  /** By recipient and holder: all that waited up to this seq. */
  readonly #given = new Map<PeerId, Map<PeerId, number>>();
  readonly #expiries = new Deadlines<EnvelopeId>();

  constructor(now: number, entrusted: readonly Entrusted[]) {
    for (const { runs, ...it } of entrusted) {
      const named = runs.map((run) => [run.seq, { room: it.room, ...run }] as const);
      // Of a clock that was ahead it is as old as this run.
      this.add({ ...it, runs: new Map(named), wallMs: Math.min(it.wallMs, now) });
      const last = Math.max(...runs.map(({ seq, entries }) => seq + entries - 1));
      this.onGiven(it.recipient, it.holder, last);
    }
  }

  get(id: EnvelopeId): Trust | undefined {
    return this.#byId.get(id);
  }

  of(recipient: PeerId): readonly Trust[] {
    return [...(this.#byRecipient.get(recipient) ?? [])];
  }

  all(): readonly Trust[] {
    return [...this.#byId.values()];
  }

  add(trust: Trust): void {
    const { id, recipient, wallMs } = trust;
    this.#byId.set(id, trust);
    const trusts = this.#byRecipient.get(recipient) ?? new Set();
    this.#byRecipient.set(recipient, trusts.add(trust));
    this.#expiries.set(id, wallMs + HELD_MS);
  }

  /** What of it still waits may be given to the same holder again. */
  remove({ id, recipient, holder, runs }: Trust): void {
    const trust = this.#byId.get(id);
    if (trust === undefined) return;
    this.#byId.delete(id);
    this.#expiries.delete(id);
    const trusts = this.#byRecipient.get(recipient);
    trusts?.delete(trust);
    if (trusts?.size === 0) this.#byRecipient.delete(recipient);
    if (runs.size > 0) this.#given.get(recipient)?.delete(holder);
  }

  /** The seq up to which that holder was given everything. */
  given(recipient: PeerId, holder: PeerId): number {
    return this.#given.get(recipient)?.get(holder) ?? 0;
  }

  /** How many were given everything up to this seq. */
  holding(recipient: PeerId, seq: number): number {
    const given = this.#given.get(recipient)?.values() ?? [];
    return [...given].filter((upTo) => upTo >= seq).length;
  }

  onGiven(recipient: PeerId, holder: PeerId, seq: number): void {
    const given = this.#given.get(recipient) ?? new Map<PeerId, number>();
    this.#given.set(recipient, given.set(holder, Math.max(seq, given.get(holder) ?? 0)));
  }

  /** Nothing waits for this recipient. */
  onNothing(recipient: PeerId): void {
    this.#given.delete(recipient);
  }

  /** Who holds the run that has this entry. */
  holdersOf(recipient: PeerId, seq: number): readonly PeerId[] {
    const holding = this.of(recipient).filter(({ runs }) => {
      return runs.values().some((run) => seq >= run.seq && seq < run.seq + run.entries);
    });
    return [...new Set(holding.map(({ holder }) => holder))];
  }

  /** How many entries are held for somebody, and by whom. */
  heldFor(recipient: PeerId): { readonly entries: number; readonly holders: readonly PeerId[] } {
    const trusts = this.of(recipient);
    const runs = new Map(trusts.flatMap((trust) => [...trust.runs]));
    const entries = runs.values().reduce((sum, run) => sum + run.entries, 0);
    return { entries, holders: [...new Set(trusts.map(({ holder }) => holder))] };
  }

  /** The next that its holder keeps no longer. */
  pollExpired(now: number): Trust | undefined {
    const id = this.#expiries.pollDue(now);
    return id && this.#byId.get(id);
  }

  get nextExpiry(): number {
    return this.#expiries.next;
  }
}
