import type { Address } from "../base/address.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId } from "../base/ids.ts";
import type { Card } from "../wire/card.ts";
import { CANDIDATES_MAX, TOPICS_MAX } from "../wire/limits.ts";
import { agedNatReport, decodeNatReport, encodeNatReport, type NatReport } from "../wire/nat.ts";
import type { ProbeCounts } from "../wire/probes.ts";
import type { Occasion, RendezvousAnswer, RendezvousRequest } from "../wire/rendezvous.ts";
import { Inquiries, type Outcome, type Question } from "./inquiries.ts";
import { Seeks } from "./seeks.ts";

export type RegistrarEvent =
  /** Again whenever the server sees this client elsewhere. */
  | {
      readonly type: "registered";
      readonly number: number;
      readonly observed: Address;
      /** As the server tells them: see `observersFrom`. */
      readonly observers: readonly Address[];
      /** Where the server is by the other family, and has seen this client. */
      readonly others: readonly Address[];
      readonly also: Address | undefined;
    }
  /** The card's signature is not verified yet; how many are followed is the caller's to bound. */
  | {
      readonly type: "introduced";
      readonly number: number;
      readonly card: Card;
      readonly candidates: readonly Address[];
      /** What it says of its NAT, its ports as old as they are now. */
      readonly nat: NatReport | undefined;
      /** What it knows this client's punches by, and this client its. */
      readonly token: Uint8Array | undefined;
      readonly occasion: Occasion | undefined;
      /** What it says of its attempts to meet this client. */
      readonly probes: ProbeCounts | undefined;
    }
  /** A peer sought is not registered; it is asked for again. */
  | { readonly type: "unknown"; readonly peerId: PeerId }
  | Outcome;

export type RegistrarOutput =
  | { readonly kind: "request"; readonly request: RendezvousRequest }
  | { readonly kind: "event"; readonly event: RegistrarEvent };

export interface RegistrarOptions {
  /** How attempts to meet somebody who is sought went so far, where there were any. */
  readonly probesTo?: (peerId: PeerId) => ProbeCounts | undefined;
  readonly candidates?: readonly Address[];
  readonly topics?: readonly Uint8Array[];
}

/** A client's side of the rendezvous: registers, seeks peers, asks questions. PROTOCOL.md §7. */
export class Registrar {
  readonly #probesTo: NonNullable<RegistrarOptions["probesTo"]>;
  #candidates: readonly Address[];
  #topics: readonly Uint8Array[];
  #isOpen = false;
  #nat: Uint8Array | undefined;
  #natAtMs = 0;
  /** Others may have been told of this client's addresses of one family alone. */
  #isHalfKnown = false;
  /** What the server was told is not what holds now. */
  #isStale = true;
  #staleAtMs = 0;
  readonly #seeks = new Seeks();
  readonly #inquiries = new Inquiries();
  readonly #outputs: RegistrarOutput[] = [];

  constructor(options: RegistrarOptions = {}) {
    const { candidates = [], topics = [], probesTo = () => undefined } = options;
    this.#probesTo = probesTo;
    this.#candidates = candidates.slice(0, CANDIDATES_MAX);
    this.#topics = topics.slice(0, TOPICS_MAX);
  }

  /** A session with the server is open; it knows nothing yet. */
  onServerOpened(now: number): void {
    this.#isOpen = true;
    this.#isHalfKnown = true;
    this.#outdate(now);
    this.#seeks.open(now);
    this.#askForPeers(now);
  }

  onServerClosed(_now: number): void {
    this.#isOpen = false;
    this.#seeks.close();
    this.#inquiries.close();
    this.#dropRequests();
  }

