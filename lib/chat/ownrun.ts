import { assert } from "../base/assert.ts";
import type { PeerId } from "../base/ids.ts";
import { type EntryContent, encodeRun, type HybridTime, runBytes } from "../wire/entry.ts";
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from "../wire/limits.ts";
import type { OwnMessage } from "./events.ts";
import { type ChainState, linkOf } from "./chain.ts";
import { type Chain, endOf, gapsBehind, type Log } from "./log.ts";
import { messageIdIn } from "./messageid.ts";
import { tagged, type TagOf } from "./proofs.ts";
import type { ChatWrite } from "./records.ts";
import type { OwnMessages } from "./statuses.ts";

/** Who gets an entry, and who would have, but has too much waiting already. */
export interface Addressees {
  /** The other party of a direct conversation. */
  readonly to: PeerId | undefined;
  readonly recipients: readonly PeerId[];
  readonly leftOut: readonly PeerId[];
}

/** A run that no longer grows, and what its chain is with it. */
interface Closed {
  readonly write: Extract<ChatWrite, { kind: "own" }>;
  readonly after: ChainState;
}

/** Entries of one's own that wait for the disk as one run; it grows until it is closed. */
export class OwnRun {
  readonly kind = "own";
  readonly chain: Chain;
  readonly addressees: Addressees;
  readonly #messages: OwnMessage[] = [];
  readonly #contents: EntryContent[] = [];
  #bodyBytes = 0;
  #closed: Closed | undefined;

  /** Begins where the chain ends, which goes on only when this is closed. */
  constructor(chain: Chain, addressees: Addressees) {
    this.chain = chain;
    this.addressees = addressees;
  }

  get after(): ChainState {
    return this.#whenClosed().after;
  }

  get author(): PeerId {
    return this.chain.author;
  }

  get entries(): number {
    return this.#messages.length;
  }

  get messages(): OwnMessages {
    const { room } = this.chain;
    const { to } = this.addressees;
    return { room, to, messages: this.#messages, bytes: this.#bodyBytes };
  }

  get bytes(): number {
    return this.#bodyBytes;
  }

  /** Whether an entry with such a body, for these people, may join. */
  admits(chain: Chain, addressees: Addressees, body: Uint8Array): boolean {
    const bytes = runBytes(this.entries + 1, this.#bodyBytes + body.length);
    return (
      chain === this.chain &&
      this.entries < RUN_ENTRIES_MAX &&
      bytes <= RUN_BYTES_MAX &&
      isSame(addressees.recipients, this.addressees.recipients) &&
      isSame(addressees.leftOut, this.addressees.leftOut)
    );
  }

  /** Returns the message's id. */
  add(time: HybridTime, content: Omit<EntryContent, "time">, req: string | null): string {
    const id = messageIdIn(this.chain.name, endOf(this.chain).seq + 1 + this.entries);
    this.#messages.push({ id, req });
    const { type, body } = content;
    this.#contents.push({ time, type, body });
    this.#bodyBytes += body.length;
    return id;
  }

  /** It does not grow any more. `isOpen`: there is a session in which it will go out. */
  close(log: Log, tag: TagOf, isOpen: (peer: PeerId) => boolean): void {
    const { room, author, next, checkpoint } = this.chain;
    const { seq, hash: previous } = endOf(this.chain);
    const untagged = { room, author, seq: seq + 1, previous, entries: this.#contents };
    const { to } = this.addressees;
    // Between two, nothing has to be proved.
    const run = to === undefined ? tagged(untagged, tag) : untagged;
    const bytes = encodeRun(run);
    const link = linkOf(run, bytes);
    const { recipients } = this.addressees;
    const tried = recipients.filter(isOpen);
    const write = { kind: "own", run, bytes, hash: link.hash, recipients, tried } as const;
    const isBehind = checkpoint !== undefined && checkpoint.seq > next.head.seq;
    const gaps = isBehind ? gapsBehind(this.chain, checkpoint, this.#contents[0]?.time) : next.gaps;
    this.#closed = { write, after: { head: link, gaps } };
    log.extend(this.chain, this.#closed.after);
  }

  get write(): Extract<ChatWrite, { kind: "own" }> {
    return this.#whenClosed().write;
  }

  #whenClosed(): Closed {
    assert(this.#closed !== undefined, "a run goes to the disk when it is closed");
    return this.#closed;
  }
}

function isSame(a: readonly PeerId[], b: readonly PeerId[]): boolean {
  return a.length === b.length && a.every((peer, i) => peer === b[i]);
}
