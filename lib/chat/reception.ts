import type { ChatMessage } from "../wire/chat.ts";
import type { Claims } from "./claims.ts";
import type { Exchange } from "./exchange.ts";
import type { Holding } from "./holding.ts";
import type { Inbox } from "./inbox.ts";
import type { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";
import type { Outbox } from "./outbox.ts";
import type { Punches } from "./punches.ts";
import type { Reading } from "./reading.ts";
import type { Reads } from "./reads.ts";

export interface ReceptionParts {
  readonly membership: Membership;
  readonly claims: Claims;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly punches: Punches;
  readonly exchange: Exchange;
  readonly holding: Holding;
  readonly reading: Reading;
  readonly reads: Reads;
}

/** Hands what a peer says to whom it is for. */
export class Reception {
  readonly #parts: ReceptionParts;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  /** False for what holds bytes that nobody can read. */
  handle(now: number, peer: OpenPeer, message: ChatMessage): boolean {
    const { membership, inbox, outbox, punches, exchange, holding, reads } = this.#parts;
    switch (message.kind) {
      case "rooms":
      case "join":
      case "leave":
      case "prove":
      case "withdraw":
        membership.handle(now, peer, message);
        if (message.kind === "rooms") outbox.onMet(peer.id);
        this.onRooms(now, peer);
        return true;
      case "heads":
        this.#parts.claims.handle(now, peer, message.heads);
        return true;
      case "entries":
        return inbox.handleRun(now, peer, message.run, (room) => membership.takes(peer.id, room));
      case "receipt":
        reads.onReceipt(peer.id, message.room, message.seqs);
        outbox.handleReceipt(now, peer.id, message.room, message.seqs);
        return true;
      case "refusal": {
        const { room, seq, reason } = message;
        const isOurs = outbox.handleRefusal(now, peer.id, room, seq, reason);
        if (isOurs && reason === "not-a-member") {
          membership.handleLeave(peer, room);
          this.onRooms(now, peer);
        }
        return true;
      }
      case "read":
        for (const mark of message.marks) reads.handle(now, peer, mark);
        return true;
      case "punch":
        punches.handlePunch(peer.id, message.token);
        return true;
      case "punched":
        punches.handlePunched(now, peer.id, message.token);
        return true;
      case "checkpoints":
      case "digest":
      case "tips":
      case "want":
      case "runs":
        exchange.handle(now, peer, message);
        return true;
      case "holder":
      case "hold":
      case "holding":
      case "unheld":
      case "kept":
      case "taken":
      case "untaken":
      case "returned":
      case "done":
        holding.handle(now, peer, message);
        return true;
      default:
        return message satisfies never;
    }
  }

  /** Who is in which room with whom may have changed. */
  onRooms(now: number, peer: OpenPeer): void {
    const { claims, exchange, reading, holding } = this.#parts;
    claims.onRooms(now, peer);
    exchange.onRooms(now, peer);
    reading.onRooms(now, peer);
    holding.onRooms(now, peer);
  }
}
