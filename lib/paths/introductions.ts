import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";

/** Who tells of a peer: the server, a member of a room, or the local network. */
export type IntroducerKind = "server" | "member" | "lan";

/** Introductions that a client follows in any minute, whoever they are by. PROTOCOL.md §7. */
const FOLLOWED_PER_MINUTE = 128;

/**
 * Of these, what each kind of introducer has to itself, however many the others send; what is over
 * goes to whoever comes first.
 */
export const FOLLOWED_SHARES: Shares = { server: 64, member: 16, lan: 16 };

/** And per peer: five quick ones (at 0, 0.5, 1, 2, 4 s), then six a minute. */
const FOLLOWED_OF_PEER_BURST = 5;
const FOLLOWED_OF_PEER_PER_MINUTE = 6;

/** Of one peer in any minute, however many paths are found and lost: each renews the above. */
const FOLLOWED_OF_PEER_MAX = 32;

/**
 * Of those without a path, one in any minute is for each kind, whatever the others have used up:
 * five quick ones of one kind leave room for it, so that all three together have seven.
 */
const FOLLOWED_OF_PEER_SHARES: Shares = { server: 1, member: 1, lan: 1 };

/**
 * That is all of the others' while the server introduces the peer, which brings both sides to act
 * at once: so long after it last did, twice the longest that a server leaves between.
 */
const LED_BY_SERVER_MS = 30_000;

const MINUTE_MS = 60_000;

/** Peers remembered; the one first introduced is forgotten first. */
const PEERS_MAX = 4096;

type Shares = Readonly<Record<IntroducerKind, number>>;

const NO_SHARES: Shares = { server: 0, member: 0, lan: 0 };

/**
 * Bounds what lying introducers can make a client send, all together: 20 calls an introduction, and
 * punches. No kind of introducer takes what another needs.
 */
export class IntroductionBudget {
  readonly #all = new SharedMinute(FOLLOWED_PER_MINUTE, FOLLOWED_SHARES);
  readonly #perPeer = new Map<PeerId, Ladder>();

  /** 0 where this one may not be followed; else how many by its kind were, see `Ladder`. */
  take(now: number, peer: PeerId, by: IntroducerKind): number {
    if (!this.#all.has(now, by)) return 0;
    const followed = this.#of(now, peer).take(now, by);
    if (followed > 0) this.#all.add(now, by);
    return followed;
  }

  /** A path to this peer works: when it is lost, the quick ones are due again. */
  onPath(now: number, peer: PeerId): void {
    this.#perPeer.get(peer)?.restart(now);
  }

  /** It introduces nobody any more: members and neighbours need leave nobody to it. */
  onServerLost(): void {
    for (const ladder of this.#perPeer.values()) ladder.onServerLost();
  }

  #of(now: number, peer: PeerId): Ladder {
    const known = this.#perPeer.get(peer);
    if (known !== undefined) return known;
    const [first] = this.#perPeer.keys();
    if (first !== undefined && this.#perPeer.size >= PEERS_MAX) this.#perPeer.delete(first);
    const its = new Ladder(now);
    this.#perPeer.set(peer, its);
    return its;
  }
}

/** When one peer may be called anew: one ladder, whoever introduces it. */
class Ladder {
  readonly #whole = new SharedMinute(FOLLOWED_OF_PEER_MAX, NO_SHARES);
  #minute = minuteWithoutPath();
  #bucket: TokenBucket;
  #byServerAtMs = -Infinity;
  readonly #followed = new Map<IntroducerKind, number>();

  constructor(now: number) {
    this.#bucket = fullBucket(now);
  }

  /** 0 where it may not; else how many by this kind were followed since a path worked last. */
  take(now: number, by: IntroducerKind): number {
    if (!this.#whole.has(now, by) || !this.#minute.has(now, by)) return 0;
    const isLed = by !== "server" && now < this.#byServerAtMs + LED_BY_SERVER_MS;
    if (isLed && !this.#minute.isOwed(by)) return 0;
    if (!this.#bucket.has(now, 1 + this.#minute.owedToOthers(by))) return 0;
    this.#bucket.take(now);
    this.#minute.add(now, by);
    this.#whole.add(now, by);
    if (by === "server") this.#byServerAtMs = now;
    const followed = (this.#followed.get(by) ?? 0) + 1;
    this.#followed.set(by, followed);
    return followed;
  }

  onServerLost(): void {
    this.#byServerAtMs = -Infinity;
  }

  /** What was followed so far has led to a path. */
  restart(now: number): void {
    this.#minute = minuteWithoutPath();
    this.#bucket = fullBucket(now);
    this.#byServerAtMs = -Infinity;
    this.#followed.clear();
  }
}

function minuteWithoutPath(): SharedMinute {
  const max = FOLLOWED_OF_PEER_BURST + FOLLOWED_OF_PEER_PER_MINUTE;
  return new SharedMinute(max, FOLLOWED_OF_PEER_SHARES);
}

function fullBucket(now: number): TokenBucket {
  const { server, member, lan } = FOLLOWED_OF_PEER_SHARES;
  // One of them is of the five.
  const burst = FOLLOWED_OF_PEER_BURST + server + member + lan - 1;
  return new TokenBucket(now, FOLLOWED_OF_PEER_PER_MINUTE / 60, burst);
}

/** So many in any minute, of which each kind of introducer has its share. */
class SharedMinute {
  readonly #max: number;
  readonly #shares: Shares;
  /** The latest, oldest first. */
  readonly #taken: { readonly atMs: number; readonly by: IntroducerKind }[] = [];
  readonly #count: Record<IntroducerKind, number> = { server: 0, member: 0, lan: 0 };

  constructor(max: number, shares: Shares) {
    this.#max = max;
    this.#shares = shares;
  }

  has(now: number, by: IntroducerKind): boolean {
    this.#forget(now);
    return this.#taken.length + this.owedToOthers(by) < this.#max;
  }

  /** What the other kinds have not had of their shares. */
  owedToOthers(by: IntroducerKind): number {
    return KINDS.reduce((sum, kind) => sum + (kind === by ? 0 : this.#owed(kind)), 0);
  }

  /** Whether it has not had all of its share. */
  isOwed(by: IntroducerKind): boolean {
    return this.#owed(by) > 0;
  }

  add(now: number, by: IntroducerKind): void {
    this.#taken.push({ atMs: now, by });
    this.#count[by] += 1;
  }

  #owed(kind: IntroducerKind): number {
    return Math.max(0, this.#shares[kind] - this.#count[kind]);
  }

  #forget(now: number): void {
    for (let [first] = this.#taken; first !== undefined && first.atMs <= now - MINUTE_MS;) {
      this.#count[first.by] -= 1;
      this.#taken.shift();
      [first] = this.#taken;
    }
  }
}

const KINDS: readonly IntroducerKind[] = ["server", "member", "lan"];
