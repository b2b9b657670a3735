import { type Address, isIpv6 } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import { Queue } from "../base/queue.ts";
import type { NatReport } from "../wire/nat.ts";
import { decodeStun } from "../wire/stun.ts";
import { isStun } from "../wire/stunframe.ts";
import { type Evidence, Notes, serverSees } from "./evidence.ts";
import { type Lifetime, type LifetimeOptions, LifetimeTrial } from "./lifetime.ts";
import {
  type Place,
  type RoundOptions,
  type RoundOutput,
  type SideState,
  SurveyRound,
} from "./surveyround.ts";
import { natReport } from "./verdict.ts";

/** A survey is repeated. */
export const SURVEY_MS = 600_000;

/** At the least between two, however often this machine's addresses change. */
export const SURVEY_GAP_MS = 5000;

/** The same on the word of the server alone, which may lie, and name others to be asked. */
export const SURVEY_SAID_GAP_MS = 30_000;

/** At the least between two words of how far this node has moved a sequence on. */
const OPENINGS_GAP_MS = 250;

/** At the least between two looks at where a sequence has come to. */
export const REFRESH_GAP_MS = 2000;

/** Such looks: enough for a ladder of introductions, and for each of those that follow it. */
export const REFRESHES_BURST = 16;
export const REFRESHES_PER_MINUTE = 6;

export type SurveyOptions = Omit<RoundOptions, "keep"> & Pick<LifetimeOptions, "cliffsMs">;

export type SurveyOutput =
  | RoundOutput
  /** Something other than before; `isSettled`: all but the lifetime is known by now. */
  | {
      readonly kind: "report";
      readonly report: NatReport;
      readonly lifetime: Lifetime;
      readonly isSettled: boolean;
    };

/**
 * A node's look at its own network, for one family of addresses: it asks a server's sockets by STUN
 * where they see it and has them answer from elsewhere, RFC 5780, and judges what comes and what
 * does not. Mapping is known after a round trip, all but the lifetime within 3 s.
 */
export class Survey {
  readonly #options: RoundOptions;
  readonly #lifetimes: LifetimeTrial;
  readonly #notes: Notes;
  #round: SurveyRound | undefined;
  #place: Place = { observers: [], local: [] };
  #isPlaceNew = true;
  #isOtherHeard = false;
  #startedAtMs = -Infinity;
  #surveyAtMs = Infinity;
  #refreshedAtMs = -Infinity;
  #refreshes: TokenBucket | undefined;
  #openingsAtMs = Infinity;
  #countsOpenings = true;
  readonly #outputs = new Queue<SurveyOutput>();
  /** What the last report was made of; undefined where that was of another place. */
  #told: { readonly evidence: Evidence; readonly isSilent: boolean } | undefined;
  #toldText = "";
  #isAllocationUntold = true;
  #isFilteringUntold = true;
  /** Something was seen then that may change what is told. */
  #changedAtMs: number | undefined;

