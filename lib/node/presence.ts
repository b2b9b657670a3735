import { TokenBucket } from "../base/bucket.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import type { PresenceState } from "../wire/aside.ts";
import type { TypingDatagram } from "../wire/typing.ts";

/** Who is said to type has stopped after so long without another word of it. */
export const TYPING_MS = 6_000;

/** How often it is said of oneself while one goes on. */
const TYPING_AGAIN_MS = 2_000;

/**
 * Changes of one peer that are told: as many at once as a hasty person makes, then one a second.
 * What each costs here, lines and a reader's patience, is far more than to send it.
 */
const CHANGES_BURST = 8;
const CHANGES_PER_SECOND = 1;
const CHANGE_MS = 1_000 / CHANGES_PER_SECOND;

/** Rooms of one peer in which it is said to type; of more, the rest is not told. */
const TYPING_ROOMS_MAX = 8;

export type PresenceOutput =
  | { readonly kind: "send"; readonly peer: PeerId; readonly state: PresenceState }
  | { readonly kind: "say"; readonly peer: PeerId; readonly datagram: TypingDatagram }
  | { readonly kind: "presence"; readonly peer: PeerId; readonly state: PresenceState }
  | { readonly kind: "typing"; readonly peer: PeerId; readonly datagram: TypingDatagram };

/** Two whose session is open: what each of them has told the other last. */
interface Told {
  mine: PresenceState;
  theirs: PresenceState;
  /** What faces were last told of them. */
  known: PresenceState;
  readonly changes: TokenBucket;
}

/** A peer and a room, where it is not what is between the two. */
type Place = string;

/**
 * Whether people are at hand, as they say themselves, and who is typing. It is kept of those whose
 * session is open, and told to them unless nothing is to be sent there.
 */
export class Presence {
  #own: PresenceState = "online";
  readonly #isBarred: (peer: PeerId) => boolean;
  readonly #told = new Map<PeerId, Told>();
  readonly #typing = new Map<Place, { readonly peer: PeerId; readonly room: RoomId | undefined }>();
  readonly #ends = new Deadlines<Place>();
  /** Whose state has changed again too soon to be told. */
  readonly #late = new Deadlines<PeerId>();
  /** When it was last said of oneself, by whom it is for. */
  readonly #said = new Map<Place, number>();
  readonly #outputs = new Queue<PresenceOutput>();

  /** `isBarred`: nothing is to be sent to that peer. */
  constructor(isBarred: (peer: PeerId) => boolean) {
    this.#isBarred = isBarred;
  }

  get own(): PresenceState {
    return this.#own;
  }

  /** What somebody has said of themselves. */
  of(peer: PeerId): PresenceState | undefined {
    return this.#told.get(peer)?.theirs;
  }

  /** Tells all who are met of a change. */
  set(state: PresenceState): void {
    this.#own = state;
    for (const peer of this.#told.keys()) this.#tell(peer);
  }

  onMet(now: number, peer: PeerId): void {
    this.#toldOf(now, peer);
    this.#tell(peer);
  }

  /** Whether this peer is barred has changed. */
  onJudged(peer: PeerId): void {
    this.#tell(peer);
  }

  onClosed(peer: PeerId): void {
    this.#told.delete(peer);
    this.#late.delete(peer);
    for (const [place, typing] of this.#typing) {
      if (typing.peer === peer) this.#stop(place);
    }
    for (const place of this.#said.keys()) {
      if (place.startsWith(peer)) this.#said.delete(place);
    }
  }

  handleState(now: number, peer: PeerId, state: PresenceState): void {
    this.#toldOf(now, peer).theirs = state;
    this.#report(now, peer);
  }

  /** The person here types to these, or has stopped. */
  type(now: number, peers: Iterable<PeerId>, { room, isTyping }: TypingDatagram): void {
    for (const peer of peers) {
      if (!this.#told.has(peer)) continue;
      const place = placeOf(peer, room);
      const isSaid = this.#said.has(place);
      const isDue = now >= (this.#said.get(place) ?? -Infinity) + TYPING_AGAIN_MS;
      if (isTyping ? !isDue : !isSaid) continue;
      if (isTyping) this.#said.set(place, now);
      else this.#said.delete(place);
      this.#outputs.push({ kind: "say", peer, datagram: { room, isTyping } });
    }
  }

  handleTyping(now: number, peer: PeerId, datagram: TypingDatagram): void {
    const place = placeOf(peer, datagram.room);
    if (!datagram.isTyping) return this.#stop(place);
    if (!this.#typing.has(place)) {
      if (this.#told.get(peer)?.changes.take(now) !== true) return;
      const rooms = [...this.#typing.values()].filter((typing) => typing.peer === peer).length;
      if (rooms >= TYPING_ROOMS_MAX) return;
      this.#typing.set(place, { peer, room: datagram.room });
      this.#outputs.push({ kind: "typing", peer, datagram });
    }
    this.#ends.set(place, now + TYPING_MS);
  }

  /** A message of theirs has come: that they typed it is no news any more. */
  onSaid(peer: PeerId, room: RoomId | undefined): void {
    if (this.#typing.size > 0) this.#stop(placeOf(peer, room));
  }

  handleTimeout(now: number): void {
    for (let place = this.#ends.pollDue(now); place !== undefined;) {
      this.#stop(place);
      place = this.#ends.pollDue(now);
    }
    for (let peer = this.#late.pollDue(now); peer !== undefined;) {
      this.#report(now, peer);
      peer = this.#late.pollDue(now);
    }
  }

  pollTimeout(): number {
    return Math.min(this.#ends.next, this.#late.next);
  }

  pollOutput(): PresenceOutput | undefined {
    return this.#outputs.shift();
  }

  /** Both are online from the start of a session. */
  #toldOf(now: number, peer: PeerId): Told {
    const known = this.#told.get(peer);
    if (known !== undefined) return known;
    const changes = new TokenBucket(now, CHANGES_PER_SECOND, CHANGES_BURST);
    const told: Told = { mine: "online", theirs: "online", known: "online", changes };
    this.#told.set(peer, told);
    return told;
  }

  /** Of those who change it all the time, what it is whenever that may be told. */
  #report(now: number, peer: PeerId): void {
    const told = this.#told.get(peer);
    this.#late.delete(peer);
    if (told === undefined || told.known === told.theirs) return;
    if (!told.changes.take(now)) {
      this.#late.set(peer, now + CHANGE_MS);
      return;
    }
    told.known = told.theirs;
    this.#outputs.push({ kind: "presence", peer, state: told.known });
  }

  #tell(peer: PeerId): void {
    const told = this.#told.get(peer);
    const state = this.#own;
    if (told === undefined || told.mine === state || this.#isBarred(peer)) return;
    told.mine = state;
    this.#outputs.push({ kind: "send", peer, state });
  }

  #stop(place: Place): void {
    const typing = this.#typing.get(place);
    this.#ends.delete(place);
    if (typing === undefined) return;
    this.#typing.delete(place);
    const { peer, room } = typing;
    this.#outputs.push({ kind: "typing", peer, datagram: { room, isTyping: false } });
  }
}

function placeOf(peer: PeerId, room: RoomId | undefined): Place {
  return `${peer} ${room ?? ""}`;
}
