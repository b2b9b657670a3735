import { type Address, hostOf, portOf } from "../base/address.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import type { NatReport } from "../wire/nat.ts";
import { decodeStun } from "../wire/stun.ts";
import { isStun } from "../wire/stunframe.ts";
import { type Evidence, Notes, serverSees } from "./evidence.ts";
import { type Lifetime, LifetimeTrial } from "./lifetime.ts";
import { type Outcome, type Question, Questions, type StunSend } from "./questions.ts";
import { natReport } from "./verdict.ts";

/** When observers are asked, in ms. Silence means much: at 10 % loss each way it lies 0.19^5. */
const TRIES_MS: readonly number[] = [0, 150, 400, 700, 1000];

/** When they are where others are asked the same, or where two ways lead to the same. */
const FEW_TRIES_MS: readonly number[] = [0, 150, 400];

/** Sockets that take a port each, at once; and those that come one by one to see others' pace. */
const PORTS_AT_ONCE = 9;
const PORTS_LATER = 4;
const PORTS_LATER_MS = 200;

/** 32 without loss. With those of the lifetime, 30 at the most, it makes 80. */
export const SURVEY_DATAGRAMS_MAX = 50;

/** A survey is repeated. */
export const SURVEY_MS = 600_000;

/** At the least between two, however often this machine's addresses change. */
export const SURVEY_GAP_MS = 5000;

/** The same on the word of the server alone, which may lie, and name others to be asked. */
export const SURVEY_SAID_GAP_MS = 30_000;

/** At the least between two looks at where a sequence has come to. */
export const REFRESH_GAP_MS = 2000;

export interface SurveyOptions {
  readonly random: Random;
  readonly mainSocket: number;
  /** The number of one more socket, which is then asked for with `open`. */
  readonly nextSocket: () => number;
}

export type SurveyOutput =
  | ({ readonly kind: "send" } & StunSend)
  | { readonly kind: "open"; readonly socket: number }
  | { readonly kind: "close"; readonly socket: number }
  /** Something other than before. */
  | { readonly kind: "report"; readonly report: NatReport; readonly lifetime: Lifetime };

export type SideState =
  { readonly step: "opened"; readonly port: number } | { readonly step: "failed" };

type Topic = "map" | "base" | "port" | "address" | "poison" | "hairpin";

/** A socket of the survey's own. */
interface Side {
  readonly role: "filtering" | "hairpin" | "ports";
  localPort: number | undefined;
  mapped: Address | undefined;
  /** It has been asked all that it is for. */
  isSpent: boolean;
}

/**
 * A node's look at its own network, for one family of addresses: it asks a server's sockets by STUN
 * where they see it and has them answer from elsewhere, RFC 5780, and judges what comes and what
 * does not. Mapping is known after a round trip, all but the lifetime within 3 s.
 */
export class Survey {
  readonly #options: SurveyOptions;
  readonly #notes: Notes;
  #observers: readonly Address[] = [];
  #local: readonly Address[] = [];
  #isOtherHeard = false;

  #step: "idle" | "asking" | "settled" = "idle";
  #startedAtMs = -Infinity;
  #questions: Questions<Topic>;
  readonly #sides = new Map<number, Side>();
  #portsLater = 0;
  readonly #lifetimes: LifetimeTrial;
  #isPlaceNew = true;

  #surveyAtMs = Infinity;
  #portsAtMs = Infinity;
  #refreshedAtMs = -Infinity;
  readonly #outputs = new Queue<SurveyOutput>();
  /** What the last report was made of; undefined where that was of another place. */
  #told: Evidence | undefined;
  #toldText = "";

  constructor(options: SurveyOptions) {
    this.#options = options;
    this.#notes = new Notes(options.mainSocket);
    this.#questions = new Questions(options.random, SURVEY_DATAGRAMS_MAX);
    this.#lifetimes = new LifetimeTrial(options);
  }

  /** As it was told last, its ages as of `now`. */
  report(now: number): NatReport | undefined {
    return this.#told === undefined ? undefined : natReport(now, this.#told);
  }

  get lifetime(): Lifetime {
    return this.#lifetimes.lifetime;
  }

  /** All but the lifetime is known, as far as it can be. */
  get isSettled(): boolean {
    return this.#step === "settled";
  }

