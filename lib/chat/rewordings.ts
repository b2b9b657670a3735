import { assert } from "../base/assert.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { decodeRun, type Run } from "../wire/entry.ts";
import { RUN_BYTES_MAX } from "../wire/limits.ts";
import { linkOf } from "./chain.ts";
import { contentOf } from "./contentof.ts";
import type { Deliveries } from "./deliveries.ts";
import type { DirectRooms } from "./directrooms.ts";
import type { Journal } from "./journal.ts";
import type { Loads } from "./loads.ts";
import type { Log } from "./log.ts";
import { messageId } from "./messageid.ts";
import type { Outbox } from "./outbox.ts";
import { isMessage, type MessageContent } from "./quotes.ts";
import { type RunSize, sizeOf } from "./recipient.ts";
import type { Delivery, OwnRow, RewordWrite } from "./records.ts";
import type { Recovery } from "./recovery.ts";
import { reworded } from "./reword.ts";
import { encodeSaid } from "./said.ts";
import type { Speech } from "./speech.ts";
import type { Statuses } from "./statuses.ts";

/**
 * What became of other words for an own message. `gone`: it may be there, or on its way, or is
 * nothing that waits for one person: only an edit of its own changes it. `storage`: the disk
 * refuses. `late`: the program ends before it is known whether it waits.
 */
export type Rewording = "done" | "gone" | "storage" | "late";

export interface RewordingRequest {
  readonly room: RoomId;
  readonly seq: number;
  readonly text: string;
  readonly req: string | null;
  readonly onOutcome: (now: number, outcome: Rewording) => void;
}

export interface RewordingsParts {
  readonly deliveries: Deliveries;
  readonly direct: DirectRooms;
  readonly journal: Journal;
  readonly loads: Loads;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly recovery: Recovery;
  readonly speech: Speech;
  readonly statuses: Statuses;
}

/** A message that gets other words, for whom it waits, and its run with them. */
interface Noted {
  readonly asked: RewordingRequest;
  readonly peer: PeerId;
  readonly size: RunSize;
}

/**
 * Gives other words to what waits for somebody to whom it was never on its way: in its place and
 * under its id, as if it had been said so. While its chain is written anew, nothing of it leaves
 * and nothing is added to it.
 */
export class Rewordings {
  readonly #me: PeerId;
  readonly #parts: RewordingsParts;
  /** Of each room in the order of their asking; the first is under way. */
  readonly #asked = new Map<RoomId, RewordingRequest[]>();
  /** On their way to the disk. */
  readonly #noted = new Map<RoomId, Noted>();

  constructor(me: PeerId, parts: RewordingsParts) {
    this.#me = me;
    this.#parts = parts;
  }

  ask(asked: RewordingRequest): void {
    const queue = this.#asked.get(asked.room) ?? [];
    this.#asked.set(asked.room, queue);
    queue.push(asked);
    if (queue.length === 1) this.#begin(asked);
  }

  /** What is not on its way to the disk yet comes too late. */
  onLeaving(now: number): void {
    for (const [room, queue] of this.#asked) {
      const noted = this.#noted.get(room)?.asked;
      const late = queue.filter((asked) => asked !== noted);
      if (noted === undefined) this.#asked.delete(room);
      else this.#asked.set(room, [noted]);
      for (const { onOutcome } of late) onOutcome(now, "late");
    }
  }

