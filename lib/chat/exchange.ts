import type { PeerId, RoomId } from "../base/ids.ts";
import type { Checkpoint, CheckpointFields } from "../wire/checkpoint.ts";
import type { ReceiptFields } from "../wire/envelope.ts";
import type { Head } from "../wire/chat.ts";
import type { ExchangeMessage } from "../wire/exchange.ts";
import { Archive } from "./archive.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Comparison } from "./comparison.ts";
import { Floors } from "./floors.ts";
import type { Forks } from "./forks.ts";
import type { Journal } from "./journal.ts";
import type { Loads } from "./loads.ts";
import type { Chain, Log } from "./log.ts";
import type { Mates } from "./mates.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outputs } from "./outputs.ts";
import { Progress } from "./progress.ts";
import { Proofs } from "./proofs.ts";
import type { RunRow } from "./records.ts";
import { Requests } from "./requests.ts";
import { Signer } from "./signer.ts";

/** How this client signs its own chains and receipts, and knows what others have signed. */
export interface Signatures {
  readonly sign: (fields: CheckpointFields) => Uint8Array;
  readonly isAuthentic: (checkpoint: Checkpoint) => boolean;
  /** What only this client can make of bytes, 16 bytes. */
  readonly tag: (bytes: Uint8Array) => Uint8Array;
  /** For a third, who brings it to the author: the session is no proof there. */
  readonly signReceipt: (fields: ReceiptFields) => Uint8Array;
  readonly isReceipt: (by: PeerId, fields: ReceiptFields, signature: Uint8Array) => boolean;
}

type RunsMessage = Extract<ExchangeMessage, { kind: "runs" }>;

export interface ExchangeParts {
  readonly log: Log;
  readonly journal: Journal;
  readonly outputs: Outputs;
  readonly mates: Mates;
  readonly forks: Forks;
  /** Whether that peer is still being sent what we wrote ourselves. */
  readonly isSending: (peer: PeerId) => boolean;
  /** Whether nothing of what that person says is to be taken, from whomever it comes. */
  readonly isBlocked: (peer: PeerId) => boolean;
  readonly loads: Loads;
  /** Whether one's own chain of a room may be signed as far as it goes. */
  readonly maySign: (room: RoomId) => boolean;
  /** Whether it is being moved. */
  readonly isMoving: (room: RoomId) => boolean;
  /** Whether its last runs are getting other numbers. */
  readonly isRenumbering: (room: RoomId) => boolean;
  /** Others know more than what is here of one's own chain to be signed by oneself. */
  readonly onLost: (now: number, chain: Chain, checkpoint: Checkpoint) => void;
}

/**
 * What members of a room do so that all of them have the same log of it: they sign their own
 * chains, compare what they know, ask one another for what they miss, and give it. PROTOCOL.md §8.
 */
export class Exchange {
  readonly #me: PeerId;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #mates: Mates;
  readonly #isMoving: (room: RoomId) => boolean;
  readonly #signer: Signer;
  readonly #loads: Loads;
  readonly #comparison: Comparison;
  readonly #checkpoints: Checkpoints;
  readonly #requests: Requests;
  readonly #proofs: Proofs;
  readonly #archive: Archive;
  readonly #progress: Progress;

  constructor(me: PeerId, signatures: Signatures, parts: ExchangeParts) {
    const { sign, isAuthentic } = signatures;
    const { isBlocked, loads, maySign, isMoving, isRenumbering, onLost } = parts;
    this.#me = me;
    this.#isMoving = isMoving;
    this.#log = parts.log;
    this.#journal = parts.journal;
    this.#mates = parts.mates;
    this.#loads = loads;
    const floors = new Floors();
    this.#comparison = new Comparison({ ...parts, floors });
    const onSigned = (now: number, room: RoomId) => this.#comparison.onChanged(now, room);
    this.#signer = new Signer({ me, sign, maySign, onSigned }, parts);
    const onFree = (peer: PeerId) => this.#proofs.onFree(peer);
    this.#requests = new Requests({ ...parts, floors, onFree });
    this.#proofs = new Proofs({ me, signatures, outputs: parts.outputs, slots: this.#requests });
    this.#progress = new Progress(parts);
    this.#archive = new Archive(me, parts);
    const onAdopted = (now: number, { room }: Chain) => this.#onChanged(now, room);
    const isAsked = (peer: PeerId, room: RoomId, author: PeerId) => {
      return this.#requests.isAsked(peer, room, author);
    };
    const options = { me, isAuthentic, isBlocked, isAsked, onAdopted, onLost, isRenumbering };
    this.#checkpoints = new Checkpoints(options, parts);
  }

  /** A peer, or we, may have come to be in a room, or may have left it. */
  onRooms(now: number, peer: OpenPeer): void {
    const { came, went } = this.#mates.update(peer);
    for (const room of went) this.#comparison.onUnshared(peer.id, room);
    if (came.length > 0) this.onFree();
    for (const room of came) {
      this.#comparison.onShared(now, peer, room);
      this.#onNews(now, peer.id, room);
    }
  }

