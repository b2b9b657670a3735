import { TokenBucket } from "../base/bucket.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import { RUN_BYTES_MAX } from "../wire/limits.ts";
import type { Link } from "./chain.ts";
import type { Forks } from "./forks.ts";
import type { Journal } from "./journal.ts";
import type { Loads } from "./loads.ts";
import { type Chain, CHAINS_PER_ROOM_MAX, type Log } from "./log.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";

/** Signatures of one peer's that are looked at: all of a room at once, then so many a second. */
const CHECKS_BURST = CHAINS_PER_ROOM_MAX;
const CHECKS_PER_SECOND = 64;

/** Checkpoints that wait for the disk to say what is held there. More are ignored. */
const LOOKUPS_MAX = 64;

export interface CheckpointsOptions {
  readonly me: PeerId;
  readonly isAuthentic: (checkpoint: Checkpoint) => boolean;
  readonly isBlocked: (author: PeerId) => boolean;
  /** Whether that peer is being asked for something of this chain. */
  readonly isAsked: (peer: PeerId, room: RoomId, author: PeerId) => boolean;
  /** More is known of a chain. */
  readonly onAdopted: (now: number, chain: Chain) => void;
  /** One's own is signed by oneself, and not what is held here. */
  readonly onLost: (now: number, chain: Chain, checkpoint: Checkpoint) => void;
  /** Whether one's own runs there are about to get other numbers on disk, or are getting them. */
  readonly isRenumbering: (room: RoomId) => boolean;
}

