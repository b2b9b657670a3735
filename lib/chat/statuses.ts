import type { PeerId, RoomId } from "../base/ids.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { StatusChange } from "./events.ts";
import { messageId } from "./messageid.ts";
import type { Outputs } from "./outputs.ts";
import { type RunKey, type RunName, runKey } from "./recipient.ts";

/**
 * Messages of this run of the program whose marks are remembered until every recipient has
 * answered. Of more, the oldest are forgotten: what becomes of them is then told without a mark.
 */
export const MARKS_MAX = 10_000;

/** A message of one's own, and how its sender may be answered. */
export interface OwnMessage {
  readonly room: RoomId;
  readonly id: string;
  readonly req: string | null;
  readonly to: PeerId | undefined;
}

/** The messages of one run. */
interface Mark {
  readonly messages: readonly OwnMessage[];
  sent: boolean;
  unsettled: number;
}

/** Tells what becomes of one's own messages, each step once. */
export class Statuses {
  readonly #me: PeerId;
  readonly #direct: DirectRooms;
  readonly #outputs: Outputs;
  readonly #marks = new Map<RunKey, Mark>();
  /** Messages that are marked. */
  #count = 0;

  constructor(me: PeerId, direct: DirectRooms, outputs: Outputs) {
    this.#me = me;
    this.#direct = direct;
    this.#outputs = outputs;
  }

  onQueued({ room, seq }: RunName, messages: readonly OwnMessage[], recipients: number): void {
    this.#tellAll(messages, "queued", null, null);
    if (recipients === 0) return;
    const mark = { messages, sent: false, unsettled: recipients };
    this.#marks.set(runKey(room, seq), mark);
    this.#count += messages.length;
    for (const [key, oldest] of this.#marks) {
      if (this.#count <= MARKS_MAX) return;
      this.#unmark(key, oldest);
    }
  }

  /** They never reached the disk here. */
  onLost(messages: readonly OwnMessage[], reason: string): void {
    this.#tellAll(messages, "failed", null, reason);
  }

  onSent({ room, seq }: RunName): void {
    const mark = this.#marks.get(runKey(room, seq));
    if (mark === undefined || mark.sent) return;
    mark.sent = true;
    this.#tellAll(mark.messages, "sent", null, null);
  }

  onDelivered(run: RunName, by: PeerId): void {
    this.#tellAll(this.#settle(run, by), "delivered", by, null);
  }

  onFailed(run: RunName, by: PeerId, reason: string): void {
    this.#tellAll(this.#settle(run, by), "failed", by, reason);
  }

  #settle({ room, seq, entries }: RunName, by: PeerId): readonly OwnMessage[] {
    const key = runKey(room, seq);
    const mark = this.#marks.get(key);
    if (mark === undefined) {
      const to = room === this.#direct.with(by) ? by : undefined;
      return Array.from({ length: entries }, (_, i) => {
        return { room, id: messageId(room, this.#me, seq + i), req: null, to };
      });
    }
    mark.unsettled -= 1;
    if (mark.unsettled === 0) this.#unmark(key, mark);
    return mark.messages;
  }

  #unmark(key: RunKey, mark: Mark): void {
    this.#marks.delete(key);
    this.#count -= mark.messages.length;
  }

  #tellAll(
    messages: readonly OwnMessage[],
    state: StatusChange["state"],
    by: PeerId | null,
    reason: string | null,
  ): void {
    for (const { room, id, req, to } of messages) {
      this.#outputs.event({ kind: "status", req, id, room, to, state, by, reason });
    }
  }
}
