import { assert } from "../base/assert.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { CHAT_CHANNEL } from "../wire/channels.ts";
import { type RefusalReason, encodeChat } from "../wire/chat.ts";
import type { Journal, OnNoted } from "./journal.ts";
import type { Access, Membership } from "./membership.ts";
import type { Outputs } from "./outputs.ts";
import { Recipient, type RunName, type RunSize, runKey, sizeOf } from "./recipient.ts";
import type { ChatWrite, OutboxQuery, OutboxRow, RestoredChat } from "./records.ts";
import type { Statuses } from "./statuses.ts";

/** Entries that wait for one peer. Somebody for whom more wait is left out of what is new. */
export const OUTBOX_PER_PEER_MAX = 10_000;

/** What fits a word of the length of the shortest initiation, 265 bytes less 31 before the run. */
export const WORD_RUN_BYTES_MAX = 234;

/** Rows for others to look at, and whether there are no more; undefined if the disk refuses. */
type Peek = (now: number, rows: readonly OutboxRow[] | undefined, isEnd: boolean) => void;

type Answer = Extract<ChatWrite, { kind: "receipt" | "failure" }>;

const REFUSED: Readonly<Record<Exclude<RefusalReason, "storage">, string>> = {
  "not-a-member": "no longer in this room",
  invalid: "refused as invalid",
};

/** Of a private room nothing goes out any more that was said before that. */
const LEFT = "you left this room";

/** Own runs on their way to everybody else, from the disk to the receipt. */
export class Outbox {
  readonly #journal: Journal;
  readonly #outputs: Outputs;
  readonly #statuses: Statuses;
  readonly #membership: Membership;
  readonly #mayGo: (peer: PeerId, room: RoomId) => boolean;
  readonly #isStalled: (room: RoomId) => boolean;
  readonly #recipients = new Map<PeerId, Recipient>();
  readonly #loads = new Map<number, PeerId>();
  /** Loads for what is said other than in a session. */
  readonly #peeks = new Map<
    number,
    { readonly peer: PeerId; readonly limit: number; readonly onRows: Peek }
  >();
  readonly #retries = new Deadlines<PeerId>();
  /** Those to whom something is under way. */
  readonly #answering = new Set<PeerId>();
  #lastToken = 0;

  constructor(
    waiting: RestoredChat["waiting"],
    parts: {
      readonly journal: Journal;
      readonly outputs: Outputs;
      readonly statuses: Statuses;
      readonly membership: Membership;
      /** Whether it is known that what is said there is behind all that this peer holds. */
      readonly mayGo: (peer: PeerId, room: RoomId) => boolean;
      /** Whether what waits there is being written anew. */
      readonly isStalled: (room: RoomId) => boolean;
    },
  ) {
    this.#journal = parts.journal;
    this.#outputs = parts.outputs;
    this.#statuses = parts.statuses;
    this.#membership = parts.membership;
    this.#mayGo = parts.mayGo;
    this.#isStalled = parts.isStalled;
    for (const { peer, count } of waiting) this.#recipients.set(peer, new Recipient(count));
  }

  /** It may be open already: whether anything goes to it has changed. */
  onPeerOpen(peer: PeerId): void {
    const recipient = this.#recipient(peer);
    this.#retries.delete(peer);
    this.#mark(peer, recipient);
    recipient.onOpen();
    this.#load(peer, recipient);
  }

  /** It is known which rooms an open peer is in, or what it holds of one's own chains there. */
  onMet(peer: PeerId): void {
    const recipient = this.#recipients.get(peer);
    if (recipient === undefined) return;
    recipient.onMet();
    this.#load(peer, recipient);
  }

  onPeerClosed(peer: PeerId): void {
    const recipient = this.#recipient(peer);
    recipient.onClosed();
    this.#retries.delete(peer);
    this.#onAnswered(peer, recipient);
    this.#tidy(peer);
  }

  /** Whether all that waits for a peer that is away is one short run in this room. */
  hasWord(peer: PeerId, room: RoomId): boolean {
    const run = this.#recipients.get(peer)?.only;
    return run !== undefined && run.room === room && run.bytes <= WORD_RUN_BYTES_MAX;
  }

  /** Looks for what may be said to a peer ahead of the session with it. */
  onAnswered(peer: PeerId, room: RoomId): void {
    this.peek({ peer, after: 0, limit: 1 }, (_now, rows) => {
      const row = rows?.[0];
      if (row?.run.room !== room) return;
      const message = encodeChat({ kind: "entries", run: row.bytes });
      this.#outputs.push({ kind: "word", peer, message });
    });
  }

