import type { PeerId, RoomId } from "../base/ids.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { CheckpointFields } from "../wire/checkpoint.ts";
import type { Journal } from "./journal.ts";
import type { Chain, Log } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { Outputs } from "./outputs.ts";

/** What is on disk is signed so soon, or when it is so much: signing is not paid per message. */
export const SIGN_WITHIN_MS = 1_000;
export const SIGN_ENTRIES = 256;

export interface SignerOptions {
  readonly me: PeerId;
  readonly sign: (fields: CheckpointFields) => Uint8Array;
  /** Whether somebody is here who would know if more had been signed before. */
  readonly maySign: (room: RoomId) => boolean;
  /** There is a checkpoint more in a room. */
  readonly onSigned: (now: number, room: RoomId) => void;
}

/**
 * Signs the tips of one's own chains in rooms, so that others can pass them on: a while after
 * something was said, before leaving, and when somebody comes what was not signed till then. While
 * nobody is here nothing is, as it may have to go behind what others hold.
 */
export class Signer {
  readonly #me: PeerId;
  readonly #sign: (fields: CheckpointFields) => Uint8Array;
  readonly #maySign: (room: RoomId) => boolean;
  readonly #onSigned: (now: number, room: RoomId) => void;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #mates: Mates;
  readonly #due = new Deadlines<RoomId>();

  constructor(
    { me, sign, maySign, onSigned }: SignerOptions,
    parts: {
      readonly log: Log;
      readonly journal: Journal;
      readonly outputs: Outputs;
      readonly mates: Mates;
    },
  ) {
    this.#me = me;
    this.#sign = sign;
    this.#maySign = maySign;
    this.#onSigned = onSigned;
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#mates = parts.mates;
  }

  /** There may be somebody now for whom it is signed: what is not, is to be at once. */
  onFree(): void {
    for (const room of this.#mates.rooms()) {
      const chain = this.#log.find(room, this.#me);
      if (chain !== undefined && unsignedIn(chain) > 0) this.#due.set(room, 0);
    }
  }

  /** A run of one's own, of a room, is on disk. */
  onStored(now: number, chain: Chain): void {
    const { room } = chain;
    const count = unsignedIn(chain);
    if (count >= SIGN_ENTRIES) this.sign(now, room);
    else if (count > 0 && !this.#due.has(room)) this.#due.set(room, now + SIGN_WITHIN_MS);
  }

  /** Signs what is on disk of a room, and tells it to who is here. */
  sign(now: number, room: RoomId): void {
    this.#due.delete(room);
    const chain = this.#log.find(room, this.#me);
    if (chain === undefined || unsignedIn(chain) <= 0 || !this.#maySign(room)) return;
    const { seq, hash } = chain.held.head;
    const fields = { room, author: this.#me, seq, hash };
    const checkpoint = { ...fields, signature: this.#sign(fields) };
    this.#log.sign(chain, checkpoint);
    this.#log.anchor(chain);
    this.#journal.note({ kind: "checkpoint", ...checkpoint, isHeld: true });
    for (const mate of this.#mates.in(room)) {
      this.#outputs.send(mate.id, { kind: "checkpoints", room, checkpoints: [checkpoint] });
    }
    this.#onSigned(now, room);
  }

  /** Before leaving. */
  signAll(now: number): void {
    for (const room of this.#mates.rooms()) this.sign(now, room);
  }

  handleTimeout(now: number): void {
    for (let room = this.#due.pollDue(now); room !== undefined; room = this.#due.pollDue(now)) {
      this.sign(now, room);
    }
  }

  pollTimeout(): number {
    return this.#due.next;
  }
}

function unsignedIn({ held, checkpoint }: Chain): number {
  return held.head.seq - (checkpoint?.seq ?? 0);
}
