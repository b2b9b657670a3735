import type { PeerId } from "../base/ids.ts";
import { type EntryContent, encodeRun, runBytes } from "../wire/entry.ts";
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from "../wire/limits.ts";
import type { OwnMessage } from "./events.ts";
import type { Chain, Link } from "./log.ts";
import type { ChatWrite } from "./records.ts";
import type { OwnMessages } from "./statuses.ts";

/** Who gets an entry, and who would have, but has too much waiting already. */
export interface Addressees {
  /** The other party of a direct conversation. */
  readonly to: PeerId | undefined;
  readonly recipients: readonly PeerId[];
  readonly leftOut: readonly PeerId[];
}

/** An entry of one's own, with its place in the chain. */
export interface OwnEntry {
  readonly content: EntryContent;
  readonly link: Link;
  readonly message: OwnMessage;
}

/** Entries of one's own that wait for the disk as one run; it grows until it is handed out. */
export class OwnRun {
  readonly kind = "own";
  readonly chain: Chain;
  readonly addressees: Addressees;
  readonly #previous: Uint8Array;
  readonly #messages: OwnMessage[] = [];
  readonly #contents: EntryContent[] = [];
  #link: Link;
  #bodyBytes = 0;
  #write: Extract<ChatWrite, { kind: "own" }> | undefined;

  /** Begins where the chain ends. */
  constructor(chain: Chain, addressees: Addressees) {
    this.chain = chain;
    this.addressees = addressees;
    this.#previous = chain.tail.hash;
    this.#link = chain.tail;
  }

  /** Its last entry's place. */
  get link(): Link {
    return this.#link;
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

  add({ content, link, message }: OwnEntry): void {
    this.#messages.push(message);
    this.#contents.push(content);
    this.#bodyBytes += content.body.length;
    this.#link = link;
  }

  /** From the first reading on it does not grow any more. */
  get write(): Extract<ChatWrite, { kind: "own" }> {
    this.#write ??= this.#finish();
    return this.#write;
  }

  #finish(): Extract<ChatWrite, { kind: "own" }> {
    const { room, author } = this.chain;
    const { seq: last, hash } = this.#link;
    const seq = last - this.entries + 1;
    const run = { room, author, seq, previous: this.#previous, entries: this.#contents };
    const { recipients } = this.addressees;
    return { kind: "own", run, bytes: encodeRun(run), hash, recipients };
  }
}

function isSame(a: readonly PeerId[], b: readonly PeerId[]): boolean {
  return a.length === b.length && a.every((peer, i) => peer === b[i]);
}
