import type { Random } from "../base/random.ts";
import type { Chat } from "../chat/chat.ts";
import { Directory, type DirectoryOutput } from "../rendezvous/directory.ts";
import { RENDEZVOUS_CHANNEL } from "../wire/channels.ts";
import type { RendezvousRequest } from "../wire/rendezvous.ts";
import type { Connection } from "./connection.ts";

/** A peer may ask for so many at once, and so many a second then: it asks each of a few members. */
export const PEER_REQUESTS = { burst: 64, perSecond: 8 } as const;

/** Answers that a peer has not acknowledged; beyond, its requests are ignored. */
const ANSWERS_QUEUED_BYTES_MAX = 16_384;

const SECRET_BYTES = 32;

/**
 * What a peer does for those it has sessions with, in the manner of a server: it tells each where
 * it is seen, and introduces two who are in one room with it. PROTOCOL.md §7.
 */
export class Introducer {
  readonly #directory: Directory;

  /** `clientsMax`: the sessions that there can be. */
  constructor(random: Random, chat: Chat, clientsMax: number) {
    this.#directory = new Directory({
      meetingSecret: random(SECRET_BYTES),
      mayMeet: (asker, sought) => chat.shareRoom(asker, sought),
      requests: PEER_REQUESTS,
      clientsMax,
    });
  }

  onOpened(now: number, { card, path }: Connection): void {
    this.#directory.onOpened(now, { card, observed: path.remote });
  }

  onMoved(now: number, { card, path }: Connection): void {
    this.#directory.onMoved(now, card.peerId, path.remote);
  }

  onClosed(now: number, { card }: Connection): void {
    this.#directory.onClosed(now, card.peerId);
  }

  /** Numbers and names are the server's affair. */
  handleRequest(now: number, { card, session }: Connection, request: RendezvousRequest): void {
    if (request.kind !== "register" && request.kind !== "seek") return;
    if (session.queuedBytes(RENDEZVOUS_CHANNEL) > ANSWERS_QUEUED_BYTES_MAX) return;
    const { peerId } = card;
    if (request.kind === "seek") this.#directory.handleRequest(now, peerId, request);
    else this.#directory.handleRequest(now, peerId, { ...request, topics: [] });
  }

  handleTimeout(now: number): void {
    this.#directory.handleTimeout(now);
  }

  pollTimeout(): number {
    return this.#directory.pollTimeout();
  }

  pollOutput(): DirectoryOutput | undefined {
    return this.#directory.pollOutput();
  }
}
