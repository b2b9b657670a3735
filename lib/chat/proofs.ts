import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Head } from "../wire/chat.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import { decodeRun, encodeRun, type Run } from "../wire/entry.ts";
import type { ExchangeMessage } from "../wire/exchange.ts";
import { linkOf } from "./chain.ts";
import type { Signatures } from "./exchange.ts";
import type { Outputs } from "./outputs.ts";

export type TagOf = Signatures["tag"];

type RunsMessage = Extract<ExchangeMessage, { kind: "runs" }>;

export interface ProofsParts {
  readonly me: PeerId;
  readonly signatures: Pick<Signatures, "sign" | "tag">;
  readonly outputs: Outputs;
  /** What a peer may be asked for at a time. */
  readonly slots: {
    readonly reserve: (peer: PeerId) => boolean;
    readonly free: (peer: PeerId) => void;
  };
}

/** What a peer has said, one room after the other. */
interface Claimed {
  readonly heads: Head[];
  /** For the first of them. */
  isAsked: boolean;
}

/**
 * Has those who say to hold more of one's own chain than is signed show its last run. Its tag tells
 * that it is one's own: it is signed then, and with it all that it goes on behind.
 */
export class Proofs {
  readonly #parts: ProofsParts;
  readonly #claims = new Map<PeerId, Claimed>();

  constructor(parts: ProofsParts) {
    this.#parts = parts;
  }

  /** A peer is listened to once about each room, so that these are no more than its rooms. */
  ask(peer: PeerId, head: Head): void {
    const claimed = this.#claims.get(peer) ?? { heads: [], isAsked: false };
    claimed.heads.push(head);
    this.#claims.set(peer, claimed);
    this.onFree(peer);
  }

  /** It may be asked for something more. */
  onFree(peer: PeerId): void {
    const claimed = this.#claims.get(peer);
    const head = claimed?.heads[0];
    if (claimed === undefined || claimed.isAsked) return;
    if (head === undefined) this.#claims.delete(peer);
    else if (this.#parts.slots.reserve(peer)) {
      claimed.isAsked = true;
      this.#send(peer, head);
    }
  }

  onPeerClosed(peer: PeerId): void {
    this.#claims.delete(peer);
  }

  /** Nothing that is said to be held of this room waits for a proof any more. */
  forget(room: RoomId): void {
    for (const [peer, claimed] of this.#claims) {
      const at = claimed.heads.findIndex((head) => head.room === room);
      if (at < 0) continue;
      claimed.heads.splice(at, 1);
      if (at === 0 && claimed.isAsked) this.#onEnded(peer, claimed);
    }
  }

  /** Undefined for what answers no question of these; `proved` is signed where it is. */
  handleRuns(
    peer: PeerId,
    message: RunsMessage,
  ): { readonly proved: Checkpoint | undefined } | undefined {
    const claimed = this.#claims.get(peer);
    const head = claimed?.heads[0];
    if (claimed?.isAsked !== true || head === undefined) return undefined;
    if (head.room !== message.room || head.seq !== message.to) return undefined;
    claimed.heads.shift();
    this.#onEnded(peer, claimed);
    return { proved: this.#checkpointOf(head, message.runs[0]) };
  }

  #onEnded(peer: PeerId, claimed: Claimed): void {
    claimed.isAsked = false;
    this.#parts.slots.free(peer);
  }

  #send(peer: PeerId, { room, seq, hash }: Head): void {
    const { me: author, outputs } = this.#parts;
    outputs.send(peer, { kind: "want", room, author, from: seq, to: seq, hash });
  }

  #checkpointOf({ room, seq, hash }: Head, bytes: Uint8Array | undefined): Checkpoint | undefined {
    const run = bytes && decodeRun(bytes);
    if (bytes === undefined || run === undefined) return undefined;
    const { me: author, signatures } = this.#parts;
    const link = linkOf(run, bytes);
    const isIt = run.room === room && run.author === author && link.seq === seq;
    if (!isIt || !equalBytes(link.hash, hash) || !isTagged(run, signatures.tag)) return undefined;
    const fields = { room, author, seq, hash: link.hash };
    return { ...fields, signature: signatures.sign(fields) };
  }
}

/** An own run as it leaves: over all that it says, and over what it goes on behind. */
export function tagged(run: Run, tag: TagOf): Run {
  return { ...run, tag: tag(encodeRun(run)) };
}

function isTagged({ tag, ...run }: Run, tagOf: TagOf): boolean {
  return tag !== undefined && equalBytes(tag, tagOf(encodeRun(run)));
}
