import type { PeerId, RoomId } from "../base/ids.ts";
import type { Run } from "../wire/entry.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { MovedMessage, OwnMessage, StatusChange, WordsGiven } from "./events.ts";
import type { Chain } from "./log.ts";
import { chainName, messageId, messageIdIn, movedId, type Shift } from "./messageid.ts";
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

/**
 * Entries that are told of by both ids where a chain is renumbered: the last, and all from the
 * first on whose mark is remembered. Of what an earlier run said before those, nothing is told.
 */
export const MOVED_TOLD_MAX = 10_000;

/** Which of one's own entries of a chain have come by so many seqs higher. */
export interface Moved extends Shift {
  readonly last: number;
}

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
  #marks = new Map<RunKey, Mark>();
  /** Messages that are marked. */
  #count = 0;
  /** The marks of messages that may be read, or get other ids, by their ids. */
  #reqs = new Map<string, string>();
  /** Of messages that have got other words, the marks of who gave them, by their ids. */
  #rewordings = new Map<string, readonly string[]>();
  /** Messages that never reached the disk. */
  #lost = 0;

  constructor(me: PeerId, direct: DirectRooms, outputs: Outputs) {
    this.#me = me;
    this.#direct = direct;
    this.#outputs = outputs;
  }

  onQueued(run: Pick<Run, "room" | "seq" | "entries">, own: OwnMessages, recipients: number): void {
    const { room, seq } = run;
    this.#tell({ ...own, messages: placedIn(run, own.messages) }, "queued", null, null);
    for (const { id, req } of own.messages) if (req !== null) this.#reqs.set(id, req);
    this.#forgetOldest();
    if (recipients === 0) return;
    this.#marks.set(runKey(room, seq), { own, seq, sent: false, unsettled: recipients });
    this.#count += own.messages.length;
    for (const [key, oldest] of this.#marks) {
      if (this.#count <= MARKS_MAX) return;
      this.#unmark(key, oldest);
    }
  }

  /** They have other ids, and go out anew. `to`: the other party of a direct conversation. */
  onMoved({ room, name }: Chain, to: PeerId | undefined, { from, last, shift }: Moved): void {
    const move = { chain: name, from, shift };
    const isMoved = ({ own, seq }: Mark): boolean => own.room === room && seq >= from;
    const marks = [...this.#marks.values()].filter(isMoved);
    const marked = marks.flatMap(({ own }) => own.messages);
    const reqs = new Map<string, string | null>(this.#reqs);
    for (const { id, req } of marked) reqs.set(id, req);
    const lowest = Math.min(last + 1 - MOVED_TOLD_MAX, marks[0]?.seq ?? Infinity);
    const messages: MovedMessage[] = [];
    for (let seq = last; seq >= Math.max(from, lowest); seq--) {
      const was = messageIdIn(name, seq);
      messages.push({ id: messageIdIn(name, seq + shift), req: reqs.get(was) ?? null, was });
    }

    for (const mark of marks) {
      const { own, seq } = mark;
      mark.seq = seq + shift;
      mark.sent = false;
      const moved = own.messages.map(({ id, req }) => ({ id: movedId(id, move), req }));
      mark.own = { ...own, messages: moved };
    }
    this.#marks = new Map([...this.#marks.values()].map((mark) => [keyOf(mark), mark]));
    this.#reqs = new Map([...this.#reqs].map(([id, req]) => [movedId(id, move), req]));
    this.#rewordings = new Map([...this.#rewordings].map(([id, all]) => [movedId(id, move), all]));
    this.#outputs.event({ kind: "moved", room, to, ...move, messages });
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
  onReworded(given: Omit<WordsGiven, "kind">): void {
    const { room, to, id, req } = given;
    this.#outputs.event({ kind: "reworded", ...given });
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

/** Each of a run's messages with its entry's place. */
function placedIn(
  { seq, entries }: Pick<Run, "seq" | "entries">,
  messages: readonly OwnMessage[],
): readonly OwnMessage[] {
  return messages.map((message, i) => {
    const time = entries[i]?.time;
    return time === undefined ? message : { ...message, place: { time, seq: seq + i } };
  });
}

function keyOf({ own: { room }, seq }: Mark): RunKey {
  return runKey(room, seq);
}
