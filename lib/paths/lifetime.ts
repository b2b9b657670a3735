import type { Address } from "../base/address.ts";
import { Deadlines } from "../base/deadlines.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import type { StunMessage } from "../wire/stun.ts";
import { type Outcome, Questions, type StunSend } from "./questions.ts";

/** How long a mapping lives after its last datagram outward, as far as `CLIFFS_MS` tell. */
export interface Lifetime {
  /** One was alive after so long; 0 where nothing is known. */
  readonly atLeastMs: number;
  /** One was gone after so long; Infinity where nothing is known. */
  readonly belowMs: number;
}

/**
 * How long mappings are left alone: one below and one above what routers do, 30 and 120 s, and
 * those of RFC 4787 §4.3 that it forbids.
 */
export const CLIFFS_MS: readonly number[] = [10_000, 20_000, 30_000, 60_000, 120_000];

/** Later than this, as after sleep, what a socket was left alone for is not what was meant. */
const LATE_MS = 1000;

/** Each of the five is asked for three times; the first that is gone asks as often itself. */
export const LIFETIME_DATAGRAMS_MAX = 20;

const TRIES_MS: readonly number[] = [0, 150, 400];

const UNKNOWN: Lifetime = { atLeastMs: 0, belowMs: Infinity };

/** Of which resting socket a question is. */
interface Topic {
  readonly kind: "alive" | "expired";
  readonly socket: number;
}

interface Resting {
  readonly cliffMs: number;
  /** The mapped one. */
  readonly port: number;
  readonly dueAtMs: number;
}

export type LifetimeOutput =
  ({ readonly kind: "send" } & StunSend) | { readonly kind: "close"; readonly socket: number };

export interface LifetimeOptions {
  readonly random: Random;
  readonly mainSocket: number;
  /** What is tried: `CLIFFS_MS` unless there is no time for them. */
  readonly cliffsMs?: readonly number[];
}

/**
 * Leaves sockets alone, each for another time, and then has the server answer to the mapping of
 * one what the main socket asked: RFC 5780 §4.6. So no datagram of its own renews what is measured.
 */
export class LifetimeTrial {
  readonly #options: LifetimeOptions;
  #server: Address | undefined;
  #lifetime = UNKNOWN;
  #cliffs: readonly number[] = [];
  readonly #resting = new Map<number, Resting>();
  readonly #deadlines = new Deadlines<number>();
  #questions: Questions<Topic>;
  readonly #closes = new Queue<number>();

  constructor(options: LifetimeOptions) {
    this.#options = options;
    this.#questions = this.#newQuestions();
  }

  get lifetime(): Lifetime {
    return this.#lifetime;
  }

  /** What was known is forgotten: it was of another network, or server. */
  begin(server: Address): void {
    this.#closeAll(() => true);
    this.#server = server;
    this.#lifetime = UNKNOWN;
    this.#cliffs = this.#options.cliffsMs ?? CLIFFS_MS;
    this.#questions = this.#newQuestions();
  }

  /** False where no more sockets are of use. `port` is its mapped one, `sinceMs` its last send. */
  rest(socket: number, port: number, sinceMs: number): boolean {
    const [cliffMs, ...others] = this.#cliffs;
    if (cliffMs === undefined) return false;
    this.#cliffs = others;
    const dueAtMs = sinceMs + cliffMs;
    this.#resting.set(socket, { cliffMs, port, dueAtMs });
    this.#deadlines.set(socket, dueAtMs);
    return true;
  }

  /** False for what is no answer that it waits for. */
  handleMessage(now: number, socket: number, from: Address, message: StunMessage): boolean {
    const isOurs = this.#questions.handleMessage(now, socket, from, message);
    if (isOurs) this.#advance(now);
    return isOurs;
  }

  handleTimeout(now: number): void {
    for (;;) {
      const socket = this.#deadlines.pollDue(now);
      if (socket === undefined) break;
      this.#askWhetherAlive(now, socket);
    }
    this.#questions.handleTimeout(now);
    this.#advance(now);
  }

  pollOutput(): LifetimeOutput | undefined {
    const send = this.#questions.pollSend();
    if (send !== undefined) return { kind: "send", ...send };
    const socket = this.#closes.shift();
    return socket === undefined ? undefined : { kind: "close", socket };
  }

  pollTimeout(): number {
    return Math.min(this.#deadlines.next, this.#questions.pollTimeout());
  }

  #askWhetherAlive(now: number, socket: number): void {
    const resting = this.#resting.get(socket);
    const to = this.#server;
    if (resting === undefined || to === undefined) return;
    if (now > resting.dueAtMs + LATE_MS) return this.#close(socket);
    this.#questions.ask(now, {
      topic: { kind: "alive", socket },
      socket: this.#options.mainSocket,
      to,
      expects: { responsePort: resting.port },
      triesMs: TRIES_MS,
    });
  }

  #advance(now: number): void {
    for (;;) {
      const outcome = this.#questions.pollOutcome();
      if (outcome === undefined) return;
      if (outcome.question.topic.kind === "alive") this.#onAlive(now, outcome);
      else this.#onExpired(outcome);
    }
  }

  #onAlive(now: number, { question, heard }: Outcome<Topic>): void {
    const { socket } = question.topic;
    const resting = this.#resting.get(socket);
    if (resting === undefined) return;
    if (heard === undefined) {
      // Whether the server is still there, which silence alone does not tell.
      const topic = { kind: "expired", socket } as const;
      const { to, triesMs } = question;
      return this.#questions.ask(now, { topic, socket, to, expects: "answer", triesMs });
    }
    // It answers, but not to the port that it was asked to.
    if (heard.socket !== socket || heard.message.kind === "error")
      return this.#closeAll(() => true);
    const atLeastMs = Math.max(this.#lifetime.atLeastMs, resting.cliffMs);
    this.#lifetime = { ...this.#lifetime, atLeastMs };
    this.#close(socket);
  }

  #onExpired({ question, heard }: Outcome<Topic>): void {
    const { socket } = question.topic;
    const cliffMs = this.#resting.get(socket)?.cliffMs ?? Infinity;
    this.#close(socket);
    if (heard === undefined) return;
    this.#lifetime = { ...this.#lifetime, belowMs: Math.min(this.#lifetime.belowMs, cliffMs) };
    this.#closeAll((longer) => longer > cliffMs);
  }

  #close(socket: number): void {
    this.#resting.delete(socket);
    this.#deadlines.delete(socket);
    this.#questions.drop(({ topic }) => topic.socket === socket);
    this.#closes.push(socket);
  }

  #closeAll(isMeant: (cliffMs: number) => boolean): void {
    for (const [socket, { cliffMs }] of this.#resting) if (isMeant(cliffMs)) this.#close(socket);
  }

  #newQuestions(): Questions<Topic> {
    return new Questions(this.#options.random, LIFETIME_DATAGRAMS_MAX);
  }
}
