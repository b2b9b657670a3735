import { type Address, addressOf, hostOf, isIpv6, portOf } from "../base/address.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import type { Lifetime } from "../paths/lifetime.ts";
import { type Outcome, Questions } from "../paths/questions.ts";
import { Survey, type SurveyOutput } from "../paths/survey.ts";
import { observersFrom } from "../rendezvous/observers.ts";
import type { NatReport } from "../wire/nat.ts";
import { decodeStun } from "../wire/stun.ts";
import { isStun } from "../wire/stunframe.ts";
import { MAIN_SOCKET, type SendError, type SocketId } from "./machine.ts";

/** A server that is there answers one of these; a lost one costs little. */
const SERVER_TRIES_MS: readonly number[] = [0, 200, 500, 900, 1400];

/** Where a server's second port is, if it does not say: most have it beside the first. */
const SECOND_TRIES_MS: readonly number[] = [0, 150, 400];

/** The one lifetime for which there is time. */
export const LIFETIME_MS = 2_000;

/** From the first answer to the last word, whatever has not come by then. */
export const EXAMINATION_MS = 3_600;

export interface ExaminationEvent {
  readonly server: Address;
  /** At first without a report, as soon as there is an answer. */
  readonly outcome: Examined | Unanswered;
  /** Nothing more follows. */
  readonly isWhole: boolean;
}

export interface Examined {
  readonly kind: "answered";
  readonly rttMs: number;
  /** Where the server sees the main socket. */
  readonly mapped: Address;
  readonly report: NatReport | undefined;
  readonly lifetime: Lifetime;
}

export interface Unanswered {
  readonly kind: "silent";
  /** What whoever stands on the way said, or may have said. */
  readonly error: SendError | undefined;
}

export interface ExaminationOptions {
  readonly random: Random;
  readonly server: Address;
  readonly takeSocket: () => SocketId;
}

type ExaminationOutput =
  Exclude<SurveyOutput, { kind: "report" }> | { readonly event: ExaminationEvent };

type Topic = "server" | "second";

/** One look at the own network in one family of addresses, by what a server's STUN tells. */
export class Examination {
  readonly #server: Address;
  readonly #questions: Questions<Topic>;
  readonly #survey: Survey;
  readonly #outputs = new Queue<ExaminationOutput>();
  #first: { readonly rttMs: number; readonly mapped: Address } | undefined;
  #observers: readonly Address[] = [];
  #error: SendError | undefined;
  #step: "asking" | "surveying" | "over" = "asking";
  #endsAtMs = Infinity;

