import type { PeerId, RoomId } from "../base/ids.ts";
import { CANCELLED } from "./cancelled.ts";
import { contentOf } from "./contentof.ts";
import type { Deliveries } from "./deliveries.ts";
import type { DirectRooms } from "./directrooms.ts";
import { messageId } from "./messageid.ts";
import type { Outbox } from "./outbox.ts";
import type { Outputs } from "./outputs.ts";
import { type RunKey, runKey, sizeOf } from "./recipient.ts";
import { isMessage } from "./quotes.ts";
import type { ChatWrite, Delivery } from "./records.ts";
import type { Run } from "../wire/entry.ts";

/**
 * Why a message is not taken back. `settled`: it waits for nobody. `room`: a room's log is passed
 * on by whoever has it, so that its entries stay. `together`: it is one of several that were said
 * at once, and go as one. `sent`: it may be there, or on its way. `storage`: the disk refuses.
 */
export type CancelFault = "unknown" | "settled" | "room" | "together" | "sent" | "storage";

/** A message that is to be taken back. */
interface Asked {
  readonly room: RoomId;
  readonly seq: number;
  readonly req: string | null;
  /** Told of the end; that it is not taken back is then told nobody else. */
  readonly onEnd?: (now: number, fault: CancelFault | undefined) => void;
}

/**
 * Takes back what waits for somebody to whom it was never on its way. Its number stays used: in a
 * conversation of two nobody misses it.
 */
export class Withdrawals {
  readonly #me: PeerId;
  readonly #direct: DirectRooms;
  readonly #outputs: Outputs;
  readonly #outbox: Outbox;
  readonly #deliveries: Deliveries;
  /** On its way to the disk. */
  readonly #withdrawn = new Map<RunKey, Asked>();

  constructor(
    me: PeerId,
    parts: {
      readonly direct: DirectRooms;
      readonly outputs: Outputs;
      readonly outbox: Outbox;
      readonly deliveries: Deliveries;
    },
  ) {
    this.#me = me;
    this.#direct = parts.direct;
    this.#outputs = parts.outputs;
    this.#outbox = parts.outbox;
    this.#deliveries = parts.deliveries;
  }

  ask(asked: Asked): void {
    this.#deliveries.ask(asked.room, asked.seq, (now, delivery) => {
      const fault = delivery === undefined ? "unknown" : this.#withdraw(asked, delivery);
      if (fault !== undefined) this.#tell(now, asked, fault);
    });
  }

  /** Whether this message is taken back, and the disk does not have that yet. */
  isUnderWay(room: RoomId, seq: number): boolean {
    return this.#withdrawn.has(runKey(room, seq));
  }

  /** A failure of this reason is on disk, or is not. */
  onStored(now: number, { room, seq }: Extract<ChatWrite, { kind: "failure" }>, ok: boolean): void {
    const key = runKey(room, seq);
    const asked = this.#withdrawn.get(key);
    // What changed a message goes with it.
    if (asked === undefined) return;
    this.#withdrawn.delete(key);
    this.#tell(now, asked, ok ? undefined : "storage");
  }

  #withdraw(asked: Asked, delivery: Delivery): CancelFault | undefined {
    const { run, changes, waiting } = delivery;
    if (!isMessageIn(run, asked.seq)) return "unknown";
    const [only] = waiting;
    if (only === undefined) return "settled";
    if (this.#direct.with(only.peer) !== run.room) return "room";
    if ([delivery, ...changes].some((row) => row.run.entries.length > 1)) return "together";
    if (only.isTried) return "sent";
    if (!this.#outbox.withdraw(only.peer, sizeOf(delivery), CANCELLED)) return "sent";
    for (const change of changes) this.#outbox.withdraw(only.peer, sizeOf(change), CANCELLED);
    this.#withdrawn.set(runKey(run.room, run.seq), asked);
    return undefined;
  }

  #tell(now: number, asked: Asked, fault: CancelFault | undefined): void {
    const { room, seq, req, onEnd } = asked;
    const id = messageId(room, this.#me, seq);
    const isTold = fault === undefined || onEnd === undefined;
    if (isTold) this.#outputs.event({ kind: "withdrawn", id, req, fault });
    onEnd?.(now, fault);
  }
}

/** What changes a message is not taken back without it: it would be changed here alone. */
function isMessageIn(run: Run, seq: number): boolean {
  const entry = run.entries[seq - run.seq];
  const content = entry && contentOf({ ...entry, author: run.author, seq });
  return content !== undefined && isMessage(content);
}
