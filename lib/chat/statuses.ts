import type { PeerId, RoomId } from "../base/ids.ts";
import type { StatusChange } from "./events.ts";
import { messageId } from "./messageid.ts";
import type { Outputs } from "./outputs.ts";
import { type EntryKey, entryKey } from "./recipient.ts";
import { directRoom } from "./rooms.ts";

/**
 * Messages of this run whose marks are remembered until every recipient has answered. Of more, the
 * oldest are forgotten: what becomes of them is then told without a mark.
 */
export const MARKS_MAX = 10_000;

/** A message of one's own, and how its sender may be answered. */
export interface OwnMessage {
  readonly room: RoomId;
  readonly seq: number;
  readonly id: string;
  readonly req: string | null;
  readonly to: PeerId | undefined;
}

interface Mark {
  readonly message: OwnMessage;
  sent: boolean;
  unsettled: number;
}

/** Tells what becomes of one's own messages, each step once. */
export class Statuses {
  readonly #me: PeerId;
  readonly #outputs: Outputs;
  readonly #marks = new Map<EntryKey, Mark>();

  constructor(me: PeerId, outputs: Outputs) {
    this.#me = me;
    this.#outputs = outputs;
  }

  onQueued(message: OwnMessage, recipients: number): void {
    this.#tell(message, "queued", null, null);
    if (recipients === 0) return;
    this.#marks.set(entryKey(message.room, message.seq), {
      message,
      sent: false,
      unsettled: recipients,
    });
    if (this.#marks.size <= MARKS_MAX) return;
    const [oldest] = this.#marks.keys();
    if (oldest !== undefined) this.#marks.delete(oldest);
  }

  /** It never reached the disk here. */
  onLost(message: OwnMessage, reason: string): void {
    this.#tell(message, "failed", null, reason);
  }

  onSent(room: RoomId, seq: number): void {
    const mark = this.#marks.get(entryKey(room, seq));
    if (mark === undefined || mark.sent) return;
    mark.sent = true;
    this.#tell(mark.message, "sent", null, null);
  }

  onDelivered(room: RoomId, seq: number, by: PeerId): void {
    this.#tell(this.#settle(room, seq, by), "delivered", by, null);
  }

  onFailed(room: RoomId, seq: number, by: PeerId, reason: string): void {
    this.#tell(this.#settle(room, seq, by), "failed", by, reason);
  }

  #settle(room: RoomId, seq: number, by: PeerId): OwnMessage {
    const key = entryKey(room, seq);
    const mark = this.#marks.get(key);
    if (mark === undefined) {
      const to = room === directRoom(this.#me, by) ? by : undefined;
      return { room, seq, id: messageId(room, this.#me, seq), req: null, to };
    }
    mark.unsettled -= 1;
    if (mark.unsettled === 0) this.#marks.delete(key);
    return mark.message;
  }

  #tell(
    { room, id, req, to }: OwnMessage,
    state: StatusChange["state"],
    by: PeerId | null,
    reason: string | null,
  ): void {
    this.#outputs.event({ kind: "status", req, id, room, to, state, by, reason });
  }
}
