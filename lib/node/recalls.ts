import { type Address, addressScope } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { worthTrying } from "../paths/candidates.ts";
import { type Encounters, hereOf, REMOTES_MAX } from "./encounters.ts";
import { Recent } from "../rendezvous/recent.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Roster } from "./roster.ts";
import type { ServerLink } from "./serverlink.ts";

/** People who are called at one time; of more, the one that was lost first is given up. */
export const RECALLED_MAX = 32;

/** Calls of all of them: as many as one follows introductions, each of which costs as much. */
export const RECALLS_PER_MINUTE = 128;
const RECALLS_BURST = RECALLED_MAX;

/** When who has not answered is called again, ms after the call before. */
const RECALL_GAPS_MS = [10_000, 15_000];

/** However often somebody comes and goes. */
const RECALL_GAP_MS_MIN = 10_000;
const CALLED_MAX = 1024;

/** Then so often: the calls themselves keep open the way on which the other is to come. */
const RECALL_STEADY_MS = 20_000;
const RECALL_STEADY_FOR_MS = 600_000;

/** And then, or where nobody knows whether the other is there at all. */
const RECALL_SELDOM_MS = 60_000;

/** So long in all; who was only known from earlier is less likely to be there. */
const RECALLED_FOR_MS = { lost: 3_600_000, known: 600_000 } as const;

/** So much more or less of each gap, by chance: a server that goes is missed by all at once. */
const JITTER = 0.25;

/** Who was introduced so recently is being called, at better addresses. */
const INTRODUCED_MS = 15_000;

export interface RecallsOptions {
  readonly now: number;
  readonly random: Random;
  readonly endpoint: Pick<Endpoint, "connect" | "connectionTo" | "trails">;
  readonly roster: Pick<Roster, "get">;
  readonly server: Pick<ServerLink, "isRegistered" | "vantage">;
  readonly encounters: Encounters;
}

interface Recalled {
  readonly why: keyof typeof RECALLED_FOR_MS;
  readonly sinceMs: number;
  tries: number;
  /** The server has said that it does not know it. */
  isUnknown: boolean;
}

/**
 * Calls those whom one has lost, and knows from earlier, where they were last met: nobody else may
 * be left who brings the two together. Only where a session with just that peer was, so that nobody
 * can have anybody else called; while a server can introduce it, not at all.
 */
export class Recalls {
  readonly #options: RecallsOptions;
  /** The one lost first is first. */
  readonly #people = new Map<PeerId, Recalled>();
  readonly #deadlines = new Deadlines<PeerId>();
  readonly #bucket: TokenBucket;
  /** Who was called of late. */
  #called = new Recent<true>(RECALL_GAP_MS_MIN, CALLED_MAX);
  /** A server may yet be found. */
  #isWaiting = true;

