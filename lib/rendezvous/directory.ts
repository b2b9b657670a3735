import { type Address, isIpv6 } from "../base/address.ts";
import { toHex } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import type { Card } from "../wire/card.ts";
import { CANDIDATES_MAX, TOPICS_MAX } from "../wire/limits.ts";
import { agedNatReport } from "../wire/nat.ts";
import type { ListingEntry, RendezvousAnswer, RendezvousRequest } from "../wire/rendezvous.ts";
import {
  candidatesFor,
  type Client,
  Clients,
  listingEntryOf,
  REGISTRATIONS_BURST,
  type RequestLimits,
} from "./clients.ts";
import { Introductions } from "./introductions.ts";
import { observersFor, othersFor } from "./observers.ts";
import { type Page, pageOf } from "./listing.ts";
import { type LogFields, type LogLine, partyFields } from "./logline.ts";
import { meetingToken } from "./meetingtoken.ts";
import { Said } from "./said.ts";
import { TopicTable } from "./topics.ts";
import { neededTurn, Turns } from "./turns.ts";

/** Members of a topic that a newcomer is introduced to; it seeks the others when it needs them. */
export const NEWCOMER_INTRODUCTIONS_MAX = 64;

/** Namesakes in the answer to one `find`, those registered first: latecomers push nobody out. */
export const FOUND_MAX = 100;

/** A client that asks too much is a line of the log at most this often. */
const TOO_MANY_LOG_MS = 60_000;

export type DirectoryOutput =
  { readonly kind: "answer"; readonly to: PeerId; readonly answer: RendezvousAnswer } | LogLine;

/** The limits are there to be lowered: see `CLIENTS_MAX` and `MEMBERSHIPS_MAX`. */
export interface DirectoryOptions {
  readonly clientsMax?: number | undefined;
  readonly membershipsMax?: number | undefined;
  readonly requests?: RequestLimits | undefined;
  /** For tokens: the same secret, the same tokens; without it there are none. */
  readonly meetingSecret?: Uint8Array | undefined;
  /** Where the server answers STUN: see `StunService`. */
  readonly sockets?: readonly Address[] | undefined;
  /** Whether one who seeks another shares a room with it; else it hears nothing of it. */
  readonly mayMeet?: ((asker: PeerId, sought: PeerId) => boolean) | undefined;
}

/** What an introduction is made for. */
type Cause = "topic" | "seek" | "find";

type Meeting = Pick<Extract<RendezvousAnswer, { kind: "introduction" }>, "token" | "occasion">;

type Request<Kind extends RendezvousRequest["kind"]> = Extract<RendezvousRequest, { kind: Kind }>;

/**
 * The server's table of clients, and its answers to them. A client is in it as long as it has a
 * session, and others hear of it from its first `register` on. PROTOCOL.md §7.
 */
export class Directory {
  readonly #sockets: readonly Address[];
  #ips: readonly Uint8Array[] = [];
  readonly #meetingSecret: Uint8Array | undefined;
  readonly #mayMeet: DirectoryOptions["mayMeet"];
  readonly #clients: Clients;
  readonly #topics: TopicTable<Client>;
  readonly #introductions = new Introductions();
  readonly #said = new Said();
  readonly #turns = new Turns();
  readonly #outputs: DirectoryOutput[] = [];

  constructor(options: DirectoryOptions = {}) {
    this.#sockets = options.sockets ?? [];
    this.#meetingSecret = options.meetingSecret;
    this.#mayMeet = options.mayMeet;
    this.#clients = new Clients(options.clientsMax, options.requests);
    this.#topics = new TopicTable(options.membershipsMax);
  }

  /**
   * A session was opened and has proved its card. A newer session of the same client takes the
   * place of the older one, and its number; it may be a new run that knows nobody, so that its
   * topics count as new to it when it registers. Of its cards that with the higher serial counts.
   *
   * False where the table is full: then the session is of no use to it, and to be refused.
   */
  onOpened(now: number, { card, observed }: { card: Card; observed: Address }): boolean {
    const known = this.#clients.get(card.peerId);
    const client = known ?? this.#clients.add(now, card, observed);
    if (client === undefined) {
      this.#log("warn", "refuse", { client: card.name, id: card.peerId, address: observed });
      return false;
    }
    if (known !== undefined) {
      known.sinceMs = now;
      this.#leaveTopics(client, new Set());
      if (card.serial > known.card.serial) this.#clients.rename(client, card);
      this.#clients.locate(client, { observed, also: undefined, announced: [] });
      this.#clients.report(now, client, undefined);
    }
    this.#log("info", "come", partyFields(client));
    return true;
  }