  constructor(options: SurveyOptions) {
    this.#lifetimes = new LifetimeTrial(options);
    this.#notes = new Notes(options.mainSocket);
    this.#options = {
      ...options,
      keep: (socket, port, sinceMs) => this.#lifetimes.rest(socket, port, sinceMs),
    };
  }

  /** As it was told last, its ages as of `now`. */
  report(now: number): NatReport | undefined {
    this.#tellChange();
    if (this.#told === undefined) return undefined;
    return natReport(now, this.#told.evidence, this.#told.isSilent);
  }

  get lifetime(): Lifetime {
    return this.#lifetimes.lifetime;
  }

  /** All but the lifetime is known, as far as it can be. */
  get isSettled(): boolean {
    return this.#round?.isOver === true;
  }

  /** Of one family; the first is the server's address at which this node meets it. */
  setObservers(now: number, observers: readonly Address[]): void {
    const known = this.#place.observers;
    if (isSame(observers, known)) return;
    this.#place = { ...this.#place, observers: [...observers] };
    const isChosen = observers[0] !== known[0];
    this.#restart(now, isChosen ? SURVEY_GAP_MS : SURVEY_SAID_GAP_MS);
  }

  /** The main socket's own addresses. A change of those of the family is one of the network. */
  setLocal(now: number, local: readonly Address[]): void {
    const [server] = this.#place.observers;
    const ofFamily = (all: readonly Address[]): readonly Address[] =>
      all.filter((address) => server === undefined || isIpv6(address) === isIpv6(server));
    const isMoved = !isSame(ofFamily(local), ofFamily(this.#place.local));
    this.#place = { ...this.#place, local: [...local] };
    if (isMoved) this.#restart(now, SURVEY_GAP_MS);
  }

  /** Whether anything but STUN is heard from outside: else silence means that UDP is blocked. */
  setOtherHeard(now: number, isHeard: boolean): void {
    this.#isOtherHeard = isHeard;
    this.#changedAtMs = now;
  }

  /** Somebody sees the main socket there: the server, if `by` is the first observer, or a peer. */
  onObserved(now: number, by: Address, observed: Address): void {
    if (by === this.#place.observers[0]) {
      const seen = serverSees(this.#notes.evidence);
      if (seen !== undefined && seen !== observed) this.#restart(now, SURVEY_SAID_GAP_MS);
      return;
    }
    this.#notes.witness(by, observed);
    this.#changedAtMs = now;
  }

  /**
   * Somebody is about to be met: where ports are given in sequence, it is looked at where that has
   * come to, by a few more sockets; `report` follows after a round trip.
   */
  refresh(now: number): void {
    if (!this.isSettled || now < this.#refreshedAtMs + REFRESH_GAP_MS) return;
    if (this.report(now)?.allocation.kind !== "sequential") return;
    this.#refreshes ??= new TokenBucket(now, REFRESHES_PER_MINUTE / 60, REFRESHES_BURST);
    if (!this.#refreshes.take(now)) return;
    this.#refreshedAtMs = now;
    this.#round?.refresh();
  }

  /** Whether it is to be told of every mapping that this node opens. */
  get countsOpenings(): boolean {
    return this.#countsOpenings;
  }

  /** This node sent where it had not sent before: where there is a sequence, it goes on. */
  onOpened(now: number): void {
    this.#notes.opened(now);
    this.#openingsAtMs = Math.min(this.#openingsAtMs, now + OPENINGS_GAP_MS);
  }

  /** False for a socket that is none of the survey's. */
  handleSocket(now: number, socket: number, state: SideState): boolean {
    const isOurs = this.#round?.handleSocket(now, socket, state) === true;
    if (isOurs) this.#changedAtMs = now;
    return isOurs;
  }

  /** False for what is no answer that the survey waits for. */
  handleDatagram(now: number, socket: number, from: Address, bytes: Uint8Array): boolean {
    const message = isStun(bytes) ? decodeStun(bytes) : undefined;
    if (message === undefined) return false;
    const isOurs =
      this.#round?.handleMessage(now, socket, from, message) === true ||
      this.#lifetimes.handleMessage(now, socket, from, message);
    if (isOurs) this.#changedAtMs = now;
    return isOurs;
  }

  handleTimeout(now: number): void {
    if (now >= this.#surveyAtMs) this.#start(now);
    if (now >= this.#openingsAtMs) this.#openingsAtMs = Infinity;
    this.#round?.handleTimeout(now);
    this.#lifetimes.handleTimeout(now);
    this.#changedAtMs = now;
  }

  pollOutput(): SurveyOutput | undefined {
    this.#tellChange();
    return this.#outputs.shift() ?? this.#round?.pollOutput() ?? this.#lifetimes.pollOutput();
  }

  pollTimeout(): number {
    const roundAtMs = this.#round?.pollTimeout() ?? Infinity;
    const ownAtMs = Math.min(this.#surveyAtMs, this.#openingsAtMs);
    return Math.min(ownAtMs, roundAtMs, this.#lifetimes.pollTimeout());
  }

  /** What was known is of another place. Several changes of one turn are one. */
  #restart(now: number, gapMs: number): void {
    this.#isPlaceNew = true;
    this.#surveyAtMs = Math.min(this.#surveyAtMs, Math.max(now, this.#startedAtMs + gapMs));
  }

  #start(now: number): void {
    this.#round?.close();
    this.#drain();
    this.#round = undefined;
    const [server] = this.#place.observers;
    this.#surveyAtMs = server === undefined ? Infinity : now + SURVEY_MS;
    this.#notes.begin(server, this.#place.local, this.#isPlaceNew);
    if (server === undefined) return;

    if (this.#isPlaceNew) {
      this.#told = undefined;
      this.#toldText = "";
      this.#countsOpenings = true;
      this.#isAllocationUntold = true;
      this.#isFilteringUntold = true;
      this.#lifetimes.begin(server);
      this.#isPlaceNew = false;
    }
    this.#startedAtMs = now;
    this.#round = new SurveyRound(now, this.#options, this.#place, this.#notes);
  }

  /** Of a round that is given up only the sockets' ends are left to be done. */
  #drain(): void {
    for (let output = this.#round?.pollOutput(); output !== undefined;) {
      if (output.kind !== "send") this.#outputs.push(output);
      output = this.#round?.pollOutput();
    }
  }

  /** A turn's answers are judged once, when all else has been done about them. */
  #tellChange(): void {
    const now = this.#changedAtMs;
    this.#changedAtMs = undefined;
    if (now !== undefined) this.#tell(now);
  }

  /**
   * At a new place as soon as it is worth it, then when all is known, and when it differs. While a
   * survey is repeated, what the last one told holds.
   */
  #tell(now: number): void {
    const isTold = !this.#isAllocationUntold && !this.#isFilteringUntold;
    const mayWait = this.#told !== undefined && isTold;
    if (!this.isSettled && (mayWait || this.#isAwaitingMore)) return;
    const { evidence } = this.#notes;
    const isSilent = this.isSettled && !this.#isOtherHeard;
    const report = natReport(now, evidence, isSilent);
    if (!this.isSettled && !this.#isWorthTelling(report)) return;
    const { lifetime } = this.#lifetimes;
    const { isSettled } = this;
    const text = JSON.stringify({ ...report, portsAgeMs: 0, lifetime, isSettled });
    if (text === this.#toldText) return;
    this.#told = { evidence, isSilent };
    this.#countsOpenings = isMovedByDestinations(report);
    this.#isAllocationUntold = !this.isSettled && report.allocation.kind === "unknown";
    this.#isFilteringUntold = !this.isSettled && report.filtering === "unknown";
    this.#toldText = text;
    this.#outputs.push({ kind: "report", report, lifetime, isSettled });
  }

  /** What would be worth telling next is still asked for. */
  get #isAwaitingMore(): boolean {
    return this.#round?.isAwaiting(this.#told === undefined ? "main" : "others") !== false;
  }

  /**
   * Before all is known, each once: the mapping, of a hard one the allocation, and whom it lets in
   * as soon as somebody was, that nobody is searched for who may simply call.
   */
  #isWorthTelling({ mapping, filtering, allocation }: NatReport): boolean {
    if (mapping === "unknown") return false;
    if (this.#told === undefined) return true;
    if (this.#isFilteringUntold && filtering !== "unknown") return true;
    const isHard = mapping !== "endpoint-independent";
    return isHard && allocation.kind !== "unknown" && this.#isAllocationUntold;
  }
}

/** Whether each new destination may take one more port of a sequence. */
function isMovedByDestinations({ mapping, allocation }: NatReport): boolean {
  if (mapping === "endpoint-independent") return false;
  return allocation.kind === "sequential" || allocation.kind === "unknown";
}

function isSame(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, i) => address === b[i]);
}