  constructor(now: number, { random, server, takeSocket }: ExaminationOptions) {
    this.#server = server;
    const triesMs = SERVER_TRIES_MS;
    const tries = triesMs.length + SECOND_TRIES_MS.length;
    this.#questions = new Questions(random, tries);
    this.#survey = new Survey({
      random,
      mainSocket: MAIN_SOCKET,
      nextSocket: takeSocket,
      cliffsMs: [LIFETIME_MS],
    });
    this.#ask(now, "server", server, triesMs);
    const second = addressOf(hostOf(server), portOf(server) + 1);
    if (second !== undefined) this.#ask(now, "second", second, SECOND_TRIES_MS);
  }

  setLocal(now: number, local: readonly Address[]): void {
    const family = local.filter((address) => isIpv6(address) === isIpv6(this.#server));
    this.#survey.setLocal(now, family);
  }

  onSendError(to: Address, error: SendError): void {
    if (to === this.#server) this.#error ??= error;
  }

  /** False for what it did not ask for. */
  handleDatagram(now: number, socket: SocketId, from: Address, bytes: Uint8Array): boolean {
    const message = isStun(bytes) ? decodeStun(bytes) : undefined;
    if (message === undefined) return false;
    const isOurs =
      this.#questions.handleMessage(now, socket, from, message) ||
      this.#survey.handleDatagram(now, socket, from, bytes);
    if (isOurs) this.#advance(now);
    return isOurs;
  }

  /** False for a socket that it did not ask for. */
  handleSocket(
    now: number,
    socket: SocketId,
    state: Parameters<Survey["handleSocket"]>[2],
  ): boolean {
    const isOurs = this.#survey.handleSocket(now, socket, state);
    if (isOurs) this.#advance(now);
    return isOurs;
  }

  handleTimeout(now: number): void {
    this.#questions.handleTimeout(now);
    if (now >= this.#survey.pollTimeout()) this.#survey.handleTimeout(now);
    this.#advance(now);
  }

  pollOutput(): ExaminationOutput | undefined {
    const own = this.#outputs.shift();
    if (own !== undefined) return own;
    const send = this.#questions.pollSend();
    if (send !== undefined) return { kind: "send", ...send };
    for (;;) {
      const output = this.#survey.pollOutput();
      if (output?.kind !== "report") return output;
    }
  }

  pollTimeout(): number {
    if (this.#step === "over") return Infinity;
    const own = Math.min(this.#questions.pollTimeout(), this.#endsAtMs);
    return Math.min(own, this.#survey.pollTimeout());
  }

  #ask(now: number, topic: Topic, to: Address, triesMs: readonly number[]): void {
    this.#questions.ask(now, { topic, socket: MAIN_SOCKET, to, expects: "answer", triesMs });
  }

  #advance(now: number): void {
    for (let it = this.#questions.pollOutcome(); it !== undefined;) {
      this.#conclude(now, it);
      it = this.#questions.pollOutcome();
    }
    if (this.#step === "asking" && this.#first !== undefined && !this.#isAsking) {
      this.#step = "surveying";
      this.#endsAtMs = now + EXAMINATION_MS;
      this.#survey.setOtherHeard(now, true);
      this.#survey.setObservers(now, observersFrom(this.#server, this.#observers));
      this.#survey.onObserved(now, this.#server, this.#first.mapped);
    }
    if (this.#step === "surveying" && (this.#isDone || now >= this.#endsAtMs)) this.#end(now);
  }

  get #isAsking(): boolean {
    return this.#questions.has(() => true);
  }

  get #isDone(): boolean {
    const { atLeastMs, belowMs } = this.#survey.lifetime;
    return this.#survey.isSettled && (atLeastMs > 0 || belowMs < Infinity);
  }

  #conclude(now: number, { question, heard }: Outcome<Topic>): void {
    const message = heard?.message.kind === "response" ? heard.message : undefined;
    if (heard === undefined || message === undefined) {
      if (question.topic === "server") this.#tell({ kind: "silent", error: this.#error });
      return;
    }
    if (question.topic === "second") {
      this.#observers = [...this.#observers, question.to];
      return;
    }
    this.#first = { rttMs: now - heard.askedAtMs, mapped: message.mapped };
    const lifetime = { atLeastMs: 0, belowMs: Infinity };
    const outcome = { kind: "answered", ...this.#first, report: undefined, lifetime } as const;
    this.#outputs.push({ event: { server: this.#server, outcome, isWhole: false } });
    if (message.other === undefined) return;
    // It has a second address: four places, and each can be asked. RFC 5780 §3
    this.#questions.drop(({ topic }) => topic === "second");
    this.#observers = squareOf(this.#server, message.other);
  }

  #end(now: number): void {
    if (this.#first === undefined) return;
    const report = this.#survey.report(now);
    this.#tell({ kind: "answered", ...this.#first, report, lifetime: this.#survey.lifetime });
  }

  #tell(outcome: Examined | Unanswered): void {
    this.#step = "over";
    this.#endsAtMs = Infinity;
    this.#outputs.push({ event: { server: this.#server, outcome, isWhole: true } });
  }
}

function squareOf(server: Address, other: Address): readonly Address[] {
  const corners = [
    addressOf(hostOf(server), portOf(other)),
    addressOf(hostOf(other), portOf(server)),
    other,
  ];
  return corners.filter((address) => address !== undefined);
}