  /** Has what waits looked at: it may be on its way from then on. False where nothing does. */
  peek(query: Omit<OutboxQuery, "kind">, onRows: Peek): boolean {
    const { peer, limit } = query;
    return this.#note(peer, this.#recipient(peer), (isKept, now) => {
      if (!isKept) return onRows(now, undefined, false);
      this.#lastToken += 1;
      this.#peeks.set(this.#lastToken, { peer, limit, onRows });
      this.#query(this.#lastToken, query);
    });
  }

  isFull(peer: PeerId): boolean {
    return (this.#recipients.get(peer)?.waiting ?? 0) >= OUTBOX_PER_PEER_MAX;
  }

  hasWaiting(peer: PeerId): boolean {
    return (this.#recipients.get(peer)?.waiting ?? 0) > 0;
  }

  /** For whom entries wait, on disk or under way, and how many. */
  waiting(): { readonly peer: PeerId; readonly count: number }[] {
    const all = [...this.#recipients].map(([peer, { waiting: count }]) => ({ peer, count }));
    return all.filter(({ count }) => count > 0);
  }

  /** An entry for these peers goes to the disk. */
  onMade(peers: readonly PeerId[]): void {
    for (const peer of peers) this.#recipient(peer).waiting += 1;
  }

  /** The disk did not take so many of them. */
  onLost(peers: readonly PeerId[], entries: number): void {
    for (const peer of peers) {
      this.#recipient(peer).waiting -= entries;
      this.#tidy(peer);
    }
  }

  /** It is on disk: on its way with it. */
  onStored(run: RunSize, { bytes, recipients }: Extract<ChatWrite, { kind: "own" }>): void {
    let message: Uint8Array | undefined;
    for (const peer of recipients) {
      const recipient = this.#recipient(peer);
      const when = recipient.onStored(run, this.#access(peer, run.room));
      if (when === "now") {
        message ??= encodeChat({ kind: "entries", run: bytes });
        this.#send(peer, run, message);
      } else if (when === "never") this.#giveUp(peer, run);
      this.#load(peer, recipient);
    }
  }

  handleLoaded(now: number, token: number, rows: readonly OutboxRow[]): void {
    const peek = this.#peeks.get(token);
    if (peek !== undefined) {
      this.#peeks.delete(token);
      const recipient = this.#recipients.get(peek.peer);
      // What is being written anew is not what it will be, nor is anything after it.
      const changing = rows.findIndex(({ run }) => this.#isStalled(run.room));
      const whole = changing < 0 ? rows : rows.slice(0, changing);
      const waiting = whole.filter(({ run }) => {
        return recipient?.isSettling(runKey(run.room, run.seq)) !== true;
      });
      return peek.onRows(now, waiting, changing < 0 && rows.length < peek.limit);
    }
    const peer = this.#loads.get(token);
    assert(peer !== undefined, "a load is answered once");
    this.#loads.delete(token);
    const recipient = this.#recipient(peer);
    const accessTo = (room: RoomId) => this.#access(peer, room);
    const { admitted, denied } = recipient.onLoaded(token, rows, accessTo);
    for (const { run } of denied) this.#giveUp(peer, run);
    for (const row of admitted) {
      const message = encodeChat({ kind: "entries", run: row.bytes });
      this.#send(peer, sizeOf(row), message);
    }
    this.#load(peer, recipient);
    this.#tidy(peer);
  }

  handleReceipt(now: number, peer: PeerId, room: RoomId, seqs: readonly number[]): void {
    const recipient = this.#recipient(peer);
    for (const seq of seqs) {
      if (!recipient.onAnswer(runKey(room, seq))) continue;
      recipient.onProgress();
      const wallMs = Math.floor(now);
      this.#journal.note({ kind: "receipt", room, seq, by: peer, wallMs });
    }
    this.#load(peer, recipient);
    this.#onAnswered(peer, recipient);
  }

  /** Somebody else has brought its word that it has these, of which none is settled. */
  handleReturned(now: number, peer: PeerId, runs: Iterable<RunName>): void {
    const recipient = this.#recipient(peer);
    for (const run of runs) {
      if (!recipient.onReturned(run)) continue;
      const wallMs = Math.floor(now);
      this.#journal.note({ kind: "receipt", room: run.room, seq: run.seq, by: peer, wallMs });
    }
    this.#load(peer, recipient);
    this.#onAnswered(peer, recipient);
  }

  /** False if it answers nothing that is under way. */
  handleRefusal(
    now: number,
    peer: PeerId,
    room: RoomId,
    seq: number,
    reason: RefusalReason,
  ): boolean {
    const recipient = this.#recipient(peer);
    const key = runKey(room, seq);
    if (!recipient.isInFlight(key)) return false;
    if (reason === "storage") {
      const retryAtMs = this.#stop(now, peer);
      if (retryAtMs !== undefined) this.#outputs.event({ kind: "held", peer, retryAtMs });
      return true;
    }
    recipient.onAnswer(key);
    this.#giveUp(peer, { room, seq }, reason);
    this.#load(peer, recipient);
    return true;
  }

  /** What a peer answered is on disk here, or is not. */
  onAnswerStored(now: number, answer: Answer, ok: boolean): void {
    const { room, seq, by } = answer;
    const recipient = this.#recipient(by);
    const key = runKey(room, seq);
    if (!ok) {
      recipient.onUnsettled(key);
      this.#stop(now, by);
      return;
    }
    const run = recipient.onSettled(key);
    this.#tidy(by);
    if (answer.kind === "receipt") this.#statuses.onDelivered(run, by);
    else this.#statuses.onFailed(run, by, answer.reason);
  }

  /** Whether something of a room is under way to anybody, or an answer to the disk. */
  isBusyWith(room: RoomId): boolean {
    return this.#recipients.values().some((recipient) => recipient.isBusyWith(room));
  }

  /** On disk, what waits has other numbers now. */
  onMoved(): void {
    for (const [peer, recipient] of this.#recipients) {
      recipient.onMoved();
      this.#load(peer, recipient);
    }
  }

  /** Gives up a run for a peer to whom it was never on its way; false if it may have been. */
  withdraw(peer: PeerId, run: RunSize, reason: string): boolean {
    if (this.#recipients.get(peer)?.withdraw(run) !== true) return false;
    this.#journal.note({ kind: "failure", room: run.room, seq: run.seq, by: peer, reason });
    return true;
  }

  /** Whether a run that waits was never on its way to this peer, nor given up for it. */
  isUntouched(peer: PeerId, run: RunSize): boolean {
    return this.#recipients.get(peer)?.isUntouched(run) === true;
  }

  /** On disk, a run that waits for this peer says something else. */
  onReworded(peer: PeerId, run: RunSize): void {
    this.#recipients.get(peer)?.onReworded(run);
  }

  handleTimeout(now: number): void {
    let peer = this.#retries.pollDue(now);
    while (peer !== undefined) {
      const recipient = this.#recipient(peer);
      this.#mark(peer, recipient);
      recipient.onRetry();
      this.#load(peer, recipient);
      peer = this.#retries.pollDue(now);
    }
  }

  pollTimeout(): number {
    return this.#retries.next;
  }

  /** What waits is about to go out in a session: the disk is to know that before it does. */
  #mark(peer: PeerId, recipient: Recipient): void {
    this.#note(peer, recipient, (isKept, now) => {
      if (!isKept) this.#stop(now, peer);
    });
  }

  /** The disk is to know that what waits may be on its way; false where nothing does. */
  #note(peer: PeerId, recipient: Recipient, onNoted: OnNoted): boolean {
    if (recipient.waiting === 0) return false;
    recipient.onMarking();
    this.#journal.note({ kind: "tried", peer }, (isKept, now) => {
      recipient.onMarked();
      onNoted(isKept, now);
      this.#load(peer, recipient);
      this.#tidy(peer);
    });
    return true;
  }

  #giveUp(
    peer: PeerId,
    { room, seq }: Pick<RunName, "room" | "seq">,
    reason: keyof typeof REFUSED = "not-a-member",
  ): void {
    const isLeft = reason === "not-a-member" && this.#membership.isLeft(room);
    const words = isLeft ? LEFT : REFUSED[reason];
    this.#journal.note({ kind: "failure", room, seq, by: peer, reason: words });
  }

  /** When this peer is tried again; undefined if it is away or stopped already. */
  #stop(now: number, peer: PeerId): number | undefined {
    const retryAtMs = this.#recipient(peer).stop(now);
    if (retryAtMs !== undefined) this.#retries.set(peer, retryAtMs);
    return retryAtMs;
  }

  #access(peer: PeerId, room: RoomId): Access {
    return this.#mayGo(peer, room) ? this.#membership.access(peer, room) : "unproved";
  }

  /** Where nobody else is to answer, what has come need not wait for more. */
  #onAnswered(peer: PeerId, recipient: Recipient): void {
    if (!recipient.isAnswering) this.#answering.delete(peer);
    if (this.#answering.size === 0) this.#journal.onAnswered();
  }

  #send(peer: PeerId, run: RunName, message: Uint8Array): void {
    this.#answering.add(peer);
    this.#outputs.push({ kind: "send", peer, channel: CHAT_CHANNEL, message });
    this.#statuses.onSent(run);
  }

  #load(peer: PeerId, recipient: Recipient): void {
    const token = this.#lastToken + 1;
    const page = recipient.load(token);
    if (page === undefined) return;
    this.#lastToken = token;
    this.#loads.set(token, peer);
    this.#query(token, { peer, ...page });
  }

  #query(token: number, query: Omit<OutboxQuery, "kind">): void {
    this.#outputs.push({ kind: "load", token, query: { kind: "outbox", ...query } });
  }

  #recipient(peer: PeerId): Recipient {
    const known = this.#recipients.get(peer);
    if (known !== undefined) return known;
    const recipient = new Recipient(0);
    this.#recipients.set(peer, recipient);
    return recipient;
  }

  #tidy(peer: PeerId): void {
    if (this.#recipients.get(peer)?.isIdle === true) this.#recipients.delete(peer);
  }
}