  /** The first `CANDIDATES_MAX` count. */
  setCandidates(now: number, candidates: readonly Address[]): void {
    const first = candidates.slice(0, CANDIDATES_MAX);
    if (isSame(first, this.#candidates, Object.is)) return;
    this.#candidates = first;
    this.#isHalfKnown = true;
    this.#outdate(now);
  }

  /** The first `TOPICS_MAX` count. They hold for one server only: see `topicOf`. */
  setTopics(now: number, topics: readonly Uint8Array[]): void {
    const first = topics.slice(0, TOPICS_MAX);
    if (isSame(first, this.#topics, equalBytes)) return;
    this.#topics = first;
    this.#outdate(now);
  }

  /** What those who are introduced to this client are told of its NAT. */
  setNat(now: number, report: NatReport | undefined): void {
    this.#nat = report === undefined ? undefined : encodeNatReport(report);
    this.#natAtMs = now;
    this.#outdate(now);
  }

  /** Asks for an introduction until `unseek`; where many others are sought, in turn with them. */
  seek(now: number, peerId: PeerId, isIntroduced = false): void {
    this.#seeks.add(now, peerId, isIntroduced);
    this.#askForPeers(now);
  }

  unseek(peerId: PeerId): void {
    this.#seeks.delete(peerId);
  }

  /** Everybody registered: `listed`, or `failed`. */
  list(now: number, token: number): void {
    this.#ask(now, token, { kind: "list" });
  }

  /** Who has this number: `found` with one entry, or `failed`. */
  peer(now: number, token: number, number: number): void {
    this.#ask(now, token, { kind: "peer", number });
  }

  /** Whether the server answers: `punched`, or `failed`. */
  punch(now: number, token: number): void {
    this.#ask(now, token, { kind: "punch" });
  }

  /**
   * Everybody of this name: `found` with any number of entries, or `failed`. Whose id begins
   * with `prefix` is introduced besides, where that is one alone.
   */
  find(now: number, token: number, name: string, prefix = ""): void {
    this.#ask(now, token, { kind: "find", name, prefix });
  }

  /** Ignores what was not asked for and what comes too often. */
  handleAnswer(now: number, answer: RendezvousAnswer): void {
    if (!this.#isOpen) return;
    switch (answer.kind) {
      case "registered": {
        const { number, observed, observers, others, also } = answer;
        if (also !== undefined) this.#onSeen(now);
        return this.#tell({ type: "registered", number, observed, observers, others, also });
      }
      case "listing":
        return this.#inquiries.handleListing(now, answer);
      case "punched":
        return this.#inquiries.handlePunched(now, answer.request);
      case "introduction": {
        const { number, card, candidates } = answer;
        const nat = answer.nat === undefined ? undefined : decodeNatReport(answer.nat);
        const met = { nat, token: answer.token, occasion: answer.occasion, probes: answer.probes };
        return this.#tell({ type: "introduced", number, card, candidates, ...met });
      }
      case "unknown":
        if (!this.#seeks.has(answer.peerId)) return;
        this.#seeks.defer(now, answer.peerId);
        return this.#tell({ type: "unknown", peerId: answer.peerId });
      default:
        return answer satisfies never;
    }
  }

  handleTimeout(now: number): void {
    this.#inquiries.handleTimeout(now);
    this.#askForPeers(now);
  }

  /** A turn's changes are one registration, and it goes first: the server answers nobody else. */
  pollOutput(): RegistrarOutput | undefined {
    if (this.#isOpen && this.#isStale) {
      this.#isStale = false;
      const [candidates, topics] = [this.#candidates, this.#topics];
      const request = { kind: "register", candidates, topics } as const;
      if (this.#nat === undefined) return { kind: "request", request };
      const nat = agedNatReport(this.#nat, this.#staleAtMs - this.#natAtMs);
      return { kind: "request", request: { ...request, nat } };
    }
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const request = this.#inquiries.pollRequest();
    if (request !== undefined) return { kind: "request", request };
    const event = this.#inquiries.pollOutcome();
    return event === undefined ? undefined : { kind: "event", event };
  }

  pollTimeout(): number {
    return Math.min(this.#seeks.pollTimeout(), this.#inquiries.pollTimeout());
  }

  /** By the other family as well: who was told less is to be told again, once. */
  #onSeen(now: number): void {
    if (!this.#isHalfKnown) return;
    this.#isHalfKnown = false;
    this.#seeks.renew(now);
    this.#askForPeers(now);
  }

  #outdate(now: number): void {
    this.#isStale = true;
    this.#staleAtMs = now;
  }

  #ask(now: number, token: number, question: Question): void {
    if (this.#isOpen) this.#inquiries.ask(now, token, question);
    else this.#tell({ type: "failed", token, reason: "no-server" });
  }

  #askForPeers(now: number): void {
    for (const peerId of this.#seeks.takeDue(now)) {
      const probes = this.#probesTo(peerId);
      const said = probes === undefined ? {} : { probes };
      this.#outputs.push({ kind: "request", request: { kind: "seek", peerId, ...said } });
    }
  }

  #tell(event: RegistrarEvent): void {
    this.#outputs.push({ kind: "event", event });
  }

  #dropRequests(): void {
    const events = this.#outputs.filter(({ kind }) => kind === "event");
    this.#outputs.splice(0, this.#outputs.length, ...events);
  }
}

function isSame<Value>(
  a: readonly Value[],
  b: readonly Value[],
  equal: (a: Value, b: Value) => boolean,
): boolean {
  return a.length === b.length && a.every((value, i) => b[i] !== undefined && equal(value, b[i]));
}
