import type { PeerId } from "../base/ids.ts";
import type { EntriesHeard } from "../chat/events.ts";
import type { MeetingOutcome } from "../paths/grades.ts";
import { CLOSE_CODES } from "../session/session.ts";
import type { Connection } from "./connection.ts";
import { hereOf } from "./encounters.ts";
import { MAIN_SOCKET } from "./machine.ts";
import { recordMeeting } from "./meetingrecord.ts";
import { LEAVING } from "./neighbours.ts";
import type { Parts } from "./parts.ts";
import type { Trail } from "./trails.ts";

/** What somebody is told whom the person here has blocked. */
const UNWANTED = "does not want to talk with you";

/** Who comes from two clients of one identity is with the one that came last. */
const TAKEN =
  "another client with your identity talks with them now: what both write makes two histories";

/** Tells the parts of a client's node of people who come and go. */
export class Visits {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Somebody is about to be met, or asked for again. */
  onMeeting(now: number, peerId: PeerId): void {
    const { reporter, desk, endpoint } = this.#parts;
    const trail = endpoint.trails.of(peerId);
    if (!reporter.onConnecting(peerId, trail.introduction?.expected)) return;
    trail.onMeeting(now);
    desk.onIntroduced(now, peerId);
  }

  /** What may be sent to somebody has changed; who is blocked is not talked with. */
  onJudged(now: number, peerId: PeerId): void {
    const { chat, presence, roster, endpoint, search, reporter } = this.#parts;
    chat.onJudged(now, peerId);
    presence.onJudged(peerId);
    const connection = endpoint.connectionTo(peerId);
    if (!roster.isBlocked(peerId)) {
      chat.onUnblocked(now);
      if (connection === undefined) search.seek(now, peerId);
      return;
    }
    search.unseek(peerId);
    if (connection === undefined) return;
    reporter.onGone(connection, "you have blocked them");
    endpoint.close(connection, CLOSE_CODES.refused, UNWANTED);
  }

  onOpened(now: number, connection: Connection): void {
    const { chat, callers, search, fellows, roster, endpoint, successors } = this.#parts;
    const { card } = connection;
    if (roster.isBlocked(card.peerId)) {
      return endpoint.close(connection, CLOSE_CODES.refused, UNWANTED);
    }
    callers.onOpened(now, connection);
    search.unseek(card.peerId);
    fellows.onOpened(now, connection);
    successors.onOpened(now, connection);
    this.onMeeting(now, card.peerId);
    const { session, isInitiator } = connection;
    chat.onPeerOpen(now, card.peerId, { hash: session.hash, isInitiator });
  }

  /** To be introduced again shows both where the other is now; the session goes on meanwhile. */
  onDoubted(now: number, connection: Connection, isUprooted: boolean): void {
    const { server, search, endpoint, fellows } = this.#parts;
    const { peerId } = connection.card;
    fellows.onDoubted(now, connection);
    this.#parts.successors.onDoubted(now, connection);
    // Most doubts are a lost packet's, and are over before the first step of the ladder.
    search.restart(now, peerId, !isUprooted);
    // By then it is to know where this client is.
    endpoint.ping(server.connection);
  }

  /** What was sent is answered again. */
  onTrusted(now: number, connection: Connection): void {
    const { search, callers } = this.#parts;
    search.unseek(connection.card.peerId);
    callers.onPath(now, connection);
  }

  onMet(now: number, peerId: PeerId): void {
    const { desk, endpoint, pins, roster, reporter, fellows, presence } = this.#parts;
    desk.onSettled(now, peerId);
    fellows.onMet(now);
    const connection = endpoint.connectionTo(peerId);
    if (connection === undefined) return;
    pins.onMet(now, roster.onMet(connection.card));
    presence.onMet(now, peerId);
    const trail = endpoint.trails.of(peerId);
    this.#remember(now, connection, techniqueOf(connection, trail));
    trail.onConnected(now, pathNote(connection));
    this.#endMeeting(now, peerId, connection.path.kind);
    reporter.onConnected(connection);
  }