  /** Of one family; the first is the server's address at which this node meets it. */
  setObservers(now: number, observers: readonly Address[]): void {
    if (isSame(observers, this.#observers)) return;
    const isChosen = observers[0] !== this.#observers[0];
    this.#observers = [...observers];
    this.#restart(now, isChosen ? SURVEY_GAP_MS : SURVEY_SAID_GAP_MS);
  }

  /** The main socket's own addresses. A change of them is a change of the network. */
  setLocal(now: number, local: readonly Address[]): void {
    if (isSame(local, this.#local)) return;
    this.#local = [...local];
    this.#restart(now, SURVEY_GAP_MS);
  }

  /** Whether anything but STUN is heard from outside: else silence means that UDP is blocked. */
  setOtherHeard(now: number, isHeard: boolean): void {
    this.#isOtherHeard = isHeard;
    this.#tell(now);
  }

  /** Somebody sees the main socket there: the server, if `by` is the first observer, or a peer. */
  onObserved(now: number, by: Address, observed: Address): void {
    if (by === this.#observers[0]) {
      const seen = serverSees(this.#evidence());
      if (seen !== undefined && seen !== observed) this.#restart(now, SURVEY_SAID_GAP_MS);
      return;
    }
    this.#notes.witness(by, observed);
    this.#tell(now);
  }

  /**
   * Somebody is about to be met: where ports are given in sequence, it is looked at where that has
   * come to, by one more socket; `report` follows after a round trip.
   */
  refresh(now: number): void {
    const isSequence = this.report(now)?.allocation.kind === "sequential";
    if (!isSequence || this.#step !== "settled") return;
    if (now < this.#refreshedAtMs + REFRESH_GAP_MS) return;
    this.#refreshedAtMs = now;
    this.#open("ports");
  }

  /** False for a socket that is none of the survey's. */
  handleSocket(now: number, socket: number, state: SideState): boolean {
    const side = this.#sides.get(socket);
    if (side === undefined) return false;
    if (state.step === "failed") {
      this.#sides.delete(socket);
    } else {
      side.localPort = state.port;
      this.#askFirst(now, socket, side);
    }
    this.#advance(now);
    return true;
  }

  /** False for what is no answer that the survey waits for. */
  handleDatagram(now: number, socket: number, from: Address, bytes: Uint8Array): boolean {
    const message = isStun(bytes) ? decodeStun(bytes) : undefined;
    if (message === undefined) return false;
    const isOurs =
      this.#questions.handleMessage(now, socket, from, message) ||
      this.#lifetimes.handleMessage(now, socket, from, message);
    if (isOurs) this.#advance(now);
    return isOurs;
  }

  handleTimeout(now: number): void {
    if (now >= this.#surveyAtMs) this.#start(now);
    if (now >= this.#portsAtMs) this.#openLater(now);
    this.#questions.handleTimeout(now);
    this.#lifetimes.handleTimeout(now);
    this.#advance(now);
  }

  pollOutput(): SurveyOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const send = this.#questions.pollSend();
    return send === undefined ? this.#lifetimes.pollOutput() : { kind: "send", ...send };
  }

  pollTimeout(): number {
    return Math.min(
      this.#surveyAtMs,
      this.#portsAtMs,
      this.#questions.pollTimeout(),
      this.#lifetimes.pollTimeout(),
    );
  }

  /** What was known is of another place. Several changes of one turn are one. */
  #restart(now: number, gapMs: number): void {
    this.#isPlaceNew = true;
    this.#surveyAtMs = Math.min(this.#surveyAtMs, Math.max(now, this.#startedAtMs + gapMs));
  }

  #start(now: number): void {
    const { random, mainSocket } = this.#options;
    for (const socket of this.#sides.keys()) this.#close(socket);
    this.#questions = new Questions(random, SURVEY_DATAGRAMS_MAX);
    const [server] = this.#observers;
    this.#notes.begin(server, this.#local, this.#isPlaceNew);
    this.#step = "idle";
    this.#surveyAtMs = server === undefined ? Infinity : now + SURVEY_MS;
    this.#portsAtMs = Infinity;
    if (server === undefined) return;

    if (this.#isPlaceNew) {
      this.#told = undefined;
      this.#toldText = "";
      this.#lifetimes.begin(server);
      this.#isPlaceNew = false;
    }
    this.#step = "asking";
    this.#startedAtMs = now;
    for (const to of this.#observers) this.#ask(now, "map", mainSocket, to);
    this.#open("filtering");
    this.#open("hairpin");
    for (let i = 0; i < PORTS_AT_ONCE; i++) this.#open("ports");
    this.#portsLater = PORTS_LATER;
    this.#portsAtMs = now + PORTS_LATER_MS;
  }

  #openLater(now: number): void {
    this.#open("ports");
    this.#portsLater -= 1;
    this.#portsAtMs = this.#portsLater > 0 ? now + PORTS_LATER_MS : Infinity;
  }

  #askFirst(now: number, socket: number, { role }: Side): void {
    const [server] = this.#observers;
    if (server === undefined) return;
    this.#ask(now, "base", socket, server, "answer", role === "ports" ? FEW_TRIES_MS : TRIES_MS);
    if (role !== "filtering") return;
    if (secondPort(this.#observers) !== undefined) {
      this.#ask(now, "port", socket, server, { ip: false, port: true });
    }
    const elsewhere = this.#observers.filter((other) => hostOf(other) !== hostOf(server));
    if (elsewhere.length === 0) return;
    const port = !elsewhere.some((other) => portOf(other) === portOf(server));
    this.#ask(now, "address", socket, server, { ip: true, port });
  }

  /** Takes in what the questions have come to, and asks what follows from it. */
  #advance(now: number): void {
    for (;;) {
      const outcome = this.#questions.pollOutcome();
      if (outcome === undefined) break;
      this.#conclude(outcome);
    }
    for (const [socket, side] of this.#sides) {
      if (side.localPort === undefined || this.#isAsked(socket)) continue;
      if (side.role === "hairpin" && this.#questions.has(({ topic }) => topic === "map")) continue;
      if (side.isSpent || !this.#askNext(now, socket, side)) this.#close(socket);
      else side.isSpent = true;
    }
    if (this.#step === "asking" && !this.#isAsking()) this.#step = "settled";
    this.#tell(now);
  }

  #isAsking(): boolean {
    return this.#sides.size > 0 || this.#portsLater > 0 || this.#questions.has(() => true);
  }

  #isAsked(socket: number): boolean {
    return this.#questions.has((question) => question.socket === socket);
  }

  #conclude(outcome: Outcome<Topic>): void {
    const { question, heard, isWhole } = outcome;
    const { topic, socket } = question;
    const side = this.#sides.get(socket);
    const mapped = heard?.message.kind === "response" ? heard.message.mapped : undefined;
    switch (topic) {
      case "map":
        return this.#notes.sample(question, heard, undefined);
      case "base":
        this.#notes.sample(question, heard, side?.localPort);
        if (side !== undefined) side.mapped = mapped;
        if (heard === undefined || mapped === undefined || side?.role !== "ports") return;
        if (this.#lifetimes.rest(socket, portOf(mapped), heard.lastAskedAtMs)) {
          this.#sides.delete(socket);
        }
        return;
      case "port":
        return this.#notes.find({ passesPort: passed(outcome, side) });
      case "address":
        return this.#notes.find({ passesAddress: passed(outcome, side) });
      case "poison":
        return mapped === undefined
          ? undefined
          : this.#notes.find({ remaps: mapped !== side?.mapped });
      case "hairpin":
        if (heard === undefined && (!isWhole || this.#evidence().hairpin !== undefined)) return;
        return this.#notes.find({ hairpin: heard !== undefined });
      default:
        return topic satisfies never;
    }
  }

  /** False where nothing follows from what the socket was answered. */
  #askNext(now: number, socket: number, { role, mapped }: Side): boolean {
    if (mapped === undefined || role === "ports") return false;
    if (role === "filtering") {
      // The second port has sent to the socket in vain: now the socket sends to it.
      const second = secondPort(this.#observers);
      if (second === undefined || this.#evidence().passesPort !== false) return false;
      this.#ask(now, "poison", socket, second);
      return true;
    }
    // Two sockets of this node send to one another as two nodes behind the NAT would.
    const seen = serverSees(this.#evidence());
    if (seen === undefined || this.#local.includes(seen)) return false;
    this.#ask(now, "hairpin", socket, seen, "itself", FEW_TRIES_MS);
    this.#ask(now, "hairpin", this.#options.mainSocket, mapped, "itself", FEW_TRIES_MS);
    return true;
  }

  /**
   * At a new place as soon as the mapping is known, then when all is, and when it differs. While
   * a survey is repeated, what the last one told holds.
   */
  #tell(now: number): void {
    const evidence = this.#evidence();
    const report = natReport(now, evidence);
    const isWorthIt = this.#told === undefined && report.mapping !== "unknown";
    const isMore = this.#questions.has(({ topic }, tries) => topic === "map" && tries === 1);
    if (this.#step !== "settled" && (!isWorthIt || isMore)) return;
    const { lifetime } = this.#lifetimes;
    const text = JSON.stringify({ ...report, portsAgeMs: 0, lifetime: { ...lifetime } });
    if (text === this.#toldText) return;
    this.#told = evidence;
    this.#toldText = text;
    this.#outputs.push({ kind: "report", report, lifetime });
  }

  #evidence(): Evidence {
    const isSilent = this.#step === "settled" && !this.#isOtherHeard;
    return this.#notes.evidence(isSilent);
  }

  #ask(
    now: number,
    topic: Topic,
    socket: number,
    to: Address,
    expects: Question<Topic>["expects"] = "answer",
    triesMs = TRIES_MS,
  ): void {
    this.#questions.ask(now, { topic, socket, to, expects, triesMs });
  }

  #open(role: Side["role"]): void {
    const socket = this.#options.nextSocket();
    this.#sides.set(socket, { role, localPort: undefined, mapped: undefined, isSpent: false });
    this.#outputs.push({ kind: "open", socket });
  }

  #close(socket: number): void {
    if (!this.#sides.delete(socket)) return;
    this.#questions.drop((question) => question.socket === socket);
    this.#outputs.push({ kind: "close", socket });
  }
}

/** Silence means something only where the socket is heard otherwise, and all was tried. */
function passed({ heard, isWhole }: Outcome<Topic>, side: Side | undefined): boolean | undefined {
  if (heard !== undefined) return heard.message.kind === "response" ? true : undefined;
  return isWhole && side?.mapped !== undefined ? false : undefined;
}

/** Of the server's own address. */
function secondPort([server, ...others]: readonly Address[]): Address | undefined {
  return server && others.find((other) => hostOf(other) === hostOf(server));
}

function isSame(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, i) => address === b[i]);
}
