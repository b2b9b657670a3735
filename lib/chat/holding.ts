import type { PeerId, RoomId } from "../base/ids.ts";
import type { HoldMessage } from "../wire/hold.ts";
import { type AuthorWrite, Entrusting, type EntrustingParts } from "./entrusting.ts";
import { Holder, type HolderWrite } from "./holder.ts";
import { Opening, type OpeningParts } from "./opening.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Chain } from "./log.ts";
import type { RestoredChat } from "./records.ts";
import { Trusts } from "./trusts.ts";

export interface HoldingOptions {
  readonly now: number;
  readonly me: PeerId;
  readonly restored: Pick<RestoredChat, "entrusted" | "held">;
  /** Whether one holds for others. */
  readonly holds: boolean;
  /** Whether others are asked to hold what one says to people who are away. */
  readonly asksHold: boolean;
}

/**
 * What passes between two who are never here together, by a common member who holds it, sealed:
 * its author's part, the holder's and the recipient's. PROTOCOL.md §8.
 */
export class Holding {
  readonly trusts: Trusts;
  readonly #entrusting: Entrusting;
  readonly #holder: Holder;
  readonly #opening: Opening;
  readonly #open: ReadonlyMap<PeerId, unknown>;

  constructor(options: HoldingOptions, parts: Omit<EntrustingParts, "trusts"> & OpeningParts) {
    const { now, me, restored, holds, asksHold } = options;
    this.#open = parts.open;
    this.trusts = new Trusts(now, restored.entrusted);
    this.#entrusting = new Entrusting(me, asksHold, { ...parts, trusts: this.trusts });
    this.#holder = new Holder(now, restored.held, holds, parts);
    this.#opening = new Opening(me, parts);
  }

  /** A peer, or we, may have come to be in a room, or may have left it. */
  onRooms(now: number, peer: OpenPeer): void {
    if (peer.hasMet) this.#holder.onMet(now, peer.id);
    this.#entrusting.onChanged(now);
  }

  /** What may be sent to this peer, here or away, may have changed. */
  onJudged(now: number, peer: PeerId): void {
    this.#holder.onJudged(peer);
    this.#entrusting.onChanged(now);
  }

  onPeerClosed(now: number, peer: PeerId): void {
    this.#holder.onPeerClosed(peer);
    this.#opening.onPeerClosed(peer);
    this.#entrusting.onPeerClosed(now, peer);
  }

  /** A run of one's own, for this peer alone, is on disk. */
  onOwnStored(now: number, to: PeerId): void {
    if (!this.#open.has(to)) this.#entrusting.onChanged(now);
  }

  handle(now: number, peer: OpenPeer, message: HoldMessage): void {
    switch (message.kind) {
      case "holder":
      case "holding":
      case "unheld":
      case "returned":
        return this.#entrusting.handle(now, peer.id, message);
      case "hold":
      case "taken":
      case "untaken":
      case "done":
        return this.#holder.handle(now, peer.id, message);
      case "kept":
        return this.#opening.handleKept(now, peer, message.envelope);
      default:
        return message satisfies never;
    }
  }

  /** What it was asked to keep is on disk, or is not. */
  onStored(now: number, write: AuthorWrite | HolderWrite, ok: boolean): void {
    if (write.kind === "entrusted" || write.kind === "unentrusted") {
      this.#entrusting.onStored(now, write, ok);
    } else this.#holder.onStored(now, write, ok);
  }

  /** Runs of others are on disk. */
  onHeardStored(): void {
    this.#opening.onStored();
  }

  /** The disk has refused some of this chain. */
  onHeardUnstored(chain: Chain): void {
    this.#opening.onUnstored(chain);
  }

  /** An own run waits for this recipient no more. */
  onSettled(recipient: PeerId, room: RoomId, seq: number): void {
    this.#entrusting.onSettled(recipient, room, seq);
  }

  /** Own runs there get other numbers: what others hold of them is what it was. */
  onMoving(room: RoomId): void {
    this.#entrusting.onMoving(room);
  }

  /** An envelope that is held, as the disk has it. */
  handleLoaded(token: number, envelope: Uint8Array | undefined): void {
    this.#holder.handleLoaded(token, envelope);
  }

  handleTimeout(now: number): void {
    this.#entrusting.handleTimeout(now);
    this.#holder.handleTimeout(now);
  }

  pollTimeout(): number {
    return Math.min(this.#entrusting.pollTimeout(), this.#holder.pollTimeout());
  }
}