  onPeerClosed(now: number, peer: PeerId): void {
    this.#mates.onPeerClosed(peer);
    this.#comparison.onPeerClosed(peer);
    this.#checkpoints.onPeerClosed(peer);
    this.#archive.onPeerClosed(peer);
    this.#proofs.onPeerClosed(peer);
    this.#requests.onPeerClosed(now, peer);
    for (const room of this.#mates.rooms()) this.#tellProgress(now, room, 0);
  }

  /** There may be somebody now to whom what we say may go. */
  onFree(): void {
    this.#signer.onFree();
  }

  /** More is known of one's own chain. */
  onRecovered(now: number, room: RoomId): void {
    this.#checkpoints.onRenumbered(now, room);
    this.#onChanged(now, room);
  }

  /** A peer says to hold more of one's own chain than is signed: it may have it from oneself. */
  onClaimed(peer: PeerId, head: Head): void {
    this.#proofs.ask(peer, head);
  }

  /** It was shown, or was not in time. */
  onReleased(room: RoomId): void {
    this.#proofs.forget(room);
  }

  /** Whether the disk is being asked if more of one's own chain there is signed than is known. */
  isAskingOfOwn(room: RoomId): boolean {
    return this.#checkpoints.isAsking(room);
  }

  /** We are about to leave this room, whose others are still told what we have said. */
  onLeaving(now: number, room: RoomId): void {
    this.#signer.sign(now, room);
    this.#requests.onLeft(room);
    this.#progress.onLeft(room);
  }

  /** What is missing of a chain is not wanted any more. */
  onDropped(now: number, room: RoomId): void {
    this.#onChanged(now, room);
  }

  /** What somebody says, and others pass on, is taken again. */
  onUnblocked(now: number): void {
    this.#comparison.askAll(now);
    for (const room of this.#mates.rooms()) {
      this.#requests.work(now, room);
      this.#tellProgress(now, room, 0);
    }
  }

  /** Whoever reads what comes is behind, or is so no more. */
  onPace(now: number, isBehind: boolean): void {
    this.#requests.onPace(now, isBehind);
  }

  /** This client is about to end. */
  onQuit(now: number): void {
    this.#signer.signAll(now);
  }

  /** A run of one's own is on disk. */
  onOwnStored(now: number, chain: Chain): void {
    if (!this.#mates.isOurs(chain.room)) return;
    this.#signer.onStored(now, chain);
  }

  /** Somebody else's is, or was refused by the disk. */
  onHeardStored(now: number, chain: Chain): void {
    if (!this.#mates.isOurs(chain.room)) return;
    if (this.#log.anchor(chain) && chain.anchor !== undefined) {
      this.#journal.note({ kind: "checkpoint", ...chain.anchor, isHeld: true });
    }
    this.#onChanged(now, chain.room);
  }

  /** What a peer says of a room that it may have a part in. */
  handle(now: number, peer: OpenPeer, message: ExchangeMessage): void {
    const { room } = message;
    if (!this.#mates.has(peer, room)) return;
    switch (message.kind) {
      case "checkpoints":
        return this.#checkpoints.handle(now, peer, message.checkpoints);
      case "digest":
        if (this.#comparison.handleDigest(now, peer, room, message.digest)) {
          this.#onNews(now, peer.id, room);
        }
        return;
      case "tips":
        return this.#comparison.handleTips(now, peer, message);
      case "want":
        return this.#archive.handleWant(now, peer, message);
      case "runs":
        if (message.author === this.#me && this.#onOwnRuns(now, peer, message)) return;
        return this.#tellProgress(now, room, this.#requests.handleRuns(now, peer, message));
      default:
        return message satisfies never;
    }
  }

  handleLoaded(now: number, token: number, rows: readonly RunRow[]): void {
    this.#loads.handleLoaded(now, token, rows);
  }

  handleTimeout(now: number): void {
    this.#signer.handleTimeout(now);
    this.#comparison.handleTimeout(now);
    this.#archive.handleTimeout(now);
    this.#progress.handleTimeout(now);
    if (now < this.#requests.pollTimeout()) return;
    this.#requests.handleTimeout(now);
    for (const room of this.#mates.rooms()) this.#tellProgress(now, room, 0);
  }

  pollTimeout(): number {
    return Math.min(
      this.#signer.pollTimeout(),
      this.#comparison.pollTimeout(),
      this.#archive.pollTimeout(),
      this.#progress.pollTimeout(),
      this.#requests.pollTimeout(),
    );
  }

  /** Whether they are no part of what is missing, or come while nothing of it is taken. */
  #onOwnRuns(now: number, peer: OpenPeer, message: RunsMessage): boolean {
    const answer = this.#proofs.handleRuns(peer.id, message);
    if (answer === undefined) return this.#isMoving(message.room);
    const chain = this.#log.find(message.room, this.#me);
    const { proved } = answer;
    if (proved !== undefined && chain !== undefined) {
      this.#checkpoints.onProved(now, chain, proved);
    }
    return true;
  }

  #onNews(now: number, peer: PeerId, room: RoomId): void {
    this.#requests.onNews(now, peer, room);
    this.#tellProgress(now, room, 0);
  }

  #onChanged(now: number, room: RoomId): void {
    this.#comparison.onChanged(now, room);
    this.#requests.work(now, room);
    this.#tellProgress(now, room, 0);
  }

  #tellProgress(now: number, room: RoomId, received: number): void {
    const missing = this.#requests.missingIn(room);
    const isHopeless = this.#requests.isHopeless(room);
    this.#progress.onChanged(now, room, { missing, received, isHopeless });
  }
}
