import { Deadlines } from "../base/deadlines.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { decodeRun } from "../wire/entry.ts";
import type { AnswerState, ExchangeMessage } from "../wire/exchange.ts";
import { type Gap, leadsElsewhere, type Link, linkOf, missingIn } from "./chain.ts";
import { areReadable, contentsOf } from "./contentof.ts";
import type { Floors } from "./floors.ts";
import type { Forks } from "./forks.ts";
import {
  HEARD_PENDING_BYTES_MAX,
  HEARD_PENDING_MAX,
  type HeardRun,
  type Journal,
} from "./journal.ts";
import { type Chain, gapsOf, type Log } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import { COMING_MS, Tries } from "./tries.ts";

/** What one peer is asked for at a time: its answers fit its buffer for a channel. */
export const WANTS_PER_PEER_MAX = 4;

/** A peer that does not go on with its answer for so long is passed over. */
export const WANT_TIMEOUT_MS = 10_000;

/** Who passes on so much that is untrue is asked no more in this session. */
const UNTRUTHS_MAX = 3;

type RunsMessage = Extract<ExchangeMessage, { kind: "runs" }>;

/** What a peer was asked for and has not answered to the end. */
interface Asked {
  readonly peer: PeerId;
  readonly from: number;
  readonly to: number;
  /** The next run down. */
  expected: { readonly to: number; readonly hash: Uint8Array };
}

/** A run that is what was asked for, and its place. */
interface Passed {
  readonly heard: HeardRun;
  readonly link: Link;
}

/** The parts that it works on. */
export interface RequestsParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly mates: Mates;
  readonly forks: Forks;
  readonly floors: Floors;
  readonly isBlocked: (author: PeerId) => boolean;
  /** This peer may be asked for something else. */
  readonly onFree: (peer: PeerId) => void;
}

/**
 * Fills the gaps of chains from any member of the room who has what is missing: backward, each run
 * checked against the hash that the one above it, or the author's signature, says it must have.
 */
export class Requests {
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #mates: Mates;
  readonly #forks: Forks;
  readonly #floors: Floors;
  readonly #isBlocked: (author: PeerId) => boolean;
  readonly #onFree: (peer: PeerId) => void;
  readonly #asked = new Map<Chain, Asked>();
  readonly #tried = new Map<Chain, Tries>();
  /** Wants under way to each peer, and what it passed on that was untrue. */
  readonly #slots = new Map<PeerId, number>();
  readonly #untruths = new Map<PeerId, number>();
  readonly #timeouts = new Deadlines<Chain>();
  readonly #retries = new Deadlines<Chain>();
  #isHeld = false;

  constructor(parts: RequestsParts) {
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#mates = parts.mates;
    this.#forks = parts.forks;
    this.#floors = parts.floors;
    this.#isBlocked = parts.isBlocked;
    this.#onFree = parts.onFree;
  }

  /** A peer has come into a room, or has something else there than before. */
  onNews(now: number, peer: PeerId, room: RoomId): void {
    for (const chain of this.#log.incompleteIn(room)) {
      this.#tried.get(chain)?.onNews(peer);
    }
    this.work(now, room);
  }

