import { isIpv6, portOf } from "../base/address.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { sha256 } from "../crypto/primitives.ts";
import { freshPorts } from "../paths/ports.ts";
import { changes, followingOf, replacementOf } from "../paths/succession.ts";
import type { Tactic } from "../paths/tactics.ts";
import { RENDEZVOUS_CHANNEL } from "../wire/channels.ts";
import { MEETING_TOKEN_BYTES } from "../wire/limits.ts";
import { agedNatReport, decodeNatReport, encodeNatReport, type NatReport } from "../wire/nat.ts";
import { encodeAnswer } from "../wire/rendezvous.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { MAIN_SOCKET, type SocketId } from "./machine.ts";
import type { ServerLink } from "./serverlink.ts";
import { sideOf } from "./side.ts";

/**
 * At this share of its life a mapping is replaced: there is time for another try. Of two whose
 * mappings both die each leaves the other its turn after its own, as far as it can wait.
 */
const AGE_SHARE = 0.4;
const AGE_SHARE_LATE = 0.8;

/** Up to this share it waits where mappings die young, that it need not be asked too often. */
const AGE_SHARE_YOUNG = 0.6;

/** Between two tries; what costs most has a longer gap of its own, and is waited for. */
const TRY_GAP_MS = 10_000;
const WAIT_MS = 2_000;

/** Of two whose mappings die together the one that does not lead takes more time for all this. */
const SECOND_TO = 1.3;

/** So long one side has for its try before the other may begin its own. */
const TRY_MS = 6_000;

/** A socket that came of somebody's introduction is older than its path by this at the most. */
const MEETING_MS = 10_000;

/** While there is a server, it is asked so often whether it is still there. */
const ASK_GAP_MS = 4_000;

/** A doubt of a lost packet is over by then. */
const RESCUE_MS = 500;

export interface SuccessorsOptions {
  readonly random: Random;
  readonly endpoint: Endpoint;
  readonly server: Pick<ServerLink, "aging" | "connection">;
  /** Whether one more introduction to this peer may be followed. */
  readonly mayFollow: (now: number, peerId: PeerId) => boolean;
  readonly isTrusted: (peerId: PeerId) => boolean;
}

/** A session, and how old the mapping is that it uses. */
interface Link {
  readonly connection: Connection;
  readonly leads: boolean;
  nat: NatReport | undefined;
  /** The socket that is in use. */
  socket: SocketId;
  /** Since when it has its mapping, where it is not the main socket. */
  sinceMs: number;
  /** Of this node's last try, and the peer's. */
  beganAtMs: number;
  followedAtMs: number;
  nextAtMs: number;
  /** When a path that fails is given up for one that both look for by themselves. */
  rescueAtMs: number;
  /** How old its mapping was when the present path failed, if that was the reason. */
  suspectMs: number | undefined;
}

/** A peer's word that a mapping of its own will die, and it is to be met at another. */
export interface Succession {
  readonly token: Uint8Array;
  readonly nat: NatReport | undefined;
}

/**
 * Make-before-break where nobody else can help. A mapping that dies of age is lost to a peer whose
 * router lets in only whom it has called: so while the path lives, the two agree by it on a
 * meeting, in which this node takes part from new sockets. PROTOCOL.md §6.
 */
export class Successors {
  readonly #options: SuccessorsOptions;
  readonly #links = new Map<PeerId, Link>();
  /** When something is to be done about each of them, which with many would cost every turn. */
  readonly #deadlines = new Deadlines<PeerId>();
  /** What of the server's `aging` they were set by. */
  #goneMs = Infinity;
  #sinceMs = 0;
  #nat: { readonly bytes: Uint8Array; readonly atMs: number } | undefined;
  #askAtMs = -Infinity;

  constructor(options: SuccessorsOptions) {
    this.#options = options;
  }

