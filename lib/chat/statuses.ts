import type { PeerId, RoomId } from "../base/ids.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { OwnMessage, StatusChange } from "./events.ts";
import type { Chain } from "./log.ts";
import { chainName, messageId, messageIdIn } from "./messageid.ts";
import type { Outputs } from "./outputs.ts";
import { type RunKey, type RunName, runKey } from "./recipient.ts";

/**
 * Messages of this run of the program whose marks are remembered, until every recipient has
 * answered and in case that they are read. Of more, the oldest are forgotten: what becomes of them
 * is then told without a mark.
 */
export const MARKS_MAX = 10_000;

/** The same of one message's other words; of more, the first are forgotten. */
export const REWORDINGS_MAX = 16;

/** What is told of one run whatever becomes of it. */
export type OwnMessages = Pick<StatusChange, "room" | "to" | "messages" | "bytes">;

interface Mark {
  own: OwnMessages;
  seq: number;
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
  /** The marks of messages that may be read, by their ids. */
  readonly #reqs = new Map<string, string>();
  /** Of messages that have got other words, the marks of who gave them, by their ids. */
  readonly #rewordings = new Map<string, readonly string[]>();
  /** Messages that never reached the disk. */
  #lost = 0;

  constructor(me: PeerId, direct: DirectRooms, outputs: Outputs) {
    this.#me = me;
    this.#direct = direct;
    this.#outputs = outputs;
  }

  onQueued({ room, seq }: RunName, own: OwnMessages, recipients: number): void {
    this.#tell(own, "queued", null, null);
    if (recipients === 0) return;
    this.#marks.set(runKey(room, seq), { own, seq, sent: false, unsettled: recipients });
    this.#count += own.messages.length;
    for (const { id, req } of own.messages) if (req !== null) this.#reqs.set(id, req);
    this.#forgetOldest();
    for (const [key, oldest] of this.#marks) {
      if (this.#count <= MARKS_MAX) return;
      this.#unmark(key, oldest);
    }
  }

  /** Runs of this chain from a seq on have come by so many higher, and have other ids. */
  onMoved({ room, name }: Chain, from: number, by: number): void {
    const moved = [...this.#marks].filter(([, { own, seq }]) => own.room === room && seq >= from);
    for (const [key] of moved) this.#marks.delete(key);
    // The last first: an id that one gets may have been another's till then.
    for (const [, mark] of moved.toReversed()) {
      mark.seq += by;
      mark.sent = false;
      const messages = mark.own.messages.map(({ id: was, req }, i) => {
        return { id: messageIdIn(name, mark.seq + i), req, was };
      });
      this.#marks.set(runKey(room, mark.seq), mark);
      const told = messages.toReversed();
      this.#tell({ ...mark.own, messages: told }, "queued", null, null);
      for (const { id, req, was } of told) {
        this.#reqs.delete(was);
        const reworded = this.#rewordings.get(was);
        this.#rewordings.delete(was);
        if (reworded !== undefined) this.#rewordings.set(id, reworded);
        if (req !== null) this.#reqs.set(id, req);
      }
      mark.own = { ...mark.own, messages: messages.map(({ id, req }) => ({ id, req })) };
    }
  }

  /**
   * They never reached the disk here, and others get their ids: they are told of under ids that
   * name nothing and come once in a run.
   */
  onLost(own: OwnMessages, reason: string): void {
    const messages = own.messages.map(({ req }) => {
      this.#lost += 1;
      return { id: `lost-${this.#lost}`, req };
    });
    this.#tell({ ...own, messages }, "failed", null, reason);
  }

  /** It waits with other words: what becomes of it is told under this mark too from now on. */
  onReworded({ room, to, id, req }: Pick<OwnMessages, "room" | "to"> & OwnMessage): void {
    const messages = [{ id, req, isReworded: true } as const];
    this.#tell({ room, to, messages, bytes: null }, "queued", null, null);
    if (req === null) return;
    const marks = [...(this.#rewordings.get(id) ?? []), req].slice(-REWORDINGS_MAX);
    this.#rewordings.delete(id);
    this.#rewordings.set(id, marks);
    for (const oldest of this.#rewordings.keys()) {
      if (this.#rewordings.size <= MARKS_MAX) return;
      this.#rewordings.delete(oldest);
    }
  }

  onSent({ room, seq }: RunName): void {
    const mark = this.#marks.get(runKey(room, seq));
    if (mark === undefined || mark.sent) return;
    mark.sent = true;
    this.#tell(mark.own, "sent", null, null);
  }

  /** Somebody holds them for that peer. */
  onHeld(run: RunName, peer: PeerId, by: PeerId): void {
    this.onSent(run);
    const { room, messages } = this.#ownOf(run, peer);
    this.#outputs.event({ kind: "entrusted", room, to: peer, messages, by });
  }

  onDelivered(run: RunName, by: PeerId): void {
    this.#tell(this.#settle(run, by), "delivered", by, null);
  }

  /** They are read by a recipient that has receipted them. */
  onRead(room: RoomId, by: PeerId, seqs: readonly number[]): void {
    const to = room === this.#direct.with(by) ? by : undefined;
    const chain = chainName(room, this.#me);
    const messages = seqs.map((seq) => {
      const id = messageIdIn(chain, seq);
      return { id, req: this.#reqs.get(id) ?? null };
    });
    this.#tell({ room, to, messages, bytes: null }, "read", by, null);
  }

  onFailed(run: RunName, by: PeerId, reason: string): void {
    this.#tell(this.#settle(run, by), "failed", by, reason);
  }

  #settle(run: RunName, by: PeerId): OwnMessages {
    const own = this.#ownOf(run, by);
    const key = runKey(run.room, run.seq);
    const mark = this.#marks.get(key);
    if (mark === undefined) return own;
    mark.unsettled -= 1;
    if (mark.unsettled === 0) this.#unmark(key, mark);
    return own;
  }

  #ownOf({ room, seq, entries }: RunName, by: PeerId): OwnMessages {
    const mark = this.#marks.get(runKey(room, seq));
    if (mark !== undefined) return mark.own;
    const to = room === this.#direct.with(by) ? by : undefined;
    const messages = Array.from({ length: entries }, (_, i) => {
      return { id: messageId(room, this.#me, seq + i), req: null };
    });
    return { room, to, messages, bytes: null };
  }

  #forgetOldest(): void {
    for (const id of this.#reqs.keys()) {
      if (this.#reqs.size <= MARKS_MAX) return;
      this.#reqs.delete(id);
    }
  }

  #unmark(key: RunKey, mark: Mark): void {
    this.#marks.delete(key);
    this.#count -= mark.own.messages.length;
  }

  /** Once more, for each who has given other words to one. */
  #rewordingsOf(messages: readonly OwnMessage[], state: StatusChange["state"]): OwnMessage[] {
    if (state === "queued") return [];
    return messages.flatMap(({ id }) => {
      const marks = this.#rewordings.get(id) ?? [];
      return marks.map((req) => ({ id, req, isReworded: true }) as const);
    });
  }

  #tell(
    own: OwnMessages,
    state: StatusChange["state"],
    by: PeerId | null,
    reason: string | null,
  ): void {
    const messages = [...own.messages, ...this.#rewordingsOf(own.messages, state)];
    this.#outputs.event({ kind: "status", ...own, messages, state, by, reason });
  }
}
