import { Deadlines } from "../base/deadlines.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import type { PresenceState } from "../wire/aside.ts";
import type { TypingDatagram } from "../wire/typing.ts";

/** Who is said to type has stopped after so long without another word of it. */
export const TYPING_MS = 6_000;

/** How often it is said of oneself while one goes on. */
const TYPING_AGAIN_MS = 2_000;

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

  onMet(peer: PeerId): void {
    this.#toldOf(peer);
    this.#tell(peer);
  }

  /** Whether this peer is barred has changed. */
  onJudged(peer: PeerId): void {
    this.#tell(peer);
  }

  onClosed(peer: PeerId): void {
    this.#told.delete(peer);
    for (const [place, typing] of this.#typing) {
      if (typing.peer === peer) this.#stop(place);
    }
    for (const place of this.#said.keys()) {
      if (place.startsWith(peer)) this.#said.delete(place);
    }
  }

  handleState(peer: PeerId, state: PresenceState): void {
    const told = this.#toldOf(peer);
    if (told.theirs === state) return;
    told.theirs = state;
    this.#outputs.push({ kind: "presence", peer, state });
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
      const rooms = [...this.#typing.values()].filter((typing) => typing.peer === peer).length;
      if (rooms >= TYPING_ROOMS_MAX || !this.#told.has(peer)) return;
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
  }

  pollTimeout(): number {
    return this.#ends.next;
  }

  pollOutput(): PresenceOutput | undefined {
    return this.#outputs.shift();
  }

  /** Both are online from the start of a session. */
  #toldOf(peer: PeerId): Told {
    const told = this.#told.get(peer) ?? { mine: "online", theirs: "online" };
    this.#told.set(peer, told);
    return told;
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