  setNat(now: number, report: NatReport): void {
    if (this.#nat !== undefined && !tells(report)) return;
    this.#nat = { bytes: encodeNatReport(report), atMs: now };
  }

  onOpened(now: number, connection: Connection): void {
    const { card, path } = connection;
    const leads = sideOf(this.#options.endpoint.card, card) === "lower";
    const link: Link = {
      connection,
      leads,
      nat: undefined,
      socket: path.socket,
      sinceMs: now - MEETING_MS,
      beganAtMs: -Infinity,
      followedAtMs: -Infinity,
      nextAtMs: now,
      rescueAtMs: Infinity,
      suspectMs: undefined,
    };
    this.#links.set(card.peerId, link);
    this.#arm(link);
  }

  /** The path is another. */
  onMoved(now: number, { card, path }: Connection): void {
    const link = this.#links.get(card.peerId);
    if (link === undefined) return;
    if (link.socket !== path.socket) {
      link.socket = path.socket;
      if (link.suspectMs !== undefined) this.#options.server.aging.onGone(link.suspectMs);
      link.suspectMs = undefined;
      link.sinceMs = Math.max(link.beganAtMs, now - MEETING_MS);
      // A try that led to something is no reason to wait.
      link.nextAtMs = now;
    }
    this.#arm(link);
  }

  /** What was sent is not answered. */
  onDoubted(now: number, { card }: Connection): void {
    const link = this.#links.get(card.peerId);
    if (link === undefined) return;
    link.rescueAtMs = now + RESCUE_MS;
    this.#arm(link);
  }

  /** Another session may have taken its place already. */
  onClosed(connection: Connection): void {
    const { peerId } = connection.card;
    if (this.#links.get(peerId)?.connection !== connection) return;
    this.#links.delete(peerId);
    this.#deadlines.delete(peerId);
  }

  /** What this peer says of its own NAT. */
  onRegistered(peerId: PeerId, nat: NatReport | undefined): void {
    const link = this.#links.get(peerId);
    if (link === undefined || (link.nat !== undefined && !tells(nat))) return;
    link.nat = nat;
  }

  /** A peer prepares another path: it will call from where it cannot be seen. */
  follow(now: number, { card, path }: Connection, { token, nat }: Succession): void {
    const link = this.#links.get(card.peerId);
    if (link === undefined || !this.#isReplaceable(link)) return;
    const { mayFollow } = this.#options;
    if (link.leads && now < link.beganAtMs + TRY_MS) return;
    if (!mayFollow(now, card.peerId)) return;
    link.followedAtMs = now;
    link.nextAtMs = Math.max(link.nextAtMs, now + TRY_MS);
    this.#arm(link);
    // What its new sockets are given follows on what this node sees.
    const isFromHere = nat?.recentPorts.length === 0;
    const theirs = isFromHere ? { ...nat, recentPorts: [portOf(path.remote)] } : nat;
    const tactic = followingOf(this.#report(now), theirs, newPort(token));
    this.#meet(now, link, token, tactic);
  }

  handleTimeout(now: number): void {
    this.#followAging();
    for (let due = this.#deadlines.pollDue(now); due; due = this.#deadlines.pollDue(now)) {
      const link = this.#links.get(due);
      if (link === undefined) continue;
      if (now >= link.rescueAtMs) this.#rescue(now, link);
      else if (now >= this.#dueAtMs(link)) this.#replace(now, link);
      this.#arm(link);
    }
  }

  pollTimeout(): number {
    this.#followAging();
    return this.#deadlines.next;
  }

  /** All mappings of the main socket die at one age, of which the server may have told. */
  #followAging(): void {
    const { goneMs, sinceMs } = this.#options.server.aging;
    if (goneMs === this.#goneMs && sinceMs === this.#sinceMs) return;
    this.#goneMs = goneMs;
    this.#sinceMs = sinceMs;
    for (const link of this.#links.values()) this.#arm(link);
  }

  #arm(link: Link): void {
    const { peerId } = link.connection.card;
    this.#deadlines.set(peerId, Math.min(link.rescueAtMs, this.#dueAtMs(link)));
  }

  #dueAtMs(link: Link): number {
    const { goneMs } = this.#options.server.aging;
    if (goneMs === Infinity || !this.#isReplaceable(link)) return Infinity;
    const bornAtMs = this.#bornAtMs(link);
    const youngMs = Math.min(TRY_GAP_MS, AGE_SHARE_YOUNG * goneMs);
    return Math.max(bornAtMs + Math.max(goneMs * shareOf(link), youngMs), link.nextAtMs);
  }

  #bornAtMs({ connection, sinceMs }: Link): number {
    const isMain = connection.path.socket === MAIN_SOCKET;
    return isMain ? this.#options.server.aging.sinceMs : sinceMs;
  }

  #isReplaceable({ connection }: Link): boolean {
    return connection.path.kind === "direct" && !isIpv6(connection.path.remote);
  }

  #replace(now: number, link: Link): void {
    if (this.#hasServer(now)) {
      link.nextAtMs = now + ASK_GAP_MS;
      return;
    }
    link.nextAtMs = now + TRY_GAP_MS * (link.leads ? 1 : SECOND_TO);
    const { random, endpoint } = this.#options;
    const { card, path } = link.connection;
    const report = this.#report(now);
    if (report === undefined) return;
    const token = random(MEETING_TOKEN_BYTES);
    const replacement = replacementOf(report, link.nat, newPort(token));
    if (replacement.kind === "none") return;
    if (!this.#meet(now, link, token, replacement.mine)) {
      link.nextAtMs = now + WAIT_MS;
      return;
    }
    link.beganAtMs = now;
    const isOfMain = path.socket === MAIN_SOCKET;
    const nat = encodeNatReport(
      isOfMain ? report : { ...report, recentPorts: [], portsAgeMs: now - link.sinceMs },
    );
    const own = { number: 0, card: endpoint.card, candidates: [], nat, token };
    const message = encodeAnswer({ kind: "introduction", ...own });
    endpoint.send(card.peerId, RENDEZVOUS_CHANNEL, message);
  }

  /**
   * Nobody tells either where the other is now: both do what they would do if the mapping had died
   * of the one whose router gives another port for it.
   */
  #rescue(now: number, link: Link): void {
    link.rescueAtMs = Infinity;
    const { connection, leads, nat: theirs } = link;
    const mine = this.#report(now);
    if (!connection.isDoubted || this.#hasServer(now) || !this.#isReplaceable(link)) return;
    if (mine === undefined || theirs === undefined) return;
    const isTheirs = changes(theirs) && !(leads && changes(mine));
    if (!isTheirs && !changes(mine)) return;
    const token = sha256(connection.session.id).slice(0, MEETING_TOKEN_BYTES);
    const port = newPort(token);
    const latest = { ...theirs, recentPorts: [portOf(connection.path.remote)] };
    const own = isTheirs ? undefined : replacementOf(mine, theirs, port);
    const tactic = isTheirs ? followingOf(mine, latest, port) : undefined;
    if (own?.kind === "none") return;
    if (!isTheirs) {
      link.suspectMs = now - RESCUE_MS - this.#bornAtMs(link);
      link.beganAtMs = now;
    }
    this.#meet(now, link, token, own?.mine ?? tactic);
  }

  /** It sees new mappings, and shows them to others: as long as it answers. */
  #hasServer(now: number): boolean {
    const { endpoint, server } = this.#options;
    const { connection } = server;
    if (connection === undefined || connection.isDoubted) return false;
    if (now < this.#askAtMs) return true;
    this.#askAtMs = now + ASK_GAP_MS;
    endpoint.ping(connection);
    return true;
  }

  /** Whether anything is done about it. */
  #meet(now: number, link: Link, token: Uint8Array, tactic: Tactic | undefined): boolean {
    const { endpoint, isTrusted } = this.#options;
    const { connection } = link;
    const { remote: seenAt, socket } = connection.path;
    connection.leavePath();
    return endpoint.connect(now, connection.card, [], {
      by: "member",
      token,
      tactic,
      seenAt,
      socket,
      opensFirst: false,
      isTrusted: isTrusted(connection.card.peerId),
      isTurn: undefined,
      waitMs: 0,
      headStartMs: 0,
      isSuccession: true,
    });
  }

  #report(now: number): NatReport | undefined {
    return this.#nat && decodeNatReport(agedNatReport(this.#nat.bytes, now - this.#nat.atMs));
  }
}

/** Without a server a router is what it was before, as far as anybody knows. */
function tells(report: NatReport | undefined): boolean {
  return report !== undefined && report.mapping !== "unknown";
}

/** Both come to it, whichever side's mapping dies: only one of them has a new one at a time. */
function newPort(token: Uint8Array): number {
  return freshPorts(token, 0).lower;
}

function shareOf({ leads, beganAtMs, followedAtMs }: Link): number {
  const isPeersTurn = followedAtMs > -Infinity && followedAtMs < beganAtMs;
  if (isPeersTurn) return AGE_SHARE_LATE;
  return AGE_SHARE * (leads ? 1 : SECOND_TO);
}