  constructor(options: RecallsOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.now, RECALLS_PER_MINUTE / 60, RECALLS_BURST);
  }

  /** Somebody is missed, until `end`. Who is called for that already goes on as it is. */
  begin(now: number, peerId: PeerId, why: Recalled["why"] = "lost"): void {
    const before = this.#people.get(peerId)?.why;
    if (before === "lost" || before === why) return;
    this.end(peerId);
    if (this.#people.size >= RECALLED_MAX && !this.#makeRoom(peerId)) return;
    this.#people.set(peerId, { why, sinceMs: now, tries: 0, isUnknown: false });
    if (!this.#isWaiting) this.#deadlines.set(peerId, now);
  }

  end(peerId: PeerId): void {
    this.#people.delete(peerId);
    this.#deadlines.delete(peerId);
  }

  /** The server was found, or there is no use in waiting for it. */
  onReady(now: number): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    const { server, encounters, endpoint, roster } = this.#options;
    const known = server.isRegistered ? [] : encounters.people(now);
    const apart = known.filter((peerId) => endpoint.connectionTo(peerId) === undefined);
    const trusted = apart.filter((peerId) => roster.get(peerId)?.trust !== "changed");
    const others = trusted.filter((peerId) => !this.#people.has(peerId));
    // Who is sought goes before those who are merely known.
    const room = RECALLED_MAX - this.#people.size;
    for (const peerId of others.slice(0, room)) this.begin(now, peerId, "known");
    this.#hurry(now);
  }

  /** The server does not know where this peer is. */
  onUnknown(peerId: PeerId): void {
    const recalled = this.#people.get(peerId);
    if (recalled !== undefined) recalled.isUnknown = true;
  }

  /** From another network others are in reach, and this one may be back. */
  onNetwork(now: number): void {
    this.#called = new Recent<true>(RECALL_GAP_MS_MIN, CALLED_MAX);
    if (!this.#isWaiting) this.#hurry(now);
  }

  handleTimeout(now: number): void {
    for (let due = this.#deadlines.pollDue(now); due; due = this.#deadlines.pollDue(now)) {
      const recalled = this.#people.get(due);
      if (recalled === undefined) continue;
      if (now >= recalled.sinceMs + RECALLED_FOR_MS[recalled.why]) {
        this.end(due);
        continue;
      }
      if (this.#wantsCall(now, due, recalled)) this.#call(now, due);
      this.#deadlines.set(due, now + this.#gapMs(now, recalled));
      recalled.tries += 1;
    }
  }

  pollTimeout(): number {
    return this.#deadlines.next;
  }

  /** Strangers, of whom anybody can be many, take no place of who was met in earlier runs. */
  #makeRoom(peerId: PeerId): boolean {
    const people = [...this.#people.keys()];
    const isStranger = (it: PeerId): boolean => this.#options.roster.get(it)?.isNewcomer === true;
    const given = people.find(isStranger) ?? (isStranger(peerId) ? undefined : people[0]);
    if (given !== undefined) this.end(given);
    return given !== undefined;
  }

  #hurry(now: number): void {
    for (const [peerId, recalled] of this.#people) {
      recalled.tries = 0;
      this.#deadlines.set(peerId, now);
    }
  }

  #wantsCall(now: number, peerId: PeerId, { isUnknown }: Recalled): boolean {
    const { endpoint, server } = this.#options;
    if (endpoint.connectionTo(peerId) !== undefined) return false;
    const introducedAtMs = endpoint.trails.get(peerId)?.introduction?.atMs ?? -Infinity;
    if (now < introducedAtMs + INTRODUCED_MS) return false;
    return isUnknown || !server.isRegistered;
  }

  #call(now: number, peerId: PeerId): void {
    const { endpoint, roster } = this.#options;
    const person = roster.get(peerId);
    const addresses = this.#addressesOf(now, peerId);
    if (person === undefined || person.isBlocked || addresses.length === 0) return;
    if (this.#called.get(now, peerId) === true || !this.#bucket.take(now)) return;
    this.#called.set(now, peerId, true);
    const trail = endpoint.trails.of(peerId);
    trail.note(now, `called where they were last, at ${addresses.join(" and ")}`);
    endpoint.connect(now, person.card, addresses);
  }

  /** By the rules for candidates; on this machine, where the other was met on it. */
  #addressesOf(now: number, peerId: PeerId): Address[] {
    const { vantage } = this.#options.server;
    const before = this.#options.encounters.remotes(now, peerId, hereOf(vantage));
    const worth = before.filter((remote) => {
      const introducer = addressScope(remote) === "loopback" ? remote : undefined;
      return worthTrying({ ...vantage, introducer }, [remote]).includes(remote);
    });
    return worth.slice(0, REMOTES_MAX);
  }

  #gapMs(now: number, { why, sinceMs, tries }: Recalled): number {
    const isSteady = why === "lost" && now < sinceMs + RECALL_STEADY_FOR_MS;
    const gapMs = RECALL_GAPS_MS[tries] ?? (isSteady ? RECALL_STEADY_MS : RECALL_SELDOM_MS);
    const [byte = 0] = this.#options.random(1);
    return gapMs * (1 + JITTER * (byte / 127.5 - 1));
  }
}