  /** Its packets now come from elsewhere, and that path is validated. */
  onMoved(now: number, peerId: PeerId, observed: Address): void {
    const client = this.#clients.get(peerId);
    if (client === undefined || client.observed === observed) return;
    // Where it was seen by the other family, it may still be.
    const isOther = isIpv6(client.observed) !== isIpv6(observed);
    this.#clients.locate(client, {
      ...client,
      observed,
      ...(isOther && { also: client.observed }),
    });
    // Whoever knew the place before is to be shown the new one without having to wait.
    client.sinceMs = now;
    this.#log("info", "move", partyFields(client));
    this.#confirm(client);
  }

  /** It has shown itself there besides: that counts where it is of the other family. */
  onSeen(now: number, peerId: PeerId, also: Address): void {
    const client = this.#clients.get(peerId);
    if (client === undefined || client.also === also) return;
    if (isIpv6(client.observed) === isIpv6(also) || !this.#allows(now, client)) return;
    this.#clients.locate(client, { ...client, also });
    // Whoever was introduced before was told of one family alone.
    client.sinceMs = now;
    this.#log("info", "seen", { ...partyFields(client), also });
    this.#confirm(client);
  }

  /** All addresses of this machine. */
  setIps(ips: readonly Uint8Array[]): void {
    this.#ips = ips;
  }

  /** Its last session is gone. */
  onClosed(_now: number, peerId: PeerId): void {
    const client = this.#clients.get(peerId);
    if (client === undefined) return;
    this.#leaveTopics(client, new Set());
    this.#clients.remove(client);
    this.#log("info", "go", partyFields(client));
  }

  /** Until it has registered, a client is answered `register` and `punch` alone. */
  handleRequest(now: number, peerId: PeerId, request: RendezvousRequest): void {
    const client = this.#clients.get(peerId);
    const kept = request.kind === "register" ? 0 : REGISTRATIONS_BURST;
    if (client === undefined || !this.#allows(now, client, kept)) return;
    if (request.kind === "register") return this.#register(now, client, request);
    if (request.kind === "punch") return this.#punch(client, request);
    if (client.number === undefined) return;
    switch (request.kind) {
      case "list":
        return this.#list(client, request);
      case "peer":
        return this.#peer(client, request);
      case "find":
        return this.#find(now, client, request);
      case "seek":
        return this.#seek(now, client, request);
      default:
        return request satisfies never;
    }
  }

  handleTimeout(now: number): void {
    this.#introductions.handleTimeout(now);
    this.#said.handleTimeout(now);
    this.#turns.handleTimeout(now);
  }

  pollOutput(): DirectoryOutput | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): number {
    const own = Math.min(this.#introductions.pollTimeout(), this.#said.pollTimeout());
    return Math.min(own, this.#turns.pollTimeout());
  }

  /** All registered clients by number. */
  list(): readonly ListingEntry[] {
    return Array.from(this.#clients.above(0), listingEntryOf).filter(
      (entry) => entry !== undefined,
    );
  }

  entry(number: number): ListingEntry | undefined {
    const client = this.#clients.numbered(number);
    return client === undefined ? undefined : listingEntryOf(client);
  }

  /** So many of the requests that it may make are kept for others. */
  #allows(now: number, client: Client, kept = REGISTRATIONS_BURST): boolean {
    const { requests } = client;
    if (requests.has(now, 1 + kept) && requests.take(now)) return true;
    if (now >= client.tooManyLoggedAtMs + TOO_MANY_LOG_MS) {
      client.tooManyLoggedAtMs = now;
      this.#log("warn", "too many requests", partyFields(client));
    }
    return false;
  }

  #register(now: number, client: Client, request: Request<"register">): void {
    if (!this.#clients.register(client)) {
      this.#log("error", "out of numbers", partyFields(client));
      return;
    }
    const announced = request.candidates.slice(0, CANDIDATES_MAX);
    // One whose addresses have changed shows itself anew.
    const isSame = announced.join() === client.announced.join() || client.announced.length === 0;
    const also = isSame ? client.also : undefined;
    this.#clients.locate(client, { ...client, also, announced });
    this.#clients.report(now, client, request.nat);
    const topics = new Set(request.topics.slice(0, TOPICS_MAX).map(toHex));
    this.#leaveTopics(client, topics);
    this.#log("info", "register", { ...partyFields(client), topics: topics.size });
    this.#confirm(client);
    for (const topic of topics) this.#joinTopic(now, client, topic);
  }

  #joinTopic(now: number, client: Client, topic: string): void {
    if (client.memberships.has(topic)) return;
    const members = this.#topics.newest(topic, NEWCOMER_INTRODUCTIONS_MAX);
    const membership = this.#topics.join(topic, client);
    if (membership === undefined) {
      this.#log("warn", "topics full", partyFields(client));
      return;
    }
    client.memberships.set(topic, membership);
    for (const member of members) this.#introduce(now, client, member, "topic");
  }

  #leaveTopics(client: Client, but: ReadonlySet<string>): void {
    for (const [topic, membership] of client.memberships) {
      if (but.has(topic)) continue;
      client.memberships.delete(topic);
      this.#topics.leave(membership);
    }
  }

  #punch(client: Client, { request }: Request<"punch">): void {
    this.#log("info", "punch", partyFields(client));
    this.#answer(client, { kind: "punched", request });
  }

  #list(client: Client, { request, after }: Request<"list">): void {
    const page = pageOf(this.#clients.above(after));
    this.#log("info", "list", { ...partyFields(client), after, entries: page.entries.length });
    this.#answerPage(client, request, page);
  }

  #peer(client: Client, { request, number }: Request<"peer">): void {
    const entry = this.entry(number);
    const found = entry !== undefined;
    this.#log("info", "peer", { ...partyFields(client), wanted: number, found });
    this.#answerPage(client, request, { entries: found ? [entry] : [], next: 0 });
  }

  /**
   * One answer after another: `find` has no `after`, and a name has few owners. Who asks for a name
   * wants to meet: where nobody else can be meant, both are told in this very turn.
   */
  #find(now: number, client: Client, { request, name, prefix }: Request<"find">): void {
    const namesakes = [...take(this.#clients.named(name), FOUND_MAX)];
    this.#log("info", "find", { ...partyFields(client), wanted: name, entries: namesakes.length });
    const meant = namesakes.filter((it) => it !== client && it.peerId.startsWith(prefix));
    const [target] = meant;
    if (target !== undefined && meant.length === 1) this.#introduce(now, client, target, "find");
    let sent = 0;
    let page: Page;
    do {
      page = pageOf(namesakes.slice(sent));
      this.#answerPage(client, request, page);
      sent += page.entries.length;
    } while (page.next !== 0);
  }

  #seek(now: number, client: Client, { peerId, probes }: Request<"seek">): void {
    if (peerId === client.peerId) return;
    if (probes !== undefined) this.#said.set(now, client.peerId, peerId, probes);
    const mayMeet = this.#mayMeet?.(client.peerId, peerId) ?? true;
    const target = mayMeet ? this.#clients.get(peerId) : undefined;
    const found = target?.number !== undefined;
    this.#log("info", "seek", { ...partyFields(client), wanted: peerId, found });
    if (target?.number === undefined) this.#answer(client, { kind: "unknown", peerId });
    else this.#introduce(now, client, target, "seek");
  }

  /** To both at once, so that both open their NATs at the same time. */
  #introduce(now: number, asker: Client, target: Client, cause: Cause): void {
    const round = this.#introductions.admit(now, asker, target);
    if (round === undefined) return;
    const meeting = this.#meetingOf(now, round, asker, target);
    this.#answer(target, this.#introductionOf(now, asker, target, meeting));
    this.#answer(asker, this.#introductionOf(now, target, asker, meeting));
    const parties = { ...partyFields(asker), ...partyFields(target, "target") };
    this.#log("info", "introduction", { ...parties, cause });
  }

  /** What `other` is told of `client`. */
  #introductionOf(now: number, client: Client, other: Client, meeting: Meeting): RendezvousAnswer {
    const { number = 0, card, nat, natAtMs, peerId } = client;
    const said = this.#said.get(now, peerId, other.peerId);
    return {
      kind: "introduction",
      number,
      card,
      candidates: candidatesFor(client, other),
      ...(nat === undefined ? {} : { nat: agedNatReport(nat, now - natAtMs) }),
      ...meeting,
      ...(said === undefined || meeting.occasion === undefined ? {} : { probes: said }),
    };
  }

  /** What both are told alike. */
  #meetingOf(now: number, round: number, asker: Client, target: Client): Meeting {
    const secret = this.#meetingSecret;
    if (secret === undefined) return {};
    const token = meetingToken(secret, asker.peerId, target.peerId);
    const turn = neededTurn(asker.nat, target.nat);
    const waitMs = turn && this.#turns.take(now, asker, target, turn);
    const isTurn = waitMs !== undefined;
    const sharesRoom = this.#mayMeet !== undefined || shareTopic(asker, target);
    return { token, occasion: { round, isTurn, sharesRoom, waitMs: waitMs ?? 0 } };
  }

  /** Tells a registered client its number, where it is seen, and who else can see it. */
  #confirm(client: Client): void {
    const { number, observed, also } = client;
    if (number === undefined) return;
    const observers = observersFor(this.#sockets, observed);
    const others = othersFor(this.#sockets, this.#ips, observed);
    const answer = { kind: "registered", number, observed, observers, others } as const;
    this.#answer(client, also === undefined ? answer : { ...answer, also });
  }

  #answerPage(client: Client, request: number, page: Page): void {
    this.#answer(client, { kind: "listing", request, ...page });
  }

  #answer({ peerId }: Client, answer: RendezvousAnswer): void {
    this.#outputs.push({ kind: "answer", to: peerId, answer });
  }

  #log(level: LogLine["level"], message: string, fields: LogFields): void {
    this.#outputs.push({ kind: "log", level, message, fields });
  }
}

function shareTopic(a: Client, b: Client): boolean {
  const [few, many] = a.memberships.size < b.memberships.size ? [a, b] : [b, a];
  return few.memberships.keys().some((topic) => many.memberships.has(topic));
}

function* take<Value>(values: Iterable<Value>, most: number): Generator<Value> {
  let left = most;
  for (const value of values) {
    if (left === 0) return;
    left -= 1;
    yield value;
  }
}