  /** Whoever has said something types no more. */
  onHeard({ room, author }: EntriesHeard): void {
    const { presence, chat } = this.#parts;
    presence.onSaid(author, chat.rooms().has(room) ? room : undefined);
  }

  /** Everybody here was last seen now. */
  onLeaving(now: number): void {
    const { endpoint, pins } = this.#parts;
    for (const { card } of endpoint.connections()) this.#keepSeen(now, card.peerId);
    pins.onLeaving();
  }

  /** The session goes by another path. */
  onMoved(now: number, connection: Connection): void {
    const { successors, callers } = this.#parts;
    successors.onMoved(now, connection);
    callers.onPath(now, connection);
    this.#remember(now, connection);
  }

  onUnreachable(now: number, peerId: PeerId, candidates: number): void {
    const { desk, callers, reporter, roster } = this.#parts;
    desk.onSettled(now, peerId);
    // Who is merely called where it once was need not be there at all.
    if (roster.get(peerId)?.state !== "connecting") return;
    this.#endMeeting(now, peerId, "none");
    reporter.onUnreachable(peerId, callers.causeOf(peerId, candidates));
  }

  onClosed(now: number, connection: Connection, code: number, reason: string): void {
    const { chat, desk, endpoint, search, fellows, verifications, successors } = this.#parts;
    const { reporter, callers, roster, presence } = this.#parts;
    const { peerId } = connection.card;
    this.#keepSeen(now, peerId);
    chat.onPeerClosed(now, peerId);
    verifications.onClosed(peerId);
    successors.onClosed(connection);
    presence.onClosed(peerId);
    this.#parts.authors.onClosed(peerId);
    if (code === CLOSE_CODES.replaced) return;
    this.#remember(now, connection);
    fellows.onClosed(now, connection);
    desk.onSettled(now, peerId);
    endpoint.trails.of(peerId).onGone(now, reason);
    const isUnwanted = code === CLOSE_CODES.refused;
    const isTaken = code === CLOSE_CODES.superseded;
    if (!roster.isBlocked(peerId)) reporter.onGone(connection, isTaken ? TAKEN : reason);
    if (isTaken) callers.onTaken(peerId);
    else callers.onClosed(now, peerId, isUnwanted ? LEAVING : reason);
    const isMissed = !isUnwanted && !isTaken && (reason !== LEAVING || chat.hasWaiting(peerId));
    if (isMissed) search.restart(now, peerId);
    else search.unseek(peerId);
  }

  /** Where a peer is met; who is carried may be anywhere. */
  #remember(now: number, { card, path }: Connection, technique?: string): void {
    if (path.kind === "relay") return;
    const { server, encounters, pins } = this.#parts;
    const { place } = hereOf(server.vantage);
    const met = { peer: card.peerId, place, remote: path.remote, technique };
    const write = encounters.learn(now, met);
    if (write !== undefined) pins.keep([write]);
  }

  /** Of somebody who was met, when that was last so. */
  #keepSeen(now: number, peerId: PeerId): void {
    const { roster, pins } = this.#parts;
    const person = roster.get(peerId);
    if (person?.state === "connected") pins.onSeen(now, roster.onSeen(now, person));
  }

  #endMeeting(now: number, peerId: PeerId, outcome: MeetingOutcome): void {
    const { endpoint, callers, pins, roster } = this.#parts;
    const trail = endpoint.trails.get(peerId);
    pins.keep(recordMeeting(now, roster.who(peerId), trail, outcome, callers.nat));
  }
}

/** What was done besides calling, where no call would have found this way. */
function techniqueOf({ path }: Connection, { tactic, introduction }: Trail): string {
  const isCalled = path.socket === MAIN_SOCKET && path.remote === introduction?.seenAt;
  return path.kind === "lan" || isCalled ? "call" : (tactic ?? "call");
}

function pathNote({ path }: Connection): string {
  if (path.kind === "relay") return "through a member who carries";
  return `${path.kind === "lan" ? "over the local network" : "directly"} at ${path.remote}`;
}