/** Signed tips of others' chains: the highest of each is kept, and what denies another is told. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #forks: Forks;
  readonly #loads: Loads;
  readonly #checks = new Map<PeerId, TokenBucket>();
  /** The highest that was told of one's own chains while they are renumbered. */
  readonly #aside = new Map<RoomId, Checkpoint>();
  /** Those of one's own that may turn out to be what is on disk. */
  readonly #lookedUp = new Set<Checkpoint>();

  constructor(
    options: CheckpointsOptions,
    parts: {
      readonly log: Log;
      readonly journal: Journal;
      readonly outputs: Outputs;
      readonly forks: Forks;
      readonly loads: Loads;
    },
  ) {
    this.#options = options;
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#forks = parts.forks;
    this.#loads = parts.loads;
  }

  /** What a member of the room tells. */
  handle(now: number, peer: OpenPeer, checkpoints: readonly Checkpoint[]): void {
    for (const checkpoint of checkpoints) this.#consider(now, peer, checkpoint);
  }

  onPeerClosed(peer: PeerId): void {
    this.#checks.delete(peer);
  }

  /** It is known to be one's own, and is signed for that. */
  onProved(now: number, chain: Chain, checkpoint: Checkpoint): void {
    this.#recall(now, chain, checkpoint);
  }

  /** Whether the disk is being asked if more of one's own chain there is signed than is known. */
  isAsking(room: RoomId): boolean {
    for (const it of this.#lookedUp) if (it.room === room) return true;
    return false;
  }

  /** One's own chain there has its numbers for good. */
  onRenumbered(now: number, room: RoomId): void {
    const checkpoint = this.#aside.get(room);
    const chain = this.#log.find(room, this.#options.me);
    this.#aside.delete(room);
    if (checkpoint !== undefined && chain !== undefined) this.#recall(now, chain, checkpoint);
  }

  #consider(now: number, peer: OpenPeer, it: Checkpoint): void {
    const { room, author, seq, hash } = it;
    if (this.#options.isBlocked(author) || seq === 0) return;
    const known = this.#log.find(room, author);
    const last = known?.checkpoint;
    const isKnown = last?.seq === seq && equalBytes(last.hash, hash);
    const isOld = known?.isForked === true && seq <= (last?.seq ?? 0);
    if (isKnown) return this.#onKnown(peer.id, last);
    if (isOld || (known === undefined && !this.#log.hasRoomIn(room))) return;
    if (!this.#mayCheck(now, peer.id)) return;
    if (!this.#options.isAuthentic(it)) {
      if (peer.facts.take(now)) this.#outputs.event({ kind: "untrue", peer: peer.id, room });
      return;
    }
    // What is kept outlives the message that it came in.
    const checkpoint = { ...it, hash: hash.slice(), signature: it.signature.slice() };
    const chain = known ?? this.#log.chain(room, author);
    if (author === this.#options.me) return this.#recall(now, chain, checkpoint);
    const link = linkAt(chain, seq);
    if (link !== undefined) this.#weigh(now, chain, checkpoint, equalBytes(link.hash, hash));
    else if (isUnheld(chain, seq)) {
      this.#outputs.event({ kind: "author", author, by: peer.id });
      const isOffered = this.#options.isAsked(peer.id, room, author);
      this.#weigh(now, chain, checkpoint, true, isOffered);
    } else this.#lookUp(chain, checkpoint);
  }

  /** What leads to one that is known may be had, where what leads to a run above it is not. */
  #onKnown(peer: PeerId, checkpoint: Checkpoint): void {
    const { room, author, seq } = checkpoint;
    const chain = this.#log.find(room, author);
    if (chain === undefined || !isUnheld(chain, seq)) return;
    if (this.#options.isAsked(peer, room, author)) this.#log.aim(chain, checkpoint);
  }

  /** What one has signed oneself: where it is not known here, it was lost. */
  #recall(now: number, chain: Chain, checkpoint: Checkpoint): void {
    const { room, seq, hash } = checkpoint;
    if (this.#options.isRenumbering(room)) return this.#setAside(checkpoint);
    const link = linkAt(chain, seq);
    if (link !== undefined) this.#weigh(now, chain, checkpoint, equalBytes(link.hash, hash));
    else if (!isUnheld(chain, seq)) this.#lookUp(chain, checkpoint);
    else if (!isSigned(chain, seq)) this.#options.onLost(now, chain, checkpoint);
  }

  /** Under its number there may soon be something else. */
  #setAside(checkpoint: Checkpoint): void {
    const { room, seq } = checkpoint;
    if (seq > (this.#aside.get(room)?.seq ?? 0)) this.#aside.set(room, checkpoint);
  }

  /** Whether what is on disk agrees. */
  #lookUp(chain: Chain, checkpoint: Checkpoint): void {
    if (this.#loads.size >= LOOKUPS_MAX) return;
    const { room, author, seq, hash } = checkpoint;
    const isOwn = author === this.#options.me;
    if (isOwn && !isSigned(chain, seq)) this.#lookedUp.add(checkpoint);
    const query = { room, author, from: seq, to: seq, limit: 1, bytesMax: RUN_BYTES_MAX };
    this.#loads.ask(query, (now, [row]) => {
      this.#lookedUp.delete(checkpoint);
      if (isOwn && this.#options.isRenumbering(room)) return this.#setAside(checkpoint);
      if (row === undefined) return;
      const agrees = row.seq + row.entries - 1 === seq && equalBytes(row.hash, hash);
      this.#weigh(now, chain, checkpoint, agrees);
      if (agrees && chain.checkpoint === checkpoint) this.#anchor(chain, checkpoint);
    });
  }

  /** `isOffered`: by a peer that has what leads to it, instead of what it was asked for. */
  #weigh(
    now: number,
    chain: Chain,
    checkpoint: Checkpoint,
    agrees: boolean,
    isOffered = false,
  ): void {
    const isOld = isSigned(chain, checkpoint.seq);
    if (!agrees) {
      if (chain.author === this.#options.me && !isOld) {
        this.#options.onLost(now, chain, checkpoint);
      } else this.#forks.onForked(chain);
      return;
    }
    if (!isOld) {
      this.#log.sign(chain, checkpoint);
      if (this.#log.anchor(chain)) this.#keep(chain.anchor, true);
      if (chain.anchor !== checkpoint) this.#keep(checkpoint, false);
      this.#options.onAdopted(now, chain);
    } else if (isOffered) this.#log.aim(chain, checkpoint);
  }

  /** The disk has shown that it holds the run. */
  #anchor(chain: Chain, checkpoint: Checkpoint): void {
    if (chain.anchor === checkpoint) return;
    chain.anchor = checkpoint;
    this.#keep(checkpoint, true);
  }

  #keep(checkpoint: Checkpoint | undefined, isHeld: boolean): void {
    if (checkpoint === undefined) return;
    this.#journal.note({ kind: "checkpoint", ...checkpoint, isHeld });
  }

  #mayCheck(now: number, peer: PeerId): boolean {
    const bucket = this.#checks.get(peer) ?? new TokenBucket(now, CHECKS_PER_SECOND, CHECKS_BURST);
    this.#checks.set(peer, bucket);
    return bucket.take(now);
  }
}

/** The end of a run there, where its hash is known without a look at the disk. */
function linkAt({ next, checkpoint }: Chain, seq: number): Pick<Link, "seq" | "hash"> | undefined {
  const { head, gaps } = next;
  const ends = gaps.flatMap(({ after, to, hash }) => [after, { seq: to, hash }]);
  if (checkpoint !== undefined) ends.push(checkpoint);
  return [head, ...ends].find((end) => end.seq === seq);
}

function isSigned({ checkpoint }: Chain, seq: number): boolean {
  return seq <= (checkpoint?.seq ?? 0);
}

/** Above the head, or in a gap. */
function isUnheld({ next: { head, gaps } }: Chain, seq: number): boolean {
  return seq > head.seq || gaps.some(({ after, to }) => seq > after.seq && seq <= to);
}
