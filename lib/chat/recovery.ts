import { Deadlines } from "../base/deadlines.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Head } from "../wire/chat.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import { decodeRun } from "../wire/entry.ts";
import { RUN_BYTES_MAX } from "../wire/limits.ts";
import { type Link, linkOf } from "./chain.ts";
import type { Journal } from "./journal.ts";
import type { Loads } from "./loads.ts";
import { type Chain, gapsBehind, type Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { RETRY_MS } from "./recipient.ts";
import type { RebaseWrite } from "./records.ts";
import type { Speech } from "./speech.ts";
import type { Statuses } from "./statuses.ts";

/** What is under way in a room is waited for before its chain is moved: so often, and so long. */
const BUSY_MS = 250;
export const BUSY_MS_MAX = 10_000;

export interface RecoveryOptions {
  readonly me: PeerId;
  /** One's own chain there goes on behind what others hold. */
  readonly onRecovered: (now: number, room: RoomId) => void;
  /** What is held elsewhere of this chain has, or is about to get, other numbers. */
  readonly onMoving: (room: RoomId) => void;
  /** Whether it may turn out in a moment that more of it is signed than is known. */
  readonly isUnsure: (room: RoomId) => boolean;
}

export interface RecoveryParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly loads: Loads;
  readonly statuses: Statuses;
  readonly outbox: Outbox;
  readonly speech: Speech;
}

/** Signed by oneself, and lost here. */
interface Lost {
  readonly checkpoint: Checkpoint;
  readonly untilMs: number;
}

interface Other {
  readonly peer: PeerId;
  readonly head: Head;
}

/**
 * Brings one's own chains behind what was lost of them: what was said since, and nobody has got, is
 * said once more there. What is missing below is then a gap like any, which members fill.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #parts: RecoveryParts;
  readonly #lost = new Map<RoomId, Lost>();
  /** What the other one holds, where a conversation of two is to be moved behind that. */
  readonly #moving = new Map<RoomId, Other>();
  readonly #due = new Deadlines<RoomId>();

  constructor(options: RecoveryOptions, parts: RecoveryParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Nothing of what is said there goes out, or is signed. */
  isMoving(room: RoomId): boolean {
    const isWaiting = this.#lost.has(room) || this.#moving.has(room);
    return isWaiting || this.isRenumbering(room);
  }

  /** Its last runs are getting other numbers: whatever names one is to wait for that. */
  isRenumbering(room: RoomId): boolean {
    return this.#parts.speech.isStalled(room);
  }

  /** Somebody knows what we have signed, and it is not what is here. */
  onLost(now: number, { room }: Chain, checkpoint: Checkpoint): void {
    const known = this.#lost.get(room);
    if (checkpoint.seq <= (known?.checkpoint.seq ?? 0)) return;
    this.#lost.set(room, { checkpoint, untilMs: known?.untilMs ?? now + BUSY_MS_MAX });
    this.#work(now, room);
  }

  /** With this one, one's own chain goes on behind what it holds. */
  onOther(peer: PeerId, head: Head): void {
    this.#moving.set(head.room, { peer, head });
    if (!this.#parts.speech.isStalled(head.room)) this.#moveBehind(head);
  }

  /** It is on disk, or is not. */
  onStored(now: number, write: RebaseWrite, ok: boolean): void {
    const { room, onto } = write;
    const { me } = this.#options;
    if (!ok) {
      this.#parts.speech.resume(now, room);
      this.#due.set(room, now + RETRY_MS);
      return;
    }
    const to = onto.seq + this.#parts.log.chain(room, me).next.head.seq;
    const query = { room, author: me, from: 1, to, limit: 1, bytesMax: RUN_BYTES_MAX };
    this.#parts.loads.ask(query, (at, [row]) => {
      const run = row && decodeRun(row.bytes);
      this.#onMoved(at, write, run && row && linkOf(run, row.bytes));
    });
  }

  /** What stalled a room has let go of it: it may be moved. */
  onResumed(now: number, room: RoomId): void {
    this.#work(now, room);
  }

  handleTimeout(now: number): void {
    for (let room = this.#due.pollDue(now); room !== undefined; room = this.#due.pollDue(now)) {
      this.#work(now, room);
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }

  #work(now: number, room: RoomId): void {
    const { log, journal, outbox, speech } = this.#parts;
    const lost = this.#lost.get(room);
    if (speech.isStalled(room)) return;
    const moving = this.#moving.get(room);
    if (moving !== undefined) this.#moveBehind(moving.head);
    if (lost === undefined) return;
    const chain = log.chain(room, this.#options.me);
    const mayWait = now < lost.untilMs;
    // What goes behind it is to be later: who holds it says how late it is.
    if (mayWait && chain.claimed.seq < lost.checkpoint.seq) return this.#wait(now, room);
    journal.close();
    const signed = chain.checkpoint?.seq ?? 0;
    if (lost.checkpoint.seq <= signed || chain.next.head.seq <= signed) {
      this.#adopt(chain, lost.checkpoint);
      this.#options.onRecovered(now, room);
      return;
    }
    const isBusy = chain.next !== chain.held || outbox.isBusyWith(room);
    const isEarly = isBusy || this.#options.isUnsure(room);
    if (isEarly && mayWait) return this.#wait(now, room);
    const { seq, hash } = lost.checkpoint;
    const onto = { seq, hash, time: chain.claimed.time };
    this.#move(room, { from: signed + 1, onto, gaps: gapsBehind(chain, lost.checkpoint) });
  }

  #wait(now: number, room: RoomId): void {
    this.#due.set(room, now + BUSY_MS);
  }

  #moveBehind({ room, seq, hash, time }: Head): void {
    this.#move(room, { from: undefined, onto: { seq, hash, time }, gaps: [] });
  }

  #move(room: RoomId, move: Pick<RebaseWrite, "from" | "onto" | "gaps">): void {
    this.#parts.speech.stall(room);
    this.#options.onMoving(room);
    this.#parts.journal.note({ kind: "rebase", room, author: this.#options.me, ...move });
  }

  /** `head`: the last run that is on disk of the chain. */
  #onMoved(now: number, { room, from, onto, gaps }: RebaseWrite, head: Link | undefined): void {
    const { log, statuses, outbox, speech } = this.#parts;
    const chain = log.chain(room, this.#options.me);
    const last = chain.next.head.seq;
    const isMoved = head !== undefined && head.seq > onto.seq;
    const isDirect = from === undefined;
    if (isMoved) log.move(chain, { head, gaps });
    else if (isDirect && onto.seq >= last) log.move(chain, { head: onto, gaps });
    const shift = isMoved ? head.seq - last : 0;
    const move = { author: this.#options.me, from: onto.seq + 1 - shift, shift };
    if (shift > 0) statuses.onMoved(chain, this.#moving.get(room)?.peer, { ...move, last });
    outbox.onMoved();
    this.#options.onMoving(room);
    this.#moving.delete(room);
    const lost = this.#lost.get(room);
    if (lost !== undefined) this.#adopt(chain, lost.checkpoint);
    speech.resume(now, room, shift > 0 ? move : undefined);
    this.#options.onRecovered(now, room);
  }

  /** What is below it is asked for, and what is said next goes behind it. */
  #adopt(chain: Chain, checkpoint: Checkpoint): void {
    const { log, journal } = this.#parts;
    this.#lost.delete(chain.room);
    this.#due.delete(chain.room);
    if (checkpoint.seq <= (chain.checkpoint?.seq ?? 0)) return;
    log.sign(chain, checkpoint);
    journal.note({ kind: "checkpoint", ...checkpoint, isHeld: false });
  }
}
