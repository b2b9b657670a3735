import type { PeerId, RoomId } from "../base/ids.ts";
import type { DirectRooms } from "./directrooms.ts";
import { type Journal, OWN_PENDING_BYTES_MAX, OWN_PENDING_MAX } from "./journal.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { Outbox } from "./outbox.ts";
import { Readings } from "./readings.ts";
import { type Move, renamed } from "./rebase.ts";
import type { Words } from "./reword.ts";
import { encodeSaid, type Said } from "./said.ts";

export type Destination =
  | { readonly kind: "room"; readonly room: RoomId }
  | { readonly kind: "direct"; readonly peer: PeerId };

/** `id`: undefined where it is not final yet, as its chain is being moved: `queued` tells it. */
export type SendResult =
  | { readonly ok: true; readonly id: string | undefined }
  | { readonly ok: false; readonly reason: SendFault };

/** `outbox-full`: too much waits for the disk, or for everybody who would get it. */
export type SendFault = "too-long" | "empty" | "not-a-member" | "outbox-full" | "barred";

export interface SpeechParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly direct: DirectRooms;
  readonly membership: Membership;
  readonly outbox: Outbox;
  /** To whom nothing may be sent that a person has said. */
  readonly isBarred: (peer: PeerId) => boolean;
}

/** What is said while its chain is being moved. */
interface Held {
  readonly destination: Destination;
  readonly content: Words;
  readonly req: string | null;
}

interface Stall {
  readonly held: Held[];
  /** Of their bodies. */
  bytes: number;
}

/** Where what a person says becomes an entry, for those who are to get it. */
export class Speech {
  readonly #me: PeerId;
  readonly #parts: SpeechParts;
  readonly #readings: Readings;
  /** Rooms whose own chain is being moved, and what is said there meanwhile. */
  readonly #stalled = new Map<RoomId, Stall>();

  constructor(me: PeerId, parts: SpeechParts) {
    this.#me = me;
    this.#parts = parts;
    this.#readings = new Readings(parts.log);
  }

  /** Makes an entry. What becomes of it is told by `status` events with this `req`. */
  send(now: number, destination: Destination, said: Said, req: string | null): SendResult {
    const { isBarred } = this.#parts;
    const content = encodeSaid(said);
    if ("fault" in content) return { ok: false, reason: content.fault };
    const room = this.#roomOf(destination);
    if (room === undefined) return { ok: false, reason: "not-a-member" };
    if (destination.kind === "direct" && isBarred(destination.peer)) {
      return { ok: false, reason: "barred" };
    }
    const stall = this.#stalled.get(room);
    if (stall === undefined) return this.#make(now, room, { destination, content, req });
    const isFull = stall.held.length >= OWN_PENDING_MAX || stall.bytes >= OWN_PENDING_BYTES_MAX;
    if (isFull) return { ok: false, reason: "outbox-full" };
    stall.held.push({ destination, content, req });
    stall.bytes += content.body.length;
    return { ok: true, id: undefined };
  }

  /** What is said in a room waits until its chain has been moved. */
  stall(room: RoomId): void {
    if (!this.#stalled.has(room)) this.#stalled.set(room, { held: [], bytes: 0 });
  }

  isStalled(room: RoomId): boolean {
    return this.#stalled.has(room);
  }

  /** Whether something that is said may have to wait. */
  get isHolding(): boolean {
    return this.#stalled.size > 0;
  }

  /** `move`: how its entries have moved meanwhile; what is held names the same of them. */
  resume(now: number, room: RoomId, move?: Move): void {
    const held = this.#stalled.get(room)?.held ?? [];
    this.#stalled.delete(room);
    for (const one of held) {
      const content = move === undefined ? one.content : renamed(one.content, move);
      this.#make(now, room, { ...one, content }, true);
    }
  }

  /** `isTaken`: that it is, was told already. */
  #make(now: number, room: RoomId, held: Held, isTaken = false): SendResult {
    const { log, journal, outbox, isBarred } = this.#parts;
    const { destination, content, req } = held;
    const recipients: PeerId[] = [];
    const leftOut: PeerId[] = [];
    for (const peer of this.#peersOf(destination)) {
      if (isBarred(peer)) continue;
      (outbox.isFull(peer) ? leftOut : recipients).push(peer);
    }
    const isFull = leftOut.length > 0 && recipients.length === 0;
    const mayWait = !isFull && !journal.isFull(this.#me, OWN_PENDING_MAX, OWN_PENDING_BYTES_MAX);
    if (!mayWait && !isTaken) {
      return { ok: false, reason: "outbox-full" };
    }

    const to = destination.kind === "direct" ? destination.peer : undefined;
    const chain = log.chain(room, this.#me);
    const run = journal.runFor(chain, { to, recipients, leftOut }, content.body);
    outbox.onMade(recipients);
    return { ok: true, id: run.add(this.#readings.next(now, chain), content, req) };
  }

  #peersOf(destination: Destination): Iterable<PeerId> {
    if (destination.kind === "direct") return [destination.peer];
    return this.#parts.membership.members(destination.room);
  }

  #roomOf(destination: Destination): RoomId | undefined {
    const { membership, direct } = this.#parts;
    if (destination.kind === "room") {
      return membership.rooms.has(destination.room) ? destination.room : undefined;
    }
    const { peer } = destination;
    return peer === this.#me ? undefined : direct.with(peer);
  }
}