  onStored(now: number, { room }: RewordWrite, ok: boolean): void {
    const { loads, log } = this.#parts;
    this.#tell(now, room, ok ? "done" : "storage");
    if (!ok) return this.#onWritten(now, room);
    const chain = log.chain(room, this.#me);
    const to = chain.next.head.seq;
    const query = { room, author: this.#me, from: 1, to, limit: 1, bytesMax: RUN_BYTES_MAX };
    loads.ask(query, (at, [row]) => {
      const run = row && decodeRun(row.bytes);
      const { gaps } = chain.next;
      if (row !== undefined && run !== undefined) {
        log.move(chain, { head: linkOf(run, row.bytes), gaps });
      }
      this.#onWritten(at, room);
    });
  }

  #begin(asked: RewordingRequest): void {
    this.#parts.deliveries.ask(asked.room, asked.seq, (now, delivery) => {
      this.#onLoaded(now, asked, delivery);
    });
  }

  #onLoaded(now: number, asked: RewordingRequest, delivery: Delivery | undefined): void {
    const { journal, speech } = this.#parts;
    const { room, seq } = asked;
    // The program is about to end.
    if (this.#asked.get(room)?.[0] !== asked) return;
    const words = delivery && this.#wordsFor(asked, delivery);
    const [only] = delivery?.waiting ?? [];
    if (delivery === undefined || words === undefined || only === undefined) {
      return this.#end(now, asked, "gone");
    }
    const { run, bytes } = reworded(delivery.run, seq, words);
    if (bytes.length > RUN_BYTES_MAX) return this.#end(now, asked, "gone");
    speech.stall(room);
    this.#noted.set(room, { asked, peer: only.peer, size: sizeOf({ run, bytes }) });
    journal.note({ kind: "reword", room, author: this.#me, seq, ...words });
  }

  /** What its entry holds then; undefined where it is to be an edit of its own. */
  #wordsFor(asked: RewordingRequest, delivery: Delivery): ReturnType<typeof wordsOf> {
    const { direct, outbox, speech } = this.#parts;
    const { waiting, changes } = delivery;
    const [only] = waiting;
    // The other one is here, and something of the conversation was lost.
    if (speech.isStalled(asked.room)) return undefined;
    if (only === undefined || only.isTried || direct.with(only.peer) !== asked.room) {
      return undefined;
    }
    // An edit of its own that waits would undo this one, and a deletion has undone it.
    if (changes.some((change) => amends(change, asked.seq))) return undefined;
    if (!outbox.isUntouched(only.peer, sizeOf(delivery))) return undefined;
    const message = messageAt(delivery.run, asked.seq);
    return message && wordsOf(message, asked.text);
  }

  /** It is on disk, or is not. */
  #tell(now: number, room: RoomId, outcome: "done" | "storage"): void {
    const { outbox, statuses } = this.#parts;
    const { asked, peer, size } = this.#notedIn(room);
    if (outcome === "done") {
      outbox.onReworded(peer, size);
      const id = messageId(room, this.#me, asked.seq);
      statuses.onReworded({ room, to: peer, id, req: asked.req, text: asked.text });
    }
    asked.onOutcome(now, outcome);
  }

  /** Where its chain ends now is known: it goes on. */
  #onWritten(now: number, room: RoomId): void {
    const { outbox, recovery, speech } = this.#parts;
    const { asked, peer } = this.#notedIn(room);
    this.#noted.delete(room);
    speech.resume(now, room);
    recovery.onResumed(now, room);
    outbox.onMet(peer);
    this.#endFirst(asked);
  }

  #notedIn(room: RoomId): Noted {
    const noted = this.#noted.get(room);
    assert(noted !== undefined, "one message of a room gets other words at a time");
    return noted;
  }

  #end(now: number, asked: RewordingRequest, outcome: Rewording): void {
    this.#endFirst(asked);
    asked.onOutcome(now, outcome);
  }

  /** The next of its room may begin. */
  #endFirst({ room }: RewordingRequest): void {
    const [, ...others] = this.#asked.get(room) ?? [];
    if (others.length > 0) this.#asked.set(room, others);
    else this.#asked.delete(room);
    const [next] = others;
    if (next !== undefined) this.#begin(next);
  }
}

function messageAt(run: Run, seq: number): MessageContent | undefined {
  const entry = run.entries[seq - run.seq];
  const content = entry && contentOf({ ...entry, author: run.author, seq });
  return content !== undefined && isMessage(content) ? content : undefined;
}

/** Whether some of a run edits or deletes an entry of the same chain. */
function amends({ run }: OwnRow, of: number): boolean {
  return run.entries.some((entry, i) => {
    const content = contentOf({ ...entry, author: run.author, seq: run.seq + i });
    return (content?.kind === "edit" || content?.kind === "delete") && content.seq === of;
  });
}

/** It answers what it did, and is still something said or done; none where it cannot be said. */
function wordsOf(message: MessageContent, text: string) {
  const content = encodeSaid(message.kind === "text" ? text : { ...message, text });
  return "fault" in content ? undefined : content;
}