  onPeerClosed(now: number, peer: PeerId): void {
    for (const [chain, asked] of this.#asked) {
      if (asked.peer === peer) this.#release(chain);
    }
    this.#floors.onPeerClosed(peer);
    this.#slots.delete(peer);
    this.#untruths.delete(peer);
    for (const tries of this.#tried.values()) tries.onNews(peer);
    this.#workOn(now);
  }

  /** Nobody is asked about this room any more. */
  onLeft(room: RoomId): void {
    for (const chain of this.#log.chainsOf(room)) this.#forget(chain);
  }

  /** Nothing more is asked for while whoever reads what comes is behind. */
  onPace(now: number, isBehind: boolean): void {
    this.#isHeld = isBehind;
    for (const room of this.#mates.rooms()) this.work(now, room);
  }

  /** Asks whoever may have it for what is missing in a room, as far as that may be now. */
  work(now: number, room: RoomId): void {
    if (this.#isHeld) return;
    const incomplete = this.#log.incompleteIn(room);
    if (incomplete.size === 0 || this.#mates.isAlone(room)) return;
    const mates = this.#mates.in(room).map(({ id }) => id);
    for (const chain of incomplete) if (!this.#asked.has(chain)) this.#ask(now, chain, mates);
  }

  /** How many entries of a room are known to be, and have not come; of the blocked none do. */
  missingIn(room: RoomId): number {
    let missing = 0;
    for (const { author, next, checkpoint } of this.#log.incompleteIn(room)) {
      if (!this.#isBlocked(author)) missing += missingIn(next, checkpoint);
    }
    return missing;
  }

  /** Whether everybody who is here was asked for all of them. */
  isHopeless(room: RoomId): boolean {
    for (const chain of this.#log.incompleteIn(room)) {
      if (this.#isBlocked(chain.author)) continue;
      if (this.#tried.get(chain)?.isHopeless !== true) return false;
    }
    return true;
  }

  /** For what else it is asked: false where that is as much as may be at a time. */
  reserve(peer: PeerId): boolean {
    if (this.#isBusy(peer)) return false;
    this.#slots.set(peer, this.#busyWith(peer) + 1);
    return true;
  }

  /** It has answered that. */
  free(peer: PeerId): void {
    this.#slots.set(peer, this.#busyWith(peer) - 1);
    this.#onFree(peer);
  }

  /** Whether this peer is being asked for something of a chain. */
  isAsked(peer: PeerId, room: RoomId, author: PeerId): boolean {
    const chain = this.#log.find(room, author);
    return chain !== undefined && this.#asked.get(chain)?.peer === peer;
  }

  /** How many entries of its answer came, and are new. */
  handleRuns(now: number, peer: OpenPeer, message: RunsMessage): number {
    const chain = this.#log.find(message.room, message.author);
    const asked = chain && this.#asked.get(chain);
    if (chain === undefined || asked?.peer !== peer.id || asked.to !== message.to) return 0;
    const { passed, isTrue } = this.#verify(chain, asked, message.runs);
    const entries = this.#take(chain, asked, passed);
    const state = passed.length > 0 ? message.state : endOf(message.state);
    if (isTrue) this.#onAnswered(now, chain, asked, state);
    else this.#onUntrue(now, peer, chain, asked);
    if (entries > 0) this.#onProgress(chain);
    this.#workOn(now);
    return entries;
  }

  handleTimeout(now: number): void {
    for (let it = this.#timeouts.pollDue(now); it !== undefined; it = this.#timeouts.pollDue(now)) {
      const asked = this.#asked.get(it);
      if (asked === undefined) continue;
      this.#release(it);
      this.#triesOf(it).onMissing(asked.peer, asked.to);
    }
    for (let it = this.#retries.pollDue(now); it !== undefined; it = this.#retries.pollDue(now)) {
      const tries = this.#tried.get(it);
      if (tries?.isHopeless === true) tries.hope();
    }
    this.#workOn(now);
  }

  pollTimeout(): number {
    return Math.min(this.#timeouts.next, this.#retries.next);
  }

  /** Whoever has answered may be asked about another room. */
  #workOn(now: number): void {
    for (const room of this.#mates.rooms()) this.work(now, room);
  }

  #ask(now: number, chain: Chain, mates: readonly PeerId[]): void {
    const tries = this.#tried.get(chain);
    const { author } = chain;
    if (tries !== undefined && (tries.isHopeless || now < tries.untilMs)) return;
    if (this.#isBlocked(author)) return;
    if (this.#journal.isFull(author, HEARD_PENDING_MAX / 2, HEARD_PENDING_BYTES_MAX / 2)) return;
    const gaps = gapsOf(chain);
    tries?.retain(gaps);
    for (const gap of gaps) {
      const able = mates.filter((id) => {
        const mayHave = tries?.mayHave(id, gap) !== false && this.#floors.of(id, chain) < gap.to;
        return mayHave && !this.#isShunned(id);
      });
      if (able.length === 0) continue;
      const peer = this.#choose(able, author);
      if (peer !== undefined) this.#send(now, chain, gap, peer);
      return;
    }
    this.#retries.set(chain, now + this.#triesOf(chain).despair());
  }

  #send(now: number, chain: Chain, gap: Gap, peer: PeerId): void {
    const { after, to, hash } = gap;
    const { room, author } = chain;
    const from = after.seq + 1;
    this.#asked.set(chain, { peer, from, to, expected: { to, hash } });
    this.#slots.set(peer, this.#busyWith(peer) + 1);
    this.#timeouts.set(chain, now + WANT_TIMEOUT_MS);
    this.#outputs.send(peer, { kind: "want", room, author, from, to, hash });
  }

  /** The author, who may be sending it anyway, else who is asked for least. */
  #choose(able: readonly PeerId[], author: PeerId): PeerId | undefined {
    if (able.includes(author) && !this.#isBusy(author)) return author;
    let chosen: PeerId | undefined;
    for (const peer of able) {
      if (this.#isBusy(peer)) continue;
      if (chosen === undefined || this.#busyWith(peer) < this.#busyWith(chosen)) chosen = peer;
    }
    return chosen;
  }

  /** The runs that are what was asked for, from the highest down. */
  #verify(
    chain: Chain,
    asked: Asked,
    runs: readonly Uint8Array[],
  ): { readonly passed: readonly Passed[]; readonly isTrue: boolean } {
    const passed: Passed[] = [];
    for (const view of runs) {
      // A run outlives the message that it came in.
      const bytes = view.slice();
      const run = decodeRun(bytes);
      if (run === undefined) return { passed, isTrue: false };
      const link = linkOf(run, bytes);
      const { seq, hash } = link;
      const isOfChain = run.room === chain.room && run.author === chain.author;
      const isNext = seq === asked.expected.to && equalBytes(hash, asked.expected.hash);
      if (!isOfChain || !isNext || seq < asked.from) return { passed, isTrue: false };
      asked.expected = { to: run.seq - 1, hash: run.previous };
      const write = { kind: "heard", run, bytes, hash } as const;
      passed.push({ heard: { write, contents: contentsOf(run) }, link });
    }
    return { passed, isTrue: true };
  }

  /** How many entries are new. Whatever is wrong with them now, their author has made them so. */
  #take(chain: Chain, asked: Asked, passed: readonly Passed[]): number {
    // What one says at this moment comes before what was lost of the same chain.
    this.#journal.close();
    const taken: HeardRun[] = [];
    let entries = 0;
    let after = chain.next;
    for (const { heard, link } of passed) {
      const { run } = heard.write;
      const placement = this.#log.place(chain, run, link, true);
      // Its author has sent it meanwhile.
      if (placement.step === "held") continue;
      const isForked =
        placement.step === "equivocation" || (placement.step === "new" && placement.isForked);
      if (isForked) this.#forks.onForked(chain);
      if (placement.step !== "new" || !areReadable(run.entries, heard.contents)) {
        // What cannot be taken leads down to what is held, or to what another history has there.
        const lowest = passed.at(-1)?.heard.write.run;
        const gap = gapsOf(chain).find(({ to }) => to === asked.to);
        if (lowest && gap && leadsElsewhere(lowest, gap)) this.#forks.onForked(chain);
        this.#triesOf(chain).onBroken(asked.to);
        break;
      }
      after = placement.after;
      this.#log.extend(chain, after);
      taken.unshift(heard);
      entries += run.entries.length;
    }
    if (taken.length > 0) {
      this.#journal.addHeard({ kind: "heard", runs: taken, chain, after, isPassedOn: true });
    }
    return entries;
  }

  #onAnswered(now: number, chain: Chain, asked: Asked, state: AnswerState): void {
    if (state === "part") {
      this.#timeouts.set(chain, now + WANT_TIMEOUT_MS);
      return;
    }
    this.#release(chain);
    if (state === "page" || state === "done") return;
    const tries = this.#triesOf(chain);
    if (state === "coming" && tries.isComing(chain.next.head.seq)) {
      tries.untilMs = now + COMING_MS;
      this.#retries.set(chain, tries.untilMs);
    } else tries.onMissing(asked.peer, asked.to);
  }

  #onUntrue(now: number, peer: OpenPeer, chain: Chain, { to }: Asked): void {
    this.#release(chain);
    this.#triesOf(chain).onMissing(peer.id, to);
    this.#untruths.set(peer.id, (this.#untruths.get(peer.id) ?? 0) + 1);
    if (!peer.facts.take(now)) return;
    this.#outputs.event({ kind: "untrue", peer: peer.id, room: chain.room });
  }

  #onProgress(chain: Chain): void {
    this.#tried.get(chain)?.onProgress();
    if (gapsOf(chain).length === 0) this.#forget(chain);
  }

  #triesOf(chain: Chain): Tries {
    const tries = this.#tried.get(chain) ?? new Tries();
    this.#tried.set(chain, tries);
    return tries;
  }

  #release(chain: Chain): void {
    const asked = this.#asked.get(chain);
    if (asked === undefined) return;
    this.#asked.delete(chain);
    this.#timeouts.delete(chain);
    this.free(asked.peer);
  }

  #forget(chain: Chain): void {
    this.#release(chain);
    this.#tried.delete(chain);
    this.#retries.delete(chain);
  }

  #busyWith(peer: PeerId): number {
    return this.#slots.get(peer) ?? 0;
  }

  #isBusy(peer: PeerId): boolean {
    return this.#busyWith(peer) >= WANTS_PER_PEER_MAX;
  }

  #isShunned(peer: PeerId): boolean {
    return (this.#untruths.get(peer) ?? 0) >= UNTRUTHS_MAX;
  }
}

/** An answer with nothing in it helps no further. */
function endOf(state: AnswerState): AnswerState {
  return state === "coming" ? state : "missing";
}
