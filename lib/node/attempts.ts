import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";
import type { Card } from "../wire/card.ts";
import type { Purpose } from "../wire/packet.ts";
import { Attempt, type AttemptOptions } from "./attempt.ts";
import type { Connection } from "./connection.ts";
import type { Indices } from "./indices.ts";
import type { Trails } from "./trails.ts";

/** Handshakes begun at one time; more introductions are left to their repetition. */
const ATTEMPTS_MAX = 512;

export interface AttemptsOptions extends Pick<
  AttemptOptions,
  "random" | "identity" | "ownCard" | "run" | "observe"
> {
  readonly indices: Indices;
  /** Looked at, never changed, to know which sessions can be renewed. */
  readonly connections: ReadonlyMap<PeerId, Connection>;
  /** Beyond so many, calls of others are not answered and none begun. */
  readonly connectionsMax: number;
  readonly trails: Trails;
}

/** The calls that are under way, at most one for each peer. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #byPeer = new Map<PeerId, Attempt>();
  readonly #byIndex = new Map<number, Attempt>();
  readonly #deadlines = new Deadlines<Attempt>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byPeer.size;
  }

  to(peerId: PeerId): Attempt | undefined {
    return this.#byPeer.get(peerId);
  }

  /** The one whose answer is to bear this index. */
  at(localIndex: number): Attempt | undefined {
    return this.#byIndex.get(localIndex);
  }

  values(): Iterable<Attempt> {
    return this.#byPeer.values();
  }

  /** In the place of an earlier one. Undefined where there are too many, or too many sessions. */
  begin(now: number, card: Card, purpose: Purpose): Attempt | undefined {
    const isOneTooMany = this.size >= ATTEMPTS_MAX || !this.hasPlaceFor(card.peerId);
    if (isOneTooMany && purpose === "peer") return undefined;
    const earlier = this.#byPeer.get(card.peerId);
    if (earlier !== undefined) this.drop(earlier);
    const { indices, connections } = this.#options;
    const session = connections.get(card.peerId)?.session;
    const renewal = session && { session: session.id, epoch: session.epoch + 1 };
    const localIndex = indices.take();
    const trail = this.#options.trails.of(card.peerId);
    const { random, identity, ownCard, run, observe } = this.#options;
    const own = { random, identity, ownCard, run, observe };
    const attempt = new Attempt({ ...own, now, card, purpose, localIndex, renewal, trail });
    this.#byPeer.set(card.peerId, attempt);
    this.#byIndex.set(localIndex, attempt);
    return attempt;
  }

  /** Whether a session with this peer would not be one too many: each call has its place. */
  hasPlaceFor(peerId: PeerId): boolean {
    const { connections, connectionsMax } = this.#options;
    if (connections.has(peerId) || this.#byPeer.has(peerId)) return true;
    return connections.size + this.#byPeer.size < connectionsMax;
  }

  drop(attempt: Attempt): void {
    this.end(attempt);
    this.#options.indices.free(attempt.localIndex);
  }

  /** Its index goes on with what came of it. */
  end(attempt: Attempt): void {
    if (this.#byPeer.get(attempt.peerId) === attempt) this.#byPeer.delete(attempt.peerId);
    this.#byIndex.delete(attempt.localIndex);
    this.#deadlines.delete(attempt);
  }

  /** Something was done about it: it is due again when it says so. */
  schedule(attempt: Attempt): void {
    this.#deadlines.set(attempt, attempt.pollTimeout());
  }

  pollDue(now: number): Attempt | undefined {
    return this.#deadlines.pollDue(now);
  }

  pollTimeout(): number {
    return this.#deadlines.next;
  }
}
